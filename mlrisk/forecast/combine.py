"""Forecasts made of other forecasts: weighted geometric means, so additive in log variance."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd

from mlrisk.forecast.base import Additive, BoolArray, Explained, FloatArray
from mlrisk.forecast.columns import Columns
from mlrisk.rounding import round_significant


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


def mixed_parts(shares: FloatArray, parts: Sequence[FloatArray], columns: Columns) -> FloatArray:
    """Contributions of the mean: each member's, times its share of the row.

    Parameters
    ----------
    shares : array of shape (n_rows, n_members)
    parts : sequence of array of shape (n_rows, n_inputs_of_the_member + 1)
        The baseline last; zero where a member has no forecast.
    columns : Columns
        Inputs of the members.

    Returns
    -------
    array of shape (n_rows, n_inputs + 1)
        The baseline last.
    """
    total = np.zeros((len(shares), len(columns.names) + 1))
    for share, own, places in zip(shares.T, parts, columns.places, strict=True):
        weighted = own * share[:, np.newaxis]
        total[:, places] += weighted[:, :-1]
        total[:, -1] += weighted[:, -1]
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
        self._columns = Columns.of(one.inputs for one in members.values())
        self._weights = np.array([weights[name] for name in members])

    @property
    def inputs(self) -> list[str]:
        return list(self._columns.names)

    def usable_values(self, values: FloatArray) -> BoolArray:
        """Rows that any member can forecast from."""
        there = [one.usable_values(own) for one, own in self._reading(values)]
        return np.asarray(np.any(there, axis=0))

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

    def log_variances(self, values: FloatArray) -> FloatArray:
        return np.log(self.variances(values))

    def variances(self, values: FloatArray) -> FloatArray:
        return self._mixed(values, "variances")

    def volatilities(self, values: FloatArray) -> FloatArray:
        """Geometric mean of the members' volatilities, each with its own factor."""
        return self._mixed(values, "volatilities")

    def explained(self, values: FloatArray) -> Explained:
        count = len(self.members)
        variances, volatilities = np.full((2, len(values), count), np.nan)
        parts = [np.zeros((len(values), len(own) + 1)) for own in self._columns.places]
        for place, (one, own) in enumerate(self._reading(values)):
            usable = one.usable_values(own)
            if usable.any():
                rows = slice(None) if usable.all() else usable
                said = one.explained(own[rows])
                variances[rows, place] = said.variance
                volatilities[rows, place] = said.volatility
                parts[place][rows] = said.parts
        # At once: to round a few numbers costs as much as to round a few hundred.
        every = round_significant(np.hstack([variances, volatilities, *parts]))
        stops = np.cumsum([count, count, *(own.shape[1] for own in parts)])
        variances, volatilities, *parts = np.split(every, stops[:-1], axis=1)
        shares = row_shares(self._weights, variances)
        return Explained(
            mixed(self._weights, variances),
            mixed(self._weights, volatilities),
            mixed_parts(shares, parts, self._columns),
        )

    def save(self, folder: Path) -> None:
        """A folder per member, each in its library's format; the weights stand on the card."""
        for name, one in self.members.items():
            (folder / name).mkdir()
            one.save(folder / name)

    def load(self, folder: Path) -> Self:
        for name, one in self.members.items():
            one.load(folder / name)
        return self

    def _reading(self, values: FloatArray) -> Iterator[tuple[Additive, FloatArray]]:
        """Each member beside what it reads."""
        for one, places in zip(self.members.values(), self._columns.places, strict=True):
            yield one, values[:, places]

    def _mixed(self, values: FloatArray, method: str) -> FloatArray:
        """Mean of what each member that can say anything says, shape (n_rows,)."""
        said = np.full((len(values), len(self.members)), np.nan)
        for place, (one, own) in enumerate(self._reading(values)):
            usable = one.usable_values(own)
            if usable.any():
                said[usable, place] = getattr(one, method)(own[usable])
        return mixed(self._weights, round_significant(said))
