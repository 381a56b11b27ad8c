"""Page ``/brief``: what was to be known after the close of a session, to read and to take away."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from typing import Any

import streamlit as st

from app.dashboard import choice, exports, layout, markup, passages, state
from app.faces import briefs
from app.faces.day import DayView
from app.faces.snapshot import Snapshot


def _show(snapshot: Snapshot, day: DayView) -> None:
    told = briefs.told(snapshot, lambda: state.workspace().desk(snapshot), day.date)
    headline, *others = told["bullets"]
    left, right = st.columns([5, 2], gap="large")
    with left:
        st.html(f'<p class="mr-lead">{_marked(headline, day)}</p>')
        for section, own in groupby(others, key=lambda one: one["section"]):
            items = "".join(f"<li>{_marked(one, day)}</li>" for one in own)
            st.subheader(section)
            st.html(f'<ul class="mr-brief">{items}</ul>')
    with right:
        st.subheader("Take away")
        st.html(_exports(day))
        st.subheader("Sources")
        passages.listed(told["citations"], snapshot)
        if not told["citations"]:
            st.caption("No recent document was found.")


def _exports(day: DayView) -> str:
    links = "".join(
        f'<a class="mr-button" href="{exports.link(day.iso, kind)}" download>{kind.upper()}</a>'
        for kind in exports.TYPES
    )
    return f'<div class="mr-buttons">{links}</div>'


def _marked(bullet: Mapping[str, Any], day: DayView) -> str:
    link = f"?{choice.PARAMETER}={day.iso}&{choice.CITED}="
    return markup.marked_up(bullet["text"], link)


if __name__ == "__main__":
    layout.page("brief", "Brief after the close of {day}", _show)
