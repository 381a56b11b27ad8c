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
import numpy.typing as npt
import pandas as pd

from mlrisk.forecast.base import FloatArray, Learner, fitted
from mlrisk.rounding import round_decimals

if TYPE_CHECKING:  # each library costs seconds to import: only the one that is used
    import lightgbm
    import xgboost

PERCENT_SQUARED = 1e4
"""Labels in squared per cent: near one, where the libraries' defaults are made for."""

START_DECIMALS = 6
"""Decimals of the log variance that trees start from while they are grown: the last bits, in which
processors differ, would move the splits."""

BLOCK = 20
"""Trees of XGBoost that are added up in single precision: a slice of the booster costs a
millisecond, and 20 trees an error of 1e-7."""

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

    def usable(self, features: pd.DataFrame) -> npt.NDArray[np.bool_]:
        """Rows with at least one input: trees have a branch for nulls."""
        return np.asarray(features[self.columns].notna().any(axis=1))

    def _fit(self, features: pd.DataFrame, variance: FloatArray) -> None:
        self._fit_start(features, variance)
        start = self._start(features) + np.log(PERCENT_SQUARED)
        self._grow(features, variance * PERCENT_SQUARED, round_decimals(start, START_DECIMALS))

    def _log_variance(self, features: pd.DataFrame) -> FloatArray:
        return self._start(features) + self._added(features)

    def _contributions(self, features: pd.DataFrame) -> FloatArray:
        parts = self._start_parts(features)
        places = [self.inputs.index(name) for name in self.columns]
        parts[:, [*places, -1]] += self._added_parts(features)
        return parts

    def _fit_start(self, features: pd.DataFrame, variance: FloatArray) -> None:
        self.start_ = fitted(np.log(np.mean(variance)))

    def _start(self, features: pd.DataFrame) -> FloatArray:
        """Log variance before any tree, shape (n_rows,)."""
        return np.full(len(features), self.start_)

    def _start_parts(self, features: pd.DataFrame) -> FloatArray:
        """Parts of that log variance, shape (n_rows, n_inputs + 1), the baseline last."""
        parts = np.zeros((len(features), len(self.inputs) + 1))
        parts[:, -1] = self.start_
        return parts

    def _signs(self) -> list[int]:
        """Per column the direction that trees must keep to: 1 up, -1 down, 0 either."""
        return [0] * len(self.columns)

    @abstractmethod
    def _grow(self, features: pd.DataFrame, labels: FloatArray, start: FloatArray) -> None:
        """Fit the trees to labels in squared per cent, from a start in their logarithm."""

    @abstractmethod
    def _added(self, features: pd.DataFrame) -> FloatArray:
        """Log variance that the trees add, shape (n_rows,)."""

    @abstractmethod
    def _added_parts(self, features: pd.DataFrame) -> FloatArray:
        """TreeSHAP values of what they add, shape (n_rows, n_columns + 1), the mean last."""

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

    def _grow(self, features: pd.DataFrame, labels: FloatArray, start: FloatArray) -> None:
        import lightgbm

        data = lightgbm.Dataset(
            features[self.columns].to_numpy(),
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

    def _added(self, features: pd.DataFrame) -> FloatArray:
        margin = self.booster_.predict(features[self.columns].to_numpy(), raw_score=True)
        return np.asarray(margin, dtype=np.float64)

    def _added_parts(self, features: pd.DataFrame) -> FloatArray:
        values = self.booster_.predict(features[self.columns].to_numpy(), pred_contrib=True)
        return np.asarray(values, dtype=np.float64)

    def _text(self) -> str:
        return str(self.booster_.model_to_string())

    def _load_text(self, text: str) -> None:
        import lightgbm

        self.booster_ = lightgbm.Booster(model_str=text)


@dataclass(eq=False, repr=False)
class Xgboost(Boosted):
    """XGBoost (Chen and Guestrin 2016, KDD), histogram trees on one thread.

    The library adds trees up in single precision; here their leaves, and their TreeSHAP values by
    blocks, are added up in double, so that contributions sum to the forecast.

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

    def _matrix(
        self, features: pd.DataFrame, labels: FloatArray | None, start: FloatArray
    ) -> xgboost.DMatrix:
        import xgboost

        return xgboost.DMatrix(
            features[self.columns].to_numpy(),
            labels,
            base_margin=start,
            feature_names=self.columns,
            nthread=1,
        )

    def _grow(self, features: pd.DataFrame, labels: FloatArray, start: FloatArray) -> None:
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
        data = self._matrix(features, labels, start)
        self.booster_: xgboost.Booster = xgboost.train(settings, data, self.n_estimators)
        self.leaves_ = leaf_values(self._text())

    def _added(self, features: pd.DataFrame) -> FloatArray:
        data = self._matrix(features, None, np.zeros(len(features)))
        trees = np.arange(len(self.leaves_))
        reached = self.booster_.predict(data, pred_leaf=True).reshape(len(features), len(trees))
        return self.leaves_[trees, reached.astype(np.intp)].sum(axis=1)

    def _added_parts(self, features: pd.DataFrame) -> FloatArray:
        data = self._matrix(features, None, np.zeros(len(features)))
        parts = np.zeros((len(features), len(self.columns) + 1))
        count = len(self.leaves_)
        for first in range(0, count, BLOCK):
            block = self.booster_[first : min(first + BLOCK, count)]
            parts += block.predict(data, pred_contribs=True)
        # What single precision within a block leaves over, about 1e-7, is shared out by size.
        size = np.abs(parts[:, :-1])
        left_over = self._added(features) - parts.sum(axis=1)
        parts[:, :-1] += size * (left_over / np.maximum(size.sum(axis=1), 1e-12))[:, np.newaxis]
        return parts

    def _text(self) -> str:
        return self.booster_.save_raw(raw_format="json").decode()

    def _load_text(self, text: str) -> None:
        import xgboost

        self.booster_ = xgboost.Booster({"nthread": 1})
        self.booster_.load_model(bytearray(text, "utf-8"))
        self.leaves_ = leaf_values(text)


def leaf_values(text: str) -> FloatArray:
    """Values of the leaves in XGBoost's JSON, shape (n_trees, most nodes of a tree), by node.

    The file holds them in the field that inner nodes keep their threshold in.
    """
    trees = json.loads(text)["learner"]["gradient_booster"]["model"]["trees"]
    values = np.zeros((len(trees), max(len(tree["split_conditions"]) for tree in trees)))
    for tree, row in zip(trees, values, strict=True):
        row[: len(tree["split_conditions"])] = tree["split_conditions"]
    # In single precision, as the trees hold them.
    return values.astype(np.float32).astype(np.float64)
