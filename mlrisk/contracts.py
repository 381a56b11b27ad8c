"""One contract for every dataset: columns, keys, ranges and the precision it is stored with.

The same contract guards each write and each read, so no stage works on a table that the stage
before it could not have written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Literal

import pandas as pd
import pandera.pandas as pa

from mlrisk.calendar import information_time
from mlrisk.dataset import DATE, TIME, Dataset

Kind = Literal["equity", "index", "signed"]
"""What the price rules of a symbol are: an ``equity`` (or ETF) has positive, consistent OHLC; an
``index`` is read by its close alone; a ``signed`` close may be zero or negative (WTI in 2020)."""

_NAME = r"^(?!date$)[a-z][a-z0-9_]*$"


def _schema(
    columns: Mapping[str, pa.Column], checks: list[pa.Check] | None = None
) -> pa.DataFrameSchema:
    return pa.DataFrameSchema(dict(columns), checks=checks, strict=True, ordered=True)


def _positive(cause: str) -> pa.Check:
    return pa.Check.gt(0, error=f"must be positive ({cause})")


def _finite() -> pa.Check:
    return pa.Check(lambda values: values.abs() < float("inf"), error="must be finite")


def _one_of(values: Iterable[object]) -> pa.Check:
    allowed = list(values)
    return pa.Check.isin(allowed, error=f"must be one of {', '.join(map(str, allowed))}")


_DAY = pa.Column(
    DATE, pa.Check(lambda days: days == days.dt.normalize(), error="must be a date without a time")
)
_PRICE = pa.Column(float, _finite(), nullable=True)

BASES = ("traded", "adjusted", "quoted")
"""What the prices of a row are.

