"""What every contender is: fitted on a window, then a function of one row of features."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlrisk.forecast.columns import values_of

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

HORIZON = 5
"""Sessions ahead that a forecast covers."""

FITTED_DIGITS = 6
"""Significant digits a fitted number keeps, so that the last bits in which processors differ do
not reach a forecast."""

BASELINE = "baseline"
"""Column of the part of a forecast that no feature of the day explains."""


class Estimator(ABC):
    """Fitted on a window, then a function of rows; what a walk-forward walks.

    It is used as scikit-learn's estimators are, whose base class is not needed for that: importing
    it takes a second in each of two dozen stages.
    """

    parallel: ClassVar[bool] = False
    """Whether one fit is long enough to be worth a process of its own."""

    sequential: ClassVar[bool] = False
    """Whether a forecast depends on the path: it then needs every row from the first one on."""

    published: ClassVar[tuple[str, ...]]
    """Names of what it forecasts."""

    @property
    @abstractmethod
    def labels(self) -> tuple[str, ...]:
        """Columns that it learns from; dated *t*, they are known five sessions later."""

    def get_params(self) -> dict[str, Any]:
        """The settings it was made with, by name: the fields of its dataclass."""
        return {item.name: getattr(self, item.name) for item in dataclasses.fields(self)}  # type: ignore[arg-type]

    @property
    @abstractmethod
    def inputs(self) -> list[str]:
        """Columns it reads."""

    def usable(self, features: pd.DataFrame) -> BoolArray:
        """Rows it can forecast from, shape (n_rows,)."""
        return self.usable_values(values_of(features, self.inputs))

    def usable_values(self, values: FloatArray) -> BoolArray:
        """The same of its inputs as an array, shape (n_rows, n_inputs): all of them are there."""
        return np.asarray(~np.isnan(values).any(axis=1))

    @abstractmethod
    def learn(self, window: pd.DataFrame) -> Self:
        """Fit on usable rows that have their labels."""

    @abstractmethod
    def forecast(self, features: pd.DataFrame) -> FloatArray:
        """What is published, shape (n_rows, n_published)."""

    def contributions(self, features: pd.DataFrame) -> pd.DataFrame | None:
        """Parts of each forecast; None where a model is not made of such."""
        return None

    @abstractmethod
    def state(self) -> dict[str, Any]:
        """Everything fitted, as plain JSON values."""

    def version(self) -> str:
        """Content hash of what was fitted: the same fit has the same version anywhere."""
        text = json.dumps(
            {"class": type(self).__name__, "settings": self.get_params(), "state": self.state()},
            sort_keys=True,
        )
        return hashlib.sha256(text.encode()).hexdigest()[:16]


class Contender(Estimator):
    """A forecast of the variance of the next five sessions.

    Two numbers are published, since one cannot be right for both losses: ``predict`` gives the
    conditional mean of the variance, which QLIKE scores, and ``predict_volatility`` that of its
    root, which RMSE and bias score. By Jensen's inequality the second is a few per cent below the
    root of the first.

    Timing: the row of features dated *t* holds what is known at 22:00 UTC of session *t*; the
    target is the sum of squared returns of sessions *t+1* to *t+5*.
    """

    published: ClassVar[tuple[str, ...]] = ("var_5d_hat", "rv_5d_hat")

    @property
    def labels(self) -> tuple[str, ...]:
        return ("rv_5d",)

    @abstractmethod
    def fit(self, features: pd.DataFrame, variance: FloatArray) -> Self:
        """Fit on usable rows.

        Parameters
        ----------
        features : DataFrame of shape (n_rows, n_columns)
        variance : array of shape (n_rows,)
            Realised variance of the five sessions after each row, positive.
        """

    @abstractmethod
    def predict(self, features: pd.DataFrame) -> FloatArray:
        """Conditional mean of the variance of the next five sessions, shape (n_rows,)."""

    def predict_volatility(self, features: pd.DataFrame) -> FloatArray:
        """Conditional mean of the root of that variance, shape (n_rows,)."""
        return np.sqrt(self.predict(features))

    def learn(self, window: pd.DataFrame) -> Self:
        return self.fit(window, window["rv_5d"].to_numpy() ** 2)

    def forecast(self, features: pd.DataFrame) -> FloatArray:
        return np.column_stack([self.predict(features), self.predict_volatility(features)])


@dataclass(frozen=True)
class Explained:
    """Forecasts of some rows, and what they are made of.

    Parameters
    ----------
    variance, volatility : array of shape (n_rows,)
        As ``Contender.predict`` and ``predict_volatility`` give them.
    parts : array of shape (n_rows, n_inputs + 1)
        In log variance, the baseline last.
    """

    variance: FloatArray
    volatility: FloatArray
    parts: FloatArray


class Additive(Contender):
    """A contender that may be explained and served: a function of one row of features.

    Its forecast is additive in log variance: ``log h = baseline + sum of contributions``.

    It is computed from arrays of shape (n_rows, n_inputs), in the order of ``inputs``; what takes
    a table reads them from there. For the one row of a request the table would cost a hundred
    times what the arithmetic does.
    """

    @abstractmethod
    def log_variances(self, values: FloatArray) -> FloatArray:
        """Logarithm of the forecast variance, shape (n_rows,)."""

    @abstractmethod
    def variances(self, values: FloatArray) -> FloatArray:
        """``predict`` of an array."""

    @abstractmethod
    def volatilities(self, values: FloatArray) -> FloatArray:
        """``predict_volatility`` of an array."""

    @abstractmethod
    def explained(self, values: FloatArray) -> Explained:
        """Both, and the parts they are made of."""

    def predict(self, features: pd.DataFrame) -> FloatArray:
        return self.variances(values_of(features, self.inputs))

    def predict_volatility(self, features: pd.DataFrame) -> FloatArray:
        return self.volatilities(values_of(features, self.inputs))

    def log_variance(self, features: pd.DataFrame) -> FloatArray:
        """Logarithm of the forecast variance, shape (n_rows,)."""
        return self.log_variances(values_of(features, self.inputs))

    def contributions(self, features: pd.DataFrame) -> pd.DataFrame:
        """Parts of each forecast in log variance.

        Returns
        -------
        DataFrame of shape (n_rows, n_inputs + 1)
            A column per input and ``baseline``; each row sums to ``log_variance``.
        """
        parts = self.explained(values_of(features, self.inputs)).parts
        return pd.DataFrame(parts, index=features.index, columns=[*self.inputs, BASELINE])

    @abstractmethod
    def save(self, folder: Path) -> None:
        """Write what was fitted into ``folder`` in the library's native text or JSON format."""

    @abstractmethod
    def load(self, folder: Path) -> Self:
        """Read back what ``save`` wrote: the same forecasts to the last bit."""


