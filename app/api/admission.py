"""Who may ask at all: the host a request names, the key it shows, how many it has sent."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from app.api import lingering
from app.api.keys import Keys
from app.api.limits import RateLimit, address
from app.api.problems import ProblemError

OPEN = ("/healthz", "/readyz")
"""Addresses that an orchestrator asks without a key, as often as it likes: they do no work."""

REALM = 'Bearer realm="ml-risk"'


class Admission:
    """Middleware: refuses before the body is read.

    Parameters
    ----------
    app : ASGI application
    hosts : tuple of str
        Names that a request may be addressed to, in lower case; empty for any.
    keys : Keys, optional
        None where no request needs a key; senders are then told apart by their addresses.
    limit : RateLimit
    """

    def __init__(
        self, app: ASGIApp, hosts: tuple[str, ...], keys: Keys | None, limit: RateLimit
    ) -> None:
        self.app, self.hosts, self.keys, self.limit = app, hosts, keys, limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        try:
            self._require_host(headers)
            if scope["path"] not in OPEN:
                limits = self._require_room(scope, self._require_key(scope, headers))
                send = lingering.with_headers(send, limits)
        except ProblemError as problem:
            await lingering.refuse(problem, scope, receive, send)
        else:
            await self.app(scope, receive, send)

    def _require_host(self, headers: Headers) -> None:
        if self.hosts and host_of(headers) not in self.hosts:
            raise ProblemError("misdirected", "The header Host names no host of this server.")

    def _require_key(self, scope: Scope, headers: Headers) -> str:
        """Who sends the request, as the rate limit counts it."""
        client = scope.get("client")
        sender = f"address {address(client[0] if client else '')}"
        if self.keys is None:
            return sender
        key = key_of(headers)
        name = None if key is None else self.keys.name(key)
        if name is None:
            # Whoever guesses is counted, too, and told of that before anything else.
            self._require_room(scope, sender)
            said = 'error="invalid_token"' if key else ""
            raise ProblemError(
                "unauthorized",
                "The key is not known." if key else "There is no key with the request.",
                headers={"WWW-Authenticate": ", ".join(filter(None, (REALM, said)))},
            )
        scope.setdefault("state", {})["key_name"] = name
        return f"key {name}"

    def _require_room(self, scope: Scope, sender: str) -> dict[str, str]:
        """Headers that tell what is left."""
        verdict = self.limit.hit(sender)
        if not verdict.allowed:
            wait = verdict.retry_after
            raise ProblemError(
                "too-many-requests", f"There is room in {wait} s.", headers=verdict.headers
            )
        return dict(verdict.headers)


def key_of(headers: Headers) -> str | None:
    """The key of ``Authorization: Bearer`` or ``X-API-Key``; None where there is not exactly one.

    A key in the query is none: it would stand in the logs of every proxy on the way.
    """
    found = [*headers.getlist("x-api-key")]
    for text in headers.getlist("authorization"):
        scheme, _, key = text.partition(" ")
        found.append(key.strip() if scheme.lower() == "bearer" else "")
    return found[0] if len(found) == 1 and found[0] else None


def host_of(headers: Headers) -> str | None:
    """The host of the header ``Host``, without port; None where there is not exactly one."""
    match headers.getlist("host"):
        case [text] if "@" not in text and "/" not in text:
            try:
                return urlsplit(f"//{text}").hostname
            except ValueError:
                return None
        case _:
            return None
