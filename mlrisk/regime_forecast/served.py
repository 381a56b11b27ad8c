"""The regime probabilities that are served: members, their weights and one calibrator."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd

from mlrisk.contracts import REGIMES
from mlrisk.forecast.base import FloatArray
from mlrisk.regime_forecast import calibration, pool
from mlrisk.regime_forecast.base import RegimeContender
from mlrisk.regime_forecast.calibrator import Calibrator
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

    @property
    def reads(self) -> list[str]:
        """Columns that any member reads."""
        return list(dict.fromkeys(name for one in self.members.values() for name in one.reads))

    def forecast(self, rows: pd.DataFrame) -> FloatArray:
        """Published probabilities, shape (n_rows, 3); null where no member has any.

        Parameters
        ----------
        rows : DataFrame of shape (n_rows, n_columns)
            What the members read, as it was known at each close.
        """
        return self._forecast(self._of_each(rows))

    def contributions(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Parts of the log-odds of risk-off to calm, shape (n_rows, n_inputs + 1)."""
        said = self._of_each(rows)
        parts = [self._parts(one, rows) for one in self.members.values()]
        slopes = np.full(len(rows), calibration.slopes([self.calibrator])[0])
        shares = pool.row_shares(self._weights, said)
        table = pool.parts_of_log_odds(shares, parts, slopes, self._forecast(said))
        return table.set_index(rows.index)

    def version(self) -> str:
        """Content hash of all that was fitted."""
        versions = {name: one.version() for name, one in self.members.items()}
        return version(self.kind, self.weights, versions, self.calibrator)

    @property
    def _weights(self) -> FloatArray:
        return np.array([self.weights[name] for name in self.members])

    def _forecast(self, said: FloatArray) -> FloatArray:
        if not self.members:
            return np.full((len(said), len(REGIMES)), np.nan)
        return calibration.applied(self.calibrator, pool.pooled(self.kind, self._weights, said))

    def _of_each(self, rows: pd.DataFrame) -> FloatArray:
        """What each member says, shape (n_rows, n_members, 3); null where it cannot."""
        said = np.full((len(rows), len(self.members), len(REGIMES)), np.nan)
        for place, one in enumerate(self.members.values()):
            usable = one.usable(rows)
            if usable.any():
                said[usable, place] = one.forecast(rows[usable])
        return said

    @staticmethod
    def _parts(one: RegimeContender, rows: pd.DataFrame) -> pd.DataFrame | None:
        usable = one.usable(rows)
        parts = one.contributions(rows[usable]) if usable.any() else None
        if parts is None:
            return None
        rounded = pd.DataFrame(round_significant(parts.to_numpy()), parts.index, parts.columns)
        return rounded.reindex(rows.index)


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
        parts[name].set_index("date").reindex(walks.dates) if name in parts else None
        for name in mixture.members
    ]
    slopes = calibration.slopes(calibrators)[walks.fold]
    table = pool.parts_of_log_odds(shares, tables, slopes, probabilities)
    table.insert(0, "date", walks.dates)
    return table[pd.Series(np.isfinite(probabilities).all(axis=1))]
