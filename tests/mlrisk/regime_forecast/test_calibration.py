"""Calibrators against independent implementations, on past forecasts alone."""

from __future__ import annotations

import json

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from sklearn.isotonic import IsotonicRegression

from mlrisk.forecast.base import FloatArray
from mlrisk.regime_forecast import calibration, monotone
from mlrisk.regime_forecast.calibration import CALIBRATORS
from mlrisk.regime_forecast.probabilities import published

IntArray = npt.NDArray[np.intp]

PURGE = 5
STARTS = np.arange(0, 420, 21)
NAMES = ["none", *CALIBRATORS]


def world(count: int, sharpness: float, seed: int = 3) -> tuple[FloatArray, FloatArray]:
    """Forecasts whose log-odds are ``sharpness`` times the right ones, and what came."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(size=(count, 3)) * [1.5, 0.5, 1.5]
    right = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    outcomes = (rng.random((count, 1)) > right.cumsum(axis=1)).sum(axis=1).clip(0, 2)
    powers = right**sharpness
    said = published(powers / powers.sum(axis=1, keepdims=True))
    return said, outcomes.astype(np.float64)


def log_loss(probabilities: FloatArray, outcomes: FloatArray) -> float:
    return float(-np.log(probabilities[np.arange(len(outcomes)), outcomes.astype(int)]).mean())


def test_temperature_has_the_least_log_loss() -> None:
    said, outcomes = world(2000, 1.7)
    found = calibration.Temperature().fit(said, outcomes)
    best = minimize_scalar(
        lambda b: log_loss(said**b / (said**b).sum(axis=1, keepdims=True), outcomes),
        bounds=(0.05, 20),
        method="bounded",
        options={"xatol": 1e-9},
    )
    assert found.inverse_ == pytest.approx(best.x, abs=1e-5)
    assert found.inverse_ == pytest.approx(1 / 1.7, abs=0.05)
    assert float(f"{found.inverse_:.5e}") == found.inverse_


@pytest.mark.parametrize(("column", "bound"), [(0, 20.0), (2, 0.05)])
def test_temperature_stays_within_its_bounds(column: int, bound: float) -> None:
    said = np.tile([0.6, 0.3, 0.1], (50, 1))
    found = calibration.Temperature().fit(said, np.full(50, float(column)))
    assert found.inverse_ == bound


def test_isotonic_is_scikit_learns_one_against_the_rest() -> None:
    said, outcomes = world(400, 1.7)
    said = published(np.round(said, 2))  # ties
    fresh = published(world(300, 1.7, seed=9)[0])
    found = monotone.Isotonic().fit(said, outcomes)
    theirs = np.empty(fresh.shape)
    for place in range(3):
        model = IsotonicRegression(out_of_bounds="clip", y_min=1 / 402, y_max=401 / 402)
        model.fit(said[:, place], outcomes == place)
        theirs[:, place] = model.predict(fresh[:, place])
    theirs /= theirs.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(found.apply(fresh), theirs, rtol=1e-5)


def brute_force(scores: FloatArray, hits: FloatArray, asked: float, y: float) -> float:
    """The definition: the forecast at hand joins the past ones with an outcome."""
    model = IsotonicRegression().fit(np.r_[scores, asked], np.r_[hits, y])
    return float(model.predict([asked])[0])


@given(
    st.lists(st.tuples(st.integers(0, 12), st.booleans()), min_size=1, max_size=40),
    st.lists(st.integers(-1, 26), min_size=1, max_size=8),
)
def test_venn_abers_is_two_isotonic_fits(past: list[tuple[int, bool]], asked: list[int]) -> None:
    scores = np.array([score for score, _ in past]) / 10
    hits = np.array([hit for _, hit in past], dtype=np.float64)
    wanted = np.array(asked) / 20
    distinct, back, counts = np.unique(scores, return_inverse=True, return_counts=True)
    sums = np.bincount(back, weights=hits)
    found = monotone.venn_abers(distinct, sums, counts, wanted)
    theirs = [[brute_force(scores, hits, at, y) for y in (0.0, 1.0)] for at in wanted]
    np.testing.assert_allclose(found, theirs, atol=1e-12)


@pytest.mark.parametrize("name", CALIBRATORS)
@pytest.mark.parametrize("sharpness", [0.5, 2.0])
def test_each_calibrator_mends_what_is_too_flat_or_too_sharp(name: str, sharpness: float) -> None:
    said, outcomes = world(3000, sharpness)
    calibrator = calibration.fitted(name, said[:2000], outcomes[:2000], 250)
    fresh, came = said[2000:], outcomes[2000:]
    mended = calibration.applied(calibrator, fresh)
    assert log_loss(mended, came) < log_loss(fresh, came) - 0.02


@pytest.mark.parametrize("name", NAMES)
def test_published_rows_sum_to_one_and_are_never_null(name: str) -> None:
    said, outcomes = world(600, 3.0)
    said[::7] = [1.0, 0.0, 0.0]
    said[3::7] = [0.0, 0.0, 1.0]
    calibrator = calibration.fitted(name, said[:400], outcomes[:400], 250)
    rows = calibration.applied(calibrator, said)
    assert np.isfinite(rows).all()
    assert (rows >= 0).all()
    assert np.abs(rows.sum(axis=1) - 1).max() < 1e-15
    np.testing.assert_array_equal(published(rows), rows)
    if name != "none":
        assert (rows > 0).all(), "what was forecast as impossible has come before"


@pytest.mark.parametrize("name", NAMES)
def test_two_regimes_stay_two(name: str) -> None:
    said, outcomes = world(500, 1.5)
    said = published(np.column_stack([said[:, 0] + said[:, 1], np.zeros(500), said[:, 2]]))
    outcomes = np.where(outcomes == 1, 0.0, outcomes)
    calibrator = calibration.fitted(name, said, outcomes, 250)
    assert (calibration.applied(calibrator, said)[:, 1] == 0).all()


@pytest.mark.parametrize("name", CALIBRATORS)
def test_what_is_written_down_calibrates_alike(name: str) -> None:
    said, outcomes = world(500, 1.5)
    fit = CALIBRATORS[name]().fit(said, outcomes)
    again = CALIBRATORS[name]().restore(json.loads(json.dumps(fit.state())))
    fresh = world(200, 1.5, seed=8)[0]
    np.testing.assert_array_equal(again.apply(fresh), fit.apply(fresh))
    one_by_one = np.vstack([fit.apply(row[np.newaxis]) for row in fresh])
    np.testing.assert_array_equal(published(one_by_one), published(fit.apply(fresh)))


def walk(
    name: str, said: FloatArray, outcomes: FloatArray, starts: IntArray, min_scored: int
) -> FloatArray:
    calibrators = calibration.refits(name, said, outcomes, starts, PURGE, min_scored)
    return calibration.walked(calibrators, said, starts)


@pytest.mark.parametrize("name", CALIBRATORS)
def test_before_enough_is_known_forecasts_stay_as_they_are(name: str) -> None:
    said, outcomes = world(420, 1.7)
    said[:30] = np.nan
    walked = walk(name, said, outcomes, STARTS, 250)
    # 30 without a forecast; of the fold that begins at 294 the outcomes up to 289 are known.
    first = 294
    np.testing.assert_array_equal(walked[:first], said[:first])
    assert (walked[first:] != said[first:]).any(axis=1).all()
    assert np.isnan(walked[:30]).all()


@settings(max_examples=5)
@given(st.integers(120, 419))
@pytest.mark.parametrize("name", CALIBRATORS)
def test_the_future_changes_no_bit(name: str, cut: int) -> None:
    said, outcomes = world(420, 1.7)
    whole = walk(name, said, outcomes, STARTS, 100)
    known = np.where(np.arange(420) + PURGE < cut, outcomes, 2 - outcomes)
    changed = np.where(np.arange(420)[:, np.newaxis] < cut, said, said[:, ::-1])
    part = walk(name, said[:cut], known[:cut], STARTS[cut > STARTS], 100)
    np.testing.assert_array_equal(part, whole[:cut])
    other = walk(name, changed, known, STARTS, 100)
    np.testing.assert_array_equal(other[:cut], whole[:cut])


def test_an_unknown_calibration_is_named() -> None:
    with pytest.raises(calibration.CalibrationError, match="'platt'; there are none, temperature"):
        calibration.fitted("platt", *world(300, 1.0), 250)
