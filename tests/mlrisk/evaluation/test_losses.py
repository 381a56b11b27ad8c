"""Losses against hand-worked cases, independent code and theory."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import mean_gamma_deviance

from mlrisk.evaluation.losses import GAUSSIAN_FLOOR, qlike, reducible_share, score

positive = st.floats(1e-8, 1e2)


def test_qlike_by_hand() -> None:
    loss = qlike(np.array([2.0, 1.0, 1.0]), np.array([1.0, 1.0, 2.0]))
    np.testing.assert_allclose(loss, [1 - np.log(2), 0, np.log(2) - 0.5], rtol=1e-14)


@given(st.lists(st.tuples(positive, positive), min_size=1, max_size=20))
def test_qlike_is_half_the_gamma_deviance(pairs: list[tuple[float, float]]) -> None:
    variance, forecast = np.array(pairs).T
    expected = mean_gamma_deviance(variance, forecast) / 2
    assert qlike(variance, forecast).mean() == pytest.approx(expected, rel=1e-9, abs=1e-9)


@given(positive, positive)
def test_qlike_is_smallest_at_the_truth(variance: float, forecast: float) -> None:
    assert qlike(np.array([variance]), np.array([forecast]))[0] >= 0


@pytest.mark.parametrize("bad", [0.0, -1.0, np.nan, np.inf])
def test_qlike_names_the_value_it_cannot_take(bad: float) -> None:
    with pytest.raises(ValueError, match=r"qlike: forecast\[1\] is .* must be positive"):
        qlike(np.array([1.0, 1.0]), np.array([1.0, bad]))


def test_the_floor_is_what_a_perfect_forecast_of_gaussian_returns_scores() -> None:
    returns = np.random.default_rng(3).normal(size=(400_000, 5))
    simulated = qlike((returns**2).sum(axis=1), np.full(len(returns), 5.0)).mean()
    assert simulated == pytest.approx(GAUSSIAN_FLOOR, abs=0.001)
    assert pytest.approx(0.213, abs=0.0005) == GAUSSIAN_FLOOR


def test_score_against_independent_code() -> None:
    rng = np.random.default_rng(5)
    var_hat = rng.uniform(1e-4, 9e-4, 200)
    rv_hat = np.sqrt(var_hat) * 0.95
    rv = np.sqrt(var_hat * rng.chisquare(5, 200) / 5)
    result = score(rv, var_hat, rv_hat)
    slope, intercept = np.polyfit(var_hat, rv**2, 1)
    assert result.mz_slope == pytest.approx(slope, rel=1e-9)
    assert result.mz_intercept == pytest.approx(intercept, rel=1e-7)
    assert result.rmse == pytest.approx(np.sqrt(((rv - rv_hat) ** 2).mean()))
    assert result.bias == pytest.approx((rv_hat - rv).mean())
    assert result.n_obs == 200


def test_reducible_share() -> None:
    assert reducible_share(0.4, baseline=0.6, floor=0.2) == pytest.approx(0.5)
