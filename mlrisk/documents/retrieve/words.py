"""Words of a text, by their stems."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from typing import Any

WORD = re.compile(r"\d+[-\u2010-\u2013]\d/\d+|[A-Za-z0-9]+(?:[.,/]\d+)*")
"""A mixed fraction such as 4-1/2 is one word."""
_DASH = re.compile("[\u2010-\u2013]")

_STOP = (
    "a about an and any are as at be been being both but by can could did do does doing for from "
    "had has have having he her his how i if in into is it its may me might more most my no nor "
    "not of on only or our ours over own s same shall she should so some such t than that the "
    "their them then there these they this those through to too under until up upon us very was "
    "we were what when where which while who whom whose why will with within without would you "
    "your say said tell describe described"
)
STOP = frozenset(_STOP.split())
"""Words that say nothing of what is asked."""


@dataclass(frozen=True)
class Word:
    """A word's stem, and where it stands."""

    stem: str
    start: int
    end: int


@functools.cache
def _stemmer() -> Any:
    import Stemmer

    return Stemmer.Stemmer("english")


@functools.lru_cache(maxsize=1 << 16)
def stem(word: str) -> str:
    """The stem of a word after Porter's second English algorithm, in lower case."""
    return str(_stemmer().stemWord(word.lower()))


def words(text: str) -> list[Word]:
    """Every word of a text; the ``s`` of a genitive is none."""
    return [
        Word(stem(match.group()), match.start(), match.end())
        for match in WORD.finditer(text)
        if match.group() not in {"s", "t"}
    ]


def content(text: str) -> list[str]:
    """Stems of the words that say something, in order, with repetitions."""
    found = (_content(word) for word in WORD.findall(text))
    return [word for word in found if word]


@functools.lru_cache(maxsize=1 << 16)
def _content(word: str) -> str:
    return "" if len(word) == 1 or word.lower() in STOP else stem(_DASH.sub("-", word))
