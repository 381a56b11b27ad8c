from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlrisk import vintages
from mlrisk.calendar import sessions
from mlrisk.vintages import DAILY, MONTHLY


def rows(*vintage: tuple[str, str, float]) -> pd.DataFrame:
    """Vintages of (period, release, value), in the order of their releases."""
    period, release, value = zip(*vintage, strict=True)
    return pd.DataFrame(
        {
            "period": pd.DatetimeIndex(period).as_unit("us"),
            "release": pd.DatetimeIndex(release, tz="UTC").as_unit("us"),
            "value": value,
        }
    )


def monthly(values: list[float], first: str = "2018-01-01") -> pd.DataFrame:
    """One vintage a month, released at 13:30 UTC on the 13th of the month after."""
    periods = pd.date_range(first, periods=len(values), freq="MS")
    releases = periods + pd.DateOffset(months=1, days=12, hours=13, minutes=30)
    return rows(
        *((f"{p}", f"{r}", value) for p, r, value in zip(periods, releases, values, strict=True))
    )


def on(table: pd.DataFrame, timing: vintages.Timing, *days: str) -> list[float]:
    index = pd.DatetimeIndex(days).as_unit("us")
    return vintages.known_at(table, timing, index)["value"].tolist()


def test_observations_are_one_series_in_the_order_of_release() -> None:
    macro = pd.DataFrame(
        {
            "series_id": ["A", "B", "B", "B"],
            "macro_value_date": pd.DatetimeIndex(["2020-01-01"] * 2 + ["2020-02-01"] * 2),
            "value": [1.0, 2.0, 4.0, 3.0],
            "release_datetime": pd.DatetimeIndex(
                ["2020-02-01", "2020-03-20", "2020-04-01", "2020-03-10"], tz="UTC"
            ),
        }
    )
    table = vintages.observations(macro, "B")
    assert list(table.columns) == ["period", "release", "value"]
    assert table["value"].tolist() == [3.0, 2.0, 4.0]
    assert vintages.observations(macro, "C").empty


