r"""Prediction intervals for realised volatility, by adaptive conformal inference.

The score of a forecast is its multiplicative error :math:`s_t = rv_t / \widehat{rv}_t`: that is
what stays alike from calm to storm. An interval at *t* is made of the scores known at *t*, those
dated *t - h* and before, and of a miscoverage :math:`\alpha_t` that has learnt from the intervals
of the same dates (Gibbs and Candes 2021, NeurIPS 34):

.. math::
    C_t &= \widehat{rv}_t \cdot \text{shortest interval that holds } 1 - \alpha_t
        \text{ of the known scores} \\
    \alpha_t &= \alpha \exp(\theta_t \cdot \phi_t), \qquad \phi_t = (1,\ 2 u_t - 1) \\
    \theta_t &= \theta_{t-1} + \frac{\alpha - 1\{rv_{t-h} \notin C_{t-h}\}}{\alpha\, m}
        \, \phi_{t-h}

with :math:`u_t` the rank of the forecast among the earlier ones. Three choices differ from the
original:

- The step acts on :math:`\ln \alpha_t`, which to first order is the same and keeps
  :math:`\alpha_t` above zero, where an interval would have no end.
- The second feature learns how coverage depends on the level of the forecast (Gibbs, Cherian and
  Candes 2025, JRSS B 87(4), with a linear class of shifts). Both sums
  :math:`\sum_t \phi_t (\alpha - err_t)` are :math:`\alpha\, m\, (\theta_T - \theta_0)`: no
  distribution is assumed for coverage to be right on average, and as right where volatility is
  high as where it is low.
- The memory *m* is in sessions: a coverage that is off goes back to 1/e in that time.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import pandas as pd

from mlrisk.errors import MlriskError
from mlrisk.forecast.base import HORIZON, FloatArray
from mlrisk.forecast.scores import known_scores, ranks, score_interval
from mlrisk.rounding import round_significant

LEVELS = {"80": 0.80, "90": 0.90}
"""Coverage of each published interval by the end of its columns' names, narrow to wide."""

_STATE_DIGITS = 8


class IntervalError(MlriskError, ValueError):
    """Forecasts that no interval can be given for; names the dates and what to do."""


class Bounds(NamedTuple):
    r"""Intervals of one level, each array of shape (n_sessions,) and null before there are any.

    Parameters
    ----------
    low, high : array
        Volatilities, in units of a move over the horizon.
    miscoverage : array
        The share of known scores that was left outside, :math:`\alpha_t`.
    """

    low: FloatArray
    high: FloatArray
    miscoverage: FloatArray


def build(
    forecasts: pd.DataFrame, labels: pd.DataFrame, *, memory: int, min_scores: int
) -> pd.DataFrame:
    """Intervals and probability integral transform of every forecast.

    Parameters
    ----------
    forecasts : DataFrame
        Columns date, ``rv_5d_hat``: a row for each session since the first forecast.
    labels : DataFrame
        Columns date, ``rv_5d``: a row for each session.
    memory : int
        Sessions in which a coverage that is off goes back to 1/e.
    min_scores : int
        Known scores that the first interval wants.

    Returns
    -------
    DataFrame
        Columns of ``contracts.INTERVALS_DAILY``, a row for each forecast.

    Warnings
    --------
    The interval dated *t* uses labels dated *t - 5* and before, and the forecasts up to *t*. The
    transform dated *t* is that of ``rv_5d`` of the same date, and so known at *t + 5*.
    """
    rows = aligned(forecasts, labels)
    rv_hat, rv = rows["rv_5d_hat"].to_numpy(), rows["rv_5d"].to_numpy()
    columns: dict[str, FloatArray] = {}
    inner: Bounds | None = None
    for name, level in LEVELS.items():
        inner = adaptive(rv_hat, rv, level, memory=memory, min_scores=min_scores, inner=inner)
        columns |= {f"rv_5d_lo_{name}": inner.low, f"rv_5d_hi_{name}": inner.high}
    pit = transform(rv_hat, rv, min_scores=min_scores)
    return pd.DataFrame({"date": rows["date"], **columns, "pit": pit})


def aligned(forecasts: pd.DataFrame, labels: pd.DataFrame) -> pd.DataFrame:
    """Each forecast beside its label: columns date, ``rv_5d_hat``, ``rv_5d``.

    Raises
    ------
    IntervalError
        Where the forecasts are not of consecutive sessions: what was known at each would not be
        what lies five rows back.
    """
    sessions = pd.DatetimeIndex(labels["date"])
    places = sessions.get_indexer(pd.DatetimeIndex(forecasts["date"]))
    apart = np.flatnonzero((np.diff(places) != 1) | (places[1:] < 0))
    if (places[:1] < 0).any() or len(apart):
        day = forecasts["date"].iloc[int(apart[0]) + 1 if len(apart) else 0]
        raise IntervalError(
            f"the forecast of {day:%Y-%m-%d} is not of the session after the one before it, as the "
            "labels have them. Run `dvc repro labels` and the backtest again: both come from one "
            "calendar."
        )
    return pd.DataFrame(
        {
            "date": forecasts["date"].to_numpy(),
            "rv_5d_hat": forecasts["rv_5d_hat"].to_numpy(),
            "rv_5d": labels["rv_5d"].to_numpy()[places],
        }
    )


