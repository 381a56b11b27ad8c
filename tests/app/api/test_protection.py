from __future__ import annotations

import asyncio
import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI, Request

from app.api import keys, problems
from app.api.monitoring import Monitor
from app.api.protection import protect
from app.api.settings import Settings
from tests.app.api.serving import Wire, running, said

HOST = b"Host: localhost\r\n"
GET = b"GET /word HTTP/1.1\r\n" + HOST
Start = Callable[..., int]


@pytest.fixture
def start() -> Iterator[Start]:
    """Serves a small application under some settings; gives the port."""
    with ExitStack() as stack:

        def begin(**given: Any) -> int:
            settings = Settings.read(**given)
            return stack.enter_context(running(application(settings), settings))

        yield begin


def application(settings: Settings) -> FastAPI:
    app = FastAPI()

    @app.get("/word")
    async def word() -> str:
        return "word"

    @app.get("/healthz")
    async def healthz() -> str:
        return "ok"

    @app.post("/size")
    async def size(request: Request) -> int:
        return len(await request.body())

    @app.get("/slow")
    async def slow() -> None:
        await asyncio.sleep(20)

    @app.get("/busy")
    def busy() -> None:
        time.sleep(0.5)

    @app.get("/wrong")
    async def wrong() -> None:
        raise ZeroDivisionError("a secret of the server")

    problems.install(app)
    protect(app, settings, Monitor())
    return app


def test_every_answer_has_an_id_and_the_security_headers(start: Start) -> None:
    port = start(https=True)
    for line in (b"GET /word", b"GET /nowhere", b"DELETE /word", b"GET /wrong"):
        answer = said(port, line + b" HTTP/1.1\r\n" + HOST + b"\r\n")
        assert re.fullmatch("[0-9a-f]{32}", answer.headers["x-request-id"])
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["strict-transport-security"].startswith("max-age=")
        assert "server" not in answer.headers


def test_without_tls_browsers_are_not_told_to_use_it(start: Start) -> None:
    assert "strict-transport-security" not in said(start(), GET + b"\r\n").headers


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (b"X-Request-ID: Trace_1-b\r\n", True),
        (b"X-Request-ID: " + b"a" * 64 + b"\r\n", True),
        (b"X-Request-ID: " + b"a" * 65 + b"\r\n", False),
        (b"X-Request-ID: \r\n", False),
        (b'X-Request-ID: a"},{"event":"forged\r\n', False),
        (b"X-Request-ID: one\r\nX-Request-ID: two\r\n", False),
        (b"X-Request-ID: caf\xc3\xa9\r\n", False),
    ],
)
def test_keeps_a_plain_request_id_and_no_other(start: Start, given: bytes, kept: bool) -> None:
    answer = said(start(), GET + given + b"\r\n")
    sent = given.split(b": ", 1)[1].split(b"\r\n")[0].decode("latin-1")
    assert (answer.headers["x-request-id"] == sent) == kept
    assert re.fullmatch("[A-Za-z0-9_-]{1,64}", answer.headers["x-request-id"])


def test_a_mistake_is_told_by_its_id_alone(start: Start) -> None:
    answer = said(start(), b"GET /wrong HTTP/1.1\r\n" + HOST + b"\r\n")
    told = json.loads(answer.body)
    assert (answer.status, told["request_id"]) == (500, answer.headers["x-request-id"])
    assert b"secret" not in answer.body
    assert b"ZeroDivision" not in answer.body


def test_a_key_opens_what_no_other_word_does(start: Start, tmp_path: Path) -> None:
    key = keys.add(tmp_path / "keys", "desk").encode()
    port = start(keys_file=tmp_path / "keys", rate_per_minute=1000, burst=1000)
    for shown in (b"Authorization: Bearer " + key, b"authorization: bearer  " + key):
        assert said(port, GET + shown + b"\r\n\r\n").status == 200
    assert said(port, GET + b"X-API-Key: " + key + b"\r\n\r\n").status == 200
    for wrong in (
        b"Authorization: Bearer " + key[:-1],
        b"Authorization: Bearer",
        b"Authorization: Basic " + key,
        b"Authorization: " + key,
        b"X-API-Key: " + key + b"\r\nX-API-Key: " + key,
        b"X-API-Key: " + key + b"\r\nAuthorization: Basic x",
        b"X-API-Key: \xff\xfe",
        b"Cookie: key=" + key,
        b"A: b",
    ):
        answer = said(port, GET + wrong + b"\r\n\r\n")
        assert answer.status == 401, wrong
        assert answer.headers["www-authenticate"].startswith('Bearer realm="ml-risk"')
        assert answer.headers["content-type"] == "application/problem+json"
        assert key not in answer.body


