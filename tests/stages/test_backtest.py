"""The stage ``backtest``: who is left out, and why."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import grimp
import numpy as np
import pandas as pd
import pytest
import yaml

from app import compose
from mlrisk import contracts, store
from mlrisk.calendar import sessions
from mlrisk.evaluation import cluster, walkforward
from mlrisk.params.sections import Backtest, ParamsError, Roles
from stages import backtest, folds
from tests.conftest import PROJECT

SETTINGS = ["backtest.first_forecast='2021-06-01'", "backtest.min_train_rows=100"]
DAYS = sessions(pd.Timestamp("2020-01-02"), pd.Timestamp("2021-12-31"))


@pytest.fixture(autouse=True)
def _computed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLRISK_WORKERS", "1")
    monkeypatch.setattr(sys, "argv", ["backtest", "har_vix"])
    Path("params.yaml").write_text(compose.composed(PROJECT, SETTINGS), encoding="utf-8")
    rng = np.random.default_rng(2)
    columns = ("spy_rv_1d", "spy_vol_5d", "spy_vol_20d", "vix", "vix_term")
    values = {name: rng.lognormal(-4, 0.2, len(DAYS)) for name in columns}
    store.write(contracts.FEATURES_DAILY, pd.DataFrame({"date": DAYS, **values}))
    store.write(contracts.REGIMES_DAILY, contracts.REGIMES_DAILY.empty())
    labels = pd.DataFrame({"date": DAYS, "rv_5d": rng.lognormal(-4, 0.2, len(DAYS))})
    store.write(
        contracts.LABELS_DAILY,
        labels.assign(regime_5d="calm", rv_calm_below=0.01, rv_risk_off_above=0.03),
    )


def status(**lists: list[str]) -> str | None:
    roles = Roles(**yaml.safe_load(Path("params.yaml").read_text(encoding="utf-8"))["roles"])
    summary = {"names": roles.names(), "not_given": [], "not_point_in_time": [], **lists}
    store.write_metrics("features", summary)
    backtest.main()
    folder = contracts.backtest("har_vix")
    forecasts = store.read(folder.forecasts)
    reason: str | None = json.loads(folder.status.read_text())["left_out_because"]
    assert forecasts.empty == (reason is not None)
    return reason


def test_with_all_it_needs_it_walks() -> None:
    assert status() is None


def test_a_feature_that_saw_later_revisions_keeps_a_contender_out() -> None:
    reason = status(not_point_in_time=["unemp", "vix_term"])
    assert reason == "the source's history of vix_term holds later revisions"


def test_folds_are_remembered_where_the_variable_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def written() -> list[bytes]:
        assert status() is None
        return [path.read_bytes() for path in sorted(Path("data/backtest").rglob("*.parquet"))]

    elsewhere = tmp_path / "elsewhere"
    monkeypatch.setenv(folds.CACHE, "")
    without = written()
    assert not list(tmp_path.rglob(".cache"))
    monkeypatch.setenv(folds.CACHE, str(elsewhere))
    assert written() == without
    remembered = list(elsewhere.glob("*/*"))
    assert remembered
    monkeypatch.setattr(walkforward, "forecast_fold", pytest.fail)
    assert written() == without
    monkeypatch.undo()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["backtest", "har_vix"])
    assert written() == without
    assert len(list(Path(".cache/mlrisk").glob("*/*"))) == len(remembered)


def test_all_code_that_a_fold_is_computed_with_counts() -> None:
    graph = grimp.build_graph("mlrisk", cache_dir=None)
    counted = set(backtest.CODE) | graph.find_descendants("mlrisk.forecast")
    used = set().union(*(graph.find_upstream_modules(name) for name in counted))
    # These say what went wrong and what is going on.
    assert used - counted <= {"mlrisk.errors", "mlrisk.log"}


def test_where_folds_are_computed_is_no_tracked_parameter() -> None:
    """Every other leaf of the section is, by the stages that fit."""
    leaves = {f"backtest.{name}" for name in Backtest.model_fields} - {"backtest.backend"}
    stages = yaml.safe_load((PROJECT / "dvc.yaml").read_text(encoding="utf-8"))["stages"]
    for name, stage in stages.items():
        tracked = {p for p in stage.get("params", []) if p.split(".")[0] == "backtest"}
        assert tracked <= leaves, name
        assert tracked == leaves or name not in ("backtest", "train"), name


def test_a_cluster_needs_an_address(monkeypatch: pytest.MonkeyPatch) -> None:
    text = compose.composed(PROJECT, ["backtest.backend=dask", *SETTINGS])
    Path("params.yaml").write_text(text, encoding="utf-8")
    monkeypatch.delenv(folds.SCHEDULER, raising=False)
    with pytest.raises(ParamsError, match=r"MLRISK_DASK_SCHEDULER.* docs/scale.md"):
        status()
    asked = []

    @contextmanager
    def connected(address: str, modules: Sequence[str]) -> Iterator[float]:
        asked.append((address, modules))
        yield 1.0

    monkeypatch.setattr(cluster, "connected", connected)
    monkeypatch.setenv(folds.SCHEDULER, "tcp://10.0.0.5:8786")
    assert status() is None
    assert asked == [("tcp://10.0.0.5:8786", backtest.CODE)]


def test_a_cluster_that_was_not_found_leaves_it_out_with_the_reason() -> None:
    settings = [*SETTINGS, "forecast.har_vix.columns=[dist_to_centroid_2]"]
    Path("params.yaml").write_text(compose.composed(PROJECT, settings), encoding="utf-8")
    assert status() == "the source gives no dist_to_centroid_2"
