"""Yahoo's chart: what was traded, and every way in which an answer is not a chart."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlrisk.calendar import sessions
from mlrisk.sources.live.chart import COLUMNS, parse_chart, shares_later
from mlrisk.sources.live.errors import FeedError, ShapeError, TransientError

NEW_YORK = "America/New_York"
DAYS = sessions(date(2024, 3, 6), date(2024, 3, 13))  # the clocks change on the 10th


def opening(day: Any, zone: str = NEW_YORK, hour: int = 9) -> int:
    moment = datetime.combine(pd.Timestamp(day).date(), time(hour, 30), ZoneInfo(zone))
    return int(moment.timestamp())


def chart(
    close: Sequence[float | None],
    days: Sequence[Any] = DAYS,
    *,
    symbol: str = "SPY",
    zone: str = NEW_YORK,
    hour: int = 9,
    volume: Sequence[float | None] | None = None,
    dividends: Mapping[Any, float] | None = None,
    splits: Mapping[Any, tuple[float, float]] | None = None,
) -> dict[str, Any]:
    """A chart as Yahoo gives it, with the prices that it would show."""

    def shifted(by: float) -> list[float | None]:
        return [None if price is None else price + by for price in close]

    result: dict[str, Any] = {
        "meta": {
            "currency": "USD",
            "symbol": symbol,
            "exchangeName": "PCX",
            "instrumentType": "ETF",
            "gmtoffset": -18000,
            "exchangeTimezoneName": zone,
            "priceHint": 2,
            "dataGranularity": "1d",
            "range": "",
            "validRanges": ["1d", "max"],
        },
        "timestamp": [opening(day, zone, hour) for day in days],
        "indicators": {
            "quote": [
                {
                    "open": shifted(-0.25),
                    "high": shifted(1.0),
                    "low": shifted(-1.0),
                    "close": list(close),
                    "volume": list(volume or [1000] * len(close)),
                }
            ],
            "adjclose": [{"adjclose": list(close)}],
        },
    }
    events: dict[str, Any] = {}
    for day, amount in (dividends or {}).items():
        when = opening(day, zone, hour)
        events.setdefault("dividends", {})[str(when)] = {"amount": amount, "date": when}
    for day, (new, old) in (splits or {}).items():
        when = opening(day, zone, hour)
        events.setdefault("splits", {})[str(when)] = {
            "date": when,
            "numerator": new,
            "denominator": old,
            "splitRatio": f"{new:g}:{old:g}",
        }
    if events:
        result["events"] = events
    return {"chart": {"result": [result], "error": None}}


def parse(answer: object, symbol: str = "SPY") -> pd.DataFrame:
    return parse_chart(json.dumps(answer).encode(), symbol)


def test_plain_bars() -> None:
    table = parse(chart([500.0, 501.5, 499.25, 502, 503, 504.123449]))
    assert tuple(table.columns) == COLUMNS
    assert table["date"].dtype == "datetime64[us]"
    assert list(table["date"]) == list(DAYS)
    assert table["close"].tolist() == [500, 501.5, 499.25, 502, 503, 504.1234]
    assert table["open"].tolist()[0] == 499.75
    assert (table["volume"] == 1000).all()
    assert (table["dividend"] == 0).all()
    assert (table["split"] == 1).all()
    assert set(table.dtypes.drop("date").astype(str)) == {"float64"}


def test_a_split_is_undone_before_it_and_not_on_its_day() -> None:
    # Traded at 400 until a split of 4 for 1; shares of 100 each from then on.
    answer = chart(
        [100, 101, 102, 103, 104, 105],
        volume=[4000, 4000, 4000, 1000, 1000, None],
        dividends={DAYS[1]: 0.25, DAYS[3]: 0.5},
        splits={DAYS[3]: (4, 1)},
    )
    table = parse(answer)
    assert table["close"].tolist() == [400, 404, 408, 103, 104, 105]
    assert table["volume"].tolist()[:5] == [1000] * 5
    assert np.isnan(table["volume"].iloc[5])
    assert table["dividend"].tolist() == [0, 1.0, 0, 0.5, 0, 0]
    assert table["split"].tolist() == [1, 1, 1, 4, 1, 1]


def test_capital_gains_are_paid_as_dividends_are() -> None:
    answer = chart([100.0] * len(DAYS), dividends={DAYS[1]: 0.25, DAYS[3]: 0.5})
    paid = answer["chart"]["result"][0]["events"]
    when = opening(DAYS[3])
    paid["capitalGains"] = {str(when): {"amount": 0.125, "date": when}}
    assert parse(answer)["dividend"].tolist() == [0.0, 0.25, 0.0, 0.625, *[0.0] * (len(DAYS) - 4)]


def test_a_reverse_split() -> None:
    # USO on 2020-04-29: eight old shares for a new one.
    days = sessions(date(2020, 4, 27), date(2020, 4, 30))
    table = parse(chart([17.04, 16.96, 18.0, 18.5], days, splits={days[2]: (1, 8)}))
    assert table["close"].tolist() == [2.13, 2.12, 18.0, 18.5]
    assert table["volume"].tolist() == [8000, 8000, 1000, 1000]


def test_a_future_and_an_index_have_no_events() -> None:
    days = sessions(date(2020, 4, 17), date(2020, 4, 21))
    oil = parse(chart([18.27, -37.63, 10.01], days, symbol="CL=F", hour=0), "CL=F")
    assert oil["close"].tolist() == [18.27, -37.63, 10.01]
    assert list(oil["date"]) == list(days)
    index = chart([99.1, 99.2, 99.3], days, symbol="DX-Y.NYB", volume=[0, 0, 0], hour=0)
    assert parse(index, "DX-Y.NYB")["volume"].tolist() == [0, 0, 0]


def test_the_date_is_the_exchanges() -> None:
    # Midnight of New York is another date in London, and 9:30 of Tokyo another one in New York.
    days = sessions(date(2024, 3, 6), date(2024, 3, 8))
    for zone, hour in ((NEW_YORK, 0), ("Asia/Tokyo", 9), ("Europe/London", 0)):
        table = parse(chart([1, 2, 3], days, zone=zone, hour=hour))
        assert list(table["date"]) == list(days)


def test_bars_without_a_close_are_left_out() -> None:
    table = parse(chart([500, None, 502, 503, None, 505]))
    assert list(table["date"]) == [DAYS[place] for place in (0, 2, 3, 5)]


def test_a_running_session_counts_once_and_its_newer_bar() -> None:
    days = [*DAYS, DAYS[-1]]
    assert parse(chart([1, 2, 3, 4, 5, 6, 7], days))["close"].tolist() == [1, 2, 3, 4, 5, 7]
    assert parse(chart([1, 2, 3, 4, 5, 6, None], days))["close"].tolist() == [1, 2, 3, 4, 5, 6]


def test_an_event_after_the_last_close_still_scales() -> None:
    # The split's own day has not opened yet: earlier prices are scaled by it already.
    answer = chart([100, 100, 100, 100, 100, None], splits={DAYS[5]: (2, 1)})
    table = parse(answer)
    assert table["close"].tolist() == [200] * 5
    assert (table["split"] == 1).all()


@pytest.mark.parametrize(
    "events",
    [{"dividends": {DAYS[2]: 1.0}}, {"splits": {DAYS[2]: (2, 1)}}],
    ids=["dividend", "split"],
)
def test_an_event_without_a_bar_is_not_moved(events: Any) -> None:
    with pytest.raises(ShapeError, match="dividend or split of 2024-03-08, and no bar"):
        parse(chart([1, 2, None, 4, 5, 6], **events))


def broken(change: Any) -> dict[str, Any]:
    answer = chart([500, 501, 502, 503, 504, 505], splits={DAYS[1]: (2, 1)})
    change(answer["chart"]["result"][0])
    return answer


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda r: r["indicators"]["quote"][0].pop("close"), "'close': 0"),
        (lambda r: r["indicators"]["quote"][0]["open"].pop(), "'open': 5"),
        (lambda r: r["indicators"]["quote"][0]["open"].insert(0, "x"), "quote.0.open.0 = \"'x'\""),
        (lambda r: r["indicators"].pop("quote"), "indicators.quote"),
        (lambda r: r.pop("timestamp"), "0 times"),
        (lambda r: r.pop("meta"), "result.0.meta"),
        (lambda r: r["meta"].update(symbol="SPX"), "bars of SPX in steps of 1d"),
        (lambda r: r["meta"].update(dataGranularity="1mo"), "in steps of 1mo"),
        (lambda r: r["meta"].update(exchangeTimezoneName="Moon"), "time zone 'Moon'"),
        (lambda r: r["meta"].update(exchangeTimezoneName="America"), "time zone 'America'"),
        (lambda r: r["timestamp"].__setitem__(0, r["timestamp"][1]), "two bars of 2024-03-07"),
        (lambda r: r["timestamp"].__setitem__(0, 10**12), "timestamp.0"),
        (
            lambda r: next(iter(r["events"]["splits"].values())).update(denominator=0),
            "denominator = '0'",
        ),
        (
            lambda r: r["indicators"]["quote"][0].update(close=[None] * 6),
            "bars without any close",
        ),
    ],
)
def test_another_shape_is_told(change: Any, told: str) -> None:
    with pytest.raises(ShapeError) as caught:
        parse(broken(change))
    assert told in str(caught.value)
    assert str(caught.value).startswith("yahoo SPY: ")


def test_no_symbol_is_not_an_outage() -> None:
    def error(code: str) -> dict[str, Any]:
        return {"chart": {"result": None, "error": {"code": code, "description": "delisted"}}}

    with pytest.raises(FeedError, match="Not Found, delisted") as caught:
        parse(error("Not Found"))
    assert not isinstance(caught.value, TransientError | ShapeError)
    with pytest.raises(TransientError, match="Internal Server Error"):
        parse(error("Internal Server Error"))
    with pytest.raises(TransientError, match="no result"):
        parse({"chart": {"result": [], "error": None}})


prices = st.lists(st.integers(100, 10_000_000), min_size=len(DAYS), max_size=len(DAYS))
ratios = st.sampled_from([(2.0, 1.0), (4.0, 1.0), (1.0, 8.0), (3.0, 2.0), (10.0, 1.0)])


@given(
    traded=prices,
    paid=st.dictionaries(st.sampled_from(list(DAYS)), st.integers(1, 900_000), max_size=3),
    changed=st.dictionaries(st.sampled_from(list(DAYS)), ratios, max_size=3),
)
def test_scaling_by_later_splits_is_undone(
    traded: list[int], paid: dict[Any, int], changed: dict[Any, tuple[float, float]]
) -> None:
    close = np.array(traded) / 1e4 + 10
    later = [
        np.prod([new / old for when, (new, old) in changed.items() if when > day]) for day in DAYS
    ]
    amounts = {day: amount / 1e6 for day, amount in paid.items()}
    table = parse(
        chart(
            (close / later).tolist(),
            volume=(np.array(traded) * later).tolist(),
            dividends={day: amount / later[DAYS.get_loc(day)] for day, amount in amounts.items()},
            splits=changed,
        )
    )
    np.testing.assert_allclose(table["close"], close, rtol=0, atol=1e-12)
    assert table["volume"].tolist() == traded
    np.testing.assert_allclose(table["dividend"], [amounts.get(day, 0.0) for day in DAYS])
    assert table["split"].tolist() == [
        np.divide(*changed[day]) if day in changed else 1.0 for day in DAYS
    ]


def test_shares_later() -> None:
    days = pd.DatetimeIndex(["2020-01-01", "2020-01-02", "2020-01-03"])
    factor = shares_later(days, pd.DatetimeIndex(["2020-01-02", "2020-01-03"]), np.array([2.0, 3]))
    assert factor.tolist() == [6, 3, 1]


@given(content=st.binary(max_size=200))
def test_any_bytes_give_an_error_of_the_feed(content: bytes) -> None:
    with pytest.raises(FeedError):
        parse_chart(content, "SPY")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-10, 10**15) | st.floats(allow_nan=False) | st.text(),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(), children),
    max_leaves=5,
)


@given(
    place=st.sampled_from(
        ["meta", "timestamp", "indicators", "events", "close", "volume", "zone", "splits", "dates"]
    ),
    value=json_values,
    number=st.integers(-6_000_000_000, 11_000_000_000),
)
def test_any_change_gives_a_table_or_an_error_of_the_feed(
    place: str, value: object, number: int
) -> None:
    answer = chart([500, 501, 502, 503, 504, 505], splits={DAYS[1]: (2, 1)})
    result = answer["chart"]["result"][0]
    if place in result:
        result[place] = value
    elif place == "zone":
        result["meta"]["exchangeTimezoneName"] = value
    elif place == "splits":
        result["events"] = {
            "splits": {"1": {"date": number, "numerator": 1e-300, "denominator": 1e300}}
        }
    elif place == "dates":
        result["timestamp"][2] = number
    else:
        result["indicators"]["quote"][0][place][2] = value
    try:
        table = parse(answer)
    except FeedError:
        return
    assert table["date"].is_monotonic_increasing
    assert table["date"].is_unique
    assert table["close"].notna().all()
