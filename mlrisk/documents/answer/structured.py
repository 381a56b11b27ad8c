"""Claims as a language model is asked to give them, and what is done where it does not."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from tenacity import (
    Retrying,
    retry_if_exception_type,
    stop_after_attempt,
    wait_exponential,
    wait_random,
)

from mlrisk.documents.answer.prompt import Prompt, prompt
from mlrisk.documents.base import Claim, DocumentError, Passage

LONGEST_PAUSE = 20.0
"""Seconds between two attempts."""


class GeneratorError(DocumentError):
    """A language model that did not answer; names endpoint, model and what to do."""


class TransientError(GeneratorError):
    """A fault that may be gone at the next attempt."""


class MalformedError(GeneratorError):
    """A reply that is not what was asked for."""


class _Quote(BaseModel):
    model_config = ConfigDict(extra="forbid")

    chunk_id: str = Field(description="id of the passage")
    quote: str = Field(description="copied from the passage, character for character")


class _Claim(BaseModel):
    model_config = ConfigDict(extra="forbid")

    text: str = Field(description="one sentence that its quotes or fields say")
    quotes: list[_Quote] = Field(description="what the sentence rests on")
    fields: list[str] = Field(description="names of fields of the forecast it states")


class _Reply(BaseModel):
    model_config = ConfigDict(extra="forbid")

    claims: list[_Claim] = Field(max_length=12, description="in order; none where nothing answers")


NAME = "answer"
SCHEMA: dict[str, object] = _Reply.model_json_schema()
"""JSON schema of a reply."""

Send = Callable[[Prompt], object]
"""One request; gives the reply's JSON as Python objects, or raises a ``GeneratorError``."""


def claims(reply: object) -> list[Claim]:
    """The claims of a reply.

    Raises
    ------
    MalformedError
        Names the first place that is not as the schema has it.
    """
    try:
        read = _Reply.model_validate(reply)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"])) or "the reply"
        raise MalformedError(f"{place}: {first['msg']}") from None
    return [
        Claim(
            claim.text.strip(),
            tuple((quote.chunk_id, quote.quote) for quote in claim.quotes),
            tuple(claim.fields),
        )
        for claim in read.claims
    ]


def draft(
    send: Send,
    question: str,
    passages: Sequence[Passage],
    prediction: Mapping[str, object],
    *,
    attempts: int,
    pause: float,
    where: str,
) -> list[Claim]:
    """Ask for claims; once more, with the reason, where the reply is not what was asked for.

    Parameters
    ----------
    send : callable
    attempts : int
        Tries of each request that ends in a ``TransientError``.
    pause : float
        Seconds before the second try; doubled before each further one.
    where : str
        Endpoint and model, for errors.

    Raises
    ------
    GeneratorError
        Where no attempt succeeded or the repaired reply is no better. No other generator takes
        over: who asked for this one is told.
    """

    def ask(refused: str) -> list[Claim]:
        request = prompt(question, passages, prediction, refused=refused)
        retrying = Retrying(
            retry=retry_if_exception_type(TransientError),
            stop=stop_after_attempt(attempts),
            wait=wait_exponential(multiplier=pause, max=LONGEST_PAUSE) + wait_random(0, pause),
            reraise=True,
        )
        return claims(retrying(send, request))

    try:
        return ask("")
    except MalformedError as first:
        try:
            return ask(str(first))
        except MalformedError as second:
            raise GeneratorError(
                f"{where}: two replies were not what was asked for ({first}; then {second}). Take "
                "a model that follows a JSON schema, or answer.generator=extractive."
            ) from None
