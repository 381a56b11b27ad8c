"""Errors as RFC 9457 describes them: ``application/problem+json`` for whatever goes wrong.

``type`` is a page of this interface, ``/problems/<name>``; ``errors`` names each offending field by
its JSON pointer (RFC 6901), or a parameter of the query or the path by ``/<name>``.
"""

from __future__ import annotations

import dataclasses
import json
import math
import traceback
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.problem_kinds import KINDS, OF_STATUS
from mlrisk.errors import MlriskError
from mlrisk.log import event

MEDIA_TYPE = "application/problem+json"

_LONGEST = 100
"""Characters of a value, or of a name, that are said back."""
_MOST_ERRORS = 20
_PARTS = ("body", "query", "path", "header")


@dataclass(frozen=True)
class FieldError:
    """What is wrong with one field.

    Parameters
    ----------
    field : str
        JSON pointer.
    message : str
    value : str, float, int, bool or None
        What was given, shortened; Ellipsis where that is no plain value.
    within : str
        ``body``, ``query``, ``path`` or ``header``.
    members : mapping
        Further members, such as names that are close.
    """

    field: str
    message: str
    value: Any = ...
    within: str = "body"
    members: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """The error as it is sent."""
        told: dict[str, Any] = {"field": self.field, "in": self.within, "message": self.message}
        if self.value is None or isinstance(self.value, str | int | float):
            told["value"] = _shown(self.value)
        return {**told, **self.members}


class ProblemError(MlriskError):
    """A request that is answered with a problem.

    Parameters
    ----------
    kind : str
        Name of one of ``KINDS``.
    detail : str
        About this occurrence; says nothing of the server's insides.
    errors : sequence of FieldError
    members : mapping
        Further members of the answer.
    headers : mapping
        Further headers of the answer.
    """

    def __init__(
        self,
        kind: str,
        detail: str,
        errors: Sequence[FieldError] = (),
        *,
        members: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.kind = KINDS[kind]
        self.detail = detail
        self.errors = errors
        self.members = members or {}
        self.headers = headers or {}


def response(problem: ProblemError, scope: Scope) -> Response:
    """The answer to a request that has a problem.

    Parameters
    ----------
    problem : ProblemError
    scope : Scope
        Of the request: its path is the ``instance``, ``state.request_id`` the ``request_id``.
    """
    content: dict[str, Any] = {
        "type": problem.kind.type,
        "title": problem.kind.title,
        "status": problem.kind.status,
        "detail": problem.detail,
        "instance": quote(str(scope.get("path", "/")))[: 10 * _LONGEST],
    }
    request_id = request_id_of(scope)
    if request_id:
        content["request_id"] = request_id
    content |= problem.members
    if problem.errors:
        content["errors"] = [one.as_json() for one in problem.errors[:_MOST_ERRORS]]
    # ASCII alone: a lone surrogate that was sent cannot be encoded in any other way.
    body = json.dumps(content, allow_nan=False).encode("ascii")
    return Response(body, problem.kind.status, dict(problem.headers), MEDIA_TYPE)


def request_id_of(scope: Scope) -> str | None:
    """What the request is called in the log, where something has given it a name."""
    found = scope.get("state", {}).get("request_id")
    return None if found is None else str(found)


def pointer(*parts: object) -> str:
    """JSON pointer (RFC 6901) of a place."""
    return "".join(f"/{_text(part).replace('~', '~0').replace('/', '~1')}" for part in parts)


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """What OpenAPI says of the problems of an address, by status."""
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        status: {
            "description": " / ".join(
                f"{kind.title} (`{kind.type}`)" for kind in KINDS.values() if kind.status == status
            ),
            "content": {MEDIA_TYPE: {"schema": schema}},
        }
        for status in sorted(statuses)
    }


def install(app: FastAPI) -> None:
    """Answer every error of an application with a problem.

    ``Unexpected`` stands inside all other middleware, so that an answer to a mistake of the server
    has their headers and stands in their log; the handler of ``Exception`` is for what they do
    wrong themselves.
    """
    app.add_middleware(Unexpected)
    app.add_exception_handler(ProblemError, _of_problem)
    app.add_exception_handler(RequestValidationError, _of_validation)
    app.add_exception_handler(HTTPException, _of_http)
    app.add_exception_handler(Exception, _of_mistake)


class Unexpected:
    """Middleware: a mistake of the server is logged whole and answered with a request id alone."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def watched(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self.app(scope, receive, watched)
        except Exception:
            if begun or scope["type"] != "http":
                raise
            await _mistake(scope)(scope, receive, send)


def _mistake(scope: Scope) -> Response:
    """To be called while the exception is being handled."""
    request_id = request_id_of(scope)
    event(
        "mistake",
        request_id=request_id,
        path=str(scope.get("path", ""))[:_LONGEST],
        traceback=traceback.format_exc(),
    )
    detail = f"The log has it under request id {request_id}." if request_id else "The log has it."
    return response(ProblemError("internal-error", detail), scope)


async def _of_mistake(request: Request, _: Exception) -> Response:
    return _mistake(request.scope)


async def _of_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, ProblemError)
    return response(error, request.scope)


async def _of_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    name = OF_STATUS.get(error.status_code)
    if name is None:
        name = "internal-error" if error.status_code >= 500 else "invalid-request"
    problem = ProblemError(name, KINDS[name].remedy, headers=error.headers)
    return response(problem, request.scope)


async def _of_validation(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    return response(of_validation(error.errors()), request.scope)


def of_validation(found: Iterable[Mapping[str, Any]]) -> ProblemError:
    """The problem of what pydantic found wrong with a request."""
    found = list(found)
    broken = next((one for one in found if one["type"] == "json_invalid"), None)
    if broken is not None:
        place, said = broken["loc"][-1], broken.get("ctx", {}).get("error", "")
        return ProblemError("malformed-body", f"At character {place}: {_text(said)}.")
    errors = [_field_error(one) for one in found]
    shown = ", ".join(dict.fromkeys(one.field or "the body" for one in errors[:3]))
    more = f" and {len(errors) - 3} more" if len(errors) > 3 else ""
    return ProblemError("invalid-request", f"Not as it must be: {shown}{more}.", errors)


def _field_error(one: Mapping[str, Any]) -> FieldError:
    within, *place = one["loc"]
    if within not in _PARTS:
        within, place = "body", list(one["loc"])
    # The name of a field that is wrong itself comes with this mark behind it.
    named = [part for part in place if part != "[key]"]
    missing = one["type"] == "missing"
    return FieldError(
        field=pointer(*named),
        message=str(one["msg"]),
        value=... if missing else one.get("input", ...),
        within=str(within),
    )


def _shown(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > 2**53:
        return "an integer beyond 2^53"
    return _text(value) if isinstance(value, str) else value


def _text(value: object) -> str:
    text = str(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
