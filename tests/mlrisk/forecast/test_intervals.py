"""Adaptive conformal intervals: what they promise without assumptions, and known answers."""

from __future__ import annotations

import bisect
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from mlrisk import contracts, store
from mlrisk.calendar import sessions
from mlrisk.dataset import ContractError
from mlrisk.evaluation import coverage
from mlrisk.forecast import intervals, split_conformal
from mlrisk.forecast.intervals import HORIZON, LEVELS, IntervalError, adaptive, transform

SETTINGS = {"memory": 100, "min_scores": 50}
FloatArray = np.ndarray[tuple[int], np.dtype[np.float64]]


def forecasts_of(rng: np.random.Generator, count: int) -> FloatArray:
    """A volatility forecast that comes and goes over months."""
    log = np.empty(count)
    log[0] = 0.0
    for day in range(1, count):
        log[day] = 0.98 * log[day - 1] + 0.1 * rng.normal()
    return 0.02 * np.exp(log)


def world(seed: int, count: int, spread: float = 0.45) -> tuple[FloatArray, FloatArray]:
    rng = np.random.default_rng(seed)
    rv_hat = forecasts_of(rng, count)
    return rv_hat, rv_hat * np.exp(spread * rng.standard_t(5, count))


def tables(rv_hat: FloatArray, rv: FloatArray) -> tuple[pd.DataFrame, pd.DataFrame]:
    days = sessions("2000-01-03", "2020-01-01")[: len(rv_hat)]
    return (
        pd.DataFrame({"date": days, "rv_5d_hat": rv_hat}),
        pd.DataFrame({"date": days, "rv_5d": rv}),
    )


def share_missed(bounds: intervals.Bounds, rv: FloatArray) -> FloatArray:
    """One where the interval missed; dates without an interval left out."""
    there = ~np.isnan(bounds.low) & ~np.isnan(rv)
    inside = (rv >= bounds.low) & (rv <= bounds.high)
    return 1.0 - inside[there]


def plainly(rv_hat: FloatArray, rv: FloatArray, level: float) -> list[tuple[float, ...]]:
    """The same by the formulas, one date at a time and nothing kept in order."""
    alpha, memory = 1 - level, SETTINGS["memory"]
    theta = np.zeros(2)
    features, published = [], []
    for now in range(len(rv_hat)):
        earlier = sorted(rv_hat[:now])
        middle = bisect.bisect_left(earlier, rv_hat[now]) + bisect.bisect_right(
            earlier, rv_hat[now]
        )
        features.append(np.array([1.0, 2 * (middle / (2 * now) if now else 0.5) - 1]))
        then = now - 5
        if then >= 0 and not math.isnan(published[then][0]):
            missed = not published[then][0] <= rv[then] <= published[then][1]
            theta = theta + (alpha - missed) / (alpha * memory) * features[then]
        known = sorted(rv[day] / rv_hat[day] for day in range(now - 4))
        if len(known) < SETTINGS["min_scores"]:
            published.append((math.nan, math.nan, math.nan))
            continue
        asked = alpha * math.exp(float(theta @ features[now]))
        span = (1 - min(asked, 1)) * (len(known) + 1)
        places = np.arange(1, len(known) + 1)
        if span < len(known) - 1:
            lows = [*places, *(places - span)]
            lows = [low for low in lows if 1 <= low <= len(known) - span]
            ends = [np.interp([low, low + span], places, known) for low in lows]
            best = min(ends, key=lambda pair: pair[1] - pair[0])
        else:
            beyond = max(1, 2 / (len(known) + 1) / asked) ** 0.25
            best = np.array([known[0] / beyond, known[-1] * beyond])
        published.append((*(float(end) for end in rv_hat[now] * best), asked))
    return published


