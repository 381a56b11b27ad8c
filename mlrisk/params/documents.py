"""What can be set about documents: which there are, how they are searched, quoted and judged.

What each setting is for stands beside its value in ``conf/``.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from mlrisk.params.sections import Count, Day, Positive, Section

Text = Annotated[str, Field(min_length=1)]
Weight = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class BedrockModel(Section):
    model: Text
    region: Text
    endpoint_url: Text | None


class OpenaiModel(Section):
    base_url: Text
    model: Text
    key_variable: Text


class Answering(Section):
    generator: Literal["extractive", "bedrock", "openai"]
    passages: Count
    quotes: Annotated[int, Field(ge=2)]
    near_enough: Annotated[float, Field(ge=-1, le=1)]
    bedrock: BedrockModel
    openai: OpenaiModel
    seconds: Positive
    attempts: Count
    tokens: Count


class Chunks(Section):
    smallest: Count
    largest: Count
    overlap: Annotated[float, Field(ge=0, lt=0.5)]

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if not self.overlap * self.largest < self.smallest <= self.largest:
            raise ValueError(
                f"smallest {self.smallest} must lie above the overlap, {self.overlap} of largest, "
                f"and not above largest {self.largest}"
            )
        return self


class Docs(Section):
    start: Day
    as_of: Day
    include: Annotated[list[Text], Field(min_length=1)]
    exclude: list[Text]
    largest_bytes: Count
    chunks: Chunks


class TitanModel(Section):
    dimension: Literal[1024, 512, 256]
    region: Text
    endpoint_url: Text | None


class Pgvector(Section):
    address_variable: Text
    namespace: Annotated[str, Field(pattern=r"^[a-z_][a-z0-9_]{0,62}$")]
    ef_search: Annotated[int, Field(ge=1, le=1000)]


class Indexing(Section):
    embedder: Literal["minilm", "titan"]
    precision: Literal["double", "single"]
    titan: TitanModel
    backend: Literal["memory", "pgvector"]
    pgvector: Pgvector


class Weights(Section):
    cosine: Weight
    words: Weight
    named: Weight
    event: Weight
    year: Weight
    meeting: Weight
    newest: Weight
    first: Weight
    prior: dict[str, Weight]


class Retrieval(Section):
    candidates: Count
    weights: Weights


class Topic(Section):
    name: Text
    question: Text
    doc_types: Annotated[list[Text], Field(min_length=1)]


class Brief(Section):
    topics: list[Topic]
    max_age_days: Count
    quotes: Count
    longest_quote: Count
    ahead_sessions: Annotated[int, Field(ge=1, le=60)]


class RagEval(Section):
    depth: Annotated[int, Field(ge=10)]
    cut: Count

    @model_validator(mode="after")
    def _within(self) -> Self:
        if self.cut > self.depth:
            raise ValueError(f"cut {self.cut} must not be above depth {self.depth}")
        return self
