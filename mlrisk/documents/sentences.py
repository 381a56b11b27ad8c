"""Sentences of a Markdown text, each by its place in it."""

from __future__ import annotations

import re

BLOCK = re.compile(r"[^\n]+")
"""A line: a heading, an item, a row of a table, or a paragraph, which stands on one line."""

_END = re.compile(
    r"(?<=[.!?])[\"\u201d\u2019')\]]*(?:\[\^?\w+\])*\s+(?=[\"\u201c\u2018'(\[]?[A-Z0-9])"
)
_NO_END = re.compile(
    r"(?:^|[\s(\"\u201c])(?:Mr|Mrs|Ms|Messrs|Mses|Dr|Prof|Sr|Jr|St|Gov|Gen|Rep|Sen|No|Nos|vs|approx|est|cf|"
    r"Inc|Corp|Co|Ltd|Fig|Figs|U\.S|U\.K|E\.U|e\.g|i\.e|a\.m|p\.m|[A-Z]|"
    r"Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept|Sep|Oct|Nov|Dec)\.$"
)
"""What ends in a full stop and goes on."""


def spans(text: str) -> list[tuple[int, int]]:
    """Start and end of each sentence, in order.

    Lines are split at sentence ends; a heading, an item or a row of a table is never joined to its
    neighbour. White space around a sentence is not part of it; all else is part of exactly one.

    Parameters
    ----------
    text : str
        Markdown with a paragraph on a line.
    """
    found: list[tuple[int, int]] = []
    for line in BLOCK.finditer(text):
        begin = line.start()
        for gap in _END.finditer(line.group()):
            end = line.start() + gap.start()
            closing = gap.group().rstrip()
            if not closing and _NO_END.search(text[begin:end]):
                continue
            _append(found, text, begin, end + len(closing))
            begin = line.start() + gap.end()
        _append(found, text, begin, line.end())
    return found


def _append(found: list[tuple[int, int]], text: str, begin: int, end: int) -> None:
    piece = text[begin:end]
    start = begin + len(piece) - len(piece.lstrip())
    stop = begin + len(piece.rstrip())
    if stop > start:
        found.append((start, stop))
