"""No regime contender sees what was not known, whatever is changed or appended after it."""

from __future__ import annotations

import functools
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mlrisk.contracts import REGIMES
from mlrisk.evaluation import walkforward
from mlrisk.evaluation.cache import FoldCache
from mlrisk.regime_forecast import roster
from tests.mlrisk.regime_forecast.conftest import SETTINGS

FIRST = 200
EVERY = 60
PURGE = 5
FINISHED = walkforward.Fold(0, FIRST - PURGE + 1, FIRST, FIRST + EVERY)
LABELS = ["rv_5d", "regime_5d"]

Walk = tuple[pd.DataFrame, pd.DataFrame]


def walk(name: str, world: pd.DataFrame, workers: int = 1) -> Walk:
    grid = walkforward.folds(world["date"], world["date"].iloc[FIRST], EVERY, PURGE)
    build = functools.partial(roster.contender, name, SETTINGS[name])
    done = list(walkforward.walk_forward(build, read(name, world), grid, 100, workers))
    parts = [fold.contributions for fold in done if fold.contributions is not None]
    return (
        pd.concat([fold.forecasts for fold in done], ignore_index=True),
        pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(),
    )


def read(name: str, world: pd.DataFrame) -> pd.DataFrame:
    """What the stage hands to the contender."""
    model = roster.contender(name, SETTINGS[name])
    return world[["date", *model.reads, *model.labels]]


@pytest.fixture(scope="module")
def walked(world: pd.DataFrame) -> dict[str, Walk]:
    return {name: walk(name, world) for name in roster.ROSTER}


def scrambled_after(world: pd.DataFrame, last_known: int, seed: int) -> pd.DataFrame:
    """The table with everything replaced that is not known at the close of ``last_known``."""
    rng = np.random.default_rng(seed)
    changed = world.copy()
    ahead = slice(last_known + 1, None)
    count = len(world) - last_known - 1
    columns = [name for name in world if name not in ("date", "regime_known", *LABELS)]
    changed.loc[ahead, columns] = rng.uniform(0.001, 50, (count, len(columns)))
    changed.loc[ahead, "regime_known"] = rng.integers(0, 3, count).astype(float)
    first_unknown_label = last_known - PURGE + 1
    count = len(world) - first_unknown_label
    changed.loc[first_unknown_label:, "rv_5d"] = rng.uniform(0.001, 0.5, count)
    changed.loc[first_unknown_label:, "regime_5d"] = rng.integers(0, 3, count).astype(float)
    return changed


@pytest.mark.parametrize("name", list(roster.ROSTER))
@pytest.mark.parametrize(("last_known", "seed"), [(FIRST + EVERY - 1, 1), (287, 2), (352, 3)])
def test_no_forecast_or_driver_sees_the_future(
    name: str, last_known: int, seed: int, world: pd.DataFrame, walked: dict[str, Walk]
) -> None:
    forecasts, parts = walked[name]
    changed, changed_parts = walk(name, scrambled_after(world, last_known, seed))
    known = last_known - FIRST + 1
    pd.testing.assert_frame_equal(forecasts[:known], changed[:known], check_exact=True)
    assert not forecasts[known:].equals(changed[known:])
    if len(parts):
        in_time = parts["date"] <= world["date"].iloc[last_known]
        assert in_time.sum() == known
        pd.testing.assert_frame_equal(parts[:known], changed_parts[:known], check_exact=True)


@pytest.mark.parametrize("name", list(roster.ROSTER))
def test_appended_sessions_change_no_published_forecast_and_no_finished_fold(
    name: str, world: pd.DataFrame, walked: dict[str, Walk], tmp_path: Path
) -> None:
    length = FIRST + EVERY + 1
    short = world[:length].copy()
    short.loc[length - PURGE :, LABELS] = np.nan
    earlier, _ = walk(name, short)
    pd.testing.assert_frame_equal(earlier, walked[name][0][: len(earlier)], check_exact=True)
    # The first fold is found again by its content: labels that were not known then do not count.
    cache, model = FoldCache(tmp_path, "this code"), roster.contender(name, SETTINGS[name])
    places = {
        cache.path(walkforward.task(model, read(name, rows), FINISHED, 100))
        for rows in (world, short)
    }
    assert len(places) == 1


def test_a_label_that_is_taken_for_known_is_found(world: pd.DataFrame) -> None:
    """The check above bites: the regime ahead in place of the known one makes it fail."""

    def leaky(rows: pd.DataFrame) -> pd.DataFrame:
        return rows.assign(regime_known=rows["regime_5d"].shift(1))

    forecasts, _ = walk("persistence_hard", leaky(world))
    changed, _ = walk("persistence_hard", leaky(scrambled_after(world, 300, 1)))
    known = 300 - FIRST + 1
    with pytest.raises(AssertionError):
        pd.testing.assert_frame_equal(forecasts[:known], changed[:known], check_exact=True)


def test_two_workers_give_the_same_bytes_as_one(
    world: pd.DataFrame, walked: dict[str, Walk]
) -> None:
    name = "lightgbm_classifier"
    for one, two in zip(walked[name], walk(name, world, 2), strict=True):
        pd.testing.assert_frame_equal(one, two, check_exact=True)


@pytest.mark.parametrize("name", ["persistence_soft", "multinomial_logit", "volatility_implied"])
def test_a_row_without_inputs_has_no_forecast(name: str, world: pd.DataFrame) -> None:
    missing = roster.contender(name, SETTINGS[name]).inputs[0]
    holed = world.assign(**{missing: world[missing].where(world.index != 250)})
    forecasts, parts = walk(name, holed)
    absent = forecasts[list(REGIMES)].isna().all(axis=1)
    assert forecasts.loc[absent, "date"].tolist() == [world["date"].iloc[250]]
    assert forecasts[list(REGIMES)].isna().any(axis=1).equals(absent)
    assert name == "persistence_soft" or len(parts) == len(forecasts) - 1
