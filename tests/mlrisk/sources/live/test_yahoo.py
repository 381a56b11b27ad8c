"""Yahoo through yfinance's cookies, over real connections."""

from __future__ import annotations

import ast
import inspect
import json
import logging
import random
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from mlrisk.sources.live.errors import FeedError, ShapeError
from mlrisk.sources.live.yahoo import PATH, Yahoo, fetch_bars
from tests.mlrisk.sources.live.conftest import FeedServer, MakePolicy, Reply
from tests.mlrisk.sources.live.test_chart import DAYS, chart

CLOSE = [500.0, 501, 502, 503, 504, 505]
GOOD = Reply(json.dumps(chart(CLOSE)).encode(), headers={"Content-Type": "application/json"})
SPY = f"{PATH}SPY"
FIRST = date(2024, 3, 1)
DELISTED = json.dumps(
    {"chart": {"result": None, "error": {"code": "Not Found", "description": "No data found"}}}
).encode()

MakeYahoo = Callable[..., Yahoo]


@pytest.fixture
def make_yahoo(make_policy: MakePolicy, server: FeedServer, tmp_path: Path) -> Iterator[MakeYahoo]:
    """Yahoo at the local server, with its pages for a cookie and a crumb."""
    server.give("/", Reply(status=404, headers={"Set-Cookie": "A3=d; Path=/"}))
    server.give("/v1/test/getcrumb", Reply(b"crumb"))
    made: list[Yahoo] = []

    def make(**settings: Any) -> Yahoo:
        made.append(Yahoo(make_policy(**settings), tmp_path / "yahoo"))
        return made[-1]

    yield make
    for yahoo in made:
        yahoo.close()


def test_bars_up_to_now_are_asked_for(make_yahoo: MakeYahoo, server: FeedServer) -> None:
    server.give(SPY, GOOD)
    table = fetch_bars(make_yahoo(), "SPY", FIRST)
    assert list(table["date"]) == list(DAYS)
    (request,) = server.asked(SPY)
    assert request.query["period1"] == "1709251200"
    assert int(request.query["period2"]) > 4_000_000_000
    assert request.query["interval"] == "1d"
    assert request.query["events"] == "div,splits,capitalGains"
    assert request.query["crumb"] == "crumb"
    assert "A3=d" in request.headers["cookie"]
    assert "Chrome" in request.headers["user-agent"]


def test_a_symbol_is_quoted(make_yahoo: MakeYahoo, server: FeedServer) -> None:
    answer = chart(CLOSE, symbol="CL=F", hour=0)
    server.give(f"{PATH}CL%3DF", Reply(json.dumps(answer).encode()))
    assert len(fetch_bars(make_yahoo(), "CL=F", FIRST)) == len(CLOSE)


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param([Reply(b"", 500)] * 2, id="500"),
        pytest.param([Reply(b"Too Many Requests", 429)] * 2, id="429"),
        pytest.param([Reply(b"<html>Will be right back</html>")], id="a page with status 200"),
        pytest.param([Reply()], id="empty"),
        pytest.param([Reply(GOOD.body, fault="truncated")], id="truncated"),
        pytest.param([Reply(GOOD.body, fault="cut")], id="cut without a length"),
        pytest.param([Reply(fault="reset")], id="reset"),
        pytest.param([Reply(GOOD.body, fault="drip")], id="a body that drips"),
        pytest.param([Reply(fault="header drip")], id="a header that drips"),
    ],
)
def test_a_passing_fault_is_asked_again(
    make_yahoo: MakeYahoo, server: FeedServer, bad: list[Reply]
) -> None:
    # yfinance itself sends a refused request twice, with another cookie.
    server.give(SPY, *bad, GOOD)
    assert len(fetch_bars(make_yahoo(request_seconds=0.5), "SPY", FIRST)) == len(CLOSE)
    assert len(server.asked(SPY)) == len(bad) + 1


def test_a_delisted_symbol_is_no_outage(make_yahoo: MakeYahoo, server: FeedServer) -> None:
    server.give(SPY, Reply(DELISTED, 404))
    with pytest.raises(FeedError, match=r"yahoo: status 404.*No data found.*/chart/SPY"):
        fetch_bars(make_yahoo(), "SPY", FIRST)
    assert len(server.asked(SPY)) == 2


def test_an_outage_is_told_as_one(make_yahoo: MakeYahoo, server: FeedServer) -> None:
    server.give(SPY, Reply(b"", 503))
    with pytest.raises(FeedError, match=r"yahoo: status 503.*attempt 3.*try again later"):
        fetch_bars(make_yahoo(attempts=3), "SPY", FIRST)


def test_another_shape_is_asked_for_once_more(make_yahoo: MakeYahoo, server: FeedServer) -> None:
    server.give(SPY, Reply(json.dumps(chart(CLOSE, symbol="SPX")).encode()))
    with pytest.raises(ShapeError, match="bars of SPX"):
        fetch_bars(make_yahoo(), "SPY", FIRST)
    assert len(server.asked(SPY)) == 2


