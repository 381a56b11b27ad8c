"""The HTTP client against a server that behaves, and one that does not."""

from __future__ import annotations

import gzip
import json
import logging
import random
import time
from typing import Any

import pytest

from mlrisk.sources.live.client import MOST_REDIRECTS, Client
from mlrisk.sources.live.errors import FeedError, ShapeError, TransientError
from tests.mlrisk.sources.live.conftest import FeedServer, MakeClient, Reply

PATH = "/file.csv"
GOOD = b"date,value\n2020-01-02,1\n2020-01-03,2\n"
PAGE = b"<html><body>Service unavailable</body></html>"
KEY = "0123456789abcdef0123456789abcdef"


def parse(content: bytes) -> bytes:
    """Wants the CSV and nothing else."""
    if not content.startswith(b"date,value\n"):
        error = TransientError if content.startswith(b"<") else ShapeError
        raise error("cboe", f"{content[:20]!r}", "a CSV of date and value")
    return content


def get(client: Client, **options: Any) -> bytes:
    return client.get("cboe", PATH, parse, **options)


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param(Reply(status=500), id="500"),
        pytest.param(Reply(status=503, headers={"Retry-After": "0"}), id="503"),
        pytest.param(Reply(status=429), id="429"),
        pytest.param(Reply(status=408), id="408"),
        pytest.param(Reply(status=425), id="425"),
        pytest.param(Reply(PAGE), id="a page with status 200"),
        pytest.param(Reply(b"day,value\n"), id="other columns, once"),
        pytest.param(Reply(GOOD, fault="truncated"), id="truncated"),
        pytest.param(Reply(fault="reset"), id="reset"),
        pytest.param(Reply(b"none", headers={"Content-Encoding": "gzip"}), id="damaged gzip"),
        pytest.param(Reply(GOOD, fault="drip"), id="a body that drips"),
        pytest.param(Reply(GOOD, fault="header drip"), id="a header that drips"),
    ],
)
def test_a_passing_fault_is_asked_again(
    make_client: MakeClient, server: FeedServer, bad: Reply
) -> None:
    server.give(PATH, bad, Reply(GOOD))
    assert get(make_client(request_seconds=0.5)) == GOOD
    assert len(server.asked(PATH)) == 2


def test_a_changed_shape_is_asked_for_once_more_and_no_more(
    client: Client, server: FeedServer
) -> None:
    server.give(PATH, Reply(b"day,price\n"))
    with pytest.raises(ShapeError, match=r"day,price.*expected a CSV of date and value"):
        get(client)
    assert len(server.asked(PATH)) == 2


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 204, 304])
def test_other_statuses_are_final(client: Client, server: FeedServer, status: int) -> None:
    server.give(PATH, Reply(b"" if status in {204, 304} else b"go away", status))
    with pytest.raises(FeedError, match=f"cboe: status {status}.*{PATH}"):
        get(client)
    assert len(server.asked(PATH)) == 1


def test_attempts_are_counted_and_told(client: Client, server: FeedServer) -> None:
    server.give(PATH, Reply(b"overloaded", 503))
    with pytest.raises(FeedError) as caught:
        get(client)
    assert str(caught.value) == (
        f"cboe: status 503, 'overloaded' from {server.base}{PATH} (attempt 4); "
        "expected status 200. The feed is down or overloaded: try again later."
    )
    assert len(server.asked(PATH)) == 4


def test_a_drip_is_cut_off_in_time(make_client: MakeClient, server: FeedServer) -> None:
    server.give(PATH, Reply(GOOD * 100, fault="drip"))
    began = time.monotonic()
    with pytest.raises(FeedError, match=r"cboe: no end after 0\.3 s"):
        get(make_client(request_seconds=0.3, attempts=2))
    assert time.monotonic() - began < 2


@pytest.mark.parametrize("fault", ["drip", "header drip", "reset", "truncated"])
def test_a_feed_that_stays_down_stops_within_the_stated_time(
    make_client: MakeClient, server: FeedServer, fault: Any
) -> None:
    client = make_client(attempts=1000, feed_seconds=0.6, request_seconds=0.25)
    for path in ("/one.csv", "/two.csv"):
        server.give(path, Reply(GOOD * 100, fault=fault))
    began = time.monotonic()
    for path in ("/one.csv", "/two.csv"):
        with pytest.raises(FeedError, match=r"^cboe: "):
            client.get("cboe", path, parse)
    assert time.monotonic() - began < 2.0
    time.sleep(max(0.0, began + 0.7 - time.monotonic()))
    with pytest.raises(FeedError, match=r"cboe: no complete data within 0\.6 s.*/three\.csv"):
        client.get("cboe", "/three.csv", parse)
    assert not server.asked("/three.csv")


