"""The source as others see it: contracts, prefixes, independence, errors, fixed figures."""

from __future__ import annotations

import hashlib
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlrisk import store
from mlrisk.calendar import sessions
from mlrisk.contracts import RAW_CALENDAR, RAW_MACRO, TRUTH, Kind, raw_market
from mlrisk.sources.base import Raw, SourceError
from mlrisk.sources.simulated import SimulatedSource

START, LAST = date(2018, 1, 2), pd.Timestamp("2020-12-31")
SOURCE = SimulatedSource(seed=7, start=START)
SYMBOLS, SERIES = sorted(SOURCE.symbols), sorted(SOURCE.series)
DAYS = sessions(START, LAST)
SIGNED, INDICES = {"WTI"}, {"VIX9D", "VIX", "VIX3M", "VVIX", "DXY"}


def kinds() -> dict[str, Kind]:
    return {
        symbol: "signed" if symbol in SIGNED else "index" if symbol in INDICES else "equity"
        for symbol in SYMBOLS
    }


@pytest.fixture(scope="module")
def raw() -> Raw:
    return SOURCE.read(SYMBOLS, SERIES, LAST)


def test_it_offers_what_the_roles_ask_for() -> None:
    sectors = {"XLB", "XLE", "XLF", "XLI", "XLK", "XLP", "XLU", "XLV", "XLY"}
    assert SOURCE.symbols == sectors | INDICES | SIGNED | {"SPY", "TLT", "HYG", "GLD"}
    monthly, daily = {"CPIAUCNS", "UNRATE", "NAPM"}, {"DFF", "T10Y2Y", "DGS2", "DGS10"}
    assert SOURCE.series == monthly | daily | {"BAMLH0A0HYM2"}


def test_every_table_keeps_its_contract(raw: Raw) -> None:
    market = raw_market(kinds()).validate(raw.market)
    RAW_MACRO.validate(raw.macro)
    RAW_CALENDAR.validate(raw.calendar)
    TRUTH.validate(raw.truth)
    assert raw.manifest.empty
    for _, rows in market.groupby("symbol"):
        np.testing.assert_array_equal(rows["date"], DAYS)
    np.testing.assert_array_equal(raw.truth["date"], DAYS)


def test_what_is_only_quoted_has_a_close_and_nothing_else(raw: Raw) -> None:
    quoted = raw.market["symbol"].isin(INDICES | SIGNED)
    others = ["open", "high", "low", "volume", "dividend", "split"]
    assert raw.market.loc[quoted, others].isna().all(axis=None)
    assert raw.market.loc[~quoted, others].notna().all(axis=None)
    traded = raw.market[~quoted]
    assert raw.market["adj_close"].isna().all()
    assert (traded["volume"] > 0).all()


def test_macro_series_begin_years_before_the_prices(raw: Raw) -> None:
    first = raw.macro.groupby("series_id")["macro_value_date"].min()
    assert (first <= pd.Timestamp("2012-01-31")).all()


def test_truth_is_what_the_returns_were_drawn_with(raw: Raw) -> None:
    close = raw.market.loc[raw.market["symbol"] == "SPY", "close"].to_numpy()
    standardised = np.diff(np.log(close)) / np.sqrt(raw.truth["var_1d"].to_numpy()[1:])
    assert standardised.std() == pytest.approx(1.0, abs=0.06)
    # A day earlier or later is another day's variance.
    for shifted in (raw.truth["var_1d"].shift(1), raw.truth["var_1d"].shift(-1)):
        off = np.diff(np.log(close)) / np.sqrt(shifted.to_numpy()[1:])
        assert np.nanmean(off**4) > np.mean(standardised**4)


@given(position=st.integers(0, len(DAYS) - 1))
@settings(max_examples=8, deadline=None)
def test_an_earlier_last_session_gives_a_prefix(raw: Raw, position: int) -> None:
    cut = DAYS[position]
    short = SOURCE.read(SYMBOLS, SERIES, cut)
    for table, longer in ((short.market, raw.market), (short.truth, raw.truth)):
        known = longer[longer["date"] <= cut].reset_index(drop=True)
        pd.testing.assert_frame_equal(table, known, check_exact=True)
    released = raw.macro["release_datetime"] <= cut.tz_localize("UTC") + pd.Timedelta(hours=22)
    pd.testing.assert_frame_equal(
        short.macro, raw.macro[released].reset_index(drop=True), check_exact=True
    )
    announced = raw.calendar["known_from"] <= cut.tz_localize("UTC") + pd.Timedelta(hours=22)
    pd.testing.assert_frame_equal(
        short.calendar, raw.calendar[announced].reset_index(drop=True), check_exact=True
    )


