from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlrisk import contracts, targets
from mlrisk.calendar import sessions
from mlrisk.targets import TargetError

LENGTH = 120
CLUSTERS = contracts.REGIMES_DAILY.empty()


def returns(seed: int, length: int = LENGTH) -> np.ndarray:
    rng = np.random.default_rng(seed)
    ret = 0.01 * rng.standard_t(4, length)
    ret[0] = np.nan
    return ret


def curated(ret: np.ndarray, symbol: str = "SPY") -> pd.DataFrame:
    days = sessions(pd.Timestamp("2015-01-02"), pd.Timestamp("2018-01-01"))[: len(ret)]
    return pd.DataFrame({"symbol": symbol, "date": days, "ret": ret})


def labelled(
    rv: np.ndarray, calm_below: float, risk_off_above: float, min_history: int, horizon: int = 5
) -> list[str | None]:
    low, high = targets.thresholds(rv, calm_below, risk_off_above, min_history, horizon)
    return targets.regimes(rv, low, high)


class TestRealizedVolatility:
    def test_hand_worked(self) -> None:
        ret = np.array([np.nan, 0.03, 0.0, -0.04, 0.0, 0.0, 0.0, 0.12])
        rv = targets.realized_volatility(ret)
        # t = 0 sees 3 and 4 per cent; t = 1 sees 4; t = 2 sees 4 and 12.
        assert rv[:3] == pytest.approx([0.05, 0.04, np.sqrt(0.0016 + 0.0144)])
        assert np.isnan(rv[3:]).all()

    @pytest.mark.parametrize("at", [1, 40, 60, LENGTH - 6])
    def test_a_return_moves_the_labels_of_the_five_sessions_before_it_alone(self, at: int) -> None:
        ret = returns(1)
        other = ret.copy()
        other[at] += 0.05
        moved = targets.realized_volatility(ret) != targets.realized_volatility(other)
        moved &= ~np.isnan(targets.realized_volatility(ret))
        assert np.flatnonzero(moved).tolist() == list(range(max(at - 5, 0), at))

    def test_the_last_five_are_unknown(self) -> None:
        known = ~np.isnan(targets.realized_volatility(returns(2)))
        assert known[:-5].all()
        assert not known[-5:].any()

    def test_later_returns_change_no_bit(self) -> None:
        ret = returns(3)
        rv = targets.realized_volatility(ret)
        part = targets.realized_volatility(ret[:80])
        assert part[:75].tobytes() == rv[:75].tobytes()

    def test_a_null_return_ahead_is_a_null_label(self) -> None:
        ret = returns(4)
        ret[50] = np.nan
        unknown = np.flatnonzero(np.isnan(targets.realized_volatility(ret)[:-5]))
        assert unknown.tolist() == [45, 46, 47, 48, 49]

    def test_a_market_that_stood_still_has_no_label(self) -> None:
        ret = np.array([np.nan, 0.01, 0.0, 0.0, 0.0, 0.0, 0.0, 0.01])
        rv = targets.realized_volatility(ret)
        assert np.isnan(rv[1])
        assert rv[[0, 2]] == pytest.approx([0.01, 0.01])

    @pytest.mark.parametrize("length", [0, 1, 5])
    def test_too_short_a_history_has_no_labels(self, length: int) -> None:
        assert np.isnan(targets.realized_volatility(np.full(length, 0.01))).all()


class TestRegimes:
    def test_hand_worked(self) -> None:
        # Known at t = 9 are the values of t = 0..4: 1 to 5, median 3, quantile 0.75 is 4.
        history = [1.0, 5.0, 2.0, 4.0, 3.0]
        for ahead, label in [
            (2.9, "calm"),
            (3.0, "transition"),
            (4.0, "transition"),
            (4.1, "risk_off"),
        ]:
            rv = np.array([*history, 1.0, 1.0, 1.0, 1.0, ahead])
            found = labelled(rv, 0.5, 0.75, min_history=5)
            assert found == [None] * 9 + [label]

    def test_agrees_with_a_quantile_of_each_history(self) -> None:
        rv = targets.realized_volatility(returns(5))
        rv[[20, 21, 70]] = np.nan
        labels = labelled(rv, 0.5, 0.85, min_history=30)
        for at, label in enumerate(labels):
            known = rv[: max(at - 4, 0)]
            known = known[~np.isnan(known)]
            if len(known) < 30 or np.isnan(rv[at]):
                assert label is None
                continue
            calm, risk_off = np.quantile(known, [0.5, 0.85])
            expected = (
                "calm" if rv[at] < calm else "risk_off" if rv[at] > risk_off else "transition"
            )
            assert label == expected
        assert set(labels) == {None, "calm", "transition", "risk_off"}

    @settings(max_examples=30)
    @given(st.integers(40, LENGTH - 1), st.integers(0, 2**16))
    def test_thresholds_use_labels_known_by_then(self, at: int, seed: int) -> None:
        """Of the values ahead, only its own may move a label."""
        rv = np.abs(returns(6)) + 1e-4
        rv[0] = 0.01
        later = rv.copy()
        ahead = np.arange(LENGTH) > at - 5
        ahead[at] = False
        later[ahead] = np.random.default_rng(seed).uniform(1e-6, 1, int(ahead.sum()))
        labels = labelled(rv, 0.5, 0.85, min_history=30)
        assert labels[at] is not None
        assert labelled(later, 0.5, 0.85, min_history=30)[at] == labels[at]

    def test_values_not_yet_known_would_move_a_threshold(self) -> None:
        """The check above bites: quantiles that see the last four values give another label."""
        rv = np.append(np.arange(1.0, 98.0), [49.0] * 4)
        rv[100] = 47.5  # between the medians of 96 and of 100 values
        later = rv.copy()
        later[96:100] = 0.5
        honest = [labelled(values, 0.5, 0.85, 30)[100] for values in (rv, later)]
        peeking = [labelled(values, 0.5, 0.85, 30, horizon=1)[100] for values in (rv, later)]
        assert honest == ["calm", "calm"]
        assert peeking == ["calm", "transition"]

    @given(st.lists(st.floats(1e-6, 1), min_size=1, max_size=40), st.floats(0.01, 0.99))
    def test_quantile_is_the_usual_one(self, values: list[float], share: float) -> None:
        assert targets.quantile(sorted(values), share) == pytest.approx(np.quantile(values, share))


