"""GJR-GARCH with Student-t innovations: the econometric rival, a forecast from returns alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd

from mlrisk.errors import MlriskError
from mlrisk.forecast.base import HORIZON, Contender, FloatArray, fitted

PERCENT = 100.0
"""Returns are fitted in per cent: near one, where the optimiser's tolerances are made for."""

BACKCAST_SESSIONS = 75
BACKCAST_DECAY = 0.94
AT_A_BOUND = 1e-6
"""Distance to a bound below which a parameter is taken to lie on it."""

_BOUNDS = np.array([[-np.inf, 0.0, -1.0, 0.0, 2.05], [np.inf, 1.0, 2.0, 1.0, 500.0]])
"""Least and most omega, alpha, gamma, persistence, nu."""
_OTHER_START = np.array([0.02, 0.03, 0.1, 0.9, 8.0])
"""omega, in units of the mean squared return, alpha, gamma, beta, nu of a typical equity index."""


class ConvergenceError(MlriskError, RuntimeError):
    """A likelihood whose maximum was not found."""


@dataclass(eq=False, repr=False)
class Garch(Contender):
    r"""GJR-GARCH(1,1)-t (Glosten, Jagannathan and Runkle 1993, J. Finance 48(5)), zero mean.

    .. math::
        r_t = \sigma_t z_t, \quad
        \sigma_{t+1}^2 = \omega + (\alpha + \gamma 1_{r_t < 0}) r_t^2 + \beta \sigma_t^2

    with standardised Student-t innovations. Since these are symmetric, the variance expected
    *k + 1* sessions ahead is :math:`\omega + p` times that of *k*, with the persistence
    :math:`p = \alpha + \gamma / 2 + \beta`; the forecast is the sum of the first five.

    The parameters are those of the training window; the variance is filtered daily from the first
    return on, from weighted squares of the first 75. The forecast depends on the path of returns,
    so it is a rival and not a learner.

    Parameters
    ----------
    column : str
        The daily log return.

    Attributes
    ----------
    parameters_ : dict
        omega (squared per cent), alpha, gamma, beta, nu.
    initial_variance_ : float
        Squared per cent; exponentially weighted squares of the first sessions of the window.
    volatility_factor_ : float
        Mean realised volatility over mean root of forecast variance in the training window.
    """

    parallel: ClassVar[bool] = True
    sequential: ClassVar[bool] = True

    column: str

    @property
    def inputs(self) -> list[str]:
        return [self.column]

    def _returns(self, features: pd.DataFrame) -> FloatArray:
        return features[self.column].to_numpy() * PERCENT

    def fit(self, features: pd.DataFrame, variance: FloatArray) -> Self:
        returns = self._returns(features)
        self.initial_variance_ = fitted(initial_variance(returns))
        omega, alpha, gamma, beta, nu = maximum_likelihood(returns, self.initial_variance_)
        self.parameters_ = {
            "omega": fitted(omega),
            "alpha": fitted(alpha),
            "gamma": fitted(gamma),
            "beta": fitted(beta),
            "nu": fitted(nu),
        }
        root = np.sqrt(self.predict(features))
        self.volatility_factor_ = fitted(np.mean(np.sqrt(variance)) / np.mean(root))
        return self

    def predict(self, features: pd.DataFrame) -> FloatArray:
        """Variance of the next five sessions, shape (n_rows,).

        Timing: the rows run from the first one of the training window without a gap; row *t* is
        forecast from the returns up to *t*.
        """
        omega, alpha, gamma, beta, _ = self.parameters_.values()
        theta = np.array([omega, alpha, gamma, beta])
        ahead = filtered_variance(self._returns(features), theta, self.initial_variance_)[1:]
        total = ahead
        for _ in range(HORIZON - 1):
            ahead = omega + (alpha + gamma / 2 + beta) * ahead
            total = total + ahead
        return total / PERCENT**2

    def predict_volatility(self, features: pd.DataFrame) -> FloatArray:
        return super().predict_volatility(features) * self.volatility_factor_

    def state(self) -> dict[str, Any]:
        return {
            **self.parameters_,
            "initial_variance": self.initial_variance_,
            "volatility_factor": self.volatility_factor_,
        }


def initial_variance(returns: FloatArray) -> float:
    """Variance before the first return: weighted squares of the sessions that follow it.

    Of the first 75 sessions alone, so that nothing later reaches it.
    """
    weights = BACKCAST_DECAY ** np.arange(min(BACKCAST_SESSIONS, len(returns)))
    return float(np.sum(weights * returns[: len(weights)] ** 2) / np.sum(weights))


def filtered_variance(returns: FloatArray, theta: FloatArray, initial: float) -> FloatArray:
    """Conditional variance of each session and of the one after the last.

    Parameters
    ----------
    returns : array of shape (n_sessions,)
    theta : array of shape (4,)
        omega, alpha, gamma, beta.
    initial : float
        Stands for the squared return and the variance before the first session.

    Returns
    -------
    array of shape (n_sessions + 1,)
    """
    from scipy.signal import lfilter

    omega, alpha, gamma, beta = theta
    squares, falls = _squares(returns, initial)
    variance, _ = lfilter(
        [1.0], [1.0, -beta], omega + alpha * squares + gamma * falls, zi=[beta * initial]
    )
    return np.asarray(variance)


