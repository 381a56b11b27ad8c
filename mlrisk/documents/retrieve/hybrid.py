"""Words and vectors together, with what a question says of time and kind of document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlrisk.documents.base import Constraints, Embedder, Passage
from mlrisk.documents.index.base import Index
from mlrisk.documents.retrieve import when
from mlrisk.documents.retrieve.lexical import Lexical
from mlrisk.documents.retrieve.lexicon import Lexicon, lexicon
from mlrisk.documents.retrieve.questions import Asked, understood
from mlrisk.documents.retrieve.words import content

Scores = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Weights:
    """What each part of a chunk's score counts, in standard deviations of the lexical score.

    Parameters
    ----------
    cosine : float
        Of a cosine of 0.1 between the question and the chunk's best window.
    words : float
        Of the question's own and further words.
    named : float
        Of a kind of document that the question names.
    event : float
        Of a date within a period that the question names by what happened.
    year : float
        Of a date within a year, or a part of one, that the question names.
    meeting : float
        Of being about a date that is asked for, and not only published then.
    newest : float
        Of the newest document of its kind where the newest is asked for; the one before has half
        of it, and so on.
    first : float
        Of the earliest among equals where the first is asked for.
    prior : mapping of doc_type to float
        Of a kind of document, whatever is asked.
    """

    cosine: float = 1.25
    words: float = 0.3
    named: float = 1.5
    event: float = 0.7
    year: float = 2.0
    meeting: float = 0.5
    newest: float = 4.0
    first: float = 0.5
    prior: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class HybridRetriever:
    """Passages by a convex combination of BM25 and cosine, and by date, kind and recency.

    A combination of scores, not of ranks: see Bruch, Gai and Ingber (2023), ACM Transactions on
    Information Systems 42(1), for why it keeps more. Nothing that is published later moves a
    score: words are counted among what was known, and cosines need no statistics.

    Parameters
    ----------
    index : Index
    embedder : Embedder
        The one the index was built with.
    weights : Weights
    candidates : int
        Nearest chunks by vector that are ranked, beside as many by words.
    """

    index: Index
    embedder: Embedder
    weights: Weights = field(default_factory=Weights)
    candidates: int = 200
    lexicon: Lexicon = field(default_factory=lexicon)
    lexical: Lexical = field(init=False)
    dates: when.Dates = field(init=False)

    def __post_init__(self) -> None:
        """Count the words of the index once."""
        object.__setattr__(self, "lexical", Lexical.of(self.index.chunks))
        object.__setattr__(self, "dates", when.Dates.of(self.index.chunks))

    def search(self, question: str, constraints: Constraints, count: int = 5) -> list[Passage]:
        """At most ``count`` passages, best first: the best of each document before its second.

        A question that names a day or month is answered from documents about it or published in it
        alone; where there are none, nothing is found.
        """
        asked = understood(question, self.lexicon)
        allowed = self.index.allowed(constraints)
        allowed &= self.dates.within(asked.periods)
        if not allowed.any():
            return []
        rows, scores = self._scored(asked, constraints, allowed)
        order = np.lexsort((rows, -np.round(scores, 9)))
        documents = self.dates.documents[rows[order]]
        first = ~pd.Series(documents).duplicated().to_numpy()
        chosen = np.concatenate([order[first], order[~first]])[:count]
        table = self.index.chunks
        return [_passage(table.iloc[rows[at]], float(scores[at])) for at in chosen]

    def _scored(
        self, asked: Asked, constraints: Constraints, allowed: Mask
    ) -> tuple[npt.NDArray[np.intp], Scores]:
        known = self.dates.known(constraints.as_of)
        words = self._words(asked, known, allowed)
        vector = self._vector(asked)
        near = self.index.nearest(vector, constraints, self.candidates).rows
        by_words = np.argsort(-np.where(allowed, words, -np.inf), kind="stable")[: self.candidates]
        dated = np.flatnonzero(allowed) if allowed.sum() <= 2 * self.candidates else by_words
        newest = self.dates.age(allowed) if asked.order == "newest" else None
        recent = np.flatnonzero(newest <= 1) if newest is not None else by_words
        rows = np.unique(np.concatenate([near, by_words, dated, recent]))
        rows = rows[allowed[rows]]
        cosines = self.index.scores_of(vector, rows).scores.astype(np.float64)
        weights = self.weights
        scores = weights.cosine * cosines * 10 + weights.words * words[rows]
        scores += self._kind(asked)[rows]
        scores += self.dates.bonus(asked, weights.event, weights.year, weights.meeting)[rows]
        if newest is not None:
            wanted = self.dates.of_kinds(asked.named) if asked.named else allowed
            scores += np.where(wanted, weights.newest * 0.5**newest, 0.0)[rows]
        if asked.order == "first":
            scores += weights.first * self.dates.earliness(rows, scores)
        return rows, scores

    def _vector(self, asked: Asked) -> npt.NDArray[np.float32]:
        texts = list(dict.fromkeys([asked.words, asked.reading, asked.named_reading]))
        vector = self.embedder.embed(texts).astype(np.float64).mean(axis=0)
        return (vector / np.linalg.norm(vector)).astype(np.float32)

    def _words(self, asked: Asked, known: Mask, allowed: Mask) -> Scores:
        own = dict.fromkeys(content(asked.words), 1.0)
        both = dict.fromkeys(content(asked.further), 1.0) | own
        parts = [
            _standard(part, allowed)
            for weights in (own, both)
            for part in self.lexical.scores(weights, known)
        ]
        return np.mean(parts, axis=0)

    def _kind(self, asked: Asked) -> Scores:
        bonus: Scores = self.weights.named * self.dates.of_kinds(asked.named).astype(np.float64)
        for kind, prior in sorted(self.weights.prior.items()):
            bonus = bonus + prior * self.dates.of_kinds(frozenset({kind}))
        return bonus


def _standard(scores: Scores, allowed: Mask) -> Scores:
    """Scores in standard deviations from the mean of those that are allowed."""
    spread = scores[allowed].std()
    return (scores - scores[allowed].mean()) / (spread if spread > 0 else 1.0)


def _passage(row: Any, score: float) -> Passage:
    return Passage(
        chunk_id=row["chunk_id"],
        doc_id=row["doc_id"],
        source=row["source"],
        doc_type=row["doc_type"],
        title=row["title"],
        url=row["url"],
        published_at=row["published_at"],
        event_date=None if pd.isna(row["event_date"]) else row["event_date"],
        start=int(row["start"]),
        end=int(row["end"]),
        text=row["text_chunk"],
        score=score,
    )
