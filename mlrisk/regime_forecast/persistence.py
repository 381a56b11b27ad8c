"""The regime that is known now goes on: the baselines of every figure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd

from mlrisk.forecast.base import FITTED_DIGITS, FloatArray
from mlrisk.regime_forecast.base import (
    REGIME,
    REGIME_KNOWN,
    RegimeContender,
    one_hot,
    places_of,
)
from mlrisk.rounding import round_significant


@dataclass(eq=False, repr=False)
class HardPersistence(RegimeContender):
    """The regime of the last five sessions again, with certainty; nothing is fitted.

    Its log loss is infinite wherever it errs: whoever scores it by logarithms has to say where
    probabilities are cut off.
    """

    @property
    def inputs(self) -> list[str]:
        return [REGIME_KNOWN]

    def learn(self, window: pd.DataFrame) -> Self:
        return self

    def probabilities(self, values: FloatArray) -> FloatArray:
        return one_hot(values[:, 0])

    def state(self) -> dict[str, Any]:
        return {}

    def restore(self, state: dict[str, Any]) -> Self:
        return self


@dataclass(eq=False, repr=False)
class SoftPersistence(RegimeContender):
    r"""How often which regime followed the one that is known now.

    .. math:: P(j \mid i) = \frac{n_{ij} + a}{\sum_k (n_{ik} + a)}

    with the number :math:`n_{ij}` of sessions whose last five were in regime *i* and whose next
    five in *j*: the transition matrix of five-session regimes, not a power of a daily one.

    Parameters
    ----------
    regimes : list of str
        That a label may be; the others have probability zero.
    smoothing : float
        Transitions of each kind that are taken as seen (*a*, Laplace's rule for one).
    """

    regimes: list[str]
    smoothing: float

    @property
    def inputs(self) -> list[str]:
        return [REGIME_KNOWN]

    def learn(self, window: pd.DataFrame) -> Self:
        before, after = (one_hot(window[name].to_numpy()) for name in (REGIME_KNOWN, REGIME))
        counts = before.T @ after
        counts[:, places_of(self.regimes)] += self.smoothing
        matrix = counts / counts.sum(axis=1, keepdims=True)
        self.matrix_ = round_significant(matrix, FITTED_DIGITS)
        return self

    def probabilities(self, values: FloatArray) -> FloatArray:
        rows = self.matrix_[values[:, 0].astype(np.intp)]
        return np.asarray(rows / rows.sum(axis=1, keepdims=True))

    def state(self) -> dict[str, Any]:
        return {"matrix": self.matrix_.tolist()}

    def restore(self, state: dict[str, Any]) -> Self:
        self.matrix_ = np.array(state["matrix"])
        return self
