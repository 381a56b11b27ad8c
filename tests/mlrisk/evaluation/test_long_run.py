"""The long-run covariance against brute force and theory."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlrisk.evaluation.long_run import (
    InferenceError,
    TooFewObservationsError,
    checked,
    frequencies_used,
    long_run,
    long_run_variances,
)


def by_cosines_and_sines(scores: np.ndarray, frequencies: int) -> np.ndarray:
    """The same as a mean of products of plain trigonometric sums."""
    time = np.arange(len(scores))
    waves = [
        wave(2 * np.pi * number * time / len(scores)) @ scores
        for number in range(1, frequencies + 1)
        for wave in (np.cos, np.sin)
    ]
    return sum(np.outer(wave, wave) for wave in waves) / frequencies


@given(
    count=st.integers(50, 300),
    columns=st.integers(1, 3),
    seed=st.integers(0, 999),
    gaps=st.booleans(),
)
def test_against_trigonometric_sums(count: int, columns: int, seed: int, gaps: bool) -> None:
    rng = np.random.default_rng(seed)
    scores = rng.standard_t(3, (count, columns))
    members = rng.random(count) < 0.7 if gaps else np.ones(count, dtype=bool)
    estimate = long_run(scores, members)
    frequencies = frequencies_used(int(members.sum()))
    expected = by_cosines_and_sines(np.where(members[:, None], scores, 0), frequencies)
    np.testing.assert_allclose(estimate.covariance, expected, rtol=1e-8, atol=1e-8)
    assert estimate.degrees == 2 * frequencies
    assert np.linalg.eigvalsh(estimate.covariance).min() >= -1e-8
    if not gaps:
        np.testing.assert_allclose(long_run_variances(scores), np.diag(expected), rtol=1e-8)


def test_it_estimates_the_variance_of_the_sum() -> None:
    """Sums of five draws, of unit variance each: the sum of n of them has variance 25 n nearly."""
    shocks = np.random.default_rng(0).standard_normal((2_000, 1_004))
    overlapping = np.lib.stride_tricks.sliding_window_view(shocks, 5, axis=1).sum(axis=2)
    variances = long_run_variances(overlapping.T)
    assert variances.mean() == pytest.approx(25 * 1_000, rel=0.03)
    assert overlapping.sum(axis=1).var() == pytest.approx(25 * 1_000, rel=0.1)


def test_the_number_of_frequencies_is_an_exact_root() -> None:
    for root in range(1, 60):
        assert frequencies_used(root**3) == root
        assert frequencies_used(root**3 - 1) == root - 1


def test_a_shift_of_the_level_does_not_matter() -> None:
    scores = np.random.default_rng(1).standard_normal((200, 2))
    np.testing.assert_allclose(
        long_run(scores + 3.0).covariance, long_run(scores).covariance, rtol=1e-9
    )


def test_errors_name_what_is_wrong() -> None:
    values = np.ones(100)
    holed = np.where(np.arange(100) == 7, np.nan, values)
    with pytest.raises(InferenceError, match=r"d\[7\] is nan, 1 such in all; compare on dates"):
        checked("d", holed, 5)
    with pytest.raises(TooFewObservationsError, match=r"d has 49 observations; .* 50 in all"):
        checked("d", values[:49], 5)
    with pytest.raises(InferenceError, match=r"d has 100 values and its window 99"):
        checked("d", values, 5, np.ones(99, dtype=bool))
    with pytest.raises(InferenceError, match=r"shape \(100, 1\); one value per session"):
        checked("d", values[:, None], 5)
    with pytest.raises(InferenceError, match="horizon is 0"):
        checked("d", values, 0)
    # What lies outside the window is not looked at.
    assert checked("d", holed, 5, np.isfinite(holed)).sum() == 99
