"""Losses of volatility forecasts, and what they amount to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import digamma

FloatArray = npt.NDArray[np.float64]

GAUSSIAN_FLOOR = float(np.log(2.5) - digamma(2.5))
"""QLIKE of a perfect forecast when five Gaussian returns are the proxy (0.213): five squared
returns are a noisy measure, and no model can do better on average."""


def qlike(variance: FloatArray, forecast: FloatArray) -> FloatArray:
    r"""Quasi-likelihood loss of a variance forecast, per observation.

    .. math:: L_t = y_t / h_t - \ln(y_t / h_t) - 1

    Half the gamma deviance; the ranking of forecasts by it is not moved by noise in the proxy
    ``y`` (Patton 2011, J. Econometrics 160(1), proposition 2).

    Parameters
    ----------
    variance : array of shape (n_observations,)
        Realised variance over the horizon, same units as ``forecast``; must be positive.
    forecast : array of shape (n_observations,)
        Forecast variance known before the horizon begins; must be positive.

    Raises
    ------
    ValueError
        Where either is not positive; names the first position and its value.
    """
    for name, values in (("variance", variance), ("forecast", forecast)):
        bad = ~(np.isfinite(values) & (values > 0))
        if bad.any():
            place = int(bad.argmax())
            raise ValueError(
                f"qlike: {name}[{place}] is {values[place]!r}; it must be positive and finite"
            )
    ratio = variance / forecast
    return ratio - np.log(ratio) - 1


def known_losses(variance: FloatArray, forecasts: FloatArray) -> FloatArray:
    """QLIKE of several forecasts, null where the variance or a forecast is not there.

    Parameters
    ----------
    variance : array of shape (n_sessions,)
    forecasts : array of shape (n_sessions, n_contenders)
    """
    known = np.isfinite(forecasts) & np.isfinite(variance)[:, np.newaxis]
    losses = np.full(forecasts.shape, np.nan)
    realized = np.broadcast_to(variance[:, np.newaxis], forecasts.shape)
    losses[known] = qlike(realized[known], forecasts[known])
    return losses


@dataclass(frozen=True)
class Score:
    """Figures of one forecast over one window.

    Parameters
    ----------
    n_obs : int
    qlike : float
        Mean QLIKE of ``var_5d_hat``.
    rmse : float
        Root mean squared error of ``rv_5d_hat``, in units of a five-session move.
    bias : float
        Mean of ``rv_5d_hat`` less realised, same units.
    mz_intercept, mz_slope : float
        Mincer-Zarnowitz regression of realised on forecast variance; (0, 1) is unbiased (Mincer
        and Zarnowitz 1969, NBER).
    """

    n_obs: int
    qlike: float
    rmse: float
    bias: float
    mz_intercept: float
    mz_slope: float


def score(rv: FloatArray, var_hat: FloatArray, rv_hat: FloatArray) -> Score:
    """Figures of one forecast.

    Parameters
    ----------
    rv : array of shape (n_observations,)
        Realised volatility over the five sessions after each forecast.
    var_hat, rv_hat : array of shape (n_observations,)
        The forecast's two numbers.
    """
    from scipy.stats import linregress  # a second, which few of those that import this need

    error = rv_hat - rv
    constant = len(rv) < 2 or np.ptp(var_hat) == 0
    line = None if constant else linregress(var_hat, rv**2)
    return Score(
        n_obs=len(rv),
        qlike=float(np.mean(qlike(rv**2, var_hat))),
        rmse=float(np.sqrt(np.mean(error**2))),
        bias=float(np.mean(error)),
        mz_intercept=float("nan") if line is None else float(line.intercept),
        mz_slope=float("nan") if line is None else float(line.slope),
    )


def reducible_share(loss: float, baseline: float, floor: float) -> float:
    """Share of the loss between ``baseline`` and ``floor`` that a forecast removes."""
    return (baseline - loss) / (baseline - floor)
