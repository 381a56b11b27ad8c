"""Page ``/drivers``: what the forecast of a session is made of, and what all forecasts are."""

from __future__ import annotations

import math

import streamlit as st

from app.dashboard import figures, layout
from app.faces import format as written
from app.faces.charts import drivers
from app.faces.day import DayView
from app.faces.snapshot import Snapshot
from mlrisk.forecast.base import BASELINE


def _show(snapshot: Snapshot, day: DayView) -> None:
    left, right = st.columns([5, 4], gap="medium")
    with left:
        st.subheader("Largest contributions")
        figures.chart(
            drivers.contributions(day), table=_contributions(snapshot, day), text_columns=2
        )
    with right:
        st.subheader("By kind of information")
        figures.chart(drivers.groups_of_day(snapshot, day))
        st.caption(
            "Contributions are parts of log variance and add up to the forecast, the baseline "
            "included; shown is what each alone does to volatility."
        )
        if day.regime_contributions:
            st.subheader("Odds of risk-off")
            figures.shown("Largest effects on the odds of risk-off", *_odds(day))
    st.subheader("Kinds of information over time")
    figures.chart(drivers.groups_over_time(snapshot))
    st.subheader("Importance over all forecasts")
    figures.chart(drivers.importance(snapshot))
    st.caption("Both are of the whole walk-forward; the date chosen above is not used.")


def _contributions(snapshot: Snapshot, day: DayView) -> figures.Table:
    known = snapshot.features.loc[snapshot.features["date"] == day.date].iloc[0]
    ordered = sorted(day.contributions.items(), key=lambda item: -abs(item[1]))
    rows = [
        [
            drivers.label(name),
            snapshot.groups.get(name, "baseline"),
            written.value(float(known[name])) if name in known else written.NONE,
            written.effect(part) if name != BASELINE else written.NONE,
            f"{part:+.4f}",
        ]
        for name, part in ordered
    ]
    total = math.fsum(day.contributions.values())
    rows.append(["together: log of the variance forecast", "", "", "", f"{total:+.4f}"])
    return ["feature", "kind", "value", "effect on volatility", "in log variance"], rows


def _odds(day: DayView) -> figures.Table:
    parts = {name: part for name, part in day.regime_contributions.items() if name != BASELINE}
    ordered = sorted(parts, key=lambda name: -abs(parts[name]))[:8]
    rows = [
        [drivers.label(name), written.odds(parts[name]), f"{parts[name]:+.3f}"] for name in ordered
    ]
    return ["feature", "effect on the odds", "in log-odds"], rows


if __name__ == "__main__":
    layout.page("drivers", "What drives the forecast of {day}", _show)