@pytest.mark.parametrize("level", LEVELS.values())
def test_equals_the_formulas_written_out(level: float) -> None:
    rv_hat, rv = world(3, 320)
    rv[200:230] *= 6  # more than was ever known
    got = adaptive(rv_hat, rv, level, **SETTINGS)
    wanted = np.array(plainly(rv_hat, rv, level)).T
    np.testing.assert_allclose(got.miscoverage, wanted[2], rtol=1e-6)
    np.testing.assert_allclose(got.low, wanted[0], rtol=1e-5)
    np.testing.assert_allclose(got.high, wanted[1], rtol=1e-5)
    assert np.isnan(got.low[:54]).all()
    assert not np.isnan(got.low[54:]).any()


def test_the_miscoverage_asked_for_can_be_counted_from_the_published_table() -> None:
    rv_hat, rv = world(4, 900)
    got = adaptive(rv_hat, rv, 0.9, **SETTINGS)
    first = int(np.flatnonzero(~np.isnan(got.low))[0])
    tilt = 2 * intervals.ranks(rv_hat) - 1
    errors = np.where((rv >= got.low) & (rv <= got.high), 0.0, 1.0)
    for now in (300, 600, 899):
        past = slice(first, now - HORIZON + 1)
        common = np.sum(0.1 - errors[past]) / (0.1 * SETTINGS["memory"])
        slope = np.sum((0.1 - errors[past]) * tilt[past]) / (0.1 * SETTINGS["memory"])
        assert got.miscoverage[now] == pytest.approx(
            0.1 * math.exp(common + slope * tilt[now]), rel=1e-6
        )


@settings(max_examples=15)
@given(
    st.integers(0, 10_000),
    st.lists(st.tuples(st.floats(-1.5, 1.5), st.floats(0.01, 3)), min_size=1, max_size=6),
    st.sampled_from(sorted(LEVELS.values())),
    st.sampled_from([20, 100]),
)
def test_coverage_is_right_whatever_comes(
    seed: int, parts: list[tuple[float, float]], level: float, memory: int
) -> None:
    """Bound of Gibbs and Candes, proposition 4.1, for this step and labels that come late.

    The state falls only where an interval missed; of log scores within a range D none does once
    the interval has grown by it, and the labels on their way add at most six steps. It rises only
    where one held, which a point cannot.
    """
    count, alpha, wanted = 1_200, 1 - level, 50
    rng = np.random.default_rng(seed)
    log = np.concatenate(
        [
            shift + spread * rng.uniform(-1, 1, len(piece))
            for (shift, spread), piece in zip(
                parts, np.array_split(np.arange(count), len(parts)), strict=True
            )
        ]
    )
    rv = np.exp(log)
    rv_hat = np.ones(count)  # ranks of ties are one half: the first feature alone is at work
    got = adaptive(rv_hat, rv, level, memory=memory, min_scores=wanted)
    missed = share_missed(got, rv)[:-HORIZON]
    step = 1 / (alpha * memory)
    reach = 4 * np.ptp(log) + max(0.0, math.log(alpha * (count + 1) / 2))
    lowest = reach + (HORIZON + 1) * step * (1 - alpha)
    highest = math.log(1 / alpha) + (HORIZON + 1) * step * alpha
    total = np.sum(alpha - missed)
    assert -lowest / step <= total + 1e-9
    assert total - 1e-9 <= highest / step


@settings(max_examples=20)
@given(st.integers(0, 10_000), st.floats(0.05, 1.5))
def test_intervals_are_positive_ordered_and_nested(seed: int, spread: float) -> None:
    rv_hat, rv = world(seed, 260, spread)
    built = store.at_border(
        contracts.INTERVALS_DAILY, intervals.build(*tables(rv_hat, rv), **SETTINGS)
    )
    contracts.INTERVALS_DAILY.validate(built)
    known = built.dropna()
    assert len(known) == 260 - 54
    assert (known["rv_5d_lo_90"] > 0).all()
    assert (known["rv_5d_lo_90"] <= known["rv_5d_lo_80"]).all()
    assert (known["rv_5d_lo_80"] <= known["rv_5d_hi_80"]).all()
    assert (known["rv_5d_hi_80"] <= known["rv_5d_hi_90"]).all()
    assert ((known["pit"] > 0) & (known["pit"] < 1)).all()


