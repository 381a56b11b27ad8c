from __future__ import annotations

import re
from contextlib import nullcontext
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from app.dashboard import look, serve, shell
from app.faces.charts.palette import THEMES
from mlrisk.errors import MlriskError


def test_settings_are_those_of_the_dashboards_own_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    found = serve.settings("127.0.0.1", 9000)
    assert found["server.port"] == 9000
    assert found["browser.gatherUsageStats"] is False
    assert found["server.headless"] is True
    assert set(found["server.allowedHosts"]) == {"127.0.0.1", "::1", "localhost"}
    assert "server.allowedHosts" not in serve.settings("0.0.0.0", 9000)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_theme_of_the_page_is_that_of_the_charts(theme: str) -> None:
    found = serve.settings("127.0.0.1", 9000)
    assert found[f"theme.{theme}.backgroundColor"] == THEMES[theme]["background"]
    assert found[f"theme.{theme}.textColor"] == THEMES[theme]["text"]
    assert found[f"theme.{theme}.primaryColor"] == THEMES[theme]["forecast"]


def test_responses_forbid_the_browser_to_ask_anyone_else() -> None:
    async def answer(_: object) -> PlainTextResponse:
        return PlainTextResponse("there")

    app = Starlette(routes=[Route("/", answer)], middleware=[Middleware(serve.Guarded)])
    headers = TestClient(app).get("/").headers
    policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'self'"
    assert policy["connect-src"] == "'self'"
    assert "unsafe" not in policy["script-src"]
    assert not re.search(r"https?:|\*", headers["content-security-policy"])
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("origin", "heard"),
    [
        ("http://testserver", True),
        (None, True),
        ("http://elsewhere.example", False),
        ("http://testserver.elsewhere.example", False),
        ("null", False),
    ],
)
def test_a_page_of_another_site_is_not_heard(origin: str | None, heard: bool) -> None:
    async def answer(socket: WebSocket) -> None:
        await socket.accept()
        await socket.send_text("there")
        await socket.close()

    app = Starlette(
        routes=[WebSocketRoute("/stream", answer)], middleware=[Middleware(serve.Guarded)]
    )
    headers = {} if origin is None else {"origin": origin}
    refused = nullcontext() if heard else pytest.raises(WebSocketDisconnect)
    with refused, TestClient(app).websocket_connect("/stream", headers=headers) as socket:
        assert socket.receive_text() == "there"


def test_nobody_is_asked_for_this_machines_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(serve.NAME_VARIABLE, raising=False)
    assert serve.settings("0.0.0.0", 9000)["browser.serverAddress"] == "localhost"
    monkeypatch.setenv(serve.NAME_VARIABLE, "risk.example.org")
    assert serve.settings("0.0.0.0", 9000)["browser.serverAddress"] == "risk.example.org"


def test_every_inline_script_of_the_page_is_named_in_the_policy() -> None:
    page = shell.page()
    scripts = re.findall(r"<script>", page)
    assert len(scripts) == len(shell.inline_hashes().split())
    assert "BACKEND_BASE_URL" in page
    assert not re.search(r"(?:src|href)=\"(?:https?:)?//", page)


def test_parts_that_are_loaded_ahead_exist() -> None:
    folder = shell.static()
    names = re.findall(r'href="\./(static/[^"]+)"', shell.page())
    assert names
    assert all((folder / name).is_file() for name in names)


def test_style_has_a_colour_of_each_theme_for_every_variable() -> None:
    sheet = look.style("light")
    defined = set(re.findall(r"--mr-([\w-]+):light-dark\(", sheet))
    used = set(re.findall(r"var\(--mr-([\w-]+)\)", sheet))
    assert used <= defined


def test_repository_without_a_run_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(MlriskError, match="mlrisk run"):
        serve.serve(tmp_path, "127.0.0.1", 0)
