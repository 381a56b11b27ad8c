"""Regimes: what is forecast, what was published, and how well both held."""

from __future__ import annotations

from typing import Any

import pandas as pd

from app.faces import format as written
from app.faces.charts.base import (
    as_series,
    chart,
    hover,
    names_axis,
    quantity,
    time_axis,
    tooltip,
    with_day,
)
from app.faces.charts.cells import cells
from app.faces.charts.drivers import label
from app.faces.charts.history import known_outcomes
from app.faces.charts.palette import Spec, clusters, color, regimes
from app.faces.day import DayView, position
from app.faces.snapshot import Snapshot
from mlrisk.contracts import REGIMES

CLUSTER = "regime_cluster_id"

_RISK_OFF = REGIMES[-1]
_RIBBON = 12
"""Height of a ribbon, in pixels."""


def probabilities(day: DayView) -> Spec:
    """Probability of each regime over the next five sessions."""
    rows = pd.DataFrame(
        [
            {
                "regime": written.regime(name),
                "percent": 100 * chance,
                "text": written.probability(chance),
            }
            for name, chance in day.regime_probs.items()
        ],
        columns=["regime", "percent", "text"],
    )
    y = names_axis(rows, "regime", labelFontSize=12)
    axis = {"values": [0, 25, 50, 75, 100], "titleAnchor": "end"}
    x = quantity("percent", "probability, %", scale={"domain": [0, 108]}, axis=axis)
    scale = {"domain": [written.regime(name) for name in REGIMES], "range": regimes()}
    told = "; ".join(f"{row['regime']} {row['text']}" for row in rows.to_dict("records"))
    return chart(
        f"Probabilities of the regimes over the five sessions after {day.iso}: {told or 'none'}.",
        rows,
        30 * len(rows),
        layer=[
            {
                "mark": {"type": "bar", "height": 20},
                "encoding": {
                    "y": y,
                    "x": x,
                    "color": {"field": "regime", "type": "nominal", "legend": None, "scale": scale},
                    "tooltip": tooltip(("regime", "regime", None), ("percent", "%", ".1f")),
                },
            },
            {
                "mark": {"type": "text", "align": "left", "dx": 5, "fontSize": 12},
                "encoding": {"y": y, "x": x, "text": {"field": "text"}},
            },
        ],
    )


def ribbon(snapshot: Snapshot, first: pd.Timestamp, last: pd.Timestamp) -> Spec:
    """The benchmark's price above the cluster that was published at each close."""
    benchmark, market = snapshot.version.benchmark, snapshot.market
    prices = market.loc[market["symbol"] == benchmark, ["date", "close"]]
    prices = prices[prices["date"].between(first, last)]
    table = prices.merge(snapshot.clusters[["date", CLUSTER]], "left", on="date")
    names = _names(snapshot)
    table["cluster"] = table[CLUSTER].astype(float).map(names)
    x = time_axis()
    shade = {
        "field": "cluster",
        "type": "nominal",
        "scale": {"domain": list(names.values()), "range": clusters(len(names))},
        "legend": {"symbolOpacity": 1, "symbolType": "square"},
    }

    def rectangles(top: Any, bottom: Any, opacity: float) -> Spec:
        return {
            "data": {"values": _runs(table)},
            "mark": {"type": "rect", "opacity": opacity},
            "encoding": {
                "x": x,
                "x2": {"field": "until"},
                "y": {"value": top},
                "y2": {"value": bottom},
                "color": shade,
            },
        }

    edge = {"expr": f"height - {_RIBBON}"}
    low, high = float(table["close"].min()), float(table["close"].max())
    below = {"type": "log"} if high > 2 * low else {"zero": False}
    # The ribbon lies under the lowest price.
    room = (low / high) ** 0.1 * low if high > 2 * low else low - 0.1 * (high - low)
    scale = {**below, "domain": [room, high], "nice": False}
    return chart(
        f"Closes of {benchmark} from {first:%-d %B %Y} to {last:%-d %B %Y} above a ribbon in the "
        "colour of the discovered regime as it was published at each close.",
        with_day(table[["date", "close", "cluster"]]),
        260,
        layer=[
            rectangles(0, edge, 0.15),
            rectangles(edge, "height", 1),
            {
                "mark": {"type": "line", "color": color("realized"), "strokeWidth": 1.4},
                "encoding": {
                    "x": x,
                    "y": quantity(
                        "close", f"{benchmark}, close, USD", scale=scale, axis={"tickCount": 5}
                    ),
                },
            },
            hover(
                x,
                tooltip(
                    ("day", "session", None),
                    ("close", "close", ".2f"),
                    ("cluster", "regime", None),
                ),
            ),
        ],
    )


