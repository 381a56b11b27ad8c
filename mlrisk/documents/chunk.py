"""A text in overlapping parts that end where its thoughts do."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import accumulate

from mlrisk.documents.base import DocumentError
from mlrisk.documents.sentences import spans

_HEADING = re.compile(r"#{1,6} ")
_WORD = re.compile(r"\S+")

_TORN, _SENTENCE, _LINE, _PARAGRAPH, _SECTION = range(5)
"""How good a place for a cut is that before a piece; torn from its heading or its sentence, the
least."""


@dataclass(frozen=True)
class _Piece:
    start: int
    end: int
    tokens: int
    border: int


def chunks(
    text: str,
    count_tokens: Callable[[str], int],
    smallest: int = 800,
    largest: int = 1000,
    overlap: float = 0.15,
) -> list[tuple[int, int]]:
    """Start and end of each chunk, in order; together they hold every character but blanks.

    From where a chunk begins, the next cut is the best place between ``smallest`` and ``largest``
    tokens: before a heading, else between paragraphs, lines or sentences, the latest of the best. A
    chunk begins with the sentences that the one before it ends with. A cut hangs only on the text
    up to ``largest`` tokens from where its chunk begins, so what is appended to a text changes no
    chunk but the last.

    Parameters
    ----------
    text : str
        Markdown with a paragraph on a line.
    count_tokens : callable
        Tokens of a part of the text. Tokens of parts that are set apart by blanks must add up.
    smallest, largest : int
        Tokens of a chunk. The last one may be shorter, and one is where a single sentence before
        its end would pass ``largest``.
    overlap : float
        Share of ``largest`` that a chunk repeats of the one before it, at most; below 0.5.

    Raises
    ------
    DocumentError
        Where the sizes contradict each other.
    """
    if not (0 < smallest <= largest and 0 <= overlap < 0.5 and overlap * largest < smallest):
        raise DocumentError(
            f"chunks of {smallest} to {largest} tokens that overlap by {overlap}: expected "
            "0 < smallest <= largest and an overlap below 0.5 of them. Set them in conf/docs."
        )
    pieces = list(_pieces(text, count_tokens, largest))
    total = [0, *accumulate(piece.tokens for piece in pieces)]
    found: list[tuple[int, int]] = []
    first = 0
    while first < len(pieces):
        cut = _cut(pieces, total, first, smallest, largest)
        found.append((pieces[first].start, pieces[cut - 1].end))
        if cut == len(pieces):
            break
        first = _begin(pieces, total, first, cut, overlap * largest)
    return found


def _cut(pieces: list[_Piece], total: list[int], first: int, smallest: int, largest: int) -> int:
    """The piece before which a chunk ends."""
    last = first + 1
    while last < len(pieces) and total[last + 1] - total[first] <= largest:
        last += 1
    if last == len(pieces):
        return last
    places = [cut for cut in range(first + 1, last + 1) if total[cut] - total[first] >= smallest]
    return max(places or [last], key=lambda cut: (pieces[cut].border, cut))


def _begin(pieces: list[_Piece], total: list[int], first: int, cut: int, most: float) -> int:
    """The earliest piece from which no more than ``most`` tokens are repeated."""
    begin = cut
    while begin - 1 > first and total[cut] - total[begin - 1] <= most:
        begin -= 1
    # What is repeated begins no sentence in its middle.
    while begin < cut and pieces[begin].border == _TORN:
        begin += 1
    return begin


def _pieces(text: str, count_tokens: Callable[[str], int], largest: int) -> Iterator[_Piece]:
    """Sentences, those of more than ``largest`` tokens cut between words, or within them."""
    after, headed = 0, False
    for start, end in spans(text):
        breaks = text.count("\n", after, start)
        heading = _HEADING.match(text, start) is not None
        border = (
            _TORN
            if headed
            else _SECTION
            if heading
            else _PARAGRAPH
            if breaks > 1
            else _LINE
            if breaks
            else _SENTENCE
        )
        for part_start, part_end, tokens in _parts(text, start, end, count_tokens, largest):
            yield _Piece(part_start, part_end, tokens, border)
            border = _TORN
        after, headed = end, heading


def _parts(
    text: str, start: int, end: int, count_tokens: Callable[[str], int], largest: int
) -> Iterator[tuple[int, int, int]]:
    tokens = count_tokens(text[start:end])
    if tokens <= largest or end - start < 2:
        yield start, end, tokens
        return
    middle = (start + end) // 2
    gaps = [word.end() for word in _WORD.finditer(text, start, end)][:-1]
    left = right = min(gaps, key=lambda gap: abs(gap - middle), default=middle)
    while text[right].isspace():
        right += 1
    yield from _parts(text, start, left, count_tokens, largest)
    yield from _parts(text, right, end, count_tokens, largest)
