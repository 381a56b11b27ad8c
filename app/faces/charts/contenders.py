"""How the contenders compare: losses, differences over time, calibration."""

from __future__ import annotations

from typing import Any

import pandas as pd

from app.faces.charts.base import chart, names_axis, quantity, time_axis, tooltip, with_day
from app.faces.charts.history import PER_YEAR
from app.faces.charts.palette import Spec, color
from app.faces.charts.palette import contenders as colors_of
from app.faces.snapshot import Snapshot

NARROW = {"expr": "width < 480 ? 3 : 0"}
"""Columns of a legend of many names."""

BEST, NOT_BEST = "in the confidence set", "outside it"


def losses(snapshot: Snapshot) -> Spec:
    """QLIKE of every contender, the best first; filled where it is in the confidence set."""
    found = snapshot.metrics["forecast"]
    served = snapshot.version.model
    rows = pd.DataFrame(
        [
            {
                "contender": name,
                "qlike": figures["qlike"],
                "against": 100 * figures["qlike_vs_rv20"],
                "within": BEST if _included(found, name) else NOT_BEST,
                "served": name == served,
            }
            for name, figures in found["contenders"].items()
        ],
        columns=["contender", "qlike", "against", "within", "served"],
    ).sort_values("qlike", kind="stable")
    bold = {"condition": {"test": f"datum.value == '{served}'", "value": "bold"}}
    y = names_axis(rows, "contender", grid=True, labelFontWeight={**bold, "value": "normal"})
    x = quantity(
        "qlike",
        "mean QLIKE (lower is better)",
        scale={"zero": False, "padding": 12},
        axis={"tickCount": {"expr": "width / 70"}},
    )
    domain = [BEST, NOT_BEST]
    legend = {"symbolType": "circle"}
    shared = {"field": "within", "type": "nominal"}
    point = {
        "mark": {"type": "point", "size": 75, "strokeWidth": 2, "opacity": 1},
        "encoding": {
            "y": y,
            "x": x,
            "stroke": {
                **shared,
                "scale": {"domain": domain, "range": [color("forecast"), color("rv20")]},
                "legend": legend,
            },
            "fill": {
                **shared,
                "scale": {"domain": domain, "range": [color("forecast"), color("background")]},
                "legend": legend,
            },
            "tooltip": tooltip(
                ("contender", "contender", None),
                ("qlike", "mean QLIKE", ".4f"),
                ("against", "against RV20, %", "+.1f"),
                ("within", "90 % confidence set", None),
            ),
        },
    }
    oracle = (found.get("oracle") or {}).get("qlike")
    layers = [*(_oracle(oracle) if oracle else ()), point]
    best = rows["contender"].iloc[0] if len(rows) else "none"
    return chart(
        f"Mean QLIKE of {len(rows)} contenders from {found['window_start']} to "
        f"{found['window_end']}, lower is better; the best is {best}, served is {served}. "
        + "; ".join(f"{row['contender']} {row['qlike']:.3f}" for row in rows.to_dict("records"))
        + ".",
        rows,
        20 * len(rows),
        layer=layers,
    )


def _oracle(qlike: float) -> list[Spec]:
    """The loss of who knows the simulated world's state: nobody can do better."""
    x = quantity("qlike", "mean QLIKE (lower is better)")
    data = {"values": [{"qlike": qlike, "told": f"oracle {qlike:.3f}"}]}
    text = {"type": "text", "align": "left", "dx": 5, "color": color("implied")}
    return [
        {
            "data": data,
            "mark": {"type": "rule", "color": color("implied"), "strokeDash": [4, 3]},
            "encoding": {"x": x},
        },
        {
            "data": data,
            "mark": text,
            "encoding": {
                "x": x,
                "y": {"value": {"expr": "height - 10"}},
                "text": {"field": "told"},
            },
        },
    ]


def _included(found: dict[str, Any], name: str) -> bool:
    judged = ((found.get("superiority") or {}).get("confidence_set") or {}).get("all") or {}
    return bool(judged.get(name, {}).get("included"))


