"""Wrapped lines become paragraphs; columns, items and the author's own lines stay."""

from __future__ import annotations

import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlrisk.documents.parse.plain import reflow

LONG = (
    "The unemployment rate, at 3.5 percent, and the number of persons changed little in March. " * 3
)


@pytest.mark.parametrize("width", [60, 72, 85])
def test_wrapped_paragraphs_are_joined(width: int) -> None:
    wrapped = "\n\n".join(
        [textwrap.fill(LONG, width), "Household data", textwrap.fill(LONG, width)]
    )
    assert reflow(wrapped) == f"{LONG.strip()}\n\nHousehold data\n\n{LONG.strip()}"


def test_lines_that_are_sentences_stay() -> None:
    text = "\n".join([LONG.strip(), "A short one.", LONG.strip()])
    assert reflow(text) == text


def test_items_and_headings_stay_apart() -> None:
    body = textwrap.fill(LONG, 70)
    assert reflow(f"# Title\n{body}\n- one\n- two\n\nName\n====") == (
        f"# Title\n{LONG.strip()}\n- one\n- two\n\n## Name"
    )


@given(st.text("ab .\n|-#*", max_size=200))
def test_no_letter_is_lost(text: str) -> None:
    assert [c for c in reflow(text) if c.isalpha()] == [c for c in text if c.isalpha()]