@pytest.mark.parametrize("path", [b"/word", b"/nowhere", b"/healthz/", b"//healthz", b"/healthz;x"])
def test_only_health_is_told_without_a_key(start: Start, tmp_path: Path, path: bytes) -> None:
    keys.add(tmp_path / "keys", "desk")
    port = start(keys_file=tmp_path / "keys")
    assert said(port, b"GET " + path + b" HTTP/1.1\r\n" + HOST + b"\r\n").status == 401
    assert said(port, b"GET /healthz HTTP/1.1\r\n" + HOST + b"\r\n").status == 200


def test_a_new_key_counts_at_once_and_one_taken_out_no_more(start: Start, tmp_path: Path) -> None:
    path = tmp_path / "keys"
    old = keys.add(path, "old").encode()
    port = start(keys_file=path)
    new = keys.add(path, "new").encode()
    for key in (old, new):
        assert said(port, GET + b"X-API-Key: " + key + b"\r\n\r\n").status == 200
    path.write_text(path.read_text().splitlines()[1])
    assert said(port, GET + b"X-API-Key: " + old + b"\r\n\r\n").status == 401


def test_each_key_has_its_own_rate(start: Start, tmp_path: Path) -> None:
    one, other = (keys.add(tmp_path / "keys", name).encode() for name in ("one", "other"))
    port = start(keys_file=tmp_path / "keys", rate_per_minute=2)
    first, _, third = (said(port, GET + b"X-API-Key: " + one + b"\r\n\r\n") for _ in range(3))
    assert first.headers["ratelimit"].startswith('"minute";r=1;')
    assert third.status == 429
    assert int(third.headers["retry-after"]) in range(50, 61)
    assert said(port, GET + b"X-API-Key: " + other + b"\r\n\r\n").status == 200
    # Whoever has no key is counted by the address, and does not use up that of a key.
    assert [said(port, GET + b"\r\n").status for _ in range(3)] == [401, 401, 429]
    assert said(port, b"GET /healthz HTTP/1.1\r\n" + HOST + b"\r\n").status == 200


def test_no_header_makes_another_address(start: Start) -> None:
    port = start(rate_per_minute=2)
    forged = (
        b"X-Forwarded-For: 203.0.113.%d\r\nForwarded: for=203.0.113.%d\r\n" % (n, n)
        for n in range(3)
    )
    assert [said(port, GET + one + b"\r\n").status for one in forged] == [200, 200, 429]


@pytest.mark.parametrize(
    "host", [b"evil.example", b"localhost.evil.example", b"localhost@evil.example", b"[::1", b""]
)
def test_refuses_another_hosts_name(start: Start, host: bytes) -> None:
    port = start()
    assert said(port, b"GET /word HTTP/1.1\r\nHost: " + host + b"\r\n\r\n").status == 421
    for good in (b"localhost:1234", b"LOCALHOST", b"127.0.0.1", b"[::1]:8000"):
        assert said(port, b"GET /word HTTP/1.1\r\nHost: " + good + b"\r\n\r\n").status == 200


def test_refuses_two_hosts_and_none(start: Start) -> None:
    port = start()
    assert said(port, GET + b"Host: evil.example\r\n\r\n").status == 421
    assert said(port, b"GET /word HTTP/1.0\r\n\r\n").status == 421


def post(body: bytes, header: bytes = b"") -> bytes:
    length = b"" if header else b"Content-Length: %d\r\n" % len(body)
    return b"POST /size HTTP/1.1\r\n" + HOST + length + header + b"\r\n" + body


