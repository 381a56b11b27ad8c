"""Multinomial logistic regression: log-odds that are linear in the day's inputs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd

from mlrisk.forecast.base import FITTED_DIGITS, FloatArray
from mlrisk.forecast.columns import IntArray, row_sums
from mlrisk.forecast.linear import LOG_FLOOR
from mlrisk.regime_forecast.base import (
    CODES,
    REGIME,
    THRESHOLDS,
    Classifier,
    WindowError,
)
from mlrisk.rounding import round_significant


@dataclass(eq=False, repr=False)
class MultinomialLogit(Classifier):
    r"""Multinomial logistic regression with squared slopes held down.

    .. math:: \min_{a, B} \; -\frac{1}{n} \sum_t \ln p_{y_t}(x_t)
        + \frac{\alpha}{2} \sum_{jk} B_{jk}^2, \quad
        p_k(x) = e^{a_k + \sum_j B_{jk} x_j} \Big/ \sum_l e^{a_l + \sum_j B_{jl} x_j}

    over standardised inputs *x* (McFadden 1974, in Frontiers in Econometrics; the penalty of Hoerl
    and Kennard 1970, Technometrics 12(1)).

    Where regimes lie between thresholds, the window is labelled anew by the last ones it knows: the
    question is what volatility does to the borders of today, and those of ten years ago, or none,
    are no reason to throw away what it did then.

    Parameters
    ----------
    log_columns : list of str
        Inputs that enter as logarithms; floored at ``LOG_FLOOR``.
    columns : list of str
        Inputs that enter as they are.
    alpha : float
        Weight of the penalty; positive, so that slopes exist even where a line parts the regimes.
    regimes : list of str
        That a label may be where thresholds tell them apart; empty where labels are what they are.
    """

    log_columns: list[str]
    columns: list[str]
    alpha: float
    regimes: list[str]

    @property
    def labels(self) -> tuple[str, ...]:
        return ("rv_5d",) if self.regimes else super().labels

    @property
    def reads(self) -> list[str]:
        return list(dict.fromkeys([*self.inputs, *(THRESHOLDS if self.regimes else ())]))

    def learn(self, window: pd.DataFrame) -> Self:
        return super().learn(restated(window, self.regimes) if self.regimes else window)

    @property
    def inputs(self) -> list[str]:
        return [*self.log_columns, *self.columns]

    def _design(self, values: FloatArray) -> FloatArray:
        logged = len(self.log_columns)
        design = values[:, : logged + len(self.columns)].copy(order="K")
        design[:, :logged] = np.log(np.maximum(values[:, :logged], LOG_FLOOR))
        return design

    def _fit(self, values: FloatArray, places: IntArray) -> None:
        from sklearn.linear_model import LogisticRegression
        from sklearn.preprocessing import StandardScaler

        design = self._design(values)
        scaler = StandardScaler().fit(design)
        # Of two margins that are opposite the library penalises their difference, not both.
        strength = self.alpha * (1.0 if len(self.present_) > 2 else 0.5)
        # Newton's method, so that what is left of the way to the optimum is below the rounding.
        model = LogisticRegression(
            C=1 / (strength * len(design)), solver="newton-cholesky", tol=1e-8, max_iter=100
        ).fit(scaler.transform(design), places)
        slopes, intercepts = model.coef_ / scaler.scale_, model.intercept_
        if len(slopes) == 1:
            # Of two regimes the library gives the log-odds of the second alone.
            slopes, intercepts = (np.concatenate([0 * x, x]) for x in (slopes, intercepts))
        # Margins are at the mean of the inputs, so that rounding the slopes moves no level.
        self.slopes_ = round_significant(slopes, FITTED_DIGITS)
        self.intercepts_ = round_significant(intercepts, FITTED_DIGITS)
        self.means_ = round_significant(scaler.mean_, FITTED_DIGITS)

    def _margins(self, values: FloatArray) -> FloatArray:
        deviations = self._design(values) - self.means_
        return row_sums(deviations[:, np.newaxis] * self.slopes_) + self.intercepts_

    def _parts(self, values: FloatArray, above: int, below: int) -> FloatArray:
        slopes = self.slopes_[above] - self.slopes_[below]
        baseline = self.intercepts_[above] - self.intercepts_[below]
        parts = np.full((len(values), len(slopes) + 1), baseline)
        parts[:, :-1] = (self._design(values) - self.means_) * slopes
        return parts

    def state(self) -> dict[str, Any]:
        state: dict[str, Any] = {"present": self.present_}
        if len(self.present_) > 1:
            state["slopes"] = self.slopes_.tolist()
            state["intercepts"] = self.intercepts_.tolist()
            state["means"] = self.means_.tolist()
        return state

    def restore(self, state: dict[str, Any]) -> Self:
        self.present_ = state["present"]
        if len(self.present_) > 1:
            self.slopes_ = np.array(state["slopes"])
            self.intercepts_ = np.array(state["intercepts"])
            self.means_ = np.array(state["means"])
        return self


def restated(window: pd.DataFrame, regimes: Sequence[str]) -> pd.DataFrame:
    """A training window with its labels by the last thresholds that it knows.

    Parameters
    ----------
    window : DataFrame of shape (n_rows, n_columns)
        With ``rv_5d`` and both thresholds, which are null before they are known.
    regimes : sequence of str
        That a label may be; with two of them, calm is whatever is not risk-off.

    Raises
    ------
    WindowError
        Where it knows no threshold.
    """
    known = window[list(THRESHOLDS)].dropna()
    if known.empty:
        raise WindowError(
            f"none of {len(window)} training rows has the thresholds between the regimes. Let "
            "backtest.first_forecast be later, or labels.min_history less."
        )
    low, high = known.iloc[-1]
    volatility = window["rv_5d"]
    code = pd.Series(CODES["calm"], window.index)
    if len(regimes) > 2:
        code = code.mask(volatility >= low, CODES["transition"])
    return window.assign(**{REGIME: code.mask(volatility > high, CODES["risk_off"])})
