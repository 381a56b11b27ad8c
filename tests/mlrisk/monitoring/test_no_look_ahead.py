"""What is found about the past stays as it is, whatever comes after."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlrisk.contracts import QUALITY_FINDINGS
from tests.mlrisk.monitoring.conftest import World

ABOUT_THE_END = {
    "has_rows", "benchmark_reaches_last", "reaches_last", "monthly_series_goes_on",
    "daily_series_goes_on", "needed_value_is_known", "value_is_known", "point_in_time",
}  # fmt: skip
KEY = [name for name in QUALITY_FINDINGS.key if name != "severity"]
PRICES = ("open", "high", "low", "close")


@pytest.fixture(scope="module")
def broken(world: World) -> World:
    """Something of most kinds wrong, all along the sample."""
    days = world.days()
    found = world.adjusted("HYG").with_bars("VIX")
    for place in range(80, len(days) - 20, 90):
        day = days[place]
        found = (
            found.with_cells("GLD", day, lambda x: x * 1.4, *PRICES)
            .with_cells("VIX", days[place + 3], lambda x: x * 1.5, "open")
            .with_cells("VIX", days[place + 9], lambda x: x / 100, "close")
            .with_cells("XLE", days[place + 5], lambda x: x * 1.3, "high")
            .with_cells("TLT", days[place + 6 : place + 11], 0.0, "volume")
            .without("XLB", days[place + 4 : place + 7])
            .with_cells("HYG", slice(None, days[place + 2]), lambda x: x * 0.97, "adj_close")
            .with_values("T10Y2Y", days[place + 1], lambda x: x + 1.5)
            .without_periods("DGS2", f"{days[place]:%Y-%m-%d}", f"{days[place + 6]:%Y-%m-%d}")
        )
    return found


@pytest.fixture(scope="module")
def whole(broken: World) -> pd.DataFrame:
    return broken.report().findings


def before(findings: pd.DataFrame, day: pd.Timestamp) -> pd.DataFrame:
    kept = (findings["date"] < day) & ~findings["check"].isin(ABOUT_THE_END)
    return findings[kept].sort_values(KEY, ignore_index=True)


def test_there_is_something_to_compare(whole: pd.DataFrame) -> None:
    counts = before(whole, whole["date"].max())["check"].value_counts()
    assert (counts >= 5).sum() >= 9


@settings(max_examples=5)
@given(place=st.integers(90, 990))
def test_rows_that_come_later_change_no_finding(
    broken: World, whole: pd.DataFrame, place: int
) -> None:
    session = broken.days()[place]
    then = broken.known_on(session).report().findings
    # A move that comes back is known one session after it; a gap of macro periods when it ends.
    moment = broken.days()[place - 8]
    pd.testing.assert_frame_equal(before(then, moment), before(whole, moment))
