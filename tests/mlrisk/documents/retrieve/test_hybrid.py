"""A small corpus with a known right passage, and vectors that are sums of words."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlrisk.documents.base import Constraints, Passage, Vectors
from mlrisk.documents.index.base import Hits, Rows
from mlrisk.documents.retrieve.hybrid import HybridRetriever, Weights
from mlrisk.documents.retrieve.words import content
from mlrisk.documents.sentences import spans

DOCUMENTS = [
    ("statement-2019-06-19", "statement", "2019-06-19T18:00Z", "2019-06-19",
     "The Committee left the target range unchanged. Uncertainties have increased."),
    ("minutes-2019-06-19", "minutes", "2019-07-10T18:00Z", "2019-06-19",
     "Participants discussed trade. Many saw a case for easing."),
    ("statement-2019-07-31", "statement", "2019-07-31T18:00Z", "2019-07-31",
     "The Committee lowered the target range. It cited global developments."),
    ("statement-2020-03-03", "statement", "2020-03-03T15:00Z", "2020-03-03",
     "The coronavirus poses risks. The Committee lowered the target range by half a point."),
    ("minutes-2020-01-29", "minutes", "2020-02-19T19:00Z", "2020-01-29",
     "Participants discussed the coronavirus. They saw risks to growth in China."),
]  # fmt: skip


class WordVectors:
    """The sum of a fixed random vector for each word."""

    name = "words"
    dimension = 64

    def embed(self, texts: Sequence[str]) -> Vectors:
        rows = [
            np.sum([self._vector(word) for word in content(text)] or [np.ones(64)], axis=0)
            for text in texts
        ]
        return np.array([row / np.linalg.norm(row) for row in rows], dtype=np.float32)

    def _vector(self, word: str) -> np.ndarray:
        seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:4], "big")
        return np.random.default_rng(seed).normal(size=64)


@dataclass
class Exact:
    """Every cosine, computed."""

    chunks: pd.DataFrame

    def allowed(self, constraints: Constraints) -> np.ndarray:
        keep = np.ones(len(self.chunks), dtype=bool)
        if constraints.as_of is not None:
            keep &= (self.chunks["published_at"] <= constraints.as_of).to_numpy()
        return keep

    def nearest(self, vector: Vectors, constraints: Constraints, count: int) -> Hits:
        rows = np.flatnonzero(self.allowed(constraints))
        hits = self.scores_of(vector, rows)
        order = np.argsort(-hits.scores, kind="stable")[:count]
        return Hits(rows[order], hits.scores[order], hits.windows[order])

    def scores_of(self, vector: Vectors, rows: Rows) -> Hits:
        best = [
            np.max(WordVectors().embed([text[a:b] for a, b in spans(text)]) @ vector)
            for text in self.chunks["text_chunk"].iloc[rows]
        ]
        return Hits(rows, np.array(best, dtype=np.float32), np.zeros(len(rows), dtype=np.intp))


def retriever(documents: Sequence[tuple[str, ...]] = DOCUMENTS) -> HybridRetriever:
    rows = [
        {
            "chunk_id": f"{doc_id}#000", "doc_id": doc_id, "published_at": pd.Timestamp(published),
            "event_date": pd.Timestamp(about), "source": "fed", "doc_type": kind,
            "title": doc_id, "url": "", "start": 0, "end": len(text), "tokens": 1,
            "text_chunk": text, "windows": np.array(spans(text)).ravel(),
        }
        for doc_id, kind, published, about, text in sorted(documents)
    ]  # fmt: skip
    return HybridRetriever(Exact(pd.DataFrame(rows)), WordVectors(), Weights())


def found(question: str, as_of: str | None = None, **more: object) -> list[str]:
    moment = None if as_of is None else pd.Timestamp(as_of)
    return [p.doc_id for p in retriever().search(question, Constraints(as_of=moment), **more)]


def test_a_day_that_is_named_leaves_its_documents_alone() -> None:
    assert found("What was lowered on 3 March 2020?") == ["statement-2020-03-03"]
    assert set(found("What was discussed in June 2019?")) == {
        "statement-2019-06-19", "minutes-2019-06-19",
    }  # fmt: skip
    assert found("What was decided on 4 May 2011?") == []


def test_what_was_published_in_a_month_is_found_beside_what_is_about_it() -> None:
    names = found("What was said of global developments in July 2019?")
    assert names == ["statement-2019-07-31", "minutes-2019-06-19"]


@pytest.mark.parametrize(
    ("as_of", "newest"),
    [
        ("2019-07-31T17:59:59Z", "statement-2019-06-19"),
        ("2019-07-31T18:00:00Z", "statement-2019-07-31"),
        ("2020-12-31T00:00:00Z", "statement-2020-03-03"),
    ],
)
def test_the_newest_statement_of_a_moment(as_of: str, newest: str) -> None:
    assert found("What does the latest statement say of the target range?", as_of)[0] == newest


def test_each_document_comes_once_before_any_comes_twice() -> None:
    assert len(set(found("target range", count=5))) == 5


def test_nothing_is_found_before_anything_was_published() -> None:
    assert found("target range", "1999-01-01T00:00:00Z") == []


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from(["coronavirus", "trade", "range", "growth", "easing"]), min_size=1))
def test_documents_published_later_change_no_bit(extra: list[str]) -> None:
    as_of = Constraints(as_of=pd.Timestamp("2020-02-28T22:00Z"))
    question = "What did participants say about the coronavirus and trade?"
    later = [
        (f"x{place}-2021", "minutes", f"2021-01-{place % 28 + 1:02}T19:00Z", "2021-01-01",
         f"Participants discussed {word}. The {word} grew.")
        for place, word in enumerate(extra)
    ]  # fmt: skip
    before = retriever().search(question, as_of)
    after = retriever([*DOCUMENTS, *later]).search(question, as_of)
    assert _bits(before) == _bits(after)
    assert before


def _bits(passages: Sequence[Passage]) -> list[tuple[str, str]]:
    return [(passage.chunk_id, passage.score.hex()) for passage in passages]
