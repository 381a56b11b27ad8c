"""A defect is found wherever in the sample it lies, and is the only thing that is found."""

from __future__ import annotations

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from mlrisk import curation
from mlrisk.monitoring import adjustments, crosschecks, prices, releases
from mlrisk.monitoring.rules import Outcome
from tests.mlrisk.monitoring.conftest import ROLES, SETTINGS, World

FUNDS = st.sampled_from(["SPY", "TLT", "HYG", "GLD", "XLE", "XLU"])
PLACES = st.integers(70, 990)  # after the yardstick's first quarter
PRICES = ("open", "high", "low", "close")
anywhere = settings(max_examples=12)


def found(outcomes: list[Outcome]) -> set[tuple[str, str, pd.Timestamp]]:
    tables = [outcome.findings for outcome in outcomes if len(outcome.findings)]
    if not tables:
        return set()
    return set(pd.concat(tables)[["check", "name", "date"]].itertuples(index=False, name=None))


def only(world: World, *symbols: str) -> pd.DataFrame:
    return world.market[world.market["symbol"].isin(symbols)].reset_index(drop=True)


@anywhere
@given(symbol=FUNDS, place=PLACES, factor=st.floats(1.35, 1.45), up=st.booleans())
def test_a_wrong_close(world: World, symbol: str, place: int, factor: float, up: bool) -> None:
    day = world.days(symbol)[place]
    factor = factor if up else 1 / factor
    broken = world.with_cells(symbol, day, lambda x: x * factor, *PRICES)
    daily = curation.market_daily(only(broken, symbol), symbol, world.last)
    told = found(prices.moves(daily, **SETTINGS["moves"]))
    assert ("move_stays", symbol, day) in told
    assert ("return_is_usual", symbol, day) in told
    assert {date for _, _, date in told} <= {day, world.days(symbol)[place + 1]}


@anywhere
@given(symbol=FUNDS, place=PLACES, end=st.sampled_from(["high", "low"]), share=st.floats(0.3, 0.9))
def test_a_typo_in_a_range(world: World, symbol: str, place: int, end: str, share: float) -> None:
    day = world.days(symbol)[place]
    factor = 1 + share if end == "high" else 1 - share
    market = only(world.with_cells(symbol, day, lambda x: x * factor, end), symbol)
    told = found(prices.bars(market, ROLES.kinds(), **SETTINGS["bars"]))
    assert told == {(f"{end}_is_usual", symbol, day)}


@anywhere
@given(symbol=FUNDS, place=st.integers(330, 990), share=st.floats(0.016, 0.045))
def test_a_doubtful_dividend(world: World, symbol: str, place: int, share: float) -> None:
    day, eve = world.days(symbol)[place], world.days(symbol)[place - 1]
    paid = world.adjusted(symbol).with_cells(
        symbol, slice(None, eve), lambda x: x * (1 - share), "adj_close"
    )
    usual = {**SETTINGS["distributions"], "pays": ()}
    told = found(adjustments.distributions(only(paid, symbol), **usual))
    assert told == {("dividend_is_usual", symbol, day)}


@anywhere
@given(symbol=FUNDS, place=PLACES, ratio=st.sampled_from([2.0, 3.0, 4.0, 1.5, 10.0, 1 / 8]))
def test_a_split_that_was_not_delivered(
    world: World, symbol: str, place: int, ratio: float
) -> None:
    days = world.days(symbol)
    # The day's own return would blur the ratio: the split is planted on a quiet day.
    close = world.market.loc[world.market["symbol"] == symbol, "close"].to_numpy()
    quiet = next(i for i in range(place, len(days)) if abs(close[i] / close[i - 1] - 1) < 0.01)
    split = world.with_cells(symbol, slice(days[quiet], None), lambda x: x / ratio, *PRICES)
    told = found(adjustments.splits(only(split, symbol), ROLES.kinds(), **SETTINGS["splits"]))
    assert told == {("no_split_is_missing", symbol, days[quiet])}


@anywhere
@given(
    place=st.integers(1, 100),
    count=st.integers(1, 12),
    series=st.sampled_from(["NAPM", "CPIAUCNS"]),
)
def test_missing_months(world: World, place: int, count: int, series: str) -> None:
    own = world.macro.loc[world.macro["series_id"] == series, "macro_value_date"].unique()
    first, last = own[place], own[min(place + count - 1, len(own) - 2)]
    table = releases.periods(
        world.without_periods(series, f"{first:%Y-%m-%d}", f"{last:%Y-%m-%d}").macro
    )
    told = found(releases.rhythm(table, world.last, **SETTINGS["rhythm"]))
    assert told == {("periods_follow", series, first)}


@anywhere
@given(place=st.integers(0, 2500), by=st.sampled_from([-0.5, -0.02, 0.02, 0.3]))
def test_a_slope_that_is_not_the_difference(world: World, place: int, by: float) -> None:
    own = world.macro.loc[world.macro["series_id"] == "T10Y2Y", "macro_value_date"].to_numpy()
    broken = world.with_values("T10Y2Y", own[place], lambda x: x + by)
    told = found(crosschecks.slope(broken.macro, ROLES.series(), **SETTINGS["slope"]))
    assert told == {("slope_is_difference", "T10Y2Y", pd.Timestamp(own[place]))}