def test_the_chart_is_had_without_cookie_and_crumb(
    make_yahoo: MakeYahoo, server: FeedServer
) -> None:
    for path in ("/", "/v1/test/getcrumb", "/consent"):
        server.give(path, Reply(fault="reset"))
    server.give(SPY, GOOD)
    assert len(fetch_bars(make_yahoo(), "SPY", FIRST)) == len(CLOSE)
    assert "crumb" not in server.asked(SPY)[0].query


def test_retry_after_is_kept(make_yahoo: MakeYahoo, server: FeedServer) -> None:
    server.give(SPY, *[Reply(status=429, headers={"Retry-After": "1"})] * 2, GOOD)
    began = time.monotonic()
    fetch_bars(make_yahoo(), "SPY", FIRST)
    assert 1.0 <= time.monotonic() - began < 5.0


@pytest.mark.parametrize("fault", ["drip", "header drip", "reset"])
def test_a_feed_that_stays_down_stops_within_the_stated_time(
    make_yahoo: MakeYahoo, server: FeedServer, fault: Any
) -> None:
    for path in ("/", "/v1/test/getcrumb", "/consent", SPY):
        server.give(path, Reply(GOOD.body, fault=fault))
    yahoo = make_yahoo(attempts=1000, feed_seconds=0.6, request_seconds=0.25, read_seconds=0.1)
    began = time.monotonic()
    with pytest.raises(FeedError, match=r"^yahoo: "):
        fetch_bars(yahoo, "SPY", FIRST)
    assert time.monotonic() - began < 2.0


def test_a_redirect_to_a_foreign_host_is_not_followed(
    make_yahoo: MakeYahoo, server: FeedServer
) -> None:
    server.give(SPY, Reply(status=302, headers={"Location": f"{server.foreign}/stolen"}))
    with pytest.raises(FeedError, match="a request to http://localhost"):
        fetch_bars(make_yahoo(), "SPY", FIRST)
    assert not server.asked("/stolen")


def test_a_redirect_within_the_host_is_followed(make_yahoo: MakeYahoo, server: FeedServer) -> None:
    server.give(SPY, Reply(status=302, headers={"Location": "/elsewhere"}))
    server.give("/elsewhere", GOOD)
    assert len(fetch_bars(make_yahoo(), "SPY", FIRST)) == len(CLOSE)


def test_an_answer_beyond_the_limit_is_given_up(make_yahoo: MakeYahoo, server: FeedServer) -> None:
    server.give(SPY, Reply(b" " * 200_000))
    with pytest.raises(FeedError, match="more than 100,000 bytes"):
        fetch_bars(make_yahoo(most_bytes=100_000), "SPY", FIRST)
    assert len(server.asked(SPY)) == 1


def test_requests_keep_their_distance(make_yahoo: MakeYahoo, server: FeedServer) -> None:
    server.give(SPY, GOOD)
    yahoo = make_yahoo(interval_seconds=0.2)
    began = time.monotonic()
    fetch_bars(yahoo, "SPY", FIRST)
    assert time.monotonic() - began >= 0.2 * (len(server.requests) - 1) > 0


def test_yfinance_says_nothing_and_one_event_is_logged(
    make_yahoo: MakeYahoo,
    server: FeedServer,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.INFO)
    server.give("/v1/test/getcrumb", Reply(b"Too Many Requests", 429))
    server.give(SPY, *[Reply(status=500)] * 2, GOOD)
    fetch_bars(make_yahoo(), "SPY", FIRST)
    (event,) = [record.fields for record in caplog.records if record.message == "request"]
    assert event.pop("seconds") >= 0
    assert event == {
        "feed": "yahoo",
        "url": server.base + SPY,
        "outcome": "done",
        "status": 200,
        "attempts": 2,
        "bytes": len(GOOD.body),
        "cache": "none",
    }
    assert not [record for record in caplog.records if record.name.startswith("yfinance")]
    assert capfd.readouterr() == ("", "")


def test_everything_completes_with_thirty_per_cent_of_failures(
    make_yahoo: MakeYahoo, server: FeedServer
) -> None:
    server.failing = random.Random(20260501)
    yahoo = make_yahoo(attempts=20)
    symbols = [f"S{number}" for number in range(20)]
    for symbol in symbols:
        answer = chart(CLOSE, symbol=symbol)
        server.give(PATH + symbol, Reply(json.dumps(answer).encode()))
    for symbol in symbols:
        assert fetch_bars(yahoo, symbol, FIRST)["close"].tolist() == CLOSE


def test_yfinance_is_imported_only_where_it_is_used() -> None:
    folder = Path(inspect.getfile(Yahoo)).parent
    for path in folder.glob("*.py"):
        top = ast.parse(path.read_text(encoding="utf-8")).body
        names = [ast.unparse(line) for line in top if isinstance(line, ast.Import | ast.ImportFrom)]
        assert not [name for name in names if "yfinance" in name]
