"""Features from daily closes: the benchmark's own, implied volatility, other assets, sectors.

Every value dated *t* is known at 22:00 UTC of session *t*.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from mlrisk.features.windows import (
    Columns,
    FloatArray,
    geometric_weights,
    log_ratio,
    log_return,
    ordered_sum,
    ratio,
    rolling_average,
    rolling_correlation,
    rolling_kurtosis,
    rolling_max,
    rolling_mean,
    rolling_mean_correlation,
    rolling_skewness,
    rolling_sum,
    rolling_volatility,
)

MONTH = 20
"""Sessions of the window that most features share."""

MEMORY = 250
"""Sessions after which an exponential weight is cut off. RiskMetrics' 0.94 has 2e-7 of its weight
beyond them, Wilder's 13/14 has 9e-9; an exact window does not hang on where history starts."""

RISKMETRICS_DECAY = 0.94
"""J.P. Morgan and Reuters 1996, RiskMetrics Technical Document, 4th edition."""

WILDER_SESSIONS = 14
"""Wilder 1978, New Concepts in Technical Trading Systems, section VI."""


def benchmark(name: str, close: FloatArray, index: FloatArray, ret: FloatArray) -> Columns:
    """Returns, realised volatility, drawdown, momentum and shape of the benchmark's returns.

    Parameters
    ----------
    name : str
        Prefix of the columns.
    close, index, ret : arrays of shape (n_sessions,)
        Close, total-return index and daily log return.
    """
    volatility = {n: rolling_volatility(ret, n) for n in (5, 10, MONTH, 60, 250)}
    return {
        f"{name}_ret_1d": ret,
        **{f"{name}_ret_{n}d": log_return(index, n) for n in (5, 10, MONTH)},
        f"{name}_rv_1d": np.abs(ret),
        **{f"{name}_vol_{n}d": values for n, values in volatility.items()},
        f"{name}_ewma_vol": ewma_volatility(ret),
        **{f"drawdown_{n}d": drawdown(close, n) for n in (60, 250)},
        f"rsi_{name}_14": relative_strength(close),
        "skew_20d": rolling_skewness(ret, MONTH),
        "kurt_20d": rolling_kurtosis(ret, MONTH),
        "downside_share_20d": downside_share(ret, MONTH),
    }


def ewma_volatility(ret: FloatArray) -> FloatArray:
    r"""Volatility of one session by RiskMetrics.

    .. math:: \sigma_t^2 = \sum_{k=0}^{249} w_k r_{t-k}^2, \quad w_k \propto 0.94^k, \sum w_k = 1

    Its forecast for five sessions is :math:`\sqrt{5} \sigma_t`.
    """
    return np.sqrt(rolling_average(ret * ret, geometric_weights(RISKMETRICS_DECAY, MEMORY)))


def drawdown(close: FloatArray, n: int) -> FloatArray:
    """Share by which the close lies below the highest close of *n* sessions."""
    return 1 - ratio(close, rolling_max(close, n))


def relative_strength(close: FloatArray) -> FloatArray:
    r"""Wilder's relative strength index over 14 sessions, 0 to 100.

    .. math:: RSI_t = 100 \, U_t / (U_t + D_t)

    with averages of the gains and the losses of the close that weigh the change *k* sessions ago
    by :math:`(13/14)^k`. Null where the close did not move in the whole window.
    """
    moves = np.append(np.nan, np.diff(close))
    weights = geometric_weights((WILDER_SESSIONS - 1) / WILDER_SESSIONS, MEMORY)
    up = rolling_average(np.maximum(moves, 0.0), weights)
    down = rolling_average(np.maximum(-moves, 0.0), weights)
    return 100 * ratio(up, up + down)


def downside_share(ret: FloatArray, n: int) -> FloatArray:
    """Share of the sum of squared returns over *n* sessions that falling sessions made."""
    squares = ret * ret
    falling = np.where(ret < 0, squares, np.minimum(squares, 0.0))  # null stays null
    return ratio(rolling_sum(falling, n), rolling_sum(squares, n))


def implied_volatility(closes: Mapping[str, FloatArray], vol_20d: FloatArray) -> Columns:
    """Levels, term structure and changes of the implied-volatility indices.

    Parameters
    ----------
    closes : mapping of role to array of shape (n_sessions,)
        Roles ``vix``, ``vix3m``, ``vix9d``, ``vvix``, as far as they are filled; in points, that
        is annualised per cent. Only closes: their open, high and low hold misprints.
    vol_20d : array of shape (n_sessions,)
        Realised volatility of the benchmark over 20 sessions, for ``vix_premium_20d``: the log of
        implied over realised volatility, both of a 20-session move.
    """
    columns = {role: closes[role] for role in ("vix", "vix3m", "vvix") if role in closes}
    if (vix := closes.get("vix")) is None:
        return columns
    implied = vix / 100 / math.sqrt(252) * math.sqrt(MONTH)
    columns |= {
        "vix_ret_1d": log_return(vix, 1),
        "vix_ret_5d": log_return(vix, 5),
        "vix_premium_20d": log_ratio(implied, vol_20d),
    }
    if "vix3m" in closes:
        columns["vix_term"] = ratio(closes["vix3m"], vix)
    if "vix9d" in closes:
        columns["vix9d_vix"] = ratio(closes["vix9d"], vix)
    return columns


def asset(name: str, index: FloatArray, ret: FloatArray) -> Columns:
    """Weekly return and monthly volatility of another asset."""
    return {
        f"{name}_ret_5d": log_return(index, 5),
        f"{name}_vol_20d": rolling_volatility(ret, MONTH),
    }


def correlation(left_name: str, left: FloatArray, right_name: str, right: FloatArray) -> Columns:
    """Correlation of two assets' daily returns over 20 sessions."""
    return {f"corr_{left_name}_{right_name}_20d": rolling_correlation(left, right, MONTH)}


def spread(left_name: str, left: FloatArray, right_name: str, right: FloatArray) -> Columns:
    """Difference of two assets' returns on the day."""
    return {f"{left_name}_{right_name}_spread": left - right}


def sectors(returns: Sequence[FloatArray]) -> Columns:
    """How far sectors move apart: null until every one of them has its history.

    Parameters
    ----------
    returns : sequence of arrays of shape (n_sessions,)
        Daily returns of each sector; no columns for fewer than two.

    Returns
    -------
    dict
        ``sector_dispersion_1d``, the cross-sectional standard deviation (ddof 1) of the day's
        returns; ``sector_dispersion_20d``, its mean over 20 sessions; ``sector_corr_20d``, the mean
        pairwise correlation over 20 sessions.
    """
    count = len(returns)
    if count < 2:
        return {}
    across = np.stack(returns, axis=-1)
    deviation = across - (ordered_sum(across) / count)[:, np.newaxis]
    dispersion = np.sqrt(ordered_sum(deviation * deviation) / (count - 1))
    return {
        "sector_dispersion_1d": dispersion,
        "sector_dispersion_20d": rolling_mean(dispersion, MONTH),
        "sector_corr_20d": rolling_mean_correlation(list(returns), MONTH),
    }
