"""Models that are linear in logs: least squares, and a gamma regression."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np

from mlrisk.forecast.base import FloatArray, Learner, fitted
from mlrisk.forecast.columns import row_sums

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
    def logged(self) -> list[str]:
        """Inputs that enter as logarithms."""
        return self.log_columns

    @property
    def inputs(self) -> list[str]:
        return [*self.logged, *self.columns]

    def _design(self, values: FloatArray) -> FloatArray:
        design, logged = values.copy(order="K"), len(self.logged)
        design[:, :logged] = np.log(np.maximum(values[:, :logged], LOG_FLOOR))
        return design

    def _fit(self, values: FloatArray, variance: FloatArray) -> None:
        design = self._design(values)
        slopes, intercept = self._regress(design, variance)
        self.coefficients_ = np.array([fitted(value) for value in slopes])
        self.means_ = np.array([fitted(value) for value in design.mean(axis=0)])
        # At the mean of the inputs, so that rounding the slopes does not move the level.
        self.intercept_ = fitted(intercept + float(self.means_ @ slopes))

    def _regress(self, design: FloatArray, variance: FloatArray) -> tuple[FloatArray, float]:
        """Slopes of shape (n_inputs,) and intercept of the log variance."""
        from sklearn.linear_model import LinearRegression  # a second, which only a fit needs

        model = LinearRegression().fit(design, np.log(variance))
        return model.coef_, float(model.intercept_)

    def _log_variance(self, values: FloatArray) -> FloatArray:
        return self._log_parts(values)[0]

    def _log_parts(self, values: FloatArray) -> tuple[FloatArray, FloatArray]:
        parts = np.full((len(values), values.shape[1] + 1), self.intercept_)
        parts[:, :-1] = (self._design(values) - self.means_) * self.coefficients_
        return row_sums(parts[:, :-1]) + self.intercept_, parts

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


@dataclass(eq=False, repr=False)
class GammaGlm(LogLinear):
    r"""Gamma regression with a log link: the log-linear model of least QLIKE.

    The gamma deviance is twice QLIKE (McCullagh and Nelder 1989, Generalized Linear Models, chapter
    8). Least squares in logs is moved by weeks of nearly no returns, whose logarithm is far below
    the others'; the gamma regression by weeks of large ones.

    Parameters
    ----------
    log_columns, columns : list of str
        As in ``LogLinear``.
    alpha : float
        Weight of the squared slopes of standardised inputs in the loss; without any, inputs that
        hardly differ from each other get large slopes of opposite sign.
    """

    alpha: float

    def _regress(self, design: FloatArray, variance: FloatArray) -> tuple[FloatArray, float]:
        from sklearn.linear_model import GammaRegressor
        from sklearn.preprocessing import StandardScaler

        scaler = StandardScaler().fit(design)
        level = float(np.mean(variance))
        model = GammaRegressor(alpha=self.alpha, solver="newton-cholesky", tol=1e-8)
        model.fit(scaler.transform(design), variance / level)
        slopes = model.coef_ / scaler.scale_
        return slopes, float(model.intercept_) + np.log(level) - float(scaler.mean_ @ slopes)
