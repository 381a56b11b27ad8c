"""What a question asks for beside its words: a time, the newest or first, a kind of document."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from mlrisk.documents.retrieve.dates import Period, periods, without_dates
from mlrisk.documents.retrieve.framing import unframed
from mlrisk.documents.retrieve.lexicon import Lexicon

MOST_NAMES = 4
"""Names that a question's vector can take before they drown it."""

Order = Literal["newest", "first", ""]

_NEWEST = re.compile(
    r"\b(latest|most recent|most recently|newest|most up-to-date|up-to-date|last available|"
    r"last published|current(?!\s+account)|currently|as things stand|as matters stand|"
    r"right now|at present|presently|these days|nowadays|today|now|so far|still|"
    r"in (?:force|effect)|last (?:meeting|statement|minutes|announcement|decision|release|report|"
    r"record|speech))\b",
    re.IGNORECASE,
)
_FIRST = re.compile(
    r"\b(first|initially|originally|earliest|for the first time|begin to|began to|introduced|"
    r"debut\w*)\b",
    re.IGNORECASE,
)
_NOT_FIRST = re.compile(
    r"\bfirst (?:quarter|half|round|cut|hike|increase|rise|lady|time since)", re.IGNORECASE
)

_GOALS = (
    r"(?:strategy|framework|goals|principles?) (?:document|statement|paper|text)|"
    r"statement (?:of|on) (?:its |the )?(?:principles|goals|strategy|longer-run)|"
    r"longer-run goals|goals (?:and|&) strategy|consensus statement"
)
_STATEMENT = (
    r"(?<!goals )(?<!strategy )(?<!framework )statements?"
    r"(?! (?:of|on) (?:its |the )?(?:principles|goals|strategy|longer-run))|"
    r"announcements?|press release|communiqu\w+"
)
_KINDS = {
    "longer_run_goals": _GOALS,
    "minutes": r"minutes|record of (?:the|its) (?:meeting|discussion)|account of the meeting",
    "statement": _STATEMENT,
    "speech": r"speech(?:es)?|remarks|address by|lecture|testimony",
    "cpi": r"consumer price index|cpi",
    "employment_situation": r"jobs report|employment (?:situation|report)|payrolls report",
    "gdp": r"gdp (?:release|report|estimate)",
    "personal_income": r"personal income|pce (?:release|report)",
    "transcript": (
        r"earnings (?:call|per share)|transcripts?|"
        r"(?:annual|quarterly|full-year) (?:results|earnings|revenues?)"
    ),
}
_NAMED = tuple(
    (kind, re.compile(rf"\b(?:{words})\b", re.IGNORECASE)) for kind, words in _KINDS.items()
)


@dataclass(frozen=True)
class Asked:
    """A question, understood.

    Parameters
    ----------
    words : str
        The question without its dates and without what only asks.
    reading : str
        The same in the words of the releases.
    named_reading : str
        The latter with the names of what is described.
    further : str
        Official wordings that are not the question's own, one after the other.
    periods : tuple of Period
        Dates it names.
    events : tuple of (first day, last day)
        Periods it names by what happened in them.
    order : {'newest', 'first', ''}
    named : frozenset of str
        Kinds of document it names.
    """

    words: str
    reading: str
    named_reading: str
    further: str
    periods: tuple[Period, ...]
    events: tuple[tuple[pd.Timestamp, pd.Timestamp], ...]
    order: Order
    named: frozenset[str]


def understood(question: str, lexicon: Lexicon) -> Asked:
    """Take a question apart; a pure function of its text."""
    words = unframed(without_dates(question))
    reading = lexicon.read(words)
    names = ", ".join(reading.names[:MOST_NAMES])
    return Asked(
        words=words,
        reading=reading.text,
        named_reading=f"{reading.text} ({names})" if names else reading.text,
        further=" ".join(reading.further),
        periods=tuple(periods(question)),
        events=tuple(lexicon.periods(question)),
        order=_order(question),
        named=frozenset(kind for kind, pattern in _NAMED if pattern.search(question)),
    )


def _order(question: str) -> Order:
    if _NEWEST.search(question):
        return "newest"
    if _FIRST.search(question) and not _NOT_FIRST.search(question):
        return "first"
    return ""
