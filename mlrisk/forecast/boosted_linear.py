"""Trees boosted from a log-linear model: the line carries the forecast, few small trees bend it."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np

from mlrisk.forecast.base import BoolArray, FloatArray
from mlrisk.forecast.boosted import Boosted, Lightgbm, Xgboost
from mlrisk.forecast.columns import Columns, IntArray
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
        return list(self._columns.names)

    @functools.cached_property
    def _columns(self) -> Columns:
        """Of the line and of the trees."""
        return Columns.of([[*self.base_log_columns, *self.base_columns], self.columns])

    def usable_values(self, values: FloatArray) -> BoolArray:
        """Rows that have the inputs of the line: the trees have a branch for nulls."""
        return self._line().usable_values(self._of_line(values))

    def _line(self) -> LogLinear:
        return LogLinear(self.base_log_columns, self.base_columns)

    def _of_line(self, values: FloatArray) -> FloatArray:
        return values[:, self._columns.places[0]]

    @property
    def _tree_places(self) -> IntArray:
        return self._columns.places[1]

    def _fit_start(self, values: FloatArray, variance: FloatArray) -> None:
        self.linear_ = self._line().fit_values(self._of_line(values), variance)

    def _start(self, values: FloatArray) -> tuple[FloatArray, FloatArray]:
        log_variance, of_line = self.linear_.log_parts(self._of_line(values))
        parts = np.zeros((len(values), len(self.inputs) + 1))
        parts[:, self._columns.places[0]] = of_line[:, :-1]
        parts[:, -1] = of_line[:, -1]
        return log_variance, parts

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
