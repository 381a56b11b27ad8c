"""FRED's charts, and ALFRED's vintages."""

from __future__ import annotations

import json
import random
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlrisk.sources.live import fred
from mlrisk.sources.live.client import Client
from mlrisk.sources.live.errors import FeedError, ShapeError
from mlrisk.sources.live.fred import fetch_series, fetch_vintages, parse_series, parse_vintages
from tests.mlrisk.sources.live.conftest import FeedServer, MakeClient, Reply, Request

KEY = "0123456789abcdef0123456789abcdef"
RATES = b"observation_date,DGS10\n2026-04-02,4.31\n2026-04-03,\n2026-04-06,.\n2026-04-07,4.30\n"
ROWS = [
    ("2026-01-01", "326.5", "2026-02-13"),
    ("2025-12-01", "326.030", "2026-01-13"),
    ("2025-12-01", "326.031", "2026-02-13"),
    ("2025-10-01", ".", "2025-12-18"),
    ("2025-09-01", "324.368", "2025-10-24"),
]


def page(rows: list[tuple[str, str, str]], offset: int = 0, count: int | None = None) -> bytes:
    """A page as FRED gives it."""
    return json.dumps(
        {
            "realtime_start": "1776-07-04",
            "realtime_end": "9999-12-31",
            "observation_start": "1600-01-01",
            "observation_end": "9999-12-31",
            "units": "lin",
            "output_type": 1,
            "file_type": "json",
            "order_by": "observation_date",
            "sort_order": "asc",
            "count": len(rows) if count is None else count,
            "offset": offset,
            "limit": 100000,
            "observations": [
                {"realtime_start": start, "realtime_end": "9999-12-31", "date": day, "value": value}
                for day, value, start in rows
            ],
        }
    ).encode()


def pages_of(size: int) -> Any:
    def answer(request: Request) -> Reply:
        offset = int(request.query["offset"])
        return Reply(page(ROWS[offset : offset + size], offset, len(ROWS)))

    return answer


def test_a_series_is_fetched(client: Client, server: FeedServer) -> None:
    server.give(fred.PATH, Reply(RATES))
    table = fetch_series(client, "DGS10")
    assert tuple(table.columns) == fred.COLUMNS
    assert table["date"].dtype == "datetime64[us]"
    assert list(table["date"]) == [pd.Timestamp("2026-04-02"), pd.Timestamp("2026-04-07")]
    assert table["value"].tolist() == [4.31, 4.3]
    assert server.requests[0].query == {"id": "DGS10"}


def test_the_former_header_is_known() -> None:
    former = RATES.replace(b"observation_date", b"DATE")
    pd.testing.assert_frame_equal(parse_series(former, "DGS10"), parse_series(RATES, "DGS10"))


@pytest.mark.parametrize(
    "bad",
    [Reply(b"<html>\n"), Reply(), Reply(RATES, fault="cut"), Reply(RATES[:-2]), Reply(status=502)],
    ids=["page", "empty", "cut without a length", "cut in a number", "502"],
)
def test_what_is_no_whole_file_is_asked_for_again(
    client: Client, server: FeedServer, bad: Reply
) -> None:
    server.give(fred.PATH, bad, Reply(RATES))
    assert len(fetch_series(client, "DGS10")) == 2
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (RATES, "columns 'observation_date, DGS10'; expected a CSV with columns observation_date"),
        (b"observation_date,DGS2\n04/02/2026,1\n", "row 1 with observation_date = '04/02/2026'"),
        (b"observation_date,DGS2\n2026-04-02,#N/A\n", "row 1 with DGS2 = '#N/A'"),
        (b"observation_date,DGS2\n2026-04-02,1\n2026-04-02,2\n", "rows of one date that differ"),
    ],
)
def test_another_shape_is_told(content: bytes, told: str) -> None:
    with pytest.raises(ShapeError) as caught:
        parse_series(content, "DGS2")
    assert told in str(caught.value)
    assert str(caught.value).startswith("fred DGS2: ")


