from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from mlrisk.features import windows

Rolling = Callable[[np.ndarray], np.ndarray]

N = 20
OTHER = np.random.default_rng(9).normal(0, 0.01, 90)

STATISTICS: dict[str, tuple[Rolling, Callable[[np.ndarray], float]]] = {
    "sum": (lambda x: windows.rolling_sum(x, N), math.fsum),
    "mean": (lambda x: windows.rolling_mean(x, N), np.mean),
    "max": (lambda x: windows.rolling_max(x, N), np.max),
    "volatility": (lambda x: windows.rolling_volatility(x, N), np.linalg.norm),
    "variance": (lambda x: windows.rolling_variance(x, N), lambda w: np.var(w, ddof=1)),
    "skewness": (
        lambda x: windows.rolling_skewness(x, N), lambda w: scipy.stats.skew(w, bias=False),
    ),
    "kurtosis": (
        lambda x: windows.rolling_kurtosis(x, N), lambda w: scipy.stats.kurtosis(w, bias=False),
    ),
    "average": (
        lambda x: windows.rolling_average(x, windows.geometric_weights(0.9, N)),
        lambda w: np.average(w, weights=0.9 ** np.arange(N)[::-1]),
    ),
}  # fmt: skip
"""Each rolling statistic, and the same of one window by somebody else's code."""


def returns(seed: int, length: int = 90) -> np.ndarray:
    return 0.01 * np.random.default_rng(seed).standard_t(4, length)


@pytest.mark.parametrize("name", STATISTICS)
class TestEveryStatistic:
    def test_is_that_of_each_window(self, name: str) -> None:
        rolling, single = STATISTICS[name]
        values = returns(1)
        found = rolling(values)
        assert np.isnan(found[: N - 1]).all()
        for at in range(N - 1, len(values)):
            assert found[at] == pytest.approx(single(values[at - N + 1 : at + 1]), rel=1e-9)

    def test_hangs_on_its_window_alone_to_the_last_bit(self, name: str) -> None:
        rolling, _ = STATISTICS[name]
        values = returns(2) * 1e3
        found = rolling(values)
        for at in range(N - 1, len(values)):
            assert rolling(values[at - N + 1 : at + 1])[-1] == found[at]

    def test_a_null_makes_every_window_that_holds_it_null(self, name: str) -> None:
        rolling, _ = STATISTICS[name]
        values = returns(3)
        values[40] = np.nan
        unknown = np.flatnonzero(np.isnan(rolling(values)))
        assert unknown.tolist() == [*range(N - 1), *range(40, 40 + N)]

    @pytest.mark.parametrize("length", [0, 1, N - 1])
    def test_a_history_shorter_than_the_window_is_null(self, name: str, length: int) -> None:
        rolling, _ = STATISTICS[name]
        assert rolling(returns(4, length)).tolist() == pytest.approx([np.nan] * length, nan_ok=True)


class TestShape:
    """Skewness, kurtosis, correlation: nothing is read into windows that do not vary."""

    @pytest.mark.parametrize("level", [0.0, 0.1, 1 / 3, 1e-3])
    def test_a_constant_has_no_shape(self, level: float) -> None:
        still = np.full(30, level)
        assert np.isnan(windows.rolling_skewness(still, N)).all()
        assert np.isnan(windows.rolling_kurtosis(still, N)).all()
        assert np.isnan(windows.rolling_correlation(still, returns(5, 30), N)).all()

    def test_the_smallest_return_is_already_a_variation(self) -> None:
        values = np.full(N, 0.01)
        values[7] += 1e-10
        assert windows.rolling_skewness(values, N)[-1] == pytest.approx(4.472135955, rel=1e-5)

    def test_skewness_and_kurtosis_by_hand(self) -> None:
        # 1, 2, 3, 6: deviations -2, -1, 0, 3; m2 = 14/4, m3 = 18/4, m4 = 98/4.
        values = np.array([1.0, 2.0, 3.0, 6.0])
        skewness = math.sqrt(12) / 2 * 4.5 / 3.5**1.5
        kurtosis = 3 / (2 * 1) * (5 * 24.5 / 3.5**2 - 9)
        assert windows.rolling_skewness(values, 4)[-1] == pytest.approx(skewness)
        assert windows.rolling_kurtosis(values, 4)[-1] == pytest.approx(kurtosis)