def test_another_feed_has_time_of_its_own(make_client: MakeClient, server: FeedServer) -> None:
    client = make_client(feed_seconds=0.2)
    server.give(PATH, Reply(status=500))
    with pytest.raises(FeedError, match="cboe"):
        get(client)
    time.sleep(0.2)
    server.give(PATH, Reply(GOOD))
    assert client.get("fred", PATH, parse) == GOOD


def test_retry_after_is_kept(client: Client, server: FeedServer) -> None:
    server.give(PATH, Reply(status=429, headers={"Retry-After": "1"}), Reply(GOOD))
    began = time.monotonic()
    assert get(client) == GOOD
    assert 1.0 <= time.monotonic() - began < 5.0


def test_a_pause_that_ends_after_the_deadline_is_not_begun(
    make_client: MakeClient, server: FeedServer
) -> None:
    server.give(PATH, Reply(status=503, headers={"Retry-After": "3600"}))
    began = time.monotonic()
    with pytest.raises(FeedError, match="status 503"):
        get(make_client(feed_seconds=5.0))
    assert time.monotonic() - began < 1
    assert len(server.asked(PATH)) == 1


def test_nothing_is_sent_to_a_host_that_is_not_allowed(
    make_client: MakeClient, server: FeedServer
) -> None:
    client = make_client(bases={"cboe": server.foreign})
    with pytest.raises(FeedError, match=rf"a request to {server.foreign}.*Nothing was sent"):
        get(client)
    assert not server.requests


def test_a_redirect_to_a_foreign_host_is_not_followed(client: Client, server: FeedServer) -> None:
    server.give(PATH, Reply(status=302, headers={"Location": f"{server.foreign}/stolen"}))
    with pytest.raises(FeedError, match="a request to http://localhost"):
        get(client)
    assert [request.path for request in server.requests] == [PATH]


def test_a_redirect_within_the_host_is_followed(client: Client, server: FeedServer) -> None:
    server.give(PATH, Reply(status=301, headers={"Location": "/moved.csv"}))
    server.give("/moved.csv", Reply(GOOD))
    assert get(client) == GOOD


def test_redirects_in_a_circle_end(client: Client, server: FeedServer) -> None:
    server.give(PATH, Reply(status=302, headers={"Location": PATH}))
    with pytest.raises(FeedError, match=f"more than {MOST_REDIRECTS} redirects"):
        get(client)
    assert len(server.asked(PATH)) == 1 + MOST_REDIRECTS


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
def test_an_answer_beyond_the_limit_is_given_up(
    make_client: MakeClient, server: FeedServer, *, packed: bool
) -> None:
    body = b"x" * 200_000
    reply = Reply(gzip.compress(body), headers={"Content-Encoding": "gzip"})
    server.give(PATH, reply if packed else Reply(body))
    with pytest.raises(FeedError, match="more than 100,000 bytes"):
        get(make_client(most_bytes=100_000))
    assert len(server.asked(PATH)) == 1


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ({"ETag": '"abc"'}, {"if-none-match": '"abc"'}),
        (
            {"Last-Modified": "Wed, 01 Jan 2020 00:00:00 GMT"},
            {"if-modified-since": "Wed, 01 Jan 2020 00:00:00 GMT"},
        ),
        ({"ETag": '"abc"', "Cache-Control": "max-age=3600"}, {"if-none-match": '"abc"'}),
    ],
    ids=["ETag", "Last-Modified", "still fresh"],
)
def test_an_unchanged_file_costs_a_304(
    make_client: MakeClient, server: FeedServer, given: dict[str, str], sent: dict[str, str]
) -> None:
    server.give(PATH, Reply(GOOD, headers=given), Reply(status=304, headers=given))
    assert get(make_client()) == GOOD
    # Another client, as of the next day, with the folder of the first.
    assert get(make_client()) == GOOD
    first, second = server.asked(PATH)
    assert not sent.items() <= first.headers.items()
    assert sent.items() <= second.headers.items()


def test_a_changed_file_is_fetched_anew(make_client: MakeClient, server: FeedServer) -> None:
    server.give(
        PATH,
        Reply(GOOD, headers={"ETag": '"one"'}),
        Reply(GOOD + b"2020-01-06,3\n", headers={"ETag": '"two"'}),
        Reply(status=304, headers={"ETag": '"two"'}),
    )
    client = make_client()
    assert [len(get(client).splitlines()) for _ in range(3)] == [3, 4, 4]
    assert server.asked(PATH)[2].headers["if-none-match"] == '"two"'


