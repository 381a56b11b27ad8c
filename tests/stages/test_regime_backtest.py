"""The stage ``regime_backtest``: a folder per contender, whole or with the reason why not."""

from __future__ import annotations

import json
from pathlib import Path

import grimp
import numpy as np
import pandas as pd
import pytest
import yaml

from app import compose
from mlrisk import contracts, store
from mlrisk.calendar import sessions
from mlrisk.evaluation import walkforward
from mlrisk.params.sections import Roles
from mlrisk.regime_forecast import roster
from stages import folds, regime_backtest
from tests.conftest import PROJECT

SETTINGS = [
    "backtest.first_forecast='2020-11-02'",
    "backtest.refit_every=150",
    "backtest.min_train_rows=100",
    "regime_forecast.xgboost_classifier.n_estimators=3",
    "regime_forecast.lightgbm_classifier.n_estimators=3",
    "regime_forecast.volatility_implied.min_errors=60",
]
DAYS = sessions(pd.Timestamp("2020-01-02"), pd.Timestamp("2021-12-31"))


def compose_with(*more: str) -> None:
    text = compose.composed(PROJECT, [*SETTINGS, *more])
    Path("params.yaml").write_text(text, encoding="utf-8")


@pytest.fixture(autouse=True)
def _computed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLRISK_WORKERS", "1")
    compose_with()
    rng = np.random.default_rng(2)
    params = yaml.safe_load(Path("params.yaml").read_text(encoding="utf-8"))
    roles = Roles(**params["roles"])
    leaves = params["regime_forecast"]
    wanted = roles.columns(
        [
            *leaves["multinomial_logit"]["log_columns"],
            *leaves["multinomial_logit"]["columns"],
            *leaves["xgboost_classifier"]["columns"],
        ]
    )
    names = [name for name in dict.fromkeys(wanted) if not name.startswith("rv_")]
    values = {name: rng.lognormal(-4, 0.2, len(DAYS)) for name in names}
    store.write(contracts.FEATURES_DAILY, pd.DataFrame({"date": DAYS, **values}))
    clusters = rng.dirichlet([1, 1], len(DAYS))
    store.write(
        contracts.REGIMES_DAILY,
        pd.DataFrame(
            {
                "date": DAYS,
                "refit_date": DAYS[0],
                "regime_cluster_id": clusters.argmax(axis=1).astype(float),
                **{f"prob_cluster_{k}": clusters[:, k] for k in range(2)},
                **{f"prob_cluster_{k}_5d": clusters[:, k] for k in range(2)},
                **{f"dist_to_centroid_{k}": 1.0 for k in range(2)},
            }
        ),
    )
    rv = rng.lognormal(-4, 0.5, len(DAYS))
    low, high = np.quantile(rv, [0.5, 0.85])
    regimes = np.asarray(contracts.REGIMES)[np.searchsorted([low, high], rv)]
    write_labels(rv, pd.Series(regimes, dtype="str"), low, high)
    folder = contracts.backtest(params["model"]["name"])
    since = DAYS[DAYS >= "2020-05-01"]
    forecast = pd.DataFrame(
        {
            "date": since,
            "fold": 0,
            "var_5d_hat": 4e-4,
            "rv_5d_hat": rng.lognormal(-4, 0.2, len(since)),
            "model_version": "v",
        }
    )
    store.write(folder.forecasts, forecast)
    parts = pd.DataFrame({"date": since, "vix": rng.normal(0, 0.2, len(since)), "baseline": -8.0})
    store.write(folder.contributions, parts)
    summary = {"names": roles.names(), "not_given": [], "not_point_in_time": []}
    store.write_metrics("features", summary)


