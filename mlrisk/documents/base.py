"""What the steps from a page to a cited answer hand to each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlrisk.errors import MlriskError

Vectors = npt.NDArray[np.float32]


class DocumentError(MlriskError, ValueError):
    """A document, question or setting that cannot be used; names it and says what to do."""


@dataclass(frozen=True)
class Constraints:
    """Which documents a question may be answered from; every bound is optional.

    Parameters
    ----------
    as_of : Timestamp, optional
        UTC. Nothing published after it is seen: the one guard against look-ahead.
    since, until : Timestamp, optional
        UTC bounds of ``published_at``, both included (``from`` and ``to`` of the interface).
    sources, doc_types : tuple of str
        Empty for any.
    """

    as_of: pd.Timestamp | None = None
    since: pd.Timestamp | None = None
    until: pd.Timestamp | None = None
    sources: tuple[str, ...] = ()
    doc_types: tuple[str, ...] = ()


@dataclass(frozen=True)
class Passage:
    """A chunk of a document, as it was found.

    ``text`` is ``text_md[start:end]`` of the curated document ``doc_id``, to the byte.
    ``event_date`` is the day or month a document is about (the meeting of a statement or of
    minutes, the first day of a statistic's reference period), where it is known.
    """

    chunk_id: str
    doc_id: str
    source: str
    doc_type: str
    title: str
    url: str
    published_at: pd.Timestamp
    event_date: pd.Timestamp | None
    start: int
    end: int
    text: str
    score: float


@dataclass(frozen=True)
class Citation:
    """A verbatim span: ``quote`` is ``text_md[start:end]`` of the curated document."""

    chunk_id: str
    doc_id: str
    title: str
    url: str
    published_at: pd.Timestamp
    quote: str
    start: int
    end: int


@dataclass(frozen=True)
class Answer:
    """What may be said, and where it stands.

    ``answer`` marks each citation by its number in brackets, from [1]; ``refused`` says why there
    is none, and is empty where there is one.
    """

    answer: str
    citations: tuple[Citation, ...] = ()
    refused: str = ""


@dataclass(frozen=True)
class Claim:
    """One sentence of a draft, with the spans and fields it rests on; not verified yet.

    ``quotes`` are (chunk_id, quote); ``fields`` are names of fields of the prediction row.
    """

    text: str
    quotes: tuple[tuple[str, str], ...] = ()
    fields: tuple[str, ...] = field(default=())


class Embedder(Protocol):
    """Texts to unit vectors."""

    @property
    def name(self) -> str:
        """Which model, and which revision of it: part of what an index is known by."""

    @property
    def dimension(self) -> int:
        """Length of a vector."""

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of shape (n_texts, dimension); a text's vector hangs on it alone."""


class Retriever(Protocol):
    """The passages that answer a question, best first."""

    def search(self, question: str, constraints: Constraints, count: int = 5) -> list[Passage]:
        """At most ``count`` passages, none published after ``constraints.as_of``."""


class Generator(Protocol):
    """Drafts an answer from passages; what it says is then verified."""

    @property
    def name(self) -> str:
        """What ``answer.generator`` calls it."""

    def draft(
        self, question: str, passages: Sequence[Passage], prediction: dict[str, object]
    ) -> list[Claim]:
        """Claims in order; none where the passages do not answer."""
