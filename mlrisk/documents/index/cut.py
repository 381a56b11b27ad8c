"""Texts cut into chunks, and chunks into windows."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import NamedTuple

from mlrisk.documents.chunk import chunks
from mlrisk.documents.index.windows import Span, windows
from mlrisk.documents.kept import Kept, fingerprint, key


class Part(NamedTuple):
    """A chunk of a text: start, end, number of tokens, start and end of each of its windows."""

    start: int
    end: int
    tokens: int
    windows: list[Span]


@dataclass(frozen=True)
class Sizes:
    """How texts are cut.

    Parameters
    ----------
    smallest, largest : int
        Tokens of a chunk.
    overlap : float
        Share of ``largest`` that the next chunk repeats.
    """

    smallest: int
    largest: int
    overlap: float


def cut(
    texts: Sequence[str], token_spans: Callable[[str], list[Span]], sizes: Sizes
) -> list[list[Part]]:
    """The chunks of each text.

    Parameters
    ----------
    texts : sequence of str
    token_spans : callable
        Start and end of each token of a text.
    sizes : Sizes
    """

    def count(text: str) -> int:
        return len(token_spans(text))

    return [
        [
            Part(start, end, count(text[start:end]), windows(text, start, end, token_spans))
            for start, end in chunks(text, count, **asdict(sizes))
        ]
        for text in texts
    ]


def cut_anew(
    texts: Sequence[str], token_spans: Callable[[str], list[Span]], sizes: Sizes, kept: Kept
) -> list[list[Part]]:
    """The same, from earlier runs where a text was cut by them; nothing else is cut.

    Parameters
    ----------
    texts : sequence of str
    token_spans : callable
        A function of a module: its code counts.
    sizes : Sizes
    kept : Kept
    """
    here = "mlrisk.documents"
    modules = (f"{here}.chunk", f"{here}.sentences", f"{here}.index.cut", f"{here}.index.windows")
    code = fingerprint(*modules, token_spans.__module__)
    keys = [key(code, json.dumps(asdict(sizes)), text) for text in texts]
    found = kept.get(list(dict.fromkeys(keys)))
    missing = {one: text for one, text in zip(keys, texts, strict=True) if one not in found}
    parts = cut(list(missing.values()), token_spans, sizes)
    new = {one: json.dumps(some).encode() for one, some in zip(missing, parts, strict=True)}
    if new:
        kept.put(new)
    found |= new
    return [_read(found[one]) for one in keys]


def _read(content: bytes) -> list[Part]:
    return [
        Part(start, end, tokens, [(first, last) for first, last in places])
        for start, end, tokens, places in json.loads(content)
    ]
