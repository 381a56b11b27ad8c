"""Requests made from the description of the interface itself, as it says they are and otherwise."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, settings
from requests import Session
from schemathesis.checks import load_all_checks
from schemathesis.generation import GenerationMode
from schemathesis.generation.case import Case
from schemathesis.python import asgi
from schemathesis.schemas import APIOperation, BaseSchema
from schemathesis.specs.openapi.checks import positive_data_acceptance

from app.api.problem_kinds import KINDS
from app.api.service import Service
from tests.app.api.parts import serving

CASES = 2000
HEADERS = {"Host": "127.0.0.1"}
VALID, BROKEN = GenerationMode.POSITIVE, GenerationMode.NEGATIVE
EXAMPLES = {
    "POST /predict": {VALID: 100, BROKEN: 150},
    "GET /predictions": {VALID: 30, BROKEN: 80},
    "GET /predictions/{date}": {VALID: 30, BROKEN: 50},
    "POST /qa": {VALID: 60, BROKEN: 120},
    "POST /daily-brief": {VALID: 15, BROKEN: 80},
    "GET /problems/{name}": {VALID: 10, BROKEN: 10},
}
"""Of each address that takes something, beside those at each bound of its description."""

OTHERWISE = {KINDS[name].type for name in ("contradiction", "no-forecast")}
"""What a schema cannot say: that one date lies after another, that many values are odd together."""


@pytest.fixture(scope="module")
def served(service: Service, tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    return serving(service, tmp_path_factory.mktemp("empty"))


@pytest.fixture(scope="module")
def session(served: FastAPI) -> Iterator[Session]:
    with asgi.get_client(served) as client:
        client.headers.update(HEADERS)
        yield client


@pytest.fixture(scope="module")
def schema(served: FastAPI) -> BaseSchema:
    load_all_checks()
    return schemathesis.openapi.from_asgi("/openapi.json", served, headers=HEADERS)


def test_whatever_is_sent_the_answer_is_as_described(schema: BaseSchema, session: Session) -> None:
    seen: Counter[int] = Counter()

    def send(case: Case) -> None:
        answer = case.call(session=session)
        seen[answer.status_code] += 1
        refused = answer.status_code == 422 and json.loads(answer.content)["type"] in OTHERWISE
        case.validate_response(
            answer, excluded_checks=[positive_data_acceptance] if refused else []
        )

    for operation in (result.ok() for result in schema.get_all_operations()):
        for case in of_every_keyword(schema, operation):
            send(case)
        for mode, count in EXAMPLES.get(operation.label, {}).items():
            fuzz = settings(
                max_examples=count,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )(given(operation.as_strategy(generation_mode=mode))(send))
            fuzz()
    assert sum(seen.values()) >= CASES
    assert set(seen) == {200, 400, 404, 405, 415, 422}


def of_every_keyword(schema: BaseSchema, operation: APIOperation) -> Iterator[Case]:
    """Requests at and beyond each bound of the description, and with other methods."""
    return schema.iter_coverage_cases(
        operation,
        generation_modes=[VALID, BROKEN],
        generation_config=schema.config.generation_for(operation=operation),
    )
