from __future__ import annotations

import json
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from app import forecast
from app.cli import app

VERBS = ("bench", "compose", "digest", "experiments", "readme", "real", "report", "run", "sweep")


def test_help_lists_every_verb() -> None:
    shown = CliRunner().invoke(app, ["--help"]).stdout
    assert all(f" {verb} " in shown for verb in VERBS)


def test_an_error_of_the_project_is_one_message(toy: Path) -> None:
    ran = CliRunner().invoke(app, ["compose", "model=arima"])
    assert ran.exit_code == 1
    assert ran.stderr.startswith("error: conf/model/arima.yaml: there is no such file.")
    assert "Traceback" not in ran.output


def test_a_bug_keeps_its_traceback(toy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.compose.check", lambda _: 1 / 0)
    ran = CliRunner().invoke(app, ["compose", "--check"])
    assert isinstance(ran.exception, ZeroDivisionError)


def test_run_stops_when_params_are_behind(toy: Path) -> None:
    leaf = toy / "conf" / "labels" / "default.yaml"
    leaf.write_text(leaf.read_text().replace("500", "501"))
    ran = CliRunner().invoke(app, ["run"])
    assert ran.exit_code == 1
    assert "+  min_history: 501" in ran.stderr


PREDICTION = {
    "date": "2024-01-11",
    "model": "lightgbm",
    "model_version": "sha256-1234",
    "rv_5d_hat": 0.0213,
    "rv_5d_lo_90": 0.0104,
    "rv_5d_hi_90": 0.0391,
    "rv_5d_hat_annualized_percent": 15.12,
    "rv20_annualized_percent": 13.9,
    "top_drivers": {"vix": 0.31, "spy_vol_5d": -0.12},
    "regime_model": "combination",
    "regime_calibration": "temperature",
    "regime_model_version": "sha256-5678",
    "regime_probs": {"calm": 0.543, "transition": 0.406, "risk_off": 0.051},
    "regime_drivers": {"vix_term": -0.22},
}


def test_run_prints_the_forecast(toy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.cli.terminal.on_terminal", lambda: True)
    (toy / "metrics" / "prediction.json").write_text(json.dumps(PREDICTION))
    ran = CliRunner().invoke(app, ["run"])
    assert ran.exit_code == 0, ran.output
    for text in (
        "Forecast at the close of 2024-01-11",
        "2.13%",
        "15.1%",
        "1.04% to 3.91%",
        "vix +0.310 in log variance",
        "calm 54%, transition 41%, risk-off 5%",
        "vix_term -0.220 in log-odds of risk-off",
        "combination, temperature (sha256-5678)",
        "passed: QLIKE against RV20",
        "10 sessions, 2024-01-02 to 2024-01-11",
    ):
        assert text in ran.stdout
    rows = [line.split("│") for line in ran.stdout.splitlines() if "0.3850" in line]
    assert [cell.strip() for cell in rows[0][1:4]] == ["champion", "10", "0.3850"]


def test_run_says_where_there_is_no_regime_forecast(toy: Path) -> None:
    nothing = dict.fromkeys(PREDICTION["regime_probs"])
    silent = PREDICTION | {"regime_probs": nothing, "regime_drivers": {}}
    (toy / "metrics" / "prediction.json").write_text(json.dumps(silent))
    console = Console(width=120)
    with console.capture() as shown:
        console.print(forecast.view(toy))
    assert "not known: no regime forecast" in shown.get()
    assert "log-odds" not in shown.get()


def test_a_missing_metrics_file_is_named(toy: Path) -> None:
    (toy / "metrics" / "forecast.json").unlink()
    with pytest.raises(forecast.RepositoryError, match=r"metrics/forecast\.json: not found"):
        forecast.view(toy)


def test_experiments_lists_name_and_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(Path(__file__).parents[2])
    ran = CliRunner().invoke(app, ["experiments"])
    assert ran.exit_code == 0
    assert "dvc exp run -S experiment=sp500" in ran.stdout
