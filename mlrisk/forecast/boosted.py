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

if TYPE_CHECKING:  # each library costs seconds to import: only the one that is used
    import lightgbm
    import xgboost

PERCENT_SQUARED = 1e4
"""Labels in squared per cent: near one, where the libraries' defaults are made for."""


class Boosted(Learner):
    """What both libraries' boosters share."""

    parallel: ClassVar[bool] = True
    filename: ClassVar[str]
    columns: list[str]

    @property
    def inputs(self) -> list[str]:
        return self.columns

    def usable(self, features: pd.DataFrame) -> npt.NDArray[np.bool_]:
        """Rows with at least one input: trees have a branch for nulls."""
        return np.asarray(features[self.columns].notna().any(axis=1))

    @abstractmethod
    def _text(self) -> str:
        """The booster in its library's own format."""

    def state(self) -> dict[str, Any]:
        return {
            "booster": self._text(),
            "level": self.level_,
            "volatility_factor": self.volatility_factor_,
        }

    def save(self, folder: Path) -> None:
        (folder / self.filename).write_text(self._text(), encoding="utf-8")
        factors = {"level": self.level_, "volatility_factor": self.volatility_factor_}
        text = json.dumps(factors, indent=2) + "\n"
        (folder / "factors.json").write_text(text, encoding="utf-8")

    def load(self, folder: Path) -> Self:
        factors = json.loads((folder / "factors.json").read_text(encoding="utf-8"))
        self.level_ = factors["level"]
        self.volatility_factor_ = factors["volatility_factor"]
        self._load(folder / self.filename)
        return self

    @abstractmethod
    def _load(self, path: Path) -> None: ...


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

    def _fit(self, features: pd.DataFrame, variance: FloatArray) -> None:
        import lightgbm

        data = lightgbm.Dataset(
            features[self.columns].to_numpy(),
            variance * PERCENT_SQUARED,
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
        self.booster_: lightgbm.Booster = lightgbm.train(settings, data, self.n_estimators)

    def _log_variance(self, features: pd.DataFrame) -> FloatArray:
        margin = self.booster_.predict(features[self.columns].to_numpy(), raw_score=True)
        return np.asarray(margin, dtype=np.float64) - np.log(PERCENT_SQUARED)

    def _contributions(self, features: pd.DataFrame) -> FloatArray:
        values = self.booster_.predict(features[self.columns].to_numpy(), pred_contrib=True)
        parts = np.array(values, dtype=np.float64)
        parts[:, -1] -= np.log(PERCENT_SQUARED)
        return parts

    def _text(self) -> str:
        return str(self.booster_.model_to_string())

    def _load(self, path: Path) -> None:
        import lightgbm

        self.booster_ = lightgbm.Booster(model_str=path.read_text(encoding="utf-8"))


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

    def _matrix(
        self, features: pd.DataFrame, variance: FloatArray | None = None
    ) -> xgboost.DMatrix:
        import xgboost

        labels = None if variance is None else variance * PERCENT_SQUARED
        return xgboost.DMatrix(
            features[self.columns].to_numpy(), labels, feature_names=self.columns, nthread=1
        )

    def _fit(self, features: pd.DataFrame, variance: FloatArray) -> None:
        import xgboost

        settings = {
            "objective": "reg:gamma",
            # The library's own estimate of the intercept differs between its versions.
            "base_score": fitted(np.mean(variance) * PERCENT_SQUARED),
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
        data = self._matrix(features, variance)
        self.booster_: xgboost.Booster = xgboost.train(settings, data, self.n_estimators)

    def _log_variance(self, features: pd.DataFrame) -> FloatArray:
        margin = self.booster_.predict(self._matrix(features), output_margin=True)
        return margin.astype(np.float64) - np.log(PERCENT_SQUARED)

    def _contributions(self, features: pd.DataFrame) -> FloatArray:
        values = self.booster_.predict(self._matrix(features), pred_contribs=True)
        parts = values.astype(np.float64)
        parts[:, -1] -= np.log(PERCENT_SQUARED)
        return parts

    def _text(self) -> str:
        return self.booster_.save_raw(raw_format="json").decode()

    def _load(self, path: Path) -> None:
        import xgboost

        self.booster_ = xgboost.Booster(model_file=str(path))
        self.booster_.set_param({"nthread": 1})
