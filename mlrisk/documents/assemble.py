"""Retriever, generator and verifier put together over an index, from plain settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from mlrisk.documents.answer.roster import assistant
from mlrisk.documents.base import Retriever
from mlrisk.documents.embed.choose import embedder
from mlrisk.documents.embed.remembered import Remembered
from mlrisk.documents.index.choose import index_of
from mlrisk.documents.interface import Assistant
from mlrisk.documents.retrieve.hybrid import HybridRetriever, Weights

Settings = Mapping[str, Any]


@dataclass(frozen=True)
class Desk:
    """Where documents are asked.

    Parameters
    ----------
    retriever : Retriever
    assistant : Assistant
    texts : mapping of doc_id to text
        ``text_md`` of the curated documents.
    """

    retriever: Retriever
    assistant: Assistant
    texts: Mapping[str, str]


def assemble(
    curated: pd.DataFrame,
    chunks: pd.DataFrame,
    environment: Mapping[str, str],
    *,
    index: Settings,
    retrieval: Settings,
    answer: Settings,
) -> Desk:
    """A desk over some documents.

    Parameters
    ----------
    curated, chunks : DataFrame
        As ``contracts.DOCS_CURATED`` and ``contracts.DOCS_CHUNKS``.
    environment : mapping
        Variables that settings name: a secret stands in no file.
    index, retrieval, answer : mapping
        The sections of these names, as in ``conf/``.

    Raises
    ------
    DocumentError
        Where settings name what there is not, or the index was built by other ones.
    """
    texts_to_vectors = Remembered(embedder(index))
    weights = Weights(**retrieval["weights"])
    retriever = HybridRetriever(
        index_of(chunks, index, environment), texts_to_vectors, weights, retrieval["candidates"]
    )
    key = environment.get(answer["openai"]["key_variable"])
    asked = assistant(retriever, texts_to_vectors, curated, chunks, answer, key)
    return Desk(retriever, asked, dict(zip(curated["doc_id"], curated["text_md"], strict=True)))
