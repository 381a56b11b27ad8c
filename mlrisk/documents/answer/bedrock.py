"""Drafts by a model of Amazon Bedrock, through its Converse API.

The reply is asked for as the input of a tool, whose JSON schema the service holds the model to.
Credentials are those of boto3's usual chain.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mlrisk import aws
from mlrisk.documents.answer import structured
from mlrisk.documents.answer.prompt import Prompt
from mlrisk.documents.answer.structured import GeneratorError, MalformedError, TransientError
from mlrisk.documents.base import Claim, Passage


@dataclass(frozen=True)
class Bedrock:
    """A ``Generator`` over Bedrock's Converse API.

    Parameters
    ----------
    model : str
        Id of a model or of an inference profile that takes tools.
    region : str
    endpoint_url : str, optional
        Another address than the region's, such as that of a VPC endpoint.
    seconds : float
        Longest wait for an answer.
    attempts : int
    pause : float
        Seconds before a second attempt.
    tokens : int
        Most of a reply.
    """

    model: str
    region: str
    endpoint_url: str | None = None
    seconds: float = 60.0
    attempts: int = 4
    pause: float = 1.0
    tokens: int = 2000

    @property
    def name(self) -> str:
        return "bedrock"

    def draft(
        self, question: str, passages: Sequence[Passage], prediction: Mapping[str, object]
    ) -> list[Claim]:
        """Claims as the model gives them, none of them verified."""
        client = aws.client(
            "bedrock-runtime",
            region=self.region,
            endpoint_url=self.endpoint_url,
            seconds=self.seconds,  # tenacity counts the attempts
        )
        try:
            return structured.draft(
                lambda request: self._send(client, request),
                question,
                passages,
                prediction,
                attempts=self.attempts,
                pause=self.pause,
                where=self._where,
            )
        finally:
            client.close()

    @property
    def _where(self) -> str:
        return f"{self.model} on Bedrock in {self.region}"

    def _send(self, client: Any, request: Prompt) -> object:
        tool = {
            "name": structured.NAME,
            "description": "Gives the claims that answer the question.",
            "inputSchema": {"json": structured.SCHEMA},
        }
        try:
            reply = client.converse(
                modelId=self.model,
                system=[{"text": request.system}],
                messages=[{"role": "user", "content": [{"text": request.user}]}],
                inferenceConfig={"temperature": 0.0, "maxTokens": self.tokens},
                toolConfig={
                    "tools": [{"toolSpec": tool}],
                    "toolChoice": {"tool": {"name": structured.NAME}},
                },
            )
        except aws.failures() as error:
            asked = (
                " Is the model enabled for this account and region, and may these credentials "
                "bedrock:InvokeModel?"
            )
            raise (TransientError if aws.may_pass(error) else GeneratorError)(
                f"{self._where}: {error}.{asked if aws.code(error) else ''}"
            ) from None
        blocks = reply.get("output", {}).get("message", {}).get("content", [])
        for block in blocks:
            if block.get("toolUse", {}).get("name") == structured.NAME:
                return block["toolUse"].get("input")
        raise MalformedError(f"no use of the tool (stopped by {reply.get('stopReason')!r})")
