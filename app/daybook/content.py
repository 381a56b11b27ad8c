"""What a report is made of: plain data that every format is written from."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from app.faces.charts.palette import Spec

Scalar = str | float | int | bool | None


@dataclass(frozen=True)
class Run:
    """A piece of a line of text.

    Parameters
    ----------
    text : str
        As it is: no format reads markup in it.
    kind : {"plain", "strong", "code", "cite"}
        ``cite`` is the number of a source.
    """

    text: str
    kind: str = "plain"


Line = tuple[Run, ...]


@dataclass(frozen=True)
class Stat:
    """A figure that stands by itself."""

    label: str
    value: str
    note: str = ""


@dataclass(frozen=True)
class Table:
    """Figures as text; the first ``text_columns`` columns are words."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    text_columns: int = 1


@dataclass(frozen=True)
class Chart:
    """A chart with the name of its file or part, and what stands below it."""

    name: str
    spec: Spec
    caption: str


@dataclass(frozen=True)
class Points:
    """Statements under a heading of their own; the heading may be empty."""

    title: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Source:
    """What a citation leads to."""

    number: int
    title: str
    published: str
    url: str
    quote: str


@dataclass(frozen=True)
class Section:
    """A heading and what stands under it, in the order of the fields."""

    key: str
    title: str
    lines: tuple[Line, ...] = ()
    stats: tuple[Stat, ...] = ()
    charts: tuple[Chart, ...] = ()
    tables: tuple[Table, ...] = ()
    points: tuple[Points, ...] = ()
    sources: tuple[Source, ...] = ()
    code: tuple[str, ...] = ()


@dataclass(frozen=True)
class Fact:
    """A row of the CSV: a value as it is stored, and not rounded."""

    section: str
    name: str
    field: str
    value: Scalar


@dataclass(frozen=True)
class Content:
    """The report of a session.

    Parameters
    ----------
    title, subtitle : str
    benchmark : str
    date : Timestamp
    known_at : Timestamp
        Nothing later is in any section but the one of key ``later``.
    notice : str
        What is to be known before all else; may be empty.
    headline : Section
    sections : tuple of Section
    facts : tuple of Fact
    """

    title: str
    subtitle: str
    benchmark: str
    date: pd.Timestamp
    known_at: pd.Timestamp
    notice: str
    headline: Section
    sections: tuple[Section, ...]
    facts: tuple[Fact, ...]


_PIECES = re.compile(r"\*\*(?P<strong>[^*]+)\*\*|`(?P<code>[^`]+)`|\[(?P<cite>\d+)\]")


def runs(text: str, citations: Sequence[int] = ()) -> Line:
    """A line of the brief in pieces.

    Only what the brief writes itself is markup: bold, code, and the numbers of its citations. All
    else is text, whatever a document has in it.

    >>> [(run.text, run.kind) for run in runs("**Calm.** It was <so>. [1] [9]", [1])]
    [('Calm.', 'strong'), (' It was <so>. ', 'plain'), ('1', 'cite'), (' [9]', 'plain')]
    """
    found: list[Run] = []

    def add(text: str, kind: str = "plain") -> None:
        if not text:
            return
        if kind == "plain" and found and found[-1].kind == "plain":
            text, found[-1:] = found[-1].text + text, []
        found.append(Run(text, kind))

    place = 0
    for match in _PIECES.finditer(text):
        kind = str(match.lastgroup)
        add(text[place : match.start()])
        if kind == "cite" and int(match["cite"]) not in citations:
            add(match[0])
        else:
            add(match[kind], kind)
        place = match.end()
    add(text[place:])
    return tuple(found)


def plain(text: str) -> Line:
    """A line without markup."""
    return (Run(text),)


def facts(section: str, name: str, values: Mapping[str, Scalar]) -> list[Fact]:
    """Rows of one thing."""
    return [Fact(section, name, field, value) for field, value in values.items()]
