"""Rounding that gives the same bits on every processor."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

SIGNIFICANT_DIGITS = 8
"""Digits a float keeps at a dataset border: coarse enough that the last bits, in which processors
differ, hardly ever cross a rounding edge."""

_POWERS_OF_TEN = np.array([float(10**power) for power in range(23)])
"""Those that a double holds exactly."""


def round_significant(values: FloatArray, digits: int = SIGNIFICANT_DIGITS) -> FloatArray:
    """Round to significant digits, exactly as decimal text (``%.7e``) would; minus zero to zero.

    Parameters
    ----------
    values : array of any shape
        Infinities and NaN stay.
    digits : int
        At least 1, at most 15.
    """
    values = np.asarray(values, dtype=np.float64)
    size = np.abs(values)
    size[~np.isfinite(size) | (size == 0)] = 1.0
    # The last bits of log10 differ between processors: a wrong power is caught by `in_range`.
    places = digits - 1 - np.floor(np.log10(size)).astype(np.int64)
    in_range = (10.0 ** (digits - 1), 10.0**digits)
    return _round_places(values, places, f"%.{digits - 1}e", in_range)


def round_decimals(values: FloatArray, decimals: int) -> FloatArray:
    """Round to a number of decimals, exactly as decimal text would; minus zero to zero."""
    values = np.asarray(values, dtype=np.float64)
    places = np.full(values.shape, decimals)
    return _round_places(values, places, f"%.{decimals}f", (0.0, np.inf))


def _round_places(
    values: FloatArray,
    places: npt.NDArray[np.int64],
    pattern: str,
    in_range: tuple[float, float],
) -> FloatArray:
    """``float(pattern % value)`` for each value, most of them without making the text.

    A value is scaled to the whole number that holds its digits. The scaling is off by at most half
    a last bit, so unless the scaled value is that near to a tie its nearest whole number is the
    right one; a whole number and a power of ten up to 1e22 are exact, so their quotient is the
    double nearest to the decimal (Clinger 1990, How to read floating point numbers accurately,
    PLDI). What is left, ties and far powers, goes through text. Multiplication, division and
    rounding to whole numbers are exact by IEEE 754, hence the same on every processor.
    """
    far = np.abs(places) >= len(_POWERS_OF_TEN)
    power = _POWERS_OF_TEN[np.where(far, 0, np.abs(places))]
    with np.errstate(over="ignore", invalid="ignore"):
        scaled = np.where(places >= 0, values * power, values / power)
        whole = np.rint(scaled)
        size = np.abs(scaled)
        sure = ~far & (np.abs(scaled - whole) < 0.5 - 2.0**-52 * size)
        sure &= (size >= in_range[0]) & (size < in_range[1]) | (values == 0)
        rounded: FloatArray = np.where(places >= 0, whole / power, whole * power)
    rounded[~sure] = [float(pattern % value) for value in values[~sure].tolist()]
    rounded[rounded == 0] = 0.0
    return rounded
