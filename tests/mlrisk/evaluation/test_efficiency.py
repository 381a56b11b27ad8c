"""Mincer-Zarnowitz against independent regressions, and what must not move it."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from sklearn.linear_model import LinearRegression

from mlrisk.evaluation.efficiency import mincer_zarnowitz, over_windows
from mlrisk.evaluation.long_run import InferenceError, TooFewObservationsError

HORIZON = 5


def sample(seed: int, count: int = 300) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    forecast = 4e-4 * np.exp(0.6 * rng.standard_normal(count))
    return forecast * rng.chisquare(5, count) / 5, forecast


@pytest.mark.parametrize("weights", ["equal", "forecast"])
def test_coefficients_against_scikit_learn(weights: str) -> None:
    variance, forecast = sample(1)
    line = LinearRegression().fit(
        forecast[:, None], variance, None if weights == "equal" else forecast**-2.0
    )
    result = mincer_zarnowitz(variance, forecast, HORIZON, weights=weights)
    assert result.intercept == pytest.approx(line.intercept_, rel=1e-8)
    assert result.slope == pytest.approx(line.coef_[0], rel=1e-10)
    assert result.n_obs == 300


def test_the_wald_statistic_by_brute_force() -> None:
    """From the estimates and their covariance under (0, 1), with plain trigonometric sums."""
    variance, forecast = sample(2)
    design = np.column_stack([1 / forecast, np.ones(300)])
    target = variance / forecast
    theta = np.linalg.lstsq(design, target, rcond=None)[0]
    bread = np.linalg.inv(design.T @ design)

    def covariance(residual: np.ndarray) -> np.ndarray:
        time = np.arange(300)
        meat = np.zeros((2, 2))
        for number in range(1, 7):
            for wave in (np.cos, np.sin):
                part = wave(2 * np.pi * number * time / 300) @ (design * residual[:, None])
                meat += np.outer(part, part) / 6
        return bread @ meat @ bread

    gap = theta - [0, 1]
    wald = gap @ np.linalg.inv(covariance(target - design @ [0, 1])) @ gap
    result = mincer_zarnowitz(variance, forecast, HORIZON)
    errors = np.sqrt(np.diag(covariance(target - design @ theta)))
    assert result.degrees == 11
    assert result.statistic == pytest.approx(wald * 11 / 24, rel=1e-6)
    assert result.p_value == pytest.approx(stats.f.sf(wald * 11 / 24, 2, 11), rel=1e-6)
    assert [result.intercept_error, result.slope_error] == pytest.approx(errors, rel=1e-6)


@pytest.mark.parametrize("weights", ["equal", "forecast"])
@given(seed=st.integers(0, 999), unit=st.floats(1e-4, 1e6))
def test_units_do_not_matter(weights: str, seed: int, unit: float) -> None:
    variance, forecast = sample(seed)
    one = mincer_zarnowitz(variance, forecast, HORIZON, weights=weights)
    other = mincer_zarnowitz(unit * variance, unit * forecast, HORIZON, weights=weights)
    assert other.slope == pytest.approx(one.slope, rel=1e-7)
    assert other.intercept == pytest.approx(unit * one.intercept, rel=1e-5, abs=unit * 1e-12)
    assert other.statistic == pytest.approx(one.statistic, rel=1e-6)


def test_a_window_without_gaps_is_its_own_sample() -> None:
    variance, forecast = sample(3)
    members = np.zeros(300, dtype=bool)
    members[40:260] = True
    hidden = np.where(members, variance, np.nan), np.where(members, forecast, np.nan)
    assert mincer_zarnowitz(*hidden, HORIZON, members) == mincer_zarnowitz(
        variance[members], forecast[members], HORIZON
    )


def test_a_gap_takes_no_part_in_the_estimates() -> None:
    variance, forecast = sample(4)
    members = np.ones(300, dtype=bool)
    members[100:150] = False
    holed = np.where(members, variance, np.nan)
    result = mincer_zarnowitz(holed, forecast, HORIZON, members)
    joined = mincer_zarnowitz(variance[members], forecast[members], HORIZON)
    assert (result.n_obs, result.degrees) == (250, joined.degrees)
    assert result.slope == pytest.approx(joined.slope, rel=1e-10)
    assert result.intercept == pytest.approx(joined.intercept, rel=1e-8)


def test_windows_are_tested_apart_and_short_ones_left_out() -> None:
    variance, forecast = sample(6)
    late = np.arange(300) >= 120
    windows = {"late": late, "short": np.arange(300) < 40}
    results = over_windows(variance, forecast, HORIZON, windows)
    alone = mincer_zarnowitz(variance[late], forecast[late], HORIZON)
    assert results == {"late": asdict(alone)}


def test_errors_say_what_is_wrong() -> None:
    variance, forecast = sample(5)
    with pytest.raises(InferenceError, match="same in all sessions, so it has no slope"):
        mincer_zarnowitz(variance, np.full(300, 1e-4), HORIZON)
    with pytest.raises(InferenceError, match=r"has the value -0\.0001; a variance is positive"):
        mincer_zarnowitz(variance, np.where(np.arange(300) == 3, -1e-4, forecast), HORIZON)
    with pytest.raises(InferenceError, match="exact line of the forecast"):
        mincer_zarnowitz(2 * forecast, forecast, HORIZON)
    with pytest.raises(InferenceError, match="forecast has 299 values and its window 300"):
        mincer_zarnowitz(variance, forecast[1:], HORIZON)
    with pytest.raises(TooFewObservationsError, match="variance has 40 observations"):
        mincer_zarnowitz(variance[:40], forecast[:40], HORIZON)
