from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlrisk import calendar, contracts, curation
from mlrisk.curation import CurationError

DAYS = calendar.sessions(pd.Timestamp("2020-03-02"), pd.Timestamp("2020-06-30"))
"""Spans Good Friday (2020-04-10) and Memorial Day (2020-05-25)."""


def bars(symbol: str, close: list[float], first: int = 0, **columns: list[float]) -> pd.DataFrame:
    """Rows as delivered: a range of one per cent around each close, no adjusted price."""
    price = np.array(close, dtype=float)
    table = {
        "symbol": symbol,
        "date": DAYS[first : first + len(close)],
        "open": price,
        "high": price * 1.01,
        "low": price * 0.99,
        "close": price,
        "adj_close": np.nan,
        "volume": 1.0,
        "dividend": np.nan,
        "split": np.nan,
        "basis": "adjusted" if "adj_close" in columns else "quoted",
    }
    return pd.DataFrame({**table, **columns})


def walk(seed: int, length: int) -> list[float]:
    steps = 0.01 * np.random.default_rng(seed).normal(size=length)
    return (100 * np.exp(np.cumsum(steps))).tolist()


def curate(*tables: pd.DataFrame, last: int | None = None, benchmark: str = "SPY") -> pd.DataFrame:
    raw = pd.concat(tables, ignore_index=True)
    day = raw["date"].max() if last is None else DAYS[last]
    return curation.market_daily(raw, benchmark, day)


def without(table: pd.DataFrame, *positions: int) -> pd.DataFrame:
    return table.drop(index=[table.index[place] for place in positions])


class TestReturns:
    def test_from_the_adjusted_price_where_there_is_one(self) -> None:
        # A dividend of 1 at the third session: the price falls by it, the holder loses nothing.
        table = curate(bars("SPY", [100, 102, 101], adj_close=[99 / 1.02, 99, 99]))
        assert table["ret"].tolist()[1:] == pytest.approx([np.log(1.02), 0.0])
        assert table["adj_close"].tolist() == pytest.approx([1.0, 1.02, 1.02])
        assert np.isnan(table["ret"][0])

    def test_from_the_close_where_there_is_none(self) -> None:
        table = curate(bars("SPY", [100, 102, 101]))
        assert table["ret"].tolist()[1:] == pytest.approx(np.log([1.02, 101 / 102]).tolist())
        assert table["adj_close"].tolist() == pytest.approx([1.0, 1.02, 1.01])

    def test_a_dividend_tomorrow_rewrites_nothing(self) -> None:
        close = walk(1, 10)
        today = curate(bars("SPY", close, adj_close=close))
        # The vendor scales the whole past down by one minus the dividend's yield.
        scaled = [*(price * 0.985 for price in close), close[-1]]
        tomorrow = curate(bars("SPY", [*close, close[-1] - 1.5], adj_close=scaled))
        for column in ("ret", "adj_close"):
            assert tomorrow[column][:10].tolist() == pytest.approx(
                today[column].tolist(), rel=1e-12, nan_ok=True
            )

    def test_there_is_none_to_or_from_a_price_that_is_not_positive(self) -> None:
        table = curate(bars("SPY", [1.0] * 5), bars("WTI", [20.0, 18.0, -37.6, 10.0, 14.0]))
        oil = table[table["symbol"] == "WTI"]
        assert oil["ret"].isna().tolist() == [True, False, True, True, False]
        assert oil["ret"].iloc[4] == pytest.approx(np.log(1.4))
        # The index goes on from the ratio of prices.
        assert oil["adj_close"].tolist() == pytest.approx([1, 0.9, np.nan, 0.5, 0.7], nan_ok=True)
        assert oil["close"].iloc[2] == -37.6

    def test_an_index_that_begins_below_zero_is_anchored_at_its_first_positive_price(self) -> None:
        table = curate(bars("SPY", [1.0] * 3), bars("WTI", [-5.0, 20.0, 30.0]))
        index = table.loc[table["symbol"] == "WTI", "adj_close"]
        assert index.tolist() == pytest.approx([np.nan, 1.0, 1.5], nan_ok=True)