def test_an_unusable_answer_leaves_the_cache(client: Client, server: FeedServer) -> None:
    server.give(PATH, Reply(PAGE, headers={"ETag": '"page"'}), Reply(GOOD))
    assert get(client) == GOOD
    assert "if-none-match" not in server.asked(PATH)[1].headers


def test_a_cut_body_is_not_cached(client: Client, server: FeedServer) -> None:
    headers = {"ETag": '"whole"'}
    server.give(PATH, Reply(GOOD, headers=headers, fault="truncated"), Reply(GOOD))
    assert get(client) == GOOD
    assert "if-none-match" not in server.asked(PATH)[1].headers


def test_requests_to_one_host_keep_their_distance(
    make_client: MakeClient, server: FeedServer
) -> None:
    client = make_client(interval_seconds=0.2)
    server.give(PATH, Reply(GOOD))
    began = time.monotonic()
    for _ in range(4):
        get(client)
    assert time.monotonic() - began >= 0.6


def test_who_asks_is_said(client: Client, server: FeedServer) -> None:
    server.give(PATH, Reply(GOOD))
    get(client, params={"id": "A B"})
    (request,) = server.requests
    assert request.headers["user-agent"] == "ml-risk (research; tests@example.org)"
    assert request.query == {"id": "A B"}


def test_one_event_is_logged_per_request(
    client: Client, server: FeedServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    headers = {"ETag": '"abc"'}
    unchanged = Reply(status=304, headers=headers)
    server.give(PATH, Reply(status=500), Reply(GOOD, headers=headers), unchanged)
    get(client, params={"id": "1"})
    get(client, params={"id": "1"})
    events = [record.fields for record in caplog.records if record.message == "request"]
    assert json.loads(json.dumps(events)) == events
    assert [event.pop("seconds") >= 0 for event in events] == [True, True]
    shared = {
        "feed": "cboe",
        "url": f"{server.base}{PATH}?id=1",
        "outcome": "done",
        "status": 200,
        "bytes": len(GOOD),
    }
    assert events == [
        shared | {"attempts": 2, "cache": "none"},
        shared | {"attempts": 1, "cache": "revalidated"},
    ]


def test_a_failure_is_logged_too(
    client: Client, server: FeedServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    server.give(PATH, Reply(b"gone", 410))
    with pytest.raises(FeedError):
        get(client)
    server.give(PATH, Reply(status=503), Reply(fault="reset"))
    with pytest.raises(FeedError):
        get(client)
    events = [record.fields for record in caplog.records if record.message == "request"]
    told = [(event["outcome"], event["status"], event["attempts"]) for event in events]
    assert told == [("failed", 410, 1), ("failed", None, 4)]


@pytest.mark.parametrize(
    "reply",
    [
        Reply(f"The key {KEY} is not registered".encode(), 400),
        Reply(f"<p>api_key={KEY}</p>".encode()),
        Reply(status=302, headers={"Location": f"http://127.0.0.1:1/?api_key={KEY}"}),
        Reply(fault="reset"),
    ],
    ids=["400", "page", "redirect", "reset"],
)
def test_a_secret_is_sent_and_never_told(
    client: Client, server: FeedServer, caplog: pytest.LogCaptureFixture, reply: Reply
) -> None:
    caplog.set_level(logging.DEBUG)
    server.give(PATH, reply)
    with pytest.raises(FeedError) as caught:
        get(client, params={"id": "1"}, secret={"api_key": KEY})
    assert server.requests[0].query == {"id": "1", "api_key": KEY}
    assert KEY not in str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    assert caplog.records
    assert not [r for r in caplog.records if KEY in r.getMessage() + str(r.__dict__)]


def test_a_secret_is_not_written_to_disk(client: Client, server: FeedServer, tmp_path: Any) -> None:
    server.give(PATH, Reply(GOOD, headers={"ETag": '"abc"'}))
    assert get(client, secret={"api_key": KEY}) == GOOD
    assert get(client) == GOOD
    stored = b"".join(path.read_bytes() for path in (tmp_path / "cache").iterdir())
    assert PATH.encode() in stored
    assert KEY.encode() not in stored


def test_everything_completes_with_thirty_per_cent_of_failures(
    make_client: MakeClient, server: FeedServer
) -> None:
    client = make_client(attempts=10)
    server.failing = random.Random(20260501)
    paths = [f"/file-{number}.csv" for number in range(40)]
    for path in paths:
        server.give(path, Reply(GOOD + path.encode() + b",0\n", headers={"ETag": f'"{path}"'}))
    for path in paths:
        assert client.get("cboe", path, parse).endswith(path.encode() + b",0\n")
    assert len(server.requests) > 1.2 * len(paths)
