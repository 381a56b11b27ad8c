"""Release times that the data does not give are bounds that no value comes before."""

from __future__ import annotations

import pandas as pd

from mlrisk import calendar
from mlrisk.sources import releases


def days(*texts: str) -> pd.Series:
    return pd.Series(pd.to_datetime(list(texts))).dt.as_unit("us")


def scheduled(*rows: tuple[str, str]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["period", "event_datetime"])
    return table.assign(
        period=pd.to_datetime(table["period"]),
        event_datetime=pd.to_datetime(table["event_datetime"], utc=True).dt.as_unit("us"),
    )


def test_a_daily_rate_is_out_on_the_afternoon_of_the_next_session() -> None:
    released = releases.of_daily_rates(days("2024-07-03", "2024-07-06"))
    # Independence Day, and a Saturday.
    assert released.dt.strftime("%Y-%m-%d %H:%M").tolist() == [
        "2024-07-05 20:15",
        "2024-07-08 20:15",
    ]
    entered = calendar.first_session_informed(released)
    assert entered.tolist() == [pd.Timestamp("2024-07-05"), pd.Timestamp("2024-07-08")]


def test_a_monthly_value_is_out_as_scheduled_or_two_months_late() -> None:
    listed = scheduled(("2024-02-01", "2024-03-12 12:30"))
    released = releases.of_months(days("2024-01-01", "2024-02-01", "2024-12-01"), listed)
    assert released.dt.strftime("%Y-%m-%d %H:%M").tolist() == [
        "2024-03-31 23:59",
        "2024-03-12 12:30",
        "2025-02-28 23:59",
    ]


def test_the_later_of_two_schedules_of_a_month_counts() -> None:
    listed = scheduled(("2024-02-01", "2024-03-12 12:30"), ("2024-02-01", "2024-03-20 12:30"))
    released = releases.of_months(days("2024-02-01"), listed)
    assert released.iloc[0] == pd.Timestamp("2024-03-20 12:30", tz="UTC")


def test_the_bound_holds_for_the_latest_release_there_was() -> None:
    """September 2025's unemployment rate came on 2025-11-20, seven weeks after its month."""
    released = releases.of_months(days("2025-09-01"), scheduled())
    assert released.iloc[0] > pd.Timestamp("2025-11-20 13:30", tz="UTC")


def test_a_vintage_of_a_day_is_usable_from_the_session_after() -> None:
    released = releases.of_vintages(days("2024-03-12"))
    assert calendar.first_session_after_release(released).iloc[0] == pd.Timestamp("2024-03-13")
