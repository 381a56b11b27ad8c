from __future__ import annotations

from pathlib import Path

from mlrisk.documents.index.cut import Sizes, cut, cut_anew
from mlrisk.documents.index.windows import Span
from mlrisk.documents.kept import Kept
from tests.mlrisk.documents.indexed import words

SIZES = Sizes(20, 40, 0.3)
TEXTS = [" ".join(f"Sentence {n} speaks of prices." for n in range(count)) for count in (30, 0, 7)]
asked: list[str] = []


def noting(text: str) -> list[Span]:
    asked.append(text)
    return words(text)


def test_a_part_says_where_it_is_and_what_it_holds() -> None:
    long, empty, short = cut(TEXTS, words, SIZES)
    assert (len(long), empty, len(short)) == (5, [], 1)
    for part in long:
        assert part.tokens == len(words(TEXTS[0][part.start : part.end])) <= 40
        assert len(part.windows) == part.tokens // 5


def test_what_earlier_runs_cut_is_not_cut_again(tmp_path: Path) -> None:
    kept = Kept(tmp_path / "documents.sqlite")
    assert cut_anew(TEXTS[:2], noting, SIZES, kept) == cut(TEXTS[:2], words, SIZES)
    asked.clear()
    assert cut_anew(TEXTS[:2], noting, SIZES, kept) == cut(TEXTS[:2], words, SIZES)
    assert asked == []
    assert cut_anew(TEXTS, noting, SIZES, kept) == cut(TEXTS, words, SIZES)
    assert TEXTS[2] in asked
    assert TEXTS[0] not in asked
    other = Sizes(10, 30, 0.1)
    assert cut_anew(TEXTS, noting, other, kept) == cut(TEXTS, words, other)