class TestKnownAt:
    def test_the_newest_vintage_of_the_newest_period(self) -> None:
        table = rows(
            ("2024-01-01", "2024-02-13 13:30", 1.0),
            ("2024-02-01", "2024-03-12 12:30", 2.0),
            ("2024-01-01", "2024-03-14 12:30", 1.5),  # late, and of an older period
            ("2024-02-01", "2024-03-20 12:30", 2.5),
        )
        days = ["2024-02-13", "2024-02-14", "2024-03-12", "2024-03-13", "2024-03-15", "2024-03-21"]
        assert on(table, MONTHLY, *days)[1:] == [1.0, 1.0, 2.0, 2.0, 2.5]
        assert np.isnan(on(table, MONTHLY, *days)[0])

    def test_release_times_stand_beside_the_values(self) -> None:
        table = rows(("2024-01-01", "2024-02-13 13:30", 1.0))
        days = pd.DatetimeIndex(["2024-02-13", "2024-02-14"]).as_unit("us")
        release = vintages.known_at(table, MONTHLY, days)["release"]
        assert release.isna().tolist() == [True, False]
        assert release[1] == pd.Timestamp("2024-02-13 13:30", tz="UTC")
        assert str(release.dtype) == "datetime64[us, UTC]"

    def test_two_periods_released_at_once(self) -> None:
        table = rows(
            ("2024-01-01", "2024-03-12 12:30", 1.0), ("2024-02-01", "2024-03-12 12:30", 2.0)
        )
        assert on(table, MONTHLY, "2024-03-13") == [2.0]

    def test_a_daily_rate_enters_the_session_after_its_own(self) -> None:
        table = rows(
            ("2024-07-01", "2024-07-02 20:15", 5.1),
            ("2024-07-02", "2024-07-03 20:15", 5.2),
        )
        known = on(table, DAILY, "2024-07-01", "2024-07-02", "2024-07-03")
        assert np.isnan(known[0])
        assert known[1:] == [5.1, 5.2]

    def test_a_daily_rate_outlives_a_bond_holiday_but_not_a_week(self) -> None:
        # Nothing is published for Columbus Day (2024-10-14), nor ever again.
        table = rows(("2024-10-11", "2024-10-15 20:15", 4.1))
        days = ["2024-10-15", "2024-10-16", "2024-10-18", "2024-10-21"]
        known = on(table, DAILY, *days)
        assert known[:3] == [4.1, 4.1, 4.1]  # 2, 3 and 5 sessions old
        assert np.isnan(known[3])

    def test_a_monthly_value_covers_one_month_that_is_never_published(self) -> None:
        # September's is followed by November's, as in 2025.
        table = rows(
            ("2025-09-01", "2025-10-24 12:30", 3.0), ("2025-11-01", "2025-12-18 13:30", 2.7)
        )
        assert on(table, MONTHLY, "2025-12-18", "2025-12-19") == [3.0, 2.7]

    def test_a_monthly_series_that_stops_turns_null(self) -> None:
        # The purchasing managers' index of this name ends with November 2025.
        table = rows(("2025-11-01", "2025-12-01 15:00", 48.2))
        known = on(table, MONTHLY, "2025-12-02", "2026-02-27", "2026-03-02")
        assert known[:2] == [48.2, 48.2]
        assert np.isnan(known[2])

    def test_nothing_known_at_all(self) -> None:
        empty = rows(("2024-01-01", "2024-02-13 13:30", 1.0)).iloc[:0]
        known = vintages.known_at(empty, DAILY, pd.DatetimeIndex(["2024-07-01"]))
        assert known["value"].isna().tolist() == [True]
        assert [str(dtype) for dtype in known.dtypes] == ["float64", "datetime64[us, UTC]"]

    @settings(max_examples=30)
    @given(
        st.lists(
            st.tuples(st.integers(0, 11), st.integers(0, 200), st.floats(-5, 5)),
            min_size=1,
            max_size=30,
            unique_by=lambda item: item[:2],
        )
    )
    def test_agrees_with_a_search_by_hand(self, items: list[tuple[int, int, float]]) -> None:
        dated = [
            (month, pd.Timestamp(2021, month + 1, 1) + pd.Timedelta(days=delay, hours=15), value)
            for month, delay, value in items
        ]
        dated.sort(key=lambda item: (item[1], item[0]))
        table = rows(*((f"2021-{month + 1:02d}-01", f"{at}", value) for month, at, value in dated))
        axis = sessions(pd.Timestamp("2021-01-01"), pd.Timestamp("2022-06-30"))[::23]
        known = vintages.known_at(table, MONTHLY, axis)["value"].tolist()
        for day, found in zip(axis, known, strict=True):
            # 15:00 UTC is the morning of the same date in New York.
            released = [item for item in dated if item[1].normalize() < day]
            expected = np.nan
            if released:
                newest, _, value = max(released, key=lambda item: (item[0], item[1]))
                age = 12 * (day.year - 2021) + day.month - 1 - newest
                expected = value if age <= 3 else np.nan
            assert found == expected or (np.isnan(found) and np.isnan(expected))


