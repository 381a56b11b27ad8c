"""What a calibrator is, and the one with a single parameter."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq

from mlrisk.contracts import REGIMES
from mlrisk.forecast.base import FloatArray, fitted
from mlrisk.regime_forecast.probabilities import FLOOR

BoolArray = npt.NDArray[np.bool_]

SHARPEST, FLATTEST = 20.0, 0.05
"""Bounds of the inverse temperature: a factor of twenty either way is no calibration any more."""


class Calibrator(ABC):
    """From probabilities of the three regimes to calibrated ones.

    A regime that was never seen and is given no chance keeps none, so that two regimes stay two.
    """

    seen_: BoolArray

    @property
    def slope(self) -> float:
        """What log-odds are multiplied by; one where calibration is no such multiplication."""
        return 1.0

    def fit(self, probabilities: FloatArray, outcomes: FloatArray) -> Self:
        """Fit on past forecasts.

        Parameters
        ----------
        probabilities : array of shape (n_forecasts, 3)
            In the order of ``contracts.REGIMES``, at the precision they are stored with.
        outcomes : array of shape (n_forecasts,)
            Place of the regime that came: 0, 1 or 2.

        Warnings
        --------
        An outcome dated *t* is known at *t + 5*: what is forecast at *s* may be calibrated with
        outcomes dated *s - 5* or before; ``calibration.refits`` sees to that.
        """
        self.seen_ = np.isin(np.arange(len(REGIMES)), outcomes)
        self._fit(probabilities, outcomes)
        return self

    def apply(self, probabilities: FloatArray) -> FloatArray:
        """Calibrated probabilities, shape (n_rows, 3); each row is one of its own."""
        values = np.where(self._possible(probabilities), self._apply(probabilities), 0.0)
        return values / values.sum(axis=1, keepdims=True)

    def state(self) -> dict[str, Any]:
        """Everything fitted, as plain JSON values."""
        return {"seen": self.seen_.tolist(), **self._state()}

    def restore(self, state: Mapping[str, Any]) -> Self:
        """What ``state`` gave, fitted again."""
        self.seen_ = np.array(state["seen"], dtype=np.bool_)
        self._restore(state)
        return self

    def _possible(self, probabilities: FloatArray) -> BoolArray:
        return np.asarray((probabilities > 0) | self.seen_)

    @abstractmethod
    def _fit(self, probabilities: FloatArray, outcomes: FloatArray) -> None: ...

    @abstractmethod
    def _apply(self, probabilities: FloatArray) -> FloatArray:
        """Positive, shape (n_rows, 3); rows need not sum to one."""

    @abstractmethod
    def _state(self) -> dict[str, Any]: ...

    @abstractmethod
    def _restore(self, state: Mapping[str, Any]) -> None: ...


class Temperature(Calibrator):
    r"""One exponent for all regimes (Guo et al. 2017, ICML: temperature scaling).

    .. math:: q_k = p_k^{1/T} \Big/ \sum_j p_j^{1/T}

    with the *T* of least log loss. In :math:`1/T` that loss is convex, so the zero of its
    derivative is the one minimum. The order of the regimes on a day stays as it was, and all
    log-odds are divided by *T*.
    """

    inverse_: float

    @property
    def slope(self) -> float:
        return self.inverse_

    def _fit(self, probabilities: FloatArray, outcomes: FloatArray) -> None:
        logs = _logs(probabilities)
        possible = self._possible(probabilities)
        mean = np.take_along_axis(logs, outcomes.astype(np.intp)[:, np.newaxis], axis=1).mean()

        def rise(inverse: float) -> float:
            weights = np.exp(inverse * logs) * possible
            expected = (weights * logs).sum(axis=1) / weights.sum(axis=1)
            return float(expected.mean() - mean)

        if rise(FLATTEST) >= 0:
            found = FLATTEST
        elif rise(SHARPEST) <= 0:
            found = SHARPEST
        else:
            found = brentq(rise, FLATTEST, SHARPEST, xtol=1e-12, rtol=1e-12)
        self.inverse_ = fitted(found)

    def _apply(self, probabilities: FloatArray) -> FloatArray:
        return np.exp(self.inverse_ * _logs(probabilities))

    def _state(self) -> dict[str, Any]:
        return {"inverse_temperature": self.inverse_}

    def _restore(self, state: Mapping[str, Any]) -> None:
        self.inverse_ = state["inverse_temperature"]


def _logs(probabilities: FloatArray) -> FloatArray:
    """Logarithms, the largest of a row 0: no power of them overflows."""
    logs = np.log(np.maximum(probabilities, FLOOR))
    return logs - logs.max(axis=1, keepdims=True)
