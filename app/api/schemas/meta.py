"""What is served, whether it is, how it has done, and what may go wrong."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Bounds(BaseModel):
    """A closed range; null is no bound."""

    lower: float | None
    upper: float | None


class Feature(BaseModel):
    """A feature of the vector."""

    name: str
    description: str
    group: str | None = Field(description="Kind of information.")
    value: float | None = Field(description="On the last session; null where it has none.")
    bounds: Bounds = Field(description="Values that are taken.")
    trained: Bounds | None = Field(
        description="Values that the served models have seen; null where they do not read it."
    )


class Features(BaseModel):
    """What a vector may hold."""

    as_of: date
    features: list[Feature]


class Health(BaseModel):
    """The process answers."""

    status: Literal["ok"]


class Ready(BaseModel):
    """What is served, and why nothing newer is."""

    status: Literal["ready"]
    as_of: date
    dvc_lock: str
    problem: str | None = Field(
        description="Why what lies in the repository now is not served; null where it is."
    )


class VersionAnswer(BaseModel):
    """What the numbers were made with."""

    model_config = ConfigDict(protected_namespaces=())

    version: str = Field(description="Of the program.", examples=["0.1.0"])
    git_commit: str | None
    dvc_lock: str = Field(description="SHA-256 of dvc.lock, which names every input and output.")
    as_of: date
    source: str
    benchmark: str
    model: str
    model_version: str
    regime_model: str
    regime_model_version: str


class Series(BaseModel):
    """How the published forecasts of a series have done; losses are means of QLIKE."""

    source: str
    benchmark: str
    late: bool = Field(description="Whether they were published after their session.")
    forecasts: int
    first: date
    last: date
    open: int = Field(description="Forecasts whose outcome is not on record yet.")
    qlike: float | None
    qlike_rv20: float | None
    within_80: float | None = Field(description="Share of outcomes within the 80 % interval.")
    within_90: float | None


class TrackRecord(BaseModel):
    """The hash-chained record of every forecast that was published."""

    events: int = Field(description="Lines of the record.")
    head: str = Field(description="Hash of the last line, which stands for all of them.")
    series: list[Series]


class ProblemError(BaseModel):
    """What is wrong with one field."""

    model_config = ConfigDict(extra="allow")

    field: str = Field(description="JSON pointer.", examples=["/feature_vector/vixx"])
    within: Literal["body", "query", "path", "header"] = Field(alias="in")
    message: str
    value: str | float | bool | None = None


class Problem(BaseModel):
    """RFC 9457."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(examples=["/problems/unknown-feature"])
    title: str
    status: int = Field(ge=400, le=599)
    detail: str
    instance: str
    request_id: str | None = None
    errors: list[ProblemError] | None = None


class ProblemPage(BaseModel):
    """What a kind of problem means."""

    type: str
    title: str
    status: int
    remedy: str