@settings(max_examples=15)
@given(st.integers(0, 10_000), st.integers(60, 395))
def test_nothing_that_was_not_known_moves_a_bit(seed: int, now: int) -> None:
    """Other forecasts after a date, and other labels than those known at it."""
    rv_hat, rv = world(seed, 400)
    rng = np.random.default_rng(seed + 1)
    other_hat, other = rv_hat.copy(), rv.copy()
    other_hat[now + 1 :] = rng.permutation(rv_hat[now + 1 :]) * 3
    other[now - HORIZON + 1 :] *= np.exp(rng.normal(size=len(rv) - now + HORIZON - 1))
    columns = [f"rv_5d_{side}_{name}" for side in ("lo", "hi") for name in LEVELS]
    one = intervals.build(*tables(rv_hat, rv), **SETTINGS)
    two = intervals.build(*tables(other_hat, other), **SETTINGS)
    pd.testing.assert_frame_equal(one.loc[:now, columns], two.loc[:now, columns], check_exact=True)
    settled = now - HORIZON
    pd.testing.assert_series_equal(
        one.loc[:settled, "pit"], two.loc[:settled, "pit"], check_exact=True
    )
    assert not np.array_equal(one["pit"].to_numpy()[now:], two["pit"].to_numpy()[now:])


def test_a_shorter_history_gave_the_same_rows() -> None:
    rv_hat, rv = world(6, 400)
    full = intervals.build(*tables(rv_hat, rv), **SETTINGS)
    for count in (57, 180, 399):
        labels = rv[:count].copy()
        labels[-HORIZON:] = np.nan
        short = intervals.build(*tables(rv_hat[:count], labels), **SETTINGS)
        pd.testing.assert_frame_equal(
            short.drop(columns="pit"), full.drop(columns="pit")[:count], check_exact=True
        )
        assert short["pit"].tail(HORIZON).isna().all()
        pd.testing.assert_series_equal(
            short["pit"][:-HORIZON], full["pit"][: count - HORIZON], check_exact=True
        )


def test_a_world_that_stays_the_same_is_covered_and_its_transform_is_uniform() -> None:
    rv_hat, rv = world(7, 4_000)
    for level in LEVELS.values():
        missed = share_missed(adaptive(rv_hat, rv, level, **SETTINGS), rv)
        assert missed.mean() == pytest.approx(1 - level, abs=0.01)
    pit = transform(rv_hat, rv, min_scores=50)
    assert np.isnan(pit[:54]).all()
    assert stats.kstest(pit[54:], "uniform").pvalue > 0.05


def test_after_a_change_of_the_world_coverage_comes_back() -> None:
    rng = np.random.default_rng(8)
    rv_hat = forecasts_of(rng, 3_000)
    spread = np.where(np.arange(3_000) < 1_500, 0.2, 0.5)
    rv = rv_hat * np.exp(spread * rng.normal(size=3_000))
    bounds = adaptive(rv_hat, rv, 0.9, **SETTINGS)
    inside = (rv >= bounds.low) & (rv <= bounds.high)
    assert inside[1_500:1_520].mean() < 0.8
    assert inside[1_620:2_020].mean() == pytest.approx(0.9, abs=0.03)
    low, high = split_conformal.scaled(rv_hat, rv, 0.9, 50)
    assert ((rv >= low) & (rv <= high))[1_620:2_020].mean() < 0.8


def test_coverage_is_right_where_errors_grow_with_the_forecast() -> None:
    rng = np.random.default_rng(9)
    rv_hat = forecasts_of(rng, 4_000)
    spread = np.clip(0.4 + 0.25 * np.log(rv_hat / 0.02), 0.1, 1)
    rv = rv_hat * np.exp(spread * rng.normal(size=4_000))

    def by_tercile(low: FloatArray, high: FloatArray) -> list[float]:
        there = ~np.isnan(low)
        inside = ((rv >= low) & (rv <= high))[there]
        return [
            inside[members].mean()
            for members in coverage.terciles(pd.Series(rv_hat[there])).values()
        ]

    bounds = adaptive(rv_hat, rv, 0.9, **SETTINGS)
    assert by_tercile(bounds.low, bounds.high) == pytest.approx([0.9] * 3, abs=0.02)
    apart = by_tercile(*split_conformal.scaled(rv_hat, rv, 0.9, 50))
    assert max(apart) - min(apart) > 0.1


