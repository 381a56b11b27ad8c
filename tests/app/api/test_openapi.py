from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.api import keys
from app.api.main import create_app
from app.api.problem_kinds import KINDS
from app.api.service import Service
from tests.app.api.parts import SETTINGS


@pytest.fixture(scope="module")
def schema(api: TestClient) -> dict[str, Any]:
    found: dict[str, Any] = api.get("/openapi.json").json()
    return found


def walked(tree: Any) -> Iterator[dict[str, Any]]:
    if isinstance(tree, dict):
        yield tree
        for part in tree.values():
            yield from walked(part)
    if isinstance(tree, list):
        for part in tree:
            yield from walked(part)


def test_a_vector_is_described_feature_by_feature(schema: dict[str, Any], service: Service) -> None:
    vector = schema["components"]["schemas"]["PredictRequest"]["properties"]["feature_vector"]
    described = next(one for one in vector["anyOf"] if one.get("type") == "object")
    assert set(described["properties"]) == set(service.allowed)
    assert described["additionalProperties"] is False
    vix = described["properties"]["vix"]
    assert (vix["minimum"], vix["maximum"]) == (0, service.allowed["vix"].upper)
    assert vix["description"] == "the VIX"


def test_every_reference_leads_somewhere(schema: dict[str, Any]) -> None:
    named = {one["$ref"] for one in walked(schema) if "$ref" in one}
    assert named == {f"#/components/schemas/{name}" for name in schema["components"]["schemas"]}


def test_every_error_is_a_problem(schema: dict[str, Any]) -> None:
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            for status, answer in operation["responses"].items():
                if int(status) >= 400:
                    assert list(answer["content"]) == ["application/problem+json"], (path, method)
                    kinds = re.findall(r"/problems/([a-z-]+)", answer["description"])
                    assert kinds
                    assert {KINDS[kind].status for kind in kinds} == {int(status)}


def test_every_address_says_what_it_is_for(schema: dict[str, Any]) -> None:
    for path, methods in schema["paths"].items():
        for operation in methods.values():
            assert operation["summary"], path
            assert operation["description"], path
            assert "200" in operation["responses"]


def test_bodies_are_declared_with_what_may_go_wrong_with_them(schema: dict[str, Any]) -> None:
    posts = [methods["post"] for methods in schema["paths"].values() if "post" in methods]
    assert len(posts) == 3
    for operation in posts:
        assert {"400", "401", "408", "413", "415", "422", "429", "500", "503"} <= set(
            operation["responses"]
        )


def test_before_there_is_a_service_it_describes_itself_all_the_same(tmp_path: Path) -> None:
    made = create_app(tmp_path, SETTINGS).openapi()
    vector = made["components"]["schemas"]["PredictRequest"]["properties"]["feature_vector"]
    assert any("additionalProperties" in one for one in vector["anyOf"])


def test_the_key_is_described_where_one_is_needed(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    file.write_text(f"one:{keys.hashed(keys.generate())}\n")
    file.chmod(0o600)
    made = create_app(tmp_path, SETTINGS.model_copy(update={"keys_file": file})).openapi()
    assert set(made["components"]["securitySchemes"]) == {"bearer", "header"}
    assert made["security"] == [{"bearer": []}, {"header": []}]
    assert made["paths"]["/healthz"]["get"]["security"] == []
    assert "security" not in made["paths"]["/predict"]["post"]


def test_it_is_made_once_for_a_run(api: TestClient) -> None:
    assert api.app.openapi() is api.app.openapi()  # type: ignore[attr-defined]
