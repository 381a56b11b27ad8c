"""Calibrators that only keep the order of what is forecast: a rising function for each regime."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy.optimize import isotonic_regression

from mlrisk.contracts import REGIMES
from mlrisk.forecast.base import FITTED_DIGITS, FloatArray
from mlrisk.regime_forecast.calibrator import Calibrator
from mlrisk.rounding import round_significant


class Isotonic(Calibrator):
    """A rising step function for each regime against the rest, scaled to sum to one.

    Zadrozny and Elkan (2002, KDD). Between two steps it is linear. *n* forecasts cannot tell a
    chance below one in *n + 2* from none (the rule of succession): values are kept within it, as
    one session that was given no chance and came would cost all that the log loss has gained.
    """

    steps_: list[tuple[FloatArray, FloatArray]]

    def _fit(self, probabilities: FloatArray, outcomes: FloatArray) -> None:
        least = 1 / (len(outcomes) + 2)
        self.steps_ = []
        for scores, hits, counts in _one_against_rest(probabilities, outcomes):
            fit = isotonic_regression(hits / counts, weights=counts).x
            values = round_significant(np.clip(fit, least, 1 - least), FITTED_DIGITS)
            flat = values[1:] == values[:-1]
            inside = np.r_[False, flat] & np.r_[flat, False]
            self.steps_.append((scores[~inside], values[~inside]))

    def _apply(self, probabilities: FloatArray) -> FloatArray:
        columns = zip(probabilities.T, self.steps_, strict=True)
        return np.column_stack([np.interp(column, *steps) for column, steps in columns])

    def _state(self) -> dict[str, Any]:
        return {"steps": [[scores.tolist(), values.tolist()] for scores, values in self.steps_]}

    def _restore(self, state: Mapping[str, Any]) -> None:
        self.steps_ = [(np.array(scores), np.array(values)) for scores, values in state["steps"]]


class VennAbers(Calibrator):
    r"""Inductive Venn-Abers prediction of each regime against the rest, scaled to sum to one.

    Vovk and Petej (2014, UAI). The forecast at hand joins the past ones once as a miss and once as
    a hit; isotonic regressions then give it the chances :math:`p^0 \le p^1`, one of which is
    calibrated whatever the distribution. The single chance that log loss regrets least is
    :math:`p^1 / (1 - p^0 + p^1)`, which is never 0 or 1.

    Notes
    -----
    One more point changes the isotonic fit only from its own step outwards: of all other steps,
    their mean and their count are enough. The two regressions are so of a few dozen points and not
    of thousands; Vovk, Petej and Fedorova (2015, NeurIPS 28) prepare all answers at once instead,
    which pays where more is asked than the 21 sessions of a fold.
    """

    past_: list[tuple[FloatArray, FloatArray, FloatArray]]

    def _fit(self, probabilities: FloatArray, outcomes: FloatArray) -> None:
        self.past_ = _one_against_rest(probabilities, outcomes)

    def _apply(self, probabilities: FloatArray) -> FloatArray:
        result = np.empty(probabilities.shape)
        for place, past in enumerate(self.past_):
            asked, back = np.unique(probabilities[:, place], return_inverse=True)
            low, high = venn_abers(*past, asked).T
            result[:, place] = (high / (1 - low + high))[back]
        return result

    def _state(self) -> dict[str, Any]:
        return {"past": [[values.tolist() for values in past] for past in self.past_]}

    def _restore(self, state: Mapping[str, Any]) -> None:
        self.past_ = [
            (np.array(scores), np.array(hits), np.array(counts))
            for scores, hits, counts in state["past"]
        ]


def venn_abers(
    scores: FloatArray, hits: FloatArray, counts: FloatArray, asked: FloatArray
) -> FloatArray:
    """Lower and upper Venn-Abers probability of each score asked for, shape (n_asked, 2).

    Parameters
    ----------
    scores : array of shape (n_scores,)
        Of the past, ascending, each once.
    hits, counts : array of shape (n_scores,)
        How many had each score, and how many of them were hits.
    asked : array of shape (n_asked,)
    """
    edges = isotonic_regression(hits / counts, weights=counts).blocks
    steps = np.add.reduceat(np.stack([hits, counts]), edges[:-1], axis=1)
    points = np.stack([hits, counts])
    result = np.empty((len(asked), 2))
    for row, score in enumerate(asked):
        at = int(scores.searchsorted(score))
        tied = at < len(scores) and scores[at] == score
        # Steps [0, first) and [last, ...) are whole; in between are the points of one step.
        first = int(edges.searchsorted(at, side="right")) - 1
        last = first if at == edges[first] and not tied else first + 1
        stop = edges[min(last, len(edges) - 1)]
        before = np.concatenate([steps[:, :first], points[:, edges[first] : at]], axis=1)
        after = np.concatenate([points[:, at + tied : stop], steps[:, last:]], axis=1)
        own_hits, own_count = points[:, at] if tied else (0.0, 0.0)
        for hit in (0, 1):
            own = np.array([[own_hits + hit], [own_count + 1]])
            joined, weights = np.concatenate([before, own, after], axis=1)
            fit = isotonic_regression(joined / weights, weights=weights)
            result[row, hit] = fit.x[before.shape[1]]
    return result


def _one_against_rest(
    probabilities: FloatArray, outcomes: FloatArray
) -> list[tuple[FloatArray, FloatArray, FloatArray]]:
    """For each regime its distinct probabilities, ascending, with hits and counts."""
    past = []
    for place in range(len(REGIMES)):
        scores, back, counts = np.unique(
            probabilities[:, place], return_inverse=True, return_counts=True
        )
        hits = np.bincount(back, weights=outcomes == place)
        past.append((scores, hits.astype(np.float64), counts.astype(np.float64)))
    return past
