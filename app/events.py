"""What a run says where nobody watches a terminal: one JSON object per line on stdout."""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd

from app import forecast, tables
from app.faces import snapshot as faces
from app.faces.day import DayView, view
from app.faces.snapshot import Snapshot
from mlrisk.contracts import PREDICTIONS_DAILY
from mlrisk.errors import MlriskError

Event = dict[str, Any]


def run(root: Path) -> list[Event]:
    """Bring the DAG up to date, its own output on stderr; what it came to.

    Raises
    ------
    As ``forecast.reproduce``, and ``app.faces.snapshot.load``.
    """
    before = forecast_dates(root)
    with _stdout_to_stderr():
        forecast.reproduce(root)
    found = faces.load(root)
    return [metrics(found), *predictions(found, before)]


def forecast_dates(root: Path) -> pd.DatetimeIndex | None:
    """Sessions that have a forecast by now; None where there is no table of them."""
    try:
        table = tables.read(root, PREDICTIONS_DAILY)
    except MlriskError:  # never computed, or by code that wrote it otherwise
        return None
    return pd.DatetimeIndex(table["date"])


def metrics(found: Snapshot) -> Event:
    """Out-of-sample figures of what is served, and whether they let it be published."""
    volatility, regimes = found.metrics["forecast"], found.metrics.get("regimes", {})
    levels = found.metrics.get("intervals", {}).get("levels", {})
    return {
        "event": "metrics",
        "as_of": found.version.as_of,
        "series": f"{found.version.source}#{found.version.benchmark}",
        **_window(volatility),
        "model": volatility["model"]["name"],
        **_some(volatility["model"], "qlike", "qlike_vs_rv20", "rmse", "rmse_vs_rv20"),
        "gate": _some(volatility.get("gate") or {}, "passed", "reasons"),
        "regimes": {
            **_window(regimes),
            **_some(regimes.get("model") or {}, "brier", "log_loss", "auc", "onset_auc"),
            "gate": _some(regimes.get("gate") or {}, "passed", "reasons"),
        },
        "interval_coverage": {level: one.get("coverage") for level, one in levels.items()},
    }


def predictions(found: Snapshot, before: Collection[pd.Timestamp] | None) -> list[Event]:
    """The forecast of ``as_of`` and every other that was not there before, oldest first.

    Parameters
    ----------
    found : Snapshot
    before : collection of Timestamp, optional
        Sessions that had a forecast. Where nothing is known of them, such as in a fresh clone, all
        but that of ``as_of`` are taken for history.
    """
    dates = pd.DatetimeIndex(found.predictions["date"])
    known = dates if before is None else dates.intersection(pd.DatetimeIndex(list(before)))
    new = dates.difference(known).union(dates[-1:])
    return [_prediction(found, view(found, day)) for day in new]


def _prediction(found: Snapshot, day: DayView) -> Event:
    return {
        "event": "prediction",
        "date": day.iso,
        "rv_5d_hat": day.rv_5d_hat,
        "rv_5d_hat_annualized": day.rv_5d_hat_annualized,
        "var_5d_hat": day.var_5d_hat,
        "intervals": {str(level): list(bounds) for level, bounds in day.intervals.items()},
        "regime_probs": dict(day.regime_probs) or None,
        "top_drivers": {name: day.contributions[name] for name in day.top_drivers},
        "regime_drivers": {name: day.regime_contributions[name] for name in day.regime_drivers},
        "model": found.version.model,
        "model_version": day.model_version,
        "regime_model": found.version.regime_model,
        "regime_model_version": day.regime_model_version,
    }


def _window(figures: Mapping[str, Any]) -> Event:
    return _some(figures, "n_obs", "window_start", "window_end")


def _some(figures: Mapping[str, Any], *names: str) -> Event:
    return {name: figures.get(name) for name in names}


@contextmanager
def _stdout_to_stderr() -> Iterator[None]:
    """Child processes write to stderr: stdout is for events alone."""
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)
