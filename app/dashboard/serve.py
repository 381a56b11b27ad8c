"""``mlrisk dashboard``: Streamlit's server in this process, on what was read before anyone asks.

No page loads anything from elsewhere: the headers of each response forbid the browser to, too.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from app.dashboard import exports, shell, state
from app.dashboard.roster import PAGES

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

FOLDER = Path(__file__).parent
CONFIG = FOLDER / ".streamlit" / "config.toml"

LOOPBACK = ("127.0.0.1", "::1")
NAME_VARIABLE = "STREAMLIT_BROWSER_SERVER_ADDRESS"
"""Says under which name visitors reach the dashboard, where that is not this machine's own."""
_POLICY_VIOLATION = 1008


@cache
def headers() -> Mapping[str, str]:
    """What every response says; a browser that heeds it asks nobody but this server.

    Streamlit styles elements where they stand, so styles may be inline. Scripts may not be, those
    of the page itself excepted, nor may text be made one.
    """
    policy = (
        "default-src 'self'",
        f"script-src 'self' {shell.inline_hashes()}",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
    return {
        "content-security-policy": "; ".join(policy),
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "referrer-policy": "no-referrer",
        "permissions-policy": "camera=(), microphone=(), geolocation=()",
    }


class Guarded:
    """Adds the security headers to every response, and hears no page of another site.

    Streamlit would, too, but asks an address service on the Internet before it refuses.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                from starlette.datastructures import MutableHeaders

                MutableHeaders(scope=message).update(headers())
            await send(message)

        if scope["type"] == "websocket" and not _of_this_site(scope):
            await send({"type": "websocket.close", "code": _POLICY_VIOLATION})
            return
        await self.app(scope, receive, guarded if scope["type"] == "http" else send)


def _of_this_site(scope: Scope) -> bool:
    """Whether a connection was opened by a page that came from the address it goes to."""
    from starlette.datastructures import Headers

    headers = Headers(scope=scope)
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc == headers.get("host")


def settings(address: str, port: int) -> dict[str, Any]:
    """Streamlit's options: those of the dashboard's own file, whatever folder it is started in."""
    stated = dict(_flat(tomllib.loads(CONFIG.read_text(encoding="utf-8"))))
    if address in LOOPBACK:
        # Another site's name that leads to this machine is not one of its names.
        stated["server.allowedHosts"] = [*LOOPBACK, "localhost"]
    # Without a name Streamlit asks an address service on the Internet for one.
    stated["browser.serverAddress"] = os.environ.get(NAME_VARIABLE, "localhost")
    return {**stated, "server.address": address, "server.port": port}


def _flat(section: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in section.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def _rehearse() -> None:
    """Draw the first page for nobody: what it imports is then there for the first visitor."""
    from streamlit.testing.v1 import AppTest

    AppTest.from_file(FOLDER / "main.py", default_timeout=60).run()


def serve(root: Path, address: str, port: int) -> None:
    """Show a repository until interrupted.

    Raises
    ------
    MlriskError
        Where there is no finished run to show.
    """
    import threading

    workspace = state.Workspace(root)
    state.show(workspace)
    _rehearse()
    import streamlit as st
    from starlette.middleware import Middleware
    from starlette.responses import HTMLResponse
    from starlette.routing import Route

    page = shell.page()

    async def answer(_: object) -> HTMLResponse:
        return HTMLResponse(page, headers={"cache-control": "no-cache"})

    stop = threading.Event()
    workspace.live.follow(state.REFRESH_SECONDS, stop)
    app = st.App(
        FOLDER / "main.py",
        routes=[
            *(Route(f"/{path}", answer) for _, path, _ in PAGES),
            Route(exports.ROUTE, exports.report),
        ],
        middleware=[Middleware(Guarded)],
    )
    try:
        app.run(config=settings(address, port))
    finally:
        stop.set()
