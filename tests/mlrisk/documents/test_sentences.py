from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlrisk.documents.sentences import spans


def texts(text: str) -> list[str]:
    return [text[start:end] for start, end in spans(text)]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        (
            "The U.S. economy grew. Mr. Powell spoke.",
            ["The U.S. economy grew.", "Mr. Powell spoke."],
        ),
        ('He said "No." Then he left.', ['He said "No."', "Then he left."]),
        ("Growth was 3.5 percent. Prices rose.", ["Growth was 3.5 percent.", "Prices rose."]),
        ("# Minutes\n\nFirst. Second.\n- item", ["# Minutes", "First.", "Second.", "- item"]),
        (
            "At 8:30 a.m. EDT. (See table A.) Next?",
            ["At 8:30 a.m. EDT.", "(See table A.)", "Next?"],
        ),
        ("It rose 2 percent.[^1] The note.", ["It rose 2 percent.[^1]", "The note."]),
        ("", []),
    ],
)
def test_splits_where_a_reader_would(text: str, sentences: list[str]) -> None:
    assert texts(text) == sentences


@given(st.text(alphabet='aB1. \n"?!)-', max_size=80))
def test_every_character_but_space_is_in_exactly_one_sentence(text: str) -> None:
    found = spans(text)
    assert "".join("".join(texts(text)).split()) == "".join(text.split())
    assert all(before[1] <= after[0] for before, after in pairwise(found))
    assert all(text[start:end] == text[start:end].strip() != "" for start, end in found)