@given(
    symbols=st.lists(st.sampled_from(SYMBOLS), min_size=1, max_size=3),
    series=st.lists(st.sampled_from(SERIES), max_size=2),
)
@settings(max_examples=8, deadline=None)
def test_what_else_is_asked_for_changes_nothing(
    raw: Raw, symbols: list[str], series: list[str]
) -> None:
    some = SOURCE.read(symbols, series, LAST)
    market = raw.market[raw.market["symbol"].isin(symbols)].reset_index(drop=True)
    pd.testing.assert_frame_equal(some.market, market, check_exact=True)
    macro = raw.macro[raw.macro["series_id"].isin(series)].reset_index(drop=True)
    pd.testing.assert_frame_equal(some.macro, macro, check_exact=True)
    pd.testing.assert_frame_equal(some.truth, raw.truth, check_exact=True)


def test_another_seed_and_another_start_are_other_histories(raw: Raw) -> None:
    mine = raw.market.loc[raw.market["symbol"] == "VIX", "close"].to_numpy()
    for source in (SimulatedSource(8, START), SimulatedSource(7, date(2017, 1, 3))):
        other = source.read(["VIX"], [], LAST).market["close"].to_numpy()[-len(mine) :]
        assert (other != mine).mean() > 0.9


def digest(*columns: pd.Series) -> str:
    """Of the bytes of numbers, null or not."""
    joined = b"".join(column.fillna(-1.0).to_numpy(dtype="<f8").tobytes() for column in columns)
    return hashlib.sha256(joined).hexdigest()[:16]


def test_the_same_history_on_every_machine(raw: Raw) -> None:
    """Fixed once and for all: a change of these figures is a change of the world."""
    prices = raw.market[["open", "high", "low", "close", "volume"]]
    truth = store.at_border(TRUTH, raw.truth)
    last = raw.market[raw.market["date"] == LAST].set_index("symbol")["close"]
    assert last[["SPY", "TLT", "VIX"]].to_dict() == {"SPY": 206.95, "TLT": 94.62, "VIX": 12.35}
    assert truth.iloc[-1].to_dict() == {
        "date": LAST,
        "regime": 0,
        "var_1d": 1.7659952e-05,
        "var_5d_oracle": 0.00011557545,
    }
    assert digest(*(prices[name] for name in prices)) == "c32122f05095bdee"
    assert digest(raw.macro["value"]) == "12ee30d34a0f6ef1"
    assert digest(truth["var_1d"], truth["var_5d_oracle"]) == "d13260c962152bfe"


def test_no_symbol_and_no_series_give_empty_tables() -> None:
    empty = SOURCE.read([], [], LAST)
    raw_market(kinds()).validate(empty.market)
    RAW_MACRO.validate(empty.macro)
    assert empty.market.empty
    assert empty.macro.empty


@pytest.mark.parametrize(
    ("symbols", "series", "last", "text"),
    [
        (["SPY", "QQQ"], [], "2020-12-31", r"no symbol 'QQQ'; it offers .*SPY"),
        ([], ["PAYEMS"], "2020-12-31", r"no series 'PAYEMS'; it offers .*CPIAUCNS"),
        ([], [], "2020-12-25", r"2020-12-25 \(Friday\) is no NYSE session.*2020-12-24"),
        ([], [], "2017-12-29", r"prices begin on 2018-01-02.*conf/source/simulated\.yaml"),
        ([], [], "2040-01-03", r"outside the calendar.*2035-12-31.*conf/source/simulated\.yaml"),
    ],
)
def test_what_it_cannot_give_is_named(
    symbols: list[str], series: list[str], last: str, text: str
) -> None:
    with pytest.raises(SourceError, match=text):
        SOURCE.read(symbols, series, pd.Timestamp(last))


def test_a_start_without_six_years_before_it_is_refused() -> None:
    with pytest.raises(SourceError, match=r"1989-.*outside the calendar.*6 years.*source\.start"):
        SimulatedSource(seed=7, start=date(1995, 1, 3)).read(["SPY"], [], LAST)
