"""What was on the schedule when, from a history of what took place."""

from __future__ import annotations

import pandas as pd
import pytest

from mlrisk.contracts import RAW_CALENDAR
from mlrisk.sources.announcements import TAKEN_OFF, UNANNOUNCED, announced


def events(*rows: tuple[str, str]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["event", "event_datetime"])
    moments = pd.to_datetime(table["event_datetime"], utc=True).dt.as_unit("us")
    return table.assign(event_datetime=moments)


def known(table: pd.DataFrame) -> dict[str, str]:
    return dict(
        zip(
            table["event_datetime"].dt.strftime("%Y-%m-%d ") + table["status"],
            table["known_from"].dt.strftime("%Y-%m-%d %H:%M"),
            strict=True,
        )
    )


def test_a_year_is_known_from_the_december_before() -> None:
    table = announced(events(("fomc", "2022-06-15 18:00"), ("cpi", "2022-01-12 13:30")))
    RAW_CALENDAR.validate(table)
    assert set(table["known_from"]) == {pd.Timestamp("2021-12-01 22:00", tz="UTC")}


def test_the_year_is_that_of_new_york() -> None:
    table = announced(events(("fomc", "2022-01-01 03:00")))
    assert f"{table['known_from'].iloc[0]:%Y-%m-%d}" == "2020-12-01"


def test_the_emergency_meetings_of_2020() -> None:
    table = announced(
        events(
            ("fomc", "2020-01-29 19:00"),
            ("fomc", "2020-03-03 15:00"),
            ("fomc", "2020-03-15 21:00"),
            ("fomc", "2020-04-29 18:00"),
        )
    )
    assert known(table) == {
        "2020-01-29 scheduled": "2019-12-01 22:00",
        "2020-03-03 scheduled": "2020-03-03 15:00",
        "2020-03-15 scheduled": "2020-03-15 21:00",
        "2020-03-18 scheduled": "2019-12-01 22:00",
        "2020-03-18 withdrawn": "2020-03-15 22:00",
        "2020-04-29 scheduled": "2019-12-01 22:00",
    }


def test_the_release_that_a_shutdown_moved() -> None:
    table = announced(
        events(
            ("cpi", "2025-09-11 12:30"), ("cpi", "2025-10-24 12:30"), ("cpi", "2025-11-03 12:30")
        )
    )
    assert known(table) == {
        "2025-09-11 scheduled": "2024-12-01 22:00",
        "2025-10-15 scheduled": "2024-12-01 22:00",
        "2025-10-15 withdrawn": "2025-10-01 22:00",
        "2025-10-24 scheduled": "2025-10-24 12:30",
        "2025-11-03 scheduled": "2024-12-01 22:00",
    }


def test_one_event_is_reported_once_a_day() -> None:
    table = announced(events(("fomc", "2019-01-30 19:00"), ("fomc", "2019-01-30 19:30")))
    assert table["event_datetime"].tolist() == [pd.Timestamp("2019-01-30 19:00", tz="UTC")]


def test_a_world_of_its_own_has_no_history_of_ours() -> None:
    rows = events(("fomc", "2020-01-29 19:00"), ("fomc", "2020-03-15 21:00"))
    table = announced(rows, history=False)
    assert (table["known_from"] == pd.Timestamp("2019-12-01 22:00", tz="UTC")).all()
    assert len(table) == 2


@pytest.mark.parametrize(("event", "scheduled", "off"), TAKEN_OFF)
def test_what_was_taken_off_had_not_taken_place(event: str, scheduled: str, off: str) -> None:
    assert pd.Timestamp(off) < pd.Timestamp(scheduled)
    assert scheduled[:10] not in UNANNOUNCED[event]
