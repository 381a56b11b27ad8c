"""Fetching documents from sites that behave, and from some that do not."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from mlrisk.contracts import LANDING_DOCUMENTS
from mlrisk.sources.documents.landing import append, doc_ids
from mlrisk.sources.documents.live import bea, bls, fed
from mlrisk.sources.documents.live.collect import Came, Collector
from mlrisk.sources.documents.live.robots import AGENT, Robots
from mlrisk.sources.live.client import Client
from mlrisk.sources.live.errors import FeedError
from tests.mlrisk.sources.documents.live.pages import bea_archive, bls_archive, calendar, page
from tests.mlrisk.sources.live.conftest import FeedServer, MakeClient, Reply

SESSION = pd.Timestamp("2024-02-05")
START = date(2023, 1, 1)
STATEMENT = "/newsevents/pressreleases/monetary{}a.htm"
OLDER, NEWER = STATEMENT.format("20231213"), STATEMENT.format("20240131")
MINUTES = "/monetarypolicy/fomcminutes20231213.htm"
NONE_LANDED: frozenset[str] = frozenset()


@pytest.fixture
def fed_site(server: FeedServer) -> FeedServer:
    """Two meetings, the minutes of the first, and a meeting that is ahead."""
    listed = calendar(
        2023, ["20240320", "20240131", "20231213"], minutes={"20231213": "January 3, 2024"}
    )
    server.give(fed.CALENDAR, Reply(listed))
    for path in (OLDER, NEWER):
        server.give(path, Reply(page(f"<p>For release at 2:00 p.m. EST</p> {path}")))
    server.give(MINUTES, Reply(page("<p>Minutes</p>")))
    return server


def collect(
    client: Client, *sources: str, landed: frozenset[str] = NONE_LANDED, recheck: int = 0
) -> Came:
    return Collector(client, landed, START, SESSION, recheck).collect(sources)


def names(came: Came) -> list[str | None]:
    return [one.hint["doc_id"] for one in came.documents]


def test_what_is_listed_and_out_comes_with_its_release(
    client: Client, fed_site: FeedServer
) -> None:
    came = collect(client, "fed")
    assert came.failed == []
    assert names(came) == [
        "fomc-statement-2024-01-31",
        "fomc-statement-2023-12-13",
        "fomc-minutes-2023-12-13",
    ]
    assert [one.hint["published_at"] for one in came.documents] == [
        "2024-01-31T19:00:00Z",
        "2023-12-13T19:00:00Z",
        "2024-01-03T19:00:00Z",
    ]
    first = came.documents[0]
    assert first.url == fed_site.base + NEWER
    assert first.fetched_at == pd.Timestamp("2024-02-05 22:00", tz="UTC")
    assert not fed_site.asked(STATEMENT.format("20240320"))


def test_what_has_landed_is_asked_for_again_only_while_it_is_new(
    client: Client, fed_site: FeedServer
) -> None:
    first = append(LANDING_DOCUMENTS.empty(), collect(client, "fed").documents)
    known = doc_ids(first.rows)
    assert collect(client, "fed", landed=known).documents == []
    fed_site.give(NEWER, Reply(page("<p>For release at 2:00 p.m. EST</p> corrected")))
    came = collect(client, "fed", landed=known, recheck=7)
    assert names(came) == ["fomc-statement-2024-01-31"]
    second = append(first.rows, came.documents)
    assert (second.added, second.changed, len(second.rows)) == (0, 1, 4)
    assert len(fed_site.asked(OLDER)) == 1


def test_years_before_the_calendar_have_pages_of_their_own(
    client: Client, fed_site: FeedServer
) -> None:
    path = "/newsevents/press/monetary/20220126a.htm"
    history = page(f'<p><a href="{path}">Statement</a></p>')
    fed_site.give(fed.HISTORY.format(year=2022), Reply(history))
    fed_site.give(path, Reply(page("For release at 2:00 p.m. EST")))
    came = Collector(client, NONE_LANDED, date(2021, 1, 1), SESSION, 0).collect(["fed"])
    assert names(came)[0] == "fomc-statement-2022-01-26"
    assert len(came.documents) == 4
    assert len(came.failed) == 1
    assert "fomchistorical2021.htm" in came.failed[0]


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        pytest.param(Reply(status=404), "status 404", id="404"),
        pytest.param(Reply(status=500), "status 500", id="500"),
        pytest.param(Reply(page("x" * 300), fault="truncated"), "expected a whole", id="truncated"),
        pytest.param(Reply(page("x")[:-9], fault="cut"), "does not end", id="cut off"),
        pytest.param(Reply(b""), "does not end", id="empty"),
    ],
)
def test_one_page_that_fails_is_told_and_the_others_come(
    make_client: MakeClient, fed_site: FeedServer, reply: Reply, told: str
) -> None:
    fed_site.give(OLDER, reply)
    came = collect(make_client(attempts=2), "fed")
    assert names(came) == ["fomc-statement-2024-01-31", "fomc-minutes-2023-12-13"]
    assert len(came.failed) == 1
    assert came.failed[0].startswith("fomc-statement-2023-12-13: fed: ")
    assert told in came.failed[0]


def test_a_passing_fault_is_asked_again(client: Client, fed_site: FeedServer) -> None:
    whole = page("For release at 2:00 p.m. EST")
    fed_site.give(OLDER, Reply(status=503), Reply(whole, fault="truncated"), Reply(whole))
    assert collect(client, "fed").failed == []
    assert len(fed_site.asked(OLDER)) == 3


def test_a_redirect_to_another_host_is_not_followed(client: Client, fed_site: FeedServer) -> None:
    elsewhere = Reply(status=302, headers={"Location": f"{fed_site.foreign}/elsewhere"})
    fed_site.give(OLDER, elsewhere)
    came = collect(client, "fed")
    assert len(came.documents) == 2
    assert "a request to http://localhost" in came.failed[0]
    assert not fed_site.asked("/elsewhere")


def test_what_a_site_wants_left_alone_is(client: Client, fed_site: FeedServer) -> None:
    rules = "User-agent: *\nDisallow: /newsevents/\n\nUser-agent: other\nDisallow: /\n"
    fed_site.give("/robots.txt", Reply(rules.encode()))
    came = collect(client, "fed")
    assert names(came) == ["fomc-minutes-2023-12-13"]
    assert len(came.failed) == 2
    assert (
        "/robots.txt leaves /newsevents/pressreleases/monetary20240131a.htm out" in came.failed[0]
    )
    assert not fed_site.asked(NEWER)
    assert len(fed_site.asked("/robots.txt")) == 1


def test_a_site_is_read_as_slowly_as_it_asks(client: Client, server: FeedServer) -> None:
    server.give("/robots.txt", Reply(f"User-agent: {AGENT}\nCrawl-delay: 1\n".encode()))
    robots = Robots(client)
    robots.require_allowed("fed", "/a")
    client.policy.run("fed", "/", lambda _: client.policy.begin("fed", f"{server.base}/a"))
    assert 0.5 < client.policy._next_turn[server.base] - client.policy._began["fed"] < 10


def test_a_site_whose_rules_fail_is_left_alone(make_client: MakeClient, server: FeedServer) -> None:
    server.give("/robots.txt", Reply(status=500))
    with pytest.raises(FeedError, match=r"status 500.*/robots\.txt"):
        Robots(make_client(attempts=1)).require_allowed("fed", "/a")


def test_time_that_is_up_leaves_the_rest_for_the_next_run(
    make_client: MakeClient, fed_site: FeedServer
) -> None:
    fed_site.give(NEWER, Reply(page("x" * 100), fault="drip"))
    came = collect(make_client(feed_seconds=0.6, request_seconds=5.0), "fed")
    assert came.documents == []
    assert came.failed[-1].startswith("2 more of fed: no time left")


def test_a_release_comes_from_the_page_of_the_day_until_it_is_archived(
    client: Client, server: FeedServer
) -> None:
    archived = {"cpi": {"01112024": "December 2023"}, "empsit": {"01052024": "December 2023"}}
    current = {
        "cpi": "embargoed until 8:30 a.m. (ET) Thursday, January 11, 2024",
        "empsit": "embargoed until 8:30 a.m. (ET) Friday, February 2, 2024",
    }
    for name, path in bls.ARCHIVES.items():
        server.give(path, Reply(bls_archive(name, archived[name])))
        server.give(bls.CURRENT[name], Reply(page(f"<pre>{current[name]}</pre>")))
        (day,) = archived[name]
        server.give(f"/news.release/archives/{name}_{day}.htm", Reply(page("A release")))
    came = collect(client, "bls")
    assert came.failed == []
    assert names(came) == [
        "cpi-2023-12",
        "employment-situation-2023-12",
        "employment-situation-2024-01",
    ]
    newest = came.documents[-1]
    assert newest.url == f"{server.base}/news.release/archives/empsit_02022024.htm"
    assert newest.hint["published_at"] == "2024-02-02T13:30:00Z"


def test_the_news_are_read_back_to_where_all_has_landed(client: Client, server: FeedServer) -> None:
    newest = "2024/gross-domestic-product-fourth-quarter-and-year-2023-advance-estimate"
    older = "2023/personal-income-and-outlays-october-2023"
    oldest = "2022/personal-income-and-outlays-november-2022"
    archive = {"0": [newest, "2024/other"], "1": [older], "2": [oldest], "3": []}
    server.give(bea.ARCHIVE, lambda asked: Reply(bea_archive(archive[asked.query["page"]])))
    text = "EMBARGOED UNTIL RELEASE AT 8:30 A.M. EST, Thursday, January 25, 2024"
    server.give(f"/news/{newest}", Reply(page(text)))
    server.give(f"/news/{older}", Reply(page("No date")))
    came = collect(client, "bea")
    assert came.failed == []
    assert names(came) == ["personal-income-2023-10", "gdp-2023-q4-advance"]
    assert came.documents[0].hint["published_at"] is None
    assert came.documents[1].hint["published_at"] == "2024-01-25T13:30:00Z"
    assert [request.query["page"] for request in server.asked(bea.ARCHIVE)] == ["0", "1", "2"]
    landed = frozenset(filter(None, names(came)))
    assert collect(client, "bea", landed=landed).documents == []
    assert len(server.asked(bea.ARCHIVE)) == 4


def test_a_site_that_is_down_does_not_keep_the_others_away(
    make_client: MakeClient, fed_site: FeedServer
) -> None:
    came = collect(make_client(attempts=2), "bea", "bls", "fed")
    assert len(came.documents) == 3
    assert any("/news/archive" in text for text in came.failed)
    assert any("/bls/news-release/cpi.htm" in text for text in came.failed)
