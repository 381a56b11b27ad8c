"""A session as a brief sees it: its predictions, what they are made of, and the session before."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from mlrisk.documents.base import DocumentError
from mlrisk.documents.brief.figures import HORIZON, SESSIONS_A_YEAR

BASELINE = "baseline"
RV20 = "rv20_annualized_percent"


@dataclass(frozen=True)
class Day:
    """One row of predictions, by the names of its fields.

    Parameters
    ----------
    date : Timestamp
    values : mapping of field to float
        Numbers of the row that are not null; ``top_drivers.<feature>`` (in log variance) and
        ``regime_drivers.<feature>`` (in log-odds of risk-off) of the features it names as such,
        ``contributions.<feature>`` of every feature, and ``rv20_annualized_percent``.
    drivers, regime_drivers : tuple of str
        Features, the largest first.
    model_version, regime_model_version : str
    """

    date: pd.Timestamp
    values: Mapping[str, float]
    drivers: tuple[str, ...]
    regime_drivers: tuple[str, ...]
    model_version: str
    regime_model_version: str

    @property
    def iso(self) -> str:
        return f"{self.date:%Y-%m-%d}"


@dataclass(frozen=True)
class Tables:
    """What the days of a brief are read from; each may go on after them.

    Parameters
    ----------
    predictions : DataFrame
        As ``contracts.PREDICTIONS_DAILY``.
    contributions, regime_contributions : DataFrame
        Walk-forward parts of the two served models, by date.
    baseline : DataFrame
        The walk-forward of RV20: columns date, rv_5d_hat.
    """

    predictions: pd.DataFrame
    contributions: pd.DataFrame
    regime_contributions: pd.DataFrame
    baseline: pd.DataFrame

    def day(self, date: pd.Timestamp) -> Day:
        """The day of a session.

        Raises
        ------
        DocumentError
            Where there is no prediction of that date; names those there are.
        """
        place = self._place(date)
        row = self.predictions.iloc[place]
        parts = _parts(self.contributions, date)
        regime_parts = _parts(self.regime_contributions, date)
        values = {str(name): float(row[name]) for name in row.index if _is_number(row[name])}
        values |= {f"contributions.{name}": part for name, part in parts.items()}
        for kind, known in (("top_drivers", parts), ("regime_drivers", regime_parts)):
            values |= {f"{kind}.{name}": known[name] for name in row[kind] if name in known}
        before = self.baseline.loc[self.baseline["date"] == date, "rv_5d_hat"].dropna()
        if len(before):
            values[RV20] = 100 * math.sqrt(SESSIONS_A_YEAR / HORIZON) * float(before.iloc[0])
        return Day(
            date=date,
            values=values,
            drivers=tuple(row["top_drivers"]),
            regime_drivers=tuple(row["regime_drivers"]),
            model_version=str(row["model_version"]),
            regime_model_version=str(row["regime_model_version"]),
        )

    def before(self, date: pd.Timestamp) -> Day | None:
        """The last session before that has a prediction; None before the second."""
        place = self._place(date)
        return self.day(self.predictions["date"].iloc[place - 1]) if place else None

    def _place(self, date: pd.Timestamp) -> int:
        dates = pd.DatetimeIndex(self.predictions["date"])
        place = int(dates.searchsorted(date))
        if place == len(dates) or dates[place] != date:
            there = f"{dates[0]:%Y-%m-%d} to {dates[-1]:%Y-%m-%d}" if len(dates) else "none"
            raise DocumentError(
                f"no prediction of {date:%Y-%m-%d}; there are those of the sessions {there}. Ask "
                "for one of them, or bring the DAG up to date with `mlrisk run`."
            )
        return place


def _parts(contributions: pd.DataFrame, date: pd.Timestamp) -> dict[str, float]:
    rows = contributions[contributions["date"] == date]
    if rows.empty:
        return {}
    row = rows.iloc[0].drop(["date", BASELINE], errors="ignore")
    return {str(name): float(part) for name, part in row.items() if pd.notna(part)}


def _is_number(value: object) -> bool:
    return isinstance(value, float) and not math.isnan(value)
