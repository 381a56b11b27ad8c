"""The regime probabilities that are served: members, their weights and one calibrator."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd

from mlrisk.contracts import REGIMES
from mlrisk.forecast.base import BASELINE, BoolArray, FloatArray
from mlrisk.forecast.columns import Columns, values_of
from mlrisk.regime_forecast import calibration, pool
from mlrisk.regime_forecast.base import RegimeContender
from mlrisk.regime_forecast.calibrator import Calibrator
from mlrisk.regime_forecast.probabilities import published
from mlrisk.regime_forecast.walks import Walks, named
from mlrisk.rounding import round_significant

ALONE = "geometric"
"""Pool of one contender, which keeps what it says under any."""


class RegimeModel:
    """A pool of fitted contenders and the calibrator of what it says.

    Everything between its steps is taken at the precision at which a walk-forward stores it, so
    that what is served is what was evaluated.

    Parameters
    ----------
    members : mapping of str to RegimeContender
        Fitted. Without any there is no forecast.
    weights : mapping of str to float
        Of each member.
    kind : str
        One of ``pool.POOLS``.
    calibrator : Calibrator or None
        None for the identity.
    """

    def __init__(
        self,
        members: Mapping[str, RegimeContender],
        weights: Mapping[str, float],
        kind: str,
        calibrator: Calibrator | None,
    ) -> None:
        self.members = members
        self.weights = weights
        self.kind = kind
        self.calibrator = calibrator
        self._columns = Columns.of(one.reads for one in members.values())
        self._told = Columns.of(one.told or [] for one in members.values())
        self._weights = np.array([weights[name] for name in members])

    @property
    def reads(self) -> list[str]:
        """Columns that any member reads."""
        return list(self._columns.names)

    @property
    def told(self) -> list[str]:
        """Names of the parts of its log-odds."""
        return list(self._told.names)

    def forecast(self, rows: pd.DataFrame) -> FloatArray:
        """Published probabilities, shape (n_rows, 3); null where no member has any.

        Parameters
        ----------
        rows : DataFrame of shape (n_rows, n_columns)
            What the members read, as it was known at each close.
        """
        return self._forecast(self._of_each(values_of(rows, self.reads)))

    def contributions(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Parts of the log-odds of risk-off to calm, shape (n_rows, n_told + 1)."""
        _, parts = self.explained(values_of(rows, self.reads))
        return pd.DataFrame(parts, rows.index, [*self.told, BASELINE])

    def explained(self, values: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Both of an array.

        Parameters
        ----------
        values : array of shape (n_rows, n_reads)

        Returns
        -------
        probabilities : array of shape (n_rows, 3)
        parts : array of shape (n_rows, n_told + 1)
            The baseline last.
        """
        said = self._of_each(values)
        parts = [np.zeros((len(values), len(own) + 1)) for own in self._told.places]
        for place, (one, own, usable) in enumerate(self._reading(values)):
            if usable.any():
                parts[place][usable] = round_significant(one.parts_of_log_odds(own[usable]))
        slopes = np.full(len(values), calibration.slopes([self.calibrator])[0])
        shares = pool.row_shares(self._weights, said)
        probabilities = self._forecast(said)
        return probabilities, pool.parts_of_log_odds(
            shares, parts, self._told, slopes, probabilities
        )

    def version(self) -> str:
        """Content hash of all that was fitted."""
        versions = {name: one.version() for name, one in self.members.items()}
        return version(self.kind, self.weights, versions, self.calibrator)

    def _forecast(self, said: FloatArray) -> FloatArray:
        if not self.members:
            return np.full((len(said), len(REGIMES)), np.nan)
        return calibration.applied(self.calibrator, pool.pooled(self.kind, self._weights, said))

    def _of_each(self, values: FloatArray) -> FloatArray:
        """What each member says, shape (n_rows, n_members, 3); null where it cannot."""
        said = np.full((len(values), len(self.members), len(REGIMES)), np.nan)
        for place, (one, own, usable) in enumerate(self._reading(values)):
            if usable.any():
                said[usable, place] = one.probabilities(own[usable])
        return published(said.reshape(-1, len(REGIMES))).reshape(said.shape)

    def _reading(
        self, values: FloatArray
    ) -> Iterator[tuple[RegimeContender, FloatArray, BoolArray]]:
        """Each member beside what it reads, and the rows it can use."""
        for one, places in zip(self.members.values(), self._columns.places, strict=True):
            own = values[:, places]
            yield one, own, one.usable_values(own[:, : len(one.inputs)])


def version(
    kind: str,
    weights: Mapping[str, float],
    versions: Mapping[str, str],
    calibrator: Calibrator | None,
) -> str:
    """Content hash of a pool: its members that have a weight, how much, and its calibrator.

    Empty where nobody has a weight.
    """
    if not weights:
        return ""
    said = {
        "pool": kind,
        "members": {name: [weights[name], versions[name]] for name in sorted(weights)},
        "calibrator": None
        if calibrator is None
        else [type(calibrator).__name__, calibrator.state()],
    }
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Mixture:
    """Who is mixed at each refit, and how.

    Parameters
    ----------
    kind : str
        One of ``pool.POOLS``.
    members : tuple of str
    weights : array of shape (n_folds, n_members)
    """

    kind: str
    members: tuple[str, ...]
    weights: FloatArray

    @classmethod
    def alone(cls, name: str, walks: Walks) -> Self:
        """One contender, which keeps what it says."""
        return cls(ALONE, (name,), walks.among([name]).present.astype(np.float64))

    def probabilities(self, walks: Walks) -> FloatArray:
        """What the mixture says before calibration, shape (n_sessions, 3)."""
        said = walks.among(self.members).probabilities
        return pool.pooled(self.kind, self.weights[walks.fold], said)


def weights_at(
    table: pd.DataFrame, first: pd.Timestamp, members: Sequence[str]
) -> dict[str, float]:
    """Weights in the combination at one refit, of those members that have one, in their order.

    Parameters
    ----------
    table : DataFrame
        As ``contracts.REGIME_WEIGHTS`` describes it.
    first : Timestamp
        First session of the refit.
    members : sequence of str
    """
    own = table[table["date"] == first].set_index("member")["weight"]
    return {name: float(own[name]) for name in members if name in own.index}


def weight_alone(forecasts: pd.DataFrame, name: str, first: pd.Timestamp) -> dict[str, float]:
    """All weight on a contender, where its walk-forward was fitted at the refit of ``first``."""
    versions = forecasts.loc[forecasts["date"] == first, "model_version"]
    return {name: 1.0} if (versions != "").any() else {}


def forecasts(
    walks: Walks,
    mixture: Mixture,
    calibrators: Sequence[Calibrator | None],
    probabilities: FloatArray,
) -> pd.DataFrame:
    """The served walk-forward, as ``contracts.REGIME_SERVED`` describes its forecasts.

    Parameters
    ----------
    walks : Walks
    mixture : Mixture
    calibrators : sequence of Calibrator or None
        Of each fold.
    probabilities : array of shape (n_sessions, 3)
        After calibration.
    """
    names, fitted = mixture.members, walks.among(mixture.members).versions
    versions = [
        version(mixture.kind, named(row, names), dict(zip(names, own, strict=True)), calibrator)
        if row.any()
        else ""
        for row, own, calibrator in zip(mixture.weights, fitted, calibrators, strict=True)
    ]
    table = pd.DataFrame(probabilities, columns=list(REGIMES))
    table.insert(0, "date", walks.dates)
    table.insert(1, "fold", walks.fold)
    return table.assign(model_version=np.asarray(versions, dtype=object)[walks.fold])


def contributions(
    walks: Walks,
    mixture: Mixture,
    calibrators: Sequence[Calibrator | None],
    probabilities: FloatArray,
    parts: Mapping[str, pd.DataFrame],
) -> pd.DataFrame:
    """What drove the served log-odds of risk-off to calm at every session that has a forecast.

    Parameters
    ----------
    walks, mixture, calibrators, probabilities
        As for ``forecasts``.
    parts : mapping of str to DataFrame
        Contributions with their dates, of the members that have any.

    Returns
    -------
    DataFrame
        Columns date, an input each, ``baseline``.
    """
    said = walks.among(mixture.members).probabilities
    shares = pool.row_shares(mixture.weights[walks.fold], said)
    tables = [
        parts[name].set_index("date").reindex(walks.dates).fillna(0.0)
        if name in parts
        else pd.DataFrame({BASELINE: 0.0}, walks.dates)
        for name in mixture.members
    ]
    told = [[str(name) for name in table if name != BASELINE] for table in tables]
    columns = Columns.of(told)
    arrays = [
        values_of(table, [*names, BASELINE]) for table, names in zip(tables, told, strict=True)
    ]
    slopes = calibration.slopes(calibrators)[walks.fold]
    mixed = pool.parts_of_log_odds(shares, arrays, columns, slopes, probabilities)
    table = pd.DataFrame(mixed, columns=[*columns.names, BASELINE])
    table.insert(0, "date", walks.dates)
    return table[pd.Series(np.isfinite(probabilities).all(axis=1))]
