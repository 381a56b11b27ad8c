"""How the forecasts before a session did, as far as it was known at its close."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from app.faces.charts.history import known_outcomes
from app.faces.snapshot import Snapshot
from mlrisk.evaluation.losses import qlike


@dataclass(frozen=True)
class Skill:
    """Scores over some sessions.

    Parameters
    ----------
    n : int
        Sessions whose outcome was known.
    first, last : Timestamp
    qlike, qlike_rv20 : float
        Mean losses of the forecast and of RV20, on the same sessions.
    within : mapping of int to float
        Share of outcomes inside the interval of a level, where there was one; empty without any.
    """

    n: int
    first: pd.Timestamp
    last: pd.Timestamp
    qlike: float
    qlike_rv20: float
    within: dict[int, float]

    @property
    def against_rv20(self) -> float:
        """Relative difference of the losses; below zero is better than RV20."""
        return self.qlike / self.qlike_rv20 - 1


def skill(snapshot: Snapshot, date: pd.Timestamp, count: int | None = None) -> Skill | None:
    """Scores of the walk-forward over the last ``count`` known outcomes, or all; None of none.

    Warnings
    --------
    Out of sample: every forecast is of the fit of its time. Outcomes that were not known at 22:00
    UTC of ``date`` are left out.
    """
    bounds = [f"rv_5d_{side}_{level}" for level in (80, 90) for side in ("lo", "hi")]
    rows = snapshot.predictions[["date", "var_5d_hat", *bounds]]
    base = snapshot.baseline[["date", "var_5d_hat"]].rename(columns={"var_5d_hat": "var_rv20"})
    came = known_outcomes(snapshot, date)[["date", "rv_5d"]]
    table = (
        rows.merge(base, on="date")
        .merge(came, on="date")
        .dropna(subset=["var_5d_hat", "var_rv20", "rv_5d"])
    )
    table = table[table["rv_5d"] > 0]
    table = table if count is None else table.tail(count)
    if table.empty:
        return None
    variance = (table["rv_5d"] ** 2).to_numpy()
    within = {}
    for level in (80, 90):
        given = table.dropna(subset=[f"rv_5d_lo_{level}"])
        if len(given):
            inside = given["rv_5d"].between(given[f"rv_5d_lo_{level}"], given[f"rv_5d_hi_{level}"])
            within[level] = float(inside.mean())
    return Skill(
        n=len(table),
        first=table["date"].iloc[0],
        last=table["date"].iloc[-1],
        qlike=float(qlike(variance, table["var_5d_hat"].to_numpy()).mean()),
        qlike_rv20=float(qlike(variance, table["var_rv20"].to_numpy()).mean()),
        within=within,
    )
