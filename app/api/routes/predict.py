"""Forecasts: as they were published, and from other values."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from app.api import predict, problems
from app.api.problems import FieldError, ProblemError
from app.api.routes.common import ASKING, READING, Current, require_json, slowly
from app.api.schemas import (
    EXAMPLE_DAY,
    Day,
    Page,
    PredictAnswer,
    PredictRequest,
    PublishedDay,
)

LARGEST_PAGE = 1000

router = APIRouter(tags=["forecasts"])

_NO_SUCH_DATE = problems.documented(404)
SomeDay = Annotated[Day, Path(description="A session.", examples=[EXAMPLE_DAY])]
Size = Annotated[int, Query(ge=1, le=LARGEST_PAGE, description="Forecasts on a page.")]


@router.post(
    "/predict",
    summary="The forecast of a session, or one from other values of its features",
    responses=ASKING | _NO_SUCH_DATE,
    dependencies=[Depends(require_json)],
)
async def predict_one(asked: PredictRequest, service: Current) -> PredictAnswer:
    """Answers in a few milliseconds, so it is computed at once and in no other thread."""
    return predict.answer(service, asked)


@router.get(
    "/predictions",
    summary="Published forecasts, a page at a time",
    response_model=Page,
    responses=READING,
)
async def listed(
    request: Request,
    service: Current,
    first: Annotated[Day | None, Query(alias="from", description="First session.")] = None,
    last: Annotated[
        Day | None, Query(alias="to", description="Last session.", examples=[EXAMPLE_DAY])
    ] = None,
    limit: Size = LARGEST_PAGE,
) -> Response:
    """Both ends are included. ``next`` is the address of the page that follows."""
    if first is not None and last is not None and first > last:
        raise ProblemError(
            "contradiction",
            f"from = {first} lies after to = {last}.",
            [FieldError("/from", f"lies after to = {last}", f"{first}", "query")],
        )
    days = service.predictions.between(first, last)
    following = None
    if len(days) > limit:
        query = {"from": days[limit], "limit": limit} | ({} if last is None else {"to": last})
        following = f"{request.scope.get('root_path', '')}/predictions?{urlencode(query)}"

    def page() -> str:
        rows = [predict.published(service, day) for day in days[:limit]]
        found = Page(predictions=rows, count=len(rows), total=len(days), next=following)
        return found.model_dump_json()

    # Half a megabyte is written out where nobody waits for it.
    return Response(await slowly(request, page), media_type="application/json")


@router.get("/predictions/latest", summary="The latest published forecast", responses=READING)
async def latest(service: Current) -> PublishedDay:
    """That of the last session that was run."""
    return predict.published_day(service, service.last)


@router.get(
    "/predictions/{date}",
    summary="The published forecast of a session",
    responses=READING | _NO_SUCH_DATE,
)
async def of_day(date: SomeDay, service: Current) -> PublishedDay:
    """As it was known at 22:00 UTC of that day; nothing that came later changes it."""
    return predict.published_day(service, service.session(date))
