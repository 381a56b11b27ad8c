"""Release moments and meeting days, as pages write them."""

from __future__ import annotations

import pandas as pd
import pytest

from mlrisk.documents.parse.moments import (
    by_rule,
    head,
    meeting_end,
    minutes_after,
    release,
    stated_day,
    utc,
)


@pytest.mark.parametrize(
    ("lines", "moment"),
    [
        (["March 15, 2020", "For release at 5:00 p.m. EDT"], "2020-03-15T21:00Z"),
        (["For release at 2:00 p.m. EST", "February 18, 2004"], "2004-02-18T19:00Z"),
        (["embargoed until", "8:30 a.m. (EDT) Friday, September 14, 2012"], "2012-09-14T12:30Z"),
        (["8:30 a.m. (ET) Friday, April 7, 2023"], "2023-04-07T12:30Z"),
        (
            ["Embargoed Until Release at 8:30 A.M. EST, Thursday, January 25, 2024"],
            "2024-01-25T13:30Z",
        ),
    ],
)
def test_the_moment_of_release(lines: list[str], moment: str) -> None:
    assert release(lines).moment == pd.Timestamp(moment)


def test_a_time_of_something_else_is_no_release() -> None:
    assert release(["March 15, 2020", "Watch live at 2:30 p.m."]).moment is None


def test_a_day_beside_a_word_of_release_counts_before_others() -> None:
    lines = ["At a conference on May 1, 2020", "January 28-29, 2020", "Release Date: May 4, 2020"]
    assert release(lines).day == pd.Timestamp("2020-05-04")
    assert stated_day(["May 4, 2020"], alone=True) == pd.Timestamp("2020-05-04")
    assert stated_day(["May 4, 2020"], alone=False) is None
    assert release(["nothing"]).day is None
    assert release(["June 31, 2020"]).day is None


@pytest.mark.parametrize(
    ("line", "day"),
    [
        ("January 30-31, 2024", "2024-01-31"),
        ("Meeting of July 31–August 1, 2018", "2018-08-01"),
        ("October 29 and 30, 2019", "2019-10-30"),
    ],
)
def test_a_meeting_ends_on_its_last_day(line: str, day: str) -> None:
    assert meeting_end([line]) == pd.Timestamp(day)


@pytest.mark.parametrize(
    ("kind", "day", "moment"),
    [
        ("statement", "2001-01-31", "2001-01-31T19:15Z"),
        ("statement", "2013-05-01", "2013-05-01T18:00Z"),
        ("minutes", "2024-02-21", "2024-02-21T19:00Z"),
        ("cpi", "2012-09-14", "2012-09-14T12:30Z"),
        ("speech", "2020-06-19", "2020-06-20T03:59:59Z"),
    ],
)
def test_a_day_alone_counts_by_the_rule_of_its_kind(kind: str, day: str, moment: str) -> None:
    assert by_rule(kind, pd.Timestamp(day)) == pd.Timestamp(moment)


def test_minutes_come_three_weeks_after_their_meeting_since_2005() -> None:
    assert minutes_after(pd.Timestamp("2024-01-31")) == pd.Timestamp("2024-02-21T19:00Z")
    assert minutes_after(pd.Timestamp("2003-01-29")) is None


def test_an_hour_that_is_there_twice_is_the_later() -> None:
    assert utc(pd.Timestamp("2020-11-01 01:30")) == pd.Timestamp("2020-11-01T06:30Z")


def test_the_head_ends_where_prose_begins() -> None:
    assert head("# Title\n\nMay 4, 2020\n\n" + "word " * 60 + "\n\nMay 5, 2021") == [
        "Title",
        "May 4, 2020",
    ]
