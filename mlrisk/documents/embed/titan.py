"""Amazon Titan Text Embeddings V2, through the InvokeModel operation of Amazon Bedrock.

Request and reply are those of the Bedrock user guide, "Amazon Titan Embeddings G1 - Text and V2".
"""

from __future__ import annotations

import functools
import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from mlrisk import aws
from mlrisk.documents.base import DocumentError, Vectors

MODEL = "amazon.titan-embed-text-v2:0"
DECIMALS = 5
_AT_A_TIME = 8
"""Requests under way at once: one request embeds one text."""


class EmbeddingError(DocumentError):
    """A text that a service did not embed; says which service, why, and what to do."""


class _BusyError(EmbeddingError):
    """One that may be gone at the next attempt."""


@dataclass(frozen=True)
class Titan:
    """Texts to unit vectors by a service; they leave this machine.

    Credentials are those of boto3's usual chain.

    Parameters
    ----------
    dimension : {1024, 512, 256}
    region : str
    endpoint_url : str, optional
        Another address than the region's, such as that of a VPC endpoint.
    seconds : float
        Longest wait for a vector.
    attempts : int
        Of a request that fails for the moment.
    pause : float
        Seconds before a second attempt, at most; twice as long before each further one.
    """

    dimension: Literal[1024, 512, 256]
    region: str
    endpoint_url: str | None = None
    seconds: float = 30.0
    attempts: int = 6
    pause: float = 1.0

    @property
    def name(self) -> str:
        """Model and length of a vector."""
        return f"{MODEL}/{self.dimension}"

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of shape (n_texts, dimension), rounded to 5 decimals.

        Raises
        ------
        EmbeddingError
            Where the service refuses, is not reached, or gives no vector.
        """
        vectors = np.empty((len(texts), self.dimension), np.float32)
        client = self._client
        with ThreadPoolExecutor(_AT_A_TIME) as pool:
            work = [pool.submit(self._patiently, client, text) for text in texts]
            try:
                for row, waiting in enumerate(work):
                    vectors[row] = waiting.result()
            except EmbeddingError:
                pool.shutdown(cancel_futures=True)
                raise
        return vectors

    @functools.cached_property
    def _client(self) -> Any:
        return aws.client(
            "bedrock-runtime",
            region=self.region,
            endpoint_url=self.endpoint_url,
            seconds=self.seconds,  # tenacity counts the attempts
            connections=_AT_A_TIME,
        )

    @property
    def _where(self) -> str:
        return f"{MODEL} on Bedrock in {self.region}"

    def _patiently(self, client: Any, text: str) -> npt.NDArray[np.float64]:
        import tenacity

        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(_BusyError),
            stop=tenacity.stop_after_attempt(self.attempts),
            wait=tenacity.wait_random_exponential(multiplier=self.pause, max=60 * self.pause),
            reraise=True,
        )
        return retrying(self._vector, client, text)

    def _vector(self, client: Any, text: str) -> npt.NDArray[np.float64]:
        from botocore.exceptions import NoCredentialsError

        request = {"inputText": text, "dimensions": self.dimension, "normalize": True}
        try:
            reply = client.invoke_model(
                modelId=MODEL,
                body=json.dumps(request),
                contentType="application/json",
                accept="application/json",
            )
            content = reply["body"].read()
        except NoCredentialsError:
            raise EmbeddingError(
                f"{self._where}: no AWS credentials. Set AWS_PROFILE or AWS_ACCESS_KEY_ID and "
                "AWS_SECRET_ACCESS_KEY, or index.embedder=minilm, which needs none."
            ) from None
        except aws.failures() as error:
            asked = (
                "Is the model enabled for this account and region, and may these credentials "
                "bedrock:InvokeModel?"
                if aws.code(error)
                else "Is the address right (index.titan.region, index.titan.endpoint_url) and "
                "reachable from here?"
            )
            raise (_BusyError if aws.may_pass(error) else EmbeddingError)(
                f"{self._where}: {error}. {asked}"
            ) from None
        return self._read(content)

    def _read(self, content: bytes) -> npt.NDArray[np.float64]:
        try:
            vector: npt.NDArray[Any] = np.array(json.loads(content)["embedding"], dtype=np.float64)
        except (ValueError, TypeError, KeyError):
            vector = np.empty(0)
        length = np.linalg.norm(vector)
        if vector.shape != (self.dimension,) or not np.isfinite(length) or length == 0:
            raise EmbeddingError(
                f"{self._where}: the reply holds no `embedding` of {self.dimension} numbers but "
                f"{content[:200]!r}. Is index.titan.endpoint_url an endpoint of Bedrock?"
            )
        rounded: npt.NDArray[np.float64] = np.round(vector / length, DECIMALS) + 0.0
        return rounded
