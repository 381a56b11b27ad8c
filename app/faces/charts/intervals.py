"""Whether the prediction intervals hold."""

from __future__ import annotations

import pandas as pd

from app.faces.charts.base import chart, quantity, time_axis, tooltip, with_day
from app.faces.charts.palette import Spec, color
from app.faces.day import LEVELS
from app.faces.snapshot import Snapshot

_LEGEND = {"labelExpr": "replace(datum.label, ' ', '') + ' interval'", "symbolType": "stroke"}


def coverage_over_time(snapshot: Snapshot) -> Spec:
    """Share of the last 250 outcomes inside their intervals, beside what was promised."""
    rows = snapshot.plots["intervals/coverage_over_time"]
    rows = rows.assign(date=pd.to_datetime(rows["date"]))
    names = [f"{level} %" for level in LEVELS]
    shades = [color("forecast"), color("implied")]
    scale = {"domain": names, "range": shades}
    title = "outcomes inside, %"
    x = time_axis()
    y = quantity("coverage", title, scale={"zero": False})
    promised = [
        {"coverage": level, "series": name} for level, name in zip(LEVELS, names, strict=True)
    ]
    shade = {"field": "series", "type": "nominal", "scale": scale}
    return chart(
        "Share of the last 250 outcomes that lay inside the 80% and the 90% interval, in per "
        "cent; dashed is what was promised.",
        with_day(rows)[["date", "day", "series", "coverage"]],
        240,
        layer=[
            {
                "data": {"values": promised},
                "mark": {"type": "rule", "strokeDash": [5, 4]},
                "encoding": {"y": y, "color": {**shade, "legend": _LEGEND}},
            },
            {
                "mark": {"type": "line", "strokeWidth": 1.8},
                "encoding": {
                    "x": x,
                    "y": y,
                    "color": {**shade, "legend": _LEGEND},
                    "tooltip": tooltip(
                        ("day", "up to", None),
                        ("series", "interval", None),
                        ("coverage", title, ".1f"),
                    ),
                },
            },
        ],
    )


def pit(snapshot: Snapshot) -> Spec:
    """Where outcomes fell in their forecast distributions; flat is calibrated."""
    rows = snapshot.plots["intervals/pit_histogram"][["pit", "density"]].astype(float)
    half = 0.5 / max(1, len(rows))
    rows = rows.assign(low=rows["pit"] - half, high=rows["pit"] + half)
    axis = {"format": ".1f", "grid": False, "tickCount": 5}
    x = quantity("low", "place of the outcome in its forecast distribution", axis=axis)
    title = "density (flat is calibrated)"
    return chart(
        "Histogram of the probability integral transform of outcomes that do not overlap; flat at "
        "one is calibrated.",
        rows,
        220,
        layer=[
            {
                "mark": {
                    "type": "bar",
                    "color": color("forecast"),
                    "opacity": 0.8,
                    "stroke": color("background"),
                },
                "encoding": {
                    "x": {**x, "bin": "binned"},
                    "x2": {"field": "high"},
                    "y": quantity("density", title),
                    "tooltip": tooltip(
                        ("low", "from", ".1f"), ("high", "to", ".1f"), ("density", "density", ".2f")
                    ),
                },
            },
            {
                "data": {"values": [{"even": 1}]},
                "mark": {"type": "rule", "color": color("text"), "strokeDash": [4, 4]},
                "encoding": {"y": quantity("even", title)},
            },
        ],
    )