class TestTradedPrices:
    @staticmethod
    def traded(
        close: list[float], paid: dict[int, float], splits: dict[int, float]
    ) -> pd.DataFrame:
        table = bars("SPY", close).assign(basis="traded", dividend=0.0, split=1.0)
        table["dividend"] = table.index.map(lambda row: paid.get(row, 0.0))
        table["split"] = table.index.map(lambda row: splits.get(row, 1.0))
        return table

    def test_a_dividend_is_part_of_the_return_of_its_day(self) -> None:
        table = curate(self.traded([100, 102, 101], {2: 1.02}, {}))
        assert table["ret"].tolist()[1:] == pytest.approx([np.log(1.02), np.log(102.02 / 102)])
        assert table["adj_close"].tolist()[2] == pytest.approx(1.02 * 102.02 / 102)

    def test_a_split_is_no_loss(self) -> None:
        table = curate(self.traded([100, 102, 51.5, 52], {}, {2: 2.0}))
        assert table["ret"].tolist()[1:] == pytest.approx(
            np.log([1.02, 103 / 102, 52 / 51.5]).tolist()
        )

    def test_a_dividend_of_the_day_of_a_split_is_paid_on_each_new_share(self) -> None:
        table = curate(self.traded([100, 49, 50], {1: 1.0}, {1: 2.0}))
        assert table["ret"][1] == pytest.approx(np.log(2 * (49 + 1) / 100), abs=1e-15)

    def test_what_the_first_row_pays_is_history(self) -> None:
        table = curate(self.traded([100, 101], {0: 3.0}, {0: 5.0}))
        assert table["adj_close"].tolist() == pytest.approx([1.0, 1.01])

    def test_without_payments_it_is_the_price_to_the_bit(self) -> None:
        close = walk(4, 60)
        pd.testing.assert_frame_equal(
            curate(self.traded(close, {}, {})), curate(bars("SPY", close)), check_exact=True
        )

    @given(
        st.dictionaries(st.integers(1, 39), st.floats(0.01, 3.0), max_size=5),
        st.dictionaries(st.integers(1, 39), st.sampled_from([0.1, 0.5, 1.5, 2.0, 3.0]), max_size=3),
    )
    def test_as_a_holder_who_reinvests_counts(
        self, paid: dict[int, float], splits: dict[int, float]
    ) -> None:
        close = walk(6, 40)
        shares, worth = 1.0, []
        for day, price in enumerate(close):
            shares *= splits.get(day, 1.0)
            shares += shares * paid.get(day, 0.0) / price
            worth.append(shares * price / close[0])
        table = curate(self.traded(close, paid, splits))
        assert table["adj_close"].tolist() == pytest.approx(worth)

    def test_tomorrows_dividend_and_split_rewrite_nothing(self) -> None:
        close = walk(7, 30)
        today = self.traded(close, {9: 1.0}, {15: 2.0})
        tomorrow = self.traded([*close, 40.0], {9: 1.0, 30: 2.5}, {15: 2.0, 30: 3.0})
        pd.testing.assert_frame_equal(curate(tomorrow)[:30], curate(today), check_exact=True)


