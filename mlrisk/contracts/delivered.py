"""What sources deliver, what is found wrong with it, and what a simulated world knows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import pandas as pd
import pandera.pandas as pa

from mlrisk.contracts.columns import DAY, PRICE, finite, one_of, positive, schema
from mlrisk.dataset import TIME, Dataset

Kind = Literal["equity", "index", "signed"]
"""What the price rules of a symbol are: an ``equity`` (or ETF) has positive, consistent OHLC; an
``index`` is read by its close alone; a ``signed`` close may be zero or negative (WTI in 2020)."""

BASES = ("traded", "adjusted", "quoted")
"""What the prices of a row are.

``traded``: as they were traded, dividends and splits beside them. ``adjusted``: scaled to a later
number of shares, dividends only within ``adj_close``; a vendor rewrites them with each dividend.
``quoted``: a level that pays nothing, such as an index or a future.
"""

RAW_COLUMNS: dict[str, pa.Column] = {
    "symbol": pa.Column(str),
    "date": DAY,
    "open": PRICE,
    "high": PRICE,
    "low": PRICE,
    "close": pa.Column(float, finite()),
    "adj_close": PRICE,
    "volume": PRICE,
    "dividend": PRICE,
    "split": PRICE,
    "basis": pa.Column(str, one_of(BASES)),
}
"""``dividend`` is paid per share held after the day's ``split`` (new shares per old one), both on
the session they are first traded without; null unless ``basis`` is ``traded``."""

_EXACT = frozenset({"open", "high", "low", "close", "adj_close", "volume", "dividend", "split"})


def _keeps_its_basis(table: pd.DataFrame) -> pd.Series:
    traded, adjusted = table["basis"] == "traded", table["basis"] == "adjusted"
    paid = (table["dividend"] >= 0) & (table["split"] > 0)
    unpaid = table["dividend"].isna() & table["split"].isna()
    return (paid.where(traded, unpaid)) & (table["adj_close"].notna() == adjusted)


_BASIS_RULE = pa.Check(
    _keeps_its_basis,
    error="traded prices have a dividend (0 or more) and a split (1 for none) and no adj_close, "
    "adjusted ones an adj_close alone, quoted ones none of the three",
)


def raw_market(kinds: Mapping[str, Kind]) -> Dataset:
    """Contract of the rows as delivered, with price rules by the role a symbol plays.

    Parameters
    ----------
    kinds : mapping of symbol to kind
        Every symbol the table may hold.
    """

    def of(kind: Kind) -> list[str]:
        return [symbol for symbol, its_kind in kinds.items() if its_kind == kind]

    equities, unsigned = of("equity"), [*of("equity"), *of("index")]
    ohlc = ["open", "high", "low", "close"]

    # A null close breaks the column's own rule, so the rules over rows let it pass.
    def close_is_positive(table: pd.DataFrame) -> pd.Series:
        return ~(table["symbol"].isin(unsigned) & (table["close"] <= 0))

    def equity_is_priced(table: pd.DataFrame) -> pd.Series:
        return ~table["symbol"].isin(equities) | (table[ohlc[:3]] > 0).all(axis=1)

    def range_is_whole(table: pd.DataFrame) -> pd.Series:
        outside = (table["high"] < table[ohlc].max(axis=1)) | (
            table["low"] > table[ohlc].min(axis=1)
        )
        return ~(table["symbol"].isin(equities) & (table[ohlc] > 0).all(axis=1) & outside)

    checks = [
        pa.Check(
            close_is_positive,
            error="close of all but a signed symbol must be positive; a zero is a bad print",
        ),
        pa.Check(
            equity_is_priced, error="open, high, low of an equity or ETF must be there and positive"
        ),
        pa.Check(
            range_is_whole,
            error="high must be the highest and low the lowest of open, high, low, close",
        ),
        pa.Check(
            lambda table: ~(table["adj_close"] <= 0),
            error="adj_close must be positive where there is one",
        ),
        pa.Check(lambda table: ~(table["volume"] < 0), error="volume must not be negative"),
        _BASIS_RULE,
        pa.Check(
            lambda table: table.groupby("symbol")["basis"].transform("nunique") == 1,
            error="basis must be the same on all rows of a symbol; a return from one to another "
            "would show years of dividends as a loss",
        ),
    ]
    columns = {**RAW_COLUMNS, "symbol": pa.Column(str, one_of(sorted(kinds)))}
    return Dataset(
        path="data/raw/market",
        schema=schema(columns, checks),
        key=("symbol", "date"),
        exact=_EXACT,
    )


RAW_MACRO = Dataset(
    path="data/raw/macro",
    schema=schema(
        {
            "series_id": pa.Column(str),
            "macro_value_date": DAY,
            "value": pa.Column(float, finite()),
            "release_datetime": pa.Column(TIME),
            "point_in_time": pa.Column(bool),
        },
        [
            pa.Check(
                lambda table: (
                    ~(
                        table["release_datetime"].dt.tz_localize(None).dt.normalize()
                        < table["macro_value_date"]
                    )
                ),
                error="release_datetime must not lie before its period: macro_value_date",
            )
        ],
    ),
    key=("series_id", "macro_value_date", "release_datetime"),
    by="macro_value_date",
    exact=frozenset({"value"}),
)
"""One row per vintage; ``macro_value_date`` is the first day of the period. ``point_in_time`` is
false where the value may hold what was only learnt after ``release_datetime``."""

EVENTS = ("cpi", "employment_situation", "fomc", "ism_manufacturing")

RAW_CALENDAR = Dataset(
    path="data/raw/calendar",
    schema=schema(
        {
            "event": pa.Column(str, one_of(EVENTS)),
            "event_datetime": pa.Column(TIME),
            "known_from": pa.Column(TIME),
            "status": pa.Column(str, one_of(["scheduled", "withdrawn"])),
        },
        [
            pa.Check(
                lambda table: table["known_from"] <= table["event_datetime"],
                error="known_from must not lie after event_datetime: an event that was never "
                "announced is known from when it happened",
            )
        ],
    ),
    key=("event", "event_datetime", "known_from"),
    by="event_datetime",
)
"""Announcements of events. One that is taken off the schedule has a second row, ``withdrawn`` and
known from that moment; one that was never announced is known from when it happened."""

LANDING_MARKET = Dataset(
    path="data/landing/market",
    schema=schema(RAW_COLUMNS, [_BASIS_RULE]),
    key=("symbol", "date"),
    exact=_EXACT,
)
LANDING_MACRO = RAW_MACRO.at("data/landing/macro")
LANDING_CALENDAR = RAW_CALENDAR.at("data/landing/calendar")

RESTATEMENTS = Dataset(
    path="data/landing/restatements",
    schema=schema(
        {
            "dataset": pa.Column(str, one_of(["market", "macro"])),
            "name": pa.Column(str),
            "date": DAY,
            "column": pa.Column(str),
            "seen_on": DAY,
            "old": pa.Column(float, nullable=True),
            "new": pa.Column(float, nullable=True),
        }
    ),
    key=("dataset", "name", "date", "column", "seen_on"),
    by="seen_on",
    exact=frozenset({"old", "new"}),
)
"""Values that a vendor changed after the fact, each accepted by name when it was seen."""

QUALITY_FINDINGS = Dataset(
    path="data/quality/findings",
    schema=schema(
        {
            "severity": pa.Column(str, one_of(["error", "warn"])),
            "check": pa.Column(str),
            "dataset": pa.Column(str),
            "name": pa.Column(str),
            "date": DAY,
            "column": pa.Column(str),
            "value": pa.Column(float, nullable=True),
            "measured": pa.Column(float, nullable=True),
            "expected": pa.Column(str),
            "explanation": pa.Column(str),
        }
    ),
    key=("severity", "check", "dataset", "name", "date", "column"),
)
"""What the stage ``quality`` found, one row per cell: ``value`` is what stands there, where it is a
number, and ``measured`` the figure that is not as ``expected``; ``explanation`` names a documented
exception or is empty."""

TRUTH = Dataset(
    path="data/truth",
    schema=schema(
        {
            "date": DAY,
            "regime": pa.Column("int64", one_of([0, 1, 2])),
            "var_1d": pa.Column(float, positive("variance of the day's close-to-close return")),
            "var_5d_oracle": pa.Column(
                float, positive("expected variance of the next five sessions given the state")
            ),
        }
    ),
    key=("date",),
)
"""What a simulated world knows about itself; empty for real sources. Only ``evaluate`` reads it."""
