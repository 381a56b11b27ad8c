from __future__ import annotations

import math

import numpy as np
import pytest

from mlrisk.features import market


def walk(seed: int, length: int) -> np.ndarray:
    return 100 * np.exp(np.cumsum(0.01 * np.random.default_rng(seed).normal(size=length)))


def daily(close: np.ndarray) -> np.ndarray:
    return np.append(np.nan, np.diff(np.log(close)))


class TestBenchmark:
    def test_columns_carry_its_name(self) -> None:
        close = walk(1, 260)
        columns = market.benchmark("qqq", close, close / close[0], daily(close))
        assert list(columns) == [
            "qqq_ret_1d", "qqq_ret_5d", "qqq_ret_10d", "qqq_ret_20d", "qqq_rv_1d",
            "qqq_vol_5d", "qqq_vol_10d", "qqq_vol_20d", "qqq_vol_60d", "qqq_vol_250d",
            "qqq_ewma_vol", "drawdown_60d", "drawdown_250d", "rsi_qqq_14",
            "skew_20d", "kurt_20d", "downside_share_20d",
        ]  # fmt: skip

    def test_returns_and_volatilities(self) -> None:
        close = walk(2, 260)
        ret = daily(close)
        columns = market.benchmark("spy", close, close / close[0], ret)
        for n in (5, 10, 20):
            assert columns[f"spy_ret_{n}d"][-1] == pytest.approx(
                math.log(close[-1] / close[-1 - n])
            )
        for n in (5, 10, 20, 60, 250):
            assert columns[f"spy_vol_{n}d"][-1] == pytest.approx(np.linalg.norm(ret[-n:]))
            first = np.flatnonzero(~np.isnan(columns[f"spy_vol_{n}d"]))[0]
            assert first == n  # the first session has no return
        assert columns["spy_rv_1d"][-1] == abs(ret[-1])

    def test_multi_day_returns_pay_dividends_and_drawdowns_look_at_the_price(self) -> None:
        close = np.full(260, 100.0)
        close[-1] = 99.0  # ex-dividend
        index = np.ones(260)
        columns = market.benchmark("spy", close, index, np.append(np.nan, np.zeros(259)))
        assert columns["spy_ret_5d"][-1] == 0
        assert columns["drawdown_60d"][-1] == pytest.approx(0.01)


class TestEwma:
    def test_is_riskmetrics_recursion_over_a_long_history(self) -> None:
        ret = 0.01 * np.random.default_rng(3).standard_t(5, 900)
        found = market.ewma_volatility(ret)
        variance = ret[0] ** 2
        for at, value in enumerate(ret):
            variance = 0.94 * variance + 0.06 * value**2
            if at > 600:
                assert found[at] == pytest.approx(math.sqrt(variance), rel=1e-5)

    def test_weights_sum_to_one(self) -> None:
        assert market.ewma_volatility(np.full(250, -0.02))[-1] == pytest.approx(0.02, rel=1e-12)

    def test_wants_its_whole_window(self) -> None:
        known = ~np.isnan(market.ewma_volatility(np.full(260, 0.01)))
        assert np.flatnonzero(known)[0] == 249


class TestDrawdown:
    def test_by_hand(self) -> None:
        found = market.drawdown(np.array([100.0, 120.0, 90.0, 108.0, 99.0]), 3)
        assert found[2:].tolist() == pytest.approx([0.25, 0.1, 1 - 99 / 108])

    def test_the_high_leaves_the_window(self) -> None:
        close = np.append(200.0, np.full(60, 100.0))
        assert market.drawdown(close, 60)[-2:].tolist() == [0.5, 0.0]


class TestRelativeStrength:
    def test_is_wilders_recursion_over_a_long_history(self) -> None:
        close = walk(4, 1200)
        found = market.relative_strength(close)
        moves = np.diff(close)
        up = np.maximum(moves[:14], 0).mean()
        down = np.maximum(-moves[:14], 0).mean()
        for at in range(14, len(moves)):
            up = (13 * up + max(moves[at], 0)) / 14
            down = (13 * down + max(-moves[at], 0)) / 14
            if at > 900:
                assert found[at + 1] == pytest.approx(100 - 100 / (1 + up / down), abs=1e-4)

    def test_of_one_gain_and_one_loss_by_hand(self) -> None:
        close = np.full(260, 100.0)
        close[-2] = 103.0  # up 3 at k = 1, down 3 at k = 0
        weight = 13 / 14
        assert market.relative_strength(close)[-1] == pytest.approx(100 * weight / (1 + weight))

    def test_only_gains_only_losses_and_neither(self) -> None:
        rising = np.arange(1.0, 261.0)
        assert market.relative_strength(rising)[-1] == 100
        assert market.relative_strength(rising[::-1].copy())[-1] == 0
        assert np.isnan(market.relative_strength(np.full(260, 5.0))).all()

    def test_does_not_hang_on_the_unit_of_the_price(self) -> None:
        close = walk(5, 300)
        assert market.relative_strength(close * 7)[-1] == pytest.approx(
            market.relative_strength(close)[-1], rel=1e-12
        )


