"""Citations that open: the passage in its document, with the quote marked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any
from urllib.parse import urlsplit

import pandas as pd
import streamlit as st

from app.dashboard import markup
from app.dashboard.choice import CITED
from app.faces import format as written
from app.faces.snapshot import Snapshot

Citation = Mapping[str, Any]

AROUND = 900
"""Characters of the document that are shown on each side of a quote."""


def listed(citations: Sequence[Citation], snapshot: Snapshot) -> None:
    """A button for each citation, by its number; it opens the passage, as ``?cite=`` does.

    Parameters
    ----------
    citations : sequence of mapping
        As ``interface.citation_as_json`` gives them.
    snapshot : Snapshot
    """
    with st.container(gap=None, key="mr-citations"):
        for number, one in enumerate(citations, 1):
            published = written.short_day(pd.Timestamp(one["published_at"]))
            st.button(
                plain(f"[{number}] {one['title']}, {published}"),
                key=f"mr-cite-{number}",
                type="tertiary",
                wrap=True,
                on_click=_open,
                args=(number,),
            )
    asked = st.query_params.get(CITED, "")
    if asked.isdecimal() and 1 <= int(asked) <= len(citations):
        _passage(int(asked), citations[int(asked) - 1], snapshot)


def _open(number: int) -> None:
    st.query_params[CITED] = str(number)


def _close() -> None:
    st.query_params.pop(CITED, None)


@st.dialog("Passage", width="large", on_dismiss=_close)
def _passage(number: int, citation: Citation, snapshot: Snapshot) -> None:
    """The surroundings of a quote; the whole document below."""
    documents = snapshot.documents
    text = documents.loc[documents["doc_id"] == citation["doc_id"], "text_md"].iloc[0]
    published = written.moment(pd.Timestamp(citation["published_at"]))
    st.html(
        f"<b>[{number}] {escape(citation['title'])}</b>"
        f'<p class="mr-note">Published {published} · {escape(citation["chunk_id"])}'
        f"{_link(citation['url'])}</p>"
    )
    start, end = citation["start"], citation["end"]
    first, last = window(text, start, end)
    st.html(markup.quoted(text[first:last], start - first, end - first))
    if (first, last) != (0, len(text)):
        with st.expander("The whole document"):
            st.html(markup.quoted(text, start, end))


def window(text: str, start: int, end: int) -> tuple[int, int]:
    """Bounds of what is shown around a span: whole paragraphs, as far as there are any near."""
    first, last = max(start - AROUND, 0), min(end + AROUND, len(text))
    if first:
        gap = text.find("\n\n", first, start)
        first = gap + 2 if gap >= 0 else first
    if last < len(text):
        gap = text.rfind("\n\n", end, last)
        last = gap if gap >= 0 else last
    return first, last


def plain(text: str) -> str:
    """Text that a button's label shows as it is: nothing of it is Markdown."""
    return "".join(f"\\{one}" if one in _MARKDOWN else one for one in text)


_MARKDOWN = frozenset("\\`*_{}[]()<>#+-.!|~$:@&")


def _link(url: str) -> str:
    if urlsplit(url).scheme not in {"http", "https"}:
        return ""
    return f' · <a href="{escape(url, quote=True)}" rel="noreferrer noopener">{escape(url)}</a>'