``traded``: as they were traded, dividends and splits beside them. ``adjusted``: scaled to a later
number of shares, dividends only within ``adj_close``; a vendor rewrites them with each dividend.
``quoted``: a level that pays nothing, such as an index or a future.
"""

RAW_COLUMNS: dict[str, pa.Column] = {
    "symbol": pa.Column(str),
    "date": _DAY,
    "open": _PRICE,
    "high": _PRICE,
    "low": _PRICE,
    "close": pa.Column(float, _finite()),
    "adj_close": _PRICE,
    "volume": _PRICE,
    "dividend": _PRICE,
    "split": _PRICE,
    "basis": pa.Column(str, _one_of(BASES)),
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
    columns = {**RAW_COLUMNS, "symbol": pa.Column(str, _one_of(sorted(kinds)))}
    return Dataset(
        path="data/raw/market",
        schema=_schema(columns, checks),
        key=("symbol", "date"),
        exact=_EXACT,
    )


RAW_MACRO = Dataset(
    path="data/raw/macro",
    schema=_schema(
        {
            "series_id": pa.Column(str),
            "macro_value_date": _DAY,
            "value": pa.Column(float, _finite()),
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
    schema=_schema(
        {
            "event": pa.Column(str, _one_of(EVENTS)),
            "event_datetime": pa.Column(TIME),
            "known_from": pa.Column(TIME),
            "status": pa.Column(str, _one_of(["scheduled", "withdrawn"])),
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
    schema=_schema(RAW_COLUMNS, [_BASIS_RULE]),
    key=("symbol", "date"),
    exact=_EXACT,
)
LANDING_MACRO = RAW_MACRO.at("data/landing/macro")
LANDING_CALENDAR = RAW_CALENDAR.at("data/landing/calendar")

RESTATEMENTS = Dataset(
    path="data/landing/restatements",
    schema=_schema(
        {
            "dataset": pa.Column(str, _one_of(["market", "macro"])),
            "name": pa.Column(str),
            "date": _DAY,
            "column": pa.Column(str),
            "seen_on": _DAY,
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
    schema=_schema(
        {
            "severity": pa.Column(str, _one_of(["error", "warn"])),
            "check": pa.Column(str),
            "dataset": pa.Column(str),
            "name": pa.Column(str),
            "date": _DAY,
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
    schema=_schema(
        {
            "date": _DAY,
            "regime": pa.Column("int64", _one_of([0, 1, 2])),
            "var_1d": pa.Column(float, _positive("variance of the day's close-to-close return")),
            "var_5d_oracle": pa.Column(
                float, _positive("expected variance of the next five sessions given the state")
            ),
        }
    ),
    key=("date",),
)
"""What a simulated world knows about itself; empty for real sources. Only ``evaluate`` reads it."""

MARKET_DAILY = Dataset(
    path="data/curated/market_daily",
    schema=_schema(
        {
            "symbol": pa.Column(str),
            "date": _DAY,
            "open": _PRICE,
            "high": _PRICE,
            "low": _PRICE,
            "close": _PRICE,
            "adj_close": pa.Column(
                float, _positive("a total-return index starts at 1"), nullable=True
            ),
            "ret": pa.Column(
                float,
                pa.Check(
                    lambda values: values.abs() < 2.5,
                    error="a log return beyond 2.5 is a unit error or a missed split",
                ),
                nullable=True,
            ),
            "filled": pa.Column(bool),
        }
    ),
    key=("symbol", "date"),
    exact=frozenset({"open", "high", "low", "close"}),
    decimals={"ret": 10},
)
"""Every symbol on every session from its first one on; ``filled`` marks carried-forward prices."""

MACRO_COLUMNS = {
    "cpi": "cpi_yoy",
    "fed_funds": "ffr",
    "slope": "slope_10y_2y",
    "pmi": "ism_pmi",
    "unemployment": "unemp",
    "yield_2y": "yield_2y",
    "yield_10y": "yield_10y",
    "high_yield_spread": "high_yield_spread",
}
"""Column of each macro role."""

MACRO_NAMES = tuple(MACRO_COLUMNS.values())


def _known_at(name: str) -> pa.Check:
    def holds(table: pd.DataFrame) -> pd.Series:
        release = table[f"{name}_as_of_release"]
        return release.isna() | (release <= information_time(table["date"]))

    return pa.Check(
        holds,
        error=f"{name}_as_of_release must not lie after 22:00 UTC of date: that is look-ahead",
    )


MACRO_RELEASE_ALIGNED = Dataset(
    path="data/curated/macro_release_aligned",
    schema=_schema(
        {
            "date": _DAY,
            **{name: pa.Column(float, _finite(), nullable=True) for name in MACRO_NAMES},
            **{f"{name}_as_of_release": pa.Column(TIME, nullable=True) for name in MACRO_NAMES},
        },
        [_known_at(name) for name in MACRO_NAMES],
    ),
    key=("date",),
)
"""Per session the value known then, and when it was released."""


def _wide(checks: list[pa.Check] | None = None) -> pa.DataFrameSchema:
    return pa.DataFrameSchema(
        {
            "date": _DAY,
            _NAME: pa.Column(float, _finite(), nullable=True, regex=True, required=False),
        },
        checks=checks,
        strict=True,
        ordered=True,
    )


FEATURES_DAILY = Dataset(path="data/features_daily", schema=_wide(), key=("date",))
"""Every feature the source can give, null where it has no history yet."""

LABELS_DAILY = Dataset(
    path="data/labels_daily",
    schema=_schema(
        {
            "date": _DAY,
            "rv_5d": pa.Column(
                float, _positive("five returns of exactly zero are no market"), nullable=True
            ),
            "regime_5d": pa.Column(str, _one_of(["calm", "transition", "risk_off"]), nullable=True),
        }
    ),
    key=("date",),
)
"""``rv_5d`` of date *t* looks at sessions *t+1..t+5*: null for the last five sessions."""

_FORECASTS = _schema(
    {
        "date": _DAY,
        "fold": pa.Column("int64", pa.Check.ge(0, error="must not be negative")),
        "var_5d_hat": pa.Column(
            float, _positive("a variance forecast; null before enough history"), nullable=True
        ),
        "rv_5d_hat": pa.Column(
            float, _positive("a volatility forecast; null before enough history"), nullable=True
        ),
        "model_version": pa.Column(str),
    }
)


_WEIGHTS = _schema(
    {
        "date": _DAY,
        "learner": pa.Column(str),
        "weight": pa.Column(float, _positive("those without a weight have no row")),
    }
)


@dataclass(frozen=True)
class BacktestFolder:
    """What ``backtest@<contender>`` writes, and ``combine`` for what is made of others.

    Parameters
    ----------
    forecasts : Dataset
        Out-of-sample forecasts; empty where the source lacks the contender's inputs.
    contributions : Dataset
        Per forecast and feature the part it has in log variance; ``baseline`` is the rest. Only
        contenders that may be served have it.
    weights : Dataset
        Of a combination: each learner's weight from the first session of each refit on.
    status : Path
        JSON: why the contender was left out, or null.
    """

    forecasts: Dataset
    contributions: Dataset
    weights: Dataset
    status: Path


def backtest(contender: str) -> BacktestFolder:
    """The folder of one contender's walk-forward."""
    path = f"data/backtest/{contender}"
    return BacktestFolder(
        forecasts=Dataset(f"{path}/forecasts", _FORECASTS, key=("date",)),
        contributions=Dataset(f"{path}/contributions", _wide(), key=("date",)),
        weights=Dataset(f"{path}/weights", _WEIGHTS, key=("date", "learner")),
        status=Path(path) / "status.json",
    )


