"""A regime model on disk: each member's native file, the calibrator, and a card of what it is."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mlrisk.contracts import REGIMES
from mlrisk.forecast.card import CARD, ModelError
from mlrisk.regime_forecast import calibration, roster
from mlrisk.regime_forecast.base import RegimeContender
from mlrisk.regime_forecast.served import RegimeModel

CALIBRATOR = "calibrator.json"
TARGET = "regime of the next five sessions: " + ", ".join(REGIMES)


def describe_member(model: RegimeContender, window: pd.DataFrame) -> dict[str, Any]:
    """What the card says of one member.

    Parameters
    ----------
    model : RegimeContender
        Fitted.
    window : DataFrame
        The rows it was fitted on: date, what it reads and its labels, in order.
    """
    data = window[[*model.reads, *model.labels]].to_numpy(dtype="<f8")
    days = window["date"]
    return {
        "model_version": model.version(),
        "features": model.inputs,
        "settings": model.get_params(),
        "trained_on": {
            "rows": len(window),
            "first_label": f"{days.iloc[0]:%Y-%m-%d}",
            "last_label": f"{days.iloc[-1]:%Y-%m-%d}",
            "data_sha256": hashlib.sha256(np.ascontiguousarray(data).tobytes()).hexdigest(),
        },
    }


def describe(
    model: RegimeModel,
    name: str,
    calibrated: str,
    members: Mapping[str, Mapping[str, Any]],
    volatility: Mapping[str, Any],
    metrics: Mapping[str, Any],
) -> dict[str, Any]:
    """The card of a regime model.

    Parameters
    ----------
    model : RegimeModel
    name : str
        The combination, or a contender of the roster.
    calibrated : str
        Name of the calibration; its calibrator may still be the identity.
    members : mapping of str to dict
        What ``describe_member`` says of each.
    volatility : mapping
        Name and version of the volatility model whose forecast is among the inputs.
    metrics : mapping
        Out-of-sample figures of the walk-forward it is the last refit of.
    """
    return {
        "name": name,
        "calibration": calibrated,
        "model_version": model.version(),
        "target": TARGET,
        "pool": model.kind,
        "weights": dict(model.weights),
        "volatility": dict(volatility),
        "members": {member: dict(written) for member, written in members.items()},
        "out_of_sample": dict(metrics),
    }


def save(folder: Path, model: RegimeModel, card: Mapping[str, Any]) -> None:
    """Write a folder per member, the calibrator and the card into an empty folder."""
    for name, one in model.members.items():
        (folder / name).mkdir()
        one.save(folder / name)
    state = None if model.calibrator is None else model.calibrator.state()
    for file, content in ((CALIBRATOR, state), (CARD, card)):
        (folder / file).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def load(folder: Path) -> tuple[RegimeModel, dict[str, Any]]:
    """Read a regime model back, and hold it against the version on its card.

    Raises
    ------
    ModelError
        Where a file is missing, not whole, or not the one the card was written for.
    """
    try:
        card: dict[str, Any] = json.loads((folder / CARD).read_text(encoding="utf-8"))
        state = json.loads((folder / CALIBRATOR).read_text(encoding="utf-8"))
        members = {
            name: roster.contender(name, written["settings"]).load(folder / name)
            for name, written in card["members"].items()
        }
        calibrator = (
            None if state is None else calibration.CALIBRATORS[card["calibration"]]().restore(state)
        )
        model = RegimeModel(members, card["weights"], card["pool"], calibrator)
        found, said = model.version(), card["model_version"]
    except (OSError, ValueError, KeyError) as error:
        raise ModelError(
            f"{folder}: not a whole model ({error}). Run `dvc repro regime_train` or `dvc pull`."
        ) from None
    if found != said:
        raise ModelError(
            f"{folder}: the model's content gives version {found}, its card says {said}. "
            "Run `dvc repro regime_train` or `dvc pull`."
        )
    return model, card
