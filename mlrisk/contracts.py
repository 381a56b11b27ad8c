"""One contract for every dataset: columns, keys, ranges and the precision it is stored with.

The same contract guards each write and each read, so no stage works on a table that the stage
before it could not have written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import pandas as pd
import pandera.pandas as pa

from mlrisk.calendar import information_time

Kind = Literal["equity", "index", "signed"]
"""What the price rules of a symbol are: an ``equity`` (or ETF) has positive, consistent OHLC; an
``index`` is read by its close alone; a ``signed`` close may be zero or negative (WTI in 2020)."""

DATE = "datetime64[us]"
TIME = "datetime64[us, UTC]"
SIGNIFICANT_DIGITS = 8
"""Digits a float keeps at a dataset border: coarse enough that the last bits, in which processors
differ, hardly ever cross a rounding edge."""

_NAME = r"^(?!date$)[a-z][a-z0-9_]*$"


class ContractError(ValueError):
    """A table that breaks its contract; says which rows, which rule and the likely cause."""


@dataclass(frozen=True)
class Dataset:
    """Where a table lives and what it promises.

    Parameters
    ----------
    path : str
        Folder below the repository, one Parquet file per year in it.
    schema : pandera.DataFrameSchema
    key : tuple of str
        Unique, and the sort order of the rows.
    by : str
        Date column that the years are taken from.
    exact : frozenset of str
        Float columns stored to the last bit (raw values as delivered).
    decimals : mapping of str to int
        Float columns rounded to a number of decimals instead of significant digits.
    """

    path: str
    schema: pa.DataFrameSchema
    key: tuple[str, ...]
    by: str = "date"
    exact: frozenset[str] = frozenset()
    decimals: Mapping[str, int] = field(default_factory=dict)

    def at(self, path: str) -> Dataset:
        """The same contract for a table in another folder."""
        return replace(self, path=path)

    def empty(self) -> pd.DataFrame:
        """A table of no rows with the contract's columns."""
        return pd.DataFrame(
            {
                name: pd.Series(dtype=str(column.dtype))
                for name, column in self.schema.columns.items()
                if not column.regex
            }
        )

    def validate(self, table: pd.DataFrame) -> pd.DataFrame:
        """The table with its columns in the contract's order, or a ``ContractError``."""
        try:
            valid = self.schema.validate(table, lazy=True)
        except pa.errors.SchemaErrors as error:
            raise ContractError(self._explain(table, error.failure_cases)) from None
        self._check_key(valid)
        return valid

    def _check_key(self, table: pd.DataFrame) -> None:
        keys = table.loc[:, list(self.key)]
        repeated = keys.duplicated(keep=False)
        if repeated.any():
            raise ContractError(
                f"{self.path}: {int(repeated.sum())} rows share a key ({', '.join(self.key)}), "
                f"each key must be unique. First ones:\n{_head(table[repeated])}\n"
                "Likely cause: the source delivers the same rows twice."
            )
        order = keys.sort_values(list(self.key), kind="stable").index
        if not order.equals(keys.index):
            place = int((order != keys.index).argmax())
            raise ContractError(
                f"{self.path}: rows are not sorted by {', '.join(self.key)}; the first one out of "
                f"order:\n{_head(table.iloc[[place]])}\n"
                "Likely cause: the source is not in date order."
            )

    def _explain(self, table: pd.DataFrame, cases: pd.DataFrame) -> str:
        lines = [f"{self.path}: the table breaks its contract."]
        cases = cases.assign(column=cases["column"].fillna(cases["failure_case"]).astype(str))
        for (column, rule), group in cases.groupby(["column", "check"], sort=False):
            rows = pd.to_numeric(group["index"], errors="coerce").dropna().astype(int).unique()
            if len(rows):
                shown = table.loc[rows[:5]]
                kept = [*self.key, *([column] if column in table and column not in self.key else [])]
                kept = [name for name in kept if name in table]
                lines.append(
                    f"- {column}: {rule} fails in {len(rows)} of {len(table)} rows. First ones:\n"
                    f"{_head(shown if column not in table else shown[kept])}"
                )
            else:
                values = ", ".join(map(str, group["failure_case"].unique()[:5]))
                lines.append(f"- {column}: {rule} fails ({values})")
        return "\n".join(lines)


def _head(rows: pd.DataFrame) -> str:
    return rows.head().to_string(index=False)


def _schema(
    columns: Mapping[str, pa.Column], checks: list[pa.Check] | None = None
) -> pa.DataFrameSchema:
    return pa.DataFrameSchema(dict(columns), checks=checks, strict=True, ordered=True)


def _positive(cause: str) -> pa.Check:
    return pa.Check.gt(0, error=f"must be positive ({cause})")


def _finite() -> pa.Check:
    return pa.Check(lambda values: values.abs() < float("inf"), error="must be finite")


_PRICE = pa.Column(float, _finite(), nullable=True)

RAW_COLUMNS: dict[str, pa.Column] = {
    "symbol": pa.Column(str),
    "date": pa.Column(DATE),
    "open": _PRICE,
    "high": _PRICE,
    "low": _PRICE,
    "close": pa.Column(float, _finite()),
    "adj_close": _PRICE,
    "volume": _PRICE,
}


