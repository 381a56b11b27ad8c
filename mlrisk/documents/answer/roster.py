"""The generators by name, and the assistant put together from plain settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from mlrisk.documents.answer.assistant import Assistant
from mlrisk.documents.answer.bedrock import Bedrock
from mlrisk.documents.answer.chat import Chat
from mlrisk.documents.answer.corpus import Corpus
from mlrisk.documents.answer.evidence import Evidence, windows_of
from mlrisk.documents.answer.extractive import Extractive
from mlrisk.documents.base import DocumentError, Embedder, Generator, Retriever

GENERATORS = ("extractive", "bedrock", "openai")


def generator(
    settings: Mapping[str, Any], evidence: Evidence, api_key: str | None = None
) -> Generator:
    """The generator that the section ``answer`` names.

    Parameters
    ----------
    settings : mapping
        ``generator``, ``quotes``, ``seconds``, ``attempts``, ``tokens``, ``bedrock`` and
        ``openai``, as the section has them.
    evidence : Evidence
        What an extractive answer is chosen from.
    api_key : str, optional
        What the environment variable ``openai.key_variable`` holds.

    Raises
    ------
    DocumentError
        Where there is none of that name.
    """
    name = settings["generator"]
    asking = {key: settings[key] for key in ("seconds", "attempts", "tokens")}
    if name == "extractive":
        return Extractive(evidence, settings["quotes"])
    if name == "bedrock":
        return Bedrock(**settings["bedrock"], **asking)
    if name == "openai":
        endpoint = settings["openai"]
        return Chat(endpoint["base_url"], endpoint["model"], api_key, **asking)
    raise DocumentError(f"answer.generator = {name!r}; there are {', '.join(GENERATORS)}")


def assistant(
    retriever: Retriever,
    embedder: Embedder,
    curated: pd.DataFrame,
    chunks: pd.DataFrame,
    settings: Mapping[str, Any],
    api_key: str | None = None,
) -> Assistant:
    """What answers questions over an index.

    Parameters
    ----------
    retriever : Retriever
    embedder : Embedder
        The one the index was built with.
    curated, chunks : DataFrame
        As ``contracts.DOCS_CURATED`` and ``contracts.DOCS_CHUNKS`` describe them.
    settings : mapping
        The section ``answer``.
    api_key : str, optional
        As ``generator`` takes it.
    """
    evidence = Evidence(embedder, windows_of(chunks))
    return Assistant(
        retriever,
        generator(settings, evidence, api_key),
        Corpus(curated),
        evidence,
        near_enough=settings["near_enough"],
        passages=settings["passages"],
    )