class TestBuild:
    OPTIONS: ClassVar[dict[str, Any]] = {
        "target": "quantiles",
        "classes": 3,
        "calm_below": 0.5,
        "risk_off_above": 0.85,
        "min_history": 30,
    }

    def test_keeps_its_contract(self) -> None:
        market = pd.concat([curated(returns(7)), curated(returns(8), "TLT")], ignore_index=True)
        labels = targets.build(market, CLUSTERS, "TLT", **self.OPTIONS)
        contracts.LABELS_DAILY.validate(labels)
        rv = targets.realized_volatility(returns(8))
        assert labels["rv_5d"].to_numpy().tobytes() == rv.tobytes()
        assert labels["date"].tolist() == market.loc[market["symbol"] == "TLT", "date"].tolist()
        assert labels["regime_5d"].notna().sum() == LENGTH - 5 - 34

    @settings(max_examples=20)
    @given(st.integers(6, LENGTH - 1))
    def test_what_was_known_at_a_date_is_never_rewritten(self, at: int) -> None:
        market = curated(returns(9))
        whole = targets.build(market, CLUSTERS, "SPY", **self.OPTIONS)
        then = targets.build(market.iloc[: at + 1], CLUSTERS, "SPY", **self.OPTIONS)
        pd.testing.assert_frame_equal(then.iloc[: at - 4], whole.iloc[: at - 4], check_exact=True)
        assert then["rv_5d"].iloc[at - 4 :].isna().all()
        known = ["rv_calm_below", "rv_risk_off_above"]
        pd.testing.assert_frame_equal(then[known], whole.loc[:at, known], check_exact=True)

    def test_with_two_classes_all_but_risk_off_is_calm(self) -> None:
        market = curated(returns(7))
        three = targets.build(market, CLUSTERS, "SPY", **self.OPTIONS)
        two = targets.build(market, CLUSTERS, "SPY", **(self.OPTIONS | {"classes": 2}))
        assert set(two["regime_5d"].dropna()) == {"calm", "risk_off"}
        same = three["regime_5d"] == "risk_off"
        assert same.equals(two["regime_5d"] == "risk_off")
        assert two["regime_5d"].notna().equals(three["regime_5d"].notna())


class TestRegimesOfClusters:
    OPTIONS = TestBuild.OPTIONS | {"target": "clusters"}

    @staticmethod
    def published(ids: list[float], count: int = 4) -> pd.DataFrame:
        dates = curated(returns(7))["date"][: len(ids)]
        given_ = {f"prob_cluster_{name}": 1 / count for name in range(count)}
        later = {f"{name}_5d": value for name, value in given_.items()}
        return pd.DataFrame({"date": dates, "regime_cluster_id": ids, **given_, **later})

    def test_a_label_is_what_is_published_five_sessions_on(self) -> None:
        ids = [np.nan, np.nan, 0.0, 1.0, 2.0, 3.0, 0.0, np.nan, 3.0]
        clusters = self.published(ids)
        labels = targets.regimes_of_clusters(clusters["date"], clusters)
        assert labels == ["risk_off", "calm", None, "risk_off", *[None] * 5]
        assert targets.regimes_of_clusters(clusters["date"][3:], clusters)[0] == "risk_off"

    def test_clusters_in_between_are_transition(self) -> None:
        clusters = self.published([0.0] * 5 + [0.0, 1.0, 2.0, 3.0])
        labels = targets.regimes_of_clusters(clusters["date"], clusters)
        assert labels[:4] == ["calm", "transition", "transition", "risk_off"]

    def test_there_are_no_thresholds(self) -> None:
        market = curated(returns(7))
        labels = targets.build(market, self.published([1.0] * 60), "SPY", **self.OPTIONS)
        contracts.LABELS_DAILY.validate(labels)
        assert labels[["rv_calm_below", "rv_risk_off_above"]].isna().all(axis=None)
        assert labels["regime_5d"].eq("transition").sum() == 55

    def test_without_clusters_it_says_what_to_do(self) -> None:
        with pytest.raises(TargetError, match=r"data/regimes_daily, which has 0; .*quantiles"):
            targets.build(curated(returns(7)), CLUSTERS, "SPY", **self.OPTIONS)

    def test_a_benchmark_without_rows_is_an_error(self) -> None:
        with pytest.raises(TargetError, match=r"benchmark 'QQQ' has no rows.*conf/roles"):
            targets.build(curated(returns(7)), CLUSTERS, "QQQ", **self.OPTIONS)
