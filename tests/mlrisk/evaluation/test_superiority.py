"""Tests of equal loss by hand, by brute force, and by what must not move them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from mlrisk.evaluation.long_run import InferenceError, TooFewObservationsError
from mlrisk.evaluation.superiority import (
    against_rivals,
    diebold_mariano,
    holm,
    over_windows,
    significantly_better,
    truncated_variance,
)

HORIZON = 5


def difference(seed: int, count: int = 120) -> np.ndarray:
    shocks = np.random.default_rng(seed).standard_t(4, count + HORIZON - 1)
    return np.convolve(shocks, np.ones(HORIZON), "valid") + 0.5


def published_hln(values: np.ndarray, horizon: int) -> tuple[float, float]:
    """Harvey, Leybourne and Newbold (1997), equations 1 to 9, term by term."""
    count = len(values)
    mean = sum(values) / count
    autocovariances = [
        sum((values[t] - mean) * (values[t - lag] - mean) for t in range(lag, count)) / count
        for lag in range(horizon)
    ]
    variance = (autocovariances[0] + 2 * sum(autocovariances[1:])) / count
    correction = (count + 1 - 2 * horizon + horizon * (horizon - 1) / count) / count
    statistic = np.sqrt(correction) * mean / np.sqrt(variance)
    return statistic, 2 * (1 - stats.t.cdf(abs(statistic), count - 1))


@pytest.mark.parametrize("horizon", [1, 3, 5])
def test_hln_as_published(horizon: int) -> None:
    values = difference(1)
    result = diebold_mariano(values, horizon)
    statistic, p_value = published_hln(values, horizon)
    assert result.hln_statistic == pytest.approx(statistic, rel=1e-10)
    assert result.hln_p_value == pytest.approx(p_value, rel=1e-8)


def test_horizon_one_is_the_t_test() -> None:
    values = difference(2)
    expected = stats.ttest_1samp(values, 0)
    result = diebold_mariano(values, 1)
    assert result.hln_statistic == pytest.approx(expected.statistic, rel=1e-10)
    assert result.hln_p_value == pytest.approx(expected.pvalue, rel=1e-8)


def test_one_wave_by_hand() -> None:
    """A mean of 1 under the first frequency's cosine of height 2, sixty-four sessions long."""
    count, height = 64, 2.0
    wave = height * np.cos(2 * np.pi * np.arange(count) / count)
    result = diebold_mariano(1 + wave, 1)
    # Four frequencies are used; the one present has a coefficient of height * count / 2.
    error = height * count / 2 / np.sqrt(4) / count
    assert result.degrees == 8
    assert result.standard_error == pytest.approx(error)
    assert result.statistic == pytest.approx(1 / error)
    assert result.p_value == pytest.approx(2 * stats.t.sf(2, 8))


def test_a_negative_variance_is_replaced_by_weights_that_keep_it_positive() -> None:
    alternating = np.array([1.0, -1.0] * 30)
    products = [alternating[lag:] @ alternating[: 60 - lag] for lag in range(2)]
    assert products[0] + 2 * products[1] < 0
    assert truncated_variance(alternating, 2) == products[0] + products[1] == 1
    assert diebold_mariano(alternating + 0.1, 2).hln_p_value <= 1


@given(seed=st.integers(0, 999), scale=st.floats(1e-6, 1e6))
def test_scale_does_not_matter_and_a_swap_turns_the_sign(seed: int, scale: float) -> None:
    values = difference(seed)
    one, other = diebold_mariano(values, HORIZON), diebold_mariano(-scale * values, HORIZON)
    assert other.statistic == pytest.approx(-one.statistic, rel=1e-8, abs=1e-10)
    assert other.hln_statistic == pytest.approx(-one.hln_statistic, rel=1e-8, abs=1e-10)
    assert other.p_value == pytest.approx(one.p_value, rel=1e-7)
    assert other.mean_difference == pytest.approx(-scale * one.mean_difference, rel=1e-9)


@given(seed=st.integers(0, 999), before=st.integers(0, 40), after=st.integers(0, 40))
def test_a_window_without_gaps_is_its_own_sample(seed: int, before: int, after: int) -> None:
    values = difference(seed, 200)
    members = np.zeros(200, dtype=bool)
    members[before : 200 - after] = True
    hidden = np.where(members, values, np.nan)
    assert diebold_mariano(hidden, HORIZON, members) == diebold_mariano(values[members], HORIZON)


