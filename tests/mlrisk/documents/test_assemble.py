from __future__ import annotations

from pathlib import Path

import pandas as pd

from mlrisk import contracts
from mlrisk.documents.assemble import assemble
from mlrisk.documents.base import Constraints
from mlrisk.params import Params, load_params
from mlrisk.params.documents import Answering, Indexing, Retrieval


class _Read(Params):
    index: Indexing
    retrieval: Retrieval
    answer: Answering


def test_a_desk_without_documents_finds_nothing_and_says_so() -> None:
    params = load_params(_Read, Path(__file__).parents[3] / "params.yaml")
    desk = assemble(
        contracts.DOCS_CURATED.empty(),
        contracts.DOCS_CHUNKS.empty(),
        {},
        index=params.index.model_dump(),
        retrieval=params.retrieval.model_dump(),
        answer=params.answer.model_dump(),
    )
    bounds = Constraints(as_of=pd.Timestamp("2024-01-31 22:00", tz="UTC"))
    assert desk.retriever.search("What is the target range?", bounds) == []
    answer = desk.assistant.qa("What is the target range?", bounds)
    assert answer.refused
    assert answer.citations == ()
    assert desk.texts == {}
