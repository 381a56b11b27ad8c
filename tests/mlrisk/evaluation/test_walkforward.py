"""The walk-forward never sees what was not known, and its grid never moves."""

from __future__ import annotations

import functools

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from mlrisk.evaluation import walkforward
from mlrisk.forecast import roster
from tests.mlrisk.conftest import SETTINGS

FIRST = 200
EVERY = 21
PURGE = 5


def walk(name: str, table: pd.DataFrame, workers: int = 1) -> tuple[pd.DataFrame, pd.DataFrame]:
    grid = walkforward.folds(table["date"], table["date"].iloc[FIRST], EVERY, PURGE)
    build = functools.partial(roster.contender, name, SETTINGS[name])
    done = list(walkforward.walk_forward(build, table, grid, 100, workers))
    parts = [fold.contributions for fold in done if fold.contributions is not None]
    return (
        pd.concat([fold.forecasts for fold in done], ignore_index=True),
        pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(),
    )


_WALKED: dict[str, tuple[pd.DataFrame, pd.DataFrame]] = {}


def walked(name: str, table: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The walk over the table as it is, which many cuts are held against."""
    if name not in _WALKED:
        _WALKED[name] = walk(name, table)
    return _WALKED[name]


def test_golden_folds() -> None:
    dates = pd.Series(pd.bdate_range("2020-01-01", periods=30))
    grid = walkforward.folds(dates, dates.iloc[12].date(), refit_every=7, purge=5)
    assert [(f.number, f.train_stop, f.start, f.stop) for f in grid] == [
        (0, 8, 12, 19),
        (1, 15, 19, 26),
        (2, 22, 26, 30),
    ]


@given(length=st.integers(30, 200), more=st.integers(0, 60), every=st.integers(1, 40))
def test_a_longer_history_changes_no_finished_fold(length: int, more: int, every: int) -> None:
    dates = pd.Series(pd.bdate_range("2020-01-01", periods=length + more))
    short = walkforward.folds(dates[:length], dates.iloc[20].date(), every, 5)
    long = walkforward.folds(dates, dates.iloc[20].date(), every, 5)
    assert short[:-1] == long[: len(short) - 1]
    last, same = short[-1], long[len(short) - 1]
    assert (last.train_stop, last.start) == (same.train_stop, same.start)
    # Every session from the first forecast on is forecast exactly once.
    assert [row for f in long for row in range(f.start, f.stop)] == list(range(20, length + more))


@given(start=st.integers(6, 100), purge=st.integers(5, 30))
def test_the_last_training_label_is_known_at_the_first_forecast(start: int, purge: int) -> None:
    dates = pd.Series(pd.bdate_range("2020-01-01", periods=120))
    if start <= purge:
        with pytest.raises(ValueError, match="leaves no label to train on"):
            walkforward.folds(dates, dates.iloc[start].date(), 10, purge)
        return
    for fold in walkforward.folds(dates, dates.iloc[start].date(), 10, purge):
        last_label = fold.train_stop - 1
        # A label dated t looks at sessions t+1 to t+5.
        assert last_label + 5 <= fold.start
        assert last_label + purge == fold.start


@pytest.mark.parametrize("day", ["2020-01-04", "2031-01-02", "2019-12-31"])
def test_a_first_forecast_that_is_no_session_is_refused(day: str) -> None:
    dates = pd.Series(pd.bdate_range("2020-01-01", periods=120))
    with pytest.raises(ValueError, match=f"first_forecast {day} is no session of the features"):
        walkforward.folds(dates, pd.Timestamp(day).date(), 10, 5)


def scrambled_after(table: pd.DataFrame, last_known: int, seed: int) -> pd.DataFrame:
    """The table with everything replaced that is not known at the close of ``last_known``."""
    rng = np.random.default_rng(seed)
    changed = table.copy()
    columns = [name for name in table.columns if name not in ("date", "rv_5d")]
    count = len(table) - last_known - 1
    changed.loc[last_known + 1 :, columns] = rng.uniform(0.001, 50, (count, len(columns)))
    first_unknown_label = last_known - 5 + 1
    changed.loc[first_unknown_label:, "rv_5d"] = rng.uniform(
        0.001, 0.5, len(table) - first_unknown_label
    )
    return changed


@pytest.mark.parametrize("name", list(roster.ROSTER))
@settings(max_examples=4, phases=[Phase.generate])
@given(last_known=st.integers(FIRST, 398), seed=st.integers(0, 99))
def test_no_forecast_or_driver_sees_the_future(
    name: str, table: pd.DataFrame, last_known: int, seed: int
) -> None:
    forecasts, parts = walked(name, table)
    changed_forecasts, changed_parts = walk(name, scrambled_after(table, last_known, seed))
    known = last_known - FIRST + 1
    pd.testing.assert_frame_equal(forecasts[:known], changed_forecasts[:known], check_exact=True)
    assert not forecasts[known:].equals(changed_forecasts[known:])
    if len(parts):
        pd.testing.assert_frame_equal(parts[:known], changed_parts[:known], check_exact=True)


@pytest.mark.parametrize("name", list(roster.ROSTER))
def test_appended_sessions_change_no_published_forecast(name: str, table: pd.DataFrame) -> None:
    forecasts, _ = walked(name, table)
    for length in (FIRST + 1, FIRST + EVERY, 377):
        # Cut at a session, the labels of its last five sessions are not known yet.
        short = table[:length].copy()
        short.loc[length - 5 :, "rv_5d"] = np.nan
        earlier, _ = walk(name, short)
        pd.testing.assert_frame_equal(earlier, forecasts[: len(earlier)], check_exact=True)


def test_a_feature_that_saw_the_future_is_found(table: pd.DataFrame) -> None:
    """The check above bites: a feature shifted by one session makes it fail."""

    def leaky(rows: pd.DataFrame) -> pd.DataFrame:
        return rows.assign(vol_5d=rows["vol_5d"].shift(-1).ffill())

    forecasts, _ = walk("har", leaky(table))
    changed, _ = walk("har", leaky(scrambled_after(table, 300, 1)))
    known = 300 - FIRST + 1
    with pytest.raises(AssertionError):
        pd.testing.assert_frame_equal(forecasts[:known], changed[:known], check_exact=True)


@pytest.mark.parametrize("name", ["har_vix", "lightgbm", "xgboost"])
def test_two_workers_give_the_same_bytes_as_one(name: str, table: pd.DataFrame) -> None:
    for one, two in zip(walk(name, table, 1), walk(name, table, 2), strict=True):
        pd.testing.assert_frame_equal(one, two, check_exact=True)


def test_a_window_with_too_few_rows_gives_no_forecast(table: pd.DataFrame) -> None:
    short = table.assign(vix=table["vix"].where(table.index > 150))
    forecasts, parts = walk("har_vix", short)
    # 100 usable rows from row 151 on, purged by 5, are first there in the fold that begins at 263.
    starts = forecasts.loc[forecasts["var_5d_hat"].notna(), "date"]
    assert starts.iloc[0] == table["date"].iloc[263]
    assert forecasts.loc[forecasts["var_5d_hat"].isna(), "model_version"].eq("").all()
    assert len(parts) == len(starts)


def test_a_row_without_inputs_has_no_forecast(table: pd.DataFrame) -> None:
    holed = table.assign(vix=table["vix"].where(table.index != 250))
    forecasts, parts = walk("har_vix", holed)
    assert forecasts.loc[forecasts["var_5d_hat"].isna(), "date"].tolist() == [
        table["date"].iloc[250]
    ]
    assert len(parts) == len(forecasts) - 1
