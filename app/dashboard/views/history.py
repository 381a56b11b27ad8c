"""Page ``/history``: forecasts against what came, whether intervals hold, the track record."""

from __future__ import annotations

import math

import pandas as pd
import streamlit as st

from app import record
from app.dashboard import figures, layout, markup
from app.faces import format as written
from app.faces.charts import history, intervals
from app.faces.day import DayView
from app.faces.snapshot import Snapshot
from mlrisk.record.chain import RecordError

WINDOWS = {"3 months": 63, "1 year": 250, "3 years": 750}
_NEWEST = 20


def _show(snapshot: Snapshot, day: DayView) -> None:
    st.subheader("Forecast and what came")
    chosen = st.segmented_control(
        "Sessions shown", list(WINDOWS), default="1 year", key="history-window", required=True
    )
    table = history.history(snapshot, day.date, _NEWEST)
    figures.chart(
        history.forecast_history(snapshot, day.date, WINDOWS[chosen]), table=_figures(table)
    )
    st.caption(
        f"Outcomes are those known after the close of {written.day(day.date)}: the five sessions "
        "that a forecast covers must have passed."
    )
    st.subheader("Do the intervals hold?")
    st.html(markup.grid(_coverage(snapshot)))
    left, right = st.columns(2, gap="medium")
    with left:
        figures.chart(intervals.coverage_over_time(snapshot))
    with right:
        figures.chart(intervals.pit(snapshot))
    st.caption(
        "Walk-forward, over all sessions whose outcome is known by the end of the run; the session "
        "chosen above is not used."
    )
    _track_record(snapshot)


def _figures(table: pd.DataFrame) -> figures.Table:
    head = ["session", "forecast", "80% from", "80% to", "90% from", "90% to", "realised", "VIX"]
    columns = ["forecast", "lo_80", "hi_80", "lo_90", "hi_90", "realized", "implied"]
    rows = [
        [f"{row['date']:%Y-%m-%d}", *(written.annual(row[name] / 100) for name in columns)]
        for row in table.iloc[::-1].to_dict("records")
    ]
    return head, rows


def _track_record(snapshot: Snapshot) -> None:
    st.subheader("Track record")
    try:
        kept = record.read(snapshot.root)
    except RecordError as error:
        st.error(str(error))
        return
    table = kept.table((snapshot.version.source, snapshot.version.benchmark))
    st.caption(
        "Forecasts that were written down before their outcome was known, in a file that only "
        "grows; kept apart from the walk-forward above."
    )
    if table.empty:
        st.info(
            f"Nothing of {snapshot.version.benchmark} from the source {snapshot.version.source} is "
            "on record yet. `mlrisk publish` writes down the served forecast, `mlrisk verify` "
            "checks the file."
        )
        return
    if table["running_n"].notna().any():
        figures.chart(history.track_record(table))
    head = ["session", "forecast", "RV20", "realised", "QLIKE", "of RV20", "note"]
    figures.shown("Track record, newest first", head, _recorded(table))


def _recorded(table: pd.DataFrame) -> list[list[str]]:
    newest = table.sort_values(["date", "revision"], ascending=False).head(_NEWEST)
    return [
        [
            f"{row['date']:%Y-%m-%d}",
            written.annualised(row["rv_5d_hat"]),
            written.annualised(math.sqrt(row["var_5d_rv20"])),
            written.annualised(row["rv_5d"]),
            written.loss(row["qlike"]),
            written.loss(row["qlike_rv20"]),
            ", ".join(filter(None, ["late" * row["late"], "revised" * (row["revision"] > 0)])),
        ]
        for row in newest.to_dict("records")
    ]


def _coverage(snapshot: Snapshot) -> list[str]:
    found = []
    for level, held in snapshot.metrics["intervals"]["levels"].items():
        worst = held.get("worst_rolling") or {}
        note = f"of {written.count(held['n_obs'])} outcomes"
        found.append(
            markup.stat(f"Inside the {level}% interval", written.share(held["coverage"]), note)
        )
        if worst:
            found.append(
                markup.stat(
                    f"Worst {worst['window']} sessions, {level}%",
                    written.share(worst["coverage"]),
                    f"up to {worst['end_date']}",
                )
            )
    return found


if __name__ == "__main__":
    layout.page("history", "History up to {day}", _show)
