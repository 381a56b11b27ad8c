"""Gradient-boosted trees that classify: a margin per regime, grown together.

Trees read null inputs as such, so a feature with a short history does not shorten the sample.
"""

from __future__ import annotations

import json
from abc import abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from mlrisk.forecast import trees
from mlrisk.forecast.base import BoolArray, FloatArray
from mlrisk.forecast.boosted import START_DECIMALS
from mlrisk.forecast.columns import IntArray
from mlrisk.forecast.linear import LOG_FLOOR
from mlrisk.regime_forecast.base import RISK_OFF_ABOVE, STATE, Classifier
from mlrisk.rounding import round_decimals

if TYPE_CHECKING:  # each library costs seconds to import: only the one that is used
    import lightgbm
    import xgboost


class BoostedClassifier(Classifier):
    r"""Trees that add to margins which start from how often each regime was.

    A regime is where the volatility ahead lies between thresholds that move, and a tree splits one
    column at a time. So volatilities may enter as distances, :math:`\ln(x_t / u_t)` to the
    threshold of risk-off. For SPY from 1998 to 2010 the Brier score was 0.53 without thresholds,
    0.49 with them as columns of their own, and 0.46 with distances.

    Attributes
    ----------
    start_ : list of float
        Logarithm of each present regime's share of the training window.
    """

    parallel: ClassVar[bool] = True
    filename: ClassVar[str]

    columns: list[str]
    relative: list[str]
    start_: list[float]

    @property
    def inputs(self) -> list[str]:
        return self.columns

    @property
    def reads(self) -> list[str]:
        return [*self.columns, RISK_OFF_ABOVE] if self.relative else self.columns

    def _design(self, values: FloatArray) -> FloatArray:
        """Shape (n_rows, n_columns); distances are rounded: no split may hang on last bits."""
        design = values[:, : len(self.columns)].copy()
        places = [place for place, name in enumerate(self.columns) if name in self.relative]
        if places:
            levels = np.log(np.maximum(design[:, places], LOG_FLOOR))
            border = np.log(values[:, [-1]])
            design[:, places] = round_decimals(levels - border, START_DECIMALS)
        return design

    def usable_values(self, values: FloatArray) -> BoolArray:
        """Rows with at least one input: trees have a branch for nulls."""
        return np.asarray(~np.isnan(values).all(axis=1))

    def _fit(self, values: FloatArray, places: IntArray) -> None:
        shares = np.bincount(places) / len(places)
        self.start_ = round_decimals(np.log(shares), START_DECIMALS).tolist()
        self._grow(self._design(values), places, np.tile(self.start_, (len(values), 1)))

    def _margins(self, values: FloatArray) -> FloatArray:
        return self._added(self._design(values)) + np.array(self.start_)

    def _parts(self, values: FloatArray, above: int, below: int) -> FloatArray:
        by_regime = self._added_parts(self._design(values))
        parts = by_regime[:, above] - by_regime[:, below]
        parts[:, -1] += self.start_[above] - self.start_[below]
        return parts

    @abstractmethod
    def _grow(self, design: FloatArray, places: IntArray, start: FloatArray) -> None:
        """Fit the trees to places of regimes, from margins of shape (n_rows, n_present)."""

    @abstractmethod
    def _added(self, design: FloatArray) -> FloatArray:
        """Margins that the trees add, shape (n_rows, n_present)."""

    @abstractmethod
    def _added_parts(self, design: FloatArray) -> FloatArray:
        """TreeSHAP values of them, shape (n_rows, n_present, n_columns + 1), the mean last."""

    @abstractmethod
    def _text(self) -> str:
        """The booster in its library's own format."""

    @abstractmethod
    def _load_text(self, text: str) -> None: ...

    def _beside(self) -> dict[str, Any]:
        """What was fitted beside the trees."""
        start = self.start_ if len(self.present_) > 1 else []
        return {"present": self.present_, "start": start}

    def state(self) -> dict[str, Any]:
        booster = self._text() if len(self.present_) > 1 else ""
        return {**self._beside(), "booster": booster}

    def restore(self, state: dict[str, Any]) -> Self:
        self.present_, self.start_ = state["present"], state["start"]
        if len(self.present_) > 1:
            self._load_text(state["booster"])
        return self

    def save(self, folder: Path) -> None:
        (folder / self.filename).write_text(self.state()["booster"], encoding="utf-8")
        text = json.dumps(self._beside(), indent=2) + "\n"
        (folder / STATE).write_text(text, encoding="utf-8")

    def load(self, folder: Path) -> Self:
        state = json.loads((folder / STATE).read_text(encoding="utf-8"))
        booster = (folder / self.filename).read_text(encoding="utf-8")
        return self.restore({**state, "booster": booster})


