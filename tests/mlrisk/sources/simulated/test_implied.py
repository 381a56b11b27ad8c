from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mlrisk.sources.simulated.implied import TENORS, Premium, indices
from mlrisk.sources.simulated.volatility import Law, expected_variance, simulate

LAW, PREMIUM = Law(), Premium()
STATE = simulate(LAW, seed=2, n_sessions=4000)


def test_without_premium_and_noise_an_index_is_the_root_of_expected_variance() -> None:
    bare = replace(
        PREMIUM,
        level=(0.0, 0.0, 0.0),
        pull=0.0,
        mood_spread=0.0,
        fear_spread=1e-12,
        print_spread=0.0,
    )
    quoted = indices(LAW, bare, STATE, seed=2)
    expected = expected_variance(LAW, STATE, list(TENORS.values()))
    for place, (symbol, horizon) in enumerate(TENORS.items()):
        points = 100 * np.sqrt(expected[:, place] * 252 / horizon)
        np.testing.assert_allclose(quoted[symbol], points, atol=0.00501)


def test_the_premium_is_dear_in_calm_and_cheap_in_turbulence() -> None:
    quoted = indices(LAW, PREMIUM, STATE, seed=2)["VIX"]
    fair = 100 * np.sqrt(expected_variance(LAW, STATE, [21])[:, 0] * 252 / 21)
    premium = np.log(quoted / fair)
    calm, wild = (premium[STATE.regime == regime].mean() for regime in (0, 2))
    assert calm > 0.05 > wild
    assert 1.0 < np.mean(quoted**2) / np.mean(fair**2) < 1.5


def test_an_index_hides_the_truth_but_tells_of_it() -> None:
    quoted = indices(LAW, PREMIUM, STATE, seed=2)
    fair = np.log(expected_variance(LAW, STATE, [5])[:, 0])
    for symbol in TENORS:
        assert 0.5 < np.corrcoef(np.log(quoted[symbol]), fair)[0, 1] < 0.95


def test_noise_persists() -> None:
    quoted = indices(LAW, PREMIUM, STATE, seed=2)["VIX"]
    fair = np.log(expected_variance(LAW, STATE, [21])[:, 0]) / 2
    noise = np.log(quoted) - (1 - PREMIUM.pull) * fair
    assert np.corrcoef(noise[20:], noise[:-20])[0, 1] > 0.4


def test_vvix_goes_with_the_fast_factor_and_with_vix() -> None:
    quoted = indices(LAW, PREMIUM, STATE, seed=2)
    vvix = quoted["VVIX"]
    # 2007-2026: mean 94, standard deviation 16, from 60 to 208; correlation of logs with VIX 0.40.
    assert 85 < vvix.mean() < 100
    assert 10 < vvix.std() < 20
    assert np.corrcoef(np.log(vvix), STATE.fast)[0, 1] > 0.3
    assert 0.2 < np.corrcoef(np.log(vvix), np.log(quoted["VIX"]))[0, 1] < 0.65


def test_quotes_come_in_hundredths() -> None:
    for symbol, quoted in indices(LAW, PREMIUM, STATE, seed=2).items():
        assert (quoted > 0).all(), symbol
        assert [float(f"{value:.2f}") for value in quoted.tolist()] == quoted.tolist()


@pytest.mark.parametrize("cut", [1, 57, 1000])
def test_a_quote_knows_no_later_session(cut: int) -> None:
    short = indices(LAW, PREMIUM, simulate(LAW, 2, cut), seed=2)
    for symbol, quoted in indices(LAW, PREMIUM, STATE, seed=2).items():
        np.testing.assert_array_equal(short[symbol], quoted[:cut])
