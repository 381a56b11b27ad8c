"""Page ``/regimes``: probabilities of a session, regimes as they were found, how well both hold."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app import regime_findings
from app.dashboard import figures, layout, markup
from app.faces import format as written
from app.faces.charts import regimes
from app.faces.day import DayView
from app.faces.snapshot import Snapshot

WINDOWS = {"1 year": 1, "3 years": 3, "10 years": 10}


def _show(snapshot: Snapshot, day: DayView) -> None:
    left, right = st.columns([2, 5], gap="medium")
    with left:
        st.subheader("Next five sessions")
        st.html(f'<div class="mr-card">{markup.regimes(day.regime_probs)}</div>')
        st.html(markup.paragraph(_today(snapshot, day)))
    with right:
        st.subheader("Probability of risk-off")
        figures.chart(regimes.risk_off_history(snapshot, day.date))
    st.subheader("Regimes as they were found")
    chosen = st.segmented_control(
        "Years shown", list(WINDOWS), default="3 years", key="regimes-window", required=True
    )
    first = day.date - pd.DateOffset(years=WINDOWS[chosen])
    figures.chart(regimes.ribbon(snapshot, first, day.date))
    st.caption(
        "The ribbon is the discovered regime as it was published at each close, never scored again."
    )
    left, right = st.columns(2, gap="medium")
    with left:
        st.subheader("From one session to the next")
        figures.chart(regimes.transition_matrix(snapshot))
        st.subheader("What sets them apart")
        figures.chart(regimes.cluster_profile(snapshot))
    with right:
        st.subheader("Reliability")
        figures.chart(regimes.reliability(snapshot))
    found = snapshot.metrics.get("regimes", {})
    if found.get("n_obs"):
        st.subheader("Scores out of sample")
        figures.told(regime_findings.scores(found), "Scores out of sample")
        with st.expander("Tests in words"):
            figures.told(regime_findings.sentences(found), "Tests")


def _today(snapshot: Snapshot, day: DayView) -> str:
    row = snapshot.clusters.loc[snapshot.clusters["date"] == day.date]
    if row.empty or pd.isna(row["regime_cluster_id"].iloc[0]):
        return "No regime had been found by then."
    number = int(row["regime_cluster_id"].iloc[0])
    count = sum(name.startswith("dist_to_centroid_") for name in row.columns)
    named = regimes.cluster_names(count)[number]
    chance = float(row[f"prob_cluster_{number}"].iloc[0])
    return (
        f"Found for this session: the {named} of the discovered regimes, with a probability of "
        f"{written.probability(chance)}."
    )


if __name__ == "__main__":
    layout.page("regimes", "Regimes after the close of {day}", _show)
