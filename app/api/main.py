"""The application: what is served, the addresses it is served at, and what stands around them."""

from __future__ import annotations

import os
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from pathlib import Path

import anyio
from fastapi import FastAPI

from app.api import openapi, problems
from app.api.following import Following
from app.api.monitoring import Monitor
from app.api.protection import protect
from app.api.routes import documents, meta, predict
from app.api.service import Loader
from app.api.settings import Settings

DESCRIPTION = """\
Forecasts of the realised volatility of the next five sessions, probabilities of its regimes, and
answers with quotes from dated documents. Whatever is said of a day was known at 22:00 UTC of it.

`rv_5d` is a move over five sessions; an annual one is it times sqrt(252/5). Every error is a
problem after RFC 9457.
"""


def create_app(root: Path, settings: Settings) -> FastAPI:
    """The HTTP interface of a repository.

    What is served is read when the application starts; where there is nothing yet, it answers with
    status 503 until there is.

    Parameters
    ----------
    root : Path
    settings : Settings
    """
    monitor = Monitor()
    following = Following(root.absolute(), monitor.counted(Loader()))

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.slow = anyio.CapacityLimiter(max(1, (os.cpu_count() or 1) // 2))
        stop = threading.Event()
        await anyio.to_thread.run_sync(following.refresh)
        thread = following.follow(settings.reload_seconds, stop)
        try:
            yield
        finally:
            stop.set()
            await anyio.to_thread.run_sync(thread.join)

    app = FastAPI(
        title="ml-risk",
        version=version(meta.PACKAGE),
        description=DESCRIPTION,
        lifespan=lifespan,
        # Pages that would be loaded from another host.
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.following, app.state.monitor = following, monitor
    monitor.watch(lambda: app.state.following.current.snapshot, lambda: app.state.following.problem)
    for routes in (predict, documents, meta):
        app.include_router(routes.router)
    openapi.describe(app, keyed=settings.needs_key)
    problems.install(app)
    protect(app, settings, monitor)
    return app