def write_labels(rv: np.ndarray, regimes: pd.Series, low: float | None, high: float | None) -> None:
    table = pd.DataFrame({"date": DAYS, "rv_5d": rv, "regime_5d": regimes})
    table = table.assign(rv_calm_below=low, rv_risk_off_above=high)
    table = table.astype({"rv_calm_below": float, "rv_risk_off_above": float})
    table.loc[len(DAYS) - 5 :, ["rv_5d", "regime_5d"]] = np.nan
    store.write(contracts.LABELS_DAILY, table)


def reasons() -> dict[str, str | None]:
    folders = {name: contracts.regime_backtest(name) for name in roster.ROSTER}
    found = {
        name: json.loads(folder.status.read_text())["left_out_because"]
        for name, folder in folders.items()
    }
    for name, folder in folders.items():
        forecasts = store.read(folder.forecasts)
        assert forecasts.empty == (found[name] is not None)
        if len(forecasts):
            assert forecasts["date"].tolist() == DAYS[DAYS >= "2020-11-02"].tolist()
            assert forecasts["calm"].notna().all()
    return found


def test_everybody_walks_and_says_what_drives_it_where_it_can() -> None:
    regime_backtest.main()
    assert set(reasons().values()) == {None}
    explained = [path.parent.name for path in Path("data").glob("regime_backtest/*/contributions")]
    assert sorted(explained) == sorted(roster.EXPLAINED)
    folder = contracts.regime_backtest("volatility_implied")
    parts = store.read(folder.contributions)
    assert list(parts) == ["date", "vix", "baseline"]
    said = store.read(folder.forecasts)
    np.testing.assert_allclose(
        parts[["vix", "baseline"]].sum(axis=1), np.log(said["risk_off"] / said["calm"]), atol=1e-5
    )


def computed(task: walkforward.Task) -> walkforward.FoldForecasts:
    raise AssertionError(f"fold {task.fold.number}")


def test_folds_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    def written() -> dict[str, bytes]:
        regime_backtest.main()
        files = sorted(Path("data/regime_backtest").rglob("*.parquet"))
        return {str(path): path.read_bytes() for path in files}

    first = written()
    monkeypatch.setattr(walkforward, "forecast_fold", computed)
    assert written() == first
    monkeypatch.setenv(folds.CACHE, "")
    with pytest.raises(AssertionError, match="fold 0"):
        written()


def test_where_regimes_are_clusters_nothing_is_measured_by_thresholds() -> None:
    compose_with("labels.target=clusters")
    labels = store.read(contracts.LABELS_DAILY)
    write_labels(labels["rv_5d"].to_numpy(), labels["regime_5d"], None, None)
    regime_backtest.main()
    assert {name: reason for name, reason in reasons().items() if reason} == {
        "volatility_implied": "the labels have no thresholds of volatility"
    }
    parts = store.read(contracts.regime_backtest("multinomial_logit").contributions)
    assert not [name for name in parts if name.startswith("rv_")]


def test_with_two_regimes_transition_has_no_chance() -> None:
    compose_with("labels.classes=2")
    labels = store.read(contracts.LABELS_DAILY)
    binary = labels["regime_5d"].replace("transition", "calm")
    store.write(contracts.LABELS_DAILY, labels.assign(regime_5d=binary))
    regime_backtest.main()
    assert set(reasons().values()) == {None}
    for name in roster.ROSTER:
        said = store.read(contracts.regime_backtest(name).forecasts)
        assert (said["transition"] == 0).all(), name


def test_all_code_that_a_fold_is_computed_with_counts() -> None:
    graph = grimp.build_graph("mlrisk", cache_dir=None)
    counted = set(regime_backtest.CODE)
    for package in ("mlrisk.forecast", "mlrisk.regime_forecast"):
        counted |= graph.find_descendants(package)
    used = set().union(*(graph.find_upstream_modules(name) for name in counted))
    # Those say what went wrong and what is going on; of contracts only the regimes' names are used.
    named = {"mlrisk.errors", "mlrisk.log", "mlrisk.calendar", "mlrisk.dataset"}
    assert {name for name in used - counted - named if "contracts" not in name} == set()
