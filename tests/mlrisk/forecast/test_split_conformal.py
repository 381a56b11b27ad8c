"""The intervals that adaptive ones are held against."""

from __future__ import annotations

import numpy as np
import pytest

from mlrisk.forecast import split_conformal

COUNT = 3_000


@pytest.fixture(scope="module")
def pairs() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(5)
    rv_hat = np.exp(rng.normal(-4, 0.3, COUNT))
    return rv_hat, rv_hat * np.exp(0.4 * rng.normal(size=COUNT))


@pytest.mark.parametrize("name", split_conformal.RIVALS)
@pytest.mark.parametrize("level", [0.8, 0.9])
def test_a_world_that_stays_the_same_is_covered(
    pairs: tuple[np.ndarray, np.ndarray], name: str, level: float
) -> None:
    rv_hat, rv = pairs
    low, high = split_conformal.RIVALS[name](rv_hat, rv, level, 250)
    assert np.isnan(low[:254]).all()
    inside = ((rv >= low) & (rv <= high))[254:]
    assert inside.mean() == pytest.approx(level, abs=0.02)


@pytest.mark.parametrize("name", split_conformal.RIVALS)
def test_only_labels_five_sessions_old_are_used(
    pairs: tuple[np.ndarray, np.ndarray], name: str
) -> None:
    rv_hat, rv = pairs
    later = rv.copy()
    later[996:] *= 7
    method = split_conformal.RIVALS[name]
    for one, two in zip(method(rv_hat, rv, 0.9, 250), method(rv_hat, later, 0.9, 250), strict=True):
        np.testing.assert_array_equal(one[:1001], two[:1001])
    assert (one[1100:] != two[1100:]).all(), "upper bounds, which no zero cuts"


def test_the_quantile_is_the_order_statistic_of_what_is_known() -> None:
    scores = np.array([5.0, 1, np.nan, 4, 2, 3, 9, 9, 9, 9])
    got = split_conformal.known_quantile(scores, 0.5, min_scores=4, horizon=4)
    # Known at the last session: 5, 1, 4, 2, 3; the third of them.
    assert got[9] == 3
    # At the one before: 5, 1, 4, 2; ceil(5 / 2) is the third as well.
    assert got[8] == 4
    assert np.isnan(got[:8]).all()


def test_the_lower_bound_is_cut_at_zero_where_it_is_below(
    pairs: tuple[np.ndarray, np.ndarray],
) -> None:
    low, high = split_conformal.absolute(*pairs, 0.9, 250)
    cut, same = split_conformal.positive(*pairs, 0.9, 250)
    assert np.nanmin(low) < 0
    np.testing.assert_array_equal(cut[254:], np.maximum(low[254:], 0))
    np.testing.assert_array_equal(high, same)


def test_the_lognormal_is_as_wide_as_its_past(pairs: tuple[np.ndarray, np.ndarray]) -> None:
    rv_hat, rv = pairs
    low, high = split_conformal.lognormal(rv_hat, rv, 0.9, 250)
    sigma = np.sqrt(np.mean(np.log(rv[:1996] / rv_hat[:1996]) ** 2))
    assert np.log(high[2000] / rv_hat[2000]) == pytest.approx(1.6448536 * sigma)
    assert low[2000] * high[2000] == pytest.approx(rv_hat[2000] ** 2)
