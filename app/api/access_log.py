"""One line per request in the log: what was asked for and what came of it, never what was said.

Neither key, body, question nor query string is written: an address is named by its template.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mlrisk.log import event

UNKNOWN = "(none)"
"""The route of a request that no route has."""

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT")
OTHER = "(other)"


@dataclass(frozen=True)
class Served:
    """What came of a request.

    Parameters
    ----------
    method : str
        One of ``METHODS``, or ``(other)``.
    route : str
        Template such as ``/predictions/{date}``; ``(none)`` where it has none.
    status : int or None
        None where the client had left before an answer began.
    seconds : float
    size : int
        Bytes of the answer's body.
    scope : mapping
        Of the request.
    """

    method: str
    route: str
    status: int | None
    seconds: float
    size: int
    scope: Mapping[str, Any]


class Observed:
    """Middleware: hands what came of each request to whoever counts or writes it down.

    Parameters
    ----------
    app : ASGI application
    began : sequence of callables
        Called when a request begins.
    ended : sequence of callables
        Called with ``Served`` when it has ended, in whatever way.
    """

    def __init__(
        self,
        app: ASGIApp,
        began: tuple[Callable[[], None], ...],
        ended: tuple[Callable[[Served], None], ...],
    ) -> None:
        self.app, self.began, self.ended = app, began, ended

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        status: int | None = None
        size = 0

        async def watched(message: Message) -> None:
            nonlocal status, size
            if message["type"] == "http.response.start":
                status = message["status"]
            else:
                size += len(message.get("body", b""))
            await send(message)

        start = time.perf_counter()
        for tell in self.began:
            tell()
        try:
            await self.app(scope, receive, watched)
        finally:
            method = scope["method"] if scope["method"] in METHODS else OTHER
            seconds = time.perf_counter() - start
            served = Served(method, route_of(scope), status, seconds, size, scope)
            for note in self.ended:
                note(served)


def route_of(scope: Scope) -> str:
    """The template of the address that was matched: of these there are only so many."""
    return str(getattr(scope.get("route"), "path", UNKNOWN))


def write(served: Served) -> None:
    """The line of one request."""
    state = served.scope.get("state", {})
    event(
        "request",
        at=datetime.now(UTC).isoformat(timespec="milliseconds"),
        request_id=state.get("request_id"),
        method=served.method,
        route=served.route,
        status=served.status,
        ms=round(1000 * served.seconds, 2),
        bytes=served.size,
        key=state.get("key_name"),
    )
