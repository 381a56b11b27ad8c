from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app import compose, repository, sweep
from app.cli import app


def test_every_combination_in_order() -> None:
    settings = ["model=har,xgboost", "backtest.purge=5", "labels.min_history=range(500,502)"]
    assert sweep.combinations(settings) == [
        ("model=har", "backtest.purge=5", "labels.min_history=500"),
        ("model=har", "backtest.purge=5", "labels.min_history=501"),
        ("model=xgboost", "backtest.purge=5", "labels.min_history=500"),
        ("model=xgboost", "backtest.purge=5", "labels.min_history=501"),
    ]


def test_a_list_is_one_value() -> None:
    assert sweep.combinations(["roles.sectors=[XLB,XLE]"]) == [("roles.sectors=[XLB,XLE]",)]


def test_a_setting_without_a_value_is_named() -> None:
    with pytest.raises(sweep.SweepError, match="-S model: not of the form key=value,value"):
        sweep.combinations(["model"])


def test_names_say_the_settings_and_differ() -> None:
    overrides = ("model=har", "forecast.xgboost.learning_rate=0.05")
    first, second = sweep.name(overrides), sweep.name(overrides)
    assert first.startswith("har-learning_rate-0-05-")
    assert first != second


def test_the_best_is_first_and_the_failed_last() -> None:
    results = [
        sweep.Result("a", (), {"qlike": 0.4, "reducible_share": 0.4}),
        sweep.Result("b", (), error="no"),
        sweep.Result("c", (), {"qlike": 0.3, "reducible_share": 0.6}),
    ]
    for by in ("qlike", "reducible_share"):
        assert [result.name for result in sweep.ranked(results, by)] == ["c", "a", "b"]


def test_runs_what_works_and_reports_what_does_not(toy: Path) -> None:
    (toy / "notes.txt").write_text("not in git")
    settings = ["-S", "model=xgboost,arima", "-S", "forecast.lightgbm.n_estimators=13,50"]
    ran = CliRunner().invoke(app, ["sweep", *settings, "--json"])
    assert ran.exit_code == 1
    best, *failed = json.loads(ran.stdout)
    assert best["overrides"] == ["model=xgboost", "forecast.lightgbm.n_estimators=50"]
    assert best["model"]["qlike"] == 0.335
    assert best["gate"] is True
    assert "n_estimators = 13 brings bad luck" in failed[0]["error"]
    assert "conf/model/arima.yaml: there is no such file" in failed[1]["error"]
    assert "experiments do not see the 1 files that git does not track (notes.txt)" in ran.stderr
    events = [json.loads(line) for line in ran.stderr.splitlines() if line.startswith("{")]
    assert len(events) == 4

    # The workspace is as it was, and the experiment can be applied: with the bytes of `compose`.
    assert repository.changed_files(toy) == []
    reference = repository.experiment_ref(best["name"], toy)
    params = repository.read_text("params.yaml", toy, reference)
    assert params == compose.composed(toy, best["overrides"])
    sweep.remove(toy, [sweep.Result(best["name"], ())])
    assert repository.experiment_ref(best["name"], toy) is None
