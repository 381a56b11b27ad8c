"""A local server that answers as the feeds do, well or badly."""

from __future__ import annotations

import dataclasses
import random
import socket
import struct
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Literal
from urllib.parse import parse_qsl, urlsplit

import pytest

from mlrisk.params.sections import Http
from mlrisk.sources.live.client import Client
from mlrisk.sources.live.policy import BASES, Policy

Fault = Literal["", "truncated", "cut", "drip", "header drip", "reset"]

QUICK = {
    "contact": "tests@example.org",
    "attempts": 4,
    "first_wait": 0.01,
    "longest_wait": 0.05,
    "connect_seconds": 2.0,
    "read_seconds": 1.0,
    "request_seconds": 2.0,
    "feed_seconds": 20.0,
    "interval_seconds": 0.0,
    "most_bytes": 64 * 1024 * 1024,
}


@dataclass(frozen=True)
class Reply:
    """One answer of the server."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    fault: Fault = ""


@dataclass(frozen=True)
class Request:
    """What the server was asked."""

    path: str
    query: dict[str, str]
    headers: dict[str, str]


Answer = Reply | Callable[[Request], Reply]


class QuietServer(ThreadingHTTPServer):
    """Says nothing of clients that hang up, as they should where an answer is cut off."""

    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class FeedServer:
    """Answers each path with the replies it was given, the last of them again and again."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.replies: dict[str, list[Answer]] = {}
        self.failing: random.Random | None = None
        self.closing = threading.Event()
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                server.answer(self)

            def log_message(self, *args: Any) -> None:
                pass

        self.http = QuietServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.http.serve_forever, args=(0.01,), daemon=True)
        self.thread.start()

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.http.server_port}"

    @property
    def foreign(self) -> str:
        """The same server under another name."""
        return f"http://localhost:{self.http.server_port}"

    def give(self, path: str, *replies: Answer) -> None:
        self.replies[path] = list(replies)

    def asked(self, path: str) -> list[Request]:
        return [request for request in self.requests if request.path == path]

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(handler.path)
        headers = {name.lower(): text for name, text in handler.headers.items()}
        request = Request(parts.path, dict(parse_qsl(parts.query)), headers)
        self.requests.append(request)
        queue = self.replies.get(parts.path, [Reply(b"no such page", 404)])
        first = queue[0] if len(queue) == 1 else queue.pop(0)
        reply = first(request) if callable(first) else first
        if self.failing and self.failing.random() < 0.3:
            faults = [
                Reply(b"busy", 503),
                Reply(b"slow down", 429, {"Retry-After": "0"}),
                Reply(b"<html><body>Sorry, something went wrong</body></html>"),
                dataclasses.replace(reply, fault="truncated"),
                Reply(fault="reset"),
            ]
            reply = self.failing.choice(faults)
        try:
            self.send(handler, reply)
        except OSError:
            handler.close_connection = True  # the client has hung up

    def send(self, handler: BaseHTTPRequestHandler, reply: Reply) -> None:
        if reply.fault == "reset":
            linger = struct.pack("ii", 1, 0)
            handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            handler.close_connection = True
            handler.connection.close()
            return
        if reply.fault == "header drip":
            handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
            self.drip(handler, b"x" * 1000)
        handler.send_response(reply.status)
        for name, text in reply.headers.items():
            handler.send_header(name, text)
        if reply.fault == "cut":
            handler.send_header("Connection", "close")
        else:
            handler.send_header("Content-Length", str(len(reply.body)))
        handler.end_headers()
        if reply.fault == "drip":
            self.drip(handler, reply.body)
        elif reply.fault:
            handler.wfile.write(reply.body[: len(reply.body) * 2 // 3])
            handler.close_connection = True
        else:
            handler.wfile.write(reply.body)

    def drip(self, handler: BaseHTTPRequestHandler, body: bytes) -> None:
        for byte in body:
            handler.wfile.write(bytes([byte]))
            handler.wfile.flush()
            if self.closing.wait(0.1):
                return

    def close(self) -> None:
        self.closing.set()
        self.http.shutdown()
        self.http.server_close()
        self.thread.join()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FeedServer]:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    server = FeedServer()
    yield server
    server.close()


MakePolicy = Callable[..., Policy]
MakeClient = Callable[..., Client]


@pytest.fixture
def make_policy(server: FeedServer) -> MakePolicy:
    """A policy under which every feed is the local server, and nothing else may be asked."""

    def make(**settings: Any) -> Policy:
        local = {"origins": [server.base], "bases": dict.fromkeys(BASES, server.base)}
        return Policy(Http(**{**QUICK, **local, **settings}))

    return make


@pytest.fixture
def make_client(make_policy: MakePolicy, tmp_path: Path) -> Iterator[MakeClient]:
    """Clients with one cache."""
    made: list[Client] = []

    def make(**settings: Any) -> Client:
        made.append(Client(make_policy(**settings), tmp_path / "cache"))
        return made[-1]

    yield make
    for client in made:
        client.close()


@pytest.fixture
def client(make_client: MakeClient) -> Client:
    return make_client()
