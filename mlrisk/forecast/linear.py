"""Linear regressions of log realised variance."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.linear_model import LinearRegression

from mlrisk.forecast.base import FloatArray, Learner, fitted

LOG_FLOOR = 1e-4
"""Smallest input a logarithm is taken of: a daily move of one basis point, about a tick of SPY.
Without it a day that closes unchanged would be an outlier of minus infinity."""


@dataclass(eq=False, repr=False)
class LogLinear(Learner):
    r"""Ordinary least squares of the log variance ahead.

    .. math:: \ln \sum_{i=1}^{5} r_{t+i}^2 = a + \sum_j b_j \ln x_{j,t} + \sum_k c_k z_{k,t} + e_t

    With daily, weekly and monthly realised volatility this is the heterogeneous autoregression in
    logs (Corsi 2009, J. Financial Econometrics 7(2)); with implied volatility and its term
    structure added, HAR-VIX.

    Parameters
    ----------
    log_columns : list of str
        Inputs that enter as logarithms; floored at ``LOG_FLOOR``.
    columns : list of str
        Inputs that enter as they are.
    """

    log_columns: list[str]
    columns: list[str]

    @property
    def inputs(self) -> list[str]:
        return [*self.log_columns, *self.columns]

    def _design(self, features: pd.DataFrame) -> FloatArray:
        logs = np.log(np.maximum(features[self.log_columns].to_numpy(), LOG_FLOOR))
        return np.hstack([logs, features[self.columns].to_numpy()])

    def _fit(self, features: pd.DataFrame, variance: FloatArray) -> None:
        design = self._design(features)
        model = LinearRegression().fit(design, np.log(variance))
        self.coefficients_ = np.array([fitted(value) for value in model.coef_])
        self.means_ = np.array([fitted(value) for value in design.mean(axis=0)])
        # At the mean of the inputs, so that rounding the slopes does not move the level.
        self.intercept_ = fitted(model.predict(self.means_[np.newaxis, :])[0])

    def _parts(self, features: pd.DataFrame) -> FloatArray:
        return (self._design(features) - self.means_) * self.coefficients_

    def _log_variance(self, features: pd.DataFrame) -> FloatArray:
        return self._parts(features).sum(axis=1) + self.intercept_

    def _contributions(self, features: pd.DataFrame) -> FloatArray:
        parts = self._parts(features)
        return np.hstack([parts, np.full((len(parts), 1), self.intercept_)])

    def state(self) -> dict[str, Any]:
        return {
            "intercept": self.intercept_,
            "coefficients": self.coefficients_.tolist(),
            "means": self.means_.tolist(),
            "level": self.level_,
            "volatility_factor": self.volatility_factor_,
        }

    def save(self, folder: Path) -> None:
        text = json.dumps(self.state(), indent=2) + "\n"
        (folder / "coefficients.json").write_text(text, encoding="utf-8")

    def load(self, folder: Path) -> Self:
        state = json.loads((folder / "coefficients.json").read_text(encoding="utf-8"))
        self.intercept_ = state["intercept"]
        self.coefficients_ = np.array(state["coefficients"])
        self.means_ = np.array(state["means"])
        self.level_ = state["level"]
        self.volatility_factor_ = state["volatility_factor"]
        return self
