"""What a forecast is made of, and what moved it since the session before."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pandas as pd

from app.faces import format as written
from app.faces.charts.base import (
    beside_figures,
    by_kind,
    chart,
    figures,
    names_axis,
    quantity,
    time_axis,
    tooltip,
)
from app.faces.charts.history import PER_YEAR
from app.faces.charts.palette import Spec, groups
from app.faces.charts.steps import OTHER, label, steps
from app.faces.day import DayView
from app.faces.snapshot import Snapshot
from mlrisk.forecast.base import BASELINE

ROW, BAR = 22, 14
"""Height of a name, and of its bar, in pixels."""

EFFECT = "effect on volatility, %"
FEW_COLUMNS = {"expr": "width < 480 ? 2 : 0"}
"""Columns of a legend by the room there is; 0 is one line."""

__all__ = [
    "by_group",
    "contributions",
    "groups_of_day",
    "groups_over_time",
    "importance",
    "label",
    "waterfall",
]


def waterfall(day: DayView, count: int = 8) -> Spec:
    """What each feature did to the forecast since the session before."""
    rows = pd.DataFrame(
        [
            {
                "name": one.name,
                "start": one.start,
                "end": one.end,
                "kind": one.kind,
                "text": f"{one.end:.1f}%" if one.kind == "total" else written.effect(one.effect),
            }
            for one in steps(day, count)
        ],
        columns=["name", "start", "end", "kind", "text"],
    )
    ends = [*rows["start"], *rows["end"]] or [0.0, 1.0]
    margin = max(0.05 * (max(ends) - min(ends)), 0.005 * max(ends))
    y = names_axis(rows, "name")
    x = quantity(
        "start",
        PER_YEAR,
        scale=beside_figures(min(ends) - margin, max(ends) + margin),
        axis={"tickCount": 5, "titleAnchor": "end"},
    )
    encoding = {
        "y": y,
        "x": x,
        "color": by_kind(["total", "up", "down"]),
        "tooltip": tooltip(
            ("name", "of", None),
            ("text", "effect on volatility", None),
            ("start", "from, % a year", ".2f"),
            ("end", "to, % a year", ".2f"),
        ),
    }
    total = "datum.kind == 'total'"
    return chart(
        f"From the forecast of the session before to that of {day.iso}, in per cent a year: "
        f"{_told(rows)}.",
        rows,
        ROW * len(rows),
        layer=[
            {
                "transform": [{"filter": f"!({total})"}],
                "mark": {"type": "bar", "height": BAR},
                "encoding": {**encoding, "x2": {"field": "end"}},
            },
            {
                "transform": [{"filter": total}],
                "mark": {"type": "point", "shape": "diamond", "filled": True, "size": 130}
                | {"opacity": 1},
                "encoding": encoding,
            },
            figures(y),
        ],
    )


def contributions(day: DayView, count: int = 12) -> Spec:
    """The largest parts of a forecast: what each alone does to volatility."""
    parts = {name: part for name, part in day.contributions.items() if name != BASELINE}
    ordered = sorted(parts, key=lambda name: -abs(parts[name]))
    named = {label(name): parts[name] for name in ordered[:count]}
    if len(ordered) > count:
        named[OTHER] = math.fsum(parts[name] for name in ordered[count:])
    return _bars(named, f"Largest effects on the forecast of {day.iso}, each alone")


def groups_of_day(snapshot: Snapshot, day: DayView) -> Spec:
    """Parts of a forecast by kind of information."""
    totals = by_group(snapshot, day)
    return _bars(totals, f"Effects on the forecast of {day.iso} by kind of information")


def by_group(snapshot: Snapshot, day: DayView) -> dict[str, float]:
    """Parts of a forecast in log variance, summed by kind of information, the largest first."""
    sums: dict[str, list[float]] = {}
    for name, part in day.contributions.items():
        if name != BASELINE:
            sums.setdefault(snapshot.groups[name], []).append(part)
    totals = {name: math.fsum(parts) for name, parts in sums.items()}
    return {name: totals[name] for name in sorted(totals, key=lambda name: -abs(totals[name]))}


def _bars(parts: Mapping[str, float], description: str) -> Spec:
    """Signed horizontal bars of effects in log variance, with their figures."""
    rows = pd.DataFrame(
        [
            {
                "name": name,
                "effect": 100 * math.expm1(part / 2),
                "kind": "up" if part > 0 else "down",
                "text": written.effect(part),
            }
            for name, part in parts.items()
        ],
        columns=["name", "effect", "kind", "text"],
    )
    y = names_axis(rows, "name")
    low, high = min([0.0, *rows["effect"]]), max([0.0, *rows["effect"]])
    x = quantity(
        "effect",
        EFFECT,
        scale=beside_figures(low, max(high, low + 0.1)),
        axis={"tickCount": 5, "titleAnchor": "end"},
    )
    encoding = {
        "y": y,
        "x": x,
        "color": by_kind(["up", "down"]),
        "tooltip": tooltip(("name", "of", None), ("effect", EFFECT, "+.2f")),
    }
    return chart(
        f"{description}: {_told(rows) or 'none'}.",
        rows,
        ROW * len(rows),
        layer=[{"mark": {"type": "bar", "height": BAR}, "encoding": encoding}, figures(y)],
    )


def _told(rows: pd.DataFrame) -> str:
    return "; ".join(f"{row['name']} {row['text']}" for row in rows.to_dict("records"))


def groups_over_time(snapshot: Snapshot) -> Spec:
    """Mean contribution of each kind of information per month, each row by the fit of its time."""
    rows = snapshot.plots["explain/groups_over_time"]
    # Log points of volatility: additive, and near to per cent where they are small.
    rows = rows.assign(date=pd.to_datetime(rows["date"]), effect=50 * rows["contribution"])
    rows["month"] = [f"{date:%B %Y}" for date in rows["date"]]
    names = list(dict.fromkeys(rows["group"]))
    months = max(1, rows["date"].nunique())
    return chart(
        "Monthly mean of what each kind of information did to the forecast, stacked, in log points "
        f"of volatility: {', '.join(names)}.",
        rows[["date", "month", "group", "effect"]],
        280,
        mark={"type": "bar", "width": {"expr": f"max(1, width / {months})"}},
        encoding={
            "x": time_axis(),
            "y": quantity("effect", "effect on volatility, log points", stack="zero"),
            "color": {
                "field": "group",
                "type": "nominal",
                "scale": {"domain": names, "range": groups(names)},
                "legend": {"columns": FEW_COLUMNS},
            },
            "tooltip": tooltip(
                ("month", "month", None),
                ("group", "kind", None),
                ("effect", "effect, log points", "+.1f"),
            ),
        },
    )


def importance(snapshot: Snapshot, count: int = 15) -> Spec:
    """Mean absolute contribution of the features over the walk-forward, by kind of information."""
    rows = snapshot.plots["explain/feature_importance"].head(count)
    rows = rows.assign(
        name=[label(name) for name in rows["feature"]],
        group=[snapshot.groups[name] for name in rows["feature"]],
        text=[f"{value:.3f}" for value in rows["importance"]],
    )
    names = list(dict.fromkeys(rows["group"]))
    y = names_axis(rows, "name")
    x = quantity(
        "importance",
        "mean |contribution|, log variance",
        scale=beside_figures(0.0, max([0.001, *rows["importance"]])),
        axis={"tickCount": 5, "titleAnchor": "end"},
    )
    return chart(
        "Mean absolute contribution of the most important features over all forecasts, in log "
        f"variance: {_told(rows)}.",
        rows[["name", "group", "importance", "text"]],
        ROW * len(rows),
        layer=[
            {
                "mark": {"type": "bar", "height": BAR},
                "encoding": {
                    "y": y,
                    "x": x,
                    "color": {
                        "field": "group",
                        "type": "nominal",
                        "scale": {"domain": names, "range": groups(names)},
                        "legend": {"columns": 1},
                    },
                    "tooltip": tooltip(
                        ("name", "feature", None),
                        ("group", "kind", None),
                        ("importance", "mean absolute contribution", ".4f"),
                    ),
                },
            },
            figures(y),
        ],
    )
