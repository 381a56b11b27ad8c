"""Trees on a line: what they add, in which direction, and how it is explained."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shap
import yaml

from app import compose
from mlrisk.evaluation.losses import qlike
from mlrisk.features import catalogue
from mlrisk.forecast import roster
from mlrisk.forecast.base import BASELINE, FloatArray
from mlrisk.forecast.boosted_linear import BoostedFromLinear, LightgbmFromLinear
from mlrisk.forecast.columns import values_of
from mlrisk.forecast.linear import LogLinear
from mlrisk.params import Params, parse_params
from mlrisk.params.forecasting import Forecast
from mlrisk.params.sections import Roles
from tests.conftest import PROJECT
from tests.mlrisk.conftest import SETTINGS
from tests.mlrisk.forecast.trees import grown, shapley

NAMES = ["lightgbm_linear", "xgboost_linear"]


def fit(name: str, rows: pd.DataFrame, **changes: object) -> BoostedFromLinear:
    model = roster.contender(name, SETTINGS[name] | changes)
    assert isinstance(model, BoostedFromLinear)
    return model.fit(rows, rows["rv_5d"].to_numpy() ** 2)


@pytest.fixture
def rows(table: pd.DataFrame) -> pd.DataFrame:
    return table.dropna()


@pytest.fixture
def bent() -> pd.DataFrame:
    """A variance with an elasticity of 2 in the VIX that triples above 30: a line with a step."""
    rng = np.random.default_rng(5)
    vix = np.exp(rng.normal(np.log(22), 0.35, size=1500))
    log_variance = 2 * np.log(vix) - 13 + np.log(3) * (vix > 30)
    return pd.DataFrame(
        {"vix": vix, "rv_5d": np.exp((log_variance + 0.4 * rng.normal(size=1500)) / 2)}
    )


class TestForecast:
    @pytest.mark.parametrize("name", NAMES)
    def test_trees_that_hardly_learn_leave_the_line(self, name: str, rows: pd.DataFrame) -> None:
        model = fit(name, rows, learning_rate=1e-9)
        line = LogLinear(model.base_log_columns, model.base_columns)
        line.fit(rows, rows["rv_5d"].to_numpy() ** 2)
        np.testing.assert_allclose(model.log_variance(rows), line.log_variance(rows), atol=2e-6)

    @pytest.mark.parametrize("name", NAMES)
    def test_trees_find_the_step_that_a_line_cannot(self, name: str, bent: pd.DataFrame) -> None:
        settings = {
            "base_log_columns": ["vix"], "base_columns": [], "columns": ["vix"], "increasing": [],
            "decreasing": [], "n_estimators": 100, "colsample": 1.0,
        }  # fmt: skip
        past, ahead = bent[:1000], bent[1000:]
        model = fit(name, past, **settings)
        variance = ahead["rv_5d"].to_numpy() ** 2
        mean = np.exp(2 * np.log(ahead["vix"]) - 13 + 0.4**2 / 2) * (1 + 2 * (ahead["vix"] > 30))
        truth = qlike(variance, mean.to_numpy()).mean()
        line = qlike(variance, np.exp(model.linear_.log_variance(ahead))).mean()
        both = qlike(variance, model.predict(ahead)).mean()
        assert truth < both < truth + 0.25 * (line - truth)

    @pytest.mark.parametrize("name", NAMES)
    def test_it_extrapolates_with_the_slope_of_the_line(
        self, name: str, rows: pd.DataFrame
    ) -> None:
        model = fit(name, rows)
        far = rows.iloc[[0, 0]].assign(vix=[200.0, 400.0])
        slope = model.linear_.coefficients_[model.base_log_columns.index("vix")]
        assert np.diff(model.log_variance(far)) == pytest.approx(slope * np.log(2), abs=1e-9)

    @pytest.mark.parametrize("name", NAMES)
    def test_the_line_needs_its_inputs_and_the_trees_do_not(
        self, name: str, rows: pd.DataFrame
    ) -> None:
        holed = rows.assign(vix_term=rows["vix_term"].where(np.arange(len(rows)) > 100))
        model = fit(name, holed)
        assert "vix_term" not in [*model.base_log_columns, *model.base_columns]
        assert model.usable(holed).all()
        assert np.isfinite(model.predict(holed)).all()
        assert not model.usable(rows.head(1).assign(vix=np.nan)).any()


class TestDirection:
    @pytest.mark.parametrize("name", NAMES)
    @pytest.mark.parametrize(
        ("direction", "sign"), [("increasing", 1), ("decreasing", -1), ("", 0)]
    )
    def test_trees_keep_to_it_on_noise(
        self, name: str, direction: str, sign: int, rows: pd.DataFrame
    ) -> None:
        """Pure noise invites steps both ways; only a constraint keeps them out."""
        noise = np.random.default_rng(3).uniform(-1, 1, len(rows))
        noisy = rows.assign(noise=noise)
        free = {"increasing": [], "decreasing": [], "n_estimators": 40, "columns": ["noise", "vix"]}
        model = fit(name, noisy, **free | ({direction: ["noise"]} if direction else {}))
        grid = pd.concat([noisy.iloc[[7]]] * 200).assign(noise=np.linspace(-1, 1, 200))
        steps = np.diff(model.log_variance(grid))
        if sign:
            assert (sign * steps >= -1e-12).all()
        else:
            assert steps.min() < -1e-6
            assert steps.max() > 1e-6

    def test_directions_of_columns_that_trees_do_not_read_are_passed_over(
        self, rows: pd.DataFrame
    ) -> None:
        first = fit("lightgbm_linear", rows)
        again = fit("lightgbm_linear", rows, increasing=[*first.increasing, "elsewhere"])
        assert first.state() == again.state()

    def test_the_configured_ones_are_features(self) -> None:
        class Read(Params):
            roles: Roles
            forecast: Forecast

        params = parse_params(Read, yaml.safe_load(compose.composed(PROJECT)))
        known = catalogue.names(params.roles.market(), params.roles.series())
        for name in NAMES:
            leaf = params.forecast.settings(name, params.roles.names())
            directed = [*leaf["increasing"], *leaf["decreasing"]]
            assert set(directed) <= set(known)
            assert len(set(directed)) == len(directed)
            assert set(leaf["columns"]) & set(directed)


class TestContributions:
    @pytest.mark.parametrize("name", NAMES)
    def test_each_is_the_lines_and_the_trees_summed(self, name: str, rows: pd.DataFrame) -> None:
        model = fit(name, rows)
        theirs = shap.TreeExplainer(model.booster_).shap_values(rows[model.columns].to_numpy())
        trees = pd.DataFrame(theirs, rows.index, model.columns)
        line = model.linear_.contributions(rows).drop(columns=BASELINE)
        ours = model.contributions(rows)
        for column in model.inputs:
            zero = pd.Series(0.0, rows.index)
            expected = trees.get(column, zero) + line.get(column, zero)
            np.testing.assert_allclose(ours[column], expected, rtol=0, atol=1e-6)
        assert set(trees) & set(line)
        assert set(trees) - set(line)

    @pytest.mark.parametrize("name", NAMES)
    def test_the_trees_part_is_the_shapley_value_by_definition(
        self, name: str, rows: pd.DataFrame
    ) -> None:
        model = fit(name, rows, n_estimators=4, learning_rate=0.5)
        shown = rows.iloc[[0, 57, 203, 391]]
        ours = model.contributions(shown) - model.linear_.contributions(shown).reindex(
            columns=[*model.inputs, BASELINE], fill_value=0.0
        )
        trees = grown(model)
        assert len({node.feature for node in trees}) > 1
        for place, (_, row) in enumerate(shown[model.columns].iterrows()):
            for column, value in shapley(trees, row.to_dict()).items():
                assert ours[column].iloc[place] == pytest.approx(value, abs=1e-7)

    @pytest.mark.parametrize("name", NAMES)
    def test_they_sum_to_the_forecast_over_one_baseline(
        self, name: str, rows: pd.DataFrame
    ) -> None:
        model = fit(name, rows, n_estimators=150)
        parts = model.contributions(rows)
        np.testing.assert_allclose(parts.sum(axis=1), model.log_variance(rows), rtol=0, atol=1e-12)
        assert parts[BASELINE].nunique() == 1


class TestReproducible:
    def test_the_last_bits_of_the_line_do_not_move_the_trees(self, rows: pd.DataFrame) -> None:
        @dataclass(eq=False, repr=False)
        class Elsewhere(LightgbmFromLinear):
            def _start(self, values: FloatArray) -> tuple[FloatArray, FloatArray]:
                log_variance, parts = super()._start(values)
                return log_variance * (1 + 1e-14), parts

        here = fit("lightgbm_linear", rows)
        there = Elsewhere(**SETTINGS["lightgbm_linear"])
        there.fit(rows, rows["rv_5d"].to_numpy() ** 2)
        values = values_of(rows, here.inputs)
        assert (there._start(values)[0] != here._start(values)[0]).any()
        assert there.booster_.model_to_string() == here.booster_.model_to_string()

    @pytest.mark.parametrize("name", NAMES)
    def test_the_folder_holds_the_line_beside_the_trees(
        self, name: str, rows: pd.DataFrame, tmp_path: Path
    ) -> None:
        model = fit(name, rows)
        model.save(tmp_path)
        assert {path.name for path in tmp_path.iterdir()} == {
            "coefficients.json", "factors.json", model.filename,
        }  # fmt: skip
        loaded = roster.learner(name, SETTINGS[name]).load(tmp_path)
        assert loaded.version() == model.version()
        pd.testing.assert_frame_equal(
            loaded.contributions(rows), model.contributions(rows), check_exact=True
        )
