"""Yahoo's chart of one symbol: from its JSON to daily bars **as they were traded**.

Yahoo scales prices, volumes and dividends for every split up to the day it is asked. Here that is
undone, so that a split of tomorrow rewrites nothing of today.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pandas as pd
from pydantic import Field

from mlrisk.rounding import round_decimals
from mlrisk.sources.live.errors import FeedError, ShapeError, TransientError
from mlrisk.sources.live.tables import Json, read_json

PRICES = ("open", "high", "low", "close")
COLUMNS = ("date", *PRICES, "volume", "dividend", "split")
PRICE_DECIMALS, DIVIDEND_DECIMALS = 4, 6
"""Yahoo's numbers are single precision: what lies behind these digits is noise."""

DAILY = "1d"
UNTIL = 9_999_999_999
"""Seconds since 1970: later than any bar."""

FloatArray = npt.NDArray[np.float64]

Seconds = Annotated[int, Field(ge=-5_000_000_000, le=UNTIL)]
Positive = Annotated[float, Field(gt=0)]
Numbers = Annotated[list[float | None], Field(default_factory=list)]


class Dividend(Json):
    """Cash per share, scaled by later splits."""

    date: Seconds
    amount: float


class Split(Json):
    """New shares (numerator) for old ones (denominator)."""

    date: Seconds
    numerator: Positive
    denominator: Positive


class Events(Json):
    """What happened on the days of the bars, by a name that says nothing."""

    dividends: dict[str, Dividend] = Field(default_factory=dict)
    gains: dict[str, Dividend] = Field(default_factory=dict, alias="capitalGains")
    splits: dict[str, Split] = Field(default_factory=dict)


class Quote(Json):
    """A list per column, an item per bar."""

    open: Numbers
    high: Numbers
    low: Numbers
    close: Numbers
    volume: Numbers


class Indicators(Json):
    """The one quote there is."""

    quote: Annotated[list[Quote], Field(min_length=1, max_length=1)]


class Meta(Json):
    """What the bars are of."""

    symbol: str
    zone: str = Field(alias="exchangeTimezoneName")
    step: str = Field(alias="dataGranularity")


class Result(Json):
    """Bars of one symbol."""

    meta: Meta
    timestamp: list[Seconds] = Field(default_factory=list)
    events: Events = Field(default_factory=Events)
    indicators: Indicators


class Problem(Json):
    """Why there are none."""

    code: str
    description: str


class Chart(Json):
    """Bars, or why there are none."""

    result: list[Result] | None = None
    error: Problem | None = None


class Reply(Json):
    """The whole answer."""

    chart: Chart


def parse_chart(content: bytes, symbol: str) -> pd.DataFrame:
    """A chart of daily bars -> bars, dividends and splits as they were traded.

    Parameters
    ----------
    content : bytes
        JSON of ``v8/finance/chart`` with ``interval=1d`` and ``events=div,splits,capitalGains``, up
        to the day it was asked for: an earlier end would hide splits that its prices are scaled by.
    symbol : str
        Yahoo's name of what was asked for.

    Returns
    -------
    DataFrame
        Columns of ``COLUMNS``, sorted by date: the session's date in the exchange's zone
        (``datetime64[us]``); prices and the dividend per share of that day, in its currency; the
        number of shares; new shares per old one. A dividend is per share held after that day's
        split, 0 on other days; the split is 1 on other days. Bars without a close, which Yahoo
        gives for halts and holidays, are left out. The last may be of a session that is still on.

    Raises
    ------
    FeedError
        Where the content is anything else; a ``ShapeError`` also for a dividend or split of a day
        without a bar.
    """
    feed = f"yahoo {symbol}"
    result = _require_daily(feed, symbol, read_json(feed, content, Reply).chart)
    zone = _zone(feed, result.meta.zone)
    bars = _bars(feed, result, zone)
    # A fund's capital gains are cash per share as its dividends are.
    dividends = [*result.events.dividends.values(), *result.events.gains.values()]
    splits = result.events.splits.values()
    paid = _days([event.date for event in dividends], zone)
    changed = _days([event.date for event in splits], zone)
    ratios = np.array([event.numerator / event.denominator for event in splits], dtype=np.float64)
    day = pd.DatetimeIndex(bars["date"])
    later = shares_later(day, changed, ratios)
    amounts = np.array([event.amount for event in dividends], dtype=np.float64)
    with np.errstate(over="ignore", invalid="ignore"):
        amounts = amounts * shares_later(paid, changed, ratios)
        table = bars.assign(
            **{
                name: round_decimals(bars[name].to_numpy() * later, PRICE_DECIMALS)
                for name in PRICES
            },
            volume=round_decimals(bars["volume"].to_numpy() / later, 0),
            dividend=_on_days(feed, day, paid, amounts, np.add, 0.0),
            split=_on_days(feed, day, changed, ratios, np.multiply, 1.0),
        )
    numbers = table.drop(columns="date").to_numpy()
    if np.isinf(numbers).any() or table[["close", "dividend", "split"]].isna().any(axis=None):
        raise ShapeError(feed, "prices or splits beyond all bounds", "numbers")
    table["dividend"] = round_decimals(table["dividend"].to_numpy(), DIVIDEND_DECIMALS)
    return table[list(COLUMNS)]


