"""The stage ``explain``: the data of its plots, from a served model and its walk-forward."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from app import compose
from mlrisk import contracts, store
from mlrisk.calendar import sessions
from mlrisk.evaluation import walkforward
from mlrisk.features.groups import IMPLIED, LEVERAGE, REALIZED
from mlrisk.forecast import card
from mlrisk.forecast.boosted_linear import LightgbmFromLinear
from mlrisk.forecast.linear import LogLinear
from stages import explain
from tests.conftest import PROJECT

DAYS = sessions(pd.Timestamp("2020-01-02"), pd.Timestamp("2021-12-31"))
LINE = ["spy_rv_1d", "spy_vol_5d", "vix"]


def build() -> LightgbmFromLinear:
    return LightgbmFromLinear(
        columns=["vix", "drawdown_60d"], base_log_columns=LINE, base_columns=[], increasing=[],
        decreasing=[], n_estimators=10, learning_rate=0.1, num_leaves=4, min_child_samples=20,
        subsample=1.0, colsample=1.0, reg_lambda=1.0, max_bin=31, seed=1,
    )  # fmt: skip


@pytest.fixture
def walked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pd.DataFrame:
    """What was forecast; features, the walk-forward and the last fold's model are in the folder."""
    monkeypatch.chdir(tmp_path)
    settings = ["model.name=lightgbm_linear", "backtest.first_forecast='2021-06-01'"]
    Path("params.yaml").write_text(compose.composed(PROJECT, settings), encoding="utf-8")
    Path("metrics").mkdir()
    Path("metrics/features.json").write_text('{"names": {"benchmark": "spy"}}', encoding="utf-8")
    rng = np.random.default_rng(2)
    values = {name: rng.lognormal(-4, 0.3, len(DAYS)) for name in (*LINE, "drawdown_60d", "ffr")}
    features = pd.DataFrame({"date": DAYS, **values})
    store.write(contracts.FEATURES_DAILY, features)
    store.write(contracts.REGIMES_DAILY, contracts.REGIMES_DAILY.empty())
    features = store.read(contracts.FEATURES_DAILY)
    table = features.assign(rv_5d=np.sqrt(features["vix"] * features["spy_vol_5d"]))
    grid = walkforward.folds(table["date"], pd.Timestamp("2021-06-01").date(), 21, 5)
    done = list(walkforward.walk_forward(build, table, grid, 100, 1))
    folder = contracts.backtest("lightgbm_linear")
    store.write(folder.forecasts, pd.concat([fold.forecasts for fold in done]))
    store.write(folder.contributions, pd.concat([fold.contributions for fold in done]))
    model = build()
    window = walkforward.training_window(model, table, grid[-1], 100)
    model.fit(window, window["rv_5d"].to_numpy() ** 2)
    Path(contracts.MODEL).mkdir(parents=True)
    description = card.describe(model, "lightgbm_linear", window, {})
    card.save(Path(contracts.MODEL), model, description)
    return store.read(folder.forecasts)


def plot(name: str) -> pd.DataFrame:
    return pd.read_csv(f"plots/explain/{name}.csv")


def test_what_changed_adds_up_to_the_published_forecasts(walked: pd.DataFrame) -> None:
    explain.main()
    table = plot("what_changed")
    assert set(table["feature"]) == {*LINE, "drawdown_60d", "refit"}
    published = np.log(walked["var_5d_hat"].to_numpy())
    assert table["effect"].sum() == pytest.approx(published[-1] - published[-2], abs=5e-6)


def test_groups_add_up_to_the_mean_forecast_of_each_month(walked: pd.DataFrame) -> None:
    explain.main()
    table = plot("groups_over_time")
    assert set(table["group"]) == {REALIZED, IMPLIED, LEVERAGE}
    parts = store.read(contracts.backtest("lightgbm_linear").contributions)
    above = np.log(walked["var_5d_hat"].to_numpy()) - parts["baseline"].to_numpy()
    months = pd.Series(above).groupby(walked["date"].dt.strftime("%Y-%m-01")).mean()
    np.testing.assert_allclose(
        table.groupby("date")["contribution"].sum(), months, rtol=0, atol=5e-6
    )


def test_the_rest_is_of_the_served_model(walked: pd.DataFrame) -> None:
    explain.main()
    model, _ = card.load(Path(contracts.MODEL))
    features = store.read(contracts.FEATURES_DAILY)
    rows = features[features["date"] >= walked["date"].iloc[0]]
    parts = model.contributions(rows).drop(columns="baseline")
    importance = plot("feature_importance").set_index("feature")["importance"]
    np.testing.assert_allclose(importance, parts.abs().mean()[importance.index], rtol=1e-5)
    drivers = plot("latest_drivers").set_index("feature")
    np.testing.assert_allclose(
        drivers["contribution"], parts.iloc[-1][drivers.index], rtol=1e-5, atol=1e-12
    )
    assert plot("shap_summary")["date"].min() == "2021-06-01"
    assert len(plot("shap_summary")) <= 5000


def test_a_line_alone_is_explained_as_well(walked: pd.DataFrame) -> None:
    """Any model will do that is additive, also one that the walk-forward did not make."""
    features = store.read(contracts.FEATURES_DAILY)
    line = LogLinear(LINE, []).fit(features, features["vix"].to_numpy() ** 2)
    written = card.describe(line, "har", features.assign(rv_5d=features["vix"]), {})
    card.save(Path(contracts.MODEL), line, written)
    explain.main()
    table = plot("what_changed").set_index("feature")
    assert table.loc["refit", "effect"] != 0
    now = line.log_variance(features.iloc[[-1]])[0]
    before = np.log(walked["var_5d_hat"].iloc[-2])
    assert table["effect"].sum() == pytest.approx(now - before, abs=5e-6)
