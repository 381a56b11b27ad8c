"""Intervals: agreement with plain code, invariances, the same bytes again."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import pandas as pd
import pytest
from arch.bootstrap import StationaryBootstrap
from hypothesis import given, settings
from hypothesis import strategies as st
from threadpoolctl import threadpool_limits

from mlrisk.evaluation import bootstrap, multiple_comparison
from mlrisk.evaluation.long_run import InferenceError
from mlrisk.evaluation.superiority import diebold_mariano
from tests.mlrisk.evaluation import worlds

HORIZON = worlds.HORIZON
SETTINGS = {"level": 0.9, "reps": 60, "seed": 4}


@pytest.fixture(scope="module")
def losses() -> pd.DataFrame:
    rows = worlds.losses(np.random.default_rng(1), 1, 500, (0.3, 0.6, 0.9))[0]
    return pd.DataFrame(rows, columns=["model", "rival", "worst"])


def test_an_interval_by_plain_code(losses: pd.DataFrame) -> None:
    gain = (losses["rival"] - losses["model"]).to_numpy()
    own = diebold_mariano(gain, HORIZON)
    length = bootstrap.block_length(gain[:, None], HORIZON)
    sampler = StationaryBootstrap(length, gain, seed=SETTINGS["seed"])
    draws = [diebold_mariano(data[0][0], HORIZON) for data in sampler.bootstrap(60)]
    statistics = [(d.mean_difference - own.mean_difference) / d.standard_error for d in draws]
    half = np.quantile(np.abs(statistics), 0.9) * own.standard_error
    interval = bootstrap.difference_intervals(losses, "model", ["rival"], HORIZON, **SETTINGS)
    assert asdict(interval["rival"]) == pytest.approx(
        {
            "estimate": own.mean_difference,
            "low": own.mean_difference - half,
            "high": own.mean_difference + half,
        },
        rel=1e-9,
    )


def test_shares_are_of_what_lies_above_the_floor(losses: pd.DataFrame) -> None:
    means = losses.mean()
    shares = bootstrap.reducible_share_intervals(losses, "worst", 0.213, HORIZON, **SETTINGS)
    assert list(shares) == ["model", "rival"]
    for name, share in shares.items():
        expected = (means["worst"] - means[name]) / (means["worst"] - 0.213)
        assert share.estimate == pytest.approx(expected)
        assert share.low < share.estimate < share.high
    oracle = losses["model"].to_numpy()
    perfect = bootstrap.reducible_share_intervals(losses, "worst", oracle, HORIZON, **SETTINGS)
    assert asdict(perfect["model"]) == pytest.approx({"estimate": 1, "low": 1, "high": 1})


@settings(max_examples=8)
@given(scale=st.sampled_from([2.0**-9, 0.5, 8.0]), seed=st.integers(0, 99))
def test_scale_and_order_of_contenders(losses: pd.DataFrame, scale: float, seed: int) -> None:
    settings = {**SETTINGS, "seed": seed}
    names = ["rival", "worst"]
    one = bootstrap.difference_intervals(losses, "model", names, HORIZON, **settings)
    turned = losses[["worst", "model", "rival"]] * scale
    other = bootstrap.difference_intervals(turned, "model", names[::-1], HORIZON, **settings)
    for name in names:
        scaled = {field: scale * value for field, value in asdict(one[name]).items()}
        assert asdict(other[name]) == pytest.approx(scaled, rel=1e-9)


def test_the_same_forecast_has_an_interval_of_no_width(losses: pd.DataFrame) -> None:
    same = losses.assign(rival=losses["model"])
    interval = bootstrap.difference_intervals(same, "model", ["rival"], HORIZON, **SETTINGS)
    assert interval["rival"] == bootstrap.Interval(0.0, 0.0, 0.0)


def test_blocks_are_as_long_as_the_column_that_asks_for_most() -> None:
    rng = np.random.default_rng(1)
    quick, slow = rng.normal(size=600), worlds.autoregression(rng, (1, 600), 0.9)[0]
    both = np.column_stack([quick, slow, np.ones(600)])
    length = bootstrap.block_length(both, HORIZON)
    assert length == bootstrap.block_length(slow[:, None], HORIZON) > 2 * HORIZON
    assert bootstrap.block_length(quick[:, None], HORIZON) == HORIZON
    assert bootstrap.block_length(both[:, 2:], HORIZON) == HORIZON


def test_the_same_numbers_again_over_one_thread_or_two(losses: pd.DataFrame) -> None:
    names = list(losses)
    told = set()
    for threads in (1, 2, 2):
        with threadpool_limits(threads):
            results = [
                bootstrap.difference_intervals(losses, "model", names, HORIZON, **SETTINGS),
                bootstrap.reducible_share_intervals(losses, "worst", 0.2, HORIZON, **SETTINGS),
                multiple_comparison.superior_predictive_ability(
                    losses, "model", names, HORIZON, reps=60, seed=4
                ),
                multiple_comparison.model_confidence_set(
                    losses, HORIZON, confidence=0.9, reps=60, seed=4
                ),
            ]
        told.add(repr(results))
    assert len(told) == 1
    other = bootstrap.difference_intervals(
        losses, "model", names, HORIZON, **{**SETTINGS, "seed": 5}
    )
    assert repr(other) not in told.pop()


def test_errors_say_what_is_wrong(losses: pd.DataFrame) -> None:
    with pytest.raises(InferenceError, match=r"level is 90"):
        bootstrap.difference_intervals(
            losses, "model", ["rival"], HORIZON, level=90, reps=9, seed=1
        )
    with pytest.raises(InferenceError, match="above the floor on average"):
        bootstrap.reducible_share_intervals(losses, "model", 5.0, HORIZON, **SETTINGS)
    with pytest.raises(InferenceError, match="floor has 3 values for 500 losses of worst"):
        bootstrap.reducible_share_intervals(losses, "worst", np.zeros(3), HORIZON, **SETTINGS)
    holed = losses.assign(rival=losses["rival"].where(losses.index != 5))
    with pytest.raises(InferenceError, match=r"rival\[5\] is nan"):
        bootstrap.difference_intervals(holed, "model", ["rival"], HORIZON, **SETTINGS)