class TestSessions:
    def test_every_symbol_stands_on_every_session_from_its_own_first(self) -> None:
        table = curate(bars("SPY", walk(1, 40)), bars("VIX9D", walk(2, 25), first=15))
        assert table["symbol"].value_counts().to_dict() == {"SPY": 40, "VIX9D": 25}
        late = table[table["symbol"] == "VIX9D"]
        assert late["date"].tolist() == DAYS[15:40].tolist()
        assert late["adj_close"].iloc[0] == 1.0
        contracts.MARKET_DAILY.validate(table)

    def test_a_missing_session_is_carried_and_the_next_return_spans_it(self) -> None:
        close = walk(1, 10)
        whole = curate(bars("SPY", close))
        table = curate(without(bars("SPY", close), 4, 5, 6))
        assert table["filled"].tolist() == [False] * 4 + [True] * 3 + [False] * 3
        assert table["ret"].tolist()[4:7] == [0.0, 0.0, 0.0]
        assert table["ret"][7] == pytest.approx(whole["ret"][4:8].sum())
        prices = table.loc[4:6, ["open", "high", "low", "close"]]
        assert (prices == close[3]).all(axis=None)
        assert table["adj_close"].tolist()[4:7] == [table["adj_close"][3]] * 3
        pd.testing.assert_series_equal(table["adj_close"][7:], whole["adj_close"][7:])

    def test_the_last_sessions_are_carried_too(self) -> None:
        table = curate(bars("SPY", walk(1, 10)), bars("TLT", walk(2, 7)))
        assert table.loc[table["symbol"] == "TLT", "filled"].tolist() == [False] * 7 + [True] * 3

    def test_a_close_only_symbol_stays_so_where_it_is_carried(self) -> None:
        nothing = [np.nan] * 6
        index = bars("DXY", walk(1, 6), open=nothing, high=nothing, low=nothing)
        table = curate(bars("SPY", walk(2, 6)), without(index, 3))
        carried = table[table["symbol"] == "DXY"]
        assert carried[["open", "high", "low"]].isna().all(axis=None)
        assert carried["close"].iloc[3] == carried["close"].iloc[2]

    def test_prices_of_a_delivered_session_stay_as_they_came(self) -> None:
        raw = bars("VIX", [20.0, 21.0], low=[2.0, 20.5])
        table = curate(bars("SPY", [1.0, 1.0]), raw)
        pd.testing.assert_frame_equal(
            table.loc[table["symbol"] == "VIX", ["open", "high", "low", "close"]].reset_index(
                drop=True
            ),
            raw[["open", "high", "low", "close"]],
        )

    def test_too_long_a_gap_is_an_error(self) -> None:
        hole = without(bars("HYG", walk(1, 30)), 10, 11, 12, 13)
        with pytest.raises(
            CurationError,
            match=(
                "HYG has no rows on 4 sessions in a row, 2020-03-16 to 2020-03-19. At most 3 .*"
                r"source\.start.*conf/roles"
            ),
        ):
            curate(bars("SPY", walk(2, 30)), hole)

    def test_a_symbol_that_stopped_is_an_error(self) -> None:
        with pytest.raises(CurationError, match=r"HYG has no rows on 4 sessions .* to 2020-03-13"):
            curate(bars("SPY", walk(2, 10)), bars("HYG", walk(1, 6)))

    def test_gaps_are_counted_and_the_first_named(self) -> None:
        ended = [bars(f"X{number}", walk(1, 3)) for number in range(8)]
        with pytest.raises(CurationError, match=r"X0 .*X4 has .* \(and 3 gaps more\)"):
            curate(bars("SPY", walk(2, 10)), *ended)

    def test_the_bound_is_an_argument(self) -> None:
        raw = without(bars("SPY", walk(1, 8)), 3, 4, 5, 6)
        assert curation.market_daily(raw, "SPY", DAYS[7], max_gap=4)["filled"].sum() == 4

    def test_rows_on_no_session_are_an_error(self) -> None:
        raw = bars("SPY", walk(1, 30))
        raw.loc[5, "date"] = pd.Timestamp("2020-03-07")
        raw.loc[28, "date"] = pd.Timestamp("2020-04-10")
        with pytest.raises(
            CurationError,
            match=(
                r"2 of 30 rows .* no NYSE session, first ones: SPY 2020-03-07 \(Saturday\), "
                r"SPY 2020-04-10 \(Friday\)"
            ),
        ):
            curate(raw)

    def test_the_benchmark_must_be_there(self) -> None:
        with pytest.raises(
            CurationError, match=r"benchmark 'QQQ' .* hold SPY\. Set roles\.benchmark"
        ):
            curate(bars("SPY", walk(1, 5)), benchmark="QQQ")

    def test_the_last_day_must_be_a_session(self) -> None:
        with pytest.raises(calendar.CalendarError, match="2020-03-07"):
            curation.market_daily(bars("SPY", walk(1, 5)), "SPY", pd.Timestamp("2020-03-07"))


@settings(max_examples=12)
@given(st.integers(12, 79), st.integers(0, 2**16))
def test_later_rows_change_no_bit(at: int, seed: int) -> None:
    missing = (5, 20, 21, 40, 60, 61)
    spy = bars("SPY", walk(1, 80), adj_close=walk(2, 80))
    paid = TestTradedPrices.traded(walk(5, 80), {10: 1.0, 50: 2.0}, {30: 2.0, 70: 0.5})
    tables = (spy, paid.assign(symbol="TLT"), without(bars("WTI", walk(3, 80)), *missing))
    raw = pd.concat(tables, ignore_index=True)
    later = raw["date"] > DAYS[at]
    prices = ["open", "high", "low", "close", "adj_close"]
    noise = np.random.default_rng(seed).lognormal(0, 0.5, (int(later.sum()), 1))
    changed = raw.copy()
    changed.loc[later, prices] = raw.loc[later, prices].to_numpy() * noise
    then = curation.market_daily(raw[~later], "SPY", DAYS[at])
    for table in (raw, changed):
        now = curation.market_daily(table, "SPY", DAYS[79])
        past = now[now["date"] <= DAYS[at]].reset_index(drop=True)
        pd.testing.assert_frame_equal(past, then, check_exact=True)
        # What is known by a session does not hang on what else is at hand.
        pd.testing.assert_frame_equal(
            curation.market_daily(table, "SPY", DAYS[at]), then, check_exact=True
        )