_BOUND = pa.Column(float, _positive("a bound of rv_5d; null before enough history"), nullable=True)


def _nested(table: pd.DataFrame) -> pd.Series:
    bounds = [f"rv_5d_{bound}" for bound in ("lo_90", "lo_80", "hi_80", "hi_90")]
    whole = table[bounds].isna().sum(axis=1).isin([0, len(bounds)])
    disordered = [table[below] > table[above] for below, above in pairwise(bounds)]
    return whole & ~pd.concat(disordered, axis=1).any(axis=1)


_BOUNDS = {f"rv_5d_{bound}": _BOUND for bound in ("lo_80", "hi_80", "lo_90", "hi_90")}
_NESTED = pa.Check(
    _nested,
    error="rv_5d_lo_90 <= rv_5d_lo_80 <= rv_5d_hi_80 <= rv_5d_hi_90, all null or none",
)

INTERVALS_DAILY = Dataset(
    path="data/intervals_daily",
    schema=_schema(
        {
            "date": _DAY,
            **_BOUNDS,
            "pit": pa.Column(
                float,
                pa.Check(lambda values: (values > 0) & (values < 1), error="must be within (0, 1)"),
                nullable=True,
            ),
        },
        [_NESTED],
    ),
    key=("date",),
    decimals={"pit": 8},
)
"""Prediction intervals of the named model; null before enough errors of it are known. ``pit`` is
the predictive distribution at what came, known five sessions after ``date``."""

PREDICTIONS_DAILY = Dataset(
    path="data/predictions_daily",
    schema=_schema(
        {
            "date": _DAY,
            "rv_5d_hat": pa.Column(float, _positive("five-session volatility")),
            "var_5d_hat": pa.Column(float, _positive("five-session variance")),
            **_BOUNDS,
            "top_drivers": pa.Column(
                object,
                pa.Check(
                    lambda cells: cells.map(
                        lambda cell: (
                            isinstance(cell, list) and all(isinstance(x, str) for x in cell)
                        )
                    ),
                    error="must be a list of names",
                ),
            ),
            "model_version": pa.Column(str),
        },
        [_NESTED],
    ),
    key=("date",),
)
"""The named model's forecast at the close of each session, with 80 % and 90 % intervals, null
before enough errors are known, and its three largest drivers."""

MODEL = "models/volatility"
"""Folder of the served model: its libraries' native files, in a folder per member for a
combination, and ``model.json``."""