def cumulative_difference(snapshot: Snapshot) -> Spec:
    """Sum of each rival's loss less the served model's; a rise is in its favour."""
    rows = snapshot.plots["evaluate/cumulative_difference"]
    rows = rows.assign(date=pd.to_datetime(rows["date"]))
    names = list(dict.fromkeys(rows["rival"]))
    model = snapshot.version.model
    x = time_axis()
    y = quantity("difference", "cumulative difference in QLIKE")
    scale = {"domain": names, "range": colors_of(names, model)}
    shade = {"field": "rival", "type": "nominal", "scale": scale}
    lines = tooltip(
        ("day", "session", None),
        ("rival", "rival", None),
        ("difference", "sum of differences", ".1f"),
    )
    return chart(
        f"Cumulative loss differences, rival less {model}: a rise is in favour of {model}. Rivals: "
        f"{', '.join(names)}.",
        with_day(_monthly(rows, "rival"))[["date", "day", "rival", "difference"]],
        300,
        layer=[
            {
                "data": {"values": [{"zero": 0}]},
                "mark": {"type": "rule", "color": color("muted")},
                "encoding": {"y": quantity("zero", "cumulative difference in QLIKE")},
            },
            {
                "mark": {"type": "line", "strokeWidth": 1.6},
                "encoding": {
                    "x": x,
                    "y": y,
                    "color": {**shade, "legend": {"columns": NARROW}},
                    "tooltip": lines,
                },
            },
        ],
    )


def _monthly(rows: pd.DataFrame, by: str) -> pd.DataFrame:
    """The last row of each month, which is as fine as a screen shows of years."""
    month = rows["date"].dt.to_period("M")
    return rows.groupby([rows[by], month], sort=False).tail(1)


def calibration(snapshot: Snapshot) -> Spec:
    """Mean forecast against what came, by deciles of the forecast, both axes logarithmic."""
    rows = snapshot.plots["evaluate/calibration"]
    served = snapshot.version.model
    every = list(dict.fromkeys(rows["contender"]))
    shades = dict(zip(every, colors_of(every, served), strict=True))
    shown = [
        name
        for name in (served, snapshot.metrics["forecast"]["reference"], "rv20")
        if name in shades
    ]
    rows = rows[rows["contender"].isin(shown)]
    both = [*rows["forecast"], *rows["realized"]]
    ends = [0.93 * min(both), 1.08 * max(both)] if both else [1.0, 100.0]
    scale = {"type": "log", "nice": False, "domain": ends}
    axis = {"values": [5, 7, 10, 14, 20, 28, 40, 56, 80]}
    corners = [{"forecast": end, "realized": end} for end in ends]
    colors = {
        "field": "contender",
        "type": "nominal",
        "scale": {"domain": shown, "range": [shades[name] for name in shown]},
    }
    return chart(
        f"Calibration of {', '.join(shown)}: mean forecast against realised volatility by deciles "
        "of the forecast, in per cent a year; on the diagonal both are equal.",
        rows[["contender", "decile", "forecast", "realized"]],
        320,
        encoding={
            "x": quantity("forecast", f"forecast {PER_YEAR}", scale=scale, axis=axis),
            "y": quantity("realized", f"realised {PER_YEAR}", scale=scale, axis=axis),
        },
        layer=[
            {
                "data": {"values": corners},
                "mark": {"type": "line", "color": color("muted"), "strokeDash": [4, 4]}
                | {"strokeWidth": 1},
            },
            {
                "mark": {"type": "line", "strokeWidth": 1.4, "point": {"size": 45}},
                "encoding": {
                    "color": colors,
                    "tooltip": tooltip(
                        ("contender", "contender", None),
                        ("decile", "decile", "d"),
                        ("forecast", "forecast, % a year", ".1f"),
                        ("realized", "realised, % a year", ".1f"),
                    ),
                },
            },
        ],
    )


def loss_over_time(snapshot: Snapshot) -> Spec:
    """Rolling QLIKE of the served model and its rivals."""
    rows = snapshot.plots["evaluate/loss_over_time"]
    rows = rows.assign(date=pd.to_datetime(rows["date"]))
    names = list(dict.fromkeys(rows["contender"]))
    served = snapshot.version.model
    width = {
        "condition": {"test": f"datum.contender == '{served}'", "value": 2.6},
        "value": 1.3,
    }
    return chart(
        f"Mean QLIKE of the last 250 sessions of {', '.join(names)}; lower is better.",
        with_day(rows)[["date", "day", "contender", "qlike"]],
        280,
        mark={"type": "line"},
        encoding={
            "x": time_axis(),
            "y": quantity("qlike", "mean QLIKE of 250 sessions", scale={"zero": False}),
            "color": {
                "field": "contender",
                "type": "nominal",
                "scale": {"domain": names, "range": colors_of(names, served)},
                "legend": {"columns": NARROW},
            },
            "strokeWidth": width,
            "tooltip": tooltip(
                ("day", "up to", None),
                ("contender", "contender", None),
                ("qlike", "mean QLIKE", ".3f"),
            ),
        },
    )
