"""The contract of ``qa``, and the same as JSON: constraints in, answers and citations out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

import pandas as pd

from mlrisk.calendar import INFORMATION_HOUR
from mlrisk.documents.base import Answer, Citation, Constraints, DocumentError

FIELDS = ("as_of", "from", "to", "sources", "doc_types")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_LAST_MOMENT = pd.Timedelta(days=1) - pd.Timedelta(microseconds=1)


class Assistant(Protocol):
    """Whatever answers questions from documents; each quote of an answer is verified."""

    def qa(
        self,
        question: str,
        constraints: Constraints | None = None,
        prediction: Mapping[str, object] | None = None,
    ) -> Answer:
        """An answer with its citations, or a refusal."""


def constraints(given: Mapping[str, Any]) -> Constraints:
    """Which documents may answer; every field of ``FIELDS`` is optional, and null is none.

    A day without a time is meant as a whole: ``as_of`` at 22:00 UTC of it, which is when a session
    is known, ``from`` its first and ``to`` its last moment. A time without a zone is UTC.

    Raises
    ------
    DocumentError
        Names the field, its value and what is expected.
    """
    unknown = sorted(set(given) - set(FIELDS))
    if unknown:
        raise DocumentError(
            f"constraints: unknown field {unknown[0]!r}; there are {', '.join(FIELDS)}"
        )
    found = Constraints(
        as_of=_moment(given, "as_of", INFORMATION_HOUR),
        since=_moment(given, "from", pd.Timedelta(0)),
        until=_moment(given, "to", _LAST_MOMENT),
        sources=_names(given, "sources"),
        doc_types=_names(given, "doc_types"),
    )
    if found.since is not None and found.until is not None and found.since > found.until:
        raise DocumentError(
            f"constraints: from = {given['from']!r} lies after to = {given['to']!r}; no document "
            "can be between them"
        )
    return found


def answer_as_json(answer: Answer) -> dict[str, Any]:
    """``answer`` and ``citations``; ``refused`` says why there is no answer, and is else empty."""
    return {
        "answer": answer.answer,
        "citations": [citation_as_json(one) for one in answer.citations],
        "refused": answer.refused,
    }


def citation_as_json(citation: Citation) -> dict[str, Any]:
    """A citation; ``published_at`` in ISO 8601, UTC."""
    return {
        "chunk_id": citation.chunk_id,
        "doc_id": citation.doc_id,
        "title": citation.title,
        "url": citation.url,
        "published_at": f"{citation.published_at:%Y-%m-%dT%H:%M:%SZ}",
        "quote": citation.quote,
        "start": citation.start,
        "end": citation.end,
    }


def _moment(given: Mapping[str, Any], name: str, of_day: pd.Timedelta) -> pd.Timestamp | None:
    value = given.get(name)
    if value is None:
        return None
    try:
        moment = pd.Timestamp(datetime.fromisoformat(value)).as_unit("us")
        moment = moment.tz_localize("UTC") if moment.tz is None else moment.tz_convert("UTC")
    except (ValueError, TypeError, OverflowError):
        raise DocumentError(
            f"constraints: {name} = {value!r}; expected a day such as '2024-01-31' or a moment "
            "such as '2024-01-31T19:00:00Z'"
        ) from None
    # In nanoseconds a day far from now would overflow.
    return moment + of_day.as_unit("us") if _DAY.fullmatch(value) else moment


def _names(given: Mapping[str, Any], name: str) -> tuple[str, ...]:
    value = given.get(name)
    if value is None:
        return ()
    if not isinstance(value, list | tuple) or not all(isinstance(one, str) for one in value):
        raise DocumentError(f"constraints: {name} = {value!r}; expected a list of names")
    return tuple(value)