def cluster_names(count: int) -> dict[int, str]:
    """Discovered regimes in words, in the order of their volatility."""
    words = {2: ("calmer", "wilder"), 3: ("calmest", "middle", "wildest")}
    return dict(enumerate(words.get(count, [f"number {place + 1}" for place in range(count)])))


def _names(snapshot: Snapshot) -> dict[int, str]:
    columns = snapshot.clusters.columns
    return cluster_names(int(sum(columns.str.startswith("dist_to_centroid_"))))


def _runs(table: pd.DataFrame) -> list[Spec]:
    """Spells of one regime: first session, the session after the last, and its name."""
    ids = table[CLUSTER].astype(float).fillna(-1)
    starts = table.index[ids != ids.shift()]
    ends = [*starts[1:], *table.index[-1:]]
    return [
        {
            "date": f"{table['date'][start]:%Y-%m-%d}",
            "until": f"{table['date'][end]:%Y-%m-%d}",
            "cluster": table["cluster"][start],
        }
        for start, end in zip(starts, ends, strict=True)
        if ids[start] >= 0
    ]


def risk_off_history(snapshot: Snapshot, date: pd.Timestamp, count: int = 250) -> Spec:
    """Probability of risk-off up to a date; a tick where risk-off came, as far as it was known."""
    place = position(snapshot, date)
    rows = snapshot.predictions.iloc[max(0, place + 1 - count) : place + 1]
    table = pd.DataFrame(
        {"date": rows["date"], "percent": 100 * rows[f"regime_probs.{_RISK_OFF}"]}
    ).merge(known_outcomes(snapshot, date)[["date", "regime_5d"]], "left", on="date")
    table["came"] = table.pop("regime_5d").map(written.regime, na_action="ignore")
    x = time_axis()
    y = quantity("percent", "probability of risk-off, %", scale={"domain": [0, 100]})
    shades = {"forecast probability": color("forecast"), "risk-off came": color("risk_off")}
    probability, came = shades
    line: Spec = {"mark": {"type": "line", "strokeWidth": 1.5}, "encoding": {"x": x, "y": y}}
    tick = {"type": "tick", "orient": "vertical", "thickness": 2, "height": 9, "opacity": 1}
    ticks: Spec = {
        "transform": [{"filter": f"datum.came == '{written.regime(_RISK_OFF)}'"}],
        "mark": tick,
        "encoding": {"x": x, "y": {"value": 5}},
    }
    first = f"{table['date'].iloc[0]:%-d %B %Y}"
    return chart(
        f"Probability of risk-off over the next five sessions, from {first} to {date:%-d %B %Y}, "
        "in per cent; ticks at the top mark sessions that risk-off followed, as far as it was "
        "known.",
        with_day(table),
        200,
        layer=[
            {
                "mark": {"type": "area", "opacity": 0.2, "color": color("forecast")},
                "encoding": {"x": x, "y": y},
            },
            as_series(line, probability, shades),
            as_series(ticks, came, shades),
            hover(
                x,
                tooltip(
                    ("day", "session", None),
                    ("percent", "risk-off, %", ".1f"),
                    ("came", "what came", None),
                ),
            ),
        ],
    )


