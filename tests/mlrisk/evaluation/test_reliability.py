"""Parts of the Brier score that add up, and a calibration error that is what it says."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss

from mlrisk.evaluation.reliability import (
    bins_of,
    decomposition,
    expected_calibration_error,
    table,
)


@given(seed=st.integers(0, 2**32 - 1), count=st.integers(2, 300), values=st.integers(1, 40))
def test_the_parts_add_up_to_the_score(seed: int, count: int, values: int) -> None:
    rng = np.random.default_rng(seed)
    probability = rng.choice(rng.random(values), count)
    event = (rng.random(count) < 0.3).astype(float)
    parts = decomposition(probability, event)
    assert parts.brier == pytest.approx(np.mean((probability - event) ** 2), abs=1e-13)
    if values <= 10:
        assert parts.within_bins == pytest.approx(0, abs=1e-15)
    assert 0 <= parts.resolution <= parts.uncertainty + 1e-15
    assert parts.reliability >= 0


def test_murphys_parts_by_hand() -> None:
    """Four forecasts of 0.2 of which one came true, six of 0.7 of which three did."""
    probability = np.array([0.2] * 4 + [0.7] * 6)
    event = np.array([1, 0, 0, 0, 1, 1, 1, 0, 0, 0.0])
    parts = decomposition(probability, event)
    assert parts.reliability == pytest.approx((4 * 0.05**2 + 6 * 0.2**2) / 10)
    assert parts.resolution == pytest.approx((4 * 0.15**2 + 6 * 0.1**2) / 10)
    assert parts.uncertainty == pytest.approx(0.4 * 0.6)
    assert parts.brier == pytest.approx(brier_score_loss(event, probability))


def test_bins_are_those_of_scikit_learn_where_no_forecasts_are_equal() -> None:
    rng = np.random.default_rng(3)
    probability = rng.permutation(np.linspace(0.01, 0.99, 1000))
    event = (rng.random(1000) < probability).astype(float)
    binned = table(probability, event)
    observed, forecast = calibration_curve(event, probability, n_bins=10, strategy="quantile")
    assert binned["count"].tolist() == [100] * 10
    np.testing.assert_allclose(binned["forecast"], forecast, rtol=1e-12)
    np.testing.assert_allclose(binned["observed"], observed, rtol=1e-12)
    gap = np.abs(forecast - observed).mean()
    assert expected_calibration_error(probability, event) == pytest.approx(gap)


def test_equal_forecasts_are_never_parted_whatever_their_order() -> None:
    rng = np.random.default_rng(4)
    probability = np.concatenate([np.full(700, 0.1), rng.random(300)])
    event = (rng.random(1000) < probability).astype(float)
    assert len(np.unique(bins_of(probability)[:700])) == 1
    order = rng.permutation(1000)
    assert decomposition(probability[order], event[order]).reliability == pytest.approx(
        decomposition(probability, event).reliability, rel=1e-12
    )


def test_a_calibrated_forecast_has_a_small_error_and_a_shifted_one_its_shift() -> None:
    rng = np.random.default_rng(5)
    probability = rng.uniform(0.1, 0.8, 200_000)
    event = (rng.random(200_000) < probability).astype(float)
    assert expected_calibration_error(probability, event) < 0.005
    assert expected_calibration_error(probability + 0.1, event) == pytest.approx(0.1, abs=0.005)
