"""What one vector stands for: a sentence, with the heading or the few words before it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from mlrisk.documents.sentences import spans

Span = tuple[int, int]

FEWEST_WORDS = 5
"""A heading or a list's number says little alone; it belongs to what follows."""

MOST_TOKENS = 254
"""What the embedding model reads of a text, without the two marks of its ends."""


def windows(
    text: str, start: int, end: int, token_spans: Callable[[str], list[Span]]
) -> list[Span]:
    """Start and end in ``text`` of each window of the part from ``start`` to ``end``, in order.

    Sentences of fewer than five words are joined to the next one, at the end to the one before;
    what has more tokens than the model reads is cut between words.

    Parameters
    ----------
    text : str
        Markdown with a paragraph on a line.
    token_spans : callable
        Start and end of each token of a text.
    """
    found = []
    for begin, stop in _joined(text[start:end]):
        for first, last in _cut(text[start + begin : start + stop], token_spans):
            found.append((start + begin + first, start + begin + last))
    return found


def _joined(part: str) -> list[Span]:
    joined: list[Span] = []
    pending: int | None = None
    for begin, end in spans(part):
        first = begin if pending is None else pending
        if len(part[first:end].split()) < FEWEST_WORDS:
            pending = first
            continue
        joined.append((first, end))
        pending = None
    if pending is not None:
        first = joined.pop()[0] if joined else pending
        joined.append((first, len(part.rstrip())))
    return joined


def _cut(sentence: str, token_spans: Callable[[str], list[Span]]) -> Iterator[Span]:
    """Parts of at most ``MOST_TOKENS`` tokens that end where a word does, where one does."""
    tokens = token_spans(sentence)
    first, begin = 0, 0
    while len(tokens) - first > MOST_TOKENS:
        last = first + MOST_TOKENS
        words = (at for at in range(last, first, -1) if tokens[at][0] > tokens[at - 1][1])
        last = next(words, last)
        yield begin, tokens[last - 1][1]
        first, begin = last, tokens[last][0]
    yield begin, len(sentence)
