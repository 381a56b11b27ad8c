"""The stages ``regime_combine``, ``regime_train`` and ``predict`` on a small world."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from app import compose
from mlrisk import contracts, serving, store
from mlrisk.calendar import sessions
from mlrisk.contracts import REGIMES
from mlrisk.explain import ServingError
from mlrisk.params import load_params
from mlrisk.regime_forecast import calibration, pool, roster
from stages import backtest, predict, regime_backtest, regime_combine, regime_train, train
from tests.conftest import PROJECT

DAYS = sessions(pd.Timestamp("2019-01-02"), pd.Timestamp("2021-03-31"))
LOGIT = ["spy_vol_5d", "vix", "rv_risk_off_above"]
SETTINGS = (
    "model=har_vix",
    f"source.as_of='{DAYS[-1]:%Y-%m-%d}'",
    "backtest.first_forecast='2019-09-03'",
    "backtest.min_train_rows=100",
    "backtest.refit_every=84",
    f"regime_forecast.multinomial_logit.log_columns=[{','.join(LOGIT)}]",
    "regime_forecast.multinomial_logit.columns=[]",
    "regime_forecast.volatility_implied.min_errors=60",
    "regime_combine.members=[volatility_implied,multinomial_logit,xgboost_classifier]",
    "regime_combine.min_scored=60",
)
WALKED = ("persistence_soft", "multinomial_logit", "volatility_implied")


@pytest.fixture(scope="module")
def computed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with all that the three stages read and write."""
    root = tmp_path_factory.mktemp("regimes")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        patch.setenv("MLRISK_CACHE", "")
        patch.setenv("MLRISK_WORKERS", "1")
        Path("params.yaml").write_text(compose.composed(PROJECT, SETTINGS), encoding="utf-8")
        summary = {"names": {"benchmark": "spy"}, "not_given": [], "not_point_in_time": []}
        store.write_metrics("features", summary)
        store.write_metrics("forecast", {"model": {"qlike": 0.4}})
        store.write_metrics("regimes", {"model": {"brier": 0.5}})
        write_world()
        for name in ("rv20", "har_vix"):
            patch.setattr(sys, "argv", ["backtest", name])
            backtest.main()
        store.write(contracts.INTERVALS_DAILY, contracts.INTERVALS_DAILY.empty())
        train.main()
        walk_regimes(summary)
        serve()
    return root


def write_world() -> None:
    """Features and labels of a volatility that comes and goes."""
    rng = np.random.default_rng(6)
    count = len(DAYS)
    level = np.convolve(rng.standard_normal(count + 39), np.ones(40), "valid") / np.sqrt(40)
    features = {
        name: np.exp(-4 + 0.5 * level + 0.2 * rng.standard_normal(count))
        for name in ("spy_rv_1d", "spy_vol_5d", "spy_vol_20d", "vix", "vix_term")
    }
    store.write(contracts.FEATURES_DAILY, pd.DataFrame({"date": DAYS, **features}))
    store.write(contracts.REGIMES_DAILY, contracts.REGIMES_DAILY.empty())
    rv = np.exp(-4 + 0.5 * level + 0.3 * rng.standard_normal(count))
    named = np.array(REGIMES)[np.digitize(rv, [0.018, 0.026])]
    labels = pd.DataFrame({"date": DAYS, "rv_5d": rv, "regime_5d": pd.Series(named, dtype="str")})
    labels.loc[count - 5 :, ["rv_5d", "regime_5d"]] = None
    store.write(contracts.LABELS_DAILY, labels.assign(rv_calm_below=0.018, rv_risk_off_above=0.026))


def walk_regimes(summary: dict[str, Any]) -> None:
    """Walk-forwards of some contenders; the others lack their inputs."""
    params = load_params(regime_backtest.RegimeBacktestParams)
    table = regime_backtest.read_table("har_vix")
    for name in roster.ROSTER:
        folder = contracts.regime_backtest(name)
        store.write(folder.forecasts, folder.forecasts.empty())
        store.write_text(folder.status, json.dumps({"left_out_because": "no inputs"}))
    for name in WALKED:
        settings = roster.settings(
            name,
            params.regime_forecast.leaf(name, summary["names"]),
            list(table),
            classes=3,
            thresholds=True,
        )
        regime_backtest.walk(name, settings, table, params.backtest, summary)