def vintage(series: str, period: str, release: str, value: float) -> dict[str, object]:
    return {
        "series_id": series,
        "macro_value_date": pd.Timestamp(period),
        "value": value,
        "release_datetime": pd.Timestamp(release, tz="UTC"),
        "point_in_time": True,
    }


class TestMacro:
    def test_each_role_has_its_value_and_its_release(self) -> None:
        macro = pd.DataFrame(
            [
                vintage("DFF", "2020-03-02", "2020-03-03 21:15", 1.59),
                vintage("DFF", "2020-03-03", "2020-03-04 21:15", 1.10),
                vintage("UNRATE", "2020-02-01", "2020-03-06 13:30", 3.5),
                vintage("CPI", "2019-02-01", "2019-03-12 12:30", 200.0),
                vintage("CPI", "2020-02-01", "2020-03-11 12:30", 204.0),
            ]
        )
        series = {"fed_funds": "DFF", "unemployment": "UNRATE", "cpi": "CPI"}
        table = curation.macro_release_aligned(macro, series, DAYS[:10])
        contracts.MACRO_RELEASE_ALIGNED.validate(table)
        by_day = table.set_index("date")
        assert by_day["ffr"].first_valid_index() == pd.Timestamp("2020-03-03")
        assert by_day.loc["2020-03-04", "ffr"] == 1.10
        assert by_day["ffr"].last_valid_index() == pd.Timestamp("2020-03-10")  # 5 sessions old
        assert by_day["unemp"].first_valid_index() == pd.Timestamp("2020-03-09")
        assert by_day["cpi_yoy"].first_valid_index() == pd.Timestamp("2020-03-12")
        assert by_day["cpi_yoy"].iloc[-1] == pytest.approx(2.0)
        assert by_day.loc["2020-03-12", "cpi_yoy_as_of_release"] == pd.Timestamp(
            "2020-03-11 12:30", tz="UTC"
        )

    def test_absent_roles_and_silent_series_are_null(self) -> None:
        macro = pd.DataFrame([vintage("DFF", "2020-03-02", "2020-03-03 21:15", 1.59)])
        table = curation.macro_release_aligned(macro, {"pmi": "NAPM"}, DAYS)
        contracts.MACRO_RELEASE_ALIGNED.validate(table)
        assert table.drop(columns="date").isna().all(axis=None)
        nothing = curation.macro_release_aligned(macro.iloc[:0], {}, DAYS)
        pd.testing.assert_frame_equal(nothing, table)

    def test_an_unknown_role_is_an_error(self) -> None:
        macro = pd.DataFrame([vintage("DFF", "2020-03-02", "2020-03-03 21:15", 1.59)])
        with pytest.raises(
            CurationError, match=r"unknown macro roles \['gdp'\]; there are cpi, fed"
        ):
            curation.macro_release_aligned(macro, {"gdp": "GDP"}, DAYS)

    def test_later_releases_change_no_bit(self) -> None:
        rng = np.random.default_rng(7)
        macro = pd.DataFrame(
            [
                vintage(
                    "CPI", f"{year}-{month:02d}-01", f"2020-{release} 12:30", rng.normal(200, 5)
                )
                for year in (2019, 2020)
                for month in range(1, 5)
                for release in (
                    f"{month + 1:02d}-03",
                    f"{month + 1:02d}-17",
                    f"{month + 2:02d}-12",
                )
            ]
            + [
                vintage("DFF", f"{day:%Y-%m-%d}", f"{after:%Y-%m-%d} 20:15", rng.normal())
                for day, after in pairwise(DAYS)
            ]
        )
        series = {"cpi": "CPI", "fed_funds": "DFF"}
        whole = curation.macro_release_aligned(macro, series, DAYS)
        for at in range(3, 70, 7):
            moment = pd.Timestamp(DAYS[at], tz="UTC") + calendar.INFORMATION_HOUR
            later = macro["release_datetime"] > moment
            changed = macro.copy()
            changed.loc[later, "value"] = rng.normal(200, 50, int(later.sum()))
            now = curation.macro_release_aligned(changed, series, DAYS)
            then = curation.macro_release_aligned(macro[~later], series, DAYS[: at + 1])
            assert then["ffr"].notna().any()
            pd.testing.assert_frame_equal(then, whole.iloc[: at + 1], check_exact=True)
            pd.testing.assert_frame_equal(then, now.iloc[: at + 1], check_exact=True)
