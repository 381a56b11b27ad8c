"""A refusal that reaches a client which is still sending.

A connection that is closed with bytes unread is reset, and the client may lose the answer. So the
answer goes out first, and for a moment what still comes is thrown away.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import Message, Receive, Scope, Send

from app.api import problems

_SECONDS, _BYTES = 1.0, 4 << 20


async def refuse(
    problem: problems.ProblemError, scope: Scope, receive: Receive, send: Send
) -> None:
    """Answer with a problem; where a body is on its way, close the connection behind it."""
    if not has_body(scope):
        await problems.response(problem, scope)(scope, receive, send)
        return

    async def held(message: Message) -> None:
        if message["type"] != "http.response.body":
            await send(message)
            return
        # All of the answer is out, but for the mark of its end.
        await send({**message, "more_body": True})
        await _throw_away(receive)
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    closing = with_headers(held, {"Connection": "close"})
    await problems.response(problem, scope)(scope, receive, closing)


def has_body(scope: Scope) -> bool:
    """Whether the header announces a body."""
    headers = Headers(scope=scope)
    return "transfer-encoding" in headers or headers.get("content-length", "0") != "0"


def with_headers(send: Send, headers: Mapping[str, str]) -> Send:
    """``send`` with further headers; those that an answer has itself stay as they are."""

    async def added(message: Message) -> None:
        if message["type"] == "http.response.start":
            found = MutableHeaders(scope=message)
            for name, value in headers.items():
                found.setdefault(name, value)
        await send(message)

    return added


async def _throw_away(receive: Receive) -> None:
    size = 0
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_SECONDS):
            while size < _BYTES:
                message = await receive()
                size += len(message.get("body", b""))
                if message["type"] == "http.disconnect" or not message.get("more_body"):
                    return
