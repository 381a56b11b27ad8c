"""Question sets: what is asked, as of when, and which documents answer it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Literal, get_args

import pandas as pd
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from mlrisk.documents.base import Constraints, DocumentError

Kind = Literal["dated", "undated", "as_of", "unanswerable"]
"""``dated`` names when its documents are from; ``undated`` does not; ``as_of`` asks for the latest
of a past day; ``unanswerable`` has no document."""
KINDS: tuple[Kind, ...] = get_args(Kind)
UNANSWERABLE = "unanswerable"


@dataclass(frozen=True)
class Question:
    """One question and what answers it.

    Parameters
    ----------
    qid : str
    kind : Kind
    question : str
    as_of : Timestamp or None
        UTC; None where everything in the corpus is known.
    acceptable : frozenset of str
        Documents that hold the answer, any of which will do; empty for what no document answers.
    """

    qid: str
    kind: Kind
    question: str
    as_of: pd.Timestamp | None
    acceptable: frozenset[str]

    @property
    def answerable(self) -> bool:
        return self.kind != UNANSWERABLE

    @property
    def constraints(self) -> Constraints:
        return Constraints(as_of=self.as_of)


class _Line(BaseModel):
    """A line as it is written; what else stands in it is for people."""

    model_config = ConfigDict(extra="ignore")

    qid: str = Field(min_length=1)
    kind: Kind
    question: str = Field(min_length=1)
    as_of: AwareDatetime | None = None
    gold_doc_ids: list[str] = []
    acceptable_doc_ids: list[str] | None = None


def parse(text: str, origin: str) -> list[Question]:
    """The questions of a JSONL text, in its order.

    A line has ``qid``, ``kind``, ``question``, ``as_of`` (with a time zone, or null) and
    ``acceptable_doc_ids``, for which ``gold_doc_ids`` stand where they are missing; other fields
    are let be, and so are empty lines.

    Parameters
    ----------
    text : str
    origin : str
        Name of the file, for errors.

    Raises
    ------
    DocumentError
        Names file, line, field, value and what is expected: of a line that is no JSON object, a
        field that is missing or wrong, a ``qid`` that came before, documents given for a question
        that none answers, and none given for one that some do.
    """
    found: dict[str, Question] = {}
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        one = _question(line, f"{origin}, line {number}")
        if one.qid in found:
            raise DocumentError(
                f"{origin}, line {number}: qid = {one.qid!r} stands on a line before; each "
                "question has a name of its own"
            )
        found[one.qid] = one
    return list(found.values())


def _question(line: str, place: str) -> Question:
    try:
        given = _Line.model_validate(_object(line, place))
    except ValidationError as error:
        raise DocumentError(f"{place}: {_said(error)}") from None
    acceptable = (
        given.gold_doc_ids if given.acceptable_doc_ids is None else given.acceptable_doc_ids
    )
    if given.kind == UNANSWERABLE and acceptable:
        raise DocumentError(
            f"{place}: acceptable_doc_ids = {acceptable!r} of a question of kind {UNANSWERABLE}; "
            "leave them empty, or name its kind"
        )
    if given.kind != UNANSWERABLE and not acceptable:
        raise DocumentError(
            f"{place}: acceptable_doc_ids is empty; name the documents that answer the question, "
            f"or make its kind {UNANSWERABLE}"
        )
    moment = given.as_of
    as_of = None if moment is None else pd.Timestamp(moment).tz_convert("UTC").as_unit("us")
    return Question(given.qid, given.kind, given.question, as_of, frozenset(acceptable))


def _object(line: str, place: str) -> dict[str, Any]:
    try:
        tree = json.loads(line)
    except json.JSONDecodeError as error:
        raise DocumentError(
            f"{place}: no JSON ({error.msg} at character {error.pos + 1}); expected an object with "
            f"{', '.join(_Line.model_fields)}"
        ) from None
    if not isinstance(tree, dict):
        raise DocumentError(
            f"{place}: holds a {type(tree).__name__}; expected an object with "
            f"{', '.join(_Line.model_fields)}"
        )
    return tree


def _said(error: ValidationError) -> str:
    parts = []
    for item in error.errors(include_url=False):
        field = ".".join(map(str, item["loc"]))
        if item["type"] == "missing":
            parts.append(f"{field} is missing")
        else:
            parts.append(f"{field} = {item['input']!r}: {item['msg']}")
    return "; ".join(parts)