def test_vintages_come_page_by_page(client: Client, server: FeedServer) -> None:
    server.give(fred.VINTAGE_PATH, pages_of(2))
    table = fetch_vintages(client, "CPIAUCSL", KEY)
    assert tuple(table.columns) == fred.VINTAGE_COLUMNS
    assert [request.query["offset"] for request in server.requests] == ["0", "2", "4"]
    asked = {
        "series_id": "CPIAUCSL",
        "api_key": KEY,
        "file_type": "json",
        "output_type": "1",
        "realtime_start": "1776-07-04",
        "realtime_end": "9999-12-31",
        "limit": "100000",
        "offset": "0",
    }
    assert server.requests[0].query == asked
    kept = sorted(row for row in ROWS if row[1] != ".")
    kept.sort(key=lambda row: (row[0], row[2]))
    assert table["macro_value_date"].dt.strftime("%Y-%m-%d").tolist() == [row[0] for row in kept]
    assert table["realtime_start"].dt.strftime("%Y-%m-%d").tolist() == [row[2] for row in kept]
    assert table["value"].tolist() == [float(row[1]) for row in kept]


def test_vintages_complete_with_thirty_per_cent_of_failures(
    make_client: MakeClient, server: FeedServer
) -> None:
    server.give(fred.VINTAGE_PATH, pages_of(1))
    server.failing = random.Random(20260501)
    assert len(fetch_vintages(make_client(attempts=20), "CPIAUCSL", KEY)) == 4


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (Reply(b'{"error_code":400,"error_message":"Bad Request."}', 400), "status 400, .*Bad Req"),
        (Reply(page([], 0, 3)), "0 of 3 rows from row 0 on"),
        (Reply(page(ROWS, 7)), "5 of 5 rows from row 7 on"),
        (Reply(page(ROWS).replace(b"observations", b"rows")), "field observations"),
        (Reply(page([("2026-01-01", "1", "never")])), "realtime_start = 'never'"),
        (Reply(page([(*ROWS[0][:2], "2026-01-13"), ("2026-01-01", "1", "2026-01-13")])), "differ"),
        (Reply(page(ROWS)[:-10]), "no JSON"),
    ],
)
def test_another_shape_of_vintages_is_told(
    client: Client, server: FeedServer, reply: Reply, told: str
) -> None:
    server.give(fred.VINTAGE_PATH, reply)
    with pytest.raises(FeedError, match=f"^alfred.*{told}") as caught:
        fetch_vintages(client, "CPIAUCSL", KEY)
    assert KEY not in str(caught.value)


@given(content=st.binary() | st.text().map(str.encode))
def test_any_bytes_give_an_error_of_the_feed(content: bytes) -> None:
    with pytest.raises(FeedError):
        parse_series(content, "DGS10")
    with pytest.raises(FeedError):
        parse_vintages(content, "CPIAUCSL", 0)


@given(rows=st.text(alphabet='0123456789-.,"\r\n aé\x00', max_size=60))
def test_any_rows_give_a_table_or_an_error_of_the_feed(rows: str) -> None:
    try:
        table = parse_series(f"observation_date,DGS10\n{rows}\n".encode(), "DGS10")
    except FeedError:
        return
    assert table["date"].is_unique
    assert np.isfinite(table["value"]).all()


texts = st.text(alphabet="0123456789-. NaninfeE", max_size=12)


@given(rows=st.lists(st.tuples(texts, texts, texts), max_size=3))
def test_any_observations_give_a_table_or_an_error_of_the_feed(
    rows: list[tuple[str, str, str]],
) -> None:
    try:
        count, table = parse_vintages(page(rows), "CPIAUCSL", 0)
    except FeedError:
        return
    assert count == len(table) == len(rows)


days = st.dates(pd.Timestamp("1950-01-01").date(), pd.Timestamp("2035-12-31").date())
values = st.integers(-10_000, 1_000_000).map(lambda points: points / 1000)


@given(known=st.dictionaries(days, values, min_size=1))
def test_what_is_written_is_read(known: dict[Any, float]) -> None:
    lines = [f"{day},{value!r}" for day, value in known.items()]
    table = parse_series("\n".join(["observation_date,X", *lines, ""]).encode(), "X")
    assert dict(zip(table["date"].dt.date, table["value"], strict=True)) == known
    assert table["date"].is_monotonic_increasing
    rows = [(str(day), repr(value), str(day)) for day, value in known.items()]
    count, vintages = parse_vintages(page(rows), "X", 0)
    assert count == len(known)
    assert dict(zip(vintages["realtime_start"].dt.date, vintages["value"], strict=True)) == known
