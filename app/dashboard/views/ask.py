"""Page ``/ask``: a question to the documents, and where its answer stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from app.dashboard import layout, markup, passages, state
from app.dashboard.choice import CITED
from app.faces import format as written
from app.faces.day import DayView, position
from app.faces.snapshot import Snapshot
from mlrisk.documents.base import DocumentError
from mlrisk.documents.interface import answer_as_json, constraints

LONGEST = 500
"""Characters of a question."""
EXAMPLES = (
    "What did the latest statement decide on the target range?",
    "What jobless rate does the latest Employment Situation report?",
    "What does the latest CPI release say about the last 12 months?",
    "How volatile are the next five sessions expected to be?",
)
_QUESTION = "question"


def _show(snapshot: Snapshot, day: DayView) -> None:
    kept = snapshot.documents
    memory = st.session_state
    memory.setdefault(_QUESTION, st.query_params.get("q", "")[:LONGEST])
    with st.form("ask", border=True):
        st.text_input("Question to the documents", key=_QUESTION, max_chars=LONGEST)
        with st.container(horizontal=True, vertical_alignment="bottom"):
            sources = st.multiselect("Sources", sorted(kept["source"].unique()), width=260)
            kinds = st.multiselect(
                "Kinds",
                sorted(kept["doc_type"].unique()),
                format_func=lambda kind: kind.replace("_", " "),
                width=260,
            )
            since = st.date_input("Published from", value=None, format="YYYY-MM-DD", width=170)
            st.form_submit_button("Ask", on_click=_forget)
    with st.container(horizontal=True, gap="small"):
        for place, example in enumerate(EXAMPLES):
            st.button(example, key=f"mr-example-{place}", on_click=_ask, args=(example,))
    st.caption(
        f"Only documents published by {written.moment(day.known_at)} are asked; choose another "
        "session above to ask as of then."
    )
    question = memory[_QUESTION].strip()
    if question:
        st.query_params["q"] = question
        given = {
            "as_of": day.iso,
            "from": since.isoformat() if since else None,
            "sources": sources,
            "doc_types": kinds,
        }
        answer = _answer(snapshot, day, question, given)
        if answer is not None:
            _shown(answer)
            passages.listed(answer["citations"], snapshot)


def _ask(question: str) -> None:
    st.session_state[_QUESTION] = question
    _forget()


def _forget() -> None:
    """Another question has other citations."""
    st.query_params.pop(CITED, None)


def _answer(
    snapshot: Snapshot, day: DayView, question: str, given: Mapping[str, Any]
) -> Mapping[str, Any] | None:
    with st.spinner("Reading the documents"):
        asked = state.workspace().desk(snapshot).assistant
        try:
            answer = asked.qa(question, constraints(given), _row(snapshot, day.date))
        except DocumentError as error:
            st.error(str(error))
            return None
    return answer_as_json(answer)


def _row(snapshot: Snapshot, date: pd.Timestamp) -> dict[str, object]:
    row = snapshot.predictions.iloc[position(snapshot, date)]
    return {str(name): value for name, value in row.items()}


def _shown(answer: Mapping[str, Any]) -> None:
    text = markup.marked_up(answer["answer"])
    if answer["refused"]:
        why = markup.paragraph(f"Why: {answer['refused']}.")
        st.html(f'<div class="mr-card mr-refused" role="status"><b>{text}</b>{why}</div>')
    else:
        st.html(f'<div class="mr-card mr-answer" role="status">{text}</div>')


if __name__ == "__main__":
    layout.page("ask", "Ask the documents as of {day}", _show)
