"""What every regime contender is: fitted on a window, then a function of one row."""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd

from mlrisk.contracts import REGIMES
from mlrisk.errors import MlriskError
from mlrisk.forecast.base import BASELINE, Estimator, FloatArray
from mlrisk.forecast.columns import IntArray, values_of
from mlrisk.regime_forecast.probabilities import published

CODES = {name: float(code) for code, name in enumerate(REGIMES)}
"""Number of each regime, in the order of volatility."""

CALM, RISK_OFF = REGIMES.index("calm"), REGIMES.index("risk_off")

REGIME = "regime_5d"
"""Column of the label: the regime of the next five sessions as its number, known five on."""

REGIME_KNOWN = "regime_known"
"""Column of the latest regime that is known: the label dated five sessions before."""

CALM_BELOW, RISK_OFF_ABOVE = "rv_calm_below", "rv_risk_off_above"
THRESHOLDS = (CALM_BELOW, RISK_OFF_ABOVE)
"""Columns of the realised volatilities between the regimes, as they were known."""

STATE = "state.json"


class WindowError(MlriskError, ValueError):
    """A window that regimes cannot be learnt from."""


class RegimeContender(Estimator):
    r"""Probabilities of the regimes of the next five sessions.

    A regime that a contender has never seen and cannot infer has probability zero; no probability
    is ever null on a row that can be used.

    What drives a forecast are parts of :math:`\ln(p_{risk\,off} / p_{calm})`, which add up to it.

    It is computed from arrays of shape (n_rows, n_reads), in the order of ``reads``; what takes a
    table reads them from there.

    Timing: the row dated *t* holds what is known at 22:00 UTC of session *t*; the target looks at
    sessions *t+1* to *t+5*.
    """

    published: ClassVar[tuple[str, ...]] = REGIMES

    explained: ClassVar[bool] = False
    """Whether it has contributions."""

    @property
    def labels(self) -> tuple[str, ...]:
        return (REGIME,)

    @property
    def reads(self) -> list[str]:
        """Columns it reads, its inputs first; without the others a row can still be used."""
        return self.inputs

    @property
    def told(self) -> list[str] | None:
        """Names of the parts of its log-odds; None where it cannot tell any."""
        return None

    def least_rows(self, usual: int) -> int:
        """Training rows it wants, given what is usual."""
        return usual

    def forecast(self, features: pd.DataFrame) -> FloatArray:
        """Probabilities as they are published, shape (n_rows, 3): each row sums to one."""
        return published(self.predict_proba(features))

    def predict_proba(self, features: pd.DataFrame) -> FloatArray:
        """Probabilities of calm, transition and risk-off, shape (n_rows, 3)."""
        return self.probabilities(values_of(features, self.reads))

    def contributions(self, features: pd.DataFrame) -> pd.DataFrame | None:
        """Parts of the log-odds: a column for each that is told, and ``baseline``."""
        if self.told is None:
            return None
        parts = self.parts_of_log_odds(values_of(features, self.reads))
        return pd.DataFrame(parts, index=features.index, columns=[*self.told, BASELINE])

    @abstractmethod
    def probabilities(self, values: FloatArray) -> FloatArray:
        """``predict_proba`` of an array."""

    def parts_of_log_odds(self, values: FloatArray) -> FloatArray:
        """Shape (n_rows, n_told + 1), the baseline last; zero for who cannot tell."""
        return np.zeros((len(values), 1))

    @abstractmethod
    def restore(self, state: dict[str, Any]) -> Self:
        """Take over what ``state`` gave: the same forecasts to the last bit."""

    def save(self, folder: Path) -> None:
        """Write what was fitted into ``folder``, as JSON or in the library's native text."""
        text = json.dumps(self.state(), indent=2) + "\n"
        (folder / STATE).write_text(text, encoding="utf-8")

    def load(self, folder: Path) -> Self:
        """Read back what ``save`` wrote."""
        return self.restore(json.loads((folder / STATE).read_text(encoding="utf-8")))


class Classifier(RegimeContender):
    r"""Probabilities that are the softmax of a margin per regime.

    .. math:: p_k = e^{m_k} \Big/ \sum_j e^{m_j}, \quad
        \ln(p_{risk\,off} / p_{calm}) = m_{risk\,off} - m_{calm}

    Margins are additive over the inputs, so the log-odds are. Regimes that the training window
    lacks have probability zero; where calm or risk-off is such a one, there are no log-odds.

    Attributes
    ----------
    present_ : list of int
        Numbers of the regimes in the training window.
    """

    explained: ClassVar[bool] = True

    present_: list[int]

    def learn(self, window: pd.DataFrame) -> Self:
        present, places = np.unique(window[REGIME].to_numpy().astype(np.intp), return_inverse=True)
        self.present_ = present.tolist()
        if len(present) > 1:
            self._fit(values_of(window, self.reads), places)
        return self

    @property
    def told(self) -> list[str] | None:
        return self.inputs if {CALM, RISK_OFF} <= set(self.present_) else None

    def probabilities(self, values: FloatArray) -> FloatArray:
        probabilities = np.zeros((len(values), len(REGIMES)))
        probabilities[:, self.present_] = 1.0
        if len(self.present_) > 1:
            margins = self._margins(values)
            powers = np.exp(margins - margins.max(axis=1, keepdims=True))
            probabilities[:, self.present_] = powers / powers.sum(axis=1, keepdims=True)
        return probabilities

    def parts_of_log_odds(self, values: FloatArray) -> FloatArray:
        """Exact Shapley values: deviations from the training mean for a linear model, TreeSHAP for
        trees.
        """
        if self.told is None:
            return super().parts_of_log_odds(values)
        return self._parts(values, self.present_.index(RISK_OFF), self.present_.index(CALM))

    @abstractmethod
    def _fit(self, values: FloatArray, places: IntArray) -> None:
        """Fit to places of regimes among those present, of which there are two or three."""

    @abstractmethod
    def _margins(self, values: FloatArray) -> FloatArray:
        """Shape (n_rows, n_present)."""

    @abstractmethod
    def _parts(self, values: FloatArray, above: int, below: int) -> FloatArray:
        """Parts of one margin less another, shape (n_rows, n_inputs + 1), the baseline last."""


def one_hot(codes: FloatArray) -> FloatArray:
    """Ones in the places of the regimes that the numbers stand for, shape (n_rows, 3)."""
    return np.asarray(np.eye(len(REGIMES))[codes.astype(np.intp)])


def places_of(regimes: Sequence[str]) -> list[int]:
    """Places of named regimes in the order of volatility."""
    return [REGIMES.index(name) for name in regimes]
