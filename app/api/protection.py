"""What stands around the routes, from the outside in.

1. A request id, security headers on every answer.
2. Access log and counters, which therefore see refusals, too.
3. Pages of other origins: none may read an answer unless it is listed.
4. Host, key, rate: refused before a byte of the body is read.
5. The body: bounded in size and time.
6. The answer: bounded in time.

All of it is plain ASGI, so that nothing is buffered or copied to another task but where it says so.
"""

from __future__ import annotations

import re
import secrets

from fastapi import FastAPI
from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from app.api import access_log, lingering
from app.api.access_log import Observed
from app.api.admission import Admission
from app.api.keys import Keys
from app.api.limits import RateLimit
from app.api.monitoring import Monitor
from app.api.request_bounds import BoundedBody, BoundedTime
from app.api.settings import Settings

REQUEST_ID = "X-Request-ID"
_REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")

SECURITY = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
HSTS = {"Strict-Transport-Security": "max-age=31536000"}

_READABLE = [REQUEST_ID, "RateLimit", "RateLimit-Policy", "Retry-After"]


class Identified:
    """Middleware: a name for each request, in ``scope["state"]`` and in the answer.

    Parameters
    ----------
    app : ASGI application
    headers : dict
        What else every answer has that does not say it itself.
    """

    def __init__(self, app: ASGIApp, headers: dict[str, str]) -> None:
        self.app, self.headers = app, headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = request_id_of(Headers(scope=scope))
        scope.setdefault("state", {})["request_id"] = request_id
        headers = {REQUEST_ID: request_id, **self.headers}
        await self.app(scope, receive, lingering.with_headers(send, headers))


def request_id_of(headers: Headers) -> str:
    """What a client or a proxy calls its request, where that is a plain word; else a new name."""
    match headers.getlist(REQUEST_ID):
        case [given] if _REQUEST_ID.fullmatch(given):
            return given
        case _:
            return secrets.token_hex(16)


def protect(app: FastAPI, settings: Settings, monitor: Monitor) -> None:
    """Put everything around an application; to be called after its own middleware was added.

    Parameters
    ----------
    app : FastAPI
    settings : Settings
    monitor : Monitor
        Counts what passes and what is refused.

    Raises
    ------
    KeysError
        Where the file of keys has none.
    """
    keys = Keys(settings.keys_file) if settings.keys_file else None
    limit = RateLimit(settings.rate_per_minute, settings.burst)
    # What is added last stands outermost.
    app.add_middleware(BoundedTime, seconds=settings.request_seconds)
    app.add_middleware(BoundedBody, most=settings.max_body_bytes, seconds=settings.body_seconds)
    app.add_middleware(Admission, hosts=settings.allowed_hosts, keys=keys, limit=limit)
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_methods=["GET", "POST"],
            allow_headers=["Authorization", "Content-Type", "X-API-Key", REQUEST_ID],
            expose_headers=_READABLE,
        )
    app.add_middleware(Observed, began=(monitor.began,), ended=(monitor.ended, access_log.write))
    app.add_middleware(Identified, headers=SECURITY | (HSTS if settings.https else {}))
