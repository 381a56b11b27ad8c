"""Real markets, crises among them: intervals hold around a forecast as plain as RiskMetrics'."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from mlrisk.evaluation import coverage
from mlrisk.forecast import split_conformal
from mlrisk.forecast.intervals import adaptive
from mlrisk.targets import realized_volatility
from tests.real import REAL, needs_real

pytestmark = needs_real


def ewma_and_realized(symbol: str, until: str) -> pd.DataFrame:
    """A forecast by an exponential average of squared returns, and what came; from day 250 on."""
    prices = pd.read_csv(REAL / "market" / f"{symbol}.csv.gz", parse_dates=["date"])
    prices = prices[prices["date"] <= until]
    ret = np.log(prices["adj_close"]).diff().fillna(0.0).to_numpy()
    variance = pd.Series(ret**2).ewm(alpha=0.06).mean().to_numpy()
    rows = pd.DataFrame(
        {
            "date": prices["date"],
            "rv_5d": realized_volatility(ret),
            "rv_5d_hat": np.sqrt(5 * variance),
        }
    )
    return rows[250:]


@pytest.mark.parametrize(
    ("symbol", "until"), [("SPY", "2010-12-31"), ("TLT", "2026-05-01"), ("GLD", "2026-05-01")]
)
def test_nine_of_ten_are_held_in_calm_and_in_storm(symbol: str, until: str) -> None:
    rows = ewma_and_realized(symbol, until)
    pair = rows["rv_5d_hat"].to_numpy(), rows["rv_5d"].to_numpy()
    bounds = adaptive(*pair, 0.9, memory=100, min_scores=250)
    table = rows.assign(low=bounds.low, high=bounds.high).dropna()
    got = coverage.headline(table, 0.9)
    assert 0.89 <= got["coverage"] <= 0.91
    assert all(0.87 <= share <= 0.93 for share in got["by_tercile"].values())
    assert got["worst_rolling"]["coverage"] >= 0.75
    low, high = split_conformal.absolute(*pair, 0.9, 250)
    classical = coverage.headline(rows.assign(low=low, high=high).loc[table.index], 0.9)
    assert classical["worst_rolling"]["coverage"] < got["worst_rolling"]["coverage"] - 0.1
    assert classical["by_tercile"]["high"] < 0.87
