"""The S&P 500 that ships in the arch package."""

from __future__ import annotations

import importlib.util
from datetime import date

import numpy as np
import pandas as pd
import pytest

from mlrisk import contracts
from mlrisk.calendar import sessions
from mlrisk.sources.base import SourceError
from mlrisk.sources.sp500 import Sp500Source

SOURCE = Sp500Source(start=date(1999, 1, 4))
CONTRACT = contracts.raw_market({"SPX": "equity"})


def read(last: str, source: Sp500Source = SOURCE) -> pd.DataFrame:
    return source.read(["SPX"], [], pd.Timestamp(last)).market


def test_the_whole_history_keeps_its_contract_and_misses_no_session() -> None:
    market = CONTRACT.validate(read("2018-12-31"))
    assert market["date"].tolist() == sessions(date(1999, 1, 4), date(2018, 12, 31)).tolist()
    # Yahoo Finance, ^GSPC: the low of the financial crisis, and the day Lehman Brothers failed.
    closes = market.set_index("date")["close"]
    np.testing.assert_allclose(closes[["2009-03-09", "2008-09-15"]], [676.53, 1192.70], atol=0.005)
    assert set(market["basis"]) == {"quoted"}


def test_the_rows_are_those_the_package_itself_loads() -> None:
    from arch.data import sp500

    market = read("2018-12-31")
    columns = ["open", "high", "low", "close", "close", "volume"]
    np.testing.assert_array_equal(market[columns].to_numpy(), sp500.load().to_numpy())
    np.testing.assert_array_equal(market["date"].to_numpy(), sp500.load().index.to_numpy())


def test_a_package_without_the_file_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(SourceError, match=r"sp500\.csv\.gz: not found\. `make env` installs"):
        read("2018-12-31")


def test_an_earlier_last_gives_a_prefix() -> None:
    whole, early = read("2018-12-31"), read("2008-09-15")
    assert len(early) == 2440
    pd.testing.assert_frame_equal(early, whole[:2440], check_exact=True)


def test_earlier_rows_than_the_start_are_left_aside() -> None:
    market = read("2003-06-30", Sp500Source(start=date(2003, 1, 1)))
    assert f"{market['date'].iloc[0]:%Y-%m-%d}" == "2003-01-02"
    pd.testing.assert_frame_equal(
        market, read("2003-06-30").tail(len(market)).reset_index(drop=True)
    )


def test_there_is_no_macro_no_truth_and_no_file() -> None:
    raw = SOURCE.read(["SPX"], [], pd.Timestamp("2018-12-31"))
    pd.testing.assert_frame_equal(raw.macro, contracts.RAW_MACRO.empty())
    pd.testing.assert_frame_equal(raw.truth, contracts.TRUTH.empty())
    assert raw.manifest.empty


@pytest.mark.parametrize(
    ("symbols", "series", "last", "message"),
    [
        (["SPX", "TLT"], [], "2018-12-31", "source 'sp500' has no symbol 'TLT'; it offers SPX"),
        (["SPX"], ["DFF"], "2018-12-31", "source 'sp500' has no series 'DFF'; it offers none"),
        (["SPX"], [], "2019-01-02", "its rows run from 1999-01-04 to 2018-12-31"),
        (["SPX"], [], "1998-12-31", "its rows run from 1999-01-04 to 2018-12-31"),
        (["SPX"], [], "2018-12-25", r"2018-12-25 \(Tuesday\) is no NYSE session"),
    ],
)
def test_what_it_does_not_have_is_told(
    symbols: list[str], series: list[str], last: str, message: str
) -> None:
    with pytest.raises(SourceError, match=message):
        SOURCE.read(symbols, series, pd.Timestamp(last))
