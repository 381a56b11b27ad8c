"""The yardstick: how large a move usually was, before the day that is judged.

Medians and quantiles are order statistics: unlike running sums they are the same to the last bit
wherever history begins.
"""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

TO_DEVIATION = 1.4826
"""Of a Gaussian, the standard deviation over the median of absolute deviations: 1 / Phi^-1(3/4)."""

UPPER_QUANTILE, TO_DEVIATION_FROM_UPPER = 0.9, 1 / 1.6449
"""The same from the 0.9 quantile of absolute deviations: 1 / Phi^-1(0.95)."""


def trailing_scale(size: pd.Series, by: pd.Series, *, long: int, short: int) -> pd.Series:
    r"""Robust standard deviation of moves around zero, known before each row.

    .. math:: s_t = 1.4826 \max\bigl(\operatorname{med}_{i=1..L} |x_{t-i}|,
        \operatorname{med}_{i=1..S} |x_{t-i}|\bigr)

    The longer window is the usual; the shorter one keeps a crisis from being reported day by day:
    once half of the last sessions were wild, wild is what is expected.

    Parameters
    ----------
    size : Series of shape (n_rows,)
        Absolute moves; nulls are passed over.
    by : Series of shape (n_rows,)
        What each row belongs to; the rows of one are in order of time.
    long, short : int
        Rows in each window; a quarter of the longer and half of the shorter must be there.

    Returns
    -------
    Series of shape (n_rows,)
        Null where there is too little history, and where the scale is zero.

    Warnings
    --------
    Row *t* uses rows before *t* alone.
    """
    medians = [
        trailing_median(size, by, window=long, least=long // 4),
        trailing_median(size, by, window=short, least=short // 2),
    ]
    scale = pd.concat(medians, axis=1).max(axis=1)
    return (TO_DEVIATION * scale).where(scale > 0)


def trailing_spread(size: pd.Series, by: pd.Series, *, window: int, least: int) -> pd.Series:
    """Like :func:`trailing_scale`, for what rests most of the time, such as a policy rate.

    The larger of the scaled median and the scaled upper quantile: the median of a rate that moves
    one day in ten is zero, and any move would be infinitely unusual. It is zero for a rate that
    rested throughout.
    """
    upper = _before(size, by, lambda rows: rows.rolling(window, least).quantile(UPPER_QUANTILE))
    median = trailing_median(size, by, window=window, least=least)
    both = [TO_DEVIATION * median, TO_DEVIATION_FROM_UPPER * upper]
    return pd.concat(both, axis=1).max(axis=1)


def trailing_median(values: pd.Series, by: pd.Series, *, window: int, least: int) -> pd.Series:
    """Median of the ``window`` rows before each one; null where fewer than ``least`` have one."""
    return _before(values, by, lambda rows: rows.rolling(window, least).median())


def _before(
    values: pd.Series, by: pd.Series, rolled: Callable[[pd.Series], pd.Series]
) -> pd.Series:
    return values.groupby(by, sort=False).transform(lambda rows: rolled(rows).shift())


def run_length(holds: pd.Series, by: pd.Series) -> pd.Series:
    """How many rows in a row, up to and including each one, ``holds`` has been true; else zero."""
    ends = (~holds).groupby(by, sort=False).cumsum()
    return holds.groupby([by, ends], sort=False).cumsum()
