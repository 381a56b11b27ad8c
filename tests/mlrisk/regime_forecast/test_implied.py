"""What a volatility forecast implies, against counting and against numerical integration."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from mlrisk.contracts import REGIMES
from mlrisk.forecast.base import BASELINE
from mlrisk.regime_forecast.implied import NARROWEST, VolatilityImplied, counted
from tests.mlrisk.regime_forecast.conftest import SETTINGS

ERRORS = np.array([-0.4, -0.1, -0.1, 0.2, 0.7])


@pytest.fixture
def rows(world: pd.DataFrame) -> pd.DataFrame:
    return world.dropna()


def fit(rows: pd.DataFrame) -> VolatilityImplied:
    return VolatilityImplied(**SETTINGS["volatility_implied"]).learn(rows)


def test_errors_below_a_place() -> None:
    at = np.array([-9.0, -0.4, -0.25, -0.1, 0.05, 0.2, 0.45, 0.7, 9.0])
    # An error counts by half at its place; of two that are equal, one.
    expected = [0.5, 0.5, 1.25, 2.0, 2.75, 3.5, 4.0, 4.5, 4.5]
    np.testing.assert_allclose(np.interp(at, *counted(ERRORS)), expected)


def test_probabilities_are_shares_of_the_errors(rows: pd.DataFrame) -> None:
    model = fit(rows)
    errors = np.log(rows["rv_5d"] / rows["rv_5d_hat"]).to_numpy()
    assert len(model.errors_) == len(errors) == len(rows)
    said = model.predict_proba(rows)
    for (_, row), chances in list(zip(rows.iterrows(), said, strict=True))[::17]:
        scenarios = row["rv_5d_hat"] * np.exp(errors)
        counted = [
            np.mean(scenarios < row["rv_calm_below"]),
            np.mean((scenarios >= row["rv_calm_below"]) & (scenarios <= row["rv_risk_off_above"])),
            np.mean(scenarios > row["rv_risk_off_above"]),
        ]
        # Between two errors it is linear, and half an observation is added a regime.
        np.testing.assert_allclose(chances, counted, atol=1.5 / len(errors))


def test_nothing_is_impossible(rows: pd.DataFrame) -> None:
    model = fit(rows)
    count = len(rows)
    # The outermost error counts by half, and half an observation is added.
    for factor, expected in ((1e-3, [count, 0.5, 1.0]), (1e3, [1.0, 0.5, count])):
        said = model.predict_proba(rows.assign(rv_5d_hat=rows["rv_5d_hat"] * factor))
        np.testing.assert_allclose(said, np.tile(expected, (count, 1)) / (count + 1.5))


def test_with_two_regimes_it_is_the_rank_and_a_half(rows: pd.DataFrame) -> None:
    model = VolatilityImplied(["calm", "risk_off"], 80, []).restore({"errors": ERRORS.tolist()})
    row = pd.DataFrame(
        {"rv_5d_hat": [0.01], "var_5d_hat": 1e-4, "rv_risk_off_above": 0.01 * np.exp(0.7)}
    )
    assert model.predict_proba(row)[0] == pytest.approx([5 / 6, 0, 1 / 6])


def test_drivers_are_integrals_along_the_way_from_the_baseline(rows: pd.DataFrame) -> None:
    """Aumann-Shapley: each input's rate of change, summed over a straight way."""
    model = fit(rows).restore({"errors": (np.linspace(-1.1, 1.1, 23) ** 3).tolist()})
    steps, width = 20_000, 1e-7
    way = (np.arange(steps) + 0.5) / steps
    for place in (3, 100, 250):
        shown = rows.iloc[[place]]
        own = shown[["part_vix", "part_vol_5d"]].to_numpy()[0]
        assert abs(own.sum()) > NARROWEST

        def log_odds(log_change: np.ndarray, shown: pd.DataFrame = shown) -> np.ndarray:
            """At that distance from the day's log variance."""
            many = shown.loc[shown.index.repeat(len(log_change))]
            many = many.assign(rv_5d_hat=many["rv_5d_hat"].to_numpy() * np.exp(log_change / 2))
            said = model.predict_proba(many)
            return np.log(said[:, 2] / said[:, 0])

        path = (way - 1) * own.sum()
        rate = (log_odds(path + width) - log_odds(path - width)) / (2 * width)
        parts = model.contributions(shown).iloc[0]
        assert parts[["vix", "vol_5d"]].to_numpy() == pytest.approx(own * rate.mean(), rel=2e-3)
        assert parts[BASELINE] == pytest.approx(log_odds(-own.sum(keepdims=True))[0], abs=1e-9)


def test_near_its_baseline_the_slope_is_not_that_between_two_errors(rows: pd.DataFrame) -> None:
    balanced = rows.assign(part_vix=0.2, part_vol_5d=-0.2)
    parts = fit(rows).contributions(balanced)
    np.testing.assert_array_equal(parts["vix"], -parts["vol_5d"])
    assert (parts["vix"] > 0).all()
    a_bit_off = fit(rows).contributions(balanced.assign(part_vix=0.2 + 1e-4))
    np.testing.assert_allclose(parts["vix"], a_bit_off["vix"], rtol=0.02)
    np.testing.assert_allclose(parts.sum(axis=1), a_bit_off.sum(axis=1), rtol=0, atol=1e-12)


def test_a_model_that_could_not_tell_a_part_has_none(rows: pd.DataFrame) -> None:
    unknown = rows.assign(part_vix=np.nan)
    assert (fit(rows).contributions(unknown)["vix"] == 0).all()


def test_it_wants_few_rows_and_all_regimes_come_in_order() -> None:
    model = VolatilityImplied(list(REGIMES), 250, [])
    assert model.least_rows(500) == 250
    assert model.borders == ["rv_calm_below", "rv_risk_off_above"]


def test_a_feature_that_the_volatility_forecast_takes_up_later_is_no_other_version(
    world: pd.DataFrame,
) -> None:
    settings = SETTINGS["volatility_implied"]
    rows = world[world["rv_5d"].notna()]
    before, after = (
        VolatilityImplied(**settings | {"parts": parts}).learn(rows)
        for parts in (["vix"], ["vix", "vol_5d"])
    )
    assert before.version() == after.version()
    fewer = VolatilityImplied(**settings).learn(rows[:-40])
    assert fewer.version() != after.version()
