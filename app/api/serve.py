"""``mlrisk serve``: the HTTP interface in one process, until it is told to stop."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from app import log
from app.api.settings import PREFIX, Settings, SettingsError
from mlrisk.log import ROOT

if TYPE_CHECKING:
    import uvicorn
    from fastapi import FastAPI


def run(root: Path, settings: Settings) -> None:
    """Serve until SIGTERM or Ctrl-C; requests in flight are answered first.

    Raises
    ------
    SettingsError
        Where others than this machine could ask without a key.
    MlriskError
        Where there is nothing to serve.
    """
    require_guarded(settings)
    log_at(settings.log_level)
    from app.api.main import create_app

    server(create_app(root, settings), settings).run()


def require_guarded(settings: Settings) -> None:
    """Raise unless keys are asked for, or nobody else can ask, or that is what is wanted."""
    if settings.keys_file and settings.keyless:
        raise SettingsError(
            f"{PREFIX}KEYLESS=true and {PREFIX}KEYS_FILE={settings.keys_file}: either of them."
        )
    if not (settings.needs_key or settings.keyless or settings.loopback):
        raise SettingsError(
            f"{PREFIX}HOST={settings.host}: others can reach this address, and no request would "
            f"need a key. `mlrisk api-key NAME --file FILE` makes one and {PREFIX}KEYS_FILE=FILE "
            f"asks for it; or {PREFIX}KEYLESS=true answers everybody; or {PREFIX}HOST=127.0.0.1 "
            "serves this machine alone."
        )


def server(app: FastAPI, settings: Settings) -> uvicorn.Server:
    """A server of one worker, its bounds and its log those of the settings.

    Addresses of clients are those of the connection: no header that a client could send changes
    them.
    """
    import uvicorn

    from app.api.protocol import bounded

    return uvicorn.Server(
        uvicorn.Config(
            app,
            host=settings.host,
            port=settings.port,
            loop="uvloop",
            http=bounded(settings.max_header_bytes, settings.header_seconds),
            ws="none",
            lifespan="on",
            workers=1,
            limit_concurrency=settings.connections,
            timeout_keep_alive=settings.idle_seconds,
            timeout_graceful_shutdown=settings.shutdown_seconds,
            access_log=False,
            log_config=None,
            proxy_headers=False,
            server_header=False,
        )
    )


def log_at(level: str) -> None:
    """Send the project's events and uvicorn's messages to stderr, in one form."""
    log.to_stderr()
    ours, uvicorns = logging.getLogger(ROOT), logging.getLogger("uvicorn")
    uvicorns.handlers, uvicorns.propagate = ours.handlers, False
    for logger in (ours, uvicorns):
        logger.setLevel(level.upper())