def shares_later(
    day: pd.DatetimeIndex, changed: pd.DatetimeIndex, ratios: FloatArray
) -> FloatArray:
    """How many shares one share of each day has become by splits on later days.

    Parameters
    ----------
    day : DatetimeIndex, shape (n_days,)
    changed : DatetimeIndex, shape (n_splits,)
        Days on which new shares first traded.
    ratios : array of shape (n_splits,)
        New shares per old one.

    Returns
    -------
    array of shape (n_days,)
        What a split-adjusted price is multiplied by, and a volume divided, to be as traded.
    """
    factor = np.ones(len(day))
    for when, ratio in zip(changed, ratios, strict=True):
        factor[day < when] *= ratio
    return factor


def _require_daily(feed: str, symbol: str, chart: Chart) -> Result:
    expected = f"daily bars of {symbol}"
    if chart.error is not None:
        came = f"the error {chart.error.code}, {chart.error.description}"
        if chart.error.code in {"Not Found", "Bad Request"}:
            raise FeedError(feed, came, expected)
        raise TransientError(feed, came, expected)
    if not chart.result:
        raise TransientError(feed, "no result", expected)
    result = chart.result[0]
    quote = result.indicators.quote[0]
    lengths = {name: len(getattr(quote, name)) for name in (*PRICES, "volume")}
    if not result.timestamp or set(lengths.values()) != {len(result.timestamp)}:
        came = f"{len(result.timestamp)} times and {lengths}"
        raise ShapeError(feed, came, f"{expected}, as many of each and more than none")
    if (result.meta.symbol, result.meta.step) != (symbol, DAILY):
        came = f"bars of {result.meta.symbol} in steps of {result.meta.step}"
        raise ShapeError(feed, came, expected)
    return result


def _zone(feed: str, name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # what a wrong name raises depends on how it is wrong
        raise ShapeError(feed, f"the time zone {name!r}", "such as America/New_York") from None


def _days(seconds: Sequence[int], zone: ZoneInfo) -> pd.DatetimeIndex:
    """Dates in the exchange's zone, as midnights without one."""
    moments = pd.to_datetime(np.array(seconds, dtype=np.int64), unit="s", utc=True)
    return moments.tz_convert(zone).tz_localize(None).normalize().as_unit("us")


def _bars(feed: str, result: Result, zone: ZoneInfo) -> pd.DataFrame:
    quote = result.indicators.quote[0]
    columns = {name: getattr(quote, name) for name in (*PRICES, "volume")}
    table = pd.DataFrame(columns, dtype="float64").assign(date=_days(result.timestamp, zone))
    table = table.dropna(subset="close").sort_values("date", kind="stable", ignore_index=True)
    if table.empty:
        raise ShapeError(feed, "bars without any close", "closes")
    # While a session is on, Yahoo gives its bar twice: the second is the newer one.
    running = table["date"] == table["date"].iloc[-1]
    table = table[~running | ~table["date"].duplicated(keep="last")].reset_index(drop=True)
    twice = table["date"].duplicated()
    if twice.any():
        raise ShapeError(feed, f"two bars of {table['date'][twice].iloc[0]:%Y-%m-%d}", "one a day")
    return table


def _on_days(
    feed: str,
    day: pd.DatetimeIndex,
    when: pd.DatetimeIndex,
    values: FloatArray,
    together: np.ufunc,
    otherwise: float,
) -> FloatArray:
    """Values of events on the bars of their days; those outside of the bars' span have none."""
    found = np.full(len(day), otherwise)
    within = (when >= day[0]) & (when <= day[-1])
    place = day.get_indexer(when[within])
    if (place < 0).any():
        lost = when[within][place < 0][0]
        came = f"a dividend or split of {lost:%Y-%m-%d}, and no bar of that day"
        raise ShapeError(feed, came, "a bar for each")
    together.at(found, place, values[within])
    return found
