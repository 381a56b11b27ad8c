"""The words of a text that carry its meaning, by their stems."""

from __future__ import annotations

import re
from functools import lru_cache

from mlrisk.documents.retrieve import words as retrieved
from mlrisk.documents.retrieve.words import stem

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")

RISING = frozenset({
    "rais", "rise", "rose", "risen", "increas", "hike", "lift", "climb", "grow", "grew",
    "grown", "gain", "higher", "upward", "tighten", "acceler", "expand", "strengthen", "upgrad",
    "boost", "surg", "jump", "up",
})  # fmt: skip
FALLING = frozenset({
    "lower", "reduc", "cut", "declin", "fall", "fell", "fallen", "decreas", "drop", "down",
    "downward", "eas", "slow", "contract", "weaken", "downgrad", "shrink", "taper", "diminish",
    "soften", "moder", "less", "slid", "plung",
})  # fmt: skip
DENIALS = frozenset({
    "not", "no", "never", "without", "neither", "nor", "none", "cannot",
})  # fmt: skip


@lru_cache(maxsize=1 << 14)
def content(text: str) -> tuple[str, ...]:
    """Stems of the words that say something, in order; numbers are left out."""
    return tuple(word for word in retrieved.content(text) if not any(map(str.isdigit, word)))


def directions(text: str) -> tuple[bool, bool]:
    """Whether a text speaks of a rise, and whether of a fall."""
    stems = {stem(word) for word in _WORD.findall(text)}
    return bool(stems & RISING), bool(stems & FALLING)


def denies(text: str) -> bool:
    """Whether a text says that something is not so."""
    words = {word.lower() for word in _WORD.findall(text)}
    return bool(words & DENIALS) or any(word.endswith(("n't", "n’t")) for word in words)
