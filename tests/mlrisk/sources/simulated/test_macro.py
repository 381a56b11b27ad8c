"""Every value comes with the time it was released, and revisions come as later vintages."""

from __future__ import annotations

from datetime import time
from functools import cache

import numpy as np
import pandas as pd
import pytest

from mlrisk.calendar import NEW_YORK, sessions
from mlrisk.contracts import RAW_MACRO
from mlrisk.sources.simulated.macro import DAILY, MONTHLY, economy, releases
from mlrisk.sources.simulated.volatility import Law, simulate

INDEX = sessions(pd.Timestamp("2000-01-03"), pd.Timestamp("2012-06-29"))
STATE = simulate(Law(), seed=3, n_sessions=len(INDEX))


@cache
def published() -> pd.DataFrame:
    """Every series of twelve years."""
    return releases([*MONTHLY, *DAILY], STATE, INDEX, seed=3)


def of(series: str) -> pd.DataFrame:
    rows = published()[published()["series_id"] == series].reset_index(drop=True)
    local = rows["release_datetime"].dt.tz_convert(NEW_YORK)
    return rows.assign(day=local.dt.tz_localize(None).dt.normalize(), clock=local.dt.time)


def month_before(days: pd.Series) -> pd.Series:
    return days.dt.to_period("M").sub(1).dt.to_timestamp().astype(days.dtype)


def test_the_table_keeps_its_contract() -> None:
    RAW_MACRO.validate(published())
    assert set(published()["series_id"]) == {*MONTHLY, *DAILY}


@pytest.mark.parametrize(
    ("series", "clock", "earliest", "latest"),
    [
        # The exchange was closed from 11 to 14 September 2001.
        ("CPIAUCNS", time(8, 30), 12, 17),
        ("NAPM", time(10, 0), 1, 4),
        ("UNRATE", time(8, 30), 1, 7),
    ],
)
def test_a_month_is_published_in_the_next_one(
    series: str, clock: time, earliest: int, latest: int
) -> None:
    first = of(series).drop_duplicates("macro_value_date")
    pd.testing.assert_series_equal(
        first["macro_value_date"], month_before(first["day"]), check_names=False
    )
    assert (first["clock"] == clock).all()
    assert first["day"].dt.day.between(earliest, latest).all()
    assert first["macro_value_date"].diff().dt.days.iloc[1:].between(28, 31).all()


def test_jobs_come_on_a_friday_and_the_others_on_sessions() -> None:
    assert (of("UNRATE")["day"].dt.day_of_week == 4).all()
    for series in ("CPIAUCNS", "NAPM", *DAILY):
        assert of(series)["day"].isin(INDEX).all()


def test_consumer_prices_of_one_month_by_hand() -> None:
    """October 2008 on 2008-11-12, a Wednesday after the clocks changed: 13:30 UTC."""
    row = of("CPIAUCNS").set_index("macro_value_date").loc["2008-10-01"]
    assert row["release_datetime"] == pd.Timestamp("2008-11-12 13:30", tz="UTC")
    # July 2008: the 12th of August is a Tuesday in summer time.
    row = of("CPIAUCNS").set_index("macro_value_date").loc["2008-07-01"]
    assert row["release_datetime"] == pd.Timestamp("2008-08-12 12:30", tz="UTC")


def test_a_daily_value_is_published_on_the_next_session() -> None:
    for series in DAILY:
        rows = of(series)
        np.testing.assert_array_equal(rows["macro_value_date"], INDEX[:-1])
        np.testing.assert_array_equal(rows["day"], INDEX[1:])
        assert (rows["clock"] == time(16, 15)).all()


def test_only_unemployment_is_revised() -> None:
    vintages = (
        published().groupby(["series_id", "macro_value_date"]).size().groupby("series_id").max()
    )
    assert (vintages.drop("UNRATE") == 1).all()
    assert 3 <= vintages["UNRATE"] <= 6


def test_revisions_come_in_january_and_change_the_value() -> None:
    rows = of("UNRATE")
    later = rows[rows["macro_value_date"].duplicated()]
    assert len(later) > 100
    assert (later["day"].dt.month == 1).all()
    years = later["day"].dt.year - later["macro_value_date"].dt.year
    # December's first print is January's own news and is revised a year on.
    assert years.between(1, 6).all()
    step = rows.groupby("macro_value_date")["value"].diff().dropna()
    assert (step.abs() > 0.05).all()
    assert (step.abs() < 0.8).all()


def test_nothing_is_delivered_before_its_release() -> None:
    last = INDEX[-1].tz_localize("UTC") + pd.Timedelta(hours=22)
    assert published()["release_datetime"].max() <= last
    assert of("CPIAUCNS")["macro_value_date"].max() == pd.Timestamp("2012-05-01")
    assert of("DFF")["macro_value_date"].max() == INDEX[-2]


@pytest.mark.parametrize("cut", [1, 20, 21, 700, 701, 1502, 3000])
def test_an_earlier_end_is_the_same_table_with_fewer_rows(cut: int) -> None:
    short = releases([*MONTHLY, *DAILY], simulate(Law(), 3, cut), INDEX[:cut], seed=3)
    end = INDEX[cut - 1].tz_localize("UTC") + pd.Timedelta(hours=22)
    known = published()[published()["release_datetime"] <= end].reset_index(drop=True)
    pd.testing.assert_frame_equal(short, known, check_exact=True)


def test_values_come_in_their_ticks_and_ranges() -> None:
    ranges = {
        "CPIAUCNS": (3, 150, 400),
        "UNRATE": (1, 2.0, 16.0),
        "NAPM": (1, 30.0, 65.0),
        "DFF": (2, 0.0, 15.0),
        "DGS2": (2, 0.0, 15.0),
        "DGS10": (2, 0.3, 15.0),
        "T10Y2Y": (2, -5.0, 6.0),
        "BAMLH0A0HYM2": (2, 1.0, 25.0),
    }
    for series, (decimals, low, high) in ranges.items():
        values = of(series)["value"]
        assert values.between(low, high).all(), series
        assert [float(f"{value:.{decimals}f}") for value in values] == values.tolist(), series


def test_the_slope_is_the_difference_of_the_yields() -> None:
    slope = of("DGS10")["value"] - of("DGS2")["value"]
    np.testing.assert_allclose(of("T10Y2Y")["value"], slope, atol=1e-9)


def test_the_cycle_leans_on_turbulence() -> None:
    long = sessions(pd.Timestamp("1990-01-02"), pd.Timestamp("2035-12-31"))
    state = simulate(Law(), seed=8, n_sessions=len(long))
    truth = economy(state, long, seed=8)
    code = truth.month.searchsorted(long, side="right") - 1
    turbulent = np.bincount(code, weights=state.regime == 2) / np.bincount(code)
    quarter = np.convolve(turbulent, np.ones(3) / 3)[: len(turbulent)]
    assert np.corrcoef(quarter, truth.activity)[0, 1] < -0.15
    assert np.corrcoef(truth.activity[:-6], truth.unemployment[6:])[0, 1] < -0.3
    inflation = 100 * (truth.prices[12:] / truth.prices[:-12] - 1)
    assert 1.0 < inflation.mean() < 4.0
    assert set(np.unique(np.round(np.diff(truth.policy_rate) / 0.25, 6))) <= {-3, -2, -1, 0, 1, 2}


def test_credit_spreads_follow_the_regime() -> None:
    spread = of("BAMLH0A0HYM2")["value"].to_numpy()
    regime = STATE.regime[:-1]
    assert spread[regime == 2].mean() > spread[regime == 0].mean() + 0.5
