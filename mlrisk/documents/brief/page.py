"""The daily brief: its statements, verified, and the page they make."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import pandas as pd

from mlrisk.calendar import INFORMATION_HOUR, require_session
from mlrisk.documents.base import Citation
from mlrisk.documents.brief import ahead, forecast, releases
from mlrisk.documents.brief.bullets import Bullet, verify
from mlrisk.documents.brief.day import Day, Tables
from mlrisk.documents.brief.figures import Value
from mlrisk.documents.brief.releases import Asking
from mlrisk.documents.interface import Assistant, citation_as_json


@dataclass(frozen=True)
class Brief:
    """A session's brief.

    Parameters
    ----------
    date : Timestamp
        The session at whose close it was made.
    summary_md : str
        The page.
    bullets : tuple of Bullet
        Its statements, in order; the first is the headline.
    citations : tuple of Citation
        ``[1]`` is the first.
    """

    date: pd.Timestamp
    summary_md: str
    bullets: tuple[Bullet, ...]
    citations: tuple[Citation, ...]


def daily_brief(
    date: pd.Timestamp,
    benchmark: str,
    tables: Tables,
    announcements: pd.DataFrame,
    documents: pd.DataFrame,
    assistant: Assistant,
    *,
    asking: Asking,
    ahead_sessions: int,
) -> Brief:
    """What is to be known before the session after ``date`` opens.

    Parameters
    ----------
    date : Timestamp
        A session that has a prediction.
    benchmark : str
        Symbol whose volatility is forecast.
    tables : Tables
    announcements : DataFrame
        As ``contracts.RAW_CALENDAR``.
    documents : DataFrame
        As ``contracts.DOCS_CURATED``.
    assistant : Assistant
        What answers from them.
    asking : Asking
    ahead_sessions : int
        How far ahead the calendar is told.

    Raises
    ------
    DocumentError
        Where there is no prediction of that date, or a statement does not hold.

    Warnings
    --------
    Only the rows of ``date`` and of the session before it are read, announcements known and
    documents published by 22:00 UTC of ``date``: what comes later changes nothing.
    """
    session = require_session(date)
    day, before = tables.day(session), tables.before(session)
    coming = ahead.events(announcements, session, ahead_sessions)
    known_by = session.tz_localize("UTC") + INFORMATION_HOUR
    said = releases.ask(asking, assistant, documents, known_by)
    bullets = [
        forecast.headline(day, before),
        *forecast.forecast(day),
        *forecast.changes(day, before),
        *ahead.bullets(coming),
        *said.bullets,
    ]
    facts: dict[tuple[str, str], Value] = {
        **forecast.facts_of([day, before]),
        **ahead.facts_of(coming),
    }
    verify(bullets, facts, len(said.citations))
    parts = [
        f"# {benchmark} after the close of {session:%A %-d %B %Y}",
        f"**{bullets[0].text}**",
        *_sections(bullets[1:]),
        _silence(said.silent),
        _sources(said.citations),
        _provenance(day, known_by),
    ]
    page = "\n\n".join(part for part in parts if part) + "\n"
    return Brief(session, page, tuple(bullets), said.citations)


def as_json(brief: Brief) -> dict[str, Any]:
    """The contract of ``daily_brief``: date, summary_md, bullets, citations."""
    return {
        "date": f"{brief.date:%Y-%m-%d}",
        "summary_md": brief.summary_md,
        "bullets": [
            {
                "section": one.section,
                "text": one.text,
                "fields": list(one.fields),
                "figures": [
                    {"text": said.text, "field": said.field, "of": said.of} for said in one.figures
                ],
                "citations": list(one.citations),
            }
            for one in brief.bullets
        ],
        "citations": [citation_as_json(one) for one in brief.citations],
    }


def _sections(bullets: Sequence[Bullet]) -> list[str]:
    parts = []
    for section, own in groupby(bullets, key=lambda one: one.section):
        lines = [f"- {one.text}{_named(one)}" for one in own]
        parts.append("\n".join([f"## {section}", "", *lines]))
    return parts


def _named(bullet: Bullet) -> str:
    return f" ({', '.join(f'`{name}`' for name in bullet.fields)})" if bullet.fields else ""


def _silence(topics: Sequence[str]) -> str:
    listed = ", ".join(topic[:1].lower() + topic[1:] for topic in topics)
    return f"No recent document was found on: {listed}." if listed else ""


def _sources(citations: Sequence[Citation]) -> str:
    """A line for each document, after the numbers of its citations."""
    marks: dict[str, list[str]] = {}
    for number, one in enumerate(citations, 1):
        marks.setdefault(one.doc_id, []).append(f"[{number}]")
    documents = {one.doc_id: one for one in citations}
    lines = [f"- {' '.join(own)} {_source(documents[name])}" for name, own in marks.items()]
    return "\n".join(["## Sources", "", *lines]) if lines else ""


def _source(citation: Citation) -> str:
    published = f"{citation.published_at:%-d %B %Y, %H:%M UTC}"
    link = f", <{citation.url}>" if citation.url else ""
    return f"{citation.title}, published {published}, `{citation.doc_id}`{link}"


def _provenance(day: Day, known_by: pd.Timestamp) -> str:
    versions = [f"`{one}`" for one in (day.model_version, day.regime_model_version) if one]
    return f"As it was known at {known_by:%Y-%m-%d %H:%M} UTC; models {', '.join(versions)}."
