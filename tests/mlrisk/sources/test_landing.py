"""The landing folder is read as it was known on a session, whatever was fetched since."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mlrisk import calendar, store
from mlrisk.contracts import LANDING_CALENDAR, LANDING_MACRO, LANDING_MARKET
from mlrisk.sources.base import SourceError
from mlrisk.sources.landing import LandingFolder

DAYS = calendar.sessions(pd.Timestamp("2024-01-02"), pd.Timestamp("2024-03-28"))
SOURCE = LandingFolder(date(2024, 1, 10), date(2023, 6, 1), frozenset({"NAPM"}))


@pytest.fixture(autouse=True)
def _landed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    market = pd.DataFrame({"symbol": "SPY", "date": DAYS, "close": 100.0 + np.arange(len(DAYS))})
    prices = dict.fromkeys(("open", "high", "low"), market["close"])
    market = market.assign(**prices, adj_close=np.nan, volume=1.0, dividend=0.0, split=1.0)
    market = market.assign(basis="traded")[list(LANDING_MARKET.schema.columns)]
    months = pd.date_range("2023-01-01", "2024-02-01", freq="MS", unit="us")
    release = (months + pd.DateOffset(months=1, days=11, hours=13)).tz_localize("UTC")
    macro = pd.DataFrame(
        {
            "series_id": "CPIAUCNS",
            "macro_value_date": months,
            "value": 300.0 + np.arange(len(months)),
            "release_datetime": release.as_unit("us"),
            "point_in_time": True,
        }
    )
    events = pd.DataFrame({"event": "cpi", "event_datetime": release.as_unit("us")}).assign(
        known_from=lambda rows: rows["event_datetime"] - pd.Timedelta(days=20), status="scheduled"
    )
    store.write(LANDING_MARKET, market)
    store.write(LANDING_MACRO, macro)
    store.write(LANDING_CALENDAR, events)


def test_rows_are_cut_at_the_information_time_of_the_session() -> None:
    raw = SOURCE.read(["SPY"], ["CPIAUCNS"], pd.Timestamp("2024-02-12"))
    assert raw.market["date"].iloc[[0, -1]].tolist() == [
        pd.Timestamp("2024-01-10"),
        pd.Timestamp("2024-02-12"),
    ]
    # January's came at 13:00 UTC of that day.
    assert f"{raw.macro['macro_value_date'].iloc[-1]:%Y-%m}" == "2024-01"
    assert f"{raw.macro['macro_value_date'].iloc[0]:%Y-%m}" == "2023-06"
    assert (raw.calendar["known_from"] <= pd.Timestamp("2024-02-12 22:00", tz="UTC")).all()
    assert raw.truth.empty
    assert raw.manifest.empty


def test_an_earlier_session_gives_the_first_rows_of_a_later_one() -> None:
    later = SOURCE.read(["SPY"], ["CPIAUCNS"], DAYS[-1])
    for session in (DAYS[8], DAYS[20], DAYS[40]):
        early = SOURCE.read(["SPY"], ["CPIAUCNS"], session)
        for name in ("market", "macro", "calendar"):
            whole = getattr(later, name)
            pd.testing.assert_frame_equal(
                getattr(early, name), whole[: len(getattr(early, name))], check_exact=True
            )


def test_a_series_that_may_be_absent_has_no_rows() -> None:
    raw = SOURCE.read(["SPY"], ["NAPM"], DAYS[-1])
    assert raw.macro.empty


@pytest.mark.parametrize(
    ("symbols", "series", "message"),
    [
        (["QQQ"], [], r"source 'live' has no symbol 'QQQ'; it offers SPY\."),
        (["SPY"], ["UNRATE"], r"has no series 'UNRATE'; it offers CPIAUCNS, NAPM\."),
    ],
)
def test_what_was_not_fetched_is_told(symbols: list[str], series: list[str], message: str) -> None:
    with pytest.raises(SourceError, match=message):
        SOURCE.read(symbols, series, DAYS[-1])


def test_a_session_beyond_the_last_fetch_is_told() -> None:
    with pytest.raises(SourceError, match="rows run from 2024-01-10 to 2024-03-28"):
        SOURCE.read(["SPY"], [], pd.Timestamp("2024-04-01"))


def test_before_the_first_fetch_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    monkeypatch.chdir(empty)
    with pytest.raises(SourceError, match=r"data/landing: nothing has been fetched.*mlrisk fetch"):
        LandingFolder(date(2024, 1, 10), date(2023, 6, 1)).read(["SPY"], [], DAYS[-1])
