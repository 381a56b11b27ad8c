"""Release schedules, as the pages state them."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlrisk.sources.live import calendars
from mlrisk.sources.live.calendars import (
    COLUMNS,
    fetch_bls,
    fetch_fomc,
    ism_manufacturing,
    parse_bls,
    parse_fomc,
)
from mlrisk.sources.live.client import Client
from mlrisk.sources.live.errors import FeedError, ShapeError, TransientError
from tests.mlrisk.sources.live.conftest import Fault, FeedServer, Reply
from tests.real import REAL, needs_real


def bls_page(rows: list[tuple[str, ...]], head: str = "th") -> bytes:
    """A page as the BLS gives it."""
    header = "".join(
        f"<{head}>{name}</{head}>" for name in ("Reference Month", "Release Date", "Release Time")
    )
    body = "".join(
        f'<tr class="release-list-{"even" if place % 2 else "odd"}-row">'
        + "".join(f"\n\t<td>{cell}</td>" for cell in row)
        + "</tr>\n"
        for place, row in enumerate(rows)
    )
    return f"""<!DOCTYPE HTML>
<html lang="en-us"><head><meta charset="utf-8"><title>Schedule</title></head><body>
<table id="menu"><tr><td>Home</td></tr></table>
<div id="bodytext"><h2>Schedule of Releases for the Consumer Price Index</h2>
<table class="release-list"><thead><tr>{header}</tr></thead><tbody>{body}</tbody></table>
</div></body></html>""".encode()


def fomc_page(years: dict[int, list[tuple[str, str]]]) -> bytes:
    """A page as the Federal Reserve gives it."""
    panels = []
    for year, meetings in years.items():
        rows = "".join(
            f"""<div class="{"fomc-meeting--shaded " if place % 2 else ""}row fomc-meeting">
<div class="fomc-meeting__month col-xs-5 col-sm-3 col-md-2"><strong>{month}</strong></div>
<div class="fomc-meeting__date col-xs-4 col-sm-9 col-md-10 col-lg-1">{day}</div>
<div class="col-xs-12 fomc-meeting__minutes"><strong>Minutes:</strong> <a href="/m.pdf">PDF</a>
(Released February 18, {year})</div></div>"""
            for place, (month, day) in enumerate(meetings)
        )
        panels.append(
            f"""<div class="panel panel-default"><div class="panel-heading">
