"""Weights of a pool at each refit, from forecasts whose outcome is known by then."""

from __future__ import annotations

import functools
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from mlrisk.errors import MlriskError
from mlrisk.forecast.base import FITTED_DIGITS, FloatArray
from mlrisk.regime_forecast.probabilities import FLOOR
from mlrisk.rounding import round_significant

BoolArray = npt.NDArray[np.bool_]

STACKED_DECIMALS = 4
"""Of a stacked weight. The optimum is flat and found to about 1e-5; the optimiser's way to it
repeats to far more than that on any processor."""


class PoolWeightsError(MlriskError, RuntimeError):
    """Weights that could not be found."""


Rule = Callable[[FloatArray, FloatArray, BoolArray], FloatArray]
"""From known forecasts, shape (n_past, n_members, 3), the places of the regimes that came, shape
(n_past,), and who is fitted for the sessions to come, shape (n_members,), to weights of that last
shape: they sum to one, or to zero where nobody is."""


def rule(name: str, kind: str, min_scored: int, shrinkage: float) -> Rule:
    """How members are weighed.

    Parameters
    ----------
    name : str
        ``equal`` or ``stacked``.
    kind, min_scored, shrinkage
        As for ``stacked_weights``.
    """
    if name == "equal":
        return equal_weights
    return functools.partial(stacked_weights, kind=kind, min_scored=min_scored, shrinkage=shrinkage)


def equal_weights(_: FloatArray, __: FloatArray, present: BoolArray) -> FloatArray:
    """The same weight for each member that is present, shape (n_members,).

    Weights that are estimated cost more than they bring where members are about as good as each
    other (Stock and Watson 2004, J. Forecasting 23(6): the forecast combination puzzle).
    """
    return _shares(present.astype(np.float64))


def stacked_weights(
    probabilities: FloatArray,
    outcomes: FloatArray,
    present: BoolArray,
    kind: str,
    min_scored: int,
    shrinkage: float,
) -> FloatArray:
    r"""Weights whose pool would have had the least log loss so far, drawn towards equal ones.

    .. math:: \min_w \; -\overline{\ln p_{y}(w)} + s \sum_i (w_i - 1/n)^2, \quad
        w_i \ge 0, \; \sum_i w_i = 1

    over the sessions that all of the *n* members with at least ``min_scored`` known forecasts have
    (Hall and Mitchell 2007, Int. J. Forecasting 23(1), for the linear pool). Both pools are convex
    in the weights. The other members keep an equal share.

    Parameters
    ----------
    probabilities : array of shape (n_past, n_members, 3)
        Of the sessions whose regime is known; null where a member had no forecast.
    outcomes : array of shape (n_past,)
        Place of the regime that came; null where there is none.
    present : array of bool, shape (n_members,)
        Who is fitted for the sessions to come.
    kind : str
        ``geometric`` or ``linear``.
    min_scored : int
    shrinkage : float
        *s*.
    """
    known = np.isfinite(probabilities).all(axis=2) & np.isfinite(outcomes)[:, np.newaxis]
    scored = present & (known.sum(axis=0) >= min_scored)
    places = np.flatnonzero(scored)
    shared = known[:, places].all(axis=1)
    if len(places) < 2 or shared.sum() < min_scored:
        return equal_weights(probabilities, outcomes, present)
    best = _least_log_loss(
        kind, probabilities[shared][:, places], outcomes[shared].astype(np.intp), shrinkage
    )
    weights = np.zeros(len(present))
    weights[places] = np.round(best, STACKED_DECIMALS) * len(places)
    weights[present & ~scored] = 1.0
    return _shares(weights)


def walk(
    rule: Rule,
    probabilities: FloatArray,
    outcomes: FloatArray,
    starts: npt.NDArray[np.intp],
    present: BoolArray,
    purge: int,
) -> FloatArray:
    """Weights at each refit, shape (n_folds, n_members), at the precision of fitted numbers.

    Parameters
    ----------
    rule : callable
    probabilities : array of shape (n_sessions, n_members, 3)
        Null where a member has no forecast.
    outcomes : array of shape (n_sessions,)
        Place of the regime that came; null where none is known.
    starts : array of int, shape (n_folds,)
        Place of each refit's first session.
    present : array of bool, shape (n_folds, n_members)
        Who was fitted.
    purge : int
        Sessions after which the outcome of a forecast is known.

    Warnings
    --------
    The weights of a fold see outcomes dated ``purge`` sessions before its first session or earlier.
    """
    weights = np.zeros(present.shape)
    for place, start in enumerate(starts):
        known = slice(0, max(int(start) - purge + 1, 0))
        found = rule(probabilities[known], outcomes[known], present[place])
        weights[place] = round_significant(found, FITTED_DIGITS)
    return weights


def _least_log_loss(
    kind: str, probabilities: FloatArray, outcomes: npt.NDArray[np.intp], shrinkage: float
) -> FloatArray:
    from scipy.optimize import LinearConstraint, minimize

    count = probabilities.shape[1]
    even = np.full(count, 1 / count)
    values = np.maximum(probabilities, FLOOR)
    possible = (probabilities > 0).any(axis=1)
    came = np.take_along_axis(values, outcomes[:, np.newaxis, np.newaxis], axis=2)[:, :, 0]
    logs, logs_came = np.log(values), np.log(came)

    def geometric_loss(weights: FloatArray) -> tuple[float, FloatArray]:
        pooled_logs = np.einsum("imk,m->ik", logs, weights)
        powers = np.exp(pooled_logs) * possible
        total = powers.sum(axis=1)
        expected = np.einsum("imk,ik->im", logs, powers / total[:, np.newaxis])
        loss = np.log(total) - logs_came @ weights
        return float(loss.mean()), (expected - logs_came).mean(axis=0)

    def linear_loss(weights: FloatArray) -> tuple[float, FloatArray]:
        chance = came @ weights
        return float(-np.log(chance).mean()), -(came / chance[:, np.newaxis]).mean(axis=0)

    log_loss = geometric_loss if kind == "geometric" else linear_loss

    def objective(weights: FloatArray) -> tuple[float, FloatArray]:
        loss, gradient = log_loss(weights)
        away = weights - even
        return loss + shrinkage * float(away @ away), gradient + 2 * shrinkage * away

    found = minimize(
        objective,
        even,
        jac=True,
        method="SLSQP",
        bounds=[(0, 1)] * count,
        constraints=LinearConstraint(np.ones(count), 1, 1),
        options={"ftol": 1e-12, "maxiter": 500},
    )
    if not found.success:
        raise PoolWeightsError(
            f"stacked weights of {count} members: {found.message}; "
            "a larger regime_combine.shrinkage makes the problem easier"
        )
    best: FloatArray = found.x
    return best


def _shares(weights: FloatArray) -> FloatArray:
    total = weights.sum()
    return weights / total if total > 0 else weights
