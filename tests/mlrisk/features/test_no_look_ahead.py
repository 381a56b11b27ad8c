"""No look-ahead: whatever comes after a session, its row stays the same to the last bit.

The whole way is walked, from raw rows by curation to features, so that the alignment of gaps,
vintages and release times is under proof, too. The second half of the file proves the proof: it
lets single features see the next day and holds that the check notices each.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlrisk import calendar, vintages
from mlrisk.features import macro as macro_features
from mlrisk.features import market, ranges, table

if TYPE_CHECKING:
    from tests.mlrisk.features.conftest import World

Build = Callable[["World"], pd.DataFrame]

LENGTH = 300
"""Sessions of the world."""


def differing(one: pd.DataFrame, other: pd.DataFrame) -> list[str]:
    """Columns that differ in any bit."""
    assert list(one.columns) == list(other.columns)
    assert len(one) == len(other)
    return [
        name
        for name in one.columns
        if one[name].to_numpy().tobytes() != other[name].to_numpy().tobytes()
    ]


def moved_by_the_future(
    build: Build, world: World, at: int, seed: int, whole: pd.DataFrame | None = None
) -> set[str]:
    """Columns whose rows up to ``at`` differ when the future is cut off, or is another one."""
    session = world.sessions[at]
    past = build(world.known_by(session))
    assert len(past) == at + 1
    whole = build(world) if whole is None else whole
    changed = build(world.changed_after(session, seed))
    return {*differing(whole.iloc[: at + 1], past), *differing(changed.iloc[: at + 1], past)}


def features(world: World) -> pd.DataFrame:
    return world.features()


@pytest.fixture(scope="module")
def whole(world: World) -> pd.DataFrame:
    return world.features()


@settings(max_examples=8)
@given(at=st.integers(1, LENGTH - 1), seed=st.integers(0, 2**16))
def test_no_feature_knows_the_future(at: int, seed: int, world: World, whole: pd.DataFrame) -> None:
    assert moved_by_the_future(features, world, at, seed, whole) == set()


@pytest.mark.parametrize("dropped", [1, 20, 45])
def test_no_feature_remembers_what_its_window_has_left(dropped: int, world: World) -> None:
    rows, aligned = world.market(), world.aligned()
    first = world.sessions[dropped]
    whole = table.build(
        rows, aligned, world.macro, world.announcements, **world.roles, series=world.series
    )
    late = table.build(
        rows[rows["date"] >= first],
        aligned[aligned["date"] >= first],
        world.macro,
        world.announcements,
        **world.roles,
        series=world.series,
    )
    # 250 changes of the close want 251 closes.
    assert differing(whole.iloc[dropped + 250 :], late.iloc[250:]) == []


class TestTheCheckBites:
    AT = 270

    def test_every_column_shifted_by_a_day_is_noticed(self, world: World) -> None:
        def peeking(world: World) -> pd.DataFrame:
            honest = world.features()
            return honest.assign(
                **{name: honest[name].shift(-1) for name in honest.columns if name != "date"}
            )

        columns = set(world.features().columns) - {"date"}
        assert moved_by_the_future(peeking, world, self.AT, seed=1) == columns

    @pytest.mark.parametrize(
        ("module", "function", "columns"),
        [
            (market, "ewma_volatility", {"spy_ewma_vol"}),
            (market, "drawdown", {"drawdown_60d", "drawdown_250d"}),
            (market, "relative_strength", {"rsi_spy_14"}),
            (market, "rolling_correlation", {"corr_spy_tlt_20d", "corr_spy_hyg_20d"}),
            (ranges, "rogers_satchell", {"spy_rogers_satchell_1d", "spy_yang_zhang_20d"}),
            (macro_features, "change", {"slope_10y_2y_chg_5d", "high_yield_spread_chg_20d"}),
        ],
    )
    def test_a_function_that_sees_the_next_day_is_noticed(
        self,
        module: object,
        function: str,
        columns: set[str],
        world: World,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        honest = getattr(module, function)
        monkeypatch.setattr(module, function, lambda *args: np.append(honest(*args)[1:], np.nan))
        moved = moved_by_the_future(features, world, self.AT, seed=1)
        assert columns <= moved
        assert "spy_ret_1d" not in moved

    def test_monthly_values_joined_by_their_period_are_noticed(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The classic mistake: January's inflation on the sessions of January."""

        def by_period(release: pd.Series) -> pd.Series:
            return calendar.first_session_after_release(release) - pd.Timedelta(days=45)

        naive = vintages.Timing(usable=by_period, fresh=vintages.MONTHLY.fresh)
        monkeypatch.setattr(vintages, "MONTHLY", naive)
        moved = moved_by_the_future(features, world, self.AT, seed=1)
        assert {"cpi_yoy", "cpi_yoy_z", "ism_pmi", "ism_pmi_z", "unemp", "unemp_rate_z"} <= moved
        assert "ffr" not in moved

    def test_a_daily_rate_on_its_own_day_is_noticed(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def a_day_early(release: pd.Series) -> pd.Series:
            return calendar.first_session_informed(release - pd.Timedelta(days=1))

        naive = vintages.Timing(usable=a_day_early, fresh=vintages.DAILY.fresh)
        monkeypatch.setattr(vintages, "DAILY", naive)
        moved = moved_by_the_future(features, world, self.AT, seed=1)
        assert {"ffr", "yield_2y", "slope_10y_2y", "high_yield_spread_chg_5d"} <= moved
        assert "cpi_yoy" not in moved

    def test_a_score_against_the_whole_sample_is_noticed(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full_sample(rows: pd.DataFrame) -> pd.DataFrame:
            value = (rows["value"] - rows["value"].mean()) / rows["value"].std()
            return rows.assign(value=value)

        monkeypatch.setattr(vintages, "standardized", full_sample)
        moved = moved_by_the_future(features, world, self.AT, seed=1)
        assert moved == {"cpi_yoy_z", "ism_pmi_z", "unemp_rate_z"}
