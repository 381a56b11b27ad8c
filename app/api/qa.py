"""Questions to the documents of a service."""

from __future__ import annotations

from datetime import date
from typing import Any

from app import assistant
from app.api.problems import FieldError, ProblemError, pointer
from app.api.schemas import QaAnswer, QaConstraints
from app.api.service import Service
from mlrisk.documents import interface
from mlrisk.documents.base import Constraints, DocumentError
from mlrisk.log import event


def constraints_of(given: QaConstraints | None) -> Constraints:
    """Which documents may answer.

    Raises
    ------
    ProblemError
        Where the span ends before it begins; each moment by itself is one that can be.
    """
    if given is None:
        return Constraints()
    try:
        return interface.constraints(given.model_dump(by_alias=True))
    except DocumentError:
        said = f"lies after to = {given.until}"
        error = FieldError(pointer("constraints", "from"), said, given.since)
        raise ProblemError("contradiction", f"from = {given.since} {said}.", [error]) from None


def answer(service: Service, question: str, constraints: Constraints) -> QaAnswer:
    """The answer, or a refusal, with the forecast that was known at the time.

    Raises
    ------
    ProblemError
        Where what drafts answers does not answer itself.
    """
    row = assistant.known(service.snapshot.predictions, constraints.as_of)
    try:
        found = service.desk.assistant.qa(question, constraints, row)
    except DocumentError as error:
        raise _no_answer(error) from error
    return QaAnswer.model_validate(interface.answer_as_json(found))


def brief(service: Service, day: date) -> dict[str, Any]:
    """The brief of a session that has a forecast, as JSON.

    Raises
    ------
    ProblemError
        As ``answer``.
    """
    try:
        return service.brief(day)
    except DocumentError as error:
        raise _no_answer(error) from error


def _no_answer(error: DocumentError) -> ProblemError:
    # The message may name addresses and settings of the server.
    event("no answer", reason=str(error))
    return ProblemError(
        "no-answer", "What drafts answers cannot be reached now.", headers={"Retry-After": "30"}
    )
