"""What all pages share: title and session at the top, where the numbers come from at the bottom."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

import pandas as pd
import streamlit as st

from app.dashboard import choice, figures, state
from app.faces import format as written
from app.faces.day import DayView, NoSuchDayError, view
from app.faces.snapshot import Snapshot

Show = Callable[[Snapshot, DayView], None]

SIMULATED = "simulated"
SIMULATED_NOTE = "A made-up market: no figure of it says anything about the real one."
WATCH_SECONDS = 3.0
_PICKED = "picked"


def page(url_path: str, title: str, show: Show, *, dated: bool = True) -> None:
    """One page: its head, what ``show`` draws of a session, and its foot.

    Parameters
    ----------
    url_path : str
        As in the address.
    title : str
        ``{day}`` in it is the session in words.
    show : callable
    dated : bool
        Whether the page is of one session, and lets choose another.
    """
    workspace = state.workspace()
    snapshot = workspace.live.current
    asked = st.query_params.get(choice.PARAMETER)
    try:
        date = choice.chosen(snapshot, asked)
    except NoSuchDayError as error:
        _head(snapshot, title.format(day="a session without a forecast"), "")
        _offer(snapshot, str(error), choice.parsed(asked or ""))
        _foot(snapshot, None, url_path)
        return
    day = view(snapshot, date)
    top = st.container(horizontal=True, vertical_alignment="bottom", key="mr-top")
    with top:
        known = f"as it was known at {written.moment(day.known_at)}" if dated else ""
        _head(snapshot, title.format(day=written.day(date)), known)
        if dated:
            _session(snapshot, day)
    if workspace.live.problem:
        st.warning(f"Shown is the last finished run. {workspace.live.problem}")
    show(snapshot, day)
    _foot(snapshot, day, url_path)
    _watch(snapshot.version.dvc_lock, figures.theme())


@st.fragment(run_every=WATCH_SECONDS)
def _watch(lock: str, theme: str) -> None:
    """Draw the page anew when another run has landed, or when the visitor chose another theme."""
    current = state.workspace().live.current.version.dvc_lock
    if (current, figures.theme()) != (lock, theme):
        st.rerun()


def _head(snapshot: Snapshot, title: str, known: str) -> None:
    version = snapshot.version
    made_up = version.source == SIMULATED
    chip = f'<span class="mr-chip" title="{escape(SIMULATED_NOTE)}">simulated data</span>'
    said = " · ".join(filter(None, [escape(version.benchmark), escape(known)]))
    st.html(
        f'<div class="mr-head"><h1>{escape(title)}</h1>'
        f"<p>{said} {chip if made_up else ''}</p></div>"
    )


def _session(snapshot: Snapshot, day: DayView) -> None:
    """Previous, the session itself, next, and the last one."""
    dates = snapshot.predictions["date"]
    st.session_state[_PICKED] = day.date.date()
    with st.container(
        horizontal=True,
        vertical_alignment="bottom",
        width="content",
        gap="xsmall",
        key="mr-session",
    ):
        _turn(f"← {_short(day.previous)}", day.previous, "before")
        st.date_input(
            "Session",
            key=_PICKED,
            min_value=dates.iloc[0].date(),
            max_value=dates.iloc[-1].date(),
            format="YYYY-MM-DD",
            on_change=_pick,
            label_visibility="collapsed",
            width=132,
        )
        _turn(f"{_short(day.following)} →", day.following, "after")
        if day.following is not None:
            _turn("Latest", dates.iloc[-1], "last")


def _turn(label: str, date: pd.Timestamp | None, key: str) -> None:
    if date is not None:
        st.button(label, key=f"mr-{key}", help=written.day(date), on_click=_go, args=(date,))


def _short(date: pd.Timestamp | None) -> str:
    return "" if date is None else f"{date:%-d %b}"


def _go(date: pd.Timestamp) -> None:
    st.query_params.pop(choice.CITED, None)
    st.query_params[choice.PARAMETER] = f"{date:%Y-%m-%d}"


def _pick() -> None:
    _go(pd.Timestamp(st.session_state[_PICKED]))


def _offer(snapshot: Snapshot, problem: str, date: pd.Timestamp | None) -> None:
    st.error(problem)
    st.write("Sessions nearby that have a forecast:")
    with st.container(horizontal=True):
        for near in choice.nearest(snapshot, date):
            st.button(written.day(near), key=f"mr-{near:%Y-%m-%d}", on_click=_go, args=(near,))


def _foot(snapshot: Snapshot, day: DayView | None, url_path: str) -> None:
    version = snapshot.version
    model, regimes = (
        (version.model_version, version.regime_model_version)
        if day is None
        else (day.model_version, day.regime_model_version)
    )
    facts = {
        "source": version.source + (f" ({SIMULATED_NOTE})" if version.source == SIMULATED else ""),
        "run up to": version.as_of,
        "commit": written.short_hash(version.git_commit),
        "dvc.lock": written.short_hash(version.dvc_lock),
        f"model ({version.model})": model,
        f"regimes ({version.regime_model})": regimes,
    }
    listed = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(fact)}</dd></div>" for name, fact in facts.items()
    )
    st.html(f'<div class="mr-foot" data-page="{url_path}"><dl>{listed}</dl></div>')