@dataclass(eq=False, repr=False)
class LightgbmClassifier(BoostedClassifier):
    """LightGBM (Ke et al. 2017, NeurIPS 30), deterministic and single-threaded.

    Parameters
    ----------
    columns : list of str
    relative : list of str
        Those of the columns that enter as distances to the threshold of risk-off.
    n_estimators, learning_rate, num_leaves, min_child_samples, reg_lambda, max_bin, seed
        As in LightGBM; a round grows a tree per regime.
    subsample, colsample : float in (0, 1]
        Share of rows and of columns that each tree sees.
    """

    filename: ClassVar[str] = "booster.txt"

    columns: list[str]
    relative: list[str]
    n_estimators: int
    learning_rate: float
    num_leaves: int
    min_child_samples: int
    subsample: float
    colsample: float
    reg_lambda: float
    max_bin: int
    seed: int

    def _grow(self, design: FloatArray, places: IntArray, start: FloatArray) -> None:
        import lightgbm

        data = lightgbm.Dataset(
            design,
            places,
            init_score=start,
            feature_name=self.columns,
            params={"max_bin": self.max_bin, "verbosity": -1},
        )
        settings = {
            "objective": "multiclass",
            "num_class": len(self.present_),
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
        self.booster_: lightgbm.Booster = lightgbm.train(settings, data, self.n_estimators)

    def _added(self, design: FloatArray) -> FloatArray:
        return trees.lightgbm_margins(self.booster_, design)

    def _added_parts(self, design: FloatArray) -> FloatArray:
        values = trees.lightgbm_parts(self.booster_, design)
        return values.reshape(len(design), len(self.present_), len(self.columns) + 1)

    def _text(self) -> str:
        return str(self.booster_.model_to_string())

    def _load_text(self, text: str) -> None:
        import lightgbm

        self.booster_ = lightgbm.Booster(model_str=text)


@dataclass(eq=False, repr=False)
class XgboostClassifier(BoostedClassifier):
    """XGBoost (Chen and Guestrin 2016, KDD), histogram trees on one thread.

    Parameters
    ----------
    columns : list of str
    relative : list of str
        Those of the columns that enter as distances to the threshold of risk-off.
    n_estimators, learning_rate, max_depth, min_child_weight, reg_lambda, max_bin, seed
        As in XGBoost; a round grows a tree per regime.
    subsample, colsample : float in (0, 1]
        Share of rows and of columns that each tree sees.
    """

    filename: ClassVar[str] = "booster.json"

    columns: list[str]
    relative: list[str]
    n_estimators: int
    learning_rate: float
    max_depth: int
    min_child_weight: float
    subsample: float
    colsample: float
    reg_lambda: float
    max_bin: int
    seed: int

    def _grow(self, design: FloatArray, places: IntArray, start: FloatArray) -> None:
        import xgboost

        settings = {
            "objective": "multi:softprob",
            "num_class": len(self.present_),
            # The start takes its place; left open, the library would estimate it all the same.
            "base_score": 0.5,
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
        data = trees.xgboost_matrix(design, start, places, self.columns)
        self._know(xgboost.train(settings, data, self.n_estimators))

    def _know(self, booster: xgboost.Booster) -> None:
        self.booster_ = booster
        self.trees_ = trees.XgboostTrees(booster, len(self.present_))

    def _added(self, design: FloatArray) -> FloatArray:
        return self.trees_.margins(design)

    def _added_parts(self, design: FloatArray) -> FloatArray:
        return self.trees_.parts(design)[1]

    def _text(self) -> str:
        return trees.xgboost_text(self.booster_)

    def _load_text(self, text: str) -> None:
        self._know(trees.xgboost_of(text))
