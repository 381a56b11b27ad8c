"""What is served, whether it is, and how it has done."""

from __future__ import annotations

from dataclasses import asdict
from importlib.metadata import version
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from app import record
from app.api import problems
from app.api.bounds import Span
from app.api.monitoring import CONTENT_TYPE
from app.api.problem_kinds import KINDS
from app.api.problems import ProblemError
from app.api.routes.common import ANY, READING, Current, Followed, slowly
from app.api.schemas import (
    Bounds,
    Feature,
    Features,
    Health,
    ProblemPage,
    Ready,
    TrackRecord,
    VersionAnswer,
)
from app.api.service import Service
from mlrisk.documents.brief import words
from mlrisk.record.chain import RecordError
from mlrisk.record.record import Record

PACKAGE = "ml-risk"

router = APIRouter(tags=["service"])


@router.get("/features", summary="What a feature vector may hold", responses=READING)
async def features(service: Current) -> Features:
    """Names, values of the last session, and bounds."""
    return Features(as_of=service.last, features=listed(service))


@router.get("/track-record", summary="How published forecasts have done", responses=READING)
async def track_record(request: Request, service: Current) -> TrackRecord:
    """Sums of the record; its lines are in the repository, where anyone can check the chain."""
    try:
        found: Record = await slowly(request, record.read, service.snapshot.root)
    except RecordError as error:
        raise ProblemError("broken-record", str(error)) from None
    return TrackRecord.model_validate(
        {"events": len(found.events), "head": found.head, "series": found.summary()}
    )


@router.get("/healthz", summary="Whether the process answers", responses=ANY)
async def healthz() -> Health:
    """Says nothing of what is served."""
    return Health(status="ok")


@router.get("/readyz", summary="Whether there is something to serve", responses=ANY)
async def readyz(following: Followed) -> Ready:
    """Ready, too, where a newer run cannot be read: the one before is served on."""
    service = following.current
    return Ready(
        status="ready",
        as_of=service.last,
        dvc_lock=service.snapshot.version.dvc_lock,
        problem=following.problem,
    )


@router.get(
    "/metrics",
    summary="Counters for Prometheus",
    response_class=Response,
    responses=READING | {200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
async def metrics(request: Request) -> Response:
    """In Prometheus' text format."""
    return Response(request.app.state.monitor.page(), media_type=CONTENT_TYPE)


@router.get("/version", summary="What the numbers were made with", responses=READING)
async def made_with(service: Current) -> VersionAnswer:
    """Commit, hash of all inputs and outputs, hashes of the models."""
    return VersionAnswer.model_validate(
        {"version": version(PACKAGE), **asdict(service.snapshot.version)}
    )


@router.get(
    "/problems/{name}",
    summary="What a kind of problem means",
    responses=READING | problems.documented(404),
)
async def problem(
    name: Annotated[str, Path(examples=["unknown-feature"], max_length=64)],
) -> ProblemPage:
    """The page that the ``type`` of a problem names."""
    kind = KINDS.get(name)
    if kind is None:
        raise ProblemError("not-found", "There is no problem of this name.")
    return ProblemPage(type=kind.type, title=kind.title, status=kind.status, remedy=kind.remedy)


def listed(service: Service) -> list[Feature]:
    """Every feature that a vector may have."""
    now = service.known.row(service.last)
    return [
        Feature(
            name=name,
            description=words.feature(name),
            group=service.snapshot.groups.get(name),
            value=now[name],
            bounds=_bounds(span),
            trained=_bounds(service.trained[name]) if name in service.trained else None,
        )
        for name, span in service.allowed.items()
    ]


def _bounds(span: Span) -> Bounds:
    """A range as JSON has it, which knows no infinity."""
    lower, upper = (None if abs(end) == float("inf") else end for end in (span.lower, span.upper))
    return Bounds(lower=lower, upper=upper)
