"""Lists of what agencies have published, and what a page says of its own release."""

from __future__ import annotations

import pandas as pd
import pytest

from mlrisk.sources.documents.live import bea, bls, fed
from mlrisk.sources.documents.live.listed import Listed, released
from mlrisk.sources.live.errors import FeedError, ShapeError, TransientError
from tests.mlrisk.sources.documents.live.pages import bea_archive, bls_archive, calendar, page
from tests.real import REAL, needs_real

HISTORY = page(
    """<p><a href="/boarddocs/press/general/2000/20000202/">Statement</a></p>
<p><a href="/FOMC/MINUTES/2000/20000202min.htm">Minutes</a> (Released March 23, 2000)</p>
<p><a href="/newsevents/press/monetary/20080122b.htm">Statement</a></p>
<p><a href="/monetarypolicy/fomcminutes20080130.htm">Minutes</a> (Released February 20, 2008)</p>
<p><a href="https://www.federalreserve.gov/newsevents/pressreleases/monetary20170201a.htm">Statement</a>
<a href="/newsevents/pressreleases/monetary20170201a1.htm">Implementation Note</a>
<a href="/monetarypolicy/files/FOMC20170201meeting.pdf">Transcript</a></p>
<p><a href="/fomc/minutes/19960131.htm">Minutes</a></p>"""
)


def test_the_pages_of_the_years_link_to_three_templates() -> None:
    found = {one.doc_id: one for one in fed.parse_list(HISTORY)}
    assert {name: one.path for name, one in found.items()} == {
        "fomc-statement-2000-02-02": "/boarddocs/press/general/2000/20000202/",
        "fomc-minutes-2000-02-02": "/FOMC/MINUTES/2000/20000202min.htm",
        "fomc-statement-2008-01-22": "/newsevents/press/monetary/20080122b.htm",
        "fomc-minutes-2008-01-30": "/monetarypolicy/fomcminutes20080130.htm",
        "fomc-statement-2017-02-01": "/newsevents/pressreleases/monetary20170201a.htm",
        "fomc-minutes-1996-01-31": "/fomc/minutes/19960131.htm",
    }
    said = found["fomc-minutes-2008-01-30"].published_at("")
    assert said == pd.Timestamp("2008-02-20 19:00", tz="UTC")
    bound = found["fomc-minutes-1996-01-31"].published_at("")
    assert bound is not None
    assert bound > pd.Timestamp("1996-03-28", tz="UTC")  # when they were out


def test_the_calendar_has_statements_minutes_and_other_links() -> None:
    content = calendar(2023, ["20240131", "20231213"], minutes={"20231213": "January 3, 2024"})
    found = fed.parse_list(content)
    assert [one.doc_id for one in found] == [
        "fomc-statement-2024-01-31",
        "fomc-statement-2023-12-13",
        "fomc-minutes-2023-12-13",
    ]
    assert fed.first_year(content) == 2023


def test_the_archive_of_a_release() -> None:
    found = bls.parse_archive(bls_archive("cpi", {"01112024": "December 2023", "12122023": ""}))
    assert [(one.doc_id, f"{one.day:%F}") for one in found] == [
        ("cpi-2023-12", "2024-01-11"),
        ("cpi-2023-11", "2023-12-12"),
    ]
    assert found[0].published_at("") == pd.Timestamp("2024-01-11 13:30", tz="UTC")


@pytest.mark.parametrize(
    ("name", "text", "doc_id", "path"),
    [
        (
            "cpi",
            (
                "embargoed until 8:30 a.m. (ET) Thursday, January 11, 2024\n"
                "CONSUMER PRICE INDEX - DECEMBER 2023"
            ),
            "cpi-2023-12",
            "/news.release/archives/cpi_01112024.htm",
        ),
        (
            "empsit",
            (
                "embargoed until\n8:30 a.m. (EDT) Friday, July 5, 2024\n"
                "THE EMPLOYMENT SITUATION -- JUNE 2024"
            ),
            "employment-situation-2024-06",
            "/news.release/archives/empsit_07052024.htm",
        ),
    ],
)
def test_the_current_release_is_known_by_what_it_says(
    name: str, text: str, doc_id: str, path: str
) -> None:
    one, _ = bls.parse_current(page(f"<pre>{text}</pre>"), name)
    assert (one.doc_id, one.path) == (doc_id, path)


