"""A real server on a free port, and a client that says exactly what it is told to."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Self

from fastapi import FastAPI

from app.api import serve
from app.api.settings import Settings

PATIENCE = 120.0


@contextmanager
def running(app: FastAPI, settings: Settings) -> Iterator[int]:
    """The port of an application that is served by a thread."""
    server = serve.server(app, settings.model_copy(update={"port": 0}))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        until(lambda: server.started or not thread.is_alive())
        assert server.started
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(PATIENCE)


def until(condition: object) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < end
        time.sleep(0.01)


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @classmethod
    def parse(cls, data: bytes) -> Self:
        head, _, body = data.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        pairs = (line.partition(": ") for line in lines)
        return cls(int(first.split()[1]), {name.lower(): value for name, _, value in pairs}, body)


class Wire:
    """One connection, byte by byte."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def rest(self) -> bytes:
        """What comes until the server closes."""
        data = b""
        while piece := self.socket.recv(65536):
            data += piece
        return data

    def answer(self) -> Answer:
        """One answer of a length that it tells."""
        data = b""
        while b"\r\n\r\n" not in data:
            data += self._more()
        found = Answer.parse(data)
        length = int(found.headers.get("content-length", "0"))
        while len(found.body) < length:
            found = Answer.parse(data := data + self._more())
        return found

    def _more(self) -> bytes:
        piece = self.socket.recv(65536)
        assert piece, "closed before the answer was whole"
        return piece


def said(port: int, data: bytes) -> Answer:
    """The answer to one request on a connection of its own."""
    with Wire(port) as wire:
        wire.send(data)
        return wire.answer()
