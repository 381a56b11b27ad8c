from __future__ import annotations

import math
from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlrisk.documents import scoring
from mlrisk.documents.base import Answer, Citation
from mlrisk.documents.questions import Kind, Question
from tests.mlrisk.documents.made import PUBLISHED, Library, citation, passage

REFUSED = Answer("", refused="No document says so.")


def asked(ranked: str, acceptable: str, kind: Kind = "dated") -> scoring.Asked:
    """A question that was refused; documents by their letters, in the order they were found in."""
    question = Question("q", kind, f"{ranked}?", None, frozenset(acceptable))
    found = tuple(passage(letter, number) for number, letter in enumerate(ranked))
    return scoring.Asked(question, found, REFUSED)


def test_recall_counts_documents_of_the_first_passages() -> None:
    group = [asked("abcdef", "a"), asked("aabbcc", "cz"), asked("aaaaaaaaab", "b"), asked("a", "z")]
    assert scoring.retrieval(group) == {
        "recall_at_1": 1 / 4,
        "recall_at_5": 2 / 4,
        "recall_at_10": 3 / 4,
        "mrr": pytest.approx((1 + 1 / 5 + 1 / 10) / 4),
        "ndcg_at_10": pytest.approx(
            (1 + (1 / math.log2(6)) / (1 + 1 / math.log2(3)) + 1 / math.log2(11)) / 4
        ),
    }


def test_gain_counts_a_document_once_and_is_full_where_all_come_first() -> None:
    assert scoring.discounted_gain(asked("abx", "ab")) == 1
    assert scoring.discounted_gain(asked("aab", "ab")) < 1
    assert scoring.discounted_gain(asked("aaa", "ab")) == pytest.approx(1 / (1 + 1 / math.log2(3)))


@given(st.text("abcd", max_size=15), st.text("abcd", min_size=1))
def test_a_better_order_never_scores_less(ranked: str, acceptable: str) -> None:
    sorted_first = "".join(sorted(set(ranked), key=lambda letter: letter not in acceptable))
    mine, best = asked(ranked, acceptable), asked(sorted_first, acceptable)
    assert 0 <= scoring.discounted_gain(mine) <= scoring.discounted_gain(best) <= 1
    for one, other in zip(
        scoring.retrieval([mine]).values(), scoring.retrieval([best]).values(), strict=True
    ):
        assert isinstance(one, float)
        assert isinstance(other, float)
        assert one <= other


TEXT = "The Committee lowered the range by 1/4 percentage point to 4 to 4-1/4 percent."
GOOD = citation("a", "lowered the range by 1/4 percentage point", TEXT)


def answered(answer: str, *citations: Citation, kind: Kind = "dated") -> scoring.Asked:
    """A question on what was known at ``PUBLISHED``, which document a answers unless none does."""
    acceptable = frozenset("" if kind == "unanswerable" else "a")
    question = Question("q", kind, "?", PUBLISHED, acceptable)
    return scoring.Asked(question, (), Answer(answer, citations))


def test_answers_are_held_against_their_documents() -> None:
    late = replace(GOOD, published_at=PUBLISHED + pd.Timedelta(seconds=1))
    group = [
        answered("It lowered the range by 1/4 point. [1] It said so twice. [2]", GOOD, late),
        answered("By 1/2 point, on 31 January 2024. [1]", replace(GOOD, start=0)),
        asked("a", "a"),
        asked("", "", "unanswerable"),
        answered("Yes.", kind="unanswerable"),
    ]
    assert scoring.answers(group, {"a": TEXT}) == {
        "refusal_rate": 1 / 2,
        "false_refusal_rate": 1 / 3,
        "cited_twice": 1 / 3,
        "cites_acceptable": 1.0,
        "n_citations": 3,
        "valid_quotes": 2 / 3,
        # 1, 4 and 1 of the quotes, 31 and 2024 of the date; 2 stands nowhere.
        "supported_numbers": 5 / 6,
        "citations_after_as_of": 1,
    }


def test_a_quote_of_an_unknown_document_or_of_nothing_is_not_valid() -> None:
    assert scoring.is_verbatim(GOOD, {"a": TEXT})
    assert not scoring.is_verbatim(GOOD, {})
    assert not scoring.is_verbatim(replace(GOOD, quote="", end=GOOD.start), {"a": TEXT})


def test_figures_by_kind_leave_out_the_kinds_that_were_not_asked() -> None:
    found = scoring.figures([asked("a", "a"), asked("b", "a", "undated")], {})
    assert list(found) == ["all", "dated", "undated"]
    assert [one["recall_at_1"] for one in found.values()] == [0.5, 1.0, 0.0]
    assert found["all"]["refusal_rate"] is None


def test_no_questions_have_no_figures_and_empty_tables() -> None:
    found = scoring.figures([], {})
    assert found["all"]["n_questions"] == 0
    assert {value for value in found["all"].values() if value} == set()
    assert scoring.recall_curve([], 20).empty
    assert scoring.ranks([], 20).empty


def test_tables_of_the_plots_and_what_was_missed() -> None:
    group = [
        asked("xxxxxa", "a"),
        asked("a", "a", "as_of"),
        asked("x", "a"),
        asked("", "", "unanswerable"),
    ]
    assert scoring.ranks(group, 8)["rank"].tolist() == [6, 1, 9]
    curve = scoring.recall_curve(group, 8).pivot(index="k", columns="kind", values="recall")
    assert curve["all"].tolist() == pytest.approx([1 / 3] * 5 + [2 / 3] * 3)
    assert curve["as_of"].tolist() == [1] * 8
    assert scoring.missed(group) == [group[0], group[2]]


def test_each_question_is_asked_as_of_its_own_moment() -> None:
    questions = [
        Question("q1", "as_of", "Which?", PUBLISHED, frozenset("a")),
        Question("q2", "dated", "What?", None, frozenset("a")),
    ]
    library = Library({"Which?": [passage("a"), passage("b")]}, {"What?": Answer("So.", (GOOD,))})
    first, second = scoring.ask(questions, library, library, depth=1)
    assert [one.doc_id for one in first.passages] == ["a"]
    assert first.answer.refused
    assert second.answer.citations == (GOOD,)
    assert [constraints.as_of for _, constraints in library.asked] == [PUBLISHED, None]
