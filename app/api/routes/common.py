"""What the routes share: what is served now, what a body is, where slow work is done."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any, TypeVar

import anyio
from anyio import to_thread
from fastapi import Depends, Request

from app.api import problems
from app.api.following import Following
from app.api.problems import ProblemError
from app.api.service import Service

T = TypeVar("T")

ANY = problems.documented(421, 500, 503)
"""Problems of every address."""

READING = ANY | problems.documented(401, 422, 429)
"""Problems of every address that reads."""

ASKING = READING | problems.documented(400, 408, 413, 415)
"""Problems of every address that takes a body."""

_JSON = ("application/json", "+json")


async def following(request: Request) -> Following:
    """The newest service, or the reason why there is none."""
    found: Following = request.app.state.following
    return found


async def current(request: Request) -> Service:
    """What is served: taken once, and worked with to the end of the request.

    Raises
    ------
    ProblemError
        Where nothing is.
    """
    found: Following = request.app.state.following
    return found.current


async def require_json(request: Request) -> None:
    """Refuse a body that is not declared as JSON.

    Raises
    ------
    ProblemError
    """
    declared = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if declared.endswith(_JSON) and declared.startswith("application/"):
        return
    if await request.body():
        said = f"Content-Type is {declared[:100]}" if declared else "There is no Content-Type"
        raise ProblemError("unsupported-media-type", f"{said}; it must be application/json.")


async def slowly(request: Request, work: Callable[..., T], *arguments: Any) -> T:
    """Work that takes long, in one of a few threads: forecasts are answered meanwhile."""
    limiter: anyio.CapacityLimiter = request.app.state.slow
    return await to_thread.run_sync(partial(work, *arguments), limiter=limiter)


Current = Annotated[Service, Depends(current)]
Followed = Annotated[Following, Depends(following)]