class TestCorrelation:
    def test_is_pearsons_of_each_window(self) -> None:
        left, right = returns(6), 0.5 * returns(6) + OTHER
        found = windows.rolling_correlation(left, right, N)
        for at in range(N - 1, len(left)):
            window = slice(at - N + 1, at + 1)
            assert found[at] == pytest.approx(np.corrcoef(left[window], right[window])[0, 1])

    def test_stays_within_its_bounds(self) -> None:
        values = returns(7)
        for factor in (1.0, -3.0, 1e-4):
            found = windows.rolling_correlation(values, factor * values, N)[N - 1 :]
            assert found == pytest.approx(np.sign(factor))
            assert np.abs(found).max() <= 1

    def test_mean_of_all_pairs(self) -> None:
        columns = [returns(seed) + OTHER for seed in (1, 2, 3, 4)]
        found = windows.rolling_mean_correlation(columns, N)
        assert np.isnan(found[: N - 1]).all()
        for at in range(N - 1, len(OTHER)):
            matrix = np.corrcoef([column[at - N + 1 : at + 1] for column in columns])
            assert found[at] == pytest.approx((matrix.sum() - 4) / 12)

    def test_by_hand(self) -> None:
        # Deviations -1, 0, 1 and -1, 1, 0: product sum 1, lengths root 2 each.
        left, right = np.array([1.0, 2.0, 3.0]), np.array([0.0, 2.0, 1.0])
        assert windows.rolling_correlation(left, right, 3)[-1] == pytest.approx(0.5)


class TestPrices:
    def test_returns_are_one_ratio_of_prices(self) -> None:
        prices = np.array([100.0, 110.0, -5.0, 121.0, 0.0])
        assert windows.log_return(prices, 1).tolist() == pytest.approx(
            [np.nan, math.log(1.1), np.nan, np.nan, np.nan], nan_ok=True
        )
        assert windows.log_return(prices, 3).tolist() == pytest.approx(
            [np.nan, np.nan, np.nan, math.log(1.21), np.nan], nan_ok=True
        )

    def test_changes(self) -> None:
        assert windows.change(np.array([1.0, 4.0, 9.0]), 2).tolist() == pytest.approx(
            [np.nan, np.nan, 8.0], nan_ok=True
        )

    @pytest.mark.parametrize("length", [0, 1, 2])
    def test_a_history_shorter_than_the_step_is_null(self, length: int) -> None:
        values = np.ones(length)
        assert np.isnan(windows.change(values, 2)).all()
        assert np.isnan(windows.log_return(values, 2)).all()

    def test_a_ratio_to_nothing_is_null(self) -> None:
        found = windows.ratio(np.array([1.0, 1.0, np.nan]), np.array([0.0, 4.0, 2.0]))
        assert found.tolist() == pytest.approx([np.nan, 0.25, np.nan], nan_ok=True)


def test_geometric_weights_are_oldest_first() -> None:
    weights = windows.geometric_weights(0.5, 4)
    assert weights.tolist() == [0.125, 0.25, 0.5, 1.0]


@settings(max_examples=50)
@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=60))
def test_the_order_of_a_sum_is_the_order_of_its_terms(terms: list[float]) -> None:
    total = 0.0
    for term in terms:
        total += term
    assert windows.ordered_sum(np.array(terms)) == total
    # Beside other windows, too: the layout in memory does not regroup the terms.
    both = np.array([terms, terms[::-1]])
    assert windows.ordered_sum(both)[0] == windows.ordered_sum(np.asfortranarray(both))[0] == total
