"""Questions to the documents, and the brief of a day."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends, Request

from app.api import problems, qa
from app.api.routes.common import ASKING, Current, require_json, slowly
from app.api.schemas import BriefAnswer, BriefRequest, QaAnswer, QaRequest

router = APIRouter(tags=["documents"], dependencies=[Depends(require_json)])


@router.post("/qa", summary="A question, answered with quotes of documents", responses=ASKING)
async def asked(request: Request, question: QaRequest, service: Current) -> QaAnswer:
    """Every quote stands in the document it cites, to the character; else there is a refusal."""
    constraints = qa.constraints_of(question.constraints)
    return await slowly(request, qa.answer, service, question.question, constraints)


@router.post(
    "/daily-brief",
    summary="What is to be known before the next session opens",
    responses=ASKING | problems.documented(404),
)
async def brief(
    request: Request, service: Current, wanted: BriefRequest | None = None
) -> BriefAnswer:
    """As it was known at 22:00 UTC of the session, whatever came later."""
    day = service.session(wanted.date if wanted else None)
    found: dict[str, Any] = await slowly(request, qa.brief, service, day)
    return BriefAnswer.model_validate(found)
