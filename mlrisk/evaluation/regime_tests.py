"""Is the served forecast of regimes better than its rivals, and good enough to be published."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from functools import partial
from typing import Any

import pandas as pd

from mlrisk.evaluation import superiority, windows
from mlrisk.evaluation.compare import Gate
from mlrisk.evaluation.inference import Attempts
from mlrisk.evaluation.probabilities import brier
from mlrisk.evaluation.regimes import UNCALIBRATED, Compared, Pair

PERSISTENCES = ("persistence_hard", "persistence_soft")
"""What every forecast of regimes must beat: today's regime again, and its row of the past's
transition matrix."""


def superiority_of(
    those: Compared,
    served: Pair,
    rivals: Iterable[str],
    bounds: Mapping[str, tuple[date, date]],
    horizon: int,
) -> dict[str, Any]:
    """Diebold-Mariano on the Brier score: the served forecast against uncalibrated rivals.

    Returns
    -------
    dict
        ``rivals``: by rival the fields of ``superiority.Comparison`` and Holm's p-value; a
        difference is the rival's score less the served forecast's. ``spans``: the same in each
        span. ``left_out`` and ``not_made``: reasons.
    """
    asked = [name for name in rivals if (name, UNCALIBRATED) != served]
    there = [name for name in asked if (name, UNCALIBRATED) in those.probabilities]
    pairs = {"served": served} | {name: (name, UNCALIBRATED) for name in there}
    losses = pd.DataFrame(
        {name: brier(those.probabilities[pair], those.outcome) for name, pair in pairs.items()},
        index=those.dates,
    )
    attempt = Attempts()
    test = partial(superiority.against_rivals, losses, "served", there, horizon)
    masks = windows.spans(those.dates, bounds)
    return {
        "rivals": attempt("rivals", test),
        "spans": superiority.over_windows(losses, "served", there, horizon, masks),
        "left_out": {
            name: those.left_out.get(name, "it is not among regime_evaluate.contenders")
            for name in asked
            if name not in there
        },
        "not_made": attempt.not_made,
    }


def gate(
    values: Mapping[str, Any], contenders: Mapping[str, Mapping[str, Mapping[str, Any]]], auc: float
) -> Gate:
    """Whether the served forecast tells risk-off apart and is better than both persistences.

    Parameters
    ----------
    values : mapping
        ``regimes.headlines`` of the served forecast.
    contenders : mapping
        The same of everyone, by contender and calibration.
    auc : float
        The least area under the curve of risk-off that is asked for.
    """
    area = values["auc"]
    told = "is not defined" if area is None else f"is {area:.3f}"
    reasons = [f"AUC of risk-off {told} ({auc:g} is asked for)"]
    passed = area is not None and area >= auc
    for name in PERSISTENCES:
        if name not in contenders:
            passed = False
            reasons.append(f"its Brier score cannot be held against {name}, which was not compared")
            continue
        change = values["brier"] / contenders[name][UNCALIBRATED]["brier"] - 1
        passed = passed and change < 0
        side = "below" if change < 0 else "above"
        reasons.append(f"Brier score is {abs(change):.1%} {side} {name}")
    return Gate(passed, reasons)
