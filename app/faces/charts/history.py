"""The forecast over time, as it was known at a date; the track record."""

from __future__ import annotations

import pandas as pd

from app.faces.charts.base import (
    as_series,
    chart,
    hover,
    quantity,
    records,
    time_axis,
    tooltip,
    with_day,
)
from app.faces.charts.palette import Spec, color
from app.faces.day import ANNUAL, position
from app.faces.snapshot import Snapshot
from mlrisk.documents.brief.figures import HORIZON

PER_YEAR = "volatility, % a year"
FORECAST, REALIZED, IMPLIED = "forecast", "realised afterwards", "implied by the VIX"


def known_outcomes(snapshot: Snapshot, date: pd.Timestamp) -> pd.DataFrame:
    """Labels that were known at the information time of a session.

    Warnings
    --------
    The volatility of a date's next five sessions is known at the fifth of them: the labels of the
    last five sessions up to ``date`` are left out, whatever came later.
    """
    labels = snapshot.labels[snapshot.labels["date"] <= date]
    return labels.iloc[: max(0, len(labels) - HORIZON)]


def history(snapshot: Snapshot, date: pd.Timestamp, count: int) -> pd.DataFrame:
    """Forecasts of the last sessions up to a date, in per cent a year.

    Returns
    -------
    DataFrame
        Columns date, forecast, lo_80, hi_80, lo_90, hi_90, realized (null where it was not known
        at ``date``), implied.
    """
    place = position(snapshot, date)
    rows = snapshot.predictions.iloc[max(0, place + 1 - count) : place + 1]
    bounds = ("lo_80", "hi_80", "lo_90", "hi_90")
    scaled = rows[["rv_5d_hat", *(f"rv_5d_{bound}" for bound in bounds)]] * 100 * ANNUAL
    table = scaled.set_axis(["forecast", *bounds], axis=1).assign(date=rows["date"])
    came = known_outcomes(snapshot, date)[["date", "rv_5d"]]
    implied = snapshot.features.reindex(columns=["date", "vix"])
    table = table.merge(came, "left", on="date").merge(implied, "left", on="date")
    table["rv_5d"] *= 100 * ANNUAL
    named = table.rename(columns={"rv_5d": "realized", "vix": "implied"})
    return named[["date", "forecast", *bounds, "realized", "implied"]]


def forecast_history(snapshot: Snapshot, date: pd.Timestamp, count: int = 250) -> Spec:
    """Forecast with its intervals, what came as far as it was known, and what the VIX implied."""
    rows = history(snapshot, date, count)
    first, last = (f"{rows['date'].iloc[place]:%-d %B %Y}" for place in (0, -1))
    x = time_axis()

    def band(level: int, opacity: float) -> Spec:
        y = quantity(f"lo_{level}", PER_YEAR, scale={"zero": True, "nice": True})
        return {
            "mark": {"type": "area", "color": color("forecast"), "opacity": opacity},
            "encoding": {"x": x, "y": y, "y2": {"field": f"hi_{level}"}},
        }

    names = [FORECAST, REALIZED, IMPLIED]
    shades = dict(zip(names, map(color, ("forecast", "realized", "implied")), strict=True))

    def series(field: str, name: str, mark: Spec) -> Spec:
        layer = {"mark": mark, "encoding": {"x": x, "y": quantity(field, PER_YEAR)}}
        return as_series(layer, name, shades)

    line = {"type": "line", "strokeJoin": "round"}
    dots = {"type": "point", "filled": True, "size": 11, "opacity": 0.8}
    layers = [
        band(90, 0.14),
        band(80, 0.20),
        series("realized", REALIZED, dots),
        series("implied", IMPLIED, {**line, "strokeWidth": 1.3, "strokeDash": [4, 3]}),
        series("forecast", FORECAST, {**line, "strokeWidth": 2}),
        {
            "data": {"values": records(rows[["date", "forecast"]].tail(1))},
            "mark": {"type": "point", "filled": True, "size": 55, "color": color("forecast")},
            "encoding": {"x": x, "y": quantity("forecast", PER_YEAR)},
        },
        hover(
            x,
            tooltip(
                ("day", "session", None),
                ("forecast", "forecast, % a year", ".1f"),
                ("lo_80", "80% from", ".1f"),
                ("hi_80", "80% to", ".1f"),
                ("lo_90", "90% from", ".1f"),
                ("hi_90", "90% to", ".1f"),
                ("realized", "realised afterwards", ".1f"),
                ("implied", "implied by the VIX", ".1f"),
            ),
        ),
    ]
    return chart(
        f"Forecasts of the five-session volatility of {snapshot.version.benchmark} from {first} to "
        f"{last}, in per cent a year, with 80% and 90% intervals, the volatility realised "
        f"afterwards as far as it was known on {last}, and the volatility that the VIX implied.",
        with_day(rows),
        300,
        layer=layers,
    )


def track_record(table: pd.DataFrame) -> Spec:
    """Mean QLIKE of all published forecasts up to each date, beside that of RV20.

    Parameters
    ----------
    table : DataFrame
        As ``mlrisk.record.Record.table`` gives it.
    """
    names = {"qlike": "published forecasts", "qlike_rv20": "RV20"}
    means = table.dropna(subset=["running_n"]).sort_values("date")
    columns = [f"running_{name}" for name in ("n", *names)]
    means = means[["date", *columns]].set_axis(["date", "n", *names], axis=1)
    rows = means.melt(["date", "n"], var_name="field", value_name="value")
    rows = with_day(rows).assign(series=rows["field"].map(names))
    mark = {"type": "line", "strokeWidth": 2, "point": len(means) < 60}
    scale = {"domain": list(names.values()), "range": [color("forecast"), color("implied")]}
    encoding = {
        "x": time_axis(),
        "y": quantity("value", "mean QLIKE so far (lower is better)", scale={"zero": False}),
        "color": {"field": "series", "type": "nominal", "scale": scale},
        "tooltip": tooltip(
            ("day", "session", None),
            ("series", "of", None),
            ("value", "mean QLIKE", ".4f"),
            ("n", "forecasts", ","),
        ),
    }
    return chart(
        "Mean QLIKE of the published forecasts up to each session whose outcome is known, beside "
        "that of RV20 on the same sessions; lower is better.",
        rows[["date", "day", "n", "series", "value"]],
        220,
        mark=mark,
        encoding=encoding,
    )
