"""Fetched rows onto the landed ones: what is new is added, and what changed is told.

A vendor may restate what it delivered before. The last rows that had landed are compared with what
came now; a difference stops the line with a table of what changed, unless it was accepted by name,
and what was accepted is written down.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

import numpy as np
import pandas as pd

from mlrisk.calendar import INFORMATION_HOUR, NEW_YORK
from mlrisk.contracts import LANDING_CALENDAR, RESTATEMENTS
from mlrisk.sources.announcements import SCHEDULED, WITHDRAWN, announced
from mlrisk.sources.base import SourceError

ROW = "row"
"""Column of a restatement that is about a whole row: one that came late or is gone."""
SHOWN = 20


class RestatementError(SourceError):
    """Values that a vendor changed after the fact and nobody has accepted."""


@dataclass(frozen=True)
class Kind:
    """How rows of one name (a symbol, a series) are told apart and compared.

    Parameters
    ----------
    dataset : str
        What ``contracts.RESTATEMENTS`` calls the table.
    day : str
        Column of the date that a restatement is about.
    order : str
        Column in which rows grow: what lies beyond the last landed one is new.
    columns : tuple of str
        Float columns that are compared; the first stands for a whole row.
    noise : tuple of float
        Relative and absolute difference that is the vendor's rounding and no restatement: the
        landed value stays.
    """

    dataset: str
    day: str
    order: str
    columns: tuple[str, ...]
    noise: tuple[float, float] = (0.0, 0.0)

    @property
    def key(self) -> list[str]:
        """Columns that tell the rows of one name apart."""
        return list(dict.fromkeys([self.day, self.order]))


BARS = Kind(
    "market",
    "date",
    "date",
    ("close", "open", "high", "low", "adj_close", "volume", "dividend", "split"),
    # Yahoo scales by later splits in single precision, which undoing them does not bring back.
    noise=(1e-6, 1e-4),
)
VALUES = Kind("macro", "macro_value_date", "macro_value_date", ("value",))
"""A series as it stands now: one value per period."""
VINTAGES = Kind("macro", "macro_value_date", "release_datetime", ("value",))
"""A series with all that was ever published."""


@dataclass(frozen=True)
class Appended:
    """Rows of one name with what is new.

    Parameters
    ----------
    rows : DataFrame
        Sorted.
    restated : DataFrame
        Columns of ``contracts.RESTATEMENTS``: what changed and was taken over.
    added : int
        Rows beyond the last that had landed.
    """

    rows: pd.DataFrame
    restated: pd.DataFrame
    added: int


def append(
    kind: Kind,
    name: str,
    landed: pd.DataFrame,
    fetched: pd.DataFrame,
    session: pd.Timestamp,
    *,
    overlap: int,
    accept: Sequence[str] = (),
) -> Appended:
    """Fetched rows of one name onto its landed ones.

    Parameters
    ----------
    kind : Kind
    name : str
        Symbol or series.
    landed, fetched : DataFrame
        Rows of that name, with the same columns.
    session : Timestamp
        The session that was fetched to: when a restatement was seen.
    overlap : int
        So many of the last landed rows are compared; earlier ones are left as they landed.
    accept : sequence of str
        Patterns ``NAME:DATE:COLUMN`` of restatements that are taken over, ``*`` for any text. The
        column of a row that came late or is gone is ``row``.

    Raises
    ------
    RestatementError
        Where a compared row differs and no pattern accepts it; shows name, date, column, old, new.
    """
    if landed.empty:
        return Appended(_sorted(kind, fetched), RESTATEMENTS.empty(), len(fetched))
    last = landed[kind.order].max()
    first = landed[kind.order].sort_values().tail(overlap).min()
    fresh = fetched[fetched[kind.order] > last]
    again = fetched[fetched[kind.order].between(first, last)]
    window = landed[landed[kind.order] >= first]
    changes = _changes(kind, name, window, again, session)
    _require_accepted(changes, accept)
    restated = changes["date"].unique()
    stays = landed[~landed[kind.day].isin(restated) | (landed[kind.order] < first)]
    rows = pd.concat([stays, again[again[kind.day].isin(restated)], fresh])
    return Appended(_sorted(kind, rows), changes, len(fresh))


def revise(
    name: str, landed: pd.DataFrame, fetched: pd.DataFrame, session: pd.Timestamp, *, overlap: int
) -> Appended:
    """Values of a series that its statisticians revise, of which only today's are to be had.

    A value that differs from the newest landed one of its period is added as a vintage, released
    with the newest value that came. The landed vintage stays.

    Parameters
    ----------
    name : str
    landed : DataFrame
        Columns of ``contracts.LANDING_MACRO``, of one series.
    fetched : DataFrame
        The same, one row per period.
    session, overlap
        As for ``append``; earlier periods are left as they landed.
    """
    newest = landed.sort_values("release_datetime").drop_duplicates("macro_value_date", keep="last")
    whole = append(VALUES, name, newest, fetched, session, overlap=overlap, accept=["*"])
    moved = fetched["macro_value_date"].isin(whole.restated["date"])
    revised = fetched[moved].assign(release_datetime=fetched["release_datetime"].max())
    fresh = fetched[~fetched["macro_value_date"].isin(landed["macro_value_date"]) & ~moved]
    if len(landed):
        fresh = fresh[fresh["macro_value_date"] > landed["macro_value_date"].max()]
    rows = _sorted(VINTAGES, pd.concat([landed, revised, fresh]))
    return Appended(rows.drop_duplicates(VINTAGES.key, keep="last"), whole.restated, len(fresh))


def _sorted(kind: Kind, rows: pd.DataFrame) -> pd.DataFrame:
    return rows.sort_values(kind.key, kind="stable", ignore_index=True)


def _changes(
    kind: Kind, name: str, window: pd.DataFrame, again: pd.DataFrame, session: pd.Timestamp
) -> pd.DataFrame:
    """What differs between the landed rows and the same rows as they came now."""
    cell, columns = [*kind.key, "column"], list(kind.columns)
    old = window.melt(kind.key, columns, var_name="column", value_name="old")
    new = again.melt(kind.key, columns, var_name="column", value_name="new")
    both = old.merge(new, how="outer", on=cell, indicator=True)
    alone = both["_merge"] != "both"
    relative, absolute = kind.noise
    same = np.isclose(both["new"], both["old"], rtol=relative, atol=absolute, equal_nan=True)
    # A row that only one side has is told once.
    told = (~alone & ~same) | (alone & (both["column"] == columns[0]))
    table = (
        both.assign(column=both["column"].mask(alone, ROW))[told]
        .rename(columns={kind.day: "date"})
        .assign(dataset=kind.dataset, name=name, seen_on=session)
    )
    return table[list(RESTATEMENTS.schema.columns)].sort_values(
        list(RESTATEMENTS.key), ignore_index=True
    )


def _require_accepted(changes: pd.DataFrame, accept: Sequence[str]) -> None:
    labels = (
        changes["name"] + ":" + changes["date"].dt.strftime("%Y-%m-%d") + ":" + changes["column"]
    )
    refused = [not any(fnmatchcase(text, pattern) for pattern in accept) for text in labels]
    if any(refused):
        shown = changes.loc[refused, ["name", "date", "column", "old", "new"]]
        more = f"\n... and {len(shown) - SHOWN} more" if len(shown) > SHOWN else ""
        first = labels[refused].iloc[0]
        raise RestatementError(
            f"{len(shown)} values that had landed are no longer what the vendor says:\n"
            f"{shown.head(SHOWN).to_string(index=False)}{more}\n"
            "Nothing was written. Find out which is right. To take the new values over, name them: "
            f"--accept '{first}' (`*` stands for any text), or fetch.accept in conf/fetch; "
            "what is taken over is written to data/landing/restatements."
        )


def announce(landed: pd.DataFrame, listed: pd.DataFrame, session: pd.Timestamp) -> pd.DataFrame:
    """Events that schedules list now onto the announcements that had landed.

    A year that had not been listed before was announced as ``announcements.announced`` says. An
    event that joins a year later was moved there or called at short notice, and counts from when it
    takes place. One that was ahead and is no longer listed, among others of its kind that are, has
    been taken off.

    Parameters
    ----------
    landed : DataFrame
        Columns of ``contracts.LANDING_CALENDAR``.
    listed : DataFrame
        Columns event and event_datetime.
    session : Timestamp
        The session that was fetched to.

    Returns
    -------
    DataFrame
        Columns of ``contracts.LANDING_CALENDAR``, sorted by its key.
    """
    key = ["event", "event_datetime"]
    now = session.tz_localize("UTC") + INFORMATION_HOUR
    seen = pd.MultiIndex.from_frame(landed[key])
    fresh = listed[~pd.MultiIndex.from_frame(listed[key]).isin(seen)]
    joins = _year(fresh).isin(_year(landed))
    late = fresh.loc[joins, key].assign(
        known_from=lambda rows: rows["event_datetime"], status=SCHEDULED
    )
    ahead = landed[landed["event_datetime"] > now].drop_duplicates(key, keep="last")
    spans = listed.groupby("event")["event_datetime"].agg(["min", "max"])
    within = ahead["event_datetime"].between(
        ahead["event"].map(spans["min"]), ahead["event"].map(spans["max"])
    )
    stands = pd.MultiIndex.from_frame(ahead[key]).isin(pd.MultiIndex.from_frame(listed[key]))
    off = ahead[within & ~stands & (ahead["status"] == SCHEDULED)]
    off = off.assign(known_from=now.as_unit("us"), status=WITHDRAWN)
    new = announced(fresh[~joins]) if len(fresh[~joins]) else fresh.iloc[:0]
    parts = [part for part in (landed, new, late, off) if len(part)] or [landed]
    table = pd.concat(parts).drop_duplicates(list(LANDING_CALENDAR.key))
    return table.sort_values(list(LANDING_CALENDAR.key), ignore_index=True)


def _year(events: pd.DataFrame) -> pd.Series:
    year = events["event_datetime"].dt.tz_convert(NEW_YORK).dt.year
    return events["event"] + year.astype("str")
