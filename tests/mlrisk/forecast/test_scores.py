"""Scores as they become known, and the shortest interval of them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from mlrisk.forecast.scores import known_scores, ranks, score_interval, shortest

SCORES = st.lists(st.floats(0.05, 20.0), min_size=3, max_size=60).map(
    lambda values: np.sort(np.array(values))
)


def brute_force(ordered: np.ndarray, gaps: float) -> float:
    """Least width over many lower bounds, by the distribution function itself."""
    places = np.arange(1.0, len(ordered) + 1)
    starts = np.unique(np.concatenate([places, places - gaps, np.linspace(1, len(ordered), 200)]))
    starts = starts[(starts >= 1) & (starts + gaps <= len(ordered))]
    low = np.interp(starts, places, ordered)
    return float((np.interp(starts + gaps, places, ordered) - low).min())


@given(SCORES, st.floats(0, 0.99))
def test_no_interval_over_as_many_gaps_is_shorter(ordered: np.ndarray, share: float) -> None:
    gaps = share * (len(ordered) - 1)
    low, high = shortest(ordered, gaps)
    assert ordered[0] <= low <= high <= ordered[-1]
    assert high - low == pytest.approx(brute_force(ordered, gaps), abs=1e-9)
    places = np.arange(len(ordered))
    if len(np.unique(ordered)) == len(ordered) and np.diff(ordered).min() > 1e-3:
        held = np.interp(high, ordered, places) - np.interp(low, ordered, places)
        assert held == pytest.approx(gaps, abs=1e-6)


def test_the_shortest_interval_of_a_skewed_law_gives_the_long_tail_more() -> None:
    """Of a lognormal: symmetric in logs around the mode, sigma squared below the median."""
    sigma = 0.5
    low, high = score_interval(np.exp(sigma * norm.ppf(np.arange(1, 20_000) / 20_000)), 0.1)
    assert math.log(low) + math.log(high) == pytest.approx(-2 * sigma**2, abs=0.01)
    central = np.exp(sigma * np.array([-1.6449, 1.6449]))
    assert high - low < 0.94 * (central[1] - central[0])


@given(SCORES, st.floats(1e-9, 1.5), st.floats(1e-9, 1.5))
def test_a_smaller_miscoverage_is_never_narrower(
    ordered: np.ndarray, one: float, other: float
) -> None:
    narrow = score_interval(ordered, max(one, other))
    wide = score_interval(ordered, min(one, other))
    assert narrow[1] - narrow[0] <= (wide[1] - wide[0]) * (1 + 1e-12) + 1e-12
    assert 0 < wide[0] <= wide[1]


def test_beyond_what_is_known_the_interval_grows_without_a_jump_and_without_end() -> None:
    ordered = np.linspace(0.5, 2.0, 99)
    edge = 2 / 100
    assert score_interval(ordered, edge) == pytest.approx((0.5, 2.0))
    inside = score_interval(ordered, edge * (1 + 1e-9))
    assert inside[1] - inside[0] == pytest.approx(1.5)
    assert score_interval(ordered, edge / 16) == pytest.approx((0.25, 4.0))
    low, high = score_interval(ordered, 1e-300)
    assert low < 1e-70
    assert high > 1e70


def test_a_full_miscoverage_leaves_a_point() -> None:
    low, high = score_interval(np.array([0.5, 1.0, 2.0]), 1.2)
    assert low == high


def test_scores_are_known_five_sessions_later_and_nulls_never() -> None:
    rv_hat = np.array([1.0, 1, np.nan, 1, 1, 1, 1, 1, 1])
    rv = np.array([3.0, np.nan, 1, 2, 9, 9, 9, 9, 9])
    known = [scores.tolist() for scores in known_scores(rv_hat, rv, horizon=5)]
    assert known == [[], [], [], [], [], [3.0], [3.0], [3.0], [2.0, 3.0]]


def test_ranks_look_at_earlier_forecasts_alone() -> None:
    forecasts = np.array([2.0, 1.0, 3.0, np.nan, 2.0, 0.5])
    np.testing.assert_array_equal(ranks(forecasts), [0.5, 0, 1, np.nan, 0.5, 0])