<h4><a id="{year}">{year} FOMC Meetings</a></h4></div>{rows}
<div class="panel-footer">* Meeting with a Summary of Economic Projections.</div></div>"""
        )
    body = "".join(panels)
    return f"<!DOCTYPE html><html><body><div class='panel'>About</div>{body}</body></html>".encode()


CPI = [
    ("December 2025", "Jan. 13, 2026", "08:30 AM"),
    ("January 2026", "Feb. 13, 2026", "08:30 AM"),
    ("April 2026", "May 12, 2026", "08:30 AM"),
    ("May 2026", "June 10, 2026", "08:30 AM"),
    ("August 2026", "Sept. 11, 2026", "08:30 AM"),
]
MEETINGS = {
    2026: [
        ("January", "27-28"),
        ("March", "17-18*"),
        ("Apr/May", "30-1"),
        ("October*", "27-28"),
        ("December", "8-9*"),
    ],
    2025: [("August", "22 (notation vote)"), ("October", "4 (unscheduled)"), ("December", "9-10*")],
    2020: [("March", "17-18* (cancelled)"), ("March", "15 (unscheduled)"), ("April", "29")],
}


def test_releases_of_the_bls(client: Client, server: FeedServer) -> None:
    for event, path in calendars.BLS_PATHS.items():
        server.give(path, Reply(bls_page(CPI)))
        table = fetch_bls(client, event)
        assert tuple(table.columns) == COLUMNS
        assert (table["event"] == event).all()
        assert table["period"].dtype == "datetime64[us]"
        assert table["event_datetime"].dtype == "datetime64[us, UTC]"
        assert table["period"].dt.strftime("%Y-%m-%d").tolist() == [
            "2025-12-01", "2026-01-01", "2026-04-01", "2026-05-01", "2026-08-01",
        ]  # fmt: skip
        # 8:30 in New York is 13:30 UTC in winter and 12:30 in summer.
        assert table["event_datetime"].dt.strftime("%m-%d %H:%M").tolist() == [
            "01-13 13:30", "02-13 13:30", "05-12 12:30", "06-10 12:30", "09-11 12:30",
        ]  # fmt: skip


def test_a_header_of_plain_cells_and_marks_are_read() -> None:
    marked = [("December 2025*", "Jan. 13, 2026 *", "08:30 AM")]
    table = parse_bls(bls_page(marked, head="td"), "cpi")
    pd.testing.assert_frame_equal(table, parse_bls(bls_page(CPI[:1]), "cpi"))


def test_a_release_that_is_taken_off_is_left_out() -> None:
    rows = [*CPI[:2], ("October 2025", "Canceled", ""), ("March 2026", "To be determined", "")]
    assert len(parse_bls(bls_page(rows), "cpi")) == 2


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (("2025-12", "Jan. 13, 2026", "08:30 AM"), "'2025-12', 'Jan. 13, 2026'"),
        (("December 2025", "01/13/2026", "08:30 AM"), "'01/13/2026'"),
        (("December 2025", "Jan. 32, 2026", "08:30 AM"), "Jan 32, 2026"),
        (("December 2025", "Jan. 13, 2026", "8.30"), "2026 8.30"),
        (("December 2025", "Jan. 13, 2026"), "a row of ['December 2025', 'Jan. 13, 2026']"),
        (("December 2025", "Mar. 08, 2026", "02:30 AM"), "2026-03-08 02:30:00"),
    ],
)
def test_another_form_of_a_release_is_told(row: tuple[str, ...], told: str) -> None:
    with pytest.raises(ShapeError) as caught:
        parse_bls(bls_page([*CPI[:1], row]), "cpi")
    assert told in str(caught.value)
    assert str(caught.value).startswith("bls cpi: ")


def test_a_page_of_other_tables_is_not_an_error_page() -> None:
    changed = bls_page(CPI).replace(b"Reference Month", b"Month")
    with pytest.raises(
        ShapeError, match=r"Month, Release Date.*expected a table of Reference Month"
    ):
        parse_bls(changed, "cpi")
    with pytest.raises(TransientError, match="a page without a table"):
        parse_bls(b"<html><body><h1>Access Denied</h1></body></html>", "cpi")
    with pytest.raises(ShapeError, match="a schedule of no events"):
        parse_bls(bls_page([]), "cpi")


@pytest.mark.parametrize("fault", ["cut", "truncated"])
def test_half_a_page_is_no_shorter_schedule(
    client: Client, server: FeedServer, fault: Fault
) -> None:
    path = calendars.BLS_PATHS["cpi"]
    server.give(path, Reply(bls_page(CPI), fault=fault), Reply(bls_page(CPI)))
    assert len(fetch_bls(client, "cpi")) == len(CPI)
    server.give(calendars.FOMC_PATH, Reply(fomc_page(MEETINGS), fault=fault))
    with pytest.raises(TransientError, match=r"^fed"):
        fetch_fomc(client)


def test_meetings_of_the_fomc(client: Client, server: FeedServer) -> None:
    server.give(calendars.FOMC_PATH, Reply(b"<html>Sorry</html>"), Reply(fomc_page(MEETINGS)))
    table = fetch_fomc(client)
    assert tuple(table.columns) == COLUMNS
    assert (table["event"] == "fomc").all()
    assert table["period"].isna().all()
    assert table["period"].dtype == "datetime64[us]"
    assert table["event_datetime"].dt.strftime("%Y-%m-%d %H:%M").tolist() == [
        "2020-04-29 18:00", "2025-12-10 19:00", "2026-01-28 19:00", "2026-03-18 18:00",
        "2026-05-01 18:00", "2026-10-28 18:00", "2026-12-09 19:00",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("month", "day"),
    [
        ("January", "27 and 28"),
        ("January", ""),
        ("", "27-28"),
        ("Januar/Febrero/March", "30-1"),
        ("Enero", "27-28"),
        ("January", "28-27"),
        ("Jan/Feb", "27-28"),
        ("February", "29-30"),
        ("January", "27-28 (by telephone)"),
    ],
)
def test_another_form_of_a_meeting_is_told(month: str, day: str) -> None:
    with pytest.raises(ShapeError, match=r"^fed fomc: "):
        parse_fomc(fomc_page({2026: [("March", "17-18*"), (month, day)]}))


def test_a_page_without_meetings_is_told() -> None:
    with pytest.raises(ShapeError, match="a schedule of no events"):
        parse_fomc(fomc_page({2026: []}))
    with pytest.raises(TransientError, match="a page without any"):
        parse_fomc(b"<html><body>Maintenance</body></html>")


@given(content=st.binary() | st.text().map(str.encode) | st.just(b"<?xml version='1.0'?>"))
def test_any_bytes_give_an_error_of_the_feed(content: bytes) -> None:
    with pytest.raises(FeedError):
        parse_bls(content, "cpi")
    with pytest.raises(FeedError):
        parse_fomc(content)


cells = st.text(max_size=25) | st.sampled_from([*CPI[0], *CPI[4], "Nov. 01, 2026", "01:30 AM"])


@given(rows=st.lists(st.tuples(cells, cells, cells), max_size=3))
def test_any_rows_give_a_table_or_an_error_of_the_feed(rows: list[tuple[str, ...]]) -> None:
    try:
        table = parse_bls(bls_page(rows), "cpi")
    except FeedError:
        return
    assert table.notna().all(axis=None)


meeting = st.tuples(
    cells | st.sampled_from(["January", "Apr/May", "June*"]),
    cells | st.from_regex(r"[0-3]?[0-9](-[0-3]?[0-9])?\*?( \(unscheduled\))?", fullmatch=True),
)


@given(meetings=st.lists(meeting, max_size=3), year=st.integers(0, 9999))
def test_any_meetings_give_a_table_or_an_error_of_the_feed(
    meetings: list[tuple[str, str]], year: int
) -> None:
    try:
        table = parse_fomc(fomc_page({year: meetings}))
    except FeedError:
        return
    assert table["event_datetime"].notna().all()


months = st.dates(pd.Timestamp("2000-01-01").date(), pd.Timestamp("2035-12-31").date())


@given(listed=st.dictionaries(months.map(lambda day: day.replace(day=1)), months, min_size=1))
def test_what_is_written_is_read(listed: dict[pd.Timestamp, pd.Timestamp]) -> None:
    rows = [
        (f"{period:%B %Y}", f"{day:%b}. {day:%d, %Y}", "08:30 AM") for period, day in listed.items()
    ]
    table = parse_bls(bls_page(rows), "cpi")
    local = table["event_datetime"].dt.tz_convert("America/New_York")
    assert (local.dt.strftime("%H:%M") == "08:30").all()
    assert dict(zip(table["period"].dt.date, local.dt.date, strict=True)) == listed


def test_the_rule_of_the_ism() -> None:
    table = ism_manufacturing(pd.Timestamp("2025-11-01"), pd.Timestamp("2026-08-01"))
    assert tuple(table.columns) == COLUMNS
    assert len(table) == 10
    by_month = dict(zip(table["period"].dt.strftime("%Y-%m"), table["event_datetime"], strict=True))
    # The Monday after Thanksgiving; the second session of January; the day after Labor Day is
    # the first of September in 2026.
    assert by_month["2025-11"] == pd.Timestamp("2025-12-01 15:00", tz="UTC")
    assert by_month["2025-12"] == pd.Timestamp("2026-01-05 15:00", tz="UTC")
    assert by_month["2026-06"] == pd.Timestamp("2026-07-01 14:00", tz="UTC")
    assert by_month["2026-08"] == pd.Timestamp("2026-09-01 14:00", tz="UTC")


@needs_real
def test_the_rule_gives_every_release_of_the_ism_that_is_on_record() -> None:
    known = pd.read_csv(REAL / "macro" / "release_calendar.csv")
    known = known[(known["release"] == "ISM_MANUFACTURING") & (known["confidence"] == "high")]
    period = pd.to_datetime(known["reference_period"]).astype("datetime64[us]")
    moment = pd.to_datetime(known["release_datetime"], utc=True)
    table = ism_manufacturing(period.min(), period.max()).set_index("period")["event_datetime"]
    assert len(known) > 50
    assert table[period].tolist() == moment.tolist()
