"""``mlrisk audit``: the rules of the stage ``quality`` over everything that a folder holds.

The stage looks at the symbols and series that have a role, within the window of its source; the
audit at every file and all of its history, so that a vendor's folder can be judged before it is
given a role. It does not stop at the first thing that is wrong.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import pandas as pd
import yaml
from rich.table import Table

from app import compose, figures
from mlrisk import calendar, curation
from mlrisk.contracts import Kind
from mlrisk.monitoring import page
from mlrisk.monitoring.quality import Delivery, Report, needed_roles
from mlrisk.monitoring.quality import audit as hold
from mlrisk.monitoring.rules import Outcome, unreadable
from mlrisk.params import Params, parse_params
from mlrisk.params.sections import Features, Roles, Source
from mlrisk.params.thresholds import Quality
from mlrisk.sources import files
from mlrisk.sources.base import Raw, SourceError
from mlrisk.sources.files import FileFolder
from mlrisk.store import write_text

EARLIEST = date(1990, 1, 1)
"""Of the calendar of sessions; market rows before it are left aside."""
BEGINNING = date(1900, 1, 1)
NAMES_SHOWN = 4


class AuditParams(Params):
    """What an audit needs of the configuration."""

    features: Features
    quality: Quality
    roles: Roles
    source: Source


def examine(root: Path, folder: Path, start: date | None = None) -> Report:
    """Hold every rule over every symbol and series of a folder.

    Parameters
    ----------
    root : Path
        The repository, whose conf/ has the roles and thresholds.
    folder : Path
        Laid out as the ``files`` source reads it. It is judged as known on the last session of the
        benchmark; without one, of the market file that goes furthest.
    start : date, optional
        Rows from before are left aside; else all history from 1990 (macro: all there is).

    Raises
    ------
    SourceError
        Where there is no such folder, or a file in it is damaged.
    """
    listed = files.manifest(folder)
    digest = files.digest(listed)
    params = _params(root, digest)
    aliases = dict(getattr(params.source, "aliases", {}))
    source = FileFolder(folder, digest, start or EARLIEST, start or BEGINNING, {})
    kinds = {aliases.get(name, name): kind for name, kind in params.roles.kinds().items()}
    benchmark = aliases.get(params.roles.benchmark, params.roles.benchmark)
    last = _last_session(listed, benchmark)
    raw, unread = _read(source, last)
    series = {role: name for role, name in params.roles.series().items() if name in source.series}
    sound = _curable(raw.market)
    daily = curation.market_daily(sound, _anchor(sound, benchmark), last, max_gap=len(sound))
    delivery = Delivery(
        market=raw.market,
        macro=raw.macro,
        calendar=raw.calendar,
        daily=daily,
        aligned=curation.macro_release_aligned(
            raw.macro, series, calendar.sessions(daily["date"].min(), last)
        ),
        last=last,
        benchmark=benchmark,
        vix=params.roles.vix,
        kinds={**_kinds(raw.market), **kinds},
        series=series,
        needed=needed_roles(params.roles.columns(params.features.columns), series),
    )
    return hold(delivery, params.quality.model_dump(), unread)


def write(report: Report, out: Path, source: str) -> Path:
    """Write index.html, findings.csv and data_quality.json into a folder; the page's path."""
    text = report.findings.to_csv(index=False, date_format="%Y-%m-%d", lineterminator="\n")
    write_text(out / "findings.csv", text)
    write_text(out / "data_quality.json", json.dumps(report.metrics(), indent=2) + "\n")
    write_text(out / "index.html", page.render(report, source))
    return out / "index.html"


def view(report: Report) -> Table:
    """The checks that found something, most first, as a table for the terminal."""
    rows = []
    for rule in report.rules:
        found = report.of(rule)
        if len(found):
            names = found["name"].value_counts()
            shown = [f"{name} {count}" for name, count in names.head(NAMES_SHOWN).items()]
            more = [f"and {len(names) - NAMES_SHOWN} more"] if len(names) > NAMES_SHOWN else []
            explained = int((found["explanation"] != "").sum())
            rows.append((rule, ", ".join(shown + more), len(found) - explained, explained))
    rows.sort(key=lambda row: (row[0].severity, -row[2], row[0].name))
    title = f"Data quality as known on {report.last:%Y-%m-%d}"
    head = ["check", "severity", "dataset", "names", "found", "explained"]
    cells = [
        [rule.name, rule.severity, rule.dataset, names, f"{found}", f"{explained or ''}"]
        for rule, names, found, explained in rows
    ]
    return figures.terminal(title, head, cells, text_columns=4)


def _params(root: Path, digest: str) -> AuditParams:
    text = compose.composed(root, ["source=files", f"source.digest={digest}"])
    return parse_params(AuditParams, yaml.safe_load(text), "conf/")


def _last_session(listed: pd.DataFrame, benchmark: str) -> pd.Timestamp:
    market = listed[listed["file"].str.startswith("market/")]
    stem = market["file"].str.split("/").str[1].str.split(".").str[0]
    ends = market.loc[stem == benchmark, "last"]
    newest = pd.Timestamp((ends if len(ends) else market["last"]).max())
    return calendar.sessions(EARLIEST, newest)[-1]


def _read(source: FileFolder, last: pd.Timestamp) -> tuple[Raw, list[Outcome]]:
    """Everything that can be read, and what cannot be."""
    symbols, series = sorted(source.symbols), sorted(source.series)
    try:
        return source.read(symbols, series, last), []
    except SourceError as error:
        bad_symbols = _unread(symbols, lambda names: source.read(names, [], last))
        sound = [name for name in symbols if name not in bad_symbols]
        if not sound:
            raise error from None  # it is no file that is broken, or they all are
        bad_series = _unread(series, lambda names: source.read(sound[:1], names, last))
        raw = source.read(sound, [name for name in series if name not in bad_series], last)
    outcomes = [
        unreadable(dataset, last, bad, len(names))
        for dataset, bad, names in (
            ("raw/market", bad_symbols, symbols),
            ("raw/macro", bad_series, series),
        )
        if bad
    ]
    return raw, outcomes


def _unread(names: Sequence[str], read: Callable[[Sequence[str]], Raw]) -> dict[str, str]:
    """The names that cannot be read, each with its message; found by halving."""
    try:
        read(names)
    except SourceError as error:
        if len(names) == 1:
            return {names[0]: str(error)}
        half = len(names) // 2
        return {**_unread(names[:half], read), **_unread(names[half:], read)}
    return {}


def _curable(market: pd.DataFrame) -> pd.DataFrame:
    """Rows that a return can be taken from: on a session, with a close; the rest is reported."""
    days = pd.DatetimeIndex(market["date"])
    sessions = calendar.sessions(days.min(), days.max())
    return market[days.isin(sessions) & market["close"].notna()].reset_index(drop=True)


def _anchor(market: pd.DataFrame, benchmark: str) -> str:
    symbols = market["symbol"]
    return benchmark if (symbols == benchmark).any() else str(symbols.iloc[0])


def _kinds(market: pd.DataFrame) -> dict[str, Kind]:
    """Price rules of symbols without a role: what pays is a fund, what was negative is signed."""
    kinds: dict[str, Kind] = {}
    for symbol, rows in market.groupby("symbol"):
        if (rows["basis"] != "quoted").any():
            kinds[str(symbol)] = "equity"
        else:
            kinds[str(symbol)] = "signed" if (rows["close"] <= 0).any() else "index"
    return kinds
