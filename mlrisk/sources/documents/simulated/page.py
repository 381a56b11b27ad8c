"""A page before it is HTML: its paragraphs, its table, and the sentences that answer questions."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

import pandas as pd

from mlrisk.calendar import NEW_YORK


@dataclass(frozen=True)
class Table:
    """A small table with its caption."""

    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Section:
    """Paragraphs below a heading; no heading for an empty one."""

    heading: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True)
class Page:
    """A release.

    Parameters
    ----------
    facts : mapping of str to str
        By name the sentence that states a figure, word for word within one paragraph.
    figures : mapping of str to str
        Of a statement ``move`` (up, down or same), ``size`` of it and the ``range`` after it; of a
        revision of unemployment ``month`` and ``rate``.
    quoted : bool
        Whether its sentences may be evidence: those of a page that is set line by line are not
        whole after parsing.
    """

    doc_id: str
    doc_type: str
    event_date: pd.Timestamp
    published_at: pd.Timestamp
    fetched_at: pd.Timestamp
    title: str
    path: str
    sections: tuple[Section, ...]
    table: Table | None = None
    footnotes: tuple[str, ...] = ()
    facts: dict[str, str] = field(default_factory=dict)
    figures: dict[str, str] = field(default_factory=dict)
    quoted: bool = True


class Voice:
    """Chooses among phrasings, always the same for a seed, a page and a purpose.

    Parameters
    ----------
    seed : int
    page : str
        Its doc_id.
    """

    def __init__(self, seed: int, page: str) -> None:
        self._name = f"{seed}/{page}"

    def pick(self, purpose: str, options: Sequence[str]) -> str:
        """One of the options."""
        return options[self.number(purpose) % len(options)]

    def number(self, purpose: str) -> int:
        """A number between 0 and 2**32."""
        digest = hashlib.sha256(f"{self._name}/{purpose}".encode()).digest()
        return int.from_bytes(digest[:4], "big")


def month_of(day: pd.Timestamp) -> str:
    """``January 2024``."""
    return f"{day:%B} {day.year}"


def date_of(day: pd.Timestamp) -> str:
    """``January 31, 2024``."""
    return f"{day:%B} {day.day}, {day.year}"


def local(moment: pd.Timestamp) -> pd.Timestamp:
    """A UTC moment in New York."""
    return moment.tz_convert(NEW_YORK)


def clock_of(moment: pd.Timestamp) -> str:
    """``2:00 p.m. EST``."""
    there = local(moment)
    half = "a.m." if there.hour < 12 else "p.m."
    return f"{there.hour % 12 or 12}:{there.minute:02d} {half} {there.tzname()}"
