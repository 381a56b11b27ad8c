from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import hydra
import pandas as pd
import pytest
from omegaconf import OmegaConf

from mlrisk import contracts
from mlrisk.features import table
from mlrisk.features.table import FeatureError
from mlrisk.params.sections import Features, Roles

if TYPE_CHECKING:
    from tests.mlrisk.features.conftest import World

CONF = Path(__file__).parents[3] / "conf"
SETS = ("price_only", "core", "events", "market", "full")


def compose(*overrides: str) -> dict[str, Any]:
    with hydra.initialize_config_dir(str(CONF), version_base=None):
        tree = OmegaConf.to_container(hydra.compose("config", overrides=list(overrides)))
    assert isinstance(tree, dict)
    return {str(key): value for key, value in tree.items()}


def columns_of(name: str, *overrides: str) -> list[str]:
    tree = compose(f"features={name}", *overrides)
    features = Features(**tree["features"])
    assert features.name == name
    return Roles(**tree["roles"]).columns(features.columns)


def build_alone(world: World, benchmark: str) -> pd.DataFrame:
    """Features of one symbol, without a calendar of events."""
    nothing = contracts.RAW_CALENDAR.empty()
    return table.build(world.market(), world.aligned(), world.macro, nothing, benchmark=benchmark)


class TestBuild:
    def test_keeps_its_contract_on_the_sessions_of_the_benchmark(self, world: World) -> None:
        features = world.features()
        contracts.FEATURES_DAILY.validate(features)
        assert features["date"].tolist() == world.sessions.tolist()
        assert not features.columns.duplicated().any()

    def test_every_column_has_values(self, world: World) -> None:
        features = world.features()
        assert features.columns[features.isna().all()].tolist() == []
        # After the longest window only what a negative price forbids is null.
        late = features.iloc[250:]
        assert late.columns[late.isna().any()].tolist() == []

    def test_a_history_that_begins_later_is_null_before(self, world: World) -> None:
        features = world.features()
        assert features["vix9d_vix"].first_valid_index() == 40
        assert features["vix_term"].first_valid_index() == 0
        assert features["sector_dispersion_1d"].first_valid_index() == 16

    def test_a_negative_price_is_null_for_as_long_as_it_is_in_the_window(
        self, world: World
    ) -> None:
        features = world.features()
        unknown = features.index[features["wti_vol_20d"].isna()].tolist()
        assert unknown == [*range(20), *range(200, 221)]

    def test_roles_that_are_absent_have_no_columns(self, world: World) -> None:
        features = build_alone(world, "GLD")
        assert all(
            name.startswith(("gld_", "drawdown_", "downside_"))
            or name in {"date", "rsi_gld_14", "skew_20d", "kurt_20d"}
            for name in features.columns
        )
        assert len(features.columns) == 29

    def test_another_benchmark_gives_its_own_names(self, world: World) -> None:
        features = table.build(
            world.market(),
            world.aligned(),
            world.macro,
            world.announcements,
            benchmark="TLT",
            bonds="SPY",
            credit="HYG",
        )
        assert {"corr_tlt_spy_20d", "corr_tlt_hyg_20d", "hyg_spy_spread"} <= set(features.columns)
        usual = world.features()
        assert features["corr_tlt_spy_20d"].equals(usual["corr_spy_tlt_20d"])

    def test_a_symbol_that_has_not_begun_yet_is_null(self, world: World) -> None:
        early = world.known_by(world.sessions[30]).features()
        assert early["vix9d_vix"].isna().all()
        assert list(early.columns) == list(world.features().columns)

    def test_a_benchmark_without_rows_is_an_error(self, world: World) -> None:
        with pytest.raises(FeatureError, match=r"benchmark 'QQQ' has no rows .*SPY.*conf/roles"):
            build_alone(world, "QQQ")

    def test_macro_rows_that_are_missing_are_an_error(self, world: World) -> None:
        with pytest.raises(FeatureError, match="no row for 2 of 300 sessions, first 2019-06-03"):
            table.build(
                world.market(),
                world.aligned().iloc[2:],
                world.macro,
                world.announcements,
                benchmark="SPY",
                series=world.series,
            )


class TestSets:
    @pytest.mark.parametrize("name", SETS)
    def test_names_features_that_the_default_roles_give(self, name: str, world: World) -> None:
        columns = columns_of(name)
        assert sorted(set(columns) - set(world.features().columns)) == []
        assert len(columns) == len(set(columns))

    def test_of_prices_alone_works_with_an_index_and_nothing_else(self, world: World) -> None:
        features = build_alone(world, "SPY")
        columns = columns_of("price_only", "roles=sp500", "roles.benchmark=SPY")
        assert set(columns) == set(features.columns) - {"date"}

    def test_each_holds_the_smaller_ones(self) -> None:
        sets = {name: set(columns_of(name)) for name in SETS}
        assert sets["core"] < sets["events"]
        assert sets["price_only"] | sets["core"] < sets["market"] < sets["full"]

    def test_core_is_the_required_list(self) -> None:
        assert columns_of("core") == [
            "spy_ret_1d", "spy_ret_5d", "spy_ret_20d",
            "spy_vol_5d", "spy_vol_10d", "spy_vol_20d", "drawdown_60d",
            "vix", "vix3m", "vix_term", "rsi_spy_14",
            "corr_spy_tlt_20d", "corr_spy_hyg_20d", "hyg_tlt_spread",
        ]  # fmt: skip

    def test_only_series_without_real_vintages_are_in_none(self, world: World) -> None:
        given = set(world.features().columns) - {"date"}
        assert given - set(columns_of("full")) - set(columns_of("events")) == {
            "ism_pmi", "ism_pmi_z", "unemp", "unemp_rate_z",
        }  # fmt: skip
        assert set(columns_of("events")) - set(columns_of("core")) == {
            f"days_{way}_{event}"
            for way in ("since", "until")
            for event in ("cpi", "employment", "fomc")
        }

    @pytest.mark.parametrize("name", SETS)
    def test_follows_the_roles(self, name: str) -> None:
        columns = columns_of(name, "roles.benchmark=QQQ", "roles.bonds=IEF")
        assert not [column for column in columns if "spy" in column or "tlt" in column]
