"""Cboe's history files."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlrisk.sources.live.cboe import COLUMNS, INDICES, PATH, fetch_index, parse_history
from mlrisk.sources.live.client import Client
from mlrisk.sources.live.errors import FeedError, ShapeError, TransientError
from tests.mlrisk.sources.live.conftest import FeedServer, Reply

VIX = (
    b"DATE,OPEN,HIGH,LOW,CLOSE\r\n"
    b"04/29/2026,17.240000,17.240000,17.240000,17.240000\r\n"
    b"04/30/2026,18.19,18.44,17.05,17.43\r\n"
)
VVIX = b"DATE,VVIX\n04/29/2026,91.13\n04/30/2026,90.400000\n"
PAGE = b"<!DOCTYPE html>\n<html><head><title>Access Denied</title></head></html>\n"


@pytest.mark.parametrize("index", INDICES)
def test_an_index_is_fetched(client: Client, server: FeedServer, index: str) -> None:
    path = PATH.format(index=index)
    server.give(path, Reply(VVIX if index == "VVIX" else VIX, headers={"Content-Type": "text/csv"}))
    table = fetch_index(client, index)
    assert tuple(table.columns) == COLUMNS
    assert table["date"].dtype == "datetime64[us]"
    assert list(table["date"]) == [pd.Timestamp("2026-04-29"), pd.Timestamp("2026-04-30")]
    assert table["close"].tolist() == ([91.13, 90.4] if index == "VVIX" else [17.24, 17.43])
    assert table["high"].isna().all() == (index == "VVIX")
    assert path == f"/api/global/us_indices/daily_prices/{index}_History.csv"


@pytest.mark.parametrize(
    "bad",
    [
        Reply(PAGE),
        Reply(b""),
        Reply(b"DATE,OPEN,HIGH,LOW,CLOSE\r\n"),
        Reply(VIX, fault="cut"),
        Reply(VIX[:-3]),
        Reply(VIX[:-5]),
    ],
    ids=[
        "page",
        "empty",
        "no rows",
        "cut without a length",
        "cut in a number",
        "cut in a number 2",
    ],
)
def test_what_is_no_whole_file_is_asked_for_again(
    client: Client, server: FeedServer, bad: Reply
) -> None:
    path = PATH.format(index="VIX")
    server.give(path, bad, Reply(VIX))
    assert len(fetch_index(client, "VIX")) == 2
    assert len(server.asked(path)) == 2


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"DATE,CLOSE\n04/29/2026,17\n", "columns 'DATE, CLOSE'; expected a CSV with columns DATE"),
        (VVIX, "columns 'DATE, VVIX'"),
        (VIX.replace(b"04/30/2026", b"2026-04-30"), "row 2 with DATE = '2026-04-30'"),
        (VIX.replace(b"17.43", b"n/a"), "row 2 with CLOSE = 'n/a'"),
        (VIX.replace(b"17.43", b"inf"), "row 2 with CLOSE = 'inf'"),
        (VIX.replace(b",17.43", b""), "row 2 with 4 cells"),
        (VIX.replace(b"04/30", b"04/29"), "rows of one date that differ"),
    ],
)
def test_another_shape_is_told(content: bytes, told: str) -> None:
    with pytest.raises(ShapeError) as caught:
        parse_history(content, "VIX")
    assert told in str(caught.value)
    assert str(caught.value).startswith("cboe VIX: ")


def test_rows_are_sorted_and_those_without_a_close_left_out() -> None:
    content = (
        b"DATE,OPEN,HIGH,LOW,CLOSE\n04/30/2026,,,,17.43\n\n04/29/2026,1,1,1,\n04/28/2026,1,2,1,2\n"
        b"04/30/2026,,,,17.43\n"
    )
    table = parse_history(content, "VIX")
    assert table["close"].tolist() == [2, 17.43]
    assert np.isnan(table["open"].iloc[1])


@given(content=st.binary() | st.text().map(str.encode))
def test_any_bytes_give_an_error_of_the_feed(content: bytes) -> None:
    with pytest.raises(FeedError):
        parse_history(content, "VIX")


@given(rows=st.text(alphabet='0123456789/.,-"\r\n aé\x00', max_size=60))
def test_any_rows_give_a_table_or_an_error_of_the_feed(rows: str) -> None:
    try:
        table = parse_history(f"DATE,VVIX\n{rows}\n".encode(), "VVIX")
    except FeedError:
        return
    assert table["date"].is_unique
    assert np.isfinite(table["close"]).all()


days = st.dates(pd.Timestamp("1990-01-02").date(), pd.Timestamp("2035-12-31").date())
levels = st.integers(1, 30_000).map(lambda points: points / 100)


@given(values=st.dictionaries(days, st.tuples(levels, levels, levels, levels), min_size=1))
def test_what_is_written_is_read(values: dict[Any, tuple[float, ...]]) -> None:
    lines = [
        ",".join([f"{day:%m/%d/%Y}", *(f"{level:.6f}" for level in row)])
        for day, row in values.items()
    ]
    content = "\r\n".join(["DATE,OPEN,HIGH,LOW,CLOSE", *lines, ""]).encode()
    table = parse_history(content, "VIX")
    read = {row[0].date(): row[1:] for row in table.itertuples(index=False, name=None)}
    assert read == dict(sorted(values.items()))


def test_a_cut_is_found_wherever_it_is() -> None:
    for end in range(len(VIX)):
        part = VIX[:end]
        if part.endswith(b"\n") and part.count(b"\n") > 1:
            assert len(parse_history(part, "VIX")) == 1  # whole lines: no file tells its length
        else:
            with pytest.raises(TransientError):
                parse_history(part, "VIX")
