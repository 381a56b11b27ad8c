"""Sentences of passages beside a question: what may be quoted, and how near it is in meaning."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlrisk.documents.answer.addressed import touches
from mlrisk.documents.base import Embedder, Passage, Vectors
from mlrisk.documents.retrieve.lexicon import lexicon
from mlrisk.documents.retrieve.questions import Asked, understood
from mlrisk.documents.sentences import spans

SHORTEST, UNENDED = 5, 20
"""Words; less is no sentence. The second where no mark ends it: titles and captions are shorter."""

Windows = Callable[[Passage], tuple[npt.NDArray[np.int64], Vectors]]
"""Start and end in the document, of shape (n_windows, 2), and unit vector of each window of a
passage, of shape (n_windows, dimension)."""


@dataclass(frozen=True)
class Sentence:
    """A sentence of a passage; ``start`` and ``end`` are offsets of the document."""

    passage: Passage
    rank: int
    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Found:
    """What passages offer to a question.

    Parameters
    ----------
    sentences : list of Sentence
    vectors : array of shape (n_sentences, dimension)
    cosines : array of shape (n_sentences,)
        With the nearest wording of the question; rounded to 1e-6, so that what is nearer hangs on
        no processor's last bit.
    """

    sentences: list[Sentence]
    vectors: npt.NDArray[np.float64]
    cosines: npt.NDArray[np.float64]


@dataclass(frozen=True)
class Evidence:
    """Finds the sentences that may be quoted, with their vectors.

    Parameters
    ----------
    embedder : Embedder
        Of questions, and of sentences where there are no windows.
    windows : callable, optional
        Vectors that the index keeps anyway: with them nothing but the question is embedded.
    """

    embedder: Embedder
    windows: Windows | None = None

    def find(self, question: str, passages: Sequence[Passage]) -> Found:
        """Sentences of passages and their likeness to a question."""
        return self._found(question, tuple(passages))

    @cached_property
    def _found(self) -> Callable[[str, tuple[Passage, ...]], Found]:
        """The same; the last ones are kept, since refusing and drafting both look."""
        return lru_cache(maxsize=4)(self._find)

    def _find(self, question: str, passages: tuple[Passage, ...]) -> Found:
        sentences = quotable(passages)
        if not sentences:
            none = np.zeros((0, self.embedder.dimension))
            return Found([], none, np.zeros(0))
        vectors = self._vectors(sentences).astype(np.float64)
        asked = self.embedder.embed(wordings(question)).astype(np.float64)
        return Found(sentences, vectors, (vectors @ asked.T).max(axis=1).round(6))

    def _vectors(self, sentences: Sequence[Sentence]) -> Vectors:
        """Unit vectors of shape (n_sentences, dimension): of the window most of each lies in."""
        if self.windows is None:
            return self.embedder.embed([sentence.text for sentence in sentences])
        kept: dict[str, tuple[npt.NDArray[np.int64], Vectors]] = {}
        rows = []
        for sentence in sentences:
            chunk = sentence.passage.chunk_id
            if chunk not in kept:
                kept[chunk] = self.windows(sentence.passage)
            places, vectors = kept[chunk]
            shared = np.minimum(places[:, 1], sentence.end) - np.maximum(
                places[:, 0], sentence.start
            )
            rows.append(vectors[int(shared.argmax())])
        return np.stack(rows)


@lru_cache(maxsize=64)
def read(question: str) -> Asked:
    """A question, understood."""
    return understood(question, lexicon())


def wordings(question: str) -> list[str]:
    """A question without its dates: in its own words and, where they differ, in official ones."""
    asked = read(question)
    return list(dict.fromkeys([asked.words or question, asked.reading or question]))


def windows_of(chunks: pd.DataFrame) -> Windows:
    """The vectors that a table of chunks keeps.

    Parameters
    ----------
    chunks : DataFrame
        As ``contracts.DOCS_CHUNKS`` describes it.
    """
    rows: dict[str, Any] = {
        str(row.chunk_id): (row.windows, row.embedding) for row in chunks.itertuples()
    }

    def of(passage: Passage) -> tuple[npt.NDArray[np.int64], Vectors]:
        places, vectors = rows[passage.chunk_id]
        bounds = np.asarray(places, dtype=np.int64).reshape(-1, 2)
        return bounds, np.asarray(vectors, dtype=np.float32).reshape(len(bounds), -1)

    return of


def quotable(passages: Sequence[Passage]) -> list[Sentence]:
    """Sentences of passages, each place of a document once.

    Headings, captions and lines that address a language model are left out.
    """
    found: dict[tuple[str, int, int], Sentence] = {}
    for rank, passage in enumerate(passages):
        for start, end in _quotable(passage.text):
            place = (passage.doc_id, passage.start + start, passage.start + end)
            if place not in found:
                found[place] = Sentence(passage, rank, *place[1:], passage.text[start:end])
    return list(found.values())


@lru_cache(maxsize=1 << 10)
def _quotable(text: str) -> tuple[tuple[int, int], ...]:
    return tuple(
        (start, end)
        for start, end in spans(text)
        if _whole(text[start:end]) and not touches(text, start, end)
    )


def _whole(text: str) -> bool:
    if text.startswith("#"):
        return False
    ended = text.rstrip("\"”’')]|*_")[-1:] in {".", "!", "?", ":", ";"} or text.startswith("|")
    return len(text.split()) >= (SHORTEST if ended else UNENDED)
