"""Whether the rows are there: symbols, sessions, first and last dates, carried prices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from mlrisk import calendar
from mlrisk.contracts import Kind
from mlrisk.monitoring import known
from mlrisk.monitoring.robust import run_length
from mlrisk.monitoring.rules import Outcome, Rule, at_least, at_most, examine

RAW, DAILY = "raw/market", "curated/market_daily"


def rows(market: pd.DataFrame) -> list[Outcome]:
    """Each row on a session of the NYSE, and one for a symbol's session.

    Parameters
    ----------
    market : DataFrame
        Columns of ``contracts.RAW_COLUMNS``.
    """
    days = pd.DatetimeIndex(market["date"])
    sessions = calendar.sessions(days.min(), days.max()) if len(days) else days
    evidence = pd.DataFrame(
        {
            "name": market["symbol"],
            "date": days,
            "off_session": (~days.isin(sessions)).astype(float),
            "repeated": market.duplicated(["symbol", "date"]).astype(float),
        }
    )
    return examine(
        evidence,
        [
            Rule("on_session", "error", RAW, "date", "off_session", at_most(0),
                 "a NYSE session; a shifted date puts a return on the wrong day"),
            Rule("one_row_a_session", "error", RAW, "date", "repeated", at_most(0),
                 "one row per symbol and session"),
        ],
    )  # fmt: skip


def spans(
    market: pd.DataFrame,
    kinds: Mapping[str, Kind],
    benchmark: str,
    last: pd.Timestamp,
    *,
    late_start: int,
) -> list[Outcome]:
    """Each symbol there, from the sample's first session to its last.

    Parameters
    ----------
    market : DataFrame
        Columns of ``contracts.RAW_COLUMNS``.
    kinds : mapping of symbol to kind
        Every symbol that must be there.
    benchmark : str
        Its first row begins the sample; its end is an error, that of any other a warning.
    last : Timestamp
        Session up to which rows are known.
    late_start : int
        Sessions after the sample's first one that a symbol may begin.
    """
    dates = market.groupby("symbol")["date"].agg(["min", "max", "size"])
    there = dates.reindex(pd.Index(sorted(kinds), dtype="str")).rename_axis("name").reset_index()
    count = there["size"].fillna(0.0)
    short = _sessions_after(there["max"].fillna(last), last).where(count > 0)
    own = there["name"] == benchmark
    ends = there[["name"]].assign(
        date=last, rows=count, short=short.where(~own), benchmark_short=short.where(own)
    )
    begins = there.loc[count > 0, ["name", "min"]].rename(columns={"min": "date"})
    sample = dates["min"].get(benchmark, begins["date"].min())
    begins = begins.assign(late=-_sessions_after(begins["date"], sample))
    ended = f"a row on {last:%Y-%m-%d}, the last session; sessions without one"
    present = [
        Rule("has_rows", "error", RAW, "symbol", "rows", at_least(1),
             "rows of every symbol that has a role"),
        Rule("benchmark_reaches_last", "error", RAW, "date", "benchmark_short", at_most(0), ended),
        Rule("reaches_last", "warn", RAW, "date", "short", at_most(0), ended),
    ]  # fmt: skip
    begun = Rule("starts_with_sample", "warn", RAW, "date", "late", at_most(late_start),
                 f"a first row within {late_start} sessions of the benchmark's; sessions after "
                 "it")  # fmt: skip
    return [*examine(ends, present), *examine(begins, [begun])]


def carried(daily: pd.DataFrame, market: pd.DataFrame) -> list[Outcome]:
    """Sessions that the curated table carries the last close over; a run is one finding.

    What is carried after a symbol's last row is no gap but its end.

    Parameters
    ----------
    daily : DataFrame
        Columns of ``contracts.MARKET_DAILY``.
    market : DataFrame
        Columns of ``contracts.RAW_COLUMNS``, the rows that were delivered.
    """
    ends = daily["symbol"].map(market.groupby("symbol")["date"].max())
    inside = daily[daily["date"] <= ends].reset_index(drop=True)
    length = run_length(inside["filled"], inside["symbol"]).astype(float)
    # The run's length stands on its first session, where the finding is dated.
    run = (length <= 1).groupby(inside["symbol"], sort=False).cumsum()
    total = length.groupby([inside["symbol"], run], sort=False).transform("max")
    evidence = inside[["symbol", "date", "close"]].rename(columns={"symbol": "name"})
    evidence["run"] = total.where(length == 1, 0.0)
    rule = Rule(
        "not_carried_forward",
        "warn",
        DAILY,
        "close",
        "run",
        at_most(0),
        "a row of its own; sessions in a row that repeat the close before",
    )
    return examine(evidence, [rule])  # fmt: skip


def definitions(market: pd.DataFrame, changes: Sequence[known.Change]) -> list[Outcome]:
    """Rows from before a symbol's definition changed; one finding per change.

    Parameters
    ----------
    market : DataFrame
        Columns of ``contracts.RAW_COLUMNS``.
    changes : sequence of Change
    """
    found = []
    for change in changes:
        dates = market.loc[market["symbol"] == change.name, "date"]
        if len(dates):
            before = dates[dates < pd.Timestamp(change.until)]
            found.append((change.name, dates.min(), float(len(before))))
    evidence = pd.DataFrame(found, columns=["name", "date", "before"])
    evidence = evidence.astype({"name": "str", "date": "datetime64[us]", "before": float})
    rule = Rule(
        "one_definition",
        "warn",
        RAW,
        "close",
        "before",
        at_most(0),
        "one definition throughout; rows from before it changed",
    )
    return examine(evidence, [rule])  # fmt: skip


def _sessions_after(days: pd.Series, session: pd.Timestamp) -> pd.Series:
    """Sessions after each date up to and including one; negative for what lies beyond it."""
    until = pd.DatetimeIndex(days)
    one = pd.DatetimeIndex([session]).as_unit("us").repeat(len(until))
    return pd.Series(calendar.sessions_since(until, one), index=days.index, dtype=float)
