"""Page ``/contenders``: out-of-sample losses of all that was tried, and what the tests say."""

from __future__ import annotations

import streamlit as st

from app import figures as metrics
from app import findings
from app.dashboard import figures, layout
from app.faces import contenders as tables
from app.faces.charts import contenders
from app.faces.day import DayView
from app.faces.snapshot import Snapshot


def _show(snapshot: Snapshot, _: DayView) -> None:
    found = snapshot.metrics["forecast"]
    st.caption(
        f"Walk-forward over {metrics.window(found)}. Served is {snapshot.version.model}; the gate "
        f"is {metrics.gate_verdict(found)}."
    )
    left, right = st.columns([4, 5], gap="medium")
    with left:
        st.subheader("Losses")
        figures.chart(contenders.losses(snapshot))
    with right:
        st.subheader("Losses and calibration")
        standing = tables.standing(snapshot)
        served = frozenset() if standing.served is None else frozenset({standing.served})
        figures.shown(
            "Losses of every contender", standing.head, standing.rows, text_columns=2, marked=served
        )
    st.subheader("Where the difference was made")
    figures.chart(contenders.cumulative_difference(snapshot))
    left, right = st.columns(2, gap="medium")
    with left:
        st.subheader("Loss over time")
        figures.chart(contenders.loss_over_time(snapshot))
    with right:
        st.subheader("Calibration")
        figures.chart(contenders.calibration(snapshot))
    told = findings.rivals(found), findings.sentences(found), findings.spans(found)
    for title, text in zip(("Against each rival", "Tests", "By span of years"), told, strict=True):
        if text:
            st.subheader(title)
            figures.told(text, title)


if __name__ == "__main__":
    layout.page("contenders", "Contenders, out of sample", _show, dated=False)
