"""Countdowns see a schedule as it was announced, and nothing that was not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlrisk import calendar
from mlrisk.features import events

DAYS = calendar.sessions(pd.Timestamp("2020-03-02"), pd.Timestamp("2020-04-30"))


def plan(*rows: tuple[str, str, str, str]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["event", "event_datetime", "known_from", "status"])
    for name in ("event_datetime", "known_from"):
        table[name] = pd.to_datetime(table[name], utc=True).dt.as_unit("us")
    return table.sort_values(["event", "event_datetime", "known_from"], ignore_index=True)


def on(table: pd.DataFrame, column: str, day: str) -> float:
    values = events.countdowns(table, DAYS)[column]
    return float(values[DAYS.get_loc(pd.Timestamp(day))])


MEETINGS = plan(
    ("fomc", "2020-03-03 15:00", "2020-03-03 15:00", "scheduled"),
    ("fomc", "2020-03-18 18:00", "2019-12-01 22:00", "scheduled"),
    ("fomc", "2020-03-18 18:00", "2020-03-15 21:00", "withdrawn"),
    ("fomc", "2020-03-15 21:00", "2020-03-15 21:00", "scheduled"),
    ("fomc", "2020-04-29 18:00", "2019-12-01 22:00", "scheduled"),
)


@pytest.mark.parametrize(
    ("day", "until", "since"),
    [
        ("2020-03-02", 12, np.nan),  # the meeting of the third was on no calendar
        ("2020-03-03", 11, 0),
        ("2020-03-13", 3, 8),  # the Friday before a Sunday's surprise
        ("2020-03-16", 31, 0),  # which took the scheduled meeting off
        ("2020-03-17", 30, 1),
        ("2020-04-28", 1, 30),
        ("2020-04-29", np.nan, 0),  # nothing further is announced
    ],
)
def test_the_spring_of_2020(day: str, until: float, since: float) -> None:
    assert on(MEETINGS, "days_until_fomc", day) == pytest.approx(until, nan_ok=True)
    assert on(MEETINGS, "days_since_fomc", day) == pytest.approx(since, nan_ok=True)


def test_a_release_in_the_morning_counts_on_its_own_session() -> None:
    table = plan(("cpi", "2020-03-11 12:30", "2019-12-01 22:00", "scheduled"))
    assert on(table, "days_until_cpi", "2020-03-10") == 1
    assert on(table, "days_since_cpi", "2020-03-11") == 0


def test_an_event_on_a_holiday_counts_to_the_session_after() -> None:
    # Good Friday, 2020-04-10.
    release = ("employment_situation", "2020-04-10 12:30", "2020-01-01", "scheduled")
    assert on(plan(release), "days_until_employment", "2020-04-09") == 1
    assert on(plan(release), "days_since_employment", "2020-04-13") == 0


def test_only_events_that_the_calendar_holds_have_columns() -> None:
    assert events.countdowns(plan(), DAYS) == {}
    orders = plan(("ism_manufacturing", "2020-04-01 14:00", "2020-01-01", "scheduled"))
    assert events.countdowns(orders, DAYS) == {}


moments = st.datetimes(pd.Timestamp("2020-02-20"), pd.Timestamp("2020-05-10"))


@given(
    st.lists(st.tuples(moments, moments, st.none() | moments), min_size=1, max_size=8),
    st.integers(0, len(DAYS) - 1),
)
def test_as_counted_one_session_at_a_time(
    plans: list[tuple[pd.Timestamp, pd.Timestamp, pd.Timestamp | None]], place: int
) -> None:
    """The same by a plain reading of what had been announced by the session's information time."""
    rows, by_event = [], {}
    for event, known, off in plans:
        moment = pd.Timestamp(event).floor("min")
        by_event[moment] = (min(pd.Timestamp(known).floor("min"), moment), off)
    for moment, (known, off) in by_event.items():
        rows.append(("cpi", str(moment), str(known), "scheduled"))
        gone = off and pd.Timestamp(off).floor("min")
        if gone and known < gone < moment:
            rows.append(("cpi", str(moment), str(gone), "withdrawn"))
        else:
            by_event[moment] = (known, None)
    table = plan(*rows)
    session = DAYS[place]
    now = session + calendar.INFORMATION_HOUR
    ahead = [
        moment
        for moment, (known, off) in by_event.items()
        if moment > now and known <= now and not (off and pd.Timestamp(off).floor("min") <= now)
    ]
    days = calendar.sessions(pd.Timestamp("2020-02-03"), pd.Timestamp("2020-06-30"))
    expected = np.nan
    if ahead:
        target = days[np.argmax(days + calendar.INFORMATION_HOUR >= min(ahead))]
        expected = float(((days > session) & (days <= target)).sum())
    assert on(table, "days_until_cpi", f"{session:%Y-%m-%d}") == pytest.approx(
        expected, nan_ok=True
    )
    held = [moment for moment, (_, off) in by_event.items() if moment <= now and not off]
    expected = np.nan
    if held:
        last = days[np.argmax(days + calendar.INFORMATION_HOUR >= max(held))]
        expected = float(((days > last) & (days <= session)).sum())
    assert on(table, "days_since_cpi", f"{session:%Y-%m-%d}") == pytest.approx(
        expected, nan_ok=True
    )
