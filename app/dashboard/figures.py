"""Charts and tables on a page, in the theme that is on, each with its figures as text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import streamlit as st

from app.dashboard import markup
from app.faces.charts.palette import Spec, themed

FONT = "Source Sans, sans-serif"
"""The one that Streamlit brings along, as in the rest of the page."""

Table = tuple[Sequence[str], Sequence[Sequence[str]]]


def theme() -> str:
    """The theme that is on: ``light`` or ``dark``."""
    return "dark" if st.context.theme.type == "dark" else "light"


def chart(spec: Spec, *, table: Table | None = None, text_columns: int = 1) -> None:
    """Draw a chart; its text alternative is its description, its figures stand in a table.

    Parameters
    ----------
    spec : dict
        As ``app.faces.charts`` gives it.
    table : (head, rows), optional
        The same figures; opened on demand.
    text_columns : int
        The first columns of the table that hold text.
    """
    st.vega_lite_chart(spec=drawn(spec, theme()), theme=None, width="stretch")
    if table is not None:
        head, rows = table
        with st.expander("The figures as a table"):
            shown(str(spec["description"]), head, rows, text_columns=text_columns)


def shown(
    caption: str,
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    text_columns: int = 1,
    marked: frozenset[int] = frozenset(),
) -> None:
    """A table of text."""
    st.html(markup.table(caption, head, rows, text_columns=text_columns, marked=marked))


def told(text: str, caption: str) -> None:
    """Markdown of the metrics; its tables are drawn as all others are, to be scrolled by keyboard.

    Parameters
    ----------
    text : str
        Blocks with an empty line between them; the first column of a table is text.
    caption : str
        What its tables show.
    """
    for block in text.split("\n\n"):
        if block.startswith("|"):
            head, _, *rows = (cells(line) for line in block.splitlines())
            shown(caption, head, rows)
        elif block:
            st.markdown(block)


def cells(line: str) -> list[str]:
    """The cells of a line of a Markdown table."""
    return [cell.strip().replace("\\|", "|") for cell in _BAR.split(line.strip())[1:-1]]


_BAR = re.compile(r"(?<!\\)\|")
_OUTER = ("description", "width", "height", "autosize", "config", "title")


def drawn(spec: Spec, theme: str) -> Spec:
    """A chart as Streamlit draws it.

    Its data stay where they are: at the top, Streamlit takes them out and puts them in after it has
    drawn an empty chart. The schema's version is that of the pictures; the page has its own.
    """
    whole: dict[str, Any] = themed(spec, theme)
    outer = {name: whole[name] for name in _OUTER if name in whole}
    inner = {name: whole[name] for name in whole if name not in {*_OUTER, "$schema", "background"}}
    outer["config"] = {**outer["config"], "font": FONT}
    return {**outer, "background": "transparent", "layer": [inner]}