class TestYearOnYear:
    def test_per_cent_on_the_same_month_of_the_year_before(self) -> None:
        change = vintages.year_on_year(monthly([100.0] * 12 + [103.0, 104.5]))
        assert change["value"].tolist() == pytest.approx([3.0, 4.5])
        assert change["period"].dt.strftime("%Y-%m").tolist() == ["2019-01", "2019-02"]

    def test_both_ends_are_of_one_moment(self) -> None:
        table = rows(
            ("2018-01-01", "2018-02-14 13:30", 100.0),
            ("2019-01-01", "2019-02-13 13:30", 105.0),
            ("2018-01-01", "2019-02-20 13:30", 102.0),  # the base is revised
            ("2019-01-01", "2019-03-12 12:30", 106.0),  # and then the level
        )
        change = vintages.year_on_year(table)
        assert change["value"].tolist() == pytest.approx(
            [5.0, 100 * (105 / 102 - 1), 100 * (106 / 102 - 1)]
        )
        assert change["release"].dt.strftime("%m-%d").tolist() == ["02-13", "02-20", "03-12"]

    def test_a_month_without_a_base_has_no_change_and_the_one_before_stays(self) -> None:
        level = monthly([100.0 + month for month in range(24)])
        gap = level[level["period"] != "2018-10-01"]
        change = vintages.year_on_year(gap)
        assert "2019-10-01" not in set(change["period"].dt.strftime("%Y-%m-%d"))
        september, november = 100 * (120 / 108 - 1), 100 * (122 / 110 - 1)
        known = on(change, MONTHLY, "2019-11-20", "2019-12-13", "2019-12-16")
        assert known == pytest.approx([september, september, november])

    def test_of_nothing_is_nothing(self) -> None:
        assert vintages.year_on_year(monthly([1.0]).iloc[:0]).empty


class TestStandardized:
    def test_hand_worked(self) -> None:
        # 1, 2, 3, 6: mean 3, deviations -2, -1, 0, 3, variance 14/3.
        scores = vintages.standardized(monthly([1.0, 2.0, 3.0, 6.0]), min_observations=3)
        expected = [1.0, 3 / np.sqrt(14 / 3)]  # of 1, 2, 3: deviation 1 over 1
        assert scores["value"].isna().tolist() == [True, True, False, False]
        assert scores["value"].tolist()[2:] == pytest.approx(expected)

    def test_a_revision_of_an_old_month_moves_the_score_of_the_newest(self) -> None:
        table = monthly([1.0, 2.0, 3.0])
        revised = pd.concat(
            [table, rows(("2018-01-01", "2018-04-20 12:30", 4.0))], ignore_index=True
        )
        scores = vintages.standardized(revised, min_observations=3)
        assert scores["period"].iloc[-1] == pd.Timestamp("2018-03-01")
        assert scores["value"].tolist()[2:] == pytest.approx([1.0, 0.0])  # 3 among 4, 2, 3

    def test_agrees_with_each_sample_on_its_own(self) -> None:
        values = np.random.default_rng(3).normal(size=60).tolist()
        scores = vintages.standardized(monthly(values))["value"].tolist()
        assert np.isnan(scores[:35]).all()
        for last in range(35, 60):
            sample = np.array(values[: last + 1])
            assert scores[last] == pytest.approx((sample[-1] - sample.mean()) / sample.std(ddof=1))

    def test_values_that_never_move_have_no_score(self) -> None:
        assert vintages.standardized(monthly([0.1] * 40))["value"].isna().all()

    def test_what_comes_later_changes_no_bit(self) -> None:
        values = np.random.default_rng(4).normal(size=80).tolist()
        whole = vintages.standardized(monthly(values))["value"].to_numpy()
        part = vintages.standardized(monthly(values[:50]))["value"].to_numpy()
        assert part.tobytes() == whole[:50].tobytes()


def test_of_role_turns_a_price_index_into_its_change() -> None:
    table = monthly([100.0] * 12 + [103.0])
    macro = table.rename(columns={"period": "macro_value_date", "release": "release_datetime"})
    macro["series_id"] = "X"
    assert vintages.of_role(macro, "cpi", "X")["value"].tolist() == pytest.approx([3.0])
    assert len(vintages.of_role(macro, "unemployment", "X")) == 13


def test_prices_and_surveys_are_monthly_and_rates_daily() -> None:
    assert all(vintages.timing_of(role) is MONTHLY for role in ("cpi", "pmi", "unemployment"))
    assert vintages.timing_of("fed_funds") is vintages.timing_of("high_yield_spread") is DAILY
