"""Rounding is that of decimal text, to the last bit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlrisk import rounding


def decimal_text(values: np.ndarray, pattern: str) -> np.ndarray:
    return np.array([float(pattern % value) + 0.0 for value in values.tolist()])


def assert_same_bits(left: np.ndarray, right: np.ndarray) -> None:
    null = np.isnan(right)
    np.testing.assert_array_equal(np.isnan(left), null)
    np.testing.assert_array_equal(left[~null].view(np.int64), right[~null].view(np.int64))


FLOATS = st.lists(st.floats(width=64), min_size=1, max_size=40).map(np.array)
TIES = st.builds(
    lambda whole, power, sign: np.array([sign * (whole * 10 + 5) / 10.0**power]),
    st.integers(10**6, 10**8),
    st.integers(0, 25),
    st.sampled_from([-1, 1]),
)


@given(st.one_of(FLOATS, TIES), st.integers(1, 15))
def test_significant_digits_are_those_of_the_decimal_text(values: np.ndarray, digits: int) -> None:
    rounded = rounding.round_significant(values, digits)
    assert_same_bits(rounded, decimal_text(values, f"%.{digits - 1}e"))


@given(st.one_of(FLOATS, TIES), st.integers(0, 12))
def test_decimals_are_those_of_the_decimal_text(values: np.ndarray, decimals: int) -> None:
    rounded = rounding.round_decimals(values, decimals)
    assert_same_bits(rounded, decimal_text(values, f"%.{decimals}f"))


@pytest.mark.parametrize("power", range(-30, 31))
def test_values_beside_a_power_of_ten_are_rounded_as_text(power: int) -> None:
    edge = 10.0**power
    values = np.array([np.nextafter(edge, 0), edge, np.nextafter(edge, np.inf), edge * (1 - 1e-9)])
    assert_same_bits(rounding.round_significant(values), decimal_text(values, "%.7e"))


@given(FLOATS)
def test_rounding_twice_is_rounding_once(values: np.ndarray) -> None:
    once = rounding.round_significant(values)
    assert_same_bits(rounding.round_significant(once), once)


@given(st.lists(st.floats(1e-300, 1e300), min_size=1).map(np.array))
def test_rounding_moves_a_value_by_half_a_digit_at_most(values: np.ndarray) -> None:
    moved = np.abs(rounding.round_significant(values, 8) / values - 1)
    assert moved.max() <= 0.5e-7 * (1 + 1e-7)


def test_minus_zero_becomes_zero_and_the_rest_stays() -> None:
    values = np.array([[-0.0, 0.0, -1e-30], [np.nan, np.inf, -np.inf]])
    for rounded in (rounding.round_significant(values), rounding.round_decimals(values, 10)):
        np.testing.assert_array_equal(np.signbit(rounded[0, :2]), [False, False])
        np.testing.assert_array_equal(rounded[1], values[1])
        assert rounded.shape == values.shape
    assert rounding.round_significant(values)[0, 2] == -1e-30
    assert not np.signbit(rounding.round_decimals(values, 10)[0, 2])
