import pytest

from app import document_findings

KIND = {
    "n_questions": 29,
    "recall_at_1": 0.75,
    "recall_at_5": 0.967,
    "recall_at_10": 1.0,
    "mrr": 0.8432,
    "ndcg_at_10": 0.8,
    "refusal_rate": None,
    "false_refusal_rate": 0.0,
    "cited_twice": 1.0,
    "cites_acceptable": 0.9,
    "n_citations": 61,
    "valid_quotes": 1.0,
    "supported_numbers": 1.0,
    "citations_after_as_of": 0,
}
RAG = {"generator": "extractive", "embedder": "minilm", "all": KIND, "dated": KIND}


def test_a_row_for_each_kind_and_a_dash_for_what_there_is_not() -> None:
    text = document_findings.block(RAG, "Title")
    assert text.startswith("**Title**: `answer.generator=extractive`.")
    rows = [line for line in text.splitlines() if line.startswith("| ") and "---" not in line]
    assert [row.split("|")[1].strip() for row in rows] == ["kind", "all", "dated"]
    assert "97%" in rows[1]
    assert "0.843" in rows[1]
    assert "–" in rows[1]


@pytest.mark.parametrize("rag", [{}, {**RAG, "all": {**KIND, "n_questions": 0}}])
def test_no_questions_no_table(rag: dict) -> None:
    assert document_findings.block(rag, "Title") == ""
