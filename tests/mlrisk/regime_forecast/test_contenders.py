"""Every regime contender: what it promises to the walk-forward, the pool and the server."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mlrisk.contracts import REGIMES
from mlrisk.forecast.base import BASELINE
from mlrisk.params.regimes import RegimeForecast
from mlrisk.regime_forecast import roster
from mlrisk.regime_forecast.base import Classifier, RegimeContender
from tests.mlrisk.regime_forecast.conftest import SETTINGS

NAMES = list(roster.ROSTER)
CLASSIFIERS = [name for name, kind in roster.ROSTER.items() if issubclass(kind, Classifier)]


def fit(
    name: str, world: pd.DataFrame, regimes: tuple[str, ...] = REGIMES
) -> tuple[RegimeContender, pd.DataFrame]:
    """The contender, fitted on the rows of these regimes, with the labels that they have."""
    as_given = {"regimes": []} if name.endswith("_logit") else {}
    model = roster.contender(name, SETTINGS[name] | as_given)
    kept = world["regime_5d"].isin([REGIMES.index(regime) for regime in regimes])
    rows = world[kept & model.usable(world)]
    return model.learn(rows), rows


def test_the_roster_the_settings_and_the_leaves_name_the_same_contenders() -> None:
    assert list(RegimeForecast.model_fields) == NAMES == list(SETTINGS)


@pytest.mark.parametrize("name", NAMES)
def test_probabilities_add_up_and_are_a_function_of_one_row(name: str, world: pd.DataFrame) -> None:
    model, rows = fit(name, world)
    together = model.forecast(rows)
    assert together.shape == (len(rows), len(REGIMES))
    assert ((together >= 0) & (together <= 1)).all()
    np.testing.assert_allclose(together.sum(axis=1), 1, rtol=0, atol=1e-15)
    exact = model.predict_proba(rows)
    np.testing.assert_allclose(together, exact, rtol=0, atol=2e-8)
    alone = [model.predict_proba(rows.iloc[[place]]) for place in range(0, 60, 7)]
    np.testing.assert_array_equal(np.concatenate(alone), exact[:60:7])


@pytest.mark.parametrize("name", NAMES)
def test_the_same_rows_give_the_same_version_and_other_rows_another(
    name: str, world: pd.DataFrame
) -> None:
    first, again = fit(name, world)[0], fit(name, world)[0]
    assert first.version() == again.version()
    other, _ = fit(name, world.iloc[:250])
    assert (first.version() == other.version()) == (name == "persistence_hard")


@pytest.mark.parametrize("regimes", [REGIMES, REGIMES[:1]])
@pytest.mark.parametrize("name", NAMES)
def test_a_saved_model_says_the_same_bits(
    name: str, regimes: tuple[str, ...], world: pd.DataFrame, tmp_path: Path
) -> None:
    model, rows = fit(name, world, regimes)
    model.save(tmp_path)
    loaded = roster.contender(name, model.get_params()).load(tmp_path)
    np.testing.assert_array_equal(loaded.predict_proba(rows), model.predict_proba(rows))
    assert loaded.version() == model.version()
    parts, again = model.contributions(rows), loaded.contributions(rows)
    assert (parts is None) == (again is None)
    if parts is not None:
        pd.testing.assert_frame_equal(again, parts, check_exact=True)


@pytest.mark.parametrize("name", roster.EXPLAINED)
def test_contributions_add_up_to_the_log_odds(name: str, world: pd.DataFrame) -> None:
    model, rows = fit(name, world)
    parts = model.contributions(rows)
    assert parts is not None
    features = model.parts if name == "volatility_implied" else model.inputs
    assert list(parts.columns) == [*features, BASELINE]
    probabilities = model.predict_proba(rows)
    log_odds = np.log(probabilities[:, 2] / probabilities[:, 0])
    np.testing.assert_allclose(parts.sum(axis=1), log_odds, rtol=0, atol=1e-11)
    assert parts.drop(columns=BASELINE).std().gt(0).any()


@pytest.mark.parametrize("name", sorted(set(NAMES) - set(roster.EXPLAINED)))
def test_others_have_none(name: str, world: pd.DataFrame) -> None:
    model, rows = fit(name, world)
    assert model.contributions(rows) is None


@pytest.mark.parametrize("name", CLASSIFIERS)
@pytest.mark.parametrize(
    "regimes", [("calm", "risk_off"), ("calm", "transition"), ("transition", "risk_off"), ("calm",)]
)
def test_a_regime_that_the_window_lacks_has_no_chance(
    name: str, regimes: tuple[str, ...], world: pd.DataFrame
) -> None:
    model, rows = fit(name, world, regimes)
    said = pd.DataFrame(model.forecast(rows), columns=list(REGIMES))
    absent = [regime for regime in REGIMES if regime not in regimes]
    assert (said[absent] == 0).all(axis=None)
    assert (said[list(regimes)] > 0).all(axis=None)
    shares = [(rows["regime_5d"] == REGIMES.index(regime)).mean() for regime in regimes]
    np.testing.assert_allclose(said[list(regimes)].mean(), shares, atol=0.03)
    explained = model.contributions(rows)
    assert (explained is not None) == ({"calm", "risk_off"} <= set(regimes))


@pytest.mark.parametrize(
    "name", ["persistence_soft", "hmm_filter", "multinomial_logit", "volatility_implied"]
)
def test_with_two_regimes_calm_is_what_is_not_risk_off(name: str, world: pd.DataFrame) -> None:
    binary = world.assign(
        regime_5d=world["regime_5d"].replace(1.0, 0.0),
        regime_known=world["regime_known"].replace(1.0, 0.0),
    )
    three, two = (
        roster.contender(name, SETTINGS[name] | {"regimes": regimes})
        for regimes in (list(REGIMES), ["calm", "risk_off"])
    )
    rows = binary[two.usable(binary) & binary["regime_5d"].notna()]
    said = two.learn(rows).forecast(rows)
    assert (said[:, 1] == 0).all()
    assert (said[:, [0, 2]] > 0).all()
    if name == "volatility_implied":
        risk_off = three.learn(rows).forecast(rows)[:, 2]
        np.testing.assert_allclose(said[:, 2], risk_off, atol=1 / len(rows))
