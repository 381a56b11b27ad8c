"""Forecasts made of other forecasts: weighted geometric means, so additive in log variance."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlrisk.forecast.base import BASELINE, Additive, FloatArray
from mlrisk.rounding import round_significant

BoolArray = npt.NDArray[np.bool_]


def mixed(weights: FloatArray, values: FloatArray) -> FloatArray:
    """Weighted geometric mean of what is there.

    Parameters
    ----------
    weights : array of shape (n_members,)
    values : array of shape (n_rows, n_members)
        Positive, null where a member has no forecast: the others then share its weight.

    Returns
    -------
    array of shape (n_rows,)
        Null where no member with a weight has a forecast.
    """
    shares = row_shares(weights, values)
    logs = np.log(np.where(shares > 0, values, 1.0))
    whole = shares.sum(axis=1) > 0
    return np.where(whole, np.exp((shares * logs).sum(axis=1)), np.nan)


def row_shares(weights: FloatArray, values: FloatArray) -> FloatArray:
    """Weights of each row, shape (n_rows, n_members); they sum to one, or to zero for nobody."""
    there = np.where(np.isfinite(values), weights, 0.0)
    total = there.sum(axis=1, keepdims=True)
    return there / np.where(total > 0, total, 1.0)


def mixed_parts(
    shares: FloatArray, parts: Sequence[pd.DataFrame], columns: Sequence[str]
) -> pd.DataFrame:
    """Contributions of the mean: each member's, times its share of the row.

    Parameters
    ----------
    shares : array of shape (n_rows, n_members)
    parts : sequence of DataFrame of shape (n_rows, n_inputs + 1)
        Null where a member has no forecast.
    columns : sequence of str
        Inputs of any member, in order.
    """
    total = pd.DataFrame(0.0, index=parts[0].index, columns=[*columns, BASELINE])
    for place, table in enumerate(parts):
        values = table.fillna(0.0).to_numpy() * shares[:, [place]]
        total[table.columns] = total[table.columns].to_numpy() + values
    return total


def version(weights: Mapping[str, float], versions: Mapping[str, str]) -> str:
    """Content hash of a combination: its members that have a weight, and how much."""
    text = json.dumps({name: [weights[name], versions[name]] for name in sorted(weights)})
    return hashlib.sha256(text.encode()).hexdigest()[:16]


class Combination(Additive):
    """Weighted geometric mean of fitted learners.

    Its members' forecasts are taken at the precision at which a backtest stores them, so that what
    is served is what was evaluated.

    Parameters
    ----------
    members : mapping of str to Additive
    weights : mapping of str to float
        Of each member.
    """

    def __init__(self, members: Mapping[str, Additive], weights: Mapping[str, float]) -> None:
        self.members = members
        self.weights = weights

    @property
    def inputs(self) -> list[str]:
        return list(dict.fromkeys(name for one in self.members.values() for name in one.inputs))

    def usable(self, features: pd.DataFrame) -> BoolArray:
        """Rows that any member can forecast from."""
        return np.any([one.usable(features) for one in self.members.values()], axis=0)

    def fit(self, features: pd.DataFrame, variance: FloatArray) -> Self:
        """Fit each member on the rows that it can use; the weights are given."""
        for one in self.members.values():
            usable = one.usable(features)
            one.fit(features[usable], variance[usable])
        return self

    def get_params(self) -> dict[str, Any]:
        return {
            "weights": dict(self.weights),
            "members": {name: one.get_params() for name, one in self.members.items()},
        }

    def state(self) -> dict[str, Any]:
        return {name: one.version() for name, one in self.members.items()}

    def version(self) -> str:
        return version(self.weights, self.state())

    def predict(self, features: pd.DataFrame) -> FloatArray:
        return mixed(self._weights, self._variances(features))

    def predict_volatility(self, features: pd.DataFrame) -> FloatArray:
        """Geometric mean of the members' volatilities, each with its own factor."""
        return mixed(self._weights, self._of_each(features, "predict_volatility"))

    def log_variance(self, features: pd.DataFrame) -> FloatArray:
        return np.log(self.predict(features))

    def contributions(self, features: pd.DataFrame) -> pd.DataFrame:
        shares = row_shares(self._weights, self._variances(features))
        parts = []
        for one in self.members.values():
            usable = one.usable(features)
            if not usable.any():  # LightGBM does not explain a table of no rows
                parts.append(pd.DataFrame(index=features.index))
                continue
            own = one.contributions(features[usable])
            rounded = pd.DataFrame(round_significant(own.to_numpy()), own.index, own.columns)
            parts.append(rounded.reindex(features.index))
        return mixed_parts(shares, parts, self.inputs)

    def save(self, folder: Path) -> None:
        """A folder per member, each in its library's format; the weights stand on the card."""
        for name, one in self.members.items():
            (folder / name).mkdir()
            one.save(folder / name)

    def load(self, folder: Path) -> Self:
        for name, one in self.members.items():
            one.load(folder / name)
        return self

    @property
    def _weights(self) -> FloatArray:
        return np.array([self.weights[name] for name in self.members])

    def _variances(self, features: pd.DataFrame) -> FloatArray:
        return self._of_each(features, "predict")

    def _of_each(self, features: pd.DataFrame, method: str) -> FloatArray:
        """What each member says, shape (n_rows, n_members); null where it cannot."""
        values = np.full((len(features), len(self.members)), np.nan)
        for place, one in enumerate(self.members.values()):
            usable = one.usable(features)
            if not usable.any():
                continue
            values[usable, place] = round_significant(getattr(one, method)(features[usable]))
        return values
