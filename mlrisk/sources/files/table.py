"""One file: read whole, its columns checked cell by cell as they are asked for."""

from __future__ import annotations

import gzip
import hashlib
import io
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow as pa

from mlrisk.sources.base import SourceError

MARKET, RATES, MACRO = "market", "rates", "macro"
RELEASES, MEETINGS = "macro/release_calendar", "macro/fomc_decisions"
NUMBERS = ("open", "high", "low", "close", "adj_close", "volume")
COLUMNS = {
    MARKET: ("date", *NUMBERS),
    RATES: ("date", "value"),
    MACRO: ("series_id", "macro_value_date", "value", "available_by"),
    RELEASES: ("release", "release_datetime"),
    MEETINGS: ("announced_at_utc",),
}
"""What a file has, by the folder it is in or by its own name."""
OPTIONAL = {MACRO: ("vintage",)}
DAY = {
    MARKET: "date",
    RATES: "date",
    MACRO: "macro_value_date",
    RELEASES: "release_datetime",
    MEETINGS: "announced_at_utc",
}
SUFFIXES = (".csv.gz", ".csv", ".parquet")

REMEDY = "Correct the file, then set source.digest to what `mlrisk digest` prints."


@dataclass(frozen=True)
class File:
    """A table of the folder.

    Parameters
    ----------
    path : str
        Below the folder, with ``/`` between its parts.
    sha256 : str
        Of its bytes.
    table : DataFrame
        Those of its kind's columns (``COLUMNS``) that it has, as they were read.
    """

    path: str
    sha256: str
    table: pd.DataFrame

    @property
    def kind(self) -> str:
        """The folder it is in, or its own name for one of a kind."""
        return _kind(self.path)

    @property
    def name(self) -> str:
        """The symbol or series."""
        return _stem(self.path).partition("/")[2]

    @property
    def lacks(self) -> list[str]:
        """The columns it should have and has not."""
        return [name for name in COLUMNS[self.kind] if name not in self.table]

    def days(self) -> pd.Series:
        """Its dates (``datetime64[us]``, midnight); of a calendar those of its moments."""
        if self.kind in {RELEASES, MEETINGS}:
            return self.moments(DAY[self.kind]).dt.tz_localize(None).dt.normalize()
        # A column of Parquet dates or timestamps gives the text that a CSV holds.
        days = pd.to_datetime(
            self.table[DAY[self.kind]].astype(str), format="%Y-%m-%d", errors="coerce"
        )
        self.require(days.notna(), DAY[self.kind], "a date such as 2020-01-31")
        return days.dt.as_unit("us")

    def rising_days(self) -> pd.Series:
        """Its dates, where each lies after the one before."""
        days = self.days()
        step = days.diff()
        zero = pd.Timedelta(0)
        self.require(step != zero, "date", "each date once, the row before has the same")
        self.require(~(step < zero), "date", "dates in order, the row before is of a later one")
        return days

    def moments(self, name: str) -> pd.Series:
        """A column of times (``datetime64[us, UTC]``)."""
        text = self.table[name].astype(str)
        moments = pd.to_datetime(text, format="ISO8601", errors="coerce", utc=True)
        self.require(moments.notna(), name, "a time such as 2020-01-31T13:30:00Z")
        return moments.dt.as_unit("us")

    def numbers(self, name: str) -> pd.Series:
        """A column of numbers (``float64``); an empty cell is null."""
        column = self.table[name]
        numbers = pd.to_numeric(column, errors="coerce").astype("float64")
        self.require(numbers.notna() | column.isna(), name, "a number or an empty cell")
        return numbers

    def require(self, holds: pd.Series, column: str, expected: str) -> None:
        """Raise a ``SourceError`` that shows the first cell for which ``holds`` is false."""
        bad = (~holds).to_numpy().nonzero()[0]
        if len(bad):
            more = f" (the first of {len(bad)} such rows)" if len(bad) > 1 else ""
            raise SourceError(
                f"{self.path}: row {bad[0] + 1}{more} has {column} = "
                f"{self.table[column].iloc[bad[0]]!s}; expected {expected}. {REMEDY}"
            )


def scan(root: Path) -> list[File]:
    """Every table below ``market/``, ``rates/`` and ``macro/``, sorted by path.

    Raises
    ------
    SourceError
        Where the folder is missing or has no market file, a file cannot be read whole, or two
        files have one name.
    """
    layout = "MLRISK_FILES_ROOT must name the folder that holds market/, rates/ and macro/."
    if not root.is_dir():
        raise SourceError(f"{root.absolute()}: no such folder. {layout}")
    paths = [
        path
        for kind in (MARKET, RATES, MACRO)
        for path in (root / kind).glob("*")
        if path.name.endswith(SUFFIXES) and not path.name.startswith(".")
    ]
    files = [_load(root, path) for path in sorted(paths)]
    if not any(file.kind == MARKET for file in files):
        raise SourceError(
            f"{root.absolute()}: no market/SYMBOL.csv.gz, .csv or .parquet in it. {layout}"
        )
    _require_one_each(files)
    return files


def _stem(path: str) -> str:
    return path.removesuffix(next(suffix for suffix in SUFFIXES if path.endswith(suffix)))


def _kind(path: str) -> str:
    stem = _stem(path)
    return stem if stem in {RELEASES, MEETINGS} else stem.partition("/")[0]


def _require_one_each(files: Sequence[File]) -> None:
    seen: dict[tuple[str, str], File] = {}
    for file in files:
        other = seen.setdefault((file.kind, file.name), file)
        if other is not file:
            raise SourceError(
                f"{other.path} and {file.path} are both {file.name}. Keep one of them."
            )


def _load(root: Path, path: Path) -> File:
    relative = path.relative_to(root).as_posix()
    try:
        content = path.read_bytes()
        table = _parse(gzip.decompress(content) if path.suffix == ".gz" else content, path.suffix)
    except (OSError, EOFError, zlib.error, pa.ArrowInvalid, ValueError) as error:
        raise SourceError(
            f"{relative}: cannot be read whole ({str(error).strip() or type(error).__name__}). It "
            "is truncated, damaged or no table: fetch it again, or take it out of the folder."
        ) from None
    kind = _kind(relative)
    known = [name for name in (*COLUMNS[kind], *OPTIONAL.get(kind, ())) if name in table]
    if known and table.empty:
        raise SourceError(
            f"{relative}: has a header and no rows. Fetch it again, or take it out of the folder."
        )
    return File(relative, hashlib.sha256(content).hexdigest(), table[known])


def _parse(content: bytes, suffix: str) -> pd.DataFrame:
    if suffix == ".parquet":
        return pd.read_parquet(io.BytesIO(content))
    return pd.read_csv(
        io.BytesIO(content),
        encoding="utf-8-sig",  # with or without a byte order mark
        keep_default_na=False,  # an empty cell or NaN is null; `n/a` or `.` is a text
        na_values=["", "NaN"],
        low_memory=False,  # one type per column
    )