def _rule(applies: pd.Series, holds: pd.Series) -> pd.Series:
    return ~applies | holds


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
    checks = [
        pa.Check(
            lambda t: _rule(t["symbol"].isin(unsigned), t["close"] > 0),
            error="close must be positive: a zero or negative price is a bad print",
        ),
        pa.Check(
            lambda t: _rule(t["symbol"].isin(equities), (t[ohlc] > 0).all(axis=1)),
            error="open, high, low, close of an equity must be there and positive",
        ),
        pa.Check(
            lambda t: _rule(
                t["symbol"].isin(equities),
                (t["high"] >= t[["open", "low", "close"]].max(axis=1))
                & (t["low"] <= t[["open", "high", "close"]].min(axis=1)),
            ),
            error="high must be the highest and low the lowest of open, high, low, close",
        ),
        pa.Check(
            lambda t: _rule(t["adj_close"].notna(), t["adj_close"] > 0),
            error="adj_close must be positive where there is one",
        ),
        pa.Check(
            lambda t: _rule(t["volume"].notna(), t["volume"] >= 0),
            error="volume must not be negative",
        ),
    ]
    columns = {**RAW_COLUMNS, "symbol": pa.Column(str, pa.Check.isin(sorted(kinds)))}
    return Dataset(
        path="data/raw/market",
        schema=_schema(columns, checks),
        key=("symbol", "date"),
        exact=frozenset({"open", "high", "low", "close", "adj_close", "volume"}),
    )


RAW_MACRO = Dataset(
    path="data/raw/macro",
    schema=_schema(
        {
            "series_id": pa.Column(str),
            "macro_value_date": pa.Column(DATE),
            "value": pa.Column(float, _finite()),
            "release_datetime": pa.Column(TIME),
        },
        [
            pa.Check(
                lambda t: (
                    t["release_datetime"].dt.tz_localize(None).dt.normalize()
                    >= t["macro_value_date"]
                ),
                error="a value must not be released before its period begins",
            )
        ],
    ),
    key=("series_id", "macro_value_date", "release_datetime"),
    by="macro_value_date",
    exact=frozenset({"value"}),
)
"""One row per vintage; ``macro_value_date`` is the first day of the period."""

TRUTH = Dataset(
    path="data/truth",
    schema=_schema(
        {
            "date": pa.Column(DATE),
            "regime": pa.Column("int64", pa.Check.isin([0, 1, 2])),
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
            "date": pa.Column(DATE),
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

MACRO_NAMES = (
    "cpi_yoy",
    "ffr",
    "slope_10y_2y",
    "ism_pmi",
    "unemp",
    "yield_2y",
    "yield_10y",
    "high_yield_spread",
)


def _known_at(name: str) -> pa.Check:
    def holds(table: pd.DataFrame) -> pd.Series:
        release = table[f"{name}_as_of_release"]
        return release.isna() | (release <= information_time(table["date"]))

    return pa.Check(
        holds, error=f"{name} must be released by the information time of its session"
    )


MACRO_RELEASE_ALIGNED = Dataset(
    path="data/curated/macro_release_aligned",
    schema=_schema(
        {
            "date": pa.Column(DATE),
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
            "date": pa.Column(DATE),
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
            "date": pa.Column(DATE),
            "rv_5d": pa.Column(
                float, _positive("five returns of exactly zero are no market"), nullable=True
            ),
            "regime_5d": pa.Column(
                str, pa.Check.isin(["calm", "transition", "risk_off"]), nullable=True
            ),
        }
    ),
    key=("date",),
)
"""``rv_5d`` of date *t* looks at sessions *t+1..t+5*: null for the last five sessions."""

_FORECASTS = _schema(
    {
        "date": pa.Column(DATE),
        "fold": pa.Column("int64", pa.Check.ge(0)),
        "var_5d_hat": pa.Column(
            float, _positive("a variance forecast; null before enough history"), nullable=True
        ),
        "rv_5d_hat": pa.Column(
            float, _positive("a volatility forecast; null before enough history"), nullable=True
        ),
        "model_version": pa.Column(str),
    }
)


@dataclass(frozen=True)
class BacktestFolder:
    """What ``backtest@<contender>`` writes.

    Parameters
    ----------
    forecasts : Dataset
        Out-of-sample forecasts; empty where the source lacks the contender's inputs.
    contributions : Dataset
        Per forecast and feature the part it has in log variance; ``baseline`` is the rest. Only
        contenders that may be served have it.
    status : Path
        JSON: why the contender was left out, or null.
    """

    forecasts: Dataset
    contributions: Dataset
    status: Path


def backtest(contender: str) -> BacktestFolder:
    """The folder of one contender's walk-forward."""
    path = f"data/backtest/{contender}"
    return BacktestFolder(
        forecasts=Dataset(f"{path}/forecasts", _FORECASTS, key=("date",)),
        contributions=Dataset(f"{path}/contributions", _wide(), key=("date",)),
        status=Path(path) / "status.json",
    )


PREDICTIONS_DAILY = Dataset(
    path="data/predictions_daily",
    schema=_schema(
        {
            "date": pa.Column(DATE),
            "rv_5d_hat": pa.Column(float, _positive("five-session volatility")),
            "var_5d_hat": pa.Column(float, _positive("five-session variance")),
            "top_drivers": pa.Column(object),
            "model_version": pa.Column(str),
        }
    ),
    key=("date",),
)
"""The named model's forecast at the close of each session, with its three largest drivers."""

MODEL = "models/volatility"
"""Folder of the served model: its library's native file and ``model.json``."""
