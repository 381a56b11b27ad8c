"""A trained model on disk: its library's native file and a card that says what it is."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from mlrisk.errors import MlriskError
from mlrisk.forecast import roster
from mlrisk.forecast.base import Additive, Learner
from mlrisk.forecast.combine import Combination

CARD = "model.json"
TARGET = "variance of the next five sessions, sum of squared log returns"


class ModelError(MlriskError, ValueError):
    """A model folder that cannot be served; names the file and what to do."""


def describe(
    model: Learner,
    name: str,
    window: pd.DataFrame,
    metrics: Mapping[str, Any],
) -> dict[str, Any]:
    """The card of a fitted model.

    Parameters
    ----------
    model : Learner
        Fitted.
    name : str
        Its name on the roster.
    window : DataFrame
        The rows it was fitted on: date, its inputs and ``rv_5d``, in order.
    metrics : mapping
        Out-of-sample figures of the walk-forward it is the last fold of.
    """
    data = window[[*model.inputs, "rv_5d"]].to_numpy(dtype="<f8")
    days = window["date"]
    return {
        "name": name,
        "model_version": model.version(),
        "features": model.inputs,
        "target": TARGET,
        "settings": model.get_params(),
        "trained_on": {
            "rows": len(window),
            "first_label": f"{days.iloc[0]:%Y-%m-%d}",
            "last_label": f"{days.iloc[-1]:%Y-%m-%d}",
            "data_sha256": hashlib.sha256(data.tobytes()).hexdigest(),
        },
        "out_of_sample": dict(metrics),
    }


def describe_combination(
    model: Combination,
    name: str,
    members: Mapping[str, Mapping[str, Any]],
    metrics: Mapping[str, Any],
) -> dict[str, Any]:
    """The card of a combination: its weights, and the card of each member.

    Parameters
    ----------
    model : Combination
        Of fitted members.
    name : str
        What it is called: a combination, or the champion.
    members : mapping of str to dict
        What ``describe`` says of each member.
    metrics : mapping
        Out-of-sample figures of the walk-forward it is the last refit of.
    """
    dropped = ("name", "target", "out_of_sample")
    return {
        "name": name,
        "model_version": model.version(),
        "features": model.inputs,
        "target": TARGET,
        "weights": dict(model.weights),
        "members": {
            member: {key: value for key, value in written.items() if key not in dropped}
            for member, written in members.items()
        },
        "out_of_sample": dict(metrics),
    }


def save(folder: Path, model: Additive, card: Mapping[str, Any]) -> None:
    """Write the model's native file and its card into an empty folder."""
    model.save(folder)
    text = json.dumps(card, indent=2) + "\n"
    (folder / CARD).write_text(text, encoding="utf-8")


def load(folder: Path) -> tuple[Additive, dict[str, Any]]:
    """Read a model back, and hold it against the version on its card.

    Raises
    ------
    ModelError
        Where a file is missing, not whole, or not the one the card was written for.
    """
    try:
        card: dict[str, Any] = json.loads((folder / CARD).read_text(encoding="utf-8"))
        model = _unfitted(card).load(folder)
    except (OSError, ValueError, KeyError) as error:
        raise ModelError(
            f"{folder}: not a whole model ({error}). Run `dvc repro train` or `dvc pull`."
        ) from None
    if model.version() != card["model_version"]:
        raise ModelError(
            f"{folder}: the model's content gives version {model.version()}, its card says "
            f"{card['model_version']}. Run `dvc repro train` or `dvc pull`."
        )
    return model, card


def _unfitted(card: Mapping[str, Any]) -> Additive:
    if "members" not in card:
        return roster.learner(card["name"], card["settings"])
    members = {
        name: roster.learner(name, member["settings"]) for name, member in card["members"].items()
    }
    return Combination(members, card["weights"])
