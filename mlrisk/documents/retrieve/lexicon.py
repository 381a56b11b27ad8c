"""Plain words and official ones: how people ask, and how releases are written.

The tables beside this module are written from the language of the releases and from general
knowledge. None of them knows a question.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import pandas as pd
import yaml

from mlrisk.documents.retrieve.words import Word, words

Key = tuple[str, ...]

GAP = 2
"""How many other words may stand between those of a description."""


@dataclass(frozen=True)
class Reading:
    """A question in the words of the releases.

    Parameters
    ----------
    text : str
        The question with plain phrases replaced.
    names : tuple of str
        Names of what the question describes.
    further : tuple of str
        Wordings that are not the question's own, names included.
    """

    text: str
    names: tuple[str, ...]
    further: tuple[str, ...]


@dataclass(frozen=True)
class Lexicon:
    """Phrases by their stems.

    Parameters
    ----------
    phrases : mapping
        Plain phrase to official wordings, the first of which can stand in its place.
    names : sequence
        Plain descriptions, and the names they stand for.
    times : mapping
        Phrase to the first and last day of the period it names.
    """

    phrases: Mapping[Key, tuple[str, ...]]
    names: Sequence[tuple[Key, tuple[str, ...]]]
    times: Mapping[Key, tuple[pd.Timestamp, pd.Timestamp]]

    def read(self, question: str) -> Reading:
        """Replace each plain phrase, the longest first, and collect what else it may be called."""
        found = words(question)
        further: list[str] = []
        pieces: list[str] = []
        done = 0
        for first, last, wordings in _matches(found, self.phrases):
            pieces += [question[done : found[first].start], wordings[0]]
            done = found[last].end
            further += wordings
        pieces.append(question[done:])
        stems = [word.stem for word in found]
        named = [wordings for key, wordings in self.names if _stands_in(key, stems)]
        further += (wording for wordings in named for wording in wordings)
        names = dict.fromkeys(wordings[0] for wordings in named)
        return Reading("".join(pieces), tuple(names), tuple(dict.fromkeys(further)))

    def periods(self, question: str) -> list[tuple[pd.Timestamp, pd.Timestamp]]:
        """Periods that the question names by what happened in them."""
        return [period for _, _, period in _matches(words(question), self.times)]


@functools.cache
def lexicon() -> Lexicon:
    """The lexicon that comes with the package."""
    phrases = {
        key: tuple(entry["means"])
        for name in ("concepts", "glossary")
        for entry in _table(name)
        for key in _keys(entry["say"])
    }
    names = [
        (key, tuple(entry["name"])) for entry in _table("names") for key in _keys(entry["plain"])
    ]
    times = {
        key: (pd.Timestamp(entry["from"]), pd.Timestamp(entry["to"]) + pd.offsets.MonthEnd(0))
        for entry in _table("timeline")
        for key in _keys(entry["say"])
    }
    return Lexicon(phrases, names, times)


def _table(name: str) -> list[dict[str, Any]]:
    text = files("mlrisk.documents.retrieve").joinpath(f"{name}.yaml").read_text(encoding="utf-8")
    return list(yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)) or [])


def _keys(phrases: Iterable[str]) -> list[Key]:
    return [tuple(word.stem for word in words(phrase)) for phrase in phrases]


def _matches(found: list[Word], table: Mapping[Key, Any]) -> Iterable[tuple[int, int, Any]]:
    longest = max(map(len, table), default=0)
    stems = [word.stem for word in found]
    at = 0
    while at < len(stems):
        for size in range(min(longest, len(stems) - at), 0, -1):
            value = table.get(tuple(stems[at : at + size]))
            if value is not None:
                yield at, at + size - 1, value
                at += size
                break
        else:
            at += 1


def _stands_in(key: Key, stems: list[str]) -> bool:
    """Whether the words of a description stand in a text, in order and close to each other."""
    at = -1
    for place, word in enumerate(key):
        reach = len(stems) if place == 0 else min(len(stems), at + 2 + GAP)
        try:
            at = stems.index(word, at + 1, reach)
        except ValueError:
            return False
    return bool(key)
