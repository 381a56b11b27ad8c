"""Titan over a real connection, to a server on this machine that speaks Bedrock's protocol."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any

import numpy as np
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from mlrisk.documents.embed.choose import embedder
from mlrisk.documents.embed.titan import EmbeddingError, Titan

KEYS = Credentials("AKIDEXAMPLE", "secret")
INVOKE = "/model/amazon.titan-embed-text-v2%3A0/invoke"
Reply = tuple[int, str, bytes]


class Bedrock(ThreadingHTTPServer):
    """Checks signature and form of each request; what ``faults`` hold comes before an answer."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.lock = Lock()
        self.faults: list[Reply] = []
        self.asked: list[dict[str, Any]] = []

    def reply(self, request: dict[str, Any]) -> Reply:
        with self.lock:
            self.asked.append(request)
            if self.faults:
                return self.faults.pop(0)
        vector = raw_vector(request["inputText"], request["dimensions"]).tolist()
        return 200, "", json.dumps({"embedding": vector, "inputTextTokenCount": 3}).encode()


class Handler(BaseHTTPRequestHandler):
    server: Bedrock
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path != INVOKE:
            status, kind, body = 404, "UnknownOperationException", b"{}"
        elif not self.signed(content):
            status, kind, body = 403, "InvalidSignatureException", b'{"message": "signature"}'
        else:
            status, kind, body = self.server.reply(json.loads(content))
        self.send_response(status)
        if kind:
            self.send_header("x-amzn-ErrorType", kind)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def signed(self, content: bytes) -> bool:
        """Whether the signature is the one that these keys make of this request."""
        given = dict(
            part.split("=", 1)
            for part in self.headers["Authorization"].removeprefix("AWS4-HMAC-SHA256 ").split(", ")
        )
        _, _, region, service, _ = given["Credential"].split("/")
        names = given["SignedHeaders"].split(";")
        request = AWSRequest(
            "POST", self.server.url + INVOKE, {name: self.headers[name] for name in names}, content
        )
        request.context["timestamp"] = self.headers["X-Amz-Date"]
        signer = SigV4Auth(KEYS, service, region)
        text = signer.string_to_sign(request, signer.canonical_request(request))
        return service == "bedrock" and signer.signature(text, request) == given["Signature"]

    def log_message(self, *args: object) -> None:
        pass


def raw_vector(text: str, dimension: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:4])
    return np.random.default_rng(seed).standard_normal(dimension)


@pytest.fixture(autouse=True)
def _keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEYS.access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", KEYS.secret_key)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
    monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)


@pytest.fixture
def bedrock() -> Iterator[Bedrock]:
    with Bedrock() as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def titan(bedrock: Bedrock) -> Titan:
    return Titan(256, "us-east-1", bedrock.url, seconds=5.0, attempts=3, pause=0.001)


def test_vectors_come_back_in_order_and_of_length_one(bedrock: Bedrock, titan: Titan) -> None:
    texts = [f"Sentence {number} of a statement – “quoted”." for number in range(20)]
    vectors = titan.embed(texts)
    wanted = np.array([raw_vector(text, 256) for text in texts])
    wanted /= np.linalg.norm(wanted, axis=1)[:, None]
    np.testing.assert_allclose(vectors, wanted, atol=5.1e-6)
    assert vectors.dtype == np.float32
    assert {text["inputText"] for text in bedrock.asked} == set(texts)
    assert all(one["dimensions"] == 256 and one["normalize"] is True for one in bedrock.asked)
    assert titan.embed([]).shape == (0, 256)


def test_settings_name_it(bedrock: Bedrock) -> None:
    place = {"dimension": 512, "region": "eu-west-1", "endpoint_url": bedrock.url}
    chosen = embedder({"embedder": "titan", "precision": "double", "titan": place})
    assert (chosen.name, chosen.dimension) == ("amazon.titan-embed-text-v2:0/512", 512)
    assert chosen.embed(["Inflation rose."]).shape == (1, 512)


BUSY: list[Reply] = [
    (429, "ThrottlingException", b'{"message": "Too many requests"}'),
    (500, "InternalServerException", b'{"message": "Try again"}'),
    (503, "", b"<html>bad gateway</html>"),
]


@pytest.mark.parametrize("fault", BUSY)
def test_what_fails_for_the_moment_is_tried_again(
    bedrock: Bedrock, titan: Titan, fault: Reply
) -> None:
    bedrock.faults = [fault, fault]
    assert titan.embed(["Inflation rose."]).shape == (1, 256)
    assert len(bedrock.asked) == 3
    bedrock.faults = [fault] * 3
    with pytest.raises(EmbeddingError, match="titan-embed-text-v2:0 on Bedrock in us-east-1"):
        titan.embed(["Inflation fell."])
    assert len(bedrock.asked) == 6


REFUSED: list[Reply] = [
    (400, "ValidationException", b'{"message": "Too many input tokens"}'),
    (403, "AccessDeniedException", b'{"message": "You have no access to the model"}'),
]


@pytest.mark.parametrize("fault", REFUSED)
def test_a_refusal_is_told_at_once(bedrock: Bedrock, titan: Titan, fault: Reply) -> None:
    bedrock.faults = [fault]
    message = json.loads(fault[2])["message"]
    with pytest.raises(EmbeddingError, match=f"{message}.*Is the model enabled"):
        titan.embed(["Inflation rose."])
    assert len(bedrock.asked) == 1


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[]",
        b'{"embedding": null}',
        b'{"embedding": [1, 2]}',
        json.dumps({"embedding": [0] * 256}).encode(),
        json.dumps({"embedding": [float("nan")] * 256}).encode(),
        json.dumps({"embedding": ["a"] * 256}).encode(),
        json.dumps({"embedding": [[1], [1, 2]] * 128}).encode(),
    ],
)
def test_a_reply_without_a_vector_is_refused(bedrock: Bedrock, titan: Titan, body: bytes) -> None:
    bedrock.faults = [(200, "", body)]
    with pytest.raises(EmbeddingError, match=r"no `embedding` of 256 numbers.*endpoint_url"):
        titan.embed(["Inflation rose."])


def test_other_keys_are_refused(titan: Titan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another")
    with pytest.raises(EmbeddingError, match="InvalidSignatureException"):
        titan.embed(["Inflation rose."])


def test_without_keys_it_is_said_what_to_do(titan: Titan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with pytest.raises(EmbeddingError, match=r"no AWS credentials.*index\.embedder=minilm"):
        titan.embed(["Inflation rose."])


def test_a_server_that_is_not_there_is_named() -> None:
    nowhere = Titan(256, "us-east-1", "http://127.0.0.1:9", attempts=2, pause=0.001)
    with pytest.raises(EmbeddingError, match=r"127\.0\.0\.1:9.*index\.titan\.endpoint_url"):
        nowhere.embed(["Inflation rose."])