def test_a_body_may_have_so_many_bytes_and_no_more(start: Start) -> None:
    port = start(max_body_bytes=2048)
    assert said(port, post(b"x" * 2048)).body == b"2048"
    too_large = said(port, post(b"x" * 2049))
    assert (too_large.status, too_large.headers["connection"]) == (413, "close")
    assert json.loads(too_large.body)["detail"] == "At most 2048 bytes are read."


@pytest.mark.parametrize("size", [1_000_000, 4_000_000])
def test_megabytes_are_refused_and_the_refusal_arrives(start: Start, size: int) -> None:
    """Four are more than the buffers on the way hold: a reset would break the sending."""
    assert said(start(), post(b"x" * size)).status == 413


def test_an_announced_length_is_refused_before_it_comes(start: Start) -> None:
    with Wire(start()) as wire:
        wire.send(post(b"", b"Content-Length: 99999999999\r\nExpect: 100-continue\r\n"))
        assert wire.answer().status == 413


def test_chunks_without_end_are_refused(start: Start) -> None:
    with Wire(start()) as wire:
        wire.send(post(b"", b"Transfer-Encoding: chunked\r\n"))
        for _ in range(20):
            wire.send(b"1000\r\n" + b"x" * 4096 + b"\r\n")
        assert wire.answer().status == 413


def test_chunks_with_an_end_are_put_together(start: Start) -> None:
    body = b"5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"
    assert said(start(), post(body, b"Transfer-Encoding: chunked\r\n")).body == b"11"


def test_a_slow_body_is_given_up(start: Start) -> None:
    with Wire(start(body_seconds=0.3)) as wire:
        wire.send(post(b"", b"Content-Length: 100\r\n"))
        stop = threading.Event()
        sender = threading.Thread(target=_drip, args=(wire, stop))
        sender.start()
        answer = wire.answer()
        stop.set()
        sender.join()
    assert (answer.status, answer.headers["connection"]) == (408, "close")


def _drip(wire: Wire, stop: threading.Event) -> None:
    while not stop.wait(0.05):
        wire.send(b"x")


def test_a_slow_answer_is_given_up(start: Start) -> None:
    port = start(request_seconds=0.2)
    for path in (b"/slow", b"/busy"):
        answer = said(port, b"GET " + path + b" HTTP/1.1\r\n" + HOST + b"\r\n")
        assert (answer.status, answer.headers["retry-after"]) == (503, "5")
        assert json.loads(answer.body)["detail"] == "There was no answer within 0.2 s."
    assert said(port, GET + b"\r\n").status == 200


@pytest.mark.parametrize("method", [b"GET", b"POST"])
def test_pages_of_other_origins_read_nothing(start: Start, method: bytes) -> None:
    port = start()
    origin = b"Origin: https://evil.example\r\n"
    asked = b"OPTIONS /word HTTP/1.1\r\n" + HOST + origin
    asked += b"Access-Control-Request-Method: " + method + b"\r\n\r\n"
    preflight = said(port, asked)
    assert preflight.status == 405
    for answer in (preflight, said(port, GET + origin + b"\r\n")):
        assert not any(name.startswith("access-control") for name in answer.headers)


def test_a_listed_origin_may_read_even_a_refusal(start: Start, tmp_path: Path) -> None:
    keys.add(tmp_path / "keys", "desk")
    port = start(keys_file=tmp_path / "keys", cors_origins="https://desk.example")
    origin = b"Origin: https://desk.example\r\n"
    asked = b"OPTIONS /word HTTP/1.1\r\n" + HOST + origin
    asked += b"Access-Control-Request-Method: GET\r\n"
    asked += b"Access-Control-Request-Headers: X-API-Key\r\n\r\n"
    for answer in (said(port, asked), said(port, GET + origin + b"\r\n")):
        assert answer.headers["access-control-allow-origin"] == "https://desk.example"
        assert "access-control-allow-credentials" not in answer.headers
    other = said(port, asked.replace(b"desk", b"evil"))
    assert "access-control-allow-origin" not in other.headers
