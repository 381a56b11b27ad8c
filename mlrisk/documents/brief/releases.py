"""What the latest documents say about a few fixed topics, in their own words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from mlrisk.documents.base import Answer, Citation, Constraints
from mlrisk.documents.brief.bullets import Bullet
from mlrisk.documents.interface import Assistant

RELEASES = "What the latest documents say"


@dataclass(frozen=True)
class Topic:
    """What a brief always asks.

    Parameters
    ----------
    name : str
        How the brief calls it.
    question : str
    doc_types : tuple of str
        Kinds of documents that are asked, in this order, until one answers.
    """

    name: str
    question: str
    doc_types: tuple[str, ...]


@dataclass(frozen=True)
class Asking:
    """What documents are asked, and how much of what they say is quoted.

    Parameters
    ----------
    topics : tuple of Topic
    max_age_days : int
        An older document is not the latest of anything.
    quotes : int
        Most quotes on one topic.
    longest_quote : int
        Characters; a longer one is only given where there is no other.
    """

    topics: tuple[Topic, ...]
    max_age_days: int
    quotes: int
    longest_quote: int


def asking(settings: Mapping[str, Any]) -> Asking:
    """The same from plain settings, as ``conf/brief`` has them; others of it are let be."""
    topics = (
        Topic(one["name"], one["question"], tuple(one["doc_types"])) for one in settings["topics"]
    )
    names = ("max_age_days", "quotes", "longest_quote")
    return Asking(tuple(topics), **{name: settings[name] for name in names})


@dataclass(frozen=True)
class Said:
    """Statements, what they cite (``[1]`` is the first), and topics that nothing was found on."""

    bullets: tuple[Bullet, ...]
    citations: tuple[Citation, ...]
    silent: tuple[str, ...]


def ask(
    asking: Asking, assistant: Assistant, documents: pd.DataFrame, known_by: pd.Timestamp
) -> Said:
    """Quotes of documents on each topic, as they were known at a moment.

    Parameters
    ----------
    asking : Asking
    assistant : Assistant
    documents : DataFrame
        As ``contracts.DOCS_CURATED``.
    known_by : Timestamp
        UTC; nothing later is asked.
    """
    numbers: dict[tuple[str, int, int], int] = {}
    citations: list[Citation] = []
    bullets, silent = [], []
    newest = _newest(documents, known_by, asking.max_age_days)
    for topic in asking.topics:
        bounds = (
            Constraints(as_of=known_by, since=newest[kind], doc_types=(kind,))
            for kind in topic.doc_types
            if kind in newest
        )
        answers = (_chosen(assistant.qa(topic.question, one), asking) for one in bounds)
        chosen = next(filter(None, answers), [])
        for one in chosen:
            place = (one.doc_id, one.start, one.end)
            if place not in numbers:
                citations.append(one)
                numbers[place] = len(citations)
        if chosen:
            bullets.append(_bullet(topic, chosen, numbers))
        else:
            silent.append(topic.name)
    return Said(tuple(bullets), tuple(citations), tuple(silent))


def _newest(
    documents: pd.DataFrame, known_by: pd.Timestamp, max_age_days: int
) -> dict[str, pd.Timestamp]:
    """When the newest document of each kind was published; none that is too old."""
    published = documents["published_at"]
    recent = (published <= known_by) & (published >= known_by - pd.Timedelta(days=max_age_days))
    newest = published[recent].groupby(documents["doc_type"][recent]).max()
    return {str(kind): moment for kind, moment in newest.items()}


def _chosen(answer: Answer, asking: Asking) -> list[Citation]:
    if answer.refused:
        return []
    short = [one for one in answer.citations if len(one.quote) <= asking.longest_quote]
    return (short or list(answer.citations[:1]))[: asking.quotes]


def _bullet(
    topic: Topic, chosen: Sequence[Citation], numbers: dict[tuple[str, int, int], int]
) -> Bullet:
    parts, cited = [], []
    document = ""
    for one in chosen:
        number = numbers[one.doc_id, one.start, one.end]
        cited.append(number)
        lead = "" if one.doc_id == document else f"{_dated(one)}: "
        parts.append(f"{lead}“{_one_line(one.quote)}” [{number}]")
        document = one.doc_id
    return Bullet(RELEASES, f"**{topic.name}.** {' '.join(parts)}", citations=tuple(cited))


def _dated(citation: Citation) -> str:
    return f"{citation.title} ({citation.published_at:%-d %B %Y})"


def _one_line(quote: str) -> str:
    return " ".join(quote.split())
