"""Gradient-boosted trees with a gamma objective.

The gamma deviance is twice QLIKE, so the trees minimise the very loss they are scored by. Trees
read null inputs as such, so a feature with a short history does not shorten the sample.
"""

from __future__ import annotations

import json
from abc import abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from mlrisk.forecast import trees
from mlrisk.forecast.base import BoolArray, FloatArray, Learner, fitted
from mlrisk.forecast.columns import IntArray
from mlrisk.rounding import round_decimals

if TYPE_CHECKING:  # each library costs seconds to import: only the one that is used
    import lightgbm
    import xgboost

PERCENT_SQUARED = 1e4
"""Labels in squared per cent: near one, where the libraries' defaults are made for."""

START_DECIMALS = 6
"""Decimals of the log variance that trees start from while they are grown: the last bits, in which
processors differ, would move the splits."""

FACTORS = "factors.json"


class Boosted(Learner):
    """Trees that add to a log variance they start from, here a constant."""

    parallel: ClassVar[bool] = True
    filename: ClassVar[str]
    factors: ClassVar[tuple[str, ...]] = ("start", "level", "volatility_factor")
    """Fitted numbers that stand beside the trees."""

    columns: list[str]
    start_: float

    @property
    def inputs(self) -> list[str]:
        return self.columns

    def usable_values(self, values: FloatArray) -> BoolArray:
        """Rows with at least one input: trees have a branch for nulls."""
        return np.asarray(~np.isnan(values).all(axis=1))

    def _fit(self, values: FloatArray, variance: FloatArray) -> None:
        self._fit_start(values, variance)
        start = self._start(values)[0] + np.log(PERCENT_SQUARED)
        labels = variance * PERCENT_SQUARED
        self._grow(self._of_trees(values), labels, round_decimals(start, START_DECIMALS))

    def _log_variance(self, values: FloatArray) -> FloatArray:
        return self._start(values)[0] + self._added(self._of_trees(values))

    def _log_parts(self, values: FloatArray) -> tuple[FloatArray, FloatArray]:
        start, parts = self._start(values)
        added, own = self._added_parts(self._of_trees(values))
        parts[:, self._tree_places] += own[:, :-1]
        parts[:, -1] += own[:, -1]
        return start + added, parts

    @property
    def _tree_places(self) -> IntArray:
        """Of what the trees read among the inputs, shape (n_columns,)."""
        return np.arange(len(self.columns))

    def _of_trees(self, values: FloatArray) -> FloatArray:
        return values[:, self._tree_places]

    def _fit_start(self, values: FloatArray, variance: FloatArray) -> None:
        self.start_ = fitted(np.log(np.mean(variance)))

    def _start(self, values: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Log variance before any tree, and its parts, as ``log_parts`` gives them."""
        parts = np.zeros((len(values), len(self.inputs) + 1))
        parts[:, -1] = self.start_
        return np.full(len(values), self.start_), parts

    def _signs(self) -> list[int]:
        """Per column the direction that trees must keep to: 1 up, -1 down, 0 either."""
        return [0] * len(self.columns)

    @abstractmethod
    def _grow(self, values: FloatArray, labels: FloatArray, start: FloatArray) -> None:
        """Fit the trees to labels in squared per cent, from a start in their logarithm."""

    @abstractmethod
    def _added(self, values: FloatArray) -> FloatArray:
        """Log variance that the trees add, shape (n_rows,)."""

    @abstractmethod
    def _added_parts(self, values: FloatArray) -> tuple[FloatArray, FloatArray]:
        """The same with its TreeSHAP values, shape (n_rows, n_columns + 1), the mean last."""

    @abstractmethod
    def _text(self) -> str:
        """The booster in its library's own format."""

    @abstractmethod
    def _load_text(self, text: str) -> None: ...

    def _factors(self) -> dict[str, float]:
        return {name: getattr(self, f"{name}_") for name in self.factors}

    def state(self) -> dict[str, Any]:
        return {"booster": self._text(), **self._factors()}

    def save(self, folder: Path) -> None:
        (folder / self.filename).write_text(self._text(), encoding="utf-8")
        text = json.dumps(self._factors(), indent=2) + "\n"
        (folder / FACTORS).write_text(text, encoding="utf-8")

    def load(self, folder: Path) -> Self:
        factors = json.loads((folder / FACTORS).read_text(encoding="utf-8"))
        for name in self.factors:
            setattr(self, f"{name}_", factors[name])
        self._load_text((folder / self.filename).read_text(encoding="utf-8"))
        return self


@dataclass(eq=False, repr=False)
class Lightgbm(Boosted):
    """LightGBM (Ke et al. 2017, NeurIPS 30), deterministic and single-threaded.

    Parameters
    ----------
    columns : list of str
    n_estimators, learning_rate, num_leaves, min_child_samples, reg_lambda, max_bin, seed
        As in LightGBM.
    subsample, colsample : float in (0, 1]
        Share of rows and of columns that each tree sees.
    """

    filename: ClassVar[str] = "booster.txt"

    columns: list[str]
    n_estimators: int
    learning_rate: float
    num_leaves: int
    min_child_samples: int
    subsample: float
    colsample: float
    reg_lambda: float
    max_bin: int
    seed: int

    def _grow(self, values: FloatArray, labels: FloatArray, start: FloatArray) -> None:
        import lightgbm

        data = lightgbm.Dataset(
            values,
            labels,
            init_score=start,
            feature_name=self.columns,
            params={"max_bin": self.max_bin, "verbosity": -1},
        )
        settings = {
            "objective": "gamma",
            "learning_rate": self.learning_rate,
            "num_leaves": self.num_leaves,
            "min_child_samples": self.min_child_samples,
            "bagging_fraction": self.subsample,
            "bagging_freq": 1,
            "feature_fraction": self.colsample,
            "reg_lambda": self.reg_lambda,
            "max_bin": self.max_bin,
            "seed": self.seed,
            "deterministic": True,
            "force_row_wise": True,
            "num_threads": 1,
            "verbosity": -1,
        }
        if any(self._signs()):
            settings["monotone_constraints"] = self._signs()
        self.booster_: lightgbm.Booster = lightgbm.train(settings, data, self.n_estimators)

    def _added(self, values: FloatArray) -> FloatArray:
        return trees.lightgbm_margins(self.booster_, values)

    def _added_parts(self, values: FloatArray) -> tuple[FloatArray, FloatArray]:
        return self._added(values), trees.lightgbm_parts(self.booster_, values)

    def _text(self) -> str:
        return str(self.booster_.model_to_string())

    def _load_text(self, text: str) -> None:
        import lightgbm

        self.booster_ = lightgbm.Booster(model_str=text)


@dataclass(eq=False, repr=False)
class Xgboost(Boosted):
    """XGBoost (Chen and Guestrin 2016, KDD), histogram trees on one thread.

    Parameters
    ----------
    columns : list of str
    n_estimators, learning_rate, max_depth, min_child_weight, reg_lambda, max_bin, seed
        As in XGBoost.
    subsample, colsample : float in (0, 1]
        Share of rows and of columns that each tree sees.
    """

    filename: ClassVar[str] = "booster.json"

    columns: list[str]
    n_estimators: int
    learning_rate: float
    max_depth: int
    min_child_weight: float
    subsample: float
    colsample: float
    reg_lambda: float
    max_bin: int
    seed: int

    def _grow(self, values: FloatArray, labels: FloatArray, start: FloatArray) -> None:
        import xgboost

        settings = {
            "objective": "reg:gamma",
            # The start takes its place; left open, the library would estimate it all the same.
            "base_score": 1.0,
            "tree_method": "hist",
            "learning_rate": self.learning_rate,
            "max_depth": self.max_depth,
            "min_child_weight": self.min_child_weight,
            "subsample": self.subsample,
            "colsample_bytree": self.colsample,
            "reg_lambda": self.reg_lambda,
            "max_bin": self.max_bin,
            "seed": self.seed,
            "nthread": 1,
            "verbosity": 0,
        }
        if any(self._signs()):
            settings["monotone_constraints"] = tuple(self._signs())
        data = trees.xgboost_matrix(values, start, labels, self.columns)
        self._know(xgboost.train(settings, data, self.n_estimators))

    def _know(self, booster: xgboost.Booster) -> None:
        self.booster_ = booster
        self.trees_ = trees.XgboostTrees(booster)

    def _added(self, values: FloatArray) -> FloatArray:
        return self.trees_.margins(values)[:, 0]

    def _added_parts(self, values: FloatArray) -> tuple[FloatArray, FloatArray]:
        margins, parts = self.trees_.parts(values)
        return margins[:, 0], parts[:, 0]

    def _text(self) -> str:
        return trees.xgboost_text(self.booster_)

    def _load_text(self, text: str) -> None:
        self._know(trees.xgboost_of(text))
