"""Page ``/quality``: what is wrong with the data, what was looked at, what the sources cover."""

from __future__ import annotations

import streamlit as st

from app.dashboard import figures, layout, markup
from app.faces import format as written
from app.faces import quality
from app.faces.day import DayView
from app.faces.snapshot import Snapshot


def _show(snapshot: Snapshot, _: DayView) -> None:
    found = quality.summary(snapshot)
    st.html(
        markup.grid(
            [
                markup.stat("Errors", written.count(found.errors), "one stops the line"),
                markup.stat("Warnings", written.count(found.warnings), "without an explanation"),
                markup.stat("Explained", written.count(found.explained), "known, and told why"),
                markup.stat(
                    "Checks",
                    written.count(found.checks),
                    f"of {written.count(found.looked_at)} figures",
                ),
            ]
        )
    )
    st.subheader("Findings")
    rows = quality.findings(snapshot)
    if rows:
        figures.shown("Findings, newest first", quality.FINDINGS, rows, text_columns=4)
    else:
        st.caption("None: every check holds.")
    st.subheader("Coverage")
    prices, macro = st.columns(2, gap="medium")
    with prices:
        figures.shown("Prices", quality.PRICES, quality.prices(snapshot), text_columns=3)
    with macro:
        figures.shown("Macro series", quality.RELEASES, quality.releases(snapshot), text_columns=3)
        st.subheader("Documents")
        figures.shown("Documents", quality.DOCUMENTS, quality.documents(snapshot), text_columns=4)
    with st.expander(f"All {found.checks} checks"):
        figures.shown("Checks", quality.CHECKS, quality.checks(snapshot), text_columns=2)


if __name__ == "__main__":
    layout.page("quality", "Data quality", _show, dated=False)
