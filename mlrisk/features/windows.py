"""Statistics of the last *n* sessions, each computed on its own window and nothing else.

A running accumulator carries the rounding of all that came before: its value hangs on where the
history starts. Here a window is summed on its own, term by term from the oldest to the newest.
That order is fixed, unlike that of ``np.sum``, which groups terms by the width of the processor's
registers; and since addition, multiplication, division and root are exactly rounded everywhere,
the result is the same to the last bit on every processor. Only logarithms are not.

Every function takes an array of shape (n_sessions,), oldest first, and gives one of the same shape
whose value at *t* uses the sessions *t-n+1..t*: null for the first *n-1* and wherever the window
holds a null.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

FloatArray = npt.NDArray[np.float64]
Columns = dict[str, FloatArray]
"""Features by name, each of shape (n_sessions,)."""

NO_VARIATION = 1e-21
"""Sums of squared deviations below this are rounding noise. Returns are multiples of 1e-10, so a
single one that differs from the rest already makes about 1e-20."""


def ordered_sum(terms: FloatArray) -> FloatArray:
    """Sum over the last axis, term by term from the first to the last."""
    total = terms[..., 0].copy()
    for place in range(1, terms.shape[-1]):
        total += terms[..., place]
    return total


def _windows(values: FloatArray, n: int) -> FloatArray:
    """Windows of shape (n_sessions - n + 1, n), oldest session first; none in a short history."""
    if len(values) < n:
        return np.empty((0, n))
    windows: FloatArray = sliding_window_view(values, n)
    return windows


def _dated(statistic: FloatArray, length: int) -> FloatArray:
    """The statistic of each full window, at the window's last session."""
    dated = np.full(length, np.nan)
    dated[length - len(statistic) :] = statistic
    return dated


def ratio(numerator: FloatArray, denominator: FloatArray) -> FloatArray:
    """Quotient, null where the denominator is not positive."""
    quotient = np.full(len(denominator), np.nan)
    np.divide(numerator, denominator, out=quotient, where=denominator > 0)
    return quotient


def log_ratio(numerator: FloatArray, denominator: FloatArray) -> FloatArray:
    """Logarithm of the quotient, null where either is not positive."""
    positive = np.where(numerator > 0, numerator, np.nan)
    return np.log(ratio(positive, denominator))


def change(values: FloatArray, n: int) -> FloatArray:
    """Difference to the value *n* sessions before."""
    return _dated(values[n:] - values[: max(len(values) - n, 0)], len(values))


def log_return(prices: FloatArray, n: int) -> FloatArray:
    """Log return over *n* sessions, as one ratio of prices; null where either is not positive."""
    return _dated(log_ratio(prices[n:], prices[: max(len(prices) - n, 0)]), len(prices))


def rolling_sum(values: FloatArray, n: int) -> FloatArray:
    """Sum over *n* sessions."""
    return _dated(ordered_sum(_windows(values, n)), len(values))


def rolling_mean(values: FloatArray, n: int) -> FloatArray:
    """Mean over *n* sessions."""
    return rolling_sum(values, n) / n


def rolling_max(values: FloatArray, n: int) -> FloatArray:
    """Highest value of *n* sessions."""
    return _dated(_windows(values, n).max(axis=-1), len(values))


def rolling_volatility(returns: FloatArray, n: int) -> FloatArray:
    r"""Realised volatility over *n* sessions, :math:`\sqrt{\sum r^2}`: in units of that move."""
    return np.sqrt(rolling_sum(returns * returns, n))


def rolling_average(values: FloatArray, weights: FloatArray) -> FloatArray:
    """Weighted average; ``weights`` of shape (n,) from the oldest session to the newest."""
    shares = weights / math.fsum(weights.tolist())
    windows = _windows(values, len(weights))
    total = np.zeros(len(windows))
    for place, share in enumerate(shares.tolist()):
        total += windows[:, place] * share
    return _dated(total, len(values))


def geometric_weights(decay: float, n: int) -> FloatArray:
    """Weights ``decay**(n-1), ..., decay, 1``: oldest session first."""
    # Repeated products are exactly rounded; the power function of a C library is not.
    return np.multiply.accumulate(np.append(1.0, np.full(n - 1, decay)))[::-1]


def _deviations(values: FloatArray, n: int) -> FloatArray:
    """Each window minus its own mean, shape (n_windows, n)."""
    windows = _windows(values, n)
    return windows - (ordered_sum(windows) / n)[:, np.newaxis]


def _spread(squares: FloatArray) -> FloatArray:
    """Sums of squared deviations, null where they are mere noise."""
    return np.where(squares > NO_VARIATION, squares, np.nan)


def rolling_skewness(values: FloatArray, n: int) -> FloatArray:
    r"""Bias-corrected skewness over *n* sessions.

    .. math:: G_1 = \frac{\sqrt{n(n-1)}}{n-2} \, \frac{m_3}{m_2^{3/2}}

    with central moments :math:`m_k` (Joanes and Gill 1998, The Statistician 47(1), 183-189).
    """
    deviation = _deviations(values, n)
    squares = deviation * deviation
    second = _spread(ordered_sum(squares)) / n
    third = ordered_sum(squares * deviation) / n
    factor = math.sqrt(n * (n - 1)) / (n - 2)
    return _dated(factor * third / (second * np.sqrt(second)), len(values))


def rolling_kurtosis(values: FloatArray, n: int) -> FloatArray:
    r"""Bias-corrected excess kurtosis over *n* sessions.

    .. math:: G_2 = \frac{n-1}{(n-2)(n-3)} \left[ (n+1) \frac{m_4}{m_2^2} - 3(n-1) \right]

    with central moments :math:`m_k` (Joanes and Gill 1998, The Statistician 47(1), 183-189).
    """
    deviation = _deviations(values, n)
    squares = deviation * deviation
    second = _spread(ordered_sum(squares)) / n
    fourth = ordered_sum(squares * squares) / n
    bracket = (n + 1) * fourth / (second * second) - 3 * (n - 1)
    return _dated((n - 1) / ((n - 2) * (n - 3)) * bracket, len(values))


def rolling_variance(values: FloatArray, n: int) -> FloatArray:
    """Sample variance over *n* sessions (ddof 1)."""
    deviation = _deviations(values, n)
    return _dated(ordered_sum(deviation * deviation) / (n - 1), len(values))


def _unit_vectors(values: FloatArray, n: int) -> FloatArray:
    """Each window's deviations scaled to length one, shape (n_windows, n)."""
    deviation = _deviations(values, n)
    length = np.sqrt(_spread(ordered_sum(deviation * deviation)))
    return deviation / length[:, np.newaxis]


def rolling_correlation(left: FloatArray, right: FloatArray, n: int) -> FloatArray:
    """Pearson correlation over *n* sessions, null where either side does not vary."""
    products = _unit_vectors(left, n) * _unit_vectors(right, n)
    return _dated(np.clip(ordered_sum(products), -1.0, 1.0), len(left))


def rolling_mean_correlation(columns: list[FloatArray], n: int) -> FloatArray:
    r"""Mean of all pairwise correlations over *n* sessions.

    With unit vectors :math:`u_i` of the deviations, :math:`\sum_{i \ne j} u_i \cdot u_j =
    |\sum_i u_i|^2 - N`.

    Parameters
    ----------
    columns : list of N arrays of shape (n_sessions,), N at least 2
    """
    count = len(columns)
    total = ordered_sum(np.stack([_unit_vectors(column, n) for column in columns], axis=-1))
    pairs = (ordered_sum(total * total) - count) / (count * (count - 1))
    return _dated(pairs, len(columns[0]))
