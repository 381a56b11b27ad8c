from __future__ import annotations

import json
import math
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from app.api import problems
from app.api.problem_kinds import KINDS
from app.api.problems import FieldError, ProblemError, pointer

SCOPE = {"type": "http", "path": "/predict", "state": {"request_id": "r-1"}}


def told(problem: ProblemError, scope: dict[str, Any] | None = None) -> dict[str, Any]:
    answer = problems.response(problem, scope or SCOPE)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.status_code == problem.kind.status
    found: dict[str, Any] = json.loads(bytes(answer.body))
    return found


@pytest.mark.parametrize("name", sorted(KINDS))
def test_every_kind_has_the_members_of_the_standard(name: str) -> None:
    kind = KINDS[name]
    assert told(ProblemError(name, "Because.")) == {
        "type": f"/problems/{name}",
        "title": kind.title,
        "status": kind.status,
        "detail": "Because.",
        "instance": "/predict",
        "request_id": "r-1",
    }


def test_an_occurrence_may_say_more() -> None:
    error = FieldError("/a", "is wrong", 3.5, members={"close": ["b"]})
    problem = ProblemError("unknown-feature", "No.", [error], members={"first": "2020-01-02"})
    found = told(problem)
    assert found["first"] == "2020-01-02"
    assert found["errors"] == [
        {"field": "/a", "in": "body", "message": "is wrong", "value": 3.5, "close": ["b"]}
    ]


def parts_of(text: str) -> list[str]:
    """What a JSON pointer says, as RFC 6901 has it."""
    return [part.replace("~1", "/").replace("~0", "~") for part in text.split("/")[1:]]


@given(st.lists(st.text(max_size=20)))
def test_a_pointer_can_be_read_back(parts: list[str]) -> None:
    assert parts_of(pointer(*parts)) == parts


@given(st.text(st.characters(exclude_categories=())), st.text(max_size=300))
def test_whatever_was_sent_can_be_said_back(path: str, value: str) -> None:
    scope = {"type": "http", "path": path.encode(errors="replace").decode()}
    found = told(ProblemError("invalid-request", path, [FieldError("/a", "no", value)]), scope)
    assert len(found["errors"][0]["value"]) <= 103


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (math.nan, "nan"),
        (math.inf, "inf"),
        (10**400, "an integer beyond 2^53"),
        ("x" * 200, "x" * 100 + "..."),
        (None, None),
        (True, True),
    ],
)
def test_no_value_breaks_the_answer(value: object, expected: object) -> None:
    found = told(ProblemError("invalid-request", "No.", [FieldError("/a", "no", value)]))
    assert found["errors"][0]["value"] == expected


@pytest.mark.parametrize("value", [..., {"a": 1}, [1]])
def test_what_is_no_plain_value_is_not_said_back(value: object) -> None:
    found = told(ProblemError("invalid-request", "No.", [FieldError("/a", "no", value)]))
    assert "value" not in found["errors"][0]


def test_many_errors_are_not_all_told() -> None:
    errors = [FieldError(f"/{number}", "no") for number in range(1000)]
    assert len(told(ProblemError("invalid-request", "No.", errors))["errors"]) == 20


class Body(BaseModel):
    number: float
    inner: dict[str, int] = {}


@pytest.fixture(scope="module")
def client() -> TestClient:
    app = FastAPI()

    @app.post("/body")
    async def body(given: Body, size: int = 1) -> Body:
        return given

    @app.get("/mistake")
    async def mistake() -> None:
        raise RuntimeError("the secret of /etc/passwd")

    problems.install(app)
    return TestClient(app, raise_server_exceptions=False)


def test_a_mistake_says_nothing_of_the_inside(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO", "mlrisk"):
        answer = client.get("/mistake")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert "Error" not in answer.text
    logged = [
        record.fields["traceback"] for record in caplog.records if record.message == "mistake"
    ]
    assert len(logged) == 1
    assert "the secret of /etc/passwd" in logged[0]


def test_a_mistake_names_its_request(client: TestClient) -> None:
    problem = problems.response(ProblemError("internal-error", "x"), SCOPE)
    assert json.loads(bytes(problem.body))["request_id"] == "r-1"


@pytest.mark.parametrize(
    ("content", "status", "field"),
    [
        ('{"number": "a"}', 422, "/number"),
        ("{}", 422, "/number"),
        ('{"number": 1, "inner": {"a/b": "x"}}', 422, "/inner/a~1b"),
        ("[]", 422, ""),
        ("null", 422, ""),
    ],
)
def test_a_field_is_named_by_its_pointer(
    client: TestClient, content: str, status: int, field: str
) -> None:
    answer = client.post("/body", content=content, headers={"Content-Type": "application/json"})
    found = answer.json()
    assert (answer.status_code, found["type"]) == (status, "/problems/invalid-request")
    assert [(one["field"], one["in"]) for one in found["errors"]] == [(field, "body")]


def test_a_parameter_is_told_from_a_field(client: TestClient) -> None:
    answer = client.post("/body?size=x", json={"number": 1})
    error = answer.json()["errors"][0]
    assert (error["field"], error["in"], error["value"]) == ("/size", "query", "x")


@pytest.mark.parametrize(
    "content",
    [b"{", b"", b"\xff\xfe", b"{'a': 1}", b"9" * 5000, b"[" * 100_000, b'{"number": \xc3\x28}'],
)
def test_what_is_no_json_is_refused(client: TestClient, content: bytes) -> None:
    answer = client.post("/body", content=content, headers={"Content-Type": "application/json"})
    assert answer.status_code == (422 if not content else 400)
    assert answer.headers["content-type"] == "application/problem+json"


def test_addresses_and_methods_that_are_not_there(client: TestClient) -> None:
    assert client.get("/nowhere").json()["type"] == "/problems/not-found"
    answer = client.get("/body")
    assert answer.json()["type"] == "/problems/method-not-allowed"
    assert answer.headers["allow"] == "POST"
