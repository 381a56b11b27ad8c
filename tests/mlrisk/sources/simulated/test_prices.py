"""Bars agree with the return they are of, and range estimators find the variance behind them."""

from __future__ import annotations

import numpy as np
import pytest

from mlrisk.sources.simulated.prices import (
    ASSETS,
    CLOSE_ONLY,
    Returns,
    asset_returns,
    bars,
    volumes,
)
from mlrisk.sources.simulated.volatility import Law, simulate

N_SESSIONS = 20_000
DEVIATION = 0.012
STATE = simulate(Law(), seed=4, n_sessions=6000)


@pytest.fixture(scope="module")
def steady() -> dict[str, np.ndarray]:
    """Log open, high, low, close against the close before, of sessions of known variance."""
    shocks = np.random.default_rng(8).standard_normal(N_SESSIONS) * DEVIATION
    drawn = bars("SPY", Returns(shocks, np.full(N_SESSIONS, DEVIATION)), seed=1)
    # Cents would show where the price has wandered off to pennies.
    assert drawn.low.min() > 5.0
    before = np.concatenate([[ASSETS["SPY"].price], drawn.close[:-1]])
    return {
        "night": np.log(drawn.open / before),
        "day": np.log(drawn.close / drawn.open),
        "range": np.log(drawn.high / drawn.low),
        "up": np.log(drawn.high / drawn.open),
        "down": np.log(drawn.low / drawn.open),
    }


def test_night_and_day_add_up(steady: dict[str, np.ndarray]) -> None:
    share = ASSETS["SPY"].overnight
    assert steady["night"].var() == pytest.approx(share * DEVIATION**2, rel=0.03)
    assert steady["day"].var() == pytest.approx((1 - share) * DEVIATION**2, rel=0.03)
    assert np.corrcoef(steady["night"], steady["day"])[0, 1] == pytest.approx(0, abs=0.02)


def test_range_estimators_are_unbiased(steady: dict[str, np.ndarray]) -> None:
    truth = (1 - ASSETS["SPY"].overnight) * DEVIATION**2
    parkinson = steady["range"] ** 2 / (4 * np.log(2))
    garman_klass = steady["range"] ** 2 / 2 - (2 * np.log(2) - 1) * steady["day"] ** 2
    up, down, day = steady["up"], steady["down"], steady["day"]
    rogers_satchell = up * (up - day) + down * (down - day)
    for estimate, efficiency in ((parkinson, 4.9), (garman_klass, 7.4), (rogers_satchell, 6.0)):
        assert estimate.mean() == pytest.approx(truth, rel=0.03)
        # Var of a squared return is 2 truth^2; efficiencies: Yang & Zhang 2000, J. Business 73(3).
        assert 2 * truth**2 / estimate.var() == pytest.approx(efficiency, rel=0.15)


@pytest.mark.parametrize("name", sorted(set(ASSETS) - CLOSE_ONLY))
def test_bars_are_consistent_and_in_cents(name: str) -> None:
    drawn = bars(name, asset_returns(name, STATE, seed=4), seed=4)
    assert (drawn.low > 0).all()
    assert (drawn.high >= np.maximum(drawn.open, drawn.close)).all()
    assert (drawn.low <= np.minimum(drawn.open, drawn.close)).all()
    assert (drawn.high > drawn.low).mean() > 0.99
    for price in (drawn.open, drawn.high, drawn.low, drawn.close):
        cents = [f"{value:.2f}" for value in price.tolist()]
        np.testing.assert_array_equal(price, np.array([float(text) for text in cents]))


def test_the_close_to_close_return_is_the_one_drawn() -> None:
    returns = asset_returns("SPY", STATE, seed=4)
    close = bars("SPY", returns, seed=4).close
    np.testing.assert_array_equal(returns.total, STATE.returns)
    # Two closes, each half a cent off at most.
    allowed = 0.0051 * (1 / close[1:] + 1 / close[:-1])
    assert (np.abs(np.diff(np.log(close)) - returns.total[1:]) < allowed).all()


# Correlations with SPY, 2007-2026, at a VIX of the day before below 18, 18 to 26 and above:
# TLT -0.19, -0.33, -0.40 (2007-2020: -0.28, -0.48, -0.51), HYG 0.65, 0.66, 0.70,
# XLK 0.87, 0.91, 0.95, XLU 0.34, 0.54, 0.81, GLD 0.05, 0.07, 0.05.
@pytest.mark.parametrize(
    ("name", "bands"),
    [
        ("TLT", [(-0.32, -0.10), (-0.48, -0.22), (-0.60, -0.32)]),
        ("HYG", [(0.50, 0.75), (0.52, 0.80), (0.60, 0.85)]),
        ("XLK", [(0.75, 0.92), (0.82, 0.95), (0.88, 0.98)]),
        ("XLU", [(0.20, 0.50), (0.35, 0.65), (0.60, 0.87)]),
        ("GLD", [(-0.1, 0.2), (-0.1, 0.2), (-0.1, 0.2)]),
    ],
)
def test_correlation_depends_on_the_regime(name: str, bands: list[tuple[float, float]]) -> None:
    total = asset_returns(name, STATE, seed=4).total
    found = [
        float(np.corrcoef(STATE.returns[here], total[here])[0, 1])
        for here in (STATE.regime == 0, STATE.regime == 1, STATE.regime == 2)
    ]
    for correlation, (low, high) in zip(found, bands, strict=True):
        assert low < correlation < high, found


def test_own_returns_are_their_own() -> None:
    residuals = [
        asset_returns(name, STATE, 4).total
        - np.array(ASSETS[name].beta)[STATE.regime] * STATE.returns
        for name in ("XLK", "XLF", "TLT")
    ]
    correlations = np.corrcoef(residuals)[np.triu_indices(3, 1)]
    np.testing.assert_allclose(correlations, 0, atol=0.06)


def test_volume_rises_with_turbulence_and_with_the_day() -> None:
    returns = asset_returns("SPY", STATE, seed=4)
    volume = np.log(volumes("SPY", returns, STATE, seed=4))
    assert np.corrcoef(volume, np.log(STATE.variance))[0, 1] > 0.3
    assert np.corrcoef(volume, np.abs(STATE.gaussian))[0, 1] > 0.1
    assert (volumes("SPY", returns, STATE, seed=4) % 100 == 0).all()
