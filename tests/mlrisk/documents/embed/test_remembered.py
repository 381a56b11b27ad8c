from collections.abc import Sequence

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mlrisk.documents.base import Vectors
from mlrisk.documents.embed.remembered import Remembered


class Counted:
    name = "counted"
    dimension = 2

    def __init__(self) -> None:
        self.given: list[str] = []

    def embed(self, texts: Sequence[str]) -> Vectors:
        self.given += texts
        return np.array([[len(text), len(set(text))] for text in texts], dtype=np.float32)


@given(st.lists(st.lists(st.sampled_from(["a", "bb", "abc", "aab"]), max_size=4), max_size=6))
def test_the_same_vectors_whatever_was_asked_before(calls: list[list[str]]) -> None:
    remembered = Remembered(Counted(), size=2)
    for texts in calls:
        vectors = remembered.embed(texts)
        assert vectors.shape == (len(texts), 2)
        np.testing.assert_array_equal(vectors, Counted().embed(texts).reshape(-1, 2))


def test_a_text_is_computed_once_until_it_is_forgotten() -> None:
    counted = Counted()
    remembered = Remembered(counted, size=2)
    remembered.embed(["a", "b", "a"])
    remembered.embed(["b", "a"])
    assert counted.given == ["a", "b"]
    remembered.embed(["c"])
    remembered.embed(["b"])
    assert counted.given == ["a", "b", "c", "b"]


def test_what_another_question_pushed_out_meanwhile_is_still_answered() -> None:
    """As where another thread asks while this one computes."""

    class Interrupted(Counted):
        def embed(self, texts: Sequence[str]) -> Vectors:
            if texts != ["other"]:
                remembered.embed(["other"])
            return super().embed(texts)

    remembered = Remembered(Interrupted(), size=1)
    remembered.embed(["a"])
    np.testing.assert_array_equal(remembered.embed(["a", "bb"]), [[1, 1], [2, 1]])
