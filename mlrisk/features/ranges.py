r"""Volatility from the range of the day: open, high, low and close.

A day's high and low tell more of its variance than its close does. All estimators are given as
``vol_nd`` is, the root of the variance summed over *n* sessions, so that they compare directly:

.. math:: \sigma_{n,t} = \sqrt{\sum_{i=0}^{n-1} v_{t-i}}

with the daily variance :math:`v` of each. In logs, :math:`o` is the overnight return from the last
close to the open, and :math:`u, d, c` are high, low and close over the open. Parkinson and
Rogers-Satchell see the session from open to close alone; Garman-Klass and Yang-Zhang here add
the night.

A carried-forward session has no range and no night; the night after it holds the whole gap.
"""

from __future__ import annotations

import math

import numpy as np

from mlrisk.features.windows import (
    Columns,
    FloatArray,
    log_ratio,
    rolling_sum,
    rolling_variance,
)

HORIZONS = (1, 5, 20)
YANG_ZHANG_SESSIONS = 20


def columns(
    name: str,
    open_: FloatArray,
    high: FloatArray,
    low: FloatArray,
    close: FloatArray,
    ret: FloatArray,
) -> Columns:
    """Every range-based feature of the benchmark.

    Parameters
    ----------
    name : str
        Prefix of the columns.
    open_, high, low, close : arrays of shape (n_sessions,)
        Prices as traded, not adjusted for dividends.
    ret : array of shape (n_sessions,)
        Daily total log return, close to close.
    """
    up, down, session = (log_ratio(price, open_) for price in (high, low, close))
    night = overnight_return(ret, session)
    daily = {
        "parkinson": parkinson(up, down),
        "garman_klass": garman_klass(night, up, down, session),
        "rogers_satchell": rogers_satchell(up, down, session),
    }
    n = YANG_ZHANG_SESSIONS
    return {
        **{
            f"{name}_{estimator}_{n}d": np.sqrt(rolling_sum(variance, n))
            for estimator, variance in daily.items()
            for n in HORIZONS
        },
        f"{name}_yang_zhang_{n}d": np.sqrt(n * yang_zhang(night, up, down, session, n)),
        f"{name}_overnight_vol_{n}d": np.sqrt(rolling_sum(night * night, n)),
    }


def overnight_return(ret: FloatArray, session: FloatArray) -> FloatArray:
    """Log return from the last close to the open, without the gap an ex-dividend day leaves.

    The total return less the session's own (open to close), at the ten decimals returns have: where
    both are equal but for rounding, the night was zero.
    """
    return np.round(ret - session, 10) + 0.0


def parkinson(up: FloatArray, down: FloatArray) -> FloatArray:
    r"""Daily variance after Parkinson (1980, J. Business 53(1), 61-65).

    .. math:: v = (u - d)^2 / (4 \ln 2)
    """
    span = up - down
    return span * span / (4 * math.log(2))


def garman_klass(
    night: FloatArray, up: FloatArray, down: FloatArray, session: FloatArray
) -> FloatArray:
    r"""Daily variance after Garman and Klass (1980, J. Business 53(1), 67-78), with the night.

    .. math:: v = o^2 + \tfrac{1}{2} (u - d)^2 - (2 \ln 2 - 1) c^2

    The session's part is their practical estimator :math:`\hat\sigma_5^2`; the square of the
    overnight return stands beside it as it is, since no share of the day is assumed for the night.
    """
    span = up - down
    return night * night + (0.5 * span * span - (2 * math.log(2) - 1) * session * session)


def rogers_satchell(up: FloatArray, down: FloatArray, session: FloatArray) -> FloatArray:
    r"""Daily variance after Rogers and Satchell (1991, Ann. Appl. Probab. 1(4), 504-512).

    .. math:: v = u (u - c) + d (d - c)

    Unbiased whatever the drift.
    """
    return up * (up - session) + down * (down - session)


def yang_zhang(
    night: FloatArray, up: FloatArray, down: FloatArray, session: FloatArray, n: int
) -> FloatArray:
    r"""Mean daily variance over *n* sessions after Yang and Zhang (2000).

    .. math::
        v = s_o^2 + k s_c^2 + (1 - k) \bar v_{RS}, \quad k = \frac{0.34}{1.34 + (n+1)/(n-1)}

    with sample variances (ddof 1) of overnight and open-to-close returns and the mean of the
    Rogers-Satchell variances. Free of drift and of the night's jump. J. Business 73(3), 477-492.
    """
    k = 0.34 / (1.34 + (n + 1) / (n - 1))
    range_part = rolling_sum(rogers_satchell(up, down, session), n) / n
    return rolling_variance(night, n) + (k * rolling_variance(session, n) + (1 - k) * range_part)