def adaptive(
    rv_hat: FloatArray,
    rv: FloatArray,
    level: float,
    *,
    memory: int,
    min_scores: int,
    inner: Bounds | None = None,
    horizon: int = HORIZON,
) -> Bounds:
    """Adaptive conformal intervals of one level.

    Parameters
    ----------
    rv_hat, rv : array of shape (n_sessions,)
        Forecast and what it turned out to be, positive; null where there is none.
    level : float
        Coverage.
    memory, min_scores : int
        As for ``build``.
    inner : Bounds, optional
        Intervals of a lower level, which these are widened to hold.
    horizon : int
        Sessions until a label is known.

    Notes
    -----
    Everything is a function of the past alone and is computed anew from the first session, so
    later rows change no earlier bit. Bounds are compared with labels as they are published, at 8
    significant digits: the errors can be counted from the table.
    """
    alpha = 1 - level
    step = 1 / (alpha * memory)
    tilt = 2 * ranks(rv_hat) - 1
    low, high, miscoverage = np.full((3, len(rv_hat)), np.nan)
    common, slope = 0.0, 0.0
    for now, ordered in enumerate(known_scores(rv_hat, rv, horizon)):
        then = now - horizon
        if then >= 0 and not math.isnan(low[then]) and not math.isnan(rv[then]):
            missed = not low[then] <= rv[then] <= high[then]
            move = step * (alpha - missed)
            common += move
            slope += move * float(tilt[then])
        if len(ordered) < min_scores or math.isnan(rv_hat[now]):
            continue
        asked = alpha * math.exp(common + slope * float(tilt[now]))
        # Decides which scores bound the interval: no last bit of exp may reach it.
        asked = float(f"%.{_STATE_DIGITS - 1}e" % asked)
        bounds = round_significant(rv_hat[now] * np.array(score_interval(ordered, asked)))
        if inner is not None:
            bounds = np.array([min(bounds[0], inner.low[now]), max(bounds[1], inner.high[now])])
        (low[now], high[now]), miscoverage[now] = bounds, asked
    return Bounds(low, high, miscoverage)


def transform(
    rv_hat: FloatArray, rv: FloatArray, *, min_scores: int, horizon: int = HORIZON
) -> FloatArray:
    """Probability integral transform, shape (n_sessions,): predictive distribution at what came.

    The distribution is that of the known scores times the forecast (a conformal predictive system,
    Vovk et al. 2019, Machine Learning 108, with ties and the open gap split in half): uniform on
    (0, 1) where forecasts are calibrated. Null before ``min_scores`` are known, and where the label
    is not.
    """
    result = np.full(len(rv_hat), np.nan)
    scores = rv / rv_hat
    for now, ordered in enumerate(known_scores(rv_hat, rv, horizon)):
        if len(ordered) >= min_scores and not math.isnan(scores[now]):
            below = ordered.searchsorted(scores[now])
            upto = ordered.searchsorted(scores[now], side="right")
            result[now] = (below + upto + 1) / (2 * (len(ordered) + 1))
    return result


def row_of(intervals: pd.DataFrame, day: pd.Timestamp) -> pd.Series:
    """The row of one session of ``contracts.INTERVALS_DAILY``.

    Raises
    ------
    IntervalError
        Where there is none.
    """
    rows = intervals[intervals["date"] == day]
    if rows.empty:
        raise IntervalError(
            f"data/intervals_daily has no row of {day:%Y-%m-%d}. Run `dvc repro intervals`."
        )
    return rows.iloc[0]


def factors(interval: pd.Series, rv_5d_hat: float) -> dict[str, tuple[float, float]]:
    """Lower and upper bound over the forecast, by the name of the level.

    Another forecast made at the same close takes the same factors. Empty before the first interval.

    Parameters
    ----------
    interval : Series
        A row of ``contracts.INTERVALS_DAILY``.
    rv_5d_hat : float
        The forecast of the same session.
    """
    bounds = {name: (interval[f"rv_5d_lo_{name}"], interval[f"rv_5d_hi_{name}"]) for name in LEVELS}
    return {
        name: (float(low / rv_5d_hat), float(high / rv_5d_hat))
        for name, (low, high) in bounds.items()
        if not (math.isnan(low) or math.isnan(high))
    }