def test_the_news_of_the_nation_and_not_of_its_states() -> None:
    slugs = [
        "2024/gross-domestic-product-fourth-quarter-and-year-2023-advance-estimate",
        "2025/gdp-advance-estimate-1st-quarter-2025",
        "2024/gross-domestic-product-state-4th-quarter-2023",
        "2023/gross-domestic-product-county-and-metropolitan-area-2022",
        "2024/personal-income-and-outlays-january-2024",
        "2024/us-international-trade-goods-and-services-december-2023",
    ]
    found, year = bea.parse_archive(bea_archive(slugs))
    assert [(one.doc_id, f"{one.event_date:%F}") for one in found] == [
        ("gdp-2023-q4-advance", "2023-10-01"),
        ("gdp-2025-q1-advance", "2025-01-01"),
        ("personal-income-2024-01", "2024-01-01"),
    ]
    assert year == 2025
    assert bea.parse_archive(bea_archive([])) == ([], None)


@pytest.mark.parametrize(
    ("text", "clock", "day"),
    [
        ("For release at 5:00 p.m. EDT", (17, 0), None),
        (
            "EMBARGOED UNTIL RELEASE AT 8:30 A.M. EST, Thursday, January 25, 2024",
            (8, 30),
            "2024-01-25",
        ),
        ("embargoed until 8:30 a.m. (EDT) Friday,\n September 14, 2012", (8, 30), "2012-09-14"),
        ("For release at 12:30 p.m. EDT", (12, 30), None),
        ("embargoed until 8:30 a.m. Friday, February 30, 2024", (8, 30), None),
        ("For immediate release", None, None),
        ("", None, None),
    ],
)
def test_what_a_page_says_of_its_release(
    text: str, clock: tuple[int, int] | None, day: str | None
) -> None:
    assert released(text) == (clock, None if day is None else pd.Timestamp(day))


def test_a_time_that_nobody_says_is_the_end_of_the_day() -> None:
    day = pd.Timestamp("2020-03-15")
    one = Listed("fomc-statement-2020-03-15", "statement", "", "fed", "/", day, day)
    assert one.published_at("For release at 5:00 p.m. EDT") == pd.Timestamp("2020-03-15T21:00Z")
    assert one.published_at("For immediate release") == pd.Timestamp("2020-03-16T03:59Z")
    unknown = Listed("gdp-2023-q4", "gdp", "", "bea", "/", day)
    assert unknown.published_at("no date") is None


@pytest.mark.parametrize(
    ("parse", "error"),
    [(fed.parse_list, ShapeError), (fed.first_year, ShapeError), (bls.parse_archive, ShapeError)],
)
def test_pages_of_another_shape_are_told(parse: object, error: type[FeedError]) -> None:
    assert callable(parse)
    with pytest.raises(error, match="expected"):
        parse(page("<p>Nothing here</p>"))
    for content in (b"", HISTORY[:300]):
        with pytest.raises(TransientError, match="a page that does not end"):
            parse(content)


@needs_real
def test_real_pages_say_when_they_were_released() -> None:
    statement = (REAL / "docs" / "html" / "statement_20200315_abridged.html").read_text("utf-8")
    assert released(statement)[0] == (17, 0)
    cpi = next((REAL / "docs" / "bls").glob("cpi_2012-08*")).read_text("utf-8")
    assert released(cpi) == ((8, 30), pd.Timestamp("2012-09-14"))
