"""The steps from one session's forecast to the next one's, and features in words."""

from __future__ import annotations

import math
from dataclasses import dataclass

from app.faces.day import ANNUAL, DayView
from mlrisk.documents.brief.words import feature
from mlrisk.forecast.base import BASELINE

OTHER = "all other"


@dataclass(frozen=True)
class Step:
    """One line of the waterfall.

    Parameters
    ----------
    name : str
    effect : float
        In log variance; zero for the two totals.
    start, end : float
        Annual volatility before and after it, in per cent; equal for the two totals.
    kind : {"total", "up", "down"}
    """

    name: str
    effect: float
    start: float
    end: float
    kind: str


def steps(day: DayView, count: int = 8) -> tuple[Step, ...]:
    """From the forecast of the session before to this one.

    Effects are additive in log variance, so each multiplies volatility by ``exp(effect / 2)``. The
    largest ``count`` stand alone, the rest are one step, together with what a refit changes in the
    ratio of mean volatility to the root of mean variance: so the last step ends at the forecast.

    Returns
    -------
    tuple of Step
        Both totals and the steps between them; empty for the first session.
    """
    if day.rv_5d_hat_before is None or day.previous is None or not day.changes:
        return ()
    named = [(label(change.feature), change.effect) for change in day.changes[:count]]
    if len(day.changes) > count or day.refitted:
        whole = 2 * math.log(day.rv_5d_hat / day.rv_5d_hat_before)
        named.append((OTHER, whole - math.fsum(effect for _, effect in named)))
    first, last = 100 * ANNUAL * day.rv_5d_hat_before, 100 * ANNUAL * day.rv_5d_hat
    found = [Step(f"{day.previous:%a %-d %b}", 0.0, first, first, "total")]
    level = first
    for place, (name, effect) in enumerate(named, 1):
        end = last if place == len(named) else level * math.exp(effect / 2)
        found.append(Step(name, effect, level, end, "up" if effect > 0 else "down"))
        level = end
    return (*found, Step(f"{day.date:%a %-d %b}", 0.0, last, last, "total"))


def label(name: str) -> str:
    """A feature in plain words, as an axis names it."""
    if name == BASELINE:
        return "the model itself"
    return feature(name).strip("`").removeprefix("the ")
