from __future__ import annotations

import json
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from app.api.service import Service

QUESTION = "What was the unemployment rate?"


def test_an_answer_cites_the_text_as_it_stands(api: TestClient, service: Service) -> None:
    source = service.snapshot.documents["source"].iloc[0]
    asked = {"question": QUESTION, "constraints": {"as_of": "2023-06-30", "sources": [source]}}
    told = api.post("/qa", json=asked).json()
    assert told["refused"] == ""
    assert told["citations"]
    for one in told["citations"]:
        assert service.desk.texts[one["doc_id"]][one["start"] : one["end"]] == one["quote"]
        assert one["published_at"] <= "2023-06-30T22:00:00Z"


def test_a_refusal_is_an_answer(api: TestClient) -> None:
    answer = api.post("/qa", json={"question": "Who won the cup?", "constraints": None})
    assert answer.status_code == 200
    assert answer.json()["refused"]
    assert answer.json()["citations"] == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "/question"),
        ({"question": ""}, "/question"),
        ({"question": "x" * 1001}, "/question"),
        ({"question": 5}, "/question"),
        ({"question": "x", "constraints": {"as_of": "tomorrow"}}, "/constraints/as_of"),
        ({"question": "x", "constraints": {"as_of": "2023-02-30"}}, "/constraints/as_of"),
        ({"question": "x", "constraints": {"since": "2023-02-01"}}, "/constraints/since"),
        ({"question": "x", "constraints": {"sources": "fed"}}, "/constraints/sources"),
        ({"question": "x", "constraints": {"sources": ["a", 1]}}, "/constraints/sources/1"),
    ],
)
def test_a_question_that_cannot_be(api: TestClient, body: dict[str, object], field: str) -> None:
    answer = api.post("/qa", json=body)
    assert answer.status_code == 422
    assert [one["field"] for one in answer.json()["errors"]] == [field]


def test_a_lone_surrogate_is_no_text(api: TestClient) -> None:
    content = '{"question": "what \\ud800 is it?"}'
    answer = api.post("/qa", content=content, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422


def test_the_latest_brief_is_the_stored_one(api: TestClient, computed: Path) -> None:
    stored = json.loads((computed / "data" / "brief" / "brief.json").read_text())
    latest = api.post("/daily-brief")
    assert latest.status_code == 200
    assert latest.json() == stored
    assert api.post("/daily-brief", json={}).json() == stored
    assert api.post("/daily-brief", json={"date": stored["date"]}).json() == stored


def test_a_brief_of_an_earlier_day(api: TestClient) -> None:
    told = api.post("/daily-brief", json={"date": "2023-06-01"}).json()
    assert told["date"] == "2023-06-01"
    assert all(one["published_at"] <= "2023-06-01T22:00:00Z" for one in told["citations"])


def test_a_day_without_a_brief(api: TestClient) -> None:
    answer = api.post("/daily-brief", json={"date": "2023-06-03"})
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/no-such-date")


def test_a_brief_is_not_asked_for_in_another_form(api: TestClient) -> None:
    answer = api.post("/daily-brief", content="date=2023-06-01")
    assert answer.status_code == 415