def log_likelihood(
    returns: FloatArray, theta: FloatArray, initial: float
) -> tuple[float, FloatArray]:
    """Student-t log likelihood of the returns, and its gradient.

    Parameters
    ----------
    theta : array of shape (5,)
        omega, alpha, gamma, beta, nu.
    """
    from scipy.signal import lfilter
    from scipy.special import digamma, gammaln

    beta, nu = theta[3:]
    variance = filtered_variance(returns, theta[:4], initial)[:-1]
    squares, falls = (values[:-1] for values in _squares(returns, initial))
    before = np.concatenate([[initial], variance[:-1]])
    # The variance is linear in the parameters but for its own past, so its slopes obey the
    # recursion of the variance.
    drivers = np.vstack([np.ones_like(variance), squares, falls, before])
    slopes = lfilter([1.0], [1.0, -beta], drivers, axis=1)
    ratio = returns**2 / (variance * (nu - 2))
    each = -(np.log(np.pi * (nu - 2) * variance) + (nu + 1) * np.log1p(ratio)) / 2
    total = np.sum(each) + len(returns) * (gammaln((nu + 1) / 2) - gammaln(nu / 2))
    pull = (nu + 1) * ratio / (1 + ratio)
    by_nu = digamma((nu + 1) / 2) - digamma(nu / 2) - np.log1p(ratio) + (pull - 1) / (nu - 2)
    by_variance = (pull - 1) / (2 * variance)
    return float(total), np.array([*(slopes @ by_variance), np.sum(by_nu) / 2])


def maximum_likelihood(returns: FloatArray, initial: float) -> FloatArray:
    """Parameters omega, alpha, gamma, beta, nu at the maximum, shape (5,).

    Where the default start does not converge, one other is tried.

    Raises
    ------
    ConvergenceError
        Where neither does.
    """
    from arch.univariate import GARCH, StudentsT, ZeroMean

    volatility = GARCH(p=1, o=1, q=1)
    model = ZeroMean(returns, volatility=volatility, distribution=StudentsT(), rescale=False)
    flags = []
    for start in (None, _OTHER_START * [np.mean(returns**2), 1, 1, 1, 1]):
        result = model.fit(disp="off", show_warning=False, starting_values=start, backcast=initial)
        if result.convergence_flag == 0:
            return polished(returns, np.asarray(result.params), initial)
        flags.append(result.convergence_flag)
    raise ConvergenceError(
        f"the likelihood of GJR-GARCH has no maximum that could be found on {len(returns)} returns "
        f"(optimiser flags {flags}); look for bad prices among them"
    )


def polished(returns: FloatArray, theta: FloatArray, initial: float) -> FloatArray:
    """The maximum to all digits that a double gives.

    The optimiser stops about 1e-4 short of it, at a point that hangs on the last bits in which
    processors differ. From there the roots of the gradient are found, of those parameters that lie
    on no bound. A maximum in another corner of the parameters' space is left as it was found.
    """
    from scipy.optimize import root

    low, high = _BOUNDS
    start = _by_persistence(theta)
    start = np.where(start < low + AT_A_BOUND, low, start)
    start = np.where(start > high - AT_A_BOUND, high, start)
    free = (start > low) & (start < high)

    def at(scaled: FloatArray) -> FloatArray:
        point = start.copy()
        point[free] *= scaled
        return point

    def slope(scaled: FloatArray) -> FloatArray:
        by_omega, by_alpha, by_gamma, by_beta, by_nu = log_likelihood(
            returns, _by_beta(at(scaled)), initial
        )[1]
        gradient = [by_omega, by_alpha - by_beta, by_gamma - by_beta / 2, by_beta, by_nu]
        return np.array(gradient)[free] * start[free]

    with np.errstate(all="ignore"):  # on its way it may try a negative variance
        found = root(slope, np.ones(free.sum()), tol=1e-12)
    near = np.allclose(at(found.x), start, rtol=0.05, atol=1e-3)
    inside = (at(found.x) >= low).all() and (at(found.x) <= high).all()
    point = _by_beta(at(found.x))
    _, alpha, gamma, beta, _ = point
    if not (found.success and near and inside and beta >= 0 and alpha + gamma >= 0):
        return theta
    gained = log_likelihood(returns, point, initial)[0] - log_likelihood(returns, theta, initial)[0]
    return point if gained > -AT_A_BOUND else theta


def _by_persistence(theta: FloatArray) -> FloatArray:
    """omega, alpha, gamma, persistence, nu: each has bounds of its own."""
    omega, alpha, gamma, beta, nu = theta
    return np.array([omega, alpha, gamma, alpha + gamma / 2 + beta, nu])


def _by_beta(theta: FloatArray) -> FloatArray:
    omega, alpha, gamma, persistence, nu = theta
    return np.array([omega, alpha, gamma, persistence - alpha - gamma / 2, nu])


def _squares(returns: FloatArray, initial: float) -> tuple[FloatArray, FloatArray]:
    """Squared returns, and those of falls; before the first, what is expected of them."""
    squares = returns**2
    return (
        np.concatenate([[initial], squares]),
        np.concatenate([[initial / 2], np.where(returns < 0, squares, 0.0)]),
    )
