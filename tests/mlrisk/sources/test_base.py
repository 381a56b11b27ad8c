"""What every source has in common."""

from __future__ import annotations

from typing import ClassVar

import pandas as pd
import pytest

from mlrisk.sources import base, checks
from mlrisk.sources.base import SourceError


class Shelf:
    name = "shelf"
    symbols: ClassVar[frozenset[str]] = frozenset({"SPY", "VIX"})
    series: ClassVar[frozenset[str]] = frozenset()

    def read(self, *_: object) -> base.Raw:
        raise NotImplementedError


def test_what_is_offered_may_be_asked_for() -> None:
    base.require_offered("shelf", Shelf(), ["VIX", "SPY"], [])


@pytest.mark.parametrize(
    ("symbols", "series", "message"),
    [
        (["SPY", "QQQ"], [], r"source 'shelf' has no symbol 'QQQ'; it offers SPY, VIX\. Roles are"),
        (
            ["SPY"],
            ["DFF"],
            r"source 'shelf' has no series 'DFF'; it offers none\. Roles are set in",
        ),
    ],
)
def test_what_is_not_offered_is_told_with_what_is(
    symbols: list[str], series: list[str], message: str
) -> None:
    with pytest.raises(SourceError, match=message):
        base.require_offered("shelf", Shelf(), symbols, series)


def test_a_source_without_files_has_a_manifest_of_no_rows() -> None:
    none = base.no_manifest()
    assert none.empty
    one = base.manifest_table([("market/SPY.csv", "0f", 3, "2020-01-02", "2020-01-06")])
    pd.testing.assert_series_equal(none.dtypes, one.dtypes)


@pytest.mark.parametrize(
    ("last", "message"),
    [
        ("2020-01-04", r"as_of: 2020-01-04 \(Saturday\) is no NYSE session.*2020-01-06"),
        ("2019-12-31", r"as of 2019-12-31: its rows run from 2020-01-02 to 2020-03-31"),
        ("2020-04-01", r"as of 2020-04-01: its rows run from 2020-01-02 to 2020-03-31"),
        ("2036-01-02", r"as_of: 2036-01-02 lies outside the calendar"),
    ],
)
def test_a_session_that_the_rows_do_not_cover_is_told_with_the_ones_they_do(
    last: str, message: str
) -> None:
    first, end = pd.Timestamp("2020-01-02"), pd.Timestamp("2020-03-31")
    with pytest.raises(SourceError, match=f"{message}.* conf/source/shelf.yaml or with -S as_of"):
        checks.require_covered("shelf", pd.Timestamp(last), first, end)


def test_both_ends_of_the_rows_are_covered() -> None:
    first, end = pd.Timestamp("2020-01-02"), pd.Timestamp("2020-03-31")
    for day in (first, end):
        assert checks.require_covered("shelf", day, first, end) == day


def test_the_benchmark_needs_a_row_on_the_last_session() -> None:
    days = pd.to_datetime(["2020-01-02", "2020-01-03", "2020-01-06"])
    market = pd.DataFrame({"symbol": ["SPY", "SPY", "VIX"], "date": days})
    checks.require_priced(market, "SPY", days[1])
    message = r"'SPY' has no row on as_of = 2020-01-06; before that.* 2020-01-02 to 2020-01-03"
    with pytest.raises(SourceError, match=message):
        checks.require_priced(market, "SPY", days[2])
    with pytest.raises(SourceError, match=r"'QQQ' has no row.*rows on no date"):
        checks.require_priced(market, "QQQ", days[2])
