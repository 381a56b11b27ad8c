"""The folder as a source: which file a name stands for, and what was known of it when."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import ClassVar

import numpy as np
import pandas as pd

from mlrisk.contracts import RAW_CALENDAR, RAW_COLUMNS, RAW_MACRO, TRUTH
from mlrisk.sources.announcements import announced
from mlrisk.sources.base import Raw, SourceError, known_by, manifest_table, require_offered
from mlrisk.sources.checks import require_covered
from mlrisk.sources.files import documents
from mlrisk.sources.files.table import (
    COLUMNS,
    MACRO,
    MARKET,
    MEETINGS,
    NUMBERS,
    RATES,
    RELEASES,
    REMEDY,
    File,
    scan,
)
from mlrisk.sources.releases import of_daily_rates

VINTAGES = "_vintages"
AS_PUBLISHED = frozenset({"first_print", "revision", "initial_vintage", "not_revised_series"})
"""What ``vintage`` calls a value that was published with its ``available_by``."""
EVENT_OF = {
    "CPI": "cpi",
    "EMPLOYMENT_SITUATION": "employment_situation",
    "ISM_MANUFACTURING": "ism_manufacturing",
}


def manifest(root: Path) -> pd.DataFrame:
    """What a folder holds: a row per file that the source can give and per document, sorted.

    Returns
    -------
    DataFrame
        Columns ``base.MANIFEST_COLUMNS``: file, sha256 of its bytes, rows, first and last date;
        a document counts as one row without dates.

    Raises
    ------
    SourceError
        Where the folder is not laid out as it must be, or a file cannot be read whole.
    """
    return _manifest(root, _served(scan(root)))


def digest(manifest: pd.DataFrame) -> str:
    """The parameter ``source.digest``: the hash of the manifest's CSV text."""
    text = manifest.to_csv(index=False, lineterminator="\n")
    return f"sha256-{hashlib.sha256(text.encode()).hexdigest()}"


def _served(files: Sequence[File]) -> list[File]:
    return [file for file in files if not file.lacks]


def _manifest(root: Path, files: Sequence[File]) -> pd.DataFrame:
    days = [file.days() for file in files]
    return manifest_table(
        [
            *documents.listed(root),
            *(
                (file.path, file.sha256, len(day), f"{day.min():%Y-%m-%d}", f"{day.max():%Y-%m-%d}")
                for file, day in zip(files, days, strict=True)
            ),
        ]
    )


