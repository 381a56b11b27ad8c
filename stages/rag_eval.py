"""Stage ``rag_eval``: questions with known documents -> how well they are found and answered."""

from __future__ import annotations

import os
from pathlib import Path

from mlrisk import contracts, store
from mlrisk.documents import questions, scoring
from mlrisk.documents.assemble import assemble
from mlrisk.params import Params, load_params
from mlrisk.params.documents import Answering, Indexing, RagEval, Retrieval
from stages.run import run

QUESTIONS = Path("data/docs/questions.jsonl")


class RagEvalParams(Params):
    index: Indexing
    retrieval: Retrieval
    answer: Answering
    rag_eval: RagEval


def main() -> None:
    params = load_params(RagEvalParams)
    depth, cut = params.rag_eval.depth, params.rag_eval.cut
    desk = assemble(
        store.read(contracts.DOCS_CURATED),
        store.read(contracts.DOCS_CHUNKS),
        os.environ,
        index=params.index.model_dump(),
        retrieval=params.retrieval.model_dump(),
        answer=params.answer.model_dump(),
    )
    asked = scoring.ask(
        questions.parse(QUESTIONS.read_text(encoding="utf-8"), str(QUESTIONS)),
        desk.retriever,
        desk.assistant,
        depth,
    )
    store.write_metrics(
        "rag",
        {
            "generator": params.answer.generator,
            "embedder": params.index.embedder,
            **scoring.figures(asked, desk.texts),
            "missed": [one.question.qid for one in scoring.missed(asked, cut)],
        },
    )
    store.write_plots(
        "rag_eval",
        {"recall": scoring.recall_curve(asked, depth), "ranks": scoring.ranks(asked, depth)},
    )


if __name__ == "__main__":
    run(main)
