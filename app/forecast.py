"""``mlrisk run``: what the DAG says about the coming five sessions."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Group
from rich.table import Table

from app import compose, figures
from app.repository import RepositoryError, dvc, read_metrics


def reproduce(root: Path) -> None:
    """Run what is not up to date, after params.yaml has been held against conf/.

    Raises
    ------
    ComposeError
        Where params.yaml is behind conf/.
    RepositoryError
        Where a stage fails.
    """
    compose.check(root)
    dvc("repro", root=root, capture=False)


def view(root: Path) -> Group:
    """The forecast, its drivers, the gate and every contender's figures, for a terminal.

    Raises
    ------
    RepositoryError
        Where a metrics file is missing.
    """
    metrics = read_metrics(root)
    for name in ("forecast", "prediction"):
        if name not in metrics:
            raise RepositoryError(f"metrics/{name}.json: not found. Run `mlrisk run`.")
    forecast = metrics["forecast"]
    contenders = figures.terminal(
        f"Out of sample, {figures.window(forecast)}",
        *figures.contender_table(forecast),
    )
    verdict = figures.gate_verdict(forecast)
    if "regimes" in metrics:
        verdict += f"\nregimes {figures.gate_verdict(metrics['regimes'])}"
    return Group(_prediction(metrics["prediction"], verdict), "", contenders)


def _interval(prediction: Mapping[str, Any]) -> str:
    low, high = prediction["rv_5d_lo_90"], prediction["rv_5d_hi_90"]
    if low is None:
        return "not known: too few forecasts have been realised"
    return f"{low:.2%} to {high:.2%}"


def _regimes(prediction: Mapping[str, Any]) -> dict[str, str]:
    """Rows of the regime ahead: its probabilities, what drives them, and their model."""
    chances = prediction.get("regime_probs")
    if chances is None or chances["calm"] is None:
        return {"regime of the next 5 sessions": "not known: no regime forecast"}
    return {
        "regime of the next 5 sessions": ", ".join(
            f"{name.replace('_', '-')} {chance:.0%}" for name, chance in chances.items()
        ),
        "its drivers": _drivers(prediction["regime_drivers"], "log-odds of risk-off"),
        "regime model": f"{prediction['regime_model']}, {prediction['regime_calibration']} "
        f"({prediction['regime_model_version']})",
    }


def _drivers(parts: Mapping[str, float], unit: str) -> str:
    return "\n".join(f"{feature} {part:+.3f} in {unit}" for feature, part in parts.items())


def _prediction(prediction: Mapping[str, Any], verdict: str) -> Table:
    table = Table(
        title=f"Forecast at the close of {prediction['date']}",
        title_justify="left",
        title_style="bold",
        show_header=False,
    )
    rows = {
        "volatility of the next 5 sessions": f"{prediction['rv_5d_hat']:.2%}",
        "annualised": f"{prediction['rv_5d_hat_annualized_percent']:.1f}%",
        "nine times out of ten within": _interval(prediction),
        "RV20, annualised": f"{prediction['rv20_annualized_percent']:.1f}%",
        "top drivers": _drivers(prediction["top_drivers"], "log variance"),
        "model": f"{prediction['model']} ({prediction['model_version']})",
        **_regimes(prediction),
        "gate": verdict,
    }
    for name, value in rows.items():
        table.add_row(name, value)
    return table
