"""Discovered clusters, five sessions on, read as regimes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd

from mlrisk.forecast.base import FITTED_DIGITS, FloatArray
from mlrisk.regime_forecast.base import REGIME, RegimeContender, one_hot, places_of
from mlrisk.rounding import round_significant

ITERATIONS = 200
"""Of expectation maximisation: a fixed number, since a criterion to stop by would hang on the last
bits. On real clusters 5,000 give the same matrix to the last bit."""


@dataclass(eq=False, repr=False)
class FilteredClusters(RegimeContender):
    r"""The filtered clusters propagated five sessions, and what regime each of them brings.

    .. math:: p_t = q_t M, \quad
        M = \arg\max_M \sum_t \ln (q_t M)_{y_t} + a \sum_{kj} \ln M_{kj}

    with the published probabilities :math:`q_t` of the clusters at *t + 5* and the regimes
    :math:`y_t`: a mixture whose shares are given and whose emissions *M* are not, so that
    expectation maximisation climbs a concave function (Dempster, Laird and Rubin 1977, JRSS B
    39(1)). To average regimes by *q* instead would mix the clusters' rows whenever it is uncertain
    which cluster it is.

    Parameters
    ----------
    columns : list of str
        Probabilities of the clusters five sessions on.
    regimes : list of str
        That a label may be; the others have probability zero.
    smoothing : float
        Sessions of each cluster and regime that are taken as seen (*a*).
    """

    columns: list[str]
    regimes: list[str]
    smoothing: float

    @property
    def inputs(self) -> list[str]:
        return self.columns

    def learn(self, window: pd.DataFrame) -> Self:
        matrix = emissions(
            window[self.columns].to_numpy(),
            one_hot(window[REGIME].to_numpy())[:, places_of(self.regimes)],
            self.smoothing,
        )
        self.matrix_ = np.zeros((len(self.columns), len(self.published)))
        self.matrix_[:, places_of(self.regimes)] = round_significant(matrix, FITTED_DIGITS)
        return self

    def probabilities(self, values: FloatArray) -> FloatArray:
        # Term by term: a fixed order gives the same bits for one row as for many.
        total = np.zeros((len(values), len(self.published)))
        for place, row in enumerate(self.matrix_):
            total += values[:, [place]] * row
        return total / total.sum(axis=1, keepdims=True)

    def state(self) -> dict[str, Any]:
        return {"matrix": self.matrix_.tolist()}

    def restore(self, state: dict[str, Any]) -> Self:
        self.matrix_ = np.array(state["matrix"])
        return self


def emissions(clusters: FloatArray, regimes: FloatArray, smoothing: float) -> FloatArray:
    """Regimes that each cluster brings, by maximum likelihood with a Dirichlet prior.

    Parameters
    ----------
    clusters : array of shape (n_rows, n_clusters)
        Probabilities of the clusters.
    regimes : array of shape (n_rows, n_regimes)
        One in the place of the regime that came, else zero.
    smoothing : float
        Added to each expected count; positive.

    Returns
    -------
    array of shape (n_clusters, n_regimes)
        Rows sum to one.
    """
    groups = [clusters[came > 0] for came in regimes.T]
    matrix = np.full((clusters.shape[1], regimes.shape[1]), 1 / regimes.shape[1])
    for _ in range(ITERATIONS):
        counts = np.empty_like(matrix)
        for place, rows in enumerate(groups):
            counts[:, place] = matrix[:, place] * ((1 / (rows @ matrix[:, place])) @ rows)
        counts += smoothing
        matrix = counts / counts.sum(axis=1, keepdims=True)
    return matrix
