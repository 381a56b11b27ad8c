"""Trees boosted from a log-linear model: the line carries the forecast, few small trees bend it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlrisk.forecast.base import BASELINE, FloatArray
from mlrisk.forecast.boosted import Boosted, Lightgbm, Xgboost
from mlrisk.forecast.linear import LogLinear


class BoostedFromLinear(Boosted):
    r"""Trees that start from a log-linear forecast instead of a constant.

    .. math:: \ln h_t = a + \sum_j b_j \ln x_{j,t} + \sum_k c_k z_{k,t} + \sum_m f_m(x_t)

    A tree cannot extrapolate, and spends its splits on a slope that a line has for one number; a
    line cannot bend. The line is fitted alone; the trees :math:`f_m` then reduce QLIKE from there.

    The forecast rises with a feature wherever the line does and the trees do: trees move in steps,
    so the least step against the line would show. Monotone constraints on the trees are therefore
    all that is needed, and no more than is needed, where the line has the sign that theory gives.

    Attributes
    ----------
    linear_ : LogLinear
        With its own level: a forecast that is complete without any tree.
    """

    factors: ClassVar[tuple[str, ...]] = ("level", "volatility_factor")

    base_log_columns: list[str]
    base_columns: list[str]
    increasing: list[str]
    decreasing: list[str]
    linear_: LogLinear

    @property
    def inputs(self) -> list[str]:
        return list(dict.fromkeys([*self.base_log_columns, *self.base_columns, *self.columns]))

    def usable(self, features: pd.DataFrame) -> npt.NDArray[np.bool_]:
        """Rows that have the inputs of the line: the trees have a branch for nulls."""
        return self._line().usable(features)

    def _line(self) -> LogLinear:
        return LogLinear(self.base_log_columns, self.base_columns)

    def _fit_start(self, features: pd.DataFrame, variance: FloatArray) -> None:
        self.linear_ = self._line().fit(features, variance)

    def _start(self, features: pd.DataFrame) -> FloatArray:
        return self.linear_.log_variance(features)

    def _start_parts(self, features: pd.DataFrame) -> FloatArray:
        parts = self.linear_.contributions(features)
        return parts.reindex(columns=[*self.inputs, BASELINE], fill_value=0.0).to_numpy()

    def _signs(self) -> list[int]:
        return [(name in self.increasing) - (name in self.decreasing) for name in self.columns]

    def state(self) -> dict[str, Any]:
        return {"line": self.linear_.state(), **super().state()}

    def save(self, folder: Path) -> None:
        self.linear_.save(folder)
        super().save(folder)

    def load(self, folder: Path) -> Self:
        self.linear_ = self._line().load(folder)
        return super().load(folder)


@dataclass(eq=False, repr=False)
class LightgbmFromLinear(BoostedFromLinear, Lightgbm):
    """LightGBM boosted from a log-linear model.

    Parameters
    ----------
    columns : list of str
        Inputs of the trees; they may be the line's too.
    n_estimators, ..., seed
        As in ``Lightgbm``.
    base_log_columns, base_columns : list of str
        Inputs of the line, as in ``LogLinear``.
    increasing, decreasing : list of str
        Inputs that the trees may only rise, or only fall, with; those that they do not read are
        passed over.
    """

    base_log_columns: list[str]
    base_columns: list[str]
    increasing: list[str]
    decreasing: list[str]


@dataclass(eq=False, repr=False)
class XgboostFromLinear(BoostedFromLinear, Xgboost):
    """XGBoost boosted from a log-linear model.

    Parameters
    ----------
    columns : list of str
        Inputs of the trees; they may be the line's too.
    n_estimators, ..., seed
        As in ``Xgboost``.
    base_log_columns, base_columns : list of str
        Inputs of the line, as in ``LogLinear``.
    increasing, decreasing : list of str
        Inputs that the trees may only rise, or only fall, with; those that they do not read are
        passed over.
    """

    base_log_columns: list[str]
    base_columns: list[str]
    increasing: list[str]
    decreasing: list[str]
