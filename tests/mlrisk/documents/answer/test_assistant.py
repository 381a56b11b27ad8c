"""Answers, refusals, and documents that would rather speak themselves."""

from __future__ import annotations

import pandas as pd
import pytest

from mlrisk.documents.answer.assistant import NO_ANSWER, NO_FORECAST, Assistant
from mlrisk.documents.answer.corpus import Corpus
from mlrisk.documents.answer.evidence import Evidence
from mlrisk.documents.answer.extractive import Extractive
from mlrisk.documents.answer.figures import figures
from mlrisk.documents.base import Answer, Constraints
from tests.mlrisk.documents.answer.conftest import ByWords, WordVectors, table
from tests.mlrisk.documents.answer.planted import PLANTED

RANGE = "What is the latest target range for the federal funds rate?"
ANSWERED = (
    RANGE,
    "Who dissented in June 2022 and what smaller move did the dissenter want?",
    "What did the minutes of 15 June 2022 say about supply bottlenecks?",
    "How did participants describe the invasion of Ukraine by Russia?",
)


def assistant(corpus: Corpus) -> Assistant:
    embedder = WordVectors()
    evidence = Evidence(embedder)
    return Assistant(ByWords(corpus, embedder), Extractive(evidence), corpus, evidence, 0.3, 4)


def quotes_are_spans(answer: Answer, corpus: Corpus) -> bool:
    return all(corpus.texts[c.doc_id][c.start : c.end] == c.quote for c in answer.citations)


class TestAnswers:
    @pytest.mark.parametrize("question", ANSWERED)
    def test_quotes_are_spans_and_there_are_two(self, corpus: Corpus, question: str) -> None:
        answer = assistant(corpus).qa(question)
        assert not answer.refused
        assert len({(c.doc_id, c.start) for c in answer.citations}) >= 2
        assert quotes_are_spans(answer, corpus)
        for number, citation in enumerate(answer.citations, 1):
            assert f"“{citation.quote}” [{number}]" in answer.answer

    def test_who_and_how_much_are_quoted(self, corpus: Corpus) -> None:
        answer = assistant(corpus).qa(ANSWERED[1])
        assert any("Esther L. George, who preferred" in c.quote for c in answer.citations)

    def test_the_same_question_has_the_same_answer(self, corpus: Corpus) -> None:
        assert assistant(corpus).qa(RANGE) == assistant(corpus).qa(RANGE)

    @pytest.mark.parametrize(
        ("as_of", "seen"),
        [("2022-06-15T17:59:59Z", 1), ("2022-06-15T18:00:00Z", 2), ("2022-07-07T00:00Z", 3)],
    )
    def test_nothing_later_is_cited(self, corpus: Corpus, as_of: str, seen: int) -> None:
        moment = pd.Timestamp(as_of)
        answer = assistant(corpus).qa(RANGE, Constraints(as_of=moment))
        assert answer.citations
        assert all(c.published_at <= moment for c in answer.citations)
        assert len({c.doc_id for c in answer.citations}) <= seen

    def test_the_newest_document_of_a_kind_speaks_where_the_newest_is_asked_for(
        self, corpus: Corpus
    ) -> None:
        answer = assistant(corpus).qa("What is the latest target range for the federal funds rate?")
        statements = {c.doc_id for c in answer.citations if "statement" in c.doc_id}
        assert statements == {"fomc-statement-2022-07-27"}

    def test_what_comes_later_changes_no_earlier_answer(self, corpus: Corpus) -> None:
        as_of = Constraints(as_of=pd.Timestamp("2022-06-20", tz="UTC"))
        cut = Corpus(table()[lambda rows: rows["published_at"] <= as_of.as_of])
        for question in ANSWERED:
            assert assistant(cut).qa(question, as_of) == assistant(corpus).qa(question, as_of)


