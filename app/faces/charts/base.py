"""What all charts have in common: inline data, axes, and how one is drawn as a picture."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from app.faces.charts.palette import Spec, color, themed

VEGA_LITE = "5.21"
"""The version that pictures are drawn with."""

NOTHING = "nothing to show yet"
"""What stands where a table has no rows."""

HOVER = "hover"
"""Name of a layer that only answers to the mouse."""

_APART = {"labelOverlap": True, "labelSeparation": 8}
_DIGITS = 7
"""Significant digits of inline numbers: more than any screen has pixels."""


def chart(description: str, rows: pd.DataFrame, height: int, **parts: Any) -> Spec:
    """A specification over a table, as wide as the page has room.

    Parameters
    ----------
    description : str
        What the chart shows, in words: its text alternative.
    rows : DataFrame
        Inline data; dates become ISO text, null what is not there.
    height : int
        Of the plane without its axes, in pixels.
    **parts
        Mark, layers, encoding.
    """
    if rows.empty:
        height, parts = 40, {"mark": {"type": "text"}, "encoding": {"text": {"value": NOTHING}}}
        rows = pd.DataFrame({"nothing": [0]})
    return {
        "description": description,
        "width": "container",
        "height": height,
        "autosize": {"type": "fit-x", "contains": "padding"},
        "data": {"values": records(rows)},
        **parts,
    }


def records(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows of a table as JSON has them."""
    return [
        {str(name): _plain(value) for name, value in row.items()} for row in rows.to_dict("records")
    ]


def _plain(value: Any) -> Any:
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d}"
    if not isinstance(value, str) and pd.isna(value):
        return None
    if isinstance(value, float):
        return float(f"{value:.{_DIGITS}g}")
    return value


def with_day(rows: pd.DataFrame) -> pd.DataFrame:
    """With the date in words, for tooltips: a date's own format follows the reader's time zone."""
    return rows.assign(day=[f"{date:%a %-d %b %Y}" for date in rows["date"]])


def time_axis(**axis: Any) -> Spec:
    """The horizontal axis of dates; without a title, as dates speak for themselves."""
    return {
        "field": "date",
        "type": "temporal",
        "title": None,
        "scale": {"type": "utc"},
        "axis": {"grid": False, "tickCount": {"expr": "width / 110"}, **_APART, **axis},
    }


def names_axis(rows: pd.DataFrame, field: str, **axis: Any) -> Spec:
    """The vertical axis of names, in the order of the rows."""
    return {
        "field": field,
        "type": "nominal",
        "sort": list(rows[field]),
        "title": None,
        "axis": {"domain": False, "ticks": False, "labelPadding": 6, **axis},
    }


def figures(y: Spec, field: str = "text") -> Spec:
    """A column of figures at the right edge, one for each name."""
    return {
        "mark": {"type": "text", "align": "right"},
        "encoding": {"y": y, "x": {"value": "width"}, "text": {"field": field}},
    }


def beside_figures(low: float, high: float, room: int = 48) -> Spec:
    """A scale that leaves room, in pixels, for a column of figures at its right end."""
    end = f"{high:.9g} + {high - low:.9g} * {room} / max(width - {room}, 40)"
    return {"domainMin": low, "domainMax": {"expr": end}, "nice": False, "zero": False}


def by_kind(kinds: Sequence[str]) -> Spec:
    """The colour channel of bars whose field ``kind`` is also the name of a colour."""
    return {
        "field": "kind",
        "type": "nominal",
        "legend": None,
        "scale": {"domain": list(kinds), "range": [color(kind) for kind in kinds]},
    }


def as_series(layer: Spec, name: str, colors: Mapping[str, str]) -> Spec:
    """A layer under its name in the legend that it shares with others.

    Parameters
    ----------
    layer : dict
    name : str
    colors : mapping of str to str
        Colour of every series of the chart, in the order of the legend.
    """
    scale = {"domain": list(colors), "range": list(colors.values())}
    legend = {"symbolType": "circle", "symbolOpacity": 1}
    shade = {"field": "series", "type": "nominal", "scale": scale, "legend": legend}
    return {
        **layer,
        "transform": [*layer.get("transform", []), {"calculate": f"'{name}'", "as": "series"}],
        "encoding": {**layer["encoding"], "color": shade},
    }


def quantity(field: str, title: str | None, **more: Any) -> Spec:
    """A quantitative channel."""
    return {"field": field, "type": "quantitative", "title": title, **more}


def tooltip(*fields: tuple[str, str, str | None]) -> list[Spec]:
    """Lines of a tooltip: field, title and format; text where the format is None."""
    return [
        {"field": field, "title": title, "type": "nominal"}
        if form is None
        else {"field": field, "title": title, "type": "quantitative", "format": form}
        for field, title, form in fields
    ]


def hover(axis: Spec, lines: list[Spec]) -> Spec:
    """A rule at the row that is nearest to the mouse, with its tooltip."""
    shown = {"condition": {"param": HOVER, "empty": False, "value": 0.5}, "value": 0}
    select = {
        "type": "point",
        "encodings": ["x"],
        "nearest": True,
        "on": "pointerover",
        "clear": "pointerout",
    }
    return {
        "name": HOVER,
        "params": [{"name": HOVER, "select": select}],
        "mark": {"type": "rule", "color": "color:muted"},
        "encoding": {"x": axis, "opacity": shown, "tooltip": lines},
    }


def svg(spec: Spec, theme: str, width: int, *, background: bool = True) -> str:
    """A chart as a picture of a fixed width, without what only answers to the mouse.

    The same specification gives the same bytes. Single marks carry no text of their own: what
    stands around the picture says what it shows.
    """
    import vl_convert

    still = {**themed(spec, theme), "width": width}
    still["config"] = {**still["config"], "aria": False}
    if not background:
        still["background"] = None
    if "layer" in still:
        still["layer"] = [one for one in still["layer"] if one.get("name") != HOVER]
    return str(vl_convert.vegalite_to_svg(json.dumps(still), vl_version=VEGA_LITE))
