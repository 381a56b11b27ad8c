from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlrisk.documents import kept as module
from mlrisk.documents.base import Vectors
from mlrisk.documents.embed.cache import Cached
from mlrisk.documents.kept import Kept


class Counting:
    """Vectors of the texts' characters; keeps what it was asked."""

    name = "counting"
    dimension = 3

    def __init__(self) -> None:
        self.asked: list[str] = []

    def embed(self, texts: Sequence[str]) -> Vectors:
        self.asked += texts
        return np.array([self.vector(text) for text in texts], np.float32).reshape(-1, 3)

    @staticmethod
    def vector(text: str) -> list[float]:
        return [len(text), sum(map(ord, text)) % 97, 0.1]


def cached(file: Path) -> tuple[Cached, Counting]:
    counting = Counting()
    return Cached(counting, Kept(file)), counting


def test_only_what_is_new_is_embedded(tmp_path: Path) -> None:
    first, counting = cached(tmp_path / "new" / "vectors.sqlite")
    before = first.embed(["a", "bb", "a"])
    assert counting.asked == ["a", "bb"]
    again, counting = cached(tmp_path / "new" / "vectors.sqlite")
    after = again.embed(["bb", "ccc", "a"])
    assert counting.asked == ["ccc"]
    np.testing.assert_array_equal(after[[2, 0]], before[:2])
    assert (again.name, again.dimension) == ("counting", 3)


@settings(max_examples=15)
@given(st.lists(st.lists(st.text(max_size=3), max_size=6), max_size=4))
def test_vectors_are_those_of_the_embedder(
    tmp_path_factory: pytest.TempPathFactory, lists: list[list[str]]
) -> None:
    some, counting = cached(tmp_path_factory.mktemp("cache") / "vectors.sqlite")
    for texts in lists:
        np.testing.assert_array_equal(some.embed(texts), Counting().embed(texts))
    assert len(counting.asked) == len(set(counting.asked))


def test_another_model_has_its_own_vectors(tmp_path: Path) -> None:
    cached(tmp_path / "vectors.sqlite")[0].embed(["a"])
    other, counting = cached(tmp_path / "vectors.sqlite")
    counting.name = "other"
    other.embed(["a"])
    assert counting.asked == ["a"]


def test_a_damaged_vector_is_computed_anew(tmp_path: Path) -> None:
    file = tmp_path / "vectors.sqlite"
    before = cached(file)[0].embed(["a", "b"])
    with sqlite3.connect(file) as base:
        base.execute("UPDATE kept SET content = zeroblob(12) WHERE rowid = 1")
    base.close()
    again, counting = cached(file)
    np.testing.assert_array_equal(again.embed(["a", "b"]), before)
    assert counting.asked == ["a"]


@pytest.mark.parametrize("keep", [0.5, 0.01])
def test_a_damaged_file_is_made_anew(tmp_path: Path, keep: float) -> None:
    file = tmp_path / "vectors.sqlite"
    texts = [f"text {number}" for number in range(400)]
    before = cached(file)[0].embed(texts)
    content = file.read_bytes()
    file.write_bytes(b"x" * 50 + content[50 : int(len(content) * keep)])
    np.testing.assert_array_equal(cached(file)[0].embed(texts), before)
    again, counting = cached(file)
    np.testing.assert_array_equal(again.embed(texts), before)
    assert counting.asked == []


def test_what_cannot_be_written_or_waited_for_is_computed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    nowhere, counting = cached(tmp_path / "file" / "vectors.sqlite")
    nowhere.embed(["a"])
    nowhere.embed(["a"])
    assert counting.asked == ["a", "a"]
    monkeypatch.setattr(module, "PATIENCE_SECONDS", 0.01)
    file = tmp_path / "vectors.sqlite"
    cached(file)[0].embed(["a"])
    base = sqlite3.connect(file, isolation_level=None)
    base.execute("BEGIN EXCLUSIVE")
    locked, counting = cached(file)
    locked.embed(["a"])
    base.close()
    assert counting.asked == ["a"]
    assert file.exists()


def test_what_was_written_longest_ago_goes_first(tmp_path: Path) -> None:
    file = tmp_path / "vectors.sqlite"
    texts = [f"text {number}" for number in range(2000)]
    cached(file)[0].embed(texts)
    size = file.stat().st_size
    Kept(file).trim(size)
    assert file.stat().st_size == size
    Kept(file).trim(size // 2)
    assert file.stat().st_size <= size * 0.55
    again, counting = cached(file)
    again.embed(texts)
    assert counting.asked == texts[: len(counting.asked)]
    assert 900 < len(counting.asked) < 1100
