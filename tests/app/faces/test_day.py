"""A session's numbers are the stored ones, and what follows from them adds up."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pandas as pd
import pytest

from app.faces.day import ANNUAL, DayView, NoSuchDayError, stored_row, view
from app.faces.snapshot import Snapshot


def days(snapshot: Snapshot) -> list[pd.Timestamp]:
    dates = snapshot.predictions["date"]
    return [*dates.iloc[::53], dates.iloc[-1]]


def same(left: DayView, right: DayView) -> bool:
    return repr(left) == repr(right)


def test_its_numbers_are_those_of_the_table(snapshot: Snapshot) -> None:
    for place, row in snapshot.predictions.iloc[::53].iterrows():
        day = view(snapshot, row["date"])
        assert (day.rv_5d_hat, day.var_5d_hat) == (row["rv_5d_hat"], row["var_5d_hat"])
        assert day.rv_5d_hat_annualized == row["rv_5d_hat"] * math.sqrt(252 / 5)
        for level, (low, high) in day.intervals.items():
            assert (low, high) == (row[f"rv_5d_lo_{level}"], row[f"rv_5d_hi_{level}"])
        assert list(day.regime_probs.values()) == [
            row[f"regime_probs.{name}"] for name in day.regime_probs
        ]
        assert list(day.top_drivers) == row["top_drivers"]
        assert day.previous is None if place == 0 else day.previous < day.date
        assert len(day.ahead) == 5
        assert day.ahead[0] > day.date


def test_parts_add_up_to_the_forecast_and_changes_to_the_difference(snapshot: Snapshot) -> None:
    for date in days(snapshot):
        day = view(snapshot, date)
        assert sum(day.contributions.values()) == pytest.approx(math.log(day.var_5d_hat), abs=1e-6)
        if day.previous is None:
            assert day.changes == ()
            continue
        before = view(snapshot, day.previous)
        moved = math.log(day.var_5d_hat / before.var_5d_hat)
        assert sum(one.effect for one in day.changes) == pytest.approx(moved, abs=2e-6)
        sizes = [abs(one.effect) for one in day.changes]
        assert sizes == sorted(sizes, reverse=True)


def test_what_comes_later_changes_no_number_of_the_day(snapshot: Snapshot) -> None:
    rng = np.random.default_rng(5)
    date = snapshot.predictions["date"].iloc[200]

    def other(table: pd.DataFrame) -> pd.DataFrame:
        later = table["date"] > date
        noisy = table.copy()
        for name in table.select_dtypes("float"):
            noisy.loc[later, name] = table.loc[later, name] * rng.uniform(0.5, 2, later.sum())
        return noisy

    names = ("predictions", "contributions", "regime_contributions", "baseline", "features")
    changed = {name: other(getattr(snapshot, name)) for name in names}
    future = view(dataclasses.replace(snapshot, **changed), date)
    assert same(future, view(snapshot, date))


def test_what_came_is_told_only_where_it_is_known(snapshot: Snapshot) -> None:
    dates = snapshot.predictions["date"]
    assert view(snapshot, dates.iloc[-1]).rv_5d is None
    assert view(snapshot, dates.iloc[-5]).regime_5d is None
    came = view(snapshot, dates.iloc[-6])
    labels = snapshot.labels.set_index("date")
    assert came.rv_5d == labels.loc[came.date, "rv_5d"]
    assert came.regime_5d in {"calm", "transition", "risk_off"}


def test_its_place_in_history_is_that_of_its_own_past(snapshot: Snapshot) -> None:
    dates = snapshot.predictions["date"]
    assert view(snapshot, dates.iloc[0]).percentile == 1.0
    past = snapshot.predictions["rv_5d_hat"].iloc[:100]
    expected = (past <= past.iloc[-1]).mean()
    assert view(snapshot, dates.iloc[99]).percentile == expected


def test_the_row_that_was_known_has_what_the_models_read(snapshot: Snapshot) -> None:
    date = snapshot.predictions["date"].iloc[-1]
    row = stored_row(snapshot, date)
    features = snapshot.features[snapshot.features["date"] == date].iloc[0]
    assert row["vix"] == features["vix"]
    assert {"rv_calm_below", "rv_risk_off_above", "regime_known"} < set(row)
    assert "rv_5d" not in row


def test_a_date_without_a_forecast_says_which_ones_have(snapshot: Snapshot) -> None:
    with pytest.raises(NoSuchDayError, match=r"2023-07-04.*2022-01-03 to 2023-06-30"):
        view(snapshot, pd.Timestamp("2023-07-04"))
    with pytest.raises(NoSuchDayError):
        stored_row(snapshot, pd.Timestamp("2023-06-18"))


def test_a_year_has_252_sessions() -> None:
    assert pytest.approx(7.0993, abs=1e-4) == ANNUAL
