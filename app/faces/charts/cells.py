"""A matrix of shaded cells with their numbers."""

from __future__ import annotations

import pandas as pd

from app.faces.charts.base import chart, tooltip
from app.faces.charts.palette import Spec, color


def cells(
    description: str,
    rows: pd.DataFrame,
    across: tuple[str, str | None],
    down: tuple[str, str | None],
    shade: Spec,
    strong: str,
) -> Spec:
    """A number per cell, written in it.

    Parameters
    ----------
    description : str
    rows : DataFrame
        Fields of both axes, the shade's, and ``text``.
    across, down : (field, title)
    shade : dict
        The colour channel.
    strong : str
        Expression that is true of cells whose shade is far from the background.
    """
    axis: Spec = {"domain": False, "ticks": False, "labelAngle": 0, "labelPadding": 6}
    axis["labelExpr"] = "length(datum.label) > 24 ? split(datum.label, ' of ') : datum.label"

    def channel(field: str, title: str | None, **more: object) -> Spec:
        return {
            "field": field,
            "type": "nominal",
            "sort": None,
            "title": title,
            "axis": axis | more,
        }

    encoding = {
        "x": channel(*across, orient="top"),
        "y": channel(*down),
    }
    text = {"condition": {"test": strong, "value": color("background")}, "value": color("text")}
    return chart(
        description,
        rows,
        34 * rows[down[0]].nunique(),
        encoding=encoding,
        layer=[
            {
                "mark": {"type": "rect", "stroke": color("background"), "strokeWidth": 2},
                "encoding": {
                    "color": shade,
                    "tooltip": tooltip(
                        (down[0], down[0], None), (across[0], across[0], None), ("text", "", None)
                    ),
                },
            },
            {
                "mark": {"type": "text", "fontSize": 12},
                "encoding": {"text": {"field": "text"}, "color": text},
            },
        ],
    )
