"""What a source knows of a document beside its bytes, and what the document is then called."""

from __future__ import annotations

import json
import re

import pandas as pd

from mlrisk.documents.base import DocumentError
from mlrisk.documents.parse import moments

_PREFIXES = {
    "statement": "fomc-statement",
    "minutes": "fomc-minutes",
    "longer_run_goals": "fomc-longer-run-goals",
}
_MONTHLY = ("cpi", "employment_situation", "personal_income")
_DAY_ALONE = re.compile(r"\s*\d{4}-\d\d-\d\d\s*")
_ISO = re.compile(r"\s*\d{4}-\d\d-\d\d")
"""No relative time such as "now" is read: pandas would ask the clock."""

_FIRST_YEAR, _LAST_YEAR = 1900, 2200


def read_hint(text: str) -> dict[str, str]:
    """What a source knows of a document, from its JSON object of texts; nulls are left out.

    Raises
    ------
    DocumentError
        Where it is no JSON object.
    """
    try:
        hint = json.loads(text) if text else {}
    except ValueError as error:
        raise DocumentError(f"hint {text[:80]!r} is no JSON ({error})") from None
    if not isinstance(hint, dict):
        raise DocumentError(f"hint {text[:80]!r} is no JSON object")
    return {name: value for name, value in hint.items() if value and isinstance(value, str)}


def hinted_moment(text: str, kind: str) -> pd.Timestamp:
    """The UTC moment of an ISO 8601 text; a day alone by the rule of its kind.

    Raises
    ------
    DocumentError
        Where it is none, or not of 1900 to 2200.
    """
    if _DAY_ALONE.fullmatch(text):
        return moments.by_rule(kind, hinted_day(text))
    moment = _timestamp(text)
    return moment.tz_convert("UTC") if moment.tzinfo else moment.tz_localize("UTC")


def hinted_day(text: str) -> pd.Timestamp:
    """The day of an ISO 8601 text, without a time zone.

    Raises
    ------
    DocumentError
        Where it is none, or not of 1900 to 2200.
    """
    return _timestamp(text).tz_localize(None).normalize()


def _timestamp(text: str) -> pd.Timestamp:
    if _ISO.match(text):
        try:
            moment = pd.Timestamp(text.strip()).as_unit("us")
            if _FIRST_YEAR <= moment.year <= _LAST_YEAR:
                return moment
        except (ValueError, OverflowError):
            pass
    raise DocumentError(f"{text[:40]!r} is no day or time of 1900 to 2200 in ISO 8601")


def doc_id(kind: str, event: pd.Timestamp | None, published: pd.Timestamp) -> str:
    """What a document without an id is called: ``fomc-minutes-2024-01-31``, ``cpi-2024-01``."""
    prefix = _PREFIXES.get(kind, kind.replace("_", "-"))
    if event is not None and kind in _MONTHLY:
        return f"{prefix}-{event:%Y-%m}"
    if event is not None and kind == "gdp":
        return f"{prefix}-{event.year}-q{event.quarter}"
    day = event if event is not None else moments.new_york_day(published)
    return f"{prefix}-{day:%Y-%m-%d}"


def slug(text: str, kept: str = "._-", joint: str = "-") -> str:
    """Lower-case letters, digits and what is ``kept``; all else as one ``joint``.

    >>> slug("Consumer Price Index", kept="", joint="_")
    'consumer_price_index'
    """
    plain = re.sub(rf"[^a-z0-9{re.escape(kept)}]+", joint, text.lower())
    return plain.strip("-_.")
