"""S3 and DynamoDB on the loopback interface, with whatever may go wrong on the way to them."""

from __future__ import annotations

import itertools
import json
import os
import socket
import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from threading import Thread
from typing import Any

import boto3
from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from werkzeug.serving import make_server

KEYS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}


@dataclass(frozen=True)
class Refusal:
    """A reply of the service instead of what was asked for."""

    status: int
    code: str


@dataclass(frozen=True)
class Cut:
    """The connection is reset: before the service hears of a request, or before its reply."""

    after: bool = False


Fault = Refusal | Cut | Callable[[], object] | None
"""What happens to one request; a callable is called before it, None lets it through."""


@dataclass
class Amazon:
    """moto's server; each of ``faults`` happens to one request, in order."""

    faults: list[Fault] = field(default_factory=list)
    asked: list[dict[str, str]] = field(default_factory=list)
    session: Any = field(default_factory=lambda: boto3.session.Session(*KEYS.values()))
    _number: Any = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        self._app = DomainDispatcherApplication(create_backend_app)
        self._server = make_server(
            "127.0.0.1", 0, self._answer, threaded=True, request_handler=MotoRequestHandler
        )
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def client(self, service: str) -> Any:
        return self.session.client(service, endpoint_url=self.url, region_name="us-east-1")

    def bucket(self) -> str:
        name = f"ml-risk-{next(self._number)}"
        self.client("s3").create_bucket(Bucket=name)
        return name

    def table(self, keys: tuple[str, ...] = ("series", "date")) -> str:
        name = f"forecasts-{next(self._number)}"
        kinds = ("HASH", "RANGE")
        self.client("dynamodb").create_table(
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
            KeySchema=[
                {"AttributeName": key, "KeyType": kind}
                for key, kind in zip(keys, kinds, strict=False)
            ],
        )
        return name

    def _answer(self, environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        self.asked.append({name: str(value) for name, value in environ.items()})
        fault = self.faults.pop(0) if self.faults else None
        match fault:
            case Refusal(status, code):
                # What was not read would be taken for the next request.
                environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
                kind, body = _refused(code, is_dynamodb="HTTP_X_AMZ_TARGET" in environ)
                start(
                    f"{status} {code}", [("Content-Type", kind), ("Content-Length", f"{len(body)}")]
                )
                return [body]
            case Cut(after):
                if after:
                    list(self._app(environ, lambda *_: None))
                _reset(environ["werkzeug.socket"])
                raise ConnectionResetError
            case None:
                pass
            case _:
                fault()
        return self._app(environ, start)


def _refused(code: str, *, is_dynamodb: bool) -> tuple[str, bytes]:
    if is_dynamodb:
        told = {"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": "no"}
        return "application/x-amz-json-1.0", json.dumps(told).encode()
    return "application/xml", f"<Error><Code>{code}</Code><Message>no</Message></Error>".encode()


def _reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    os.close(connection.detach())
