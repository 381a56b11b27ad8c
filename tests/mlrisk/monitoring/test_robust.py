"""The yardstick: what it measures, and that it looks back only."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlrisk.monitoring.robust import run_length, trailing_median, trailing_scale, trailing_spread

WINDOWS = {"long": 40, "short": 10}


def draws(n: int, seed: int = 3) -> pd.Series:
    return pd.Series(np.random.default_rng(seed).normal(0, 0.01, n))


def one(size: pd.Series) -> pd.Series:
    return pd.Series("A", index=size.index)


def test_it_is_a_standard_deviation_of_gaussian_moves() -> None:
    size = draws(5000).abs()
    scale = trailing_scale(size, one(size), long=2000, short=1000)
    assert scale.iloc[-1] == pytest.approx(0.01, rel=0.06)
    spread = trailing_spread(size, one(size), window=2000, least=100)
    assert spread.iloc[-1] == pytest.approx(0.01, rel=0.06)


def test_it_is_the_larger_of_two_medians_before_the_row() -> None:
    size = draws(60).abs()
    scale = trailing_scale(size, one(size), **WINDOWS)
    expected = 1.4826 * max(size[10:50].median(), size[40:50].median())
    assert scale[50] == pytest.approx(expected, rel=1e-12)


def test_a_crisis_becomes_usual_once_half_of_the_short_window_is_in_it() -> None:
    size = pd.Series([0.01] * 40 + [0.1] * 20)
    scale = trailing_scale(size, one(size), **WINDOWS) / 1.4826
    assert scale[44] == pytest.approx(0.01)
    assert scale[46] == pytest.approx(0.1)


def test_wild_values_do_not_move_it() -> None:
    size = pd.Series([0.01] * 40)
    size[[10, 20, 35]] = 50.0
    scale = trailing_scale(size, one(size), **WINDOWS).dropna()
    np.testing.assert_allclose(scale, 0.014826)


def test_what_stands_still_has_no_scale_but_a_spread() -> None:
    still = pd.Series([0.0] * 60)
    assert trailing_scale(still, one(still), **WINDOWS).isna().all()
    still[::6] = 0.25
    assert trailing_spread(still, one(still), window=50, least=10).iloc[-1] == pytest.approx(
        0.25 / 1.6449
    )


def test_nothing_is_judged_before_there_is_history() -> None:
    size = draws(30).abs()
    scale = trailing_scale(size, one(size), **WINDOWS)
    assert scale[:5].isna().all()
    assert scale[10:].notna().all()


@settings(max_examples=20)
@given(cut=st.integers(5, 119), seed=st.integers(0, 5))
def test_rows_from_here_on_change_nothing_before_or_here(cut: int, seed: int) -> None:
    size, by = draws(120, seed).abs(), pd.Series(["A", "B"] * 60)
    other = size.where(size.index < cut, size * 100 + 1)
    for figure in (
        lambda x: trailing_scale(x, by, **WINDOWS),
        lambda x: trailing_spread(x, by, window=40, least=10),
        lambda x: trailing_median(x, by, window=9, least=3),
    ):
        pd.testing.assert_series_equal(figure(size)[: cut + 1], figure(other)[: cut + 1])
        pd.testing.assert_series_equal(
            figure(size)[:cut], figure(size[:cut].copy())[:cut], check_names=False
        )


def test_runs_are_counted_per_name() -> None:
    holds = pd.Series([True, True, False, True, True, True])
    by = pd.Series(["A", "A", "A", "A", "B", "B"])
    assert run_length(holds, by).tolist() == [1, 2, 0, 1, 1, 2]
