"""What adaptive intervals are held against: split conformal ones, and the lognormal.

All know the same: at *t* the labels dated *t - h* and before, and none before ``min_scores`` of
them. None learns from its own coverage.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from scipy.stats import norm

from mlrisk.forecast.base import HORIZON, FloatArray

Interval = tuple[FloatArray, FloatArray]
"""Lower and upper bounds, each of shape (n_sessions,); null before there are any."""


def absolute(rv_hat: FloatArray, rv: FloatArray, level: float, min_scores: int) -> Interval:
    r"""Split conformal on the absolute residual: :math:`\widehat{rv} \pm q`, the classical one.

    *q* is the order statistic ``ceil((n + 1) * level)`` of the *n* known :math:`|rv -
    \widehat{rv}|` (Lei et al. 2018, JASA 113(523)), all of the past being the calibration set: the
    forecasts are out of sample as they are. The lower bound may be negative.
    """
    width = known_quantile(np.abs(rv - rv_hat), level, min_scores)
    return rv_hat - width, rv_hat + width


def positive(rv_hat: FloatArray, rv: FloatArray, level: float, min_scores: int) -> Interval:
    """As ``absolute``, the part below zero cut off: no coverage is lost, and width is saved."""
    low, high = absolute(rv_hat, rv, level, min_scores)
    return np.maximum(low, 0), high


def scaled(rv_hat: FloatArray, rv: FloatArray, level: float, min_scores: int) -> Interval:
    r"""Split conformal on the log ratio: :math:`\widehat{rv}\, e^{\pm q}`."""
    width = known_quantile(np.abs(np.log(rv / rv_hat)), level, min_scores)
    return rv_hat * np.exp(-width), rv_hat * np.exp(width)


def lognormal(rv_hat: FloatArray, rv: FloatArray, level: float, min_scores: int) -> Interval:
    r"""Gaussian log ratio: :math:`\widehat{rv}\, e^{\pm z \sigma}`.

    Sigma is the root mean square of the known log ratios.
    """

    def sigma(scores: FloatArray) -> float:
        return math.sqrt(np.mean(scores**2))

    width = norm.ppf((1 + level) / 2) * over_known(np.log(rv / rv_hat), sigma, min_scores)
    return rv_hat * np.exp(-width), rv_hat * np.exp(width)


RIVALS: dict[str, Callable[[FloatArray, FloatArray, float, int], Interval]] = {
    "split_conformal": absolute,
    "split_conformal_positive": positive,
    "split_conformal_scaled": scaled,
    "lognormal": lognormal,
}
"""By name: forecast, realised volatility, level and ``min_scores`` to lower and upper bounds."""


def known_quantile(
    scores: FloatArray, level: float, min_scores: int, horizon: int = HORIZON
) -> FloatArray:
    """Conformal quantile of the scores known at each session, shape (n_sessions,).

    The largest one where too few are known for the level.
    """

    def order_statistic(known: FloatArray) -> float:
        place = min(math.ceil((len(known) + 1) * level), len(known)) - 1
        return float(np.partition(known, place)[place])

    return over_known(scores, order_statistic, min_scores, horizon)


def over_known(
    scores: FloatArray,
    statistic: Callable[[FloatArray], float],
    min_scores: int,
    horizon: int = HORIZON,
) -> FloatArray:
    """A statistic of the scores dated ``horizon`` before each session or earlier."""
    result = np.full(len(scores), np.nan)
    there = np.flatnonzero(~np.isnan(scores))
    for now in range(len(scores)):
        count = int(there.searchsorted(now - horizon, side="right"))
        if count >= max(1, min_scores):
            result[now] = statistic(scores[there[:count]])
    return result