class TestDownsideShare:
    def test_by_hand(self) -> None:
        found = market.downside_share(np.array([np.nan, 0.01, -0.02, 0.01, 0.0]), 3)
        assert found[3:].tolist() == pytest.approx([4 / 6, 4 / 5])
        assert np.isnan(found[:3]).all()

    def test_of_a_market_that_stood_still_is_null(self) -> None:
        assert np.isnan(market.downside_share(np.zeros(5), 3)).all()


class TestImpliedVolatility:
    CLOSES = {  # noqa: RUF012
        "vix": np.array([20.0, 22.0, 33.0, 30.0, 25.0, 24.0]),
        "vix3m": np.array([22.0, 22.0, 27.5, 27.0, 25.0, 24.0]),
        "vix9d": np.array([np.nan, 22.0, 39.6, 30.0, 25.0, 24.0]),
        "vvix": np.array([90.0, 95.0, 130.0, 120.0, 110.0, 100.0]),
    }

    def test_by_hand(self) -> None:
        realised = np.full(6, 0.05)
        realised[0] = 0.0
        found = market.implied_volatility(self.CLOSES, realised)
        assert found["vix_term"][2] == pytest.approx(27.5 / 33)
        assert found["vix9d_vix"][2] == pytest.approx(1.2)
        assert np.isnan(found["vix9d_vix"][0])
        assert found["vix_ret_1d"][2] == pytest.approx(math.log(1.5))
        assert found["vix_ret_5d"][5] == pytest.approx(math.log(1.2))
        # 30 points a year are 30 % * sqrt(20 / 252) = 8.452 % over 20 sessions.
        assert found["vix_premium_20d"][3] == pytest.approx(math.log(0.0845154 / 0.05), rel=1e-6)
        assert np.isnan(found["vix_premium_20d"][0])
        assert found["vvix"][1] == 95.0

    @pytest.mark.parametrize(
        ("roles", "columns"),
        [
            ([], []),
            (["vix3m"], ["vix3m"]),
            (["vix"], ["vix", "vix_ret_1d", "vix_ret_5d", "vix_premium_20d"]),
            (["vix9d", "vvix"], ["vvix"]),
        ],
    )
    def test_a_role_that_is_absent_has_no_columns(
        self, roles: list[str], columns: list[str]
    ) -> None:
        closes = {role: self.CLOSES[role] for role in roles}
        assert list(market.implied_volatility(closes, np.full(6, 0.05))) == columns


class TestOtherAssets:
    def test_asset(self) -> None:
        close = walk(6, 40)
        columns = market.asset("gld", close / close[0], daily(close))
        assert columns["gld_ret_5d"][-1] == pytest.approx(math.log(close[-1] / close[-6]))
        assert columns["gld_vol_20d"][-1] == pytest.approx(np.linalg.norm(daily(close)[-20:]))

    def test_correlation_and_spread(self) -> None:
        left, right = daily(walk(7, 40)), daily(walk(8, 40))
        column = market.correlation("spy", left, "tlt", right)["corr_spy_tlt_20d"]
        assert column[-1] == pytest.approx(np.corrcoef(left[-20:], right[-20:])[0, 1])
        assert np.flatnonzero(~np.isnan(column))[0] == 20
        difference = market.spread("hyg", left, "tlt", right)["hyg_tlt_spread"]
        assert difference[-1] == left[-1] - right[-1]


class TestSectors:
    def test_dispersion_by_hand(self) -> None:
        returns = [np.full(20, value) for value in (0.01, 0.02, 0.06)]
        found = market.sectors(returns)
        # Mean 3 per cent, deviations -2, -1, 3, variance 14 / 2.
        assert found["sector_dispersion_1d"] == pytest.approx(math.sqrt(7e-4))
        assert found["sector_dispersion_20d"][-1] == pytest.approx(math.sqrt(7e-4))

    def test_correlation_is_the_mean_of_the_pairs(self) -> None:
        returns = [daily(walk(seed, 30)) for seed in (1, 2, 3, 4)]
        found = market.sectors(returns)["sector_corr_20d"]
        pairs = np.corrcoef([ret[-20:] for ret in returns])[np.triu_indices(4, 1)]
        assert found[-1] == pytest.approx(pairs.mean())

    def test_waits_for_the_youngest_sector(self) -> None:
        young = daily(walk(1, 60))
        young[:30] = np.nan
        found = market.sectors([daily(walk(2, 60)), young])
        first = {name: np.flatnonzero(~np.isnan(column))[0] for name, column in found.items()}
        assert first == {
            "sector_dispersion_1d": 30, "sector_dispersion_20d": 49, "sector_corr_20d": 49,
        }  # fmt: skip

    @pytest.mark.parametrize("count", [0, 1])
    def test_one_sector_does_not_disperse(self, count: int) -> None:
        assert market.sectors([daily(walk(1, 30))] * count) == {}
