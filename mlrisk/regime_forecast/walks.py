"""Walk-forwards of several regime contenders side by side, and the tables made of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlrisk.contracts import REGIMES
from mlrisk.errors import MlriskError
from mlrisk.forecast.base import FloatArray

BoolArray = npt.NDArray[np.bool_]


class WalksError(MlriskError, ValueError):
    """Walk-forwards that do not lie on one refit grid, or none at all."""


@dataclass(frozen=True)
class Walks:
    """Regime probabilities of several contenders on one refit grid.

    Parameters
    ----------
    names : tuple of str
    dates : DatetimeIndex of shape (n_sessions,)
    fold : array of int, shape (n_sessions,)
        Number of the refit that a session's forecast comes from: 0, 1, ...
    probabilities : array of shape (n_sessions, n_contenders, 3)
        Null where a contender has none.
    versions : array of str, shape (n_folds, n_contenders)
        Empty where a contender was not fitted.
    """

    names: tuple[str, ...]
    dates: pd.DatetimeIndex
    fold: npt.NDArray[np.intp]
    probabilities: FloatArray
    versions: npt.NDArray[np.object_]

    @classmethod
    def of(cls, tables: Mapping[str, pd.DataFrame]) -> Self:
        """From the forecasts of each contender, as ``contracts.regime_backtest`` describes them.

        A contender that was left out has no rows.

        Raises
        ------
        WalksError
            Where nobody has a row, or two contenders have other sessions or folds.
        """
        whole = {name: table for name, table in tables.items() if len(table)}
        if not whole:
            raise WalksError(
                f"none of {', '.join(tables)} has a forecast; the files status.json below "
                "data/regime_backtest say why"
            )
        first, grid = next(iter(whole.items()))
        for name, table in whole.items():
            if not table[["date", "fold"]].equals(grid[["date", "fold"]]):
                raise WalksError(
                    f"the walk-forward of {name} has other sessions or folds than that of {first}; "
                    "run `dvc repro` so that both come from one refit grid"
                )
        # Nobody's forecasts, in the place of those who were left out.
        absent = grid.assign(**dict.fromkeys(REGIMES, np.nan), model_version="")
        ordered = [whole.get(name, absent) for name in tables]
        refits = ~grid["fold"].duplicated().to_numpy()
        versions = np.column_stack([table["model_version"].to_numpy(object) for table in ordered])
        return cls(
            names=tuple(tables),
            dates=pd.DatetimeIndex(grid["date"]),
            fold=grid["fold"].to_numpy(),
            probabilities=np.stack([table[list(REGIMES)].to_numpy() for table in ordered], axis=1),
            versions=versions[refits],
        )

    @property
    def starts(self) -> npt.NDArray[np.intp]:
        """Place of each fold's first session, shape (n_folds,)."""
        return np.searchsorted(self.fold, np.arange(self.fold[-1] + 1))

    @property
    def present(self) -> BoolArray:
        """Who was fitted, shape (n_folds, n_contenders)."""
        return np.asarray(self.versions != "", dtype=np.bool_)

    def among(self, names: Sequence[str]) -> Self:
        """Some of the contenders, in the order of ``names``."""
        places = [self.names.index(name) for name in names]
        return replace(
            self,
            names=tuple(names),
            probabilities=self.probabilities[:, places],
            versions=self.versions[:, places],
        )

    def each(self) -> dict[str, FloatArray]:
        """Probabilities by contender, each of shape (n_sessions, 3)."""
        return {name: self.probabilities[:, place] for place, name in enumerate(self.names)}


def outcomes_at(labels: pd.DataFrame, dates: pd.DatetimeIndex) -> FloatArray:
    """Place of the regime that came in the order of volatility, shape (n_sessions,); null if none.

    Parameters
    ----------
    labels : DataFrame
        Columns date, ``regime_5d``.
    dates : DatetimeIndex of shape (n_sessions,)
    """
    places = {name: float(place) for place, name in enumerate(REGIMES)}
    known = labels.set_index("date")["regime_5d"].map(places).reindex(dates)
    return np.asarray(known, dtype=np.float64)


def forecast_table(
    dates: pd.DatetimeIndex, rows: Mapping[tuple[str, str], FloatArray]
) -> pd.DataFrame:
    """Probabilities by contender and calibration, as ``contracts.REGIME_FORECASTS`` has them.

    Parameters
    ----------
    dates : DatetimeIndex of shape (n_sessions,)
    rows : mapping of (contender, calibration) to array of shape (n_sessions, 3)
    """
    tables = [
        pd.DataFrame(values, columns=list(REGIMES)).assign(
            contender=contender, calibration=calibration, date=dates
        )
        for (contender, calibration), values in sorted(rows.items())
    ]
    order = ["contender", "calibration", "date", *REGIMES]
    return pd.concat(tables, ignore_index=True)[order].astype(
        {"contender": "str", "calibration": "str"}
    )


def weight_table(members: Walks, weights: FloatArray) -> pd.DataFrame:
    """Who has which weight from the first session of each refit on: date, member, weight.

    Parameters
    ----------
    members : Walks
    weights : array of shape (n_folds, n_members)
    """
    first = members.dates[members.starts]
    table = pd.DataFrame(weights, index=first, columns=list(members.names))
    rows = table.rename_axis("date").reset_index().melt("date", None, "member", "weight")
    rows = rows[rows["weight"] > 0].sort_values(["date", "member"], ignore_index=True)
    return rows.astype({"member": "str"})


def named(weights: FloatArray, names: Sequence[str]) -> dict[str, Any]:
    """The positive ones of one refit's weights, by member."""
    return {name: float(value) for name, value in zip(names, weights, strict=True) if value > 0}
