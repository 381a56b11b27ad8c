"""What all charts have in common: rows as inline data, axes, and how a chart is drawn as a picture."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pandas as pd

from app.faces.charts.palette import Spec, themed

VEGA_LITE = "5.21"
"""The version that pictures are drawn with."""

HOVER = "hover"
"""Name of a layer that only answers to the mouse."""

_DIGITS = 7
"""Significant digits of inline numbers: more than any screen has pixels."""


def chart(description: str, rows: pd.DataFrame, height: int | Spec, **parts: Any) -> Spec:
    """A specification over a table, as wide as the page has room.

    Parameters
    ----------
    description : str
        What the chart shows, in words: its text alternative.
    rows : DataFrame
        Inline data; dates become ISO text, null what is not there.
    height : int or dict
        In pixels, or per step of a discrete axis.
    **parts
        Mark, layers, encoding.
    """
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
        "axis": {"grid": False, "labelOverlap": True, "tickCount": {"expr": "width / 90"}, **axis},
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


def svg(spec: Spec, theme: str, width: int) -> str:
    """A chart as a picture of a fixed width, without what only answers to the mouse.

    The same specification gives the same bytes.
    """
    import vl_convert

    still = {**themed(spec, theme), "width": width}
    if "layer" in still:
        still["layer"] = [one for one in still["layer"] if one.get("name") != HOVER]
    return str(vl_convert.vegalite_to_svg(json.dumps(still), vl_version=VEGA_LITE))


def sorted_by(names: Sequence[str]) -> list[str]:
    """An explicit order of a discrete axis."""
    return list(names)
