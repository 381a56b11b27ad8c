from __future__ import annotations

import math

import numpy as np
import pytest

from mlrisk.features import ranges

# One day in logs: 0.5 % up overnight, then from the open 2 % up to the high, 1 % down to the low,
# and 1 % up at the close.
NIGHT, UP, DOWN, SESSION = (np.array([value]) for value in (0.005, 0.02, -0.01, 0.01))


class TestHandWorked:
    def test_parkinson(self) -> None:
        # 0.03^2 / (4 * 0.693147) = 0.0009 / 2.772589
        assert ranges.parkinson(UP, DOWN)[0] == pytest.approx(3.246063e-4, rel=1e-6)

    def test_garman_klass(self) -> None:
        # 0.005^2 + 0.0009 / 2 - 0.386294 * 0.0001 = 0.000025 + 0.00045 - 0.0000386294
        found = ranges.garman_klass(NIGHT, UP, DOWN, SESSION)[0]
        assert found == pytest.approx(4.363706e-4, rel=1e-6)

    def test_rogers_satchell(self) -> None:
        # The high is 1 % above the close, the low 2 % below: 2 % times 1 %, and 1 % times 2 %.
        assert ranges.rogers_satchell(UP, DOWN, SESSION)[0] == pytest.approx(4e-4)

    def test_yang_zhang(self) -> None:
        # Three days that differ in their nights: sample variance 1e-4 of -1, 0, 1 %. The sessions
        # are alike: no variance, Rogers-Satchell 4e-4. k = 0.34 / (1.34 + 4 / 2) = 0.1017964.
        night = np.array([-0.01, 0.0, 0.01])
        up, down, session = (np.repeat(value, 3) for value in (UP, DOWN, SESSION))
        found = ranges.yang_zhang(night, up, down, session, 3)
        assert np.isnan(found[:2]).all()
        assert found[2] == pytest.approx(1e-4 + 0.8982036 * 4e-4, rel=1e-7)

    def test_yang_zhang_weighs_the_sessions_drift(self) -> None:
        # Closes at 0, 1, 2 % over the open: variance 1e-4 of the sessions, none of the nights.
        # Highs and lows at the ends of the move, so that Rogers-Satchell is zero.
        session = np.array([0.0, 0.01, 0.02])
        zero = np.zeros(3)
        found = ranges.yang_zhang(zero, session, zero, session, 3)[2]
        assert found == pytest.approx(0.1017964e-4, rel=1e-6)

    def test_of_a_trending_day_rogers_satchell_is_exactly_zero(self) -> None:
        up = np.array([0.0123])
        assert ranges.rogers_satchell(up, np.zeros(1), up)[0] == 0.0


class TestOvernightReturn:
    def test_leaves_out_the_dividend(self) -> None:
        # Close 100, a dividend of 1, open and close at 99: the total return is zero, and so is the
        # night, though the price fell by 1 %.
        assert ranges.overnight_return(np.array([0.0]), np.array([0.0]))[0] == 0.0
        # The same with 0.5 % up in the session.
        ret = np.array([math.log(99.5 / 99)])
        assert ranges.overnight_return(ret, np.log([99.5 / 99]))[0] == 0.0

    def test_is_what_the_session_does_not_explain(self) -> None:
        night = ranges.overnight_return(np.array([0.015]), np.array([0.01]))
        assert night[0] == 0.005

    def test_rounding_of_the_return_is_no_night(self) -> None:
        ret = math.log(101.37 / 100.11)
        night = ranges.overnight_return(np.array([round(ret, 10)]), np.array([ret]))
        assert night[0] == 0.0
        assert not np.signbit(night[0])


def bars(seed: int, length: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    night = 0.005 * rng.normal(size=length)
    path = np.cumsum(0.003 * rng.normal(size=(10, length)), axis=0)
    opens = np.exp(np.cumsum(night + np.append(0.0, path[-1, :-1])))
    return {
        "open_": opens,
        "high": opens * np.exp(np.maximum(path.max(axis=0), 0)),
        "low": opens * np.exp(np.minimum(path.min(axis=0), 0)),
        "close": opens * np.exp(path[-1]),
    }


def test_columns_agree_with_loops_over_each_window() -> None:
    prices = bars(1, 60)
    o, h, l, c = prices.values()  # noqa: E741
    ret = np.append(np.nan, np.diff(np.log(c)))
    found = ranges.columns("spy", **prices, ret=ret)
    assert len(found) == 11
    for at in range(25, 60):
        park, klass, rogers, night = [], [], [], []
        for day in range(at - 19, at + 1):
            gap = math.log(o[day] / c[day - 1])
            night.append(gap)
            park.append(math.log(h[day] / l[day]) ** 2 / (4 * math.log(2)))
            klass.append(
                gap**2
                + 0.5 * math.log(h[day] / l[day]) ** 2
                - (2 * math.log(2) - 1) * math.log(c[day] / o[day]) ** 2
            )
            rogers.append(
                math.log(h[day] / c[day]) * math.log(h[day] / o[day])
                + math.log(l[day] / c[day]) * math.log(l[day] / o[day])
            )
        daily = {"parkinson": park, "garman_klass": klass, "rogers_satchell": rogers}
        for name, variances in daily.items():
            for n in (1, 5, 20):
                expected = math.sqrt(sum(variances[-n:]))
                assert found[f"spy_{name}_{n}d"][at] == pytest.approx(expected, rel=1e-6)
        sessions = [math.log(c[day] / o[day]) for day in range(at - 19, at + 1)]
        k = 0.34 / (1.34 + 21 / 19)
        yang = np.var(night, ddof=1) + k * np.var(sessions, ddof=1) + (1 - k) * np.mean(rogers)
        assert found["spy_yang_zhang_20d"][at] == pytest.approx(math.sqrt(20 * yang), rel=1e-6)
        overnight = math.sqrt(sum(gap**2 for gap in night))
        assert found["spy_overnight_vol_20d"][at] == pytest.approx(overnight, rel=1e-6)


def test_all_measure_the_variance_of_a_market_without_drift() -> None:
    """On many days of a random walk without nights the estimators agree with its variance."""
    rng = np.random.default_rng(2)
    path = np.cumsum(0.01 / math.sqrt(400) * rng.normal(size=(400, 4000)), axis=0)
    up, down, session = np.maximum(path.max(axis=0), 0), np.minimum(path.min(axis=0), 0), path[-1]
    zero = np.zeros(4000)
    for variance in (
        ranges.parkinson(up, down),
        ranges.garman_klass(zero, up, down, session),
        ranges.rogers_satchell(up, down, session),
    ):
        # A path of 400 steps hides about 10 % of the range between its steps.
        assert 0.85e-4 < variance.mean() < 1.0e-4


def test_a_carried_session_has_no_range_and_close_only_bars_no_values() -> None:
    flat = np.full(3, 100.0)
    still = ranges.columns("spy", flat, flat, flat, flat, np.array([np.nan, 0.0, 0.0]))
    assert still["spy_garman_klass_1d"][1:].tolist() == [0.0, 0.0]
    nothing = np.full(30, np.nan)
    closes = ranges.columns("dxy", nothing, nothing, nothing, np.full(30, 95.0), np.zeros(30))
    assert all(np.isnan(column).all() for column in closes.values())
