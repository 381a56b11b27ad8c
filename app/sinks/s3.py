"""Day files in a bucket of S3, or of a store that speaks its protocol.

An object is read before it is written, and written on the condition that nobody did so meanwhile
(``If-None-Match`` and ``If-Match``, Amazon S3 User Guide, "Conditional writes"). So a store that
does not know these conditions is safe too, but for two writers at the same moment.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pandas as pd

from app.sinks.base import ATTEMPTS, Day, Outcome, SinkError, different, file_name, parsed, telling
from mlrisk import aws

MEDIA_TYPE = "application/vnd.apache.parquet"
_OVERTAKEN = frozenset({"ConditionalRequestConflict", "NoSuchKey", "PreconditionFailed"})
_ABSENT = frozenset({"404", "NoSuchKey"})


@dataclass(frozen=True)
class S3:
    """A ``Sink`` of one Parquet object per session.

    Parameters
    ----------
    bucket : str
    prefix : str
        Before the file's name, with a slash between; may be empty.
    encryption : mapping of str to str
        Parameters of PutObject that ask for encryption on the server; where it is empty, the
        bucket's own setting holds.
    """

    bucket: str
    prefix: str = ""
    encryption: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"s3://{self.bucket}/{self.prefix}".rstrip("/")

    def put(self, day: Day, *, replace: bool = False) -> Outcome:
        key, where = self._key(day.date), self._where(day.date)
        with telling(where, self._remedies):
            for _ in range(ATTEMPTS):
                content, tag = self._object(key)
                if content == day.content:
                    return "unchanged"
                if content is not None and not replace:
                    raise different(where, parsed(content, where), day)
                if self._write(key, day.content, tag):
                    return "written" if content is None else "replaced"
        raise SinkError(f"{where}: changed each time it was about to be written. Run again.")

    def read(self, date: pd.Timestamp) -> pd.DataFrame | None:
        where = self._where(date)
        with telling(where, self._remedies):
            content, _ = self._object(self._key(date))
            return None if content is None else parsed(content, where)

    @cached_property
    def _client(self) -> Any:
        return aws.client("s3", attempts=ATTEMPTS)

    def _key(self, date: pd.Timestamp) -> str:
        return f"{self.prefix}/{file_name(date)}".lstrip("/")

    def _where(self, date: pd.Timestamp) -> str:
        return f"s3://{self.bucket}/{self._key(date)}"

    @property
    def _remedies(self) -> dict[str, str]:
        denied = (
            f"These credentials need s3:GetObject and s3:PutObject on {self.name}/* and "
            f"s3:ListBucket on {self.bucket}; without the last, an object that is not there is "
            "denied instead of said to be missing."
        )
        return {
            "AccessDenied": denied,
            "403": denied,
            "NoSuchBucket": f"Create the bucket {self.bucket}, or name one that is there; "
            "deliveries make none.",
        }

    def _object(self, key: str) -> tuple[bytes | None, str | None]:
        """Content and tag of an object; None where there is none."""
        try:
            reply = self._client.get_object(Bucket=self.bucket, Key=key)
            return reply["Body"].read(), reply["ETag"]
        except aws.failures() as error:
            if aws.code(error) in _ABSENT:
                return None, None
            raise

    def _write(self, key: str, content: bytes, tag: str | None) -> bool:
        """Write where the object is still absent, or still the one of that tag; whether it was."""
        condition = {"IfNoneMatch": "*"} if tag is None else {"IfMatch": tag}
        try:
            self._send(key, content, condition)
        except aws.failures() as error:
            if aws.code(error) == "NotImplemented":
                self._send(key, content, {})
                return True
            if aws.code(error) in _OVERTAKEN:
                return False
            raise
        return True

    def _send(self, key: str, content: bytes, condition: Mapping[str, str]) -> None:
        self._client.put_object(
            Bucket=self.bucket,
            Key=key,
            Body=content,
            ContentType=MEDIA_TYPE,
            ChecksumSHA256=base64.b64encode(hashlib.sha256(content).digest()).decode(),
            **self.encryption,
            **condition,
        )
