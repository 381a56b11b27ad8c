"""What every contender is: fitted on a window, then a function of one row of features."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

FloatArray = npt.NDArray[np.float64]

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

    def usable(self, features: pd.DataFrame) -> npt.NDArray[np.bool_]:
        """Rows it can forecast from, shape (n_rows,): all of its inputs are there."""
        return np.asarray(features[self.inputs].notna().all(axis=1))

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


class Additive(Contender):
    """A contender that may be explained and served: a function of one row of features.

    Its forecast is additive in log variance: ``log h = baseline + sum of contributions``.
    """

    @abstractmethod
    def log_variance(self, features: pd.DataFrame) -> FloatArray:
        """Logarithm of the forecast variance, shape (n_rows,)."""

    @abstractmethod
    def contributions(self, features: pd.DataFrame) -> pd.DataFrame:
        """Parts of each forecast in log variance.

        Returns
        -------
        DataFrame of shape (n_rows, n_inputs + 1)
            A column per input and ``baseline``; each row sums to ``log_variance``.
        """

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
        self._fit(features, variance)
        log_variance = self._log_variance(features)
        self.level_ = fitted(np.log(np.mean(variance / np.exp(log_variance))))
        root = np.exp((log_variance + self.level_) / 2)
        self.volatility_factor_ = fitted(np.mean(np.sqrt(variance)) / np.mean(root))
        return self

    @abstractmethod
    def _fit(self, features: pd.DataFrame, variance: FloatArray) -> None: ...

    @abstractmethod
    def _log_variance(self, features: pd.DataFrame) -> FloatArray: ...

    @abstractmethod
    def _contributions(self, features: pd.DataFrame) -> FloatArray:
        """Shape (n_rows, n_inputs + 1), the baseline last."""

    def log_variance(self, features: pd.DataFrame) -> FloatArray:
        return self._log_variance(features) + self.level_

    def predict(self, features: pd.DataFrame) -> FloatArray:
        return np.exp(self.log_variance(features))

    def predict_volatility(self, features: pd.DataFrame) -> FloatArray:
        return super().predict_volatility(features) * self.volatility_factor_

    def contributions(self, features: pd.DataFrame) -> pd.DataFrame:
        parts = self._contributions(features)
        parts[:, -1] += self.level_
        return pd.DataFrame(parts, index=features.index, columns=[*self.inputs, BASELINE])


def fitted(value: float | np.floating[Any]) -> float:
    """A fitted number at its published precision."""
    return float(f"%.{FITTED_DIGITS - 1}e" % float(value))
