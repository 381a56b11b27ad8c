"""The description of the interface, with the features that there are now."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from app.api.admission import OPEN
from app.api.bounds import Span
from app.api.following import Following
from app.api.schemas import EXAMPLE_DAY, Problem
from app.api.service import Service
from mlrisk.documents.brief import words

_PROBLEM = "#/components/schemas/{model}"


def describe(app: FastAPI, *, keyed: bool) -> None:
    """Let an application describe itself: OpenAPI 3.1, made anew for each run that is served.

    Parameters
    ----------
    app : FastAPI
        ``app.state.following`` is what is served.
    keyed : bool
        Whether a request needs a key.
    """
    kept: dict[str, dict[str, Any]] = {}

    def schema() -> dict[str, Any]:
        following: Following = app.state.following
        service = following.current if following.ready else None
        key = service.snapshot.version.dvc_lock if service else ""
        if key not in kept:
            made = _made(app, service)
            if keyed:
                _require_key(made)
            kept.clear()
            kept[key] = made
        return kept[key]

    app.openapi = schema  # type: ignore[method-assign]


def _made(app: FastAPI, service: Service | None) -> dict[str, Any]:
    made = get_openapi(
        title=app.title, version=app.version, description=app.description, routes=app.routes
    )
    schemas = made["components"]["schemas"]
    problem = Problem.model_json_schema(by_alias=True, ref_template=_PROBLEM)
    schemas |= problem.pop("$defs") | {"Problem": problem}
    # FastAPI's own form of errors, which no address answers with.
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    if service is not None:
        _name_features(schemas["PredictRequest"]["properties"]["feature_vector"], service)
        _show(made, f"{service.last}")
    return made


def _require_key(made: dict[str, Any]) -> None:
    made["components"]["securitySchemes"] = {
        "bearer": {"type": "http", "scheme": "bearer"},
        "header": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
    }
    made["security"] = [{"bearer": []}, {"header": []}]
    for path in OPEN:
        made["paths"][path]["get"]["security"] = []


def _show(tree: Any, last: str) -> None:
    """Make every day that is an example the last session, so that examples can be sent as is."""
    if isinstance(tree, dict):
        if tree.get("examples") == [EXAMPLE_DAY]:
            tree["examples"] = [last]
        for part in tree.values():
            _show(part, last)
    elif isinstance(tree, list):
        for part in tree:
            _show(part, last)


def _name_features(vector: dict[str, Any], service: Service) -> None:
    for one in vector["anyOf"]:
        if one.get("type") == "object":
            for name in ("additionalProperties", "propertyNames"):
                one.pop(name, None)
            one["properties"] = {name: _value(name, span) for name, span in service.allowed.items()}
            one["additionalProperties"] = False


def _value(name: str, span: Span) -> dict[str, Any]:
    number: dict[str, Any] = {"type": ["integer" if span.whole else "number", "null"]}
    if abs(span.lower) != float("inf"):
        number["minimum"] = span.lower
    if abs(span.upper) != float("inf"):
        number["maximum"] = span.upper
    return {"description": words.feature(name), **number}
