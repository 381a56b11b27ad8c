"""The generator without a model of language: sentences of the passages, word for word.

A sentence is worth what it shares with the question: in meaning (cosine of their vectors), in words
(weighted by how rare they are in the passages), in the kind of thing that is asked for (a number, a
reason, a name), and a little for the rank of its passage, which knows the dates. The best is taken
first, then what adds to it (maximal marginal relevance, Carbonell and Goldstein 1998, SIGIR):
releases repeat themselves from meeting to meeting.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import log

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlrisk.documents.answer.addressed import is_addressed
from mlrisk.documents.answer.evidence import Evidence, Found, Sentence, read, wordings
from mlrisk.documents.answer.figures import figures
from mlrisk.documents.answer.words import content
from mlrisk.documents.base import Claim, Passage

WORDS, KIND, RANK = 0.5, 0.15, 0.3
"""Weights beside the cosine's 1: the question's words, the kind of thing, the first passage."""
OLDER = 0.3
"""What each newer document of the same kind costs a sentence where the newest is asked for."""
DIVERSITY = 0.2
"""What likeness to a chosen sentence costs."""
SAME = 0.7
"""Share of words (Jaccard) from which two sentences say the same."""
FEWEST, CLOSE = 2, 0.8
"""Quotes that are always given, where there are so many; further ones reach this share of the
best one's worth."""
_REASON = re.compile(
    r"\b(?:because|due|in light of|owing|owed|reflect\w*|attribut\w+|given|as a result|"
    r"in view of|in response|caus\w+|contribut\w+|in order to|in support of)\b",
    re.IGNORECASE,
)
_PERSON = re.compile(
    r"\b(?:Mr|Ms|Mrs|Messrs|Mses|[Vv]oting|participants?|members?)\b|[A-Z][a-z]+ [A-Z]\. [A-Z]"
)

_KINDS: tuple[tuple[re.Pattern[str], Callable[[str], bool]], ...] = (
    (
        re.compile(
            r"\bhow (?:much|many|large|big|far|high|low|long)\b|\b(?:size|level|target|rates?|"
            r"pace|percent|forecast)\b",
            re.IGNORECASE,
        ),
        lambda sentence: any(figure.unit not in {"date", "year"} for figure in figures(sentence)),
    ),
    (
        re.compile(
            r"\b(?:why|reasons?|explain\w*|causes?|drivers?|blame\w*|due to)\b", re.IGNORECASE
        ),
        lambda sentence: bool(_REASON.search(sentence)),
    ),
    (
        re.compile(r"\bwho\b|\bwhose\b|\bdissent", re.IGNORECASE),
        lambda sentence: bool(_PERSON.search(sentence)),
    ),
    (
        re.compile(r"\b(?:when|(?:which|what) (?:date|day|month|year)|how soon)\b", re.IGNORECASE),
        lambda sentence: any(figure.unit in {"date", "year"} for figure in figures(sentence)),
    ),
)


@dataclass(frozen=True)
class Extractive:
    """A ``Generator`` of quotes alone, the same ones every time.

    Parameters
    ----------
    evidence : Evidence
    quotes : int
        At most so many.
    """

    evidence: Evidence
    quotes: int = 3

    @property
    def name(self) -> str:
        return "extractive"

    def draft(
        self, question: str, passages: Sequence[Passage], prediction: Mapping[str, object]
    ) -> list[Claim]:
        """A claim for each quote, with the title of its document before it."""
        found = self.evidence.find(question, passages)
        if not found.sentences:
            return []
        value = worth(question, found)
        chosen = _ordered(_chosen(found, value, self.quotes), found.sentences, value)
        return [_claim(found.sentences[place]) for place in chosen]


