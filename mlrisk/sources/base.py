"""The one interface of every source of raw rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import pandas as pd

from mlrisk.calendar import INFORMATION_HOUR
from mlrisk.errors import MlriskError

MANIFEST_COLUMNS = ("file", "sha256", "rows", "first", "last")


class SourceError(MlriskError, ValueError):
    """Raw rows that cannot be had; names the source, what was asked for and what to do."""


@dataclass(frozen=True)
class Raw:
    """What a source delivers, up to and including one session.

    Parameters
    ----------
    market : DataFrame
        Columns of ``contracts.RAW_COLUMNS``, sorted by symbol and date.
    macro : DataFrame
        Columns of ``contracts.RAW_MACRO``: every vintage released by 22:00 UTC of the session.
    calendar : DataFrame
        Columns of ``contracts.RAW_CALENDAR``: what was announced by then.
    truth : DataFrame
        Columns of ``contracts.TRUTH``; empty for real data.
    manifest : DataFrame
        Columns ``MANIFEST_COLUMNS``, a row per file of the source, sorted; empty where there are
        no files.
    """

    market: pd.DataFrame
    macro: pd.DataFrame
    calendar: pd.DataFrame
    truth: pd.DataFrame
    manifest: pd.DataFrame


class Source(Protocol):
    """Where raw rows come from. Reading is a pure function of the source and its arguments."""

    @property
    def name(self) -> str:
        """What ``source=`` calls it."""

    @property
    def symbols(self) -> frozenset[str]:
        """Market symbols it can give."""

    @property
    def series(self) -> frozenset[str]:
        """Macro series it can give."""

    def read(self, symbols: Sequence[str], series: Sequence[str], last: pd.Timestamp) -> Raw:
        """Rows of the named symbols and series known at 22:00 UTC of session ``last``.

        An earlier ``last`` gives a prefix: the same rows to the last bit, only fewer.

        Raises
        ------
        SourceError
            Where a symbol or series is not offered, or ``last`` lies outside the source.
        """


def require_offered(
    name: str, source: Source, symbols: Sequence[str], series: Sequence[str]
) -> None:
    """Raise a ``SourceError`` for the first symbol or series that the source does not offer."""
    for kind, wanted, offered in (
        ("symbol", symbols, source.symbols),
        ("series", series, source.series),
    ):
        for item in wanted:
            if item not in offered:
                raise SourceError(
                    f"source {name!r} has no {kind} {item!r}; it offers "
                    f"{', '.join(sorted(offered)) or 'none'}. Roles are set in conf/roles: give "
                    "the role another symbol, or null to do without it."
                )


def known_by(last: pd.Timestamp, moments: pd.Series) -> pd.Series:
    """Which of the moments (UTC) lie at or before 22:00 UTC of session ``last``."""
    return moments <= last.tz_localize("UTC") + INFORMATION_HOUR


def no_manifest() -> pd.DataFrame:
    """The manifest of a source that reads no files."""
    return manifest_table([])


def manifest_table(rows: Sequence[tuple[str, str, int, str, str]]) -> pd.DataFrame:
    """A manifest of the given rows, one per file."""
    types = dict.fromkeys(MANIFEST_COLUMNS, "str") | {"rows": "int64"}
    return pd.DataFrame(rows, columns=list(MANIFEST_COLUMNS)).astype(types)