def transition_matrix(snapshot: Snapshot) -> Spec:
    """How often a discovered regime was followed by each, from one session to the next."""
    rows, names = snapshot.plots["regimes/transition"], _names(snapshot)
    table = pd.DataFrame(
        {
            "today": rows["today"].map(names),
            "tomorrow": rows["tomorrow"].map(names),
            "percent": rows["value"].astype(float),
        }
    )
    told = "; ".join(
        f"{row['today']} to {row['tomorrow']} {row['percent']:.1f}%"
        for row in table.to_dict("records")
    )
    return cells(
        f"Chances of the next session's regime by today's: {told}.",
        table.assign(text=[f"{one:.1f}%" for one in table["percent"]]),
        ("tomorrow", "next session"),
        ("today", "today"),
        quantity(
            "percent",
            None,
            legend=None,
            scale={"domain": [0, 100], "range": [color("middle"), color("calm")]},
        ),
        "datum.percent > 50",
    )


def cluster_profile(snapshot: Snapshot) -> Spec:
    """Mean of each input within each discovered regime, in standard deviations."""
    rows, names = snapshot.plots["regimes/profile"], _names(snapshot)
    table = pd.DataFrame(
        {
            "regime": rows["cluster"].map(names),
            "input": [label(one) for one in rows["input"]],
            "value": rows["value"].astype(float),
        }
    )
    reach = max(1.0, float(table["value"].abs().max())) if len(table) else 1.0
    told = "; ".join(
        f"{row['regime']}, {row['input']} {row['value']:+.1f}" for row in table.to_dict("records")
    )
    return cells(
        f"Means of the inputs within each discovered regime, in standard deviations: {told}.",
        table.assign(text=[f"{one:+.2f}" for one in table["value"]]),
        ("regime", None),
        ("input", None),
        quantity(
            "value",
            None,
            legend=None,
            scale={
                "domain": [-reach, 0, reach],
                "range": [color("down"), color("middle"), color("up")],
                "interpolate": "rgb",
            },
        ),
        f"abs(datum.value) > {0.62 * reach:.6g}",
    )


def reliability(snapshot: Snapshot) -> Spec:
    """Forecast probability of risk-off against how often it came, in bins of equal count."""
    rows = snapshot.plots["regimes/reliability"]
    rows = rows.loc[rows["contender"] == "served", ["count", "forecast", "observed"]]
    top = max(10.0, *rows["forecast"], *rows["observed"]) if len(rows) else 100.0
    scale = {"domain": [0, min(100.0, 1.05 * top)], "nice": False}
    told = "; ".join(
        f"{row['forecast']:.0f}% against {row['observed']:.0f}%" for row in rows.to_dict("records")
    )
    encoding = {
        "x": quantity("forecast", "forecast probability of risk-off, %", scale=scale),
        "y": quantity("observed", "how often it came, %", scale=scale),
    }
    corner = [{"forecast": 0, "observed": 0}, {"forecast": top, "observed": top}]
    return chart(
        "Reliability of the probability of risk-off, forecast against observed, in bins of equal "
        f"count: {told}.",
        rows,
        300,
        encoding=encoding,
        layer=[
            {
                "data": {"values": corner},
                "mark": {"type": "line", "color": color("muted"), "strokeDash": [4, 4]}
                | {"strokeWidth": 1},
            },
            {"mark": {"type": "line", "color": color("risk_off"), "strokeWidth": 1.5}},
            {
                "mark": {"type": "point", "filled": True, "size": 70, "color": color("risk_off")},
                "encoding": {
                    "tooltip": tooltip(
                        ("forecast", "forecast, %", ".1f"),
                        ("observed", "observed, %", ".1f"),
                        ("count", "sessions", ","),
                    )
                },
            },
        ],
    )
