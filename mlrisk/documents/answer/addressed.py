"""Lines of a document that speak to a language model: neither quoted nor shown.

A line, which is a paragraph, an item or a row, counts as a whole: what stands beside an order may
be the rest of it.
"""

from __future__ import annotations

from functools import lru_cache

from mlrisk.documents.parse.suspicious import speaks_to_models
from mlrisk.documents.sentences import BLOCK

is_addressed = lru_cache(maxsize=1 << 14)(speaks_to_models)
"""Whether a sentence of a line addresses a language model; what was asked before is remembered."""


def touches(text: str, start: int, end: int) -> bool:
    """Whether a span lies, wholly or in part, in such a line of a text."""
    first = text.rfind("\n", 0, start) + 1
    last = text.find("\n", end)
    return any(map(is_addressed, text[first : len(text) if last < 0 else last].split("\n")))


def without(text: str) -> str:
    """A text without such lines."""
    return BLOCK.sub(lambda line: "" if is_addressed(line.group()) else line.group(), text)