def worth(question: str, found: Found) -> npt.NDArray[np.float64]:
    """How well each sentence answers, of shape (n_sentences,), rounded to 1e-6."""
    texts = [sentence.text for sentence in found.sentences]
    shared = np.max([shares(wording, texts) for wording in wordings(question)], axis=0)
    kinds = [holds for pattern, holds in _KINDS if pattern.search(question)]
    right = [
        sum(holds(sentence.text) for holds in kinds) / max(len(kinds), 1)
        for sentence in found.sentences
    ]
    first = [1 / (1 + sentence.rank) for sentence in found.sentences]
    value = found.cosines + WORDS * shared + KIND * np.array(right) + RANK * np.array(first)
    if read(question).order == "newest":
        value = value - OLDER * newer(found.sentences)
    return value.round(6)


def newer(sentences: Sequence[Sentence]) -> npt.NDArray[np.float64]:
    """How many documents of the same kind among those of the sentences are newer than each."""
    moments: dict[str, set[pd.Timestamp]] = {}
    for sentence in sentences:
        moments.setdefault(sentence.passage.doc_type, set()).add(sentence.passage.published_at)
    return np.array(
        [
            sum(
                moment > sentence.passage.published_at
                for moment in moments[sentence.passage.doc_type]
            )
            for sentence in sentences
        ],
        dtype=np.float64,
    )


def shares(question: str, texts: Sequence[str]) -> npt.NDArray[np.float64]:
    """Share of the question's words that stand in each text, the rare ones weighing more.

    Parameters
    ----------
    question : str
    texts : sequence of str
        Of shape (n_texts,); how rare a word is, is counted among them.
    """
    asked = sorted(set(content(question)))
    words = [set(content(text)) for text in texts]
    counts = Counter(word for own in words for word in own)
    weight = {word: log((len(texts) + 1) / (counts[word] + 0.5)) for word in asked}
    total = sum(weight.values())
    if total <= 0:
        return np.zeros(len(texts))
    return np.array([sum(weight[word] for word in asked if word in own) / total for own in words])


def _chosen(found: Found, worth: npt.NDArray[np.float64], most: int) -> list[int]:
    """Positions of the sentences that are quoted, best first."""
    words = [frozenset(content(sentence.text)) for sentence in found.sentences]
    chosen: list[int] = []
    left = np.ones(len(words), dtype=bool)
    penalty = np.zeros(len(words))
    while left.any() and len(chosen) < most:
        value = np.where(left, worth - penalty, -np.inf)
        best = int(value.argmax())
        if len(chosen) >= FEWEST and worth[best] < CLOSE * worth[chosen[0]]:
            break
        chosen.append(best)
        left[best] = False
        left &= np.array([_likeness(own, words[best]) < SAME for own in words])
        penalty = np.maximum(penalty, DIVERSITY * (found.vectors @ found.vectors[best]).round(6))
    return chosen


def _likeness(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / max(len(one | other), 1)


def _ordered(
    chosen: Sequence[int], sentences: Sequence[Sentence], worth: npt.NDArray[np.float64]
) -> list[int]:
    """The same positions by document, the one of the best sentence first, then by place in it."""
    best: dict[str, float] = {}
    for place in chosen:
        document = sentences[place].passage.doc_id
        best[document] = max(best.get(document, -np.inf), float(worth[place]))
    return sorted(
        chosen,
        key=lambda place: (
            -best[sentences[place].passage.doc_id],
            sentences[place].passage.doc_id,
            sentences[place].start,
        ),
    )


def _claim(sentence: Sentence) -> Claim:
    passage = sentence.passage
    return Claim(f"{_named(passage)}: “{sentence.text}”", ((passage.chunk_id, sentence.text),))


def _named(passage: Passage) -> str:
    """Title and day of release, unless the title has that day."""
    if is_addressed(passage.title):
        return passage.doc_id
    day = f"{passage.published_at:%-d %B %Y}"
    known = day in passage.title or f"{passage.published_at:%B %-d, %Y}" in passage.title
    return passage.title if known else f"{passage.title} ({day})"
