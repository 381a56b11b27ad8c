from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from mlrisk.features import macro

if TYPE_CHECKING:
    from tests.mlrisk.features.conftest import World


def aligned(length: int = 30) -> pd.DataFrame:
    steps = np.arange(float(length))
    return pd.DataFrame(
        {
            "cpi_yoy": 3.0,
            "ffr": 5.0 + 0.01 * steps,
            "slope_10y_2y": 0.02 * steps,
            "ism_pmi": 50.0,
            "unemp": 4.0,
            "yield_2y": 4.0 + 0.03 * steps,
            "yield_10y": 4.0 + 0.05 * steps,
            "high_yield_spread": 3.0 - 0.01 * steps,
        }
    )


ALL = ("cpi", "fed_funds", "slope", "pmi", "unemployment", "yield_2y", "yield_10y")


class TestLevels:
    def test_values_changes_and_the_real_rate(self) -> None:
        found = macro.levels(aligned(), [*ALL, "high_yield_spread"])
        last = {name: column[-1] for name, column in found.items()}
        assert last == pytest.approx(
            {
                "cpi_yoy": 3.0,
                "ffr": 5.29,
                "ffr_chg_20d": 0.20,
                "ffr_real": 2.29,
                "slope_10y_2y": 0.58,
                "slope_10y_2y_chg_5d": 0.10,
                "slope_10y_2y_chg_20d": 0.40,
                "ism_pmi": 50.0,
                "unemp": 4.0,
                "yield_2y": 4.87,
                "yield_2y_chg_5d": 0.15,
                "yield_2y_chg_20d": 0.60,
                "yield_10y": 5.45,
                "yield_10y_chg_5d": 0.25,
                "yield_10y_chg_20d": 1.00,
                "high_yield_spread": 2.71,
                "high_yield_spread_chg_5d": -0.05,
                "high_yield_spread_chg_20d": -0.20,
            }
        )

    @pytest.mark.parametrize(
        ("roles", "columns"),
        [
            ([], []),
            (["cpi"], ["cpi_yoy"]),
            (["fed_funds"], ["ffr", "ffr_chg_20d"]),
            (["cpi", "fed_funds"], ["cpi_yoy", "ffr", "ffr_chg_20d", "ffr_real"]),
        ],
    )
    def test_a_role_that_is_absent_has_no_columns(
        self, roles: list[str], columns: list[str]
    ) -> None:
        assert list(macro.levels(aligned(), roles)) == columns

    def test_a_change_from_a_null_is_null(self) -> None:
        table = aligned()
        table.loc[20, "slope_10y_2y"] = np.nan
        found = macro.levels(table, ["slope"])["slope_10y_2y_chg_5d"]
        assert np.flatnonzero(np.isnan(found)).tolist() == [0, 1, 2, 3, 4, 20, 25]


class TestScores:
    def test_are_of_the_sample_known_on_each_session(self, world: World) -> None:
        found = macro.scores(world.macro, world.series, world.sessions)
        for role, name in macro.SCORES.items():
            rows = world.macro[world.macro["series_id"] == world.series[role]]
            for at in (0, 137, len(world.sessions) - 1):
                session = world.sessions[at]
                released = rows["release_datetime"].dt.tz_convert("America/New_York").dt.date
                then = rows[released < session.date()]  # known before the day began
                sample = then.groupby("macro_value_date")["value"].last()
                if role == "cpi":
                    sample = (100 * (sample / sample.shift(12) - 1)).dropna()
                expected = (sample.iloc[-1] - sample.mean()) / sample.std()
                assert found[name][at] == pytest.approx(expected)

    def test_only_of_the_roles_that_are_filled(self, world: World) -> None:
        series = {"pmi": "NAPM", "fed_funds": "DFF"}
        assert list(macro.scores(world.macro, series, world.sessions)) == ["ism_pmi_z"]

    def test_null_before_36_months(self, world: World) -> None:
        recent = world.macro[world.macro["macro_value_date"] >= "2017-01-01"]
        found = macro.scores(recent, {"pmi": "NAPM"}, world.sessions)["ism_pmi_z"]
        first = world.sessions[np.flatnonzero(~np.isnan(found))[0]]
        # December 2019 is the 36th month; it is released on 2020-01-10.
        assert first == pd.Timestamp("2020-01-13")


SERIES = {"cpi": "CPIAUCNS", "fed_funds": "DFF", "pmi": "NAPM", "unemployment": "UNRATE"}


class TestPointInTime:
    @staticmethod
    def flagged(*series: str) -> pd.DataFrame:
        names = ["CPIAUCNS", "DFF", "NAPM", "UNRATE"]
        last = [name not in series for name in names]
        return pd.DataFrame({"series_id": 2 * names, "point_in_time": [*4 * [True], *last]})

    @pytest.mark.parametrize(
        ("series", "columns"),
        [
            ((), []),
            (("NAPM",), ["ism_pmi", "ism_pmi_z"]),
            (("UNRATE",), ["unemp", "unemp_rate_z"]),
            (("CPIAUCNS",), ["cpi_yoy", "cpi_yoy_z", "ffr_real"]),
            (("DFF",), ["ffr", "ffr_chg_20d", "ffr_real"]),
        ],
    )
    def test_one_revised_value_flags_every_column_of_its_series(
        self, series: tuple[str, ...], columns: list[str]
    ) -> None:
        assert macro.not_point_in_time(self.flagged(*series), SERIES) == columns

    def test_of_roles_that_are_filled_alone(self) -> None:
        table = self.flagged("NAPM", "CPIAUCNS")
        assert macro.not_point_in_time(table, {"cpi": "CPIAUCNS"}) == ["cpi_yoy", "cpi_yoy_z"]

    def test_flags_every_column_that_moves_with_the_series(self, world: World) -> None:
        """Against the features themselves: change one series, and see what moves."""
        for role, name in world.series.items():
            rows = world.macro["series_id"] == name
            changed = world.macro.assign(
                value=world.macro["value"].where(~rows, 1.1 * world.macro["value"] + 0.1)
            )
            other = replace(world, macro=changed).features()
            usual = world.features()
            moved = [column for column in usual if not usual[column].equals(other[column])]
            table = world.macro.assign(point_in_time=~rows)
            flagged = macro.not_point_in_time(table, world.series)
            assert set(moved) <= set(flagged), role
