"""Every feature of every source carries one kind of information."""

from __future__ import annotations

from collections import Counter

import pytest

from mlrisk.features import catalogue
from mlrisk.features.groups import (
    CROSS_ASSET,
    IMPLIED,
    LEVERAGE,
    MACRO,
    REALIZED,
    REGIMES,
    GroupError,
    groups,
)
from mlrisk.params.sections import Roles
from tests.mlrisk.features.conftest import ROLES

SERIES = {
    "cpi": "CPIAUCNS", "fed_funds": "DFF", "slope": "T10Y2Y", "pmi": "NAPM",
    "unemployment": "UNRATE", "yield_2y": "DGS2", "yield_10y": "DGS10",
    "high_yield_spread": "BAMLH0A0HYM2",
}  # fmt: skip


def test_a_full_source() -> None:
    found = groups(catalogue.names(ROLES, SERIES), "SPY")
    assert Counter(found.values()) == {
        REALIZED: 19, IMPLIED: 8, LEVERAGE: 9, CROSS_ASSET: 16, MACRO: 27,
    }  # fmt: skip
    assert {name for name, group in found.items() if group == LEVERAGE} == {
        "spy_ret_1d", "spy_ret_5d", "spy_ret_10d", "spy_ret_20d", "drawdown_60d", "drawdown_250d",
        "rsi_spy_14", "skew_20d", "downside_share_20d",
    }  # fmt: skip
    assert {name for name, group in found.items() if group == IMPLIED} == {
        "vix", "vix3m", "vvix", "vix_ret_1d", "vix_ret_5d", "vix_premium_20d", "vix_term",
        "vix9d_vix",
    }  # fmt: skip


@pytest.mark.parametrize("benchmark", ["QQQ", "XLE", "SPX"])
def test_the_benchmarks_own_features_are_told_from_other_assets(benchmark: str) -> None:
    names = catalogue.names(ROLES | {"benchmark": benchmark}, SERIES)
    own = benchmark.lower()
    found = groups(names, benchmark)
    assert found[f"{own}_vol_20d"] == found[f"{own}_yang_zhang_20d"] == REALIZED
    assert found[f"{own}_ret_5d"] == found[f"rsi_{own}_14"] == LEVERAGE
    assert found["tlt_vol_20d"] == found[f"corr_{own}_tlt_20d"] == CROSS_ASSET
    assert found["hyg_tlt_spread"] == CROSS_ASSET
    assert found["high_yield_spread"] == found["ffr"] == found["days_until_fomc"] == MACRO


def test_roles_without_a_symbol() -> None:
    """What a source would give if it had the symbol goes by the name of the role."""
    alone = Roles.model_validate(
        dict.fromkeys(Roles.model_fields) | {"benchmark": "SPX", "sectors": []}
    )
    complete = alone.complete()
    names = catalogue.names(complete.market(), complete.series())
    found = groups(names, "SPX")
    assert found["bonds_vol_20d"] == found["credit_bonds_spread"] == CROSS_ASSET
    assert Counter(found.values())[MACRO] == 27


def test_regimes() -> None:
    names = [
        "regime_cluster_id",
        "prob_cluster_0",
        "prob_cluster_11",
        "prob_cluster_2_5d",
        "dist_to_centroid_2",
    ]
    assert set(groups(names, "SPY").values()) == {REGIMES}


@pytest.mark.parametrize("name", ["moon_phase", "spy_ret", "vix_", "SPY_ret_1d"])
def test_a_feature_without_a_group_is_named(name: str) -> None:
    with pytest.raises(GroupError, match=rf"feature '{name}' belongs to no group"):
        groups(["vix", name], "SPY")