@pytest.fixture(autouse=True)
def _inside(computed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "copy"
    shutil.copytree(computed, root)
    monkeypatch.chdir(root)


def serve(**changes: dict[str, Any]) -> None:
    """The three stages, with other settings of some sections."""
    tree = yaml.safe_load(Path("params.yaml").read_text(encoding="utf-8"))
    for section, values in changes.items():
        tree[section] |= values
    Path("params.yaml").write_text(yaml.safe_dump(tree), encoding="utf-8")
    for stage in (regime_combine, regime_train, predict):
        stage.main()


def prediction() -> dict[str, Any]:
    """What was said of the last day."""
    said: dict[str, Any] = json.loads(Path("metrics/prediction.json").read_text(encoding="utf-8"))
    return said


def test_the_day_carries_the_probabilities_that_were_walked() -> None:
    said = prediction()
    table = store.read(contracts.PREDICTIONS_DAILY).set_index("date")
    walked = store.read(contracts.REGIME_SERVED.forecasts).set_index("date")
    chances = table[list(serving.PROBABILITIES.values())]
    np.testing.assert_array_equal(chances, walked[list(REGIMES)].reindex(table.index))
    assert (chances.sum(axis=1) - 1).abs().max() < 2e-8
    last = table.iloc[-1]
    assert said["regime_probs"] == pytest.approx(walked.iloc[-1][list(REGIMES)].to_dict(), rel=1e-5)
    assert list(said["regime_drivers"]) == last["regime_drivers"]
    assert len(last["regime_drivers"]) == 3
    assert said["regime_model_version"] == last["regime_model_version"] != ""
    batch = pd.read_parquet(f"data/batch/predictions_daily_{DAYS[-1]:%Y%m%d}.parquet")
    assert batch["regime_probs.risk_off"].tolist() == [last["regime_probs.risk_off"]]
    parts = store.read(contracts.REGIME_SERVED.contributions).set_index("date")
    odds = pool.log_odds(walked.loc[parts.index, list(REGIMES)].to_numpy())
    np.testing.assert_allclose(parts.sum(axis=1), odds, atol=1e-6)


def test_everybody_is_there_under_every_calibration() -> None:
    table = store.read(contracts.REGIME_FORECASTS)
    assert set(table["contender"]) == {*roster.ROSTER, roster.COMBINATION}
    assert set(table["calibration"]) == set(calibration.KINDS)
    whole = table.set_index(["contender", "calibration", "date"])
    for name in WALKED:
        raw = store.read(contracts.regime_backtest(name).forecasts).set_index("date")
        pd.testing.assert_frame_equal(whole.loc[name, "none"], raw[list(REGIMES)])
        for kind in calibration.CALIBRATORS:
            assert (whole.loc[name, kind].iloc[-1] != raw[list(REGIMES)].iloc[-1]).any()
    assert whole.loc["hmm_filter"].isna().all(axis=None)
    weights = store.read(contracts.REGIME_WEIGHTS)
    assert set(weights["member"]) == {"volatility_implied", "multinomial_logit"}
    last = weights[weights["date"] == weights["date"].max()]
    assert last["weight"].tolist() == [0.5, 0.5]


def test_a_contender_can_be_served_under_any_calibration() -> None:
    serve(regime_model={"name": "multinomial_logit", "calibration": "venn_abers"})
    said = prediction()
    assert sum(said["regime_probs"].values()) == pytest.approx(1, abs=2e-6)
    assert set(said["regime_drivers"]) == set(LOGIT)


def test_so_can_a_pool_that_leaves_the_parts_of_some_members_open() -> None:
    members = ["persistence_soft", "multinomial_logit"]
    serve(regime_combine={"members": members, "weights": "stacked", "pool": "linear"})
    assert set(prediction()["regime_drivers"]) == set(LOGIT)


def test_without_any_member_there_are_no_probabilities() -> None:
    serve(regime_combine={"members": ["xgboost_classifier", "hmm_filter"]})
    said = prediction()
    assert said["regime_probs"] == dict.fromkeys(REGIMES)
    assert said["regime_drivers"] == {}
    assert said["regime_model_version"] == ""
    status = json.loads(contracts.REGIME_SERVED.status.read_text())
    assert status == {"left_out_because": "none of its members has a forecast"}


def test_another_model_than_the_walked_one_is_not_served() -> None:
    folder = contracts.REGIME_SERVED
    walked = store.read(folder.forecasts)
    walked.loc[walked.index[-1], ["calm", "risk_off"]] += [1e-8, -1e-8]
    store.write(folder.forecasts, walked)
    with pytest.raises(ServingError, match="differs from the walk-forward's row"):
        predict.main()


def test_an_earlier_run_published_the_same_probabilities() -> None:
    """Cut the walks and forget the labels that were not known yet: no published bit changes."""
    names = {key: each.path for key, each in outputs().items()}
    whole = {key: store.read(each) for key, each in outputs().items()}
    last = DAYS[-60]
    for name in WALKED:
        folder = contracts.regime_backtest(name)
        for dataset in (folder.forecasts, folder.contributions):
            if Path(dataset.path).is_dir():
                table = store.read(dataset)
                store.write(dataset, table[table["date"] <= last])
    labels = store.read(contracts.LABELS_DAILY)
    known = labels["date"] <= DAYS[-65]
    labels[["rv_5d", "regime_5d"]] = labels[["rv_5d", "regime_5d"]].where(known)
    store.write(contracts.LABELS_DAILY, labels[labels["date"] <= last])
    regime_combine.main()
    for key, dataset in outputs().items():
        earlier, later = store.read(dataset), whole[key]
        assert earlier["date"].max() <= last, names[key]
        same = later[later["date"] <= last].reset_index(drop=True)
        pd.testing.assert_frame_equal(earlier, same, check_exact=True)


def outputs() -> dict[str, Any]:
    return {
        "forecasts": contracts.REGIME_FORECASTS,
        "weights": contracts.REGIME_WEIGHTS,
        "served": contracts.REGIME_SERVED.forecasts,
        "drivers": contracts.REGIME_SERVED.contributions,
    }
