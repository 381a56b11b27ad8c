"""The one gate that every draft passes, whoever wrote it.

A claim stays where all of this holds, and is dropped with the reason otherwise:

- it rests on a quote or on a field of the forecast;
- each quote is byte-identical to a span of the curated document that its passage is from;
- nothing it rests on was published, or made, after ``as_of``;
- each number, date and figure of speech for one stands in what it rests on, with the same unit;
- at least ``MOST_WORDS`` of its other content words stand there too; a rise, a fall or a denial is
  there where it speaks of one; and what it puts in quotation marks is quoted;
- neither it nor the line of a quote addresses a language model.

The share of words is a bound against invention and no proof of meaning: a claim within it may still
put together what a document says apart, which is why every answer shows its quotes.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from mlrisk.documents.answer import prediction as forecast
from mlrisk.documents.answer.addressed import is_addressed, touches
from mlrisk.documents.answer.figures import MONTHS, NUMBER_WORDS, figures, supported
from mlrisk.documents.answer.words import content, denies, directions
from mlrisk.documents.base import Citation, Claim, DocumentError, Passage
from mlrisk.documents.retrieve.words import stem
from mlrisk.documents.sentences import spans

MOST_WORDS = 0.7
"""Share of a claim's content words that stand in what it rests on. A sentence made of words of its
quote with a verb of speech and an article or two is above 0.8; one about something else that is
tied to a real quote is below 0.5."""

FIELD_WORDS = 0.85
"""The same for a claim that rests on fields alone, whose words are few and known."""

_SPOKEN = frozenset({
    "said", "say", "state", "statement", "note", "announc", "report", "describ", "explain",
    "express", "accord", "document", "committe", "fomc", "minut", "meet", "feder", "reserv",
    "releas", "judg", "decid", "decis", "member", "particip", "polici", "percent", "point",
    "basi",
})  # fmt: skip
"""Words of reporting, which say nothing of what is reported."""

_COUNTED = frozenset(stem(word) for word in (*NUMBER_WORDS, *MONTHS))
"""Words of figures and dates, which are checked as such."""

_MARKED = re.compile(r"[“\"]([^“”\"]+)[”\"]")


@dataclass(frozen=True)
class Supported:
    """A claim that stays, with the spans it rests on; none for one that rests on fields."""

    claim: Claim
    citations: tuple[Citation, ...]


@dataclass(frozen=True)
class Dropped:
    """A claim that does not stay, and why."""

    claim: Claim
    reason: str


@dataclass(frozen=True)
class Verdict:
    """What is left of a draft, in its order."""

    supported: tuple[Supported, ...]
    dropped: tuple[Dropped, ...]


def verify(
    claims: Sequence[Claim],
    passages: Sequence[Passage],
    texts: Mapping[str, str],
    *,
    prediction: forecast.Prediction | None = None,
    as_of: pd.Timestamp | None = None,
) -> Verdict:
    """Keep the claims that their sources support.

    An answer of fewer than two citations gets a second one where another sentence of the passages
    supports one of its claims by itself.

    Parameters
    ----------
    claims : sequence of Claim
        A draft.
    passages : sequence of Passage
        What the draft was made from; a quote of anything else is dropped.
    texts : mapping of doc_id to text
        ``text_md`` of the curated documents.
    prediction : mapping, optional
        The row of ``predictions_daily`` that the draft was made from.
    as_of : Timestamp, optional
        UTC; nothing later is cited.
    """
    row = prediction or {}
    kept: list[Supported] = []
    dropped: list[Dropped] = []
    by_id = {passage.chunk_id: passage for passage in passages}
    for claim in claims:
        try:
            kept.append(Supported(claim, _judge(claim, by_id, texts, row, as_of)))
        except _UnsupportedError as error:
            dropped.append(Dropped(claim, str(error)))
    if len(_distinct(kept)) == 1:
        kept = _corroborated(kept, passages, texts, as_of)
    return Verdict(tuple(kept), tuple(dropped))


def locate(quote: str, passage: Passage, text: str) -> tuple[int, int] | None:
    """Where a quote stands in its document: within the passage if it can be, else anywhere.

    Returns
    -------
    tuple of int, optional
        Start and end of the span, so that ``text[start:end] == quote``; None where there is none.
    """
    if not quote.strip():
        return None
    start = text.find(quote, passage.start, passage.end)
    if start < 0:
        start = text.find(quote)
    return None if start < 0 else (start, start + len(quote))


class _UnsupportedError(DocumentError):
    """Why a claim is dropped."""


def _judge(
    claim: Claim,
    passages: Mapping[str, Passage],
    texts: Mapping[str, str],
    prediction: forecast.Prediction,
    as_of: pd.Timestamp | None,
) -> tuple[Citation, ...]:
    """Citations of a claim; raises where it is to be dropped."""
    if not claim.text.strip():
        raise _UnsupportedError("it says nothing")
    if not claim.quotes and not claim.fields:
        raise _UnsupportedError("it rests on nothing")
    if is_addressed(claim.text):
        raise _UnsupportedError("it addresses a language model")
    citations = [
        _cited(quote, _known(chunk_id, passages, as_of), texts) for chunk_id, quote in claim.quotes
    ]
    for name in claim.fields:
        if name not in forecast.FIELDS or name not in prediction:
            raise _UnsupportedError(f"the forecast has no field {name!r}")
    if claim.fields and not forecast.known_at(prediction, as_of):
        raise _UnsupportedError("the forecast was made later")
    documents = [passages[chunk_id] for chunk_id, _ in claim.quotes]
    reason = _unsupported(claim, citations, documents, prediction)
    if reason:
        raise _UnsupportedError(reason)
    return tuple(citations)


def _known(chunk_id: str, passages: Mapping[str, Passage], as_of: pd.Timestamp | None) -> Passage:
    passage = passages.get(chunk_id)
    if passage is None:
        raise _UnsupportedError(f"{chunk_id} is not among the passages")
    if as_of is not None and passage.published_at > as_of:
        raise _UnsupportedError(f"{passage.doc_id} was published after {as_of:%Y-%m-%d %H:%M} UTC")
    return passage


def _cited(quote: str, passage: Passage, texts: Mapping[str, str]) -> Citation:
    text = texts.get(passage.doc_id, "")
    # A language model is shown &lt; for <, and may quote what it is shown.
    for candidate in dict.fromkeys((quote, html.unescape(quote))):
        place = locate(candidate, passage, text)
        if place is not None and touches(text, *place):
            raise _UnsupportedError(f"a quote of {passage.doc_id} addresses a language model")
        if place is not None:
            return _citation(passage, text, *place)
    raise _UnsupportedError(f"no such words in {passage.doc_id}: {quote[:60]!r}")


def _citation(passage: Passage, text: str, start: int, end: int) -> Citation:
    return Citation(
        passage.chunk_id,
        passage.doc_id,
        passage.title,
        passage.url,
        passage.published_at,
        text[start:end],
        start,
        end,
    )


def _unsupported(
    claim: Claim,
    citations: Sequence[Citation],
    documents: Sequence[Passage],
    prediction: forecast.Prediction,
) -> str:
    """What a claim says beyond its sources; empty where it does not."""
    quoted = "\n".join(citation.quote for citation in citations)
    named = "\n".join(_names(passage) for passage in documents)
    dates = (figure for figure in figures(named) if figure.unit in {"date", "year"})
    known = (*figures(quoted), *dates)
    fields = forecast.words(prediction, claim.fields)
    for figure in figures(claim.text):
        if not supported(figure, known) and not forecast.states(figure, prediction, claim.fields):
            return f"{figure.said!r} stands in nothing it rests on"
    for marked in _MARKED.findall(claim.text):
        if marked not in quoted and not all(part in quoted for part in marked.split("…")):
            return f"{marked[:60]!r} is in quotation marks and not quoted"
    source = f"{quoted}\n{fields}"
    own = _MARKED.sub(" ", claim.text)
    said = [word for word in content(own) if word not in _SPOKEN | _COUNTED]
    there = {*content(source), *content(named)}
    share = sum(word in there for word in said) / len(said) if said else 1.0
    if share < (MOST_WORDS if citations else FIELD_WORDS):
        return f"only {share:.0%} of its words stand in what it rests on"
    for direction, mine, theirs in zip(
        ("a rise", "a fall"), directions(own), directions(f"{source}\n{named}"), strict=True
    ):
        if mine and not theirs:
            return f"it speaks of {direction}, and what it rests on does not"
    if denies(own) and not denies(source):
        return "it denies what nothing it rests on denies"
    return ""


def _names(passage: Passage) -> str:
    event = "" if passage.event_date is None else f"{passage.event_date:%B %-d, %Y}"
    return f"{passage.title}, {event}, {passage.published_at:%B %-d, %Y}"


def _distinct(kept: Sequence[Supported]) -> set[tuple[str, int, int]]:
    return {(c.doc_id, c.start, c.end) for item in kept for c in item.citations}


def _corroborated(
    kept: list[Supported],
    passages: Sequence[Passage],
    texts: Mapping[str, str],
    as_of: pd.Timestamp | None,
) -> list[Supported]:
    """The same claims, the cited one with a second span that says it too, where there is one."""
    position = next(place for place, item in enumerate(kept) if item.citations)
    item = kept[position]
    cited = item.citations[0]
    for passage in passages:
        if as_of is not None and passage.published_at > as_of:
            continue
        text = texts.get(passage.doc_id, "")
        for start, end in spans(passage.text):
            begin, stop = passage.start + start, passage.start + end
            if passage.doc_id == cited.doc_id and begin < cited.end and cited.start < stop:
                continue
            other = _citation(passage, text, begin, stop)
            alone = Claim(item.claim.text, ((passage.chunk_id, other.quote),))
            if (
                other.quote == passage.text[start:end]
                and not touches(text, begin, stop)
                and not _unsupported(alone, [other], [passage], {})
            ):
                return [
                    *kept[:position],
                    Supported(item.claim, (cited, other)),
                    *kept[position + 1 :],
                ]
    return kept