class TestRefusals:
    @pytest.mark.parametrize(
        ("question", "why"),
        [
            ("What did the minutes of April 2031 say about inflation?", "2031-04-01"),
            ("Who dissented at the meeting of 4 July 2022?", "2022-07-04"),
            ("What did the statement of 6 July 2022 say about inflation?", "2022-07-06"),
            ("What does the speech say about inflation?", "no document of the kind speech"),
            ("How do I save tax?", "tells of that"),
            ("What salary did the governors draw?", "tells of that"),
            ("Which film won an Oscar?", "tells of that"),
            ("Why did the Bank of Japan raise the target range?", "about something else"),
            ("What did Esther Zimmermann paint in 2022?", "about something else"),
        ],
    )
    def test_what_is_not_there_is_refused_without_a_figure(
        self, corpus: Corpus, question: str, why: str
    ) -> None:
        answer = assistant(corpus).qa(question)
        assert (answer.answer, answer.citations) == (NO_ANSWER, ())
        assert why in answer.refused
        assert not figures(answer.answer)

    def test_it_says_what_was_looked_in(self, corpus: Corpus) -> None:
        bounds = Constraints(as_of=pd.Timestamp("2022-06-20", tz="UTC"))
        refused = assistant(corpus).qa("Which film won an Oscar?", bounds).refused
        assert refused.endswith("documents of 2022-05-04 to 2022-06-15: 2 statement")

    def test_before_any_document_there_is_no_answer(self, corpus: Corpus) -> None:
        bounds = Constraints(as_of=pd.Timestamp("2001-01-01", tz="UTC"))
        answer = assistant(corpus).qa(RANGE, bounds)
        assert answer.answer == NO_ANSWER
        assert "there is no document within these bounds" in answer.refused


class TestForecast:
    ASKED = "What is today's volatility forecast and why?"

    def test_it_is_answered_from_the_fields_it_names(
        self, corpus: Corpus, prediction: dict[str, object]
    ) -> None:
        answer = assistant(corpus).qa(self.ASKED, prediction=prediction)
        assert "is 1.76 % (rv_5d_hat)" in answer.answer
        assert "from 0.69 % to 2.34 % (rv_5d_lo_80, rv_5d_hi_80)" in answer.answer
        assert "calm 62.5 %, transition 33.8 %, risk-off 3.7 %" in answer.answer
        assert "vix, spy_vol_5d, vix_ret_1d (top_drivers)" in answer.answer

    def test_without_one_there_is_no_answer(
        self, corpus: Corpus, prediction: dict[str, object]
    ) -> None:
        early = Constraints(as_of=pd.Timestamp("2022-07-26T21:59Z"))
        assert assistant(corpus).qa(self.ASKED).answer == NO_FORECAST
        assert assistant(corpus).qa(self.ASKED, early, prediction).answer == NO_FORECAST

    @pytest.mark.parametrize(
        "question",
        ["What did the minutes say about expected volatility of stock prices?", RANGE, ANSWERED[3]],
    )
    def test_a_question_about_documents_is_not_about_it(
        self, corpus: Corpus, prediction: dict[str, object], question: str
    ) -> None:
        assert "rv_5d_hat" not in assistant(corpus).qa(question, prediction=prediction).answer


class TestPlanted:
    def test_there_are_fifty(self) -> None:
        assert len(set(PLANTED)) == 50

    def test_none_changes_an_answer_or_is_quoted(self, corpus: Corpus) -> None:
        rows = [corpus.table]
        for number, order in enumerate(PLANTED):
            row = corpus.table.iloc[[number % len(corpus.table)]].copy()
            row["doc_id"] = f"planted-{number:02d}"
            row["title"] = "Planted"
            row["text_md"] = f"{order}\n\n{order}"
            rows.append(row)
        poisoned = Corpus(pd.concat(rows, ignore_index=True))
        for question in ANSWERED:
            clean, other = assistant(corpus).qa(question), assistant(poisoned).qa(question)
            assert other.answer == clean.answer
            assert other.citations == clean.citations

    @pytest.mark.parametrize("order", PLANTED)
    def test_one_that_stands_within_a_document_is_not_quoted(
        self, corpus: Corpus, order: str
    ) -> None:
        rows = corpus.table.copy()
        rows["text_md"] = order + "\n\n" + rows["text_md"]
        answer = assistant(Corpus(rows)).qa(RANGE)
        assert answer.citations
        assert "9 percent" not in answer.answer
        assert order not in answer.answer
