"""Weights of a combination at each refit, from losses whose realised variance is known by then."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import LinearConstraint, minimize

from mlrisk.errors import MlriskError
from mlrisk.forecast.base import FloatArray, fitted

BoolArray = npt.NDArray[np.bool_]
Proof = Callable[[Mapping[int, FloatArray]], Sequence[int]]

STACKED_DECIMALS = 4
"""Of a stacked weight. The optimum is flat and found to about 1e-5; the optimiser's way to it
repeats to far more than that on any processor."""


class WeightsError(MlriskError, RuntimeError):
    """Weights that could not be found."""


@dataclass(frozen=True)
class Past:
    """Forecasts whose realised variance is known, in the order of time.

    Parameters
    ----------
    variances : array of shape (n_past, n_members)
        Null where a member had no forecast.
    realized : array of shape (n_past,)
        Realised variance over the horizon of each, null where there is none.
    losses : array of shape (n_past, n_members)
        QLIKE; null where either is.
    """

    variances: FloatArray
    realized: FloatArray
    losses: FloatArray

    def until(self, stop: int) -> Past:
        """The first ``stop`` sessions of it."""
        return Past(self.variances[:stop], self.realized[:stop], self.losses[:stop])


Rule = Callable[[Past, BoolArray], FloatArray]
"""From what is known by now, and from who has been fitted for the sessions to come, shape
(n_members,), to weights of that shape: they sum to one, or to zero where nobody has been."""


def walk(
    rule: Rule, past: Past, starts: npt.NDArray[np.intp], present: BoolArray, purge: int
) -> FloatArray:
    """Weights at each refit, at the precision of fitted numbers.

    Parameters
    ----------
    rule : callable
    past : Past
        Of every session of the walk; only what is known at a refit is handed to the rule.
    starts : array of int, shape (n_folds,)
        Place of each refit's first session.
    present : array of bool, shape (n_folds, n_members)
        Who was fitted.
    purge : int
        Sessions after which the loss of a forecast is known: what was forecast fewer sessions ago
        has no weight in a decision.

    Returns
    -------
    array of shape (n_folds, n_members)
    """
    weights = np.zeros(present.shape)
    for place, start in enumerate(starts):
        known = past.until(max(int(start) - purge + 1, 0))
        weights[place] = [fitted(value) for value in rule(known, present[place])]
    return weights


def equal_weights(_: Past, present: BoolArray) -> FloatArray:
    """The same weight for each member that is present, shape (n_members,).

    Weights that are estimated cost more than they bring where members are about as good as each
    other (Stock and Watson 2004, J. Forecasting 23(6): the forecast combination puzzle).
    """
    return _shares(present.astype(np.float64))


def discounted_weights(past: Past, present: BoolArray, half_life: float) -> FloatArray:
    """Weights inverse to the discounted past loss (Bates and Granger 1969, OR 20(4)).

    ``half_life`` is in sessions: after as many, a loss counts half.
    """
    return _shares(np.where(present, 1 / relative_losses(past.losses, half_life), 0.0))


def trimmed_weights(past: Past, present: BoolArray, kept: float) -> FloatArray:
    """The same weight for the share ``kept`` of the members whose past loss is smallest.

    All of the past counts alike.
    Aiolfi and Timmermann (2006, J. Econometrics 135(1-2)): to leave out the worst is what past
    losses are good for. Of members with equal losses the first ones stay.
    """
    relative = np.where(present, relative_losses(past.losses, np.inf), np.inf)
    count = int(np.ceil(kept * present.sum()))
    best = np.argsort(relative, kind="stable")[:count]
    return _shares(np.where(np.isin(np.arange(len(relative)), best) & present, 1.0, 0.0))


def stacked_weights(
    past: Past, present: BoolArray, min_scored: int, shrinkage: float
) -> FloatArray:
    r"""Weights that would have been best so far, drawn towards equal ones.

    .. math:: \min_w \; \overline{QLIKE}(w) + s \sum_i (w_i - 1/n)^2, \quad
        w_i \ge 0, \; \sum_i w_i = 1

    over the sessions that all of the *n* members with at least ``min_scored`` known losses have
    (Breiman 1996, Machine Learning 24; non-negative weights keep nearly collinear members from
    being played off against each other). The other members keep an equal share.
    """
    scored = present & (np.isfinite(past.losses).sum(axis=0) >= min_scored)
    places = np.flatnonzero(scored)
    shared = np.isfinite(past.losses[:, places]).all(axis=1)
    if len(places) < 2 or shared.sum() < min_scored:
        return equal_weights(past, present)
    logs = np.log(past.variances[shared][:, places])
    realized = past.realized[shared]
    even = np.full(len(places), 1 / len(places))

    def objective(weights: FloatArray) -> tuple[float, FloatArray]:
        ratio = realized / np.exp(logs @ weights)
        away = weights - even
        loss = np.mean(ratio - np.log(ratio) - 1) + shrinkage * away @ away
        return float(loss), (1 - ratio) @ logs / len(ratio) + 2 * shrinkage * away

    found = minimize(
        objective,
        even,
        jac=True,
        method="SLSQP",
        bounds=[(0, 1)] * len(even),
        constraints=LinearConstraint(np.ones(len(even)), 1, 1),
        options={"ftol": 1e-12, "maxiter": 500},
    )
    if not found.success:
        raise WeightsError(
            f"stacked weights of {len(places)} members: {found.message}; "
            "a larger combine.shrinkage makes the problem easier"
        )
    weights = np.zeros(len(present))
    weights[places] = np.round(found.x, STACKED_DECIMALS) * len(places)
    weights[present & ~scored] = 1.0
    return _shares(weights)


def leader(past: Past, present: BoolArray, min_scored: int, proven: Proof) -> FloatArray:
    """All weight on the first candidate, unless others have proven to be better.

    The order of the candidates is that of what is believed beforehand; losses of forecasts that
    resemble each other differ by chance for years, and whoever follows the least of them follows
    noise. Of several that are proven, the one with the smallest past loss leads.

    Parameters
    ----------
    past : Past
    present : array of bool, shape (n_candidates,)
    min_scored : int
        Known losses, on dates that the first candidate has too, that a challenger must have.
    proven : callable
        From losses of the first candidate less those of each challenger to those it is proven for.
    """
    weights = np.zeros(len(present))
    if not present.any():
        return weights
    first = int(np.argmax(present))
    challengers = {}
    for place in np.flatnonzero(present):
        difference = past.losses[:, first] - past.losses[:, place]
        shared = difference[np.isfinite(difference)]
        if place != first and len(shared) >= min_scored:
            challengers[int(place)] = shared
    winners = proven(challengers) if challengers else []
    relative = relative_losses(past.losses, np.inf)
    weights[min(winners, key=lambda place: relative[place], default=first)] = 1.0
    return weights


def relative_losses(losses: FloatArray, half_life: float) -> FloatArray:
    """Each member's discounted loss over that of all members on the same dates.

    So members with different histories compare: weeks that were hard for everyone count for
    nobody. One without any history is taken to be as good as the others.

    Returns
    -------
    array of shape (n_members,)
        Below one where a member was better than the mean of those present.
    """
    there = np.isfinite(losses)
    age = np.arange(len(losses), 0, -1, dtype=np.float64)
    discount = (0.5 ** (age / half_life))[:, np.newaxis]
    values = np.where(there, losses, 0.0)
    mean = values.sum(axis=1, keepdims=True) / np.maximum(there.sum(axis=1, keepdims=True), 1)
    own = (discount * values).sum(axis=0)
    others = (discount * mean * there).sum(axis=0)
    return np.where(others > 0, own / np.where(others > 0, others, 1.0), 1.0)


def _shares(weights: FloatArray) -> FloatArray:
    total = weights.sum()
    return weights / total if total > 0 else weights
