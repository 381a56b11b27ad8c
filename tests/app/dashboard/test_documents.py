"""Asking, and opening what an answer or a brief cites."""

from __future__ import annotations

import html as entities

import pytest
from streamlit.testing.v1 import AppTest

from app.dashboard import state
from app.dashboard.views.ask import EXAMPLES
from app.faces import briefs
from app.faces.snapshot import Snapshot
from tests.app.dashboard.conftest import opened, text

QUESTION = "How much did consumer prices rise over the last 12 months?"


@pytest.fixture(scope="module")
def told(snapshot: Snapshot, workspace: state.Workspace) -> dict:
    found = briefs.told(
        snapshot, lambda: workspace.desk(snapshot), snapshot.predictions["date"].iloc[-1]
    )
    assert found["citations"]
    return found


def test_brief_says_what_the_stage_wrote(dashboard: AppTest, told: dict) -> None:
    seen = opened(dashboard, "brief")
    page = entities.unescape(text(seen))
    for bullet in told["bullets"]:
        for figure in bullet["figures"]:
            assert figure["text"] in page
    buttons = [one for one in seen.button if (one.key or "").startswith("mr-cite-")]
    assert len(buttons) == len(told["citations"])


def test_citation_opens_its_passage_with_the_quote_marked(dashboard: AppTest, told: dict) -> None:
    seen = opened(dashboard, "brief").button(key="mr-cite-1").click().run()
    assert seen.query_params["cite"] == "1"
    citation = told["citations"][0]
    page = text(seen)
    assert f"<mark>{entities.escape(citation['quote'])}</mark>" in page
    assert entities.escape(citation["title"]) in page
    assert citation["url"] in page


def test_address_opens_a_passage(dashboard: AppTest, told: dict) -> None:
    seen = opened(dashboard, "brief", cite=str(len(told["citations"])))
    assert f"<mark>{entities.escape(told['citations'][-1]['quote'])}</mark>" in text(seen)


@pytest.mark.parametrize("asked", ["0", "99", "-1", "one", "²"])
def test_number_that_no_citation_has_opens_nothing(asked: str, dashboard: AppTest) -> None:
    seen = opened(dashboard, "brief", cite=asked)
    assert not seen.exception
    assert "<mark>" not in text(seen)


def test_question_is_answered_with_its_citations(dashboard: AppTest) -> None:
    seen = opened(dashboard, "ask", q=QUESTION)
    assert not seen.exception
    assert "mr-answer" in text(seen)
    seen = seen.button(key="mr-cite-1").click().run()
    assert "<mark>" in text(seen)


def test_refusal_says_why(dashboard: AppTest) -> None:
    seen = opened(dashboard, "ask")
    seen.text_input(key="question").set_value("Who won the football?")
    seen = next(one for one in seen.button if one.label == "Ask").click().run()
    page = text(seen)
    assert "mr-refused" in page
    assert "Why: " in page
    assert not any((one.key or "").startswith("mr-cite-") for one in seen.button)


def test_only_what_was_published_by_then_is_asked(dashboard: AppTest, snapshot: Snapshot) -> None:
    first = snapshot.predictions["date"].iloc[0]
    assert snapshot.documents["published_at"].min() > first.tz_localize("UTC")
    seen = opened(dashboard, "ask", date=f"{first:%Y-%m-%d}", q=QUESTION)
    assert "mr-refused" in text(seen)


def test_question_is_shown_as_text(dashboard: AppTest) -> None:
    hostile = "<img src=x onerror=alert(1)> What is <b>inflation</b>?"
    seen = opened(dashboard, "ask", q=hostile)
    assert not seen.exception
    assert "<img" not in text(seen)
    assert seen.text_input(key="question").value == hostile


def test_example_is_asked_by_a_click(dashboard: AppTest) -> None:
    seen = opened(dashboard, "ask")
    seen = seen.button(key="mr-example-2").click().run()
    assert seen.query_params["q"] == EXAMPLES[2]
    assert "mr-answer" in text(seen)
