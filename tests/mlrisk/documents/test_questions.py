from __future__ import annotations

import json
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlrisk.documents import questions
from mlrisk.documents.base import DocumentError
from tests.real import REAL, needs_real

LINE: dict[str, Any] = {
    "qid": "q1",
    "kind": "as_of",
    "question": "What is the latest target range?",
    "as_of": "2020-03-14T08:00:00-04:00",
    "acceptable_doc_ids": ["fomc-statement-2020-03-03"],
    "evidence": "to 1 to 1-1/4 percent",
}


def text(*changes: dict[str, Any]) -> str:
    return "\n".join(json.dumps({**LINE, "qid": f"q{n}", **c}) for n, c in enumerate(changes, 1))


def test_reads_a_line_in_utc_and_lets_other_fields_be() -> None:
    (one,) = questions.parse(text({}) + "\n\n", "set.jsonl")
    assert one.constraints.as_of == pd.Timestamp("2020-03-14 12:00", tz="UTC")
    assert one.acceptable == {"fomc-statement-2020-03-03"}
    assert one.answerable


def test_gold_stands_where_nothing_is_called_acceptable() -> None:
    given_ = {"acceptable_doc_ids": None, "gold_doc_ids": ["a", "b"], "as_of": None}
    (one,) = questions.parse(text(given_), "set.jsonl")
    assert one.acceptable == {"a", "b"}
    assert one.as_of is None


def test_a_question_without_documents_is_unanswerable_and_must_say_so() -> None:
    nothing = {"kind": "unanswerable", "acceptable_doc_ids": []}
    (one,) = questions.parse(text(nothing), "set.jsonl")
    assert not one.answerable


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "set.jsonl, line 2: no JSON"),
        ("[1]", "set.jsonl, line 2: holds a list; expected an object with qid, kind, question"),
        (text({"qid": 7}), "line 2: qid = 7: Input should be a valid string"),
        (text({"qid": "q2", "kind": "other"}), "line 2: kind = 'other': Input should be 'dated'"),
        (text({"qid": "q2", "as_of": "2020-03-14"}), "as_of = '2020-03-14': Input should have tim"),
        ('{"qid": "q2", "kind": "dated"}', "line 2: question is missing"),
        (text({}), "line 2: qid = 'q1' stands on a line before"),
        (text({"qid": "q2", "acceptable_doc_ids": []}), "line 2: acceptable_doc_ids is empty"),
        (text({"qid": "q2", "kind": "unanswerable"}), "of a question of kind unanswerable; leave"),
    ],
)
def test_a_bad_line_is_named_with_its_field(line: str, said: str) -> None:
    with pytest.raises(DocumentError) as error:
        questions.parse(f"{text({})}\n{line}", "set.jsonl")
    assert said in str(error.value)


@given(st.text())
def test_any_other_text_is_an_error_that_names_the_line(anything: str) -> None:
    if not anything.strip():
        assert questions.parse(anything, "set.jsonl") == []
    else:
        with pytest.raises(DocumentError, match=r"set\.jsonl, line \d+"):
            questions.parse(anything, "set.jsonl")


@needs_real
def test_reads_the_questions_on_the_real_corpus() -> None:
    file = REAL / "docs" / "qa_dev.jsonl"
    found = questions.parse(file.read_text(encoding="utf-8"), file.name)
    assert {one.kind for one in found} == {"dated", "undated", "as_of"}
    assert all((one.as_of is not None) == (one.kind == "as_of") for one in found)
