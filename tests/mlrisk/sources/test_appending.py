"""Appending loses nothing, repeats nothing, and lets no restatement pass unnamed."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlrisk import calendar, contracts
from mlrisk.sources import appending
from mlrisk.sources.appending import BARS, VALUES, VINTAGES, RestatementError, append

DAYS = calendar.sessions(pd.Timestamp("2024-01-02"), pd.Timestamp("2024-03-28"))
MONTHS = pd.date_range("2023-01-01", periods=18, freq="MS", unit="us")


def bars(count: int, first: int = 0) -> pd.DataFrame:
    close = 100 + np.arange(first, first + count, dtype=float)
    return pd.DataFrame(
        {
            "symbol": "SPY",
            "date": DAYS[first : first + count],
            "open": close,
            "high": close + 1,
            "low": close - 1,
            "close": close,
            "adj_close": np.nan,
            "volume": 5e6,
            "dividend": 0.0,
            "split": 1.0,
            "basis": "traded",
        }
    )


def values(count: int, release_day: int = 12, *, point_in_time: bool = True) -> pd.DataFrame:
    release = MONTHS[:count] + pd.DateOffset(months=1, days=release_day - 1, hours=13)
    return pd.DataFrame(
        {
            "series_id": "UNRATE",
            "macro_value_date": MONTHS[:count],
            "value": 4.0 + 0.1 * np.arange(count),
            "release_datetime": release.tz_localize("UTC").as_unit("us"),
            "point_in_time": point_in_time,
        }
    )


def onto(
    landed: pd.DataFrame, fetched: pd.DataFrame, *, overlap: int = 10, accept: tuple[str, ...] = ()
) -> appending.Appended:
    session = fetched["date"].max()
    return append(BARS, "SPY", landed, fetched, session, overlap=overlap, accept=accept)


@settings(max_examples=40)
@given(st.lists(st.integers(1, 60), min_size=1, max_size=6), st.integers(1, 20))
def test_any_way_of_getting_there_gives_the_same_rows(stops: list[int], overlap: int) -> None:
    landed = bars(0)
    for stop in sorted(stops):
        first = max(len(landed) - overlap, 0)
        landed = onto(landed, bars(stop - first, first), overlap=overlap).rows
    whole = onto(bars(0), bars(max(stops))).rows
    pd.testing.assert_frame_equal(landed, whole, check_exact=True)
    contracts.LANDING_MARKET.validate(landed)


def test_what_lies_before_the_overlap_is_not_touched() -> None:
    fetched = bars(32).assign(close=lambda rows: rows["close"] + (rows.index < 20))
    result = onto(bars(30), fetched)
    pd.testing.assert_frame_equal(result.rows, bars(32), check_exact=True)
    assert result.added == 2
    assert result.restated.empty


def changed(column: str = "close", row: int = 25, value: float = 7.0) -> pd.DataFrame:
    fetched = bars(32)
    fetched.loc[row, column] = value
    return fetched


def test_a_restatement_stops_the_line_and_is_shown() -> None:
    with pytest.raises(RestatementError) as caught:
        onto(bars(30), changed())
    words = str(caught.value).split()
    assert words[words.index("SPY") :][:5] == ["SPY", "2024-02-07", "close", "125.0", "7.0"]
    assert "--accept 'SPY:2024-02-07:close'" in str(caught.value)


@pytest.mark.parametrize("pattern", ["SPY:2024-02-07:close", "*:*:close", "SPY:*"])
def test_one_that_is_accepted_is_taken_over_and_written_down(pattern: str) -> None:
    result = onto(bars(30), changed(), accept=(pattern,))
    assert result.rows.loc[25, "close"] == 7.0
    contracts.RESTATEMENTS.validate(result.restated)
    assert result.restated.iloc[0].to_dict() == {
        "dataset": "market",
        "name": "SPY",
        "date": DAYS[25],
        "column": "close",
        "seen_on": DAYS[31],
        "old": 125.0,
        "new": 7.0,
    }
    others = result.rows.drop(index=25)
    pd.testing.assert_frame_equal(others, bars(32).drop(index=25), check_exact=True)


def test_what_the_vendors_rounding_changes_is_none_and_the_landed_value_stays() -> None:
    fetched = bars(32).assign(close=lambda rows: rows["close"] * (1 + 9e-7))
    result = onto(bars(30), fetched)
    assert result.restated.empty
    assert result.rows["close"][:30].tolist() == bars(30)["close"].tolist()


def test_accepting_another_value_accepts_nothing() -> None:
    with pytest.raises(RestatementError, match="1 values"):
        onto(bars(30), changed(), accept=("SPY:2024-02-07:open", "TLT:*"))


@pytest.mark.parametrize("column", ["open", "volume", "dividend", "split"])
def test_every_number_is_compared(column: str) -> None:
    with pytest.raises(RestatementError, match=column):
        onto(bars(30), changed(column))


def test_a_row_that_is_gone_and_one_that_comes_late_are_restatements() -> None:
    hole = bars(30).drop(index=24)
    with pytest.raises(RestatementError, match=r"SPY 2024-02-06 +row +124\.0 +NaN"):
        onto(bars(30), bars(32).drop(index=24))
    with pytest.raises(RestatementError, match=r"SPY 2024-02-06 +row +NaN +124\.0"):
        onto(hole, bars(32))
    filled = onto(hole, bars(32), accept=("*:row",))
    pd.testing.assert_frame_equal(filled.rows, bars(32), check_exact=True)


def test_many_restatements_are_counted_and_the_first_shown() -> None:
    with pytest.raises(RestatementError, match=r"(?s)50 values.*\.\.\. and 30 more") as caught:
        onto(bars(60), bars(60).assign(close=1.0), overlap=50)
    assert str(caught.value).count("close") < 25


@given(st.integers(0, 29), st.sampled_from(BARS.columns), st.floats(1, 1e6))
def test_a_change_is_seen_exactly_within_the_overlap(row: int, column: str, value: float) -> None:
    fetched = changed(column, row, value)
    expected = row >= 20 and not np.isclose(value, bars(30)[column][row], rtol=1e-6, atol=1e-4)
    try:
        result = onto(bars(30), fetched)
    except RestatementError:
        assert expected
    else:
        assert not expected
        pd.testing.assert_frame_equal(result.rows, bars(32), check_exact=True)


class TestMacro:
    def test_new_periods_are_added(self) -> None:
        result = append(VALUES, "CPI", values(10), values(12), DAYS[0], overlap=10)
        pd.testing.assert_frame_equal(result.rows, values(12), check_exact=True)
        assert result.added == 2

    def test_a_series_that_is_never_revised_must_not_change(self) -> None:
        fetched = values(12)
        fetched.loc[8, "value"] = 3.0
        with pytest.raises(RestatementError, match=r"2023-09-01 +value +4\.8 +3\.0"):
            append(VALUES, "CPI", values(10), fetched, DAYS[0], overlap=10)

    def test_a_revision_is_a_vintage_of_the_newest_release(self) -> None:
        landed, fetched = values(10, point_in_time=False), values(12, point_in_time=False)
        fetched.loc[8, "value"] = 3.0
        result = appending.revise("UNRATE", landed, fetched, DAYS[0], overlap=10)
        contracts.LANDING_MACRO.validate(result.rows)
        of_september = result.rows[result.rows["macro_value_date"] == MONTHS[8]]
        assert of_september["value"].tolist() == [4.8, 3.0]
        assert of_september["release_datetime"].iloc[1] == fetched["release_datetime"].max()
        assert len(result.rows) == 13
        assert result.added == 2
        assert result.restated[["column", "old", "new"]].values.tolist() == [["value", 4.8, 3.0]]

    def test_a_revision_is_added_once(self) -> None:
        landed, fetched = values(10, point_in_time=False), values(12, point_in_time=False)
        fetched.loc[8, "value"] = 3.0
        once = appending.revise("UNRATE", landed, fetched, DAYS[0], overlap=10).rows
        again = appending.revise("UNRATE", once, fetched, DAYS[1], overlap=10)
        pd.testing.assert_frame_equal(again.rows, once, check_exact=True)
        assert again.restated.empty

    def test_the_first_fetch_of_a_revised_series_is_what_it_is(self) -> None:
        fetched = values(12, point_in_time=False)
        result = appending.revise("UNRATE", fetched.iloc[:0], fetched, DAYS[0], overlap=10)
        pd.testing.assert_frame_equal(result.rows, fetched, check_exact=True)

    def test_vintages_grow_by_release(self) -> None:
        later = (
            values(10)
            .tail(3)
            .assign(value=9.0, release_datetime=values(12)["release_datetime"].iloc[-1])
        )
        every = pd.concat([values(12), later]).sort_values(
            ["macro_value_date", "release_datetime"], ignore_index=True
        )
        result = append(VINTAGES, "UNRATE", values(10), every, DAYS[0], overlap=10)
        pd.testing.assert_frame_equal(result.rows, every, check_exact=True)
        assert result.added == 5


class TestCalendar:
    @staticmethod
    def listed(*moments: str) -> pd.DataFrame:
        times = pd.to_datetime(list(moments), utc=True).as_unit("us")
        return pd.DataFrame({"event": "cpi", "event_datetime": times})

    EMPTY = contracts.LANDING_CALENDAR.empty()

    def test_a_new_year_was_announced_in_the_december_before(self) -> None:
        listed = self.listed("2024-01-11 13:30", "2024-02-13 13:30")
        table = appending.announce(self.EMPTY, listed, DAYS[0])
        contracts.LANDING_CALENDAR.validate(table)
        assert set(table["known_from"]) == {pd.Timestamp("2023-12-01 22:00", tz="UTC")}

    def test_the_same_list_again_changes_nothing(self) -> None:
        listed = self.listed("2024-01-11 13:30", "2024-02-13 13:30")
        once = appending.announce(self.EMPTY, listed, DAYS[0])
        pd.testing.assert_frame_equal(appending.announce(once, listed, DAYS[9]), once)

    def test_a_moved_release_leaves_its_date_and_never_counts_down_to_the_new_one(self) -> None:
        before = self.listed("2024-01-11 13:30", "2024-02-13 13:30", "2024-03-12 12:30")
        after = self.listed("2024-01-11 13:30", "2024-02-20 13:30", "2024-03-12 12:30")
        once = appending.announce(self.EMPTY, before, DAYS[0])
        table = appending.announce(once, after, DAYS[20])
        moved = table[table["event_datetime"].dt.month == 2]
        assert moved["status"].tolist() == ["scheduled", "withdrawn", "scheduled"]
        assert moved["known_from"].iloc[1] == DAYS[20].tz_localize("UTC") + pd.Timedelta(hours=22)
        assert moved["known_from"].iloc[2] == moved["event_datetime"].iloc[2]
        pd.testing.assert_frame_equal(appending.announce(table, after, DAYS[22]), table)

    def test_a_list_that_forgets_the_past_or_ends_earlier_takes_nothing_off(self) -> None:
        listed = self.listed("2024-01-11 13:30", "2024-02-13 13:30", "2024-03-12 12:30")
        once = appending.announce(self.EMPTY, listed, DAYS[0])
        shorter = listed.iloc[1:2]
        pd.testing.assert_frame_equal(appending.announce(once, shorter, DAYS[20]), once)
