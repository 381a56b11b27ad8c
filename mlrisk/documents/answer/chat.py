"""Drafts by a model behind an OpenAI-compatible endpoint, such as Ollama, vLLM or OpenAI itself.

``POST {base_url}/chat/completions`` with ``response_format`` of type ``json_schema`` (structured
outputs); an endpoint that knows none is asked with ``json_object``, then without.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import httpx

from mlrisk.documents.answer import structured
from mlrisk.documents.answer.prompt import Prompt
from mlrisk.documents.answer.structured import GeneratorError, MalformedError, TransientError
from mlrisk.documents.base import Claim, Passage

_FORMATS: tuple[dict[str, object], ...] = (
    {
        "type": "json_schema",
        "json_schema": {"name": structured.NAME, "schema": structured.SCHEMA, "strict": True},
    },
    {"type": "json_object"},
    {},
)
_BUSY = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})
_FENCE = re.compile(r"^```(?:json)?\s*(.*?)\s*```$", re.DOTALL)


@dataclass
class Chat:
    """A ``Generator`` over the chat completions of a server.

    Parameters
    ----------
    base_url : str
        Up to and with the version: ``http://localhost:11434/v1``.
    model : str
    api_key : str, optional
        Sent as a bearer token, and shown in no error.
    seconds : float
        Longest wait for an answer.
    attempts : int
    pause : float
        Seconds before a second attempt.
    tokens : int
        Most of a reply.
    """

    base_url: str
    model: str
    api_key: str | None = field(default=None, repr=False)
    seconds: float = 60.0
    attempts: int = 4
    pause: float = 1.0
    tokens: int = 2000
    _format: int = field(default=0, init=False, repr=False)

    @property
    def name(self) -> str:
        return "openai"

    def draft(
        self, question: str, passages: Sequence[Passage], prediction: Mapping[str, object]
    ) -> list[Claim]:
        """Claims as the model gives them, none of them verified."""
        headers = {"authorization": f"Bearer {self.api_key}"} if self.api_key else {}
        with httpx.Client(timeout=self.seconds, headers=headers) as client:
            return structured.draft(
                lambda request: self._send(client, request),
                question,
                passages,
                prediction,
                attempts=self.attempts,
                pause=self.pause,
                where=self._where,
            )

    @property
    def _where(self) -> str:
        return f"{self.model} at {self.base_url}"

    def _send(self, client: httpx.Client, request: Prompt) -> object:
        while True:
            response = self._post(client, request)
            refused = response.status_code in {400, 422} and "format" in response.text.lower()
            if refused and self._format + 1 < len(_FORMATS):
                self._format += (
                    1  # the endpoint knows no such format, today or at the next question
                )
                continue
            return self._read(response)

    def _post(self, client: httpx.Client, request: Prompt) -> httpx.Response:
        format_ = _FORMATS[self._format]
        asked = "" if self._format == 0 else f"\n\nJSON schema:\n{json.dumps(structured.SCHEMA)}"
        body: dict[str, object] = {
            "model": self.model,
            "temperature": 0,
            "max_tokens": self.tokens,
            "messages": [
                {"role": "system", "content": request.system + asked},
                {"role": "user", "content": request.user},
            ],
        }
        if format_:
            body["response_format"] = format_
        try:
            return client.post(f"{self.base_url.rstrip('/')}/chat/completions", json=body)
        except httpx.TransportError as error:
            raise TransientError(
                f"{self._where}: {type(error).__name__} ({error}). Is it running, and is "
                "answer.openai.base_url right?"
            ) from None

    def _read(self, response: httpx.Response) -> object:
        status = response.status_code
        if status in _BUSY:
            raise TransientError(f"{self._where}: HTTP {status}: {response.text[:200]!r}")
        if status != httpx.codes.OK:
            hint = {401: "Set the key (answer.openai.key_variable).", 404: "Is the model there?"}
            raise GeneratorError(
                f"{self._where}: HTTP {status}: {response.text[:200]!r}. {hint.get(status, '')}"
            )
        try:
            content = response.json()["choices"][0]["message"]["content"]
            return json.loads(_FENCE.sub(r"\1", content.strip()))
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            raise MalformedError(f"no JSON in the reply ({error})") from None
