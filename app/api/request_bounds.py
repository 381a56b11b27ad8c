"""How large a body may be, and how long a request may take."""

from __future__ import annotations

import asyncio

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api import lingering, problems
from app.api.problems import ProblemError


class BoundedBody:
    """Middleware: reads the body whole before anything else sees it.

    No body that is served is large, so one that is too large or too slow is found before work has
    begun, whether it announces its length or comes in chunks without end.

    Parameters
    ----------
    app : ASGI application
    most : int
        Bytes.
    seconds : float
        From the end of the header to the end of the body.
    """

    def __init__(self, app: ASGIApp, most: int, seconds: float) -> None:
        self.app, self.most, self.seconds = app, most, seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not lingering.has_body(scope):
            await self.app(scope, receive, send)
            return
        try:
            body = await self._read(scope, receive)
        except ProblemError as problem:
            await lingering.refuse(problem, scope, receive, send)
        else:
            if body is not None:
                await self.app(scope, _again(body, receive), send)

    async def _read(self, scope: Scope, receive: Receive) -> bytes | None:
        """The body; None where the client has left."""
        # httptools lets no other length through than one of digits.
        self._require_small(int(Headers(scope=scope).get("content-length", "0")))
        body = bytearray()
        try:
            async with asyncio.timeout(self.seconds):
                while True:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        return None
                    body += message.get("body", b"")
                    self._require_small(len(body))
                    if not message.get("more_body"):
                        return bytes(body)
        except TimeoutError:
            raise ProblemError(
                "request-timeout", f"The body was not whole after {self.seconds:g} s."
            ) from None

    def _require_small(self, length: int) -> None:
        if length > self.most:
            raise ProblemError("body-too-large", f"At most {self.most} bytes are read.")


def _again(body: bytes, receive: Receive) -> Receive:
    """What ``receive`` would have given, had the body come at once."""
    given = False

    async def once() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return once


class BoundedTime:
    """Middleware: an answer that takes too long is given up, and the client told.

    Work in another thread cannot be stopped; it ends by itself, and what it says is not heard.

    Parameters
    ----------
    app : ASGI application
    seconds : float
        From the end of the body to the end of the answer.
    """

    def __init__(self, app: ASGIApp, seconds: float) -> None:
        self.app, self.seconds = app, seconds
        self._given_up: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun = over = False

        async def watched(message: Message) -> None:
            nonlocal begun
            if not over:
                begun = True
                await send(message)

        async def work() -> None:
            await self.app(scope, receive, watched)

        task = asyncio.create_task(work())
        try:
            await asyncio.wait({task}, timeout=self.seconds)
        except asyncio.CancelledError:
            task.cancel()
            raise
        if task.done():
            task.result()
            return
        over = True
        task.cancel()
        self._given_up.add(task)
        task.add_done_callback(self._forget)
        if begun:
            # Half an answer cannot be taken back: the connection is cut.
            raise TimeoutError(f"an answer was not whole after {self.seconds:g} s")
        problem = ProblemError(
            "overloaded",
            f"There was no answer within {self.seconds:g} s.",
            headers={"Retry-After": "5", "Connection": "close"},
        )
        await problems.response(problem, scope)(scope, receive, send)

    def _forget(self, task: asyncio.Task[None]) -> None:
        self._given_up.discard(task)
        if not task.cancelled():
            task.exception()
