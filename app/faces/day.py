"""A session as every face shows it: its forecast, what it is made of, what changed, what came.

Every number is a stored one or follows from stored ones by a formula that stands here, once: the
API, the dashboard, the report and the day's files cannot tell different ones.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from app.faces.snapshot import Snapshot
from mlrisk.calendar import INFORMATION_HOUR, sessions
from mlrisk.contracts import REGIMES
from mlrisk.documents.brief.figures import HORIZON, SESSIONS_A_YEAR
from mlrisk.errors import MlriskError

ANNUAL = math.sqrt(SESSIONS_A_YEAR / HORIZON)
"""From a five-session volatility to an annual one."""

LEVELS = (80, 90)


class NoSuchDayError(MlriskError, LookupError):
    """A date that has no forecast; says which ones have."""


@dataclass(frozen=True)
class Change:
    """What one feature did to the forecast since the session before.

    Parameters
    ----------
    feature : str
        ``baseline`` for what is no feature's: it moves with a refit, or when a member falls silent.
    before, now : float
        The feature's values; NaN where it has none.
    effect : float
        Difference of its contributions, in log variance. All effects add up to the difference of
        the two log variances, to the digits that contributions are stored with.
    """

    feature: str
    before: float
    now: float
    effect: float

    @property
    def percent(self) -> float:
        """What the effect alone does to volatility, in per cent."""
        return 100 * math.expm1(self.effect / 2)


@dataclass(frozen=True)
class DayView:
    """One session.

    Parameters
    ----------
    date : Timestamp
        The forecast was made at 22:00 UTC of this session.
    previous, following : Timestamp, optional
        Neighbouring sessions that have a forecast.
    ahead : DatetimeIndex of shape (5,)
        Sessions that the forecast covers.
    rv_5d_hat, var_5d_hat : float
        Conditional means of the five-session volatility and variance.
    rv_5d_hat_before : float, optional
        ``rv_5d_hat`` of the session before.
    intervals : mapping of int to (float, float)
        Bounds of ``rv_5d`` by level in per cent; empty before enough errors were known.
    regime_probs : mapping of str to float
        By regime, in the order of volatility; empty where there are none.
    top_drivers, regime_drivers : tuple of str
    contributions : mapping of str to float
        In log variance, of every feature and ``baseline``; they add up to ``ln var_5d_hat``.
    regime_contributions : mapping of str to float
        In log-odds of risk-off against calm, with ``baseline``; empty where there are none.
    changes : tuple of Change
        Largest first; empty for the first session.
    refitted : bool
        Whether the model is another fit than that of the session before.
    model_version, regime_model_version : str
    rv20 : float, optional
        Forecast of RV20: the volatility of the last twenty sessions, scaled to five.
    implied : float, optional
        Annual volatility that the VIX implies, as a share.
    percentile : float
        Share of all forecasts up to this one that are not above it.
    rv_5d : float, optional
        What came; None where it is not known yet.
    regime_5d : str, optional
        The regime that came.
    """

    date: pd.Timestamp
    previous: pd.Timestamp | None
    following: pd.Timestamp | None
    ahead: pd.DatetimeIndex
    rv_5d_hat: float
    var_5d_hat: float
    rv_5d_hat_before: float | None
    intervals: Mapping[int, tuple[float, float]]
    regime_probs: Mapping[str, float]
    top_drivers: tuple[str, ...]
    regime_drivers: tuple[str, ...]
    contributions: Mapping[str, float]
    regime_contributions: Mapping[str, float]
    changes: tuple[Change, ...]
    refitted: bool
    model_version: str
    regime_model_version: str
    rv20: float | None
    implied: float | None
    percentile: float
    rv_5d: float | None
    regime_5d: str | None

    @property
    def iso(self) -> str:
        return f"{self.date:%Y-%m-%d}"

    @property
    def known_at(self) -> pd.Timestamp:
        """22:00 UTC of the session: nothing later went into the forecast."""
        return self.date.tz_localize("UTC") + INFORMATION_HOUR

    @property
    def rv_5d_hat_annualized(self) -> float:
        return self.rv_5d_hat * ANNUAL

    @property
    def likeliest(self) -> str | None:
        """The regime of the highest probability."""
        chances = self.regime_probs
        return max(chances, key=lambda name: chances[name]) if chances else None


def view(snapshot: Snapshot, date: pd.Timestamp) -> DayView:
    """A session of a snapshot.

    Raises
    ------
    NoSuchDayError
        Where there is no forecast of that date.

    Warnings
    --------
    ``rv_5d`` and ``regime_5d`` are what came later; everything else was known at ``known_at``.
    """
    place = position(snapshot, date)
    rows = snapshot.predictions
    row, dates = rows.iloc[place], rows["date"]
    before = dates.iloc[place - 1] if place else None
    parts, regime_parts = (
        _row(table, date) for table in (snapshot.contributions, snapshot.regime_contributions)
    )
    came = _row(snapshot.labels, date)
    features = _row(snapshot.features, date)
    vix = _number(features, "vix")
    ahead = sessions(date + pd.Timedelta(days=1), date + pd.Timedelta(days=3 * HORIZON))[:HORIZON]
    return DayView(
        date=date,
        previous=before,
        following=dates.iloc[place + 1] if place + 1 < len(rows) else None,
        ahead=ahead,
        rv_5d_hat=float(row["rv_5d_hat"]),
        var_5d_hat=float(row["var_5d_hat"]),
        rv_5d_hat_before=float(rows["rv_5d_hat"].iloc[place - 1]) if place else None,
        intervals={
            level: (float(row[f"rv_5d_lo_{level}"]), float(row[f"rv_5d_hi_{level}"]))
            for level in LEVELS
            if pd.notna(row[f"rv_5d_lo_{level}"])
        },
        regime_probs={
            name: float(row[f"regime_probs.{name}"])
            for name in REGIMES
            if pd.notna(row[f"regime_probs.{name}"])
        },
        top_drivers=tuple(row["top_drivers"]),
        regime_drivers=tuple(row["regime_drivers"]),
        contributions=_parts(parts),
        regime_contributions=_parts(regime_parts),
        changes=() if before is None else _changes(snapshot, before, parts, features),
        refitted=before is not None
        and rows["model_version"].iloc[place - 1] != row["model_version"],
        model_version=str(row["model_version"]),
        regime_model_version=str(row["regime_model_version"]),
        rv20=_number(_row(snapshot.baseline, date), "rv_5d_hat"),
        implied=None if vix is None else vix / 100,
        percentile=float((rows["rv_5d_hat"].iloc[: place + 1] <= row["rv_5d_hat"]).mean()),
        rv_5d=_number(came, "rv_5d"),
        regime_5d=None if came is None or pd.isna(came["regime_5d"]) else str(came["regime_5d"]),
    )


def position(snapshot: Snapshot, date: pd.Timestamp) -> int:
    """Row of a session in the table of predictions.

    Raises
    ------
    NoSuchDayError
        Where there is none.
    """
    dates = pd.DatetimeIndex(snapshot.predictions["date"])
    place = int(dates.searchsorted(date))
    if place == len(dates) or dates[place] != date:
        raise NoSuchDayError(
            f"{date:%Y-%m-%d}: there is no forecast of that date, but of the sessions from "
            f"{dates[0]:%Y-%m-%d} to {dates[-1]:%Y-%m-%d}"
        )
    return place


def stored_row(snapshot: Snapshot, date: pd.Timestamp) -> dict[str, float]:
    """What the served models read of a session, by name; NaN where there was nothing.

    Raises
    ------
    NoSuchDayError
        Where there is no forecast of that date.
    """
    position(snapshot, date)
    row = _row(snapshot.known, date)
    assert row is not None  # a session with a forecast has its features
    return {str(name): float(value) for name, value in row.drop("date").items()}


def _changes(
    snapshot: Snapshot, before: pd.Timestamp, parts: pd.Series | None, features: pd.Series | None
) -> tuple[Change, ...]:
    earlier, values = _row(snapshot.contributions, before), _row(snapshot.features, before)
    if parts is None or earlier is None:
        return ()
    now, then = _parts(parts), _parts(earlier)
    effects = {name: now.get(name, 0.0) - then.get(name, 0.0) for name in now | then}

    def value(row: pd.Series | None, name: str) -> float:
        found = _number(row, name)
        return math.nan if found is None else found

    ordered = sorted(effects.items(), key=lambda item: -abs(item[1]))
    return tuple(
        Change(name, value(values, name), value(features, name), effect)
        for name, effect in ordered
        if effect
    )


def _row(table: pd.DataFrame, date: pd.Timestamp) -> pd.Series | None:
    dates = pd.DatetimeIndex(table["date"])
    place = int(dates.searchsorted(date))
    if place == len(dates) or dates[place] != date:
        return None
    return table.iloc[place]


def _parts(row: pd.Series | None) -> dict[str, float]:
    if row is None:
        return {}
    named = row.drop("date").dropna()
    return {str(name): float(value) for name, value in named.items()}


def _number(row: pd.Series | None, name: str) -> float | None:
    if row is None or name not in row or pd.isna(row[name]):
        return None
    return float(row[name])
