"""Is a variance forecast right on average, at every level of itself: Mincer and Zarnowitz."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from scipy import stats

from mlrisk.evaluation.long_run import (
    BoolArray,
    InferenceError,
    TooFewObservationsError,
    checked,
    is_constant,
    long_run,
    trimmed,
)

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Efficiency:
    """A Mincer-Zarnowitz regression, and whether it may be (0, 1).

    Parameters
    ----------
    n_obs : int
    intercept, slope : float
        Of realised on forecast variance; the intercept is in units of the variance.
    intercept_error, slope_error : float
        Standard errors by the long-run covariance.
    statistic : float
        Wald's, scaled to be distributed as *F*.
    degrees : int
        Of the denominator of *F*; the numerator has 2.
    p_value : float
        Of (0, 1): small means that forecasts are wrong on average at some level of themselves.
    """

    n_obs: int
    intercept: float
    slope: float
    intercept_error: float
    slope_error: float
    statistic: float
    degrees: int
    p_value: float


def mincer_zarnowitz(
    variance: FloatArray,
    forecast: FloatArray,
    horizon: int,
    members: BoolArray | None = None,
    weights: Literal["equal", "forecast"] = "forecast",
) -> Efficiency:
    r"""Regress realised on forecast variance, and test intercept 0 and slope 1 together.

    .. math:: y_t = a + b h_t + e_t, \qquad
        F = \frac{\nu - 1}{2 \nu} (\hat\theta - \theta_0)' \hat V_0^{-1}
        (\hat\theta - \theta_0) \sim F_{2, \nu - 1}, \qquad \theta_0 = (0, 1)

    with the long-run covariance of ``long_run`` and its ``nu`` degrees of freedom. Two choices keep
    the size of the test, measured on perfect forecasts of simulated five-session variances, 1,000
    to 3,800 of them (tests/mlrisk/evaluation/test_size.py). Least squares with the covariance of
    its residuals rejects 20 to 33 % at the nominal 5 %: a few weeks of a crisis are the whole
    regression. ``"forecast"`` divides both sides by :math:`h_t` first (Patton and Sheppard 2009,
    Handbook of Financial Time Series, 801-838), which leaves 10 to 16 %; the covariance from the
    errors under the hypothesis, ``V_0``, leaves 3 to 8 %. Standard errors are of the estimates, not
    under the hypothesis.

    Parameters
    ----------
    variance : array of shape (n_observations,)
        Realised variance over the horizon, in the order of time.
    forecast : array of shape (n_observations,)
        Forecast variance known before the horizon begins; positive.
    horizon : int
        Sessions each forecast looks ahead.
    members : array of bool, shape (n_observations,), optional
        A window, which may have gaps.
    weights : {"equal", "forecast"}
        Least squares, or weighted by the inverse square of the forecast.

    Raises
    ------
    InferenceError
        Where lengths differ, a value is not finite, a forecast is not positive or never changes, or
        realised variance is an exact line of the forecast.
    TooFewObservationsError
        Where there are fewer than ten horizons.
    """
    window = checked("variance", variance, horizon, members)
    checked("forecast", forecast, horizon, window)
    span = trimmed(window)
    window = window[span]
    y, h = (np.where(window, values[span], 1.0) for values in (variance, forecast))
    if (h <= 0).any():
        raise InferenceError(f"forecast has the value {h.min():.6g}; a variance is positive")
    if is_constant(h[window]):
        raise InferenceError("the forecast is the same in all sessions, so it has no slope")
    count = int(window.sum())
    # In units of the mean forecast, so that the two columns are of one size.
    unit = float(h[window].mean())
    weight = np.where(window, 1.0 if weights == "equal" else unit / h, 0.0)
    design = np.column_stack([np.ones(len(h)), h / unit]) * weight[:, None]
    target = y / unit * weight
    bread = np.linalg.inv(design.T @ design)
    theta = bread @ (design.T @ target)
    residual = target - design @ theta
    under_null = (y - h) / unit * weight
    if np.abs(residual).max() <= 1e-12 * np.abs(target).max():
        raise InferenceError(
            "realised variance is an exact line of the forecast, so the regression has no error; "
            "check that the forecast is not made of what it forecasts"
        )
    spread = bread @ long_run(design * residual[:, None], window).covariance @ bread
    errors = np.sqrt(np.diag(spread))
    # In the scores: the same as theta less (0, 1) held against its covariance under (0, 1).
    score = design * under_null[:, None]
    estimate = long_run(score, window)
    total = score.sum(axis=0)
    degrees = estimate.degrees - 1
    distance = float(total @ np.linalg.solve(estimate.covariance, total))
    statistic = distance * degrees / (2 * estimate.degrees)
    return Efficiency(
        n_obs=count,
        intercept=float(theta[0]) * unit,
        slope=float(theta[1]),
        intercept_error=float(errors[0]) * unit,
        slope_error=float(errors[1]),
        statistic=statistic,
        degrees=degrees,
        p_value=float(stats.f.sf(statistic, 2, degrees)),
    )


def over_windows(
    variance: FloatArray,
    forecast: FloatArray,
    horizon: int,
    windows: Mapping[str, BoolArray],
    weights: Literal["equal", "forecast"] = "forecast",
) -> dict[str, dict[str, Any]]:
    """The fields of ``Efficiency`` in each window; those too short for a test are left out."""
    results = {}
    for name, members in windows.items():
        try:
            result = mincer_zarnowitz(variance, forecast, horizon, members, weights)
        except TooFewObservationsError:
            continue
        results[name] = asdict(result)
    return results
