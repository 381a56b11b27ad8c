from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from fastapi import FastAPI, Request

from app.api.settings import Settings
from tests.app.api.serving import Answer, Wire, running, said

MOST, HOST = 2048, b"Host: localhost\r\n"
SETTINGS = Settings.read(max_header_bytes=MOST, header_seconds=0.4, idle_seconds=1)


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    app = FastAPI()

    @app.get("/word")
    async def word() -> str:
        return "word"

    @app.post("/size")
    async def size(request: Request) -> int:
        return len(await request.body())

    with running(app, SETTINGS) as found:
        yield found


def request(length: int) -> bytes:
    """A request whose line and header have so many bytes as the protocol counts them."""
    fixed = len(b"/word") + len(b"host") + len(b"localhost") + 4 + len(b"x") + 4
    padding = b"X: " + b"a" * (length - fixed) + b"\r\n"
    return b"GET /word HTTP/1.1\r\n" + HOST + padding + b"\r\n"


def test_a_header_may_have_so_many_bytes(port: int) -> None:
    assert said(port, request(MOST)).status == 200
    assert said(port, request(MOST + 1)).status == 431


@pytest.mark.parametrize("kind", ["line", "one header", "many headers", "never ends"])
def test_huge_headers_are_refused_and_the_refusal_arrives(port: int, kind: str) -> None:
    pieces = {
        "line": b"GET /" + b"a" * 900_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n",
        "one header": b"GET /word HTTP/1.1\r\n" + HOST + b"X: " + b"a" * 900_000 + b"\r\n\r\n",
        "many headers": b"GET /word HTTP/1.1\r\n" + HOST + b"X: a\r\n" * 100_000 + b"\r\n",
        "never ends": b"GET /word HTTP/1.1\r\n" + HOST + b"X: " + b"a" * 900_000,
    }
    with Wire(port) as wire:
        wire.send(pieces[kind])
        assert Answer.parse(wire.rest()).status == 431


def test_a_slow_header_is_given_up(port: int) -> None:
    with Wire(port) as wire:
        stop = threading.Event()

        def drip() -> None:
            for byte in b"GET /word HTTP/1.1\r\nHost: localhost\r\nX: aaaaaaaaaaaaaaaaaaaaaaaaaa":
                if stop.wait(0.05):
                    return
                wire.send(bytes([byte]))

        sender = threading.Thread(target=drip)
        sender.start()
        answer = Answer.parse(wire.rest())
        stop.set()
        sender.join()
    assert answer.status == 408


@pytest.mark.parametrize("first", [b"", b"\r\n", b"GET /word HTTP/1.1\r\n" + HOST + b"\r\n"])
def test_no_connection_stays_open_for_nothing(port: int, first: bytes) -> None:
    with Wire(port) as wire:
        wire.send(first)
        wire.rest()  # ends, as the server closes


def test_an_empty_line_after_an_answer_does_not_keep_the_connection(port: int) -> None:
    with Wire(port) as wire:
        wire.send(b"GET /word HTTP/1.1\r\n" + HOST + b"\r\n")
        wire.answer()
        wire.send(b"\r\n")
        wire.rest()


def test_later_requests_have_their_own_time_and_size(port: int) -> None:
    with Wire(port) as wire:
        for _ in range(5):
            wire.send(request(MOST))
            assert wire.answer().status == 200
        wire.send(b"GET /word HTTP/1.1\r\nX: ")
        assert Answer.parse(wire.rest()).status == 408


def test_a_body_is_no_header(port: int) -> None:
    head = b"POST /size HTTP/1.1\r\n" + HOST + b"Content-Length: 50000\r\n\r\n"
    with Wire(port) as wire:
        for _ in range(3):
            wire.send(head + b"x" * 50_000)
            assert wire.answer().body == b"50000"
        # The body and the next request in one piece.
        wire.send(head + b"x" * 50_000 + b"GET /word HTTP/1.1\r\nHost: local")
        assert wire.answer().body == b"50000"
        wire.send(b"host\r\n\r\n")
        assert wire.answer().body == b'"word"'


def test_what_is_no_http_is_refused(port: int) -> None:
    for sent in (b"\x16\x03\x01\x02\x00\x01", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n"):
        with Wire(port) as wire:
            wire.send(sent)
            answer = Answer.parse(wire.rest())
            assert answer.status == 400
            assert b"Traceback" not in answer.body


@pytest.mark.parametrize(
    "framing",
    [
        b"Content-Length: 5\r\nContent-Length: 6\r\n",
        b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        b"Content-Length: -5\r\n",
        b"Content-Length: 5x\r\n",
        b"Transfer-Encoding: chunked, identity\r\n",
        b"X: a\x00b\r\n",
    ],
)
def test_what_two_servers_could_read_differently_is_refused(port: int, framing: bytes) -> None:
    with Wire(port) as wire:
        wire.send(b"POST /size HTTP/1.1\r\n" + HOST + framing + b"\r\nhello")
        assert Answer.parse(wire.rest()).status == 400
