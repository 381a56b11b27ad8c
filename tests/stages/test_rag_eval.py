"""The stages ``rag_eval`` and ``brief``, over a library that knows its answers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from app import compose
from mlrisk import contracts, store
from mlrisk.calendar import sessions
from mlrisk.documents.assemble import Desk
from mlrisk.documents.base import Answer
from stages import brief, rag_eval
from tests.conftest import PROJECT
from tests.mlrisk.documents.made import Library, citation, passage, predictions

TEXT = "The range stays at 5-1/4 to 5-1/2 percent."
QUOTE = citation("fomc-statement-2024-01-31", TEXT)
ASKED = "What is the target range?"
SET = [
    {"qid": "q1", "kind": "dated", "question": ASKED, "acceptable_doc_ids": [QUOTE.doc_id]},
    {"qid": "q2", "kind": "undated", "question": "Who?", "acceptable_doc_ids": ["x"]},
    {"qid": "q3", "kind": "unanswerable", "question": "Why?", "acceptable_doc_ids": []},
]
DAYS = sessions(pd.Timestamp("2024-01-25"), pd.Timestamp("2024-02-02"))


def curated() -> pd.DataFrame:
    row = {
        "doc_id": QUOTE.doc_id,
        "published_at": QUOTE.published_at.as_unit("us"),
        "event_date": pd.Timestamp("2024-01-31").as_unit("us"),
        "source": "made",
        "doc_type": "statement",
        "title": QUOTE.title,
        "url": QUOTE.url,
        "asset_tags": ["rates"],
        "text_md": TEXT,
        "sha256": "0" * 64,
    }
    return pd.DataFrame([row])


@pytest.fixture(scope="module")
def params() -> str:
    return compose.composed(PROJECT, ["source.as_of='2024-02-02'", "model=har"])


@pytest.fixture(autouse=True)
def _workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, params: str) -> None:
    monkeypatch.chdir(tmp_path)
    Path("params.yaml").write_text(params, encoding="utf-8")
    store.write(contracts.DOCS_CURATED, curated())
    store.write(contracts.DOCS_CHUNKS, contracts.DOCS_CHUNKS.empty())
    topic = brief.load_params(brief.BriefParams).brief.topics[0]
    answer = Answer(f"{TEXT} [1]", (QUOTE,))
    library = Library(
        {ASKED: [passage("fomc-minutes-2024-01-31"), passage(QUOTE.doc_id)]},
        {ASKED: answer, topic.question: answer},
    )
    desk = Desk(library, library, {QUOTE.doc_id: TEXT})
    for stage in (rag_eval, brief):
        monkeypatch.setattr(stage, "assemble", lambda *_, **__: desk)


def tree(path: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Path(path).read_text(encoding="utf-8"))
    return found


def test_questions_are_scored_and_drawn() -> None:
    Path("data/docs/questions.jsonl").write_text("\n".join(map(json.dumps, SET)))
    rag_eval.main()
    metrics = tree("metrics/rag.json")
    assert metrics["all"]["n_questions"] == 3
    assert metrics["dated"] | {"recall_at_1": 0, "recall_at_5": 1, "mrr": 0.5} == metrics["dated"]
    assert metrics["all"]["valid_quotes"] == metrics["all"]["supported_numbers"] == 1
    assert metrics["unanswerable"]["refusal_rate"] == 1
    assert metrics["missed"] == ["q2"]
    ranks = pd.read_csv("plots/rag_eval/ranks.csv")
    assert ranks.to_dict("list") == {
        "qid": ["q1", "q2"],
        "kind": ["dated", "undated"],
        "rank": [2, 21],
    }
    recall = pd.read_csv("plots/rag_eval/recall.csv")
    assert recall.groupby("kind")["recall"].last().to_dict() == {
        "all": 0.5,
        "dated": 1,
        "undated": 0,
    }


def test_a_source_without_documents_has_metrics_of_nothing() -> None:
    Path("data/docs/questions.jsonl").write_text("")
    rag_eval.main()
    metrics = tree("metrics/rag.json")
    assert metrics["all"]["n_questions"] == 0
    assert metrics["all"]["recall_at_5"] is None
    assert Path("plots/rag_eval/recall.csv").read_text() == "kind,k,recall\n"


def write_forecasts() -> None:
    store.write(contracts.PREDICTIONS_DAILY, predictions(DAYS))
    parts = pd.DataFrame({"date": DAYS, "vix": 0.1, "vix_term": -0.05, "baseline": -8.0})
    store.write(contracts.backtest("har").contributions, parts)
    store.write(contracts.REGIME_SERVED.contributions, parts)
    walked = {"date": DAYS, "fold": 0, "var_5d_hat": 0.0004, "rv_5d_hat": 0.02}
    table = pd.DataFrame({**walked, "model_version": "0" * 16})
    store.write(contracts.backtest("rv20").forecasts, table)
    store.write(contracts.RAW_CALENDAR, contracts.RAW_CALENDAR.empty())


def test_the_brief_of_the_day_is_a_page_and_its_contract() -> None:
    write_forecasts()
    brief.main()
    page = Path("data/brief/brief.md").read_text(encoding="utf-8")
    told = tree("data/brief/brief.json")
    assert page.startswith("# SPY after the close of Friday 2 February 2024\n")
    assert told["summary_md"] == page
    assert told["date"] == "2024-02-02"
    assert [one["doc_id"] for one in told["citations"]] == [QUOTE.doc_id]
    assert "(`rv20_annualized_percent`)" in page
    assert "the VIX +5.1% and the VIX term structure -2.5%" in page
