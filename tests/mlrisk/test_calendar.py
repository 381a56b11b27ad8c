from __future__ import annotations

import pandas as pd
import pytest

from mlrisk import calendar
from mlrisk.calendar import CalendarError


def utc(*times: str) -> pd.Series:
    return pd.Series(pd.DatetimeIndex(times, tz="UTC").as_unit("us"))


def test_sessions_leave_out_weekends_and_holidays() -> None:
    days = calendar.sessions(pd.Timestamp("2024-12-24"), pd.Timestamp("2025-01-10"))
    # Christmas, New Year, and the day of mourning for President Carter.
    assert [f"{day:%m-%d}" for day in days] == [
        "12-24", "12-26", "12-27", "12-30", "12-31",
        "01-02", "01-03", "01-06", "01-07", "01-08", "01-10",
    ]  # fmt: skip
    assert str(days.dtype) == "datetime64[us]"
    assert days.freq is None


def test_twenty_years_hold_the_known_number_of_sessions() -> None:
    assert len(calendar.sessions(pd.Timestamp("2007-04-11"), pd.Timestamp("2026-05-01"))) == 4796


@pytest.mark.parametrize(
    ("first", "last"), [("1989-12-31", "2000-01-03"), ("2000-01-03", "2036-01-01")]
)
def test_a_bound_outside_the_calendar_is_an_error(first: str, last: str) -> None:
    with pytest.raises(
        CalendarError, match="outside the calendar, which covers 1990-01-01 to 2035"
    ):
        calendar.sessions(pd.Timestamp(first), pd.Timestamp(last))


def test_require_session_gives_the_session() -> None:
    assert calendar.require_session(pd.Timestamp("2024-07-05")) == pd.Timestamp("2024-07-05")


@pytest.mark.parametrize(
    ("day", "message"),
    [
        ("2024-07-04", r"2024-07-04 \(Thursday\).*2024-07-03 and 2024-07-05"),
        ("2024-07-06", r"\(Saturday\).*2024-07-05 and 2024-07-08"),
        ("1990-01-01", "1990-01-02 and 1990-01-02"),
        ("1980-01-02", "outside the calendar"),
    ],
)
def test_require_session_names_the_neighbours(day: str, message: str) -> None:
    with pytest.raises(CalendarError, match=message):
        calendar.require_session(pd.Timestamp(day))


def test_information_time_is_after_the_close_in_summer_and_winter() -> None:
    days = pd.Series(pd.DatetimeIndex(["2024-01-02", "2024-07-02"]).as_unit("us"))
    times = calendar.information_time(days)
    assert list(times) == list(utc("2024-01-02 22:00", "2024-07-02 22:00"))


@pytest.mark.parametrize(
    ("release", "session"),
    [
        ("2022-07-13 12:30", "2022-07-14"),  # before the open: still only the next session
        ("2024-07-03 12:30", "2024-07-05"),  # over Independence Day
        ("2024-07-06 14:00", "2024-07-08"),  # on a Saturday
        ("2024-07-10 03:30", "2024-07-10"),  # 23:30 in New York, on the 9th
        ("2024-01-10 04:30", "2024-01-10"),  # 23:30 in New York in winter
        ("2024-01-10 05:30", "2024-01-11"),  # 00:30 in New York in winter
    ],
)
def test_a_release_is_usable_from_the_session_after_its_new_york_date(
    release: str, session: str
) -> None:
    assert calendar.first_session_after_release(utc(release)).item() == pd.Timestamp(session)


@pytest.mark.parametrize(
    ("release", "session"),
    [
        ("2024-07-02 20:15", "2024-07-02"),
        ("2024-07-02 22:00", "2024-07-02"),
        ("2024-07-02 22:00:01", "2024-07-03"),
        ("2024-03-29 20:15", "2024-04-01"),  # Good Friday: the exchange is shut
    ],
)
def test_a_release_informs_the_first_session_that_ends_after_it(release: str, session: str) -> None:
    assert calendar.first_session_informed(utc(release)).item() == pd.Timestamp(session)


def test_releases_beyond_the_calendar_are_usable_on_no_session() -> None:
    beyond = utc("2040-01-03 12:30")
    assert calendar.first_session_after_release(beyond).isna().all()
    assert calendar.first_session_informed(beyond).isna().all()


def test_both_rules_keep_the_index_of_the_releases() -> None:
    releases = utc("2024-07-02 12:30", "2024-07-03 12:30").set_axis([7, 3])
    assert list(calendar.first_session_after_release(releases).index) == [7, 3]
    assert list(calendar.first_session_informed(releases).index) == [7, 3]


@pytest.mark.parametrize(
    ("day", "session", "age"),
    [
        ("2024-07-02", "2024-07-02", 0),
        ("2024-07-02", "2024-07-03", 1),
        ("2024-07-03", "2024-07-05", 1),
        ("2024-07-05", "2024-07-08", 1),
        ("2024-07-07", "2024-07-08", 1),  # a Sunday
        ("2024-07-01", "2024-07-31", 21),
    ],
)
def test_sessions_since(day: str, session: str, age: int) -> None:
    count = calendar.sessions_since(pd.DatetimeIndex([day]), pd.DatetimeIndex([session]))
    assert count.tolist() == [age]
