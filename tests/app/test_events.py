"""A run's JSON lines: the figures of what is served, and each new forecast with its drivers."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from app import events, forecast
from app.cli import app
from app.faces.snapshot import Snapshot


def test_the_metrics_are_those_of_the_files(snapshot: Snapshot) -> None:
    told = events.metrics(snapshot)
    model, regimes = snapshot.metrics["forecast"]["model"], snapshot.metrics["regimes"]["model"]
    assert (told["event"], told["as_of"], told["series"]) == (
        "metrics",
        "2023-06-30",
        "simulated#SPY",
    )
    assert (told["qlike"], told["rmse"]) == (model["qlike"], model["rmse"])
    assert (told["regimes"]["brier"], told["regimes"]["auc"]) == (regimes["brier"], regimes["auc"])
    assert told["gate"]["passed"] == snapshot.metrics["forecast"]["gate"]["passed"]
    assert told["regimes"]["gate"]["reasons"] == snapshot.metrics["regimes"]["gate"]["reasons"]
    levels = snapshot.metrics["intervals"]["levels"]
    assert told["interval_coverage"] == {
        "80": levels["80"]["coverage"],
        "90": levels["90"]["coverage"],
    }


def test_each_new_forecast_is_a_line_with_its_drivers(snapshot: Snapshot) -> None:
    dates = pd.DatetimeIndex(snapshot.predictions["date"])
    told = events.predictions(snapshot, dates[:-3])
    assert [one["date"] for one in told] == [f"{day:%Y-%m-%d}" for day in dates[-3:]]
    rows = snapshot.predictions.tail(3)
    parts = snapshot.contributions.set_index("date")
    regime_parts = snapshot.regime_contributions.set_index("date")
    for one, (_, row) in zip(told, rows.iterrows(), strict=True):
        assert one["rv_5d_hat"] == row["rv_5d_hat"]
        assert one["model_version"] == row["model_version"]
        assert list(one["top_drivers"]) == row["top_drivers"]
        assert len(one["top_drivers"]) == 3
        for name, part in one["top_drivers"].items():
            assert part == parts.loc[row["date"], name]
        for name, part in one["regime_drivers"].items():
            assert part == regime_parts.loc[row["date"], name]
        for level, (low, high) in one["intervals"].items():
            assert (low, high) == (row[f"rv_5d_lo_{level}"], row[f"rv_5d_hi_{level}"])
        json.dumps(one, allow_nan=False)


def test_the_forecast_of_as_of_is_always_told(snapshot: Snapshot) -> None:
    dates = pd.DatetimeIndex(snapshot.predictions["date"])
    for before in (dates, None):
        assert [one["date"] for one in events.predictions(snapshot, before)] == ["2023-06-30"]


def test_dates_of_a_table_that_was_never_computed_are_not_known(
    computed: Path, snapshot: Snapshot, tmp_path: Path
) -> None:
    assert events.forecast_dates(tmp_path) is None
    known = events.forecast_dates(computed)
    assert known is not None
    assert list(known) == list(snapshot.predictions["date"])


def test_off_a_terminal_stdout_has_json_alone(
    computed: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def reproduce(root: Path) -> None:
        subprocess.run(["echo", "Running stage"], check=True)

    monkeypatch.setattr(forecast, "reproduce", reproduce)
    monkeypatch.chdir(computed)
    ran = CliRunner().invoke(app, ["run"])
    assert ran.exit_code == 0, ran.output
    told = [json.loads(line) for line in ran.stdout.splitlines()]
    assert [one["event"] for one in told] == ["metrics", "prediction"]
    captured = capfd.readouterr()
    assert "Running stage" not in captured.out
    assert "Running stage" in captured.err
