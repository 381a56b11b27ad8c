from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from mlrisk.documents.index import windows as module
from mlrisk.documents.index.windows import windows
from tests.mlrisk.documents.indexed import words

TEXT = st.text(st.sampled_from("ab .\n#|–"), max_size=400)


def found(text: str, start: int = 0) -> list[str]:
    return [text[begin:end] for begin, end in windows(text, start, len(text), words)]


def test_a_heading_belongs_to_what_follows() -> None:
    text = (
        "# Statement\n\n## Rates\nThe Committee decided to hold. It will watch the data closely.\n"
    )
    assert found(text) == [
        "# Statement\n\n## Rates\nThe Committee decided to hold.",
        "It will watch the data closely.",
    ]


def test_few_words_at_the_end_belong_to_what_comes_before() -> None:
    assert found("The vote was unanimous this time. Voting: all.") == [
        "The vote was unanimous this time. Voting: all."
    ]
    assert found("  Only this.  ") == ["Only this."]
    assert found(" \n ") == []


def test_a_long_sentence_is_cut_between_words() -> None:
    long = " ".join(["word"] * 600)
    assert [len(part.split()) for part in found(long)] == [254, 254, 92]


def test_a_word_of_many_tokens_is_not_torn_unless_it_must_be() -> None:
    letters = lambda text: [(at, at + 1) for at, one in enumerate(text) if one != " "]  # noqa: E731
    text = " ".join(["a" * 100] * 4 + ["b" * 300])
    parts = [text[begin:end] for begin, end in windows(text, 0, len(text), letters)]
    assert [len(part) for part in parts] == [201, 201, 254, 46]


@given(TEXT, st.integers(0, 200), st.integers(0, 200))
def test_windows_hold_every_word_once_and_in_order(text: str, start: int, length: int) -> None:
    end = min(start + length, len(text))
    most, module.MOST_TOKENS = module.MOST_TOKENS, 7
    try:
        spans = windows(text, start, end, words)
    finally:
        module.MOST_TOKENS = most
    assert all(start <= begin < stop <= end for begin, stop in spans)
    assert all(a[1] <= b[0] for a, b in pairwise(spans))
    held = [text[begin:stop] for begin, stop in spans]
    assert "".join("".join(held).split()) == "".join(text[start:end].split())
    assert all(len(words(part)) <= 7 for part in held)
