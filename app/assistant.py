"""The documents of a repository, ready to be asked: loaded once, as params.yaml says."""

from __future__ import annotations

import os
from pathlib import Path

import pandas as pd

from app import tables
from mlrisk import contracts
from mlrisk.calendar import information_time
from mlrisk.documents.assemble import Desk, assemble
from mlrisk.params import Params, load_params
from mlrisk.params.documents import Answering, Indexing, RagEval, Retrieval
from mlrisk.params.sections import PARAMS_FILE


class AskParams(Params):
    """What asking is set up by."""

    index: Indexing
    retrieval: Retrieval
    answer: Answering
    rag_eval: RagEval


def load(root: Path) -> Desk:
    """Retriever, assistant and texts over ``data/docs``; takes seconds, a question then none.

    Raises
    ------
    StoreError
        Where the documents are not there yet.
    ParamsError, DocumentError
        Where params.yaml names what cannot be used.
    """
    params = settings(root)
    return assemble(
        tables.read(root, contracts.DOCS_CURATED),
        tables.read(root, contracts.DOCS_CHUNKS),
        os.environ,
        index=params.index.model_dump(),
        retrieval=params.retrieval.model_dump(),
        answer=params.answer.model_dump(),
    )


def settings(root: Path) -> AskParams:
    """The sections of params.yaml that asking reads."""
    return load_params(AskParams, root / PARAMS_FILE)


def prediction(root: Path, as_of: pd.Timestamp | None) -> dict[str, object]:
    """The last row of predictions known at a moment, or at all; empty where there is none."""
    if not (root / contracts.PREDICTIONS_DAILY.path).is_dir():
        return {}
    return known(tables.read(root, contracts.PREDICTIONS_DAILY), as_of)


def known(predictions: pd.DataFrame, as_of: pd.Timestamp | None) -> dict[str, object]:
    """The same of a table that is read already."""
    rows = predictions
    if as_of is not None:
        rows = rows[information_time(rows["date"]) <= as_of]
    return {} if rows.empty else {str(name): value for name, value in rows.iloc[-1].items()}