def test_products_across_a_gap_do_not_count() -> None:
    values = difference(3, 200)
    members = np.ones(200, dtype=bool)
    members[60:140] = False
    result = diebold_mariano(values, HORIZON, members)
    score = np.where(members, values - values[members].mean(), 0)
    variance = sum(
        score[i] * score[j] for i in range(200) for j in range(200) if abs(i - j) < HORIZON
    )
    count = 120
    correction = (count + 1 - 2 * HORIZON + HORIZON * (HORIZON - 1) / count) / count
    expected = np.sqrt(correction) * values[members].mean() / (np.sqrt(variance) / count)
    assert result.n_obs == count
    assert result.hln_statistic == pytest.approx(expected, rel=1e-9)


def test_the_same_forecast_twice_is_no_difference() -> None:
    result = diebold_mariano(np.zeros(100), HORIZON)
    assert (result.mean_difference, result.statistic, result.p_value) == (0, 0, 1)
    assert (result.hln_statistic, result.hln_p_value, result.degrees) == (0, 1, 8)


def test_errors_say_what_is_wrong() -> None:
    with pytest.raises(InferenceError, match=r"0\.25 in all 100 sessions, so it has no variance"):
        diebold_mariano(np.full(100, 0.25), HORIZON)
    with pytest.raises(TooFewObservationsError, match="has 30 observations"):
        diebold_mariano(difference(1, 30), HORIZON)
    with pytest.raises(InferenceError, match="no losses of garch; there are model, rival"):
        against_rivals(losses(), "garch", ["rival"], HORIZON)


def test_holm_by_hand() -> None:
    adjusted = holm({"a": 0.04, "b": 0.01, "c": 0.03, "d": 0.005})
    assert adjusted == pytest.approx({"a": 0.06, "b": 0.03, "c": 0.06, "d": 0.02})
    assert list(adjusted) == ["a", "b", "c", "d"]
    assert holm({"only": 0.2}) == {"only": 0.2}
    assert holm({}) == {}
    with pytest.raises(InferenceError, match="p-value of a is nan"):
        holm({"a": float("nan")})


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8), st.floats(0.01, 0.5), st.randoms())
def test_holm_rejects_what_the_step_down_rejects(values: list[float], size: float, order) -> None:
    names = [f"h{place}" for place in range(len(values))]
    p_values = dict(zip(names, values, strict=True))
    rejected = set()
    for place, name in enumerate(sorted(names, key=p_values.__getitem__)):
        if (len(values) - place) * p_values[name] > size:
            break
        rejected.add(name)
    adjusted = holm(p_values)
    assert {name for name in names if adjusted[name] <= size} == rejected
    order.shuffle(names)
    assert holm({name: p_values[name] for name in names}) == adjusted


def losses(count: int = 400) -> pd.DataFrame:
    rng = np.random.default_rng(8)
    own = rng.chisquare(3, count)
    columns = {"model": own, "rival": own + 0.3 + rng.normal(size=count)}
    return pd.DataFrame(columns, index=pd.bdate_range("2020-01-01", periods=count))


def test_rivals_are_adjusted_together_and_positive_favours_the_model() -> None:
    table = losses().assign(near=lambda x: x["model"] + np.random.default_rng(9).normal(size=400))
    results = against_rivals(table, "model", list(table), HORIZON)
    assert list(results) == ["rival", "near"]
    assert results["rival"]["mean_difference"] > 0
    alone = {name: result["p_value"] for name, result in results.items()}
    assert {n: r["holm_p_value"] for n, r in results.items()} == holm(alone)
    swapped = against_rivals(table, "rival", ["model"], HORIZON)["model"]
    assert swapped["statistic"] == pytest.approx(-results["rival"]["statistic"])


def test_windows_are_tested_apart_and_short_ones_left_out() -> None:
    table = losses()
    half = np.arange(400) < 200
    masks = {"first": half, "second": ~half, "short": np.arange(400) < 20}
    results = over_windows(table, "model", ["rival"], HORIZON, masks)
    assert list(results) == ["first", "second"]
    assert (
        results["first"]["rival"]
        == against_rivals(table[half], "model", ["rival"], HORIZON)["rival"]
    )


def test_a_challenger_is_better_where_the_adjusted_test_says_so() -> None:
    noise = np.random.default_rng(2).normal(size=(4, 1000))
    noise -= noise.mean(axis=1, keepdims=True)
    differences = {place: noise[place] + mean for place, mean in enumerate((0.5, 0, -0.5, 0.07))}
    p_values = {f"{place}": diebold_mariano(v, HORIZON).p_value for place, v in differences.items()}
    assert 0.05 / 4 < p_values["3"] < 0.05, "one that several challengers make too uncertain"
    assert significantly_better(differences, HORIZON, 0.05) == [0]
    assert significantly_better({3: differences[3]}, HORIZON, 0.05) == [3]
