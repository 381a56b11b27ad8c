"""What is aligned by session: prices, macro values, features, labels."""

from __future__ import annotations

import pandas as pd
import pandera.pandas as pa

from mlrisk.calendar import information_time
from mlrisk.contracts.columns import DAY, PRICE, finite, one_of, positive, schema, wide
from mlrisk.dataset import TIME, Dataset

MARKET_DAILY = Dataset(
    path="data/curated/market_daily",
    schema=schema(
        {
            "symbol": pa.Column(str),
            "date": DAY,
            "open": PRICE,
            "high": PRICE,
            "low": PRICE,
            "close": PRICE,
            "adj_close": pa.Column(
                float, positive("a total-return index starts at 1"), nullable=True
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
    schema=schema(
        {
            "date": DAY,
            **{name: pa.Column(float, finite(), nullable=True) for name in MACRO_NAMES},
            **{f"{name}_as_of_release": pa.Column(TIME, nullable=True) for name in MACRO_NAMES},
        },
        [_known_at(name) for name in MACRO_NAMES],
    ),
    key=("date",),
)
"""Per session the value known then, and when it was released."""


FEATURES_DAILY = Dataset(path="data/features_daily", schema=wide(), key=("date",))
"""Every feature the source can give, null where it has no history yet."""

REGIMES = ("calm", "transition", "risk_off")
"""What the next five sessions may be, in the order of volatility."""

THRESHOLD = pa.Column(float, positive("a quantile of realised volatilities"), nullable=True)

LABELS_DAILY = Dataset(
    path="data/labels_daily",
    schema=schema(
        {
            "date": DAY,
            "rv_5d": pa.Column(
                float, positive("five returns of exactly zero are no market"), nullable=True
            ),
            "regime_5d": pa.Column(str, one_of(REGIMES), nullable=True),
            "rv_calm_below": THRESHOLD,
            "rv_risk_off_above": THRESHOLD,
        }
    ),
    key=("date",),
)
"""``rv_5d`` and ``regime_5d`` of date *t* look at sessions *t+1..t+5*: null for the last five
sessions. The thresholds between the regimes are of what was known at *t*; null where regimes are
not told apart by the volatility ahead."""
