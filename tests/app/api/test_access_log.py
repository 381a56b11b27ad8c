from __future__ import annotations

import asyncio
import json
import logging
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from app.api import access_log
from app.api.access_log import METHODS, Observed, Served, write
from mlrisk.log import handler


class Route:
    path = "/predictions/{date}"


def observed(scope: dict[str, Any], *messages: Message, fails: bool = False) -> Served:
    """What is noted of a request that is answered with some messages."""
    noted: list[Served] = []
    begun: list[None] = []

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        scope["route"] = Route()
        for message in messages:
            await send(message)
        if fails:
            raise ConnectionError

    async def receive() -> Message:
        raise AssertionError

    async def send(message: Message) -> None:
        pass

    outer = Observed(application, (lambda: begun.append(None),), (noted.append,))
    try:
        asyncio.run(outer({"type": "http", "method": "GET", **scope}, receive, send))
    except ConnectionError:
        assert fails
    assert (len(begun), len(noted)) == (1, 1)
    return noted[0]


START: Message = {"type": "http.response.start", "status": 200, "headers": []}


def part(body: bytes, more: bool = False) -> Message:
    return {"type": "http.response.body", "body": body, "more_body": more}


def test_notes_what_came_of_a_request() -> None:
    served = observed({}, START, part(b"four", more=True), part(b"five!"))
    assert (served.method, served.route) == ("GET", "/predictions/{date}")
    assert (served.status, served.size) == (200, 9)
    assert served.seconds >= 0


def test_a_request_that_breaks_off_is_noted_too() -> None:
    assert observed({}, fails=True).status is None
    assert observed({}, START, part(b"half", more=True), fails=True).size == 4


@pytest.mark.parametrize("method", [*METHODS, "PROPFIND", '{"event"'])
def test_there_are_only_so_many_methods(method: str) -> None:
    assert observed({"method": method}, START).method in (*METHODS, access_log.OTHER)


def test_an_address_is_named_by_its_template() -> None:
    assert access_log.route_of({"type": "http", "path": "/a/secret"}) == "(none)"


def test_a_line_has_what_is_promised_and_no_more(caplog: pytest.LogCaptureFixture) -> None:
    scope = {
        "path": "/predictions/2025-10-24",
        "query_string": b"api_key=secret",
        "headers": [(b"x-api-key", b"secret"), (b"authorization", b"Bearer secret")],
        "client": ("203.0.113.7", 1234),
        "state": {"request_id": "abc", "key_name": "desk"},
    }
    with caplog.at_level(logging.INFO, logger="mlrisk"):
        write(Served("GET", "/predictions/{date}", 200, 0.01234, 56, scope))
    form = handler().formatter
    assert form
    told = json.loads(form.format(caplog.records[0]))
    assert told.pop("at").endswith("+00:00")
    assert told == {
        "event": "request",
        "request_id": "abc",
        "method": "GET",
        "route": "/predictions/{date}",
        "status": 200,
        "ms": 12.34,
        "bytes": 56,
        "key": "desk",
    }