@dataclass(frozen=True)
class FileFolder:
    """A folder of files, read as it was known on a session.

    Parameters
    ----------
    root : Path
    digest : str
        What ``digest(manifest(root))`` must be.
    start : date
        Market rows are kept from here on.
    macro_start : date
        Rates and macro values of periods from here on are kept.
    aliases : mapping of str to str
        Symbol to the name of its file, where they differ.
    """

    root: Path
    digest: str
    start: date
    macro_start: date
    aliases: Mapping[str, str] = field(default_factory=dict)
    name: ClassVar[str] = "files"

    @property
    def symbols(self) -> frozenset[str]:
        """Names of the market files, and their aliases."""
        names = frozenset(self._named[MARKET])
        return names | {alias for alias, name in self.aliases.items() if name in names}

    @property
    def series(self) -> frozenset[str]:
        """Names of the rate and macro files."""
        macro = {name.removesuffix(VINTAGES) for name in self._named[MACRO]}
        return frozenset(self._named[RATES]) | macro

    def read(self, symbols: Sequence[str], series: Sequence[str], last: pd.Timestamp) -> Raw:
        """Rows known at 22:00 UTC of session ``last``; an earlier one gives the same, only fewer.

        Raises
        ------
        SourceError
            Where a symbol or series is not in the folder, a file is not what its digest says, a
            cell is not of its column's type, dates repeat or go back, or ``last`` is no session
            or lies outside of the market rows.
        """
        self._require_columns({self.aliases.get(name, name) for name in symbols} | set(series))
        require_offered(self.name, self, symbols, series)
        table = self._verified()
        ends = table.loc[table["file"].str.startswith(f"{MARKET}/"), "last"]
        session = require_covered(self.name, last, self.start, pd.Timestamp(ends.max()))
        market = [self._market(symbol, session) for symbol in sorted(set(symbols))]
        macro = [self._released(name, session) for name in sorted(set(series))]
        return Raw(
            market=pd.concat(market, ignore_index=True),
            macro=pd.concat([RAW_MACRO.empty(), *macro], ignore_index=True),
            calendar=self._calendar(session),
            truth=TRUTH.empty(),
            manifest=table,
        )

    @cached_property
    def _files(self) -> list[File]:
        return scan(self.root)

    @cached_property
    def _named(self) -> dict[str, dict[str, File]]:
        served = _served(self._files)
        return {kind: {f.name: f for f in served if f.kind == kind} for kind in COLUMNS}

    def _require_columns(self, names: set[str]) -> None:
        for file in self._files:
            # A macro file of other columns is another table, such as a calendar of releases.
            if file.name in names and file.kind != MACRO and file.lacks:
                raise SourceError(
                    f"{file.path}: has no column {', '.join(file.lacks)}; a file of {file.kind}/ "
                    f"has {', '.join(COLUMNS[file.kind])}. {REMEDY}"
                )

    def _verified(self) -> pd.DataFrame:
        table = _manifest(self.root, _served(self._files))
        found = digest(table)
        if found != self.digest:
            counts = ", ".join(f"{len(self._named[kind])} in {kind}/" for kind in COLUMNS)
            raise SourceError(
                f"{self.root.absolute()}: its files are not those of source.digest. Expected "
                f"{self.digest}, found {found} ({counts}; newest row {table['last'].max()}). A "
                "file was changed, added or removed since, or this is another folder. If so meant, "
                f"set source.digest to what was found (`mlrisk digest {self.root}` prints it) in "
                "conf/source/files.yaml or with -S source.digest=...; if not, bring the files back."
            )
        return table

    def _market(self, symbol: str, session: pd.Timestamp) -> pd.DataFrame:
        file = self._named[MARKET][self.aliases.get(symbol, symbol)]
        table = pd.DataFrame({name: file.numbers(name) for name in NUMBERS})
        table = table.assign(
            symbol=symbol,
            date=file.rising_days(),
            dividend=np.nan,
            split=np.nan,
            basis="adjusted" if table["adj_close"].notna().any() else "quoted",
        )[list(RAW_COLUMNS)]
        return table[(table["date"] >= pd.Timestamp(self.start)) & (table["date"] <= session)]

    def _released(self, series: str, session: pd.Timestamp) -> pd.DataFrame:
        """What had been released by 22:00 UTC of the session, every vintage of it."""
        rates = self._named[RATES].get(series)
        table = self._rates(rates) if rates else self._vintages(series)
        table = table[table["macro_value_date"] >= pd.Timestamp(self.macro_start)]
        known = known_by(session, table["release_datetime"])
        table = table[known].assign(series_id=series)
        return table.sort_values(list(RAW_MACRO.key))[list(RAW_MACRO.schema.columns)]

    def _rates(self, file: File) -> pd.DataFrame:
        days = file.rising_days()
        return pd.DataFrame(
            {
                "macro_value_date": days,
                "value": file.numbers("value"),
                "release_datetime": of_daily_rates(days),
                "point_in_time": True,
            }
        )

    def _vintages(self, series: str) -> pd.DataFrame:
        macro = self._named[MACRO]
        file = macro[f"{series}{VINTAGES}" if f"{series}{VINTAGES}" in macro else series]
        file.require(file.table["series_id"] == series, "series_id", f"{series}, as the file says")
        table = pd.DataFrame(
            {
                "macro_value_date": file.days(),
                "value": file.numbers("value"),
                "release_datetime": file.moments("available_by"),
                "point_in_time": (
                    file.table["vintage"].isin(AS_PUBLISHED) if "vintage" in file.table else False
                ),
            }
        )
        repeated = table.duplicated(["macro_value_date", "release_datetime"])
        file.require(~repeated, "macro_value_date", "one value per period and available_by")
        return table

    def _calendar(self, session: pd.Timestamp) -> pd.DataFrame:
        """What had been announced by 22:00 UTC of the session."""
        found = [RAW_CALENDAR.empty()[["event", "event_datetime"]]]
        for file in self._named[RELEASES].values():
            event = file.table["release"].map(EVENT_OF)
            moments = file.moments("release_datetime")
            found.append(pd.DataFrame({"event": event, "event_datetime": moments}).dropna())
        for file in self._named[MEETINGS].values():
            moments = file.moments("announced_at_utc")
            found.append(pd.DataFrame({"event": "fomc", "event_datetime": moments}))
        table = announced(pd.concat(found, ignore_index=True))
        return table[known_by(session, table["known_from"])].reset_index(drop=True)
