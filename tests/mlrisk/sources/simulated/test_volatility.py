"""The oracle is exact: a closed form against brute force, and nothing in it knows the future."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlrisk.sources.simulated.volatility import (
    HORIZON,
    Law,
    State,
    autoregression,
    expected_variance,
    simulate,
    student,
)

LAW = Law()


def continued(
    law: Law, regime: int, slow: float, fast: float, horizon: int, n_paths: int
) -> np.ndarray:
    """Sums of squared returns on paths that go on from a state, written down a second time."""
    rng = np.random.default_rng(12)
    here = np.full(n_paths, regime)
    factors = np.array([np.full(n_paths, slow), np.full(n_paths, fast)])
    total = np.zeros(n_paths)
    for _ in range(horizon):
        edges = np.cumsum(law.transition, axis=1)[here]
        here = (rng.random(n_paths)[:, None] > edges[:, :2]).sum(axis=1)
        shock = rng.standard_normal(n_paths)
        tail = np.sqrt((law.degrees - 2) / rng.chisquare(law.degrees, n_paths))
        deviation = np.exp((np.array(law.log_variance)[here] + factors.sum(axis=0)) / 2)
        total += (np.array(law.drift)[here] + deviation * tail * shock) ** 2
        for j in range(2):
            rho, phi = law.leverage[j], law.persistence[j]
            innovation = rho * shock + np.sqrt(1 - rho**2) * rng.standard_normal(n_paths)
            factors[j] = phi * factors[j] + law.spread[j] * np.sqrt(1 - phi**2) * innovation
    return total


def at(regime: int, slow: float, fast: float) -> State:
    nothing = np.zeros(1)
    return State(
        regime=np.array([regime]),
        slow=np.array([slow]),
        fast=np.array([fast]),
        variance=nothing,
        mixing=nothing,
        gaussian=nothing,
        returns=nothing,
    )


@pytest.mark.parametrize("horizon", [HORIZON, 21])
@pytest.mark.parametrize(
    ("regime", "slow", "fast"),
    [(0, 0.0, 0.0), (0, -1.1, 0.9), (1, 0.6, -0.7), (2, 1.2, 1.0)],
)
def test_the_oracle_is_the_mean_of_all_continuations(
    regime: int, slow: float, fast: float, horizon: int
) -> None:
    sums = continued(LAW, regime, slow, fast, horizon, n_paths=100_000)
    expected = expected_variance(LAW, at(regime, slow, fast), [horizon])[0, 0]
    error = sums.std() / np.sqrt(len(sums))
    assert error < 0.02 * expected
    assert sums.mean() == pytest.approx(expected, abs=4 * error)


def test_the_shared_shock_counts() -> None:
    """Both factors lean on one shock: without the cross term 21 sessions come out too calm."""
    split = Law(leverage=(0.0, 0.0))
    state = at(0, 0.0, 0.0)
    shared, apart = (expected_variance(law, state, [21])[0, 0] for law in (LAW, split))
    assert shared > apart * 1.005


def test_one_session_ahead_by_hand() -> None:
    state = at(1, 0.3, -0.2)
    expected = sum(
        chance * (np.exp(level + 0.1) + drift**2)
        for chance, level, drift in zip(LAW.transition[1], LAW.log_variance, LAW.drift, strict=True)
    )
    assert expected_variance(LAW, state, [1])[0, 0] == pytest.approx(expected, rel=1e-14)


def test_far_ahead_the_state_is_forgotten() -> None:
    calm, wild = (
        np.diff(expected_variance(LAW, state, [1500, 1501])[0])[0]
        for state in (at(0, -1.0, -1.0), at(2, 1.0, 1.0))
    )
    assert calm == pytest.approx(wild, rel=1e-3)


def test_the_oracle_is_right_on_average_over_a_long_history() -> None:
    state = simulate(LAW, seed=3, n_sessions=100_000)
    oracle = expected_variance(LAW, state, [HORIZON])[:-HORIZON, 0]
    squared = state.returns**2
    ahead = np.lib.stride_tricks.sliding_window_view(squared[1:], HORIZON).sum(axis=1)
    assert len(ahead) == len(oracle)
    assert np.mean(ahead / oracle) == pytest.approx(1.0, abs=0.03)
    # It is of the close of t: a session's delay costs.
    late, outcome = oracle[:-1], ahead[1:]
    assert np.mean(outcome / late + np.log(late)) > np.mean(ahead / oracle + np.log(oracle)) + 0.01


def test_moments_of_the_factors_and_of_the_shock() -> None:
    state = simulate(LAW, seed=5, n_sessions=100_000)
    for factor, spread, persistence, leverage in zip(
        (state.slow, state.fast), LAW.spread, LAW.persistence, LAW.leverage, strict=True
    ):
        assert factor.std() == pytest.approx(spread, rel=0.05)
        innovation = factor[1:] - persistence * factor[:-1]
        assert np.corrcoef(innovation, state.gaussian[1:])[0, 1] == pytest.approx(
            leverage, abs=0.01
        )
        assert np.corrcoef(innovation[:-1], innovation[1:])[0, 1] == pytest.approx(0, abs=0.01)
    shock = (state.returns - np.array(LAW.drift)[state.regime]) / np.sqrt(state.variance)
    assert shock.std() == pytest.approx(1.0, abs=0.01)
    excess = (shock**4).mean() / shock.var() ** 2 - 3
    assert excess == pytest.approx(6 / (LAW.degrees - 4), abs=0.1)


def test_regimes_move_as_the_matrix_says() -> None:
    regime = simulate(LAW, seed=1, n_sessions=100_000).regime
    for here in range(3):
        after = regime[1:][regime[:-1] == here]
        share = np.bincount(after, minlength=3) / len(after)
        np.testing.assert_allclose(share, LAW.transition[here], atol=0.004)


@given(cut=st.integers(1, 399), seed=st.integers(0, 2**32))
@settings(max_examples=25, deadline=None)
def test_a_shorter_history_is_the_beginning_of_a_longer_one(cut: int, seed: int) -> None:
    long, short = simulate(LAW, seed, 400), simulate(LAW, seed, cut)
    for name in ("regime", "slow", "fast", "variance", "mixing", "gaussian", "returns"):
        np.testing.assert_array_equal(getattr(short, name), getattr(long, name)[:cut])
    horizons = [1, HORIZON, 63]
    np.testing.assert_array_equal(
        expected_variance(LAW, short, horizons), expected_variance(LAW, long, horizons)[:cut]
    )


def test_autoregression_against_its_recursion() -> None:
    shocks = np.random.default_rng(1).standard_normal(50)
    level, expected = 0.0, []
    for shock in shocks:
        level = 0.9 * level + 2.0 * np.sqrt(1 - 0.81) * shock
        expected.append(level)
    np.testing.assert_allclose(autoregression(shocks, 0.9, 2.0), expected, rtol=1e-12)


def test_a_small_error_does_not_grow() -> None:
    """What another processor computes differently in the last bit dies out again."""
    shocks = np.random.default_rng(1).standard_normal(3000)
    nudged = shocks.copy()
    nudged[0] += 1e-13
    for persistence in (*LAW.persistence, 0.995):
        difference = autoregression(nudged, persistence, 1.0) - autoregression(
            shocks, persistence, 1.0
        )
        assert np.abs(difference).max() < 1e-13
        assert np.abs(difference[-1]) < 1e-15


def test_student_mixing_has_mean_one() -> None:
    mixing = student(8.0, np.random.default_rng(2), 100_000)
    assert mixing.mean() == pytest.approx(1.0, abs=0.01)
    assert (mixing > 0).all()