def test_the_row_of_a_date_scales_another_forecast_of_the_same_close() -> None:
    rv_hat, rv = world(10, 200)
    forecasts, labels = tables(rv_hat, rv)
    built = intervals.build(forecasts, labels, **SETTINGS)
    row = intervals.row_of(built, forecasts["date"].iloc[-1])
    low, high = intervals.factors(row, rv_hat[-1])["90"]
    assert 0 < low < 1 < high
    assert low * rv_hat[-1] == pytest.approx(row["rv_5d_lo_90"])
    assert list(intervals.factors(row, rv_hat[-1])) == list(LEVELS)
    assert intervals.factors(built.iloc[3], rv_hat[3]) == {}
    with pytest.raises(IntervalError, match="no row of 2030-01-02"):
        intervals.row_of(built, pd.Timestamp("2030-01-02"))


def test_sessions_without_a_forecast_have_no_interval_and_teach_nothing() -> None:
    rv_hat, rv = world(11, 200)
    rv_hat[[100, 101]] = np.nan
    built = intervals.build(*tables(rv_hat, rv), **SETTINGS)
    assert built.loc[[100, 101]].drop(columns="date").isna().all(axis=None)
    assert built["rv_5d_lo_90"].notna().sum() == 200 - 54 - 2


def test_forecasts_that_begin_later_than_the_labels_keep_their_dates() -> None:
    rv_hat, rv = world(12, 200)
    forecasts, labels = tables(rv_hat, rv)
    rows = intervals.aligned(forecasts[30:], labels)
    assert rows["rv_5d"].tolist() == rv[30:].tolist()
    assert rows["date"].tolist() == forecasts["date"][30:].tolist()


def test_no_forecasts_give_no_rows() -> None:
    rv_hat, rv = world(12, 60)
    forecasts, labels = tables(rv_hat, rv)
    built = intervals.build(forecasts[:0], labels, **SETTINGS)
    assert built.empty
    assert list(built) == list(contracts.INTERVALS_DAILY.schema.columns)


@pytest.mark.parametrize("place", [0, 20, 59])
def test_a_session_that_the_labels_do_not_have_is_named(place: int) -> None:
    forecasts, labels = tables(*world(12, 60))
    day = labels["date"].iloc[place]
    with pytest.raises(IntervalError, match="dvc repro labels") as told:
        intervals.aligned(forecasts, labels.drop(place))
    assert f"{day:%Y-%m-%d}" in str(told.value)


def test_a_gap_between_forecasts_is_named() -> None:
    forecasts, labels = tables(*world(12, 60))
    after = f"{forecasts['date'].iloc[21]:%Y-%m-%d}"
    with pytest.raises(IntervalError, match=after):
        intervals.aligned(forecasts.drop(20), labels)


@pytest.mark.parametrize(
    "wrong",
    [
        {"rv_5d_lo_90": 0.012},
        {"rv_5d_lo_80": 0.031, "rv_5d_lo_90": 0.0311},
        {"rv_5d_hi_90": 0.029},
        {"rv_5d_hi_90": None},
    ],
)
def test_a_table_of_crossed_or_halved_intervals_breaks_its_contract(
    wrong: dict[str, float | None],
) -> None:
    right = {"rv_5d_lo_80": 0.011, "rv_5d_hi_80": 0.03, "rv_5d_lo_90": 0.01, "rv_5d_hi_90": 0.04}
    row = pd.DataFrame({"date": sessions("2020-01-02", "2020-01-02"), **right, "pit": 0.5})
    contracts.INTERVALS_DAILY.validate(row)
    broken = row.assign(**{name: pd.Series([value], dtype=float) for name, value in wrong.items()})
    with pytest.raises(ContractError, match="rv_5d_lo_90 <= rv_5d_lo_80"):
        contracts.INTERVALS_DAILY.validate(broken)
