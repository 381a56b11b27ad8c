"""Walk-forwards of several learners side by side, and what a combination makes of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlrisk.errors import MlriskError
from mlrisk.forecast import combine
from mlrisk.forecast.base import BASELINE, FloatArray
from mlrisk.forecast.columns import Columns, values_of

BoolArray = npt.NDArray[np.bool_]


class WalksError(MlriskError, ValueError):
    """Walk-forwards that do not lie on one refit grid, or none at all."""


@dataclass(frozen=True)
class Walks:
    """Forecasts of several learners on one refit grid.

    Parameters
    ----------
    names : tuple of str
    dates : DatetimeIndex of shape (n_sessions,)
    fold : array of int, shape (n_sessions,)
        Number of the refit that a session's forecast comes from: 0, 1, ...
    variances, volatilities : array of shape (n_sessions, n_learners)
        ``var_5d_hat`` and ``rv_5d_hat``; null where a learner has none.
    versions : array of str, shape (n_folds, n_learners)
        Empty where a learner was not fitted.
    """

    names: tuple[str, ...]
    dates: pd.DatetimeIndex
    fold: npt.NDArray[np.intp]
    variances: FloatArray
    volatilities: FloatArray
    versions: npt.NDArray[np.object_]

    @classmethod
    def of(cls, tables: Mapping[str, pd.DataFrame]) -> Self:
        """From the forecasts of each learner, as ``contracts.backtest`` describes them.

        A learner that was left out has no rows.

        Raises
        ------
        WalksError
            Where nobody has a row, or two learners have other sessions or folds.
        """
        whole = {name: table for name, table in tables.items() if len(table)}
        if not whole:
            raise WalksError(
                f"none of {', '.join(tables)} has a forecast; the files status.json of their "
                "backtests say why"
            )
        first, grid = next(iter(whole.items()))
        for name, table in whole.items():
            if not table[["date", "fold"]].equals(grid[["date", "fold"]]):
                raise WalksError(
                    f"the walk-forward of {name} has other sessions or folds than that of {first}; "
                    "run `dvc repro` so that both come from one refit grid"
                )

        # Nobody's forecasts, in the place of those who were left out.
        absent = grid.assign(var_5d_hat=np.nan, rv_5d_hat=np.nan, model_version="")

        def side_by_side(column: str) -> npt.NDArray[Any]:
            return np.column_stack([whole.get(name, absent)[column] for name in tables])

        return cls(
            names=tuple(tables),
            dates=pd.DatetimeIndex(grid["date"]),
            fold=grid["fold"].to_numpy(),
            variances=side_by_side("var_5d_hat"),
            volatilities=side_by_side("rv_5d_hat"),
            versions=side_by_side("model_version")[~grid["fold"].duplicated()],
        )

    @property
    def starts(self) -> npt.NDArray[np.intp]:
        """Place of each fold's first session, shape (n_folds,)."""
        return np.searchsorted(self.fold, np.arange(self.fold[-1] + 1))

    @property
    def present(self) -> BoolArray:
        """Who was fitted, shape (n_folds, n_learners)."""
        return np.asarray(self.versions != "", dtype=np.bool_)


def forecasts(walks: Walks, weights: FloatArray) -> pd.DataFrame:
    """A combination's walk-forward, as ``contracts.backtest`` describes forecasts.

    Parameters
    ----------
    walks : Walks
    weights : array of shape (n_folds, n_learners)
    """
    of_row = weights[walks.fold]
    versions = [
        combine.version(named(row, walks.names), dict(zip(walks.names, names, strict=True)))
        if row.any()
        else ""
        for row, names in zip(weights, walks.versions, strict=True)
    ]
    return pd.DataFrame(
        {
            "date": walks.dates,
            "fold": walks.fold,
            "var_5d_hat": combine.mixed(of_row, walks.variances),
            "rv_5d_hat": combine.mixed(of_row, walks.volatilities),
            "model_version": np.asarray(versions, dtype=object)[walks.fold],
        }
    )


def contributions(
    walks: Walks, weights: FloatArray, parts: Mapping[str, pd.DataFrame]
) -> pd.DataFrame:
    """A combination's contributions at every session that it has a forecast for.

    Parameters
    ----------
    walks : Walks
    weights : array of shape (n_folds, n_learners)
    parts : mapping of str to DataFrame
        Contributions with their dates, of the learners that have any weight.

    Returns
    -------
    DataFrame
        Columns date, an input each, ``baseline``.
    """
    shares = combine.row_shares(weights[walks.fold], walks.variances)
    places = [walks.names.index(name) for name in parts]
    tables = [table.set_index("date").reindex(walks.dates).fillna(0.0) for table in parts.values()]
    inputs = [[str(name) for name in table if name != BASELINE] for table in tables]
    columns = Columns.of(inputs)
    arrays = [
        values_of(table, [*names, BASELINE]) for table, names in zip(tables, inputs, strict=True)
    ]
    mixed = combine.mixed_parts(shares[:, places], arrays, columns)
    total = pd.DataFrame(mixed, walks.dates, [*columns.names, BASELINE])
    return total[shares.sum(axis=1) > 0].rename_axis("date").reset_index()


def with_weight(walks: Walks, weights: FloatArray) -> list[str]:
    """Learners that have a weight at any refit."""
    return [name for place, name in enumerate(walks.names) if (weights[:, place] > 0).any()]


def weight_table(walks: Walks, weights: FloatArray) -> pd.DataFrame:
    """Who has which weight from the first session of each refit on: date, learner, weight."""
    table = pd.DataFrame(weights, index=walks.dates[walks.starts], columns=list(walks.names))
    rows = table.rename_axis("date").reset_index().melt("date", None, "learner", "weight")
    rows = rows[rows["weight"] > 0].sort_values(["date", "learner"], ignore_index=True)
    return rows.astype({"learner": "str"})


def named(weights: FloatArray, names: Sequence[str]) -> dict[str, float]:
    """The positive ones of one refit's weights, by learner."""
    return {name: float(value) for name, value in zip(names, weights, strict=True) if value > 0}
