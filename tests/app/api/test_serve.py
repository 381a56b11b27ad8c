from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.api import serve
from app.api.settings import PREFIX, Settings
from app.cli import app as command
from tests.app.api.serving import PATIENCE, Answer, Wire, until

PROGRAM = """
import asyncio, sys
from fastapi import FastAPI
from app.api import problems, serve
from app.api.monitoring import Monitor
from app.api.protection import protect
from app.api.settings import Settings

settings = Settings.read()
app = FastAPI()

@app.get("/slow")
async def slow(seconds: float) -> str:
    print("begun", flush=True)
    await asyncio.sleep(seconds)
    return "answered"

problems.install(app)
protect(app, settings, Monitor())
serve.log_at(settings.log_level)
serve.server(app, settings).run()
"""


@contextmanager
def process(**given: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A server in a process of its own, and its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    env = os.environ | {PREFIX + name: value for name, value in given.items()}
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        env=env | {f"{PREFIX}PORT": str(port)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as child:
        try:
            until(lambda: child.poll() is not None or _answers(port))
            yield child, port
        finally:
            child.kill()


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def test_a_request_in_flight_is_answered_before_the_end() -> None:
    with process() as (child, port), Wire(port) as wire, Wire(port) as idle:
        wire.send(b"GET /slow?seconds=1 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert child.stdout
        assert child.stdout.readline() == "begun\n"
        child.send_signal(signal.SIGTERM)
        assert idle.rest() == b""  # a connection without a request is closed at once
        answer = Answer.parse(wire.rest())
        assert (answer.status, answer.body) == (200, b'"answered"')
        assert answer.headers["connection"] == "close"
        child.wait(PATIENCE)
        assert child.returncode == -signal.SIGTERM
        assert not _answers(port)
        assert child.stderr
        lines = [json.loads(line) for line in child.stderr.read().splitlines()]
    assert [line["status"] for line in lines if line["event"] == "request"] == [200]


def test_a_request_that_does_not_end_is_not_waited_for() -> None:
    with process(SHUTDOWN_SECONDS="1") as (child, port), Wire(port) as wire:
        wire.send(b"GET /slow?seconds=60 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert child.stdout
        child.stdout.readline()
        began = time.monotonic()
        child.send_signal(signal.SIGTERM)
        wire.rest()
        child.wait(PATIENCE)
        assert time.monotonic() - began < 25  # the request itself would take a minute


def test_the_command_says_how_to_serve_others(
    computed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(computed)
    monkeypatch.setenv(f"{PREFIX}HOST", "0.0.0.0")
    ended = CliRunner().invoke(command, ["serve"])
    assert ended.exit_code == 1
    told = " ".join(ended.stderr.split())
    assert "MLRISK_API_HOST=0.0.0.0" in told
    assert "mlrisk api-key NAME --file FILE" in told
    assert "MLRISK_API_KEYLESS=true" in told


def test_one_worker_and_no_header_of_a_proxy_is_believed() -> None:
    from fastapi import FastAPI

    config = serve.server(FastAPI(), Settings.read(host="::1", port=1, connections=9)).config
    assert (config.host, config.port, config.workers) == ("::1", 1, 1)
    assert (config.limit_concurrency, config.proxy_headers) == (9, False)
    assert config.log_config is None