class Learner(Additive):
    """An additive contender that is fitted by itself.

    Its contributions are exact Shapley values: deviations from the training mean for a linear
    model, TreeSHAP along the paths of the trees for a booster (Lundberg et al. 2020, Nature Machine
    Intelligence 2).

    Attributes
    ----------
    level_ : float
        Added to the fitted log variance so that realised over forecast variance averages one in
        the training window: the scale at which QLIKE is smallest.
    volatility_factor_ : float
        Mean realised volatility over mean root of forecast variance in the training window.
    """

    level_: float
    volatility_factor_: float

    def fit(self, features: pd.DataFrame, variance: FloatArray) -> Self:
        return self.fit_values(values_of(features, self.inputs), variance)

    def fit_values(self, values: FloatArray, variance: FloatArray) -> Self:
        """``fit`` to an array."""
        self._fit(values, variance)
        log_variance = self._log_variance(values)
        self.level_ = fitted(np.log(np.mean(variance / np.exp(log_variance))))
        root = np.exp((log_variance + self.level_) / 2)
        self.volatility_factor_ = fitted(np.mean(np.sqrt(variance)) / np.mean(root))
        return self

    @abstractmethod
    def _fit(self, values: FloatArray, variance: FloatArray) -> None: ...

    @abstractmethod
    def _log_variance(self, values: FloatArray) -> FloatArray:
        """Before the level, shape (n_rows,)."""

    @abstractmethod
    def _log_parts(self, values: FloatArray) -> tuple[FloatArray, FloatArray]:
        """The same with its parts, shape (n_rows, n_inputs + 1), the baseline last."""

    def log_variances(self, values: FloatArray) -> FloatArray:
        return self._log_variance(values) + self.level_

    def log_parts(self, values: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Log variance, shape (n_rows,), and its parts, shape (n_rows, n_inputs + 1)."""
        log_variance, parts = self._log_parts(values)
        parts[:, -1] += self.level_
        return log_variance + self.level_, parts

    def variances(self, values: FloatArray) -> FloatArray:
        return np.exp(self.log_variances(values))

    def volatilities(self, values: FloatArray) -> FloatArray:
        return self._volatility(self.variances(values))

    def explained(self, values: FloatArray) -> Explained:
        log_variance, parts = self.log_parts(values)
        variance = np.exp(log_variance)
        return Explained(variance, self._volatility(variance), parts)

    def _volatility(self, variance: FloatArray) -> FloatArray:
        return np.sqrt(variance) * self.volatility_factor_


def fitted(value: float | np.floating[Any]) -> float:
    """A fitted number at its published precision."""
    return float(f"%.{FITTED_DIGITS - 1}e" % float(value))
