"""Chunks: everything is in one, none is too long, and what is appended changes the last alone."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlrisk.documents.base import DocumentError
from mlrisk.documents.chunk import chunks

SMALLEST, LARGEST, OVERLAP = 14, 24, 0.25
"""So far apart that no sentence of the tests (10 words at most) leaves a chunk too short."""


def words(text: str) -> int:
    return len(text.split())


def cut(text: str) -> list[tuple[int, int]]:
    return chunks(text, words, SMALLEST, LARGEST, OVERLAP)


_SENTENCE = st.lists(st.sampled_from(["rates", "rose", "and", "fell"]), min_size=1, max_size=9).map(
    lambda parts: " ".join(["The", *parts]) + "."
)
_PARAGRAPH = st.lists(_SENTENCE, min_size=1, max_size=6).map(" ".join)
_BLOCK = st.one_of(
    _PARAGRAPH, _PARAGRAPH, st.sampled_from(["## Outlook", "- an item", "| a | b |"])
)
_TEXT = st.lists(_BLOCK, min_size=1, max_size=14).map("\n\n".join)


@settings(max_examples=40)
@given(_TEXT)
def test_all_text_is_in_a_chunk_and_none_is_too_long(text: str) -> None:
    found = cut(text)
    assert found[0][0] == 0
    assert found[-1][1] == len(text)
    for (start, end), (next_start, next_end) in pairwise(found):
        assert start < next_start <= next_end
        assert end < next_end
        assert not text[end:next_start].strip()
        assert words(text[start:end]) >= SMALLEST
        assert words(text[next_start:end]) <= OVERLAP * LARGEST
    assert all(words(text[start:end]) <= LARGEST for start, end in found)


@settings(max_examples=30)
@given(_TEXT, _TEXT)
def test_what_is_appended_changes_no_chunk_but_the_last(text: str, more: str) -> None:
    before = cut(text)
    assert cut(f"{text}\n\n{more}")[: len(before) - 1] == before[:-1]


@given(st.text(max_size=400))
def test_any_text_is_covered(text: str) -> None:
    covered = set()
    for start, end in cut(text):
        assert start < end
        covered.update(range(start, end))
    assert all(c.isspace() or place in covered for place, c in enumerate(text))


def test_a_chunk_ends_before_a_heading_where_it_can() -> None:
    before = "\n\n".join(["One two three four five six."] * 3)
    text = f"{before}\n\n## Outlook\n\n" + " ".join(["Seven eight nine ten."] * 6)
    (start, end), (begin, _), *_ = cut(text)
    assert text[start:end] == before
    assert text[begin:].startswith("One two three four five six.\n\n## Outlook")


def test_a_sentence_that_is_too_long_is_cut_between_words() -> None:
    text = " ".join(f"word{place}" for place in range(100))
    found = cut(text)
    assert {word for start, end in found for word in text[start:end].split()} == set(text.split())


def test_a_short_text_is_one_chunk_and_an_empty_one_is_none() -> None:
    assert cut("A short text.") == [(0, 13)]
    assert cut(" \n ") == []


@pytest.mark.parametrize(("smallest", "largest", "overlap"), [(0, 9, 0), (9, 8, 0), (4, 10, 0.4)])
def test_sizes_that_contradict_each_other_are_told(
    smallest: int, largest: int, overlap: float
) -> None:
    with pytest.raises(DocumentError, match="Set them in conf/docs"):
        chunks("text", words, smallest, largest, overlap)
