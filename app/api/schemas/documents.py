"""Questions to the documents, and briefs."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, Field, StringConstraints

from app.api.schemas.fields import EXAMPLE_DAY, Day, Label, Moment, Request


class QaConstraints(Request):
    """Which documents may answer."""

    as_of: Moment | None = Field(
        None,
        description="Nothing published later is seen. A day is meant at 22:00 UTC.",
        examples=[EXAMPLE_DAY],
    )
    since: Moment | None = Field(None, alias="from", description="Published from then on.")
    until: Moment | None = Field(None, alias="to", description="Published until then.")
    sources: list[Label] | None = Field(None, max_length=32, examples=[["fed"]])
    doc_types: list[Label] | None = Field(None, max_length=32, examples=[["statement"]])


class QaRequest(Request):
    """A question to the documents and the forecast."""

    question: Annotated[str, StringConstraints(min_length=1, max_length=1000)] = Field(
        examples=["What did the Committee decide about the federal funds rate?"]
    )
    constraints: QaConstraints | None = None


class Citation(BaseModel):
    """A verbatim span of a document."""

    chunk_id: str
    doc_id: str
    title: str
    url: str
    published_at: AwareDatetime
    quote: str = Field(description="The document's text from `start` to `end`, to the character.")
    start: int = Field(ge=0)
    end: int = Field(ge=0)


class QaAnswer(BaseModel):
    """An answer, or a refusal."""

    answer: str = Field(description="`[1]` marks the first citation. Plain text, no markup.")
    citations: list[Citation]
    refused: str = Field(description="Why there is no answer; empty where there is one.")


class BriefRequest(Request):
    """Which day's brief."""

    date: Day | None = Field(None, description="The latest by default.", examples=[EXAMPLE_DAY])


class BriefFigure(BaseModel):
    """A number of a statement, and the field it is."""

    text: str
    field: str
    of: str


class Bullet(BaseModel):
    """A statement; it rests on fields or on citations."""

    section: str
    text: str
    fields: list[str]
    figures: list[BriefFigure]
    citations: list[int]


class BriefAnswer(BaseModel):
    """A day's brief."""

    date: date
    summary_md: str = Field(description="The page, in Markdown.")
    bullets: list[Bullet]
    citations: list[Citation]
