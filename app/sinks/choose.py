"""A destination as it is written, to the sink it means."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from app.sinks.base import Sink, SinkError
from app.sinks.dynamodb import DynamoDB
from app.sinks.folder import Folder
from app.sinks.s3 import S3

FORMS = "a folder, s3://bucket/prefix, dynamodb://table"
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_TABLE = re.compile(r"[A-Za-z0-9_.-]{3,255}")
_ENCRYPTIONS = ("AES256", "aws:kms", "aws:kms:dsse")
_SETTINGS = {"sse": "ServerSideEncryption", "kms_key": "SSEKMSKeyId"}


def sink(destination: str, series: str) -> Sink:
    """The sink of a destination; nothing is asked of it yet.

    Parameters
    ----------
    destination : str
        A folder; ``s3://bucket/prefix``, where ``?sse=aws:kms&kms_key=alias/name`` asks for
        encryption on the server; or ``dynamodb://table``.
    series : str
        What is forecast from which source, such as ``live#SPY``: the partition key of a table.

    Raises
    ------
    SinkError
        Where it is none of these.
    """
    if not _SCHEME.match(destination):
        if not destination.strip():
            raise SinkError(f"an empty destination: name {FORMS}")
        return Folder(Path(destination).expanduser())
    place = urlsplit(destination)
    match place.scheme:
        case "s3":
            return _s3(destination)
        case "dynamodb" if _TABLE.fullmatch(place.netloc) and not (
            place.path.strip("/") or place.query or place.fragment
        ):
            return DynamoDB(place.netloc, series)
        case "dynamodb":
            raise SinkError(
                f"{destination}: after dynamodb:// stands the name of a table alone, 3 to 255 "
                "letters, digits, _, . and -. Its region is that of AWS_DEFAULT_REGION."
            )
    raise SinkError(f"{destination}: no destination that is known; name {FORMS}")


def _s3(destination: str) -> S3:
    place = urlsplit(destination)
    if not _BUCKET.fullmatch(place.netloc):
        raise SinkError(
            f"{destination}: {place.netloc!r} is no name of a bucket; write s3://bucket/prefix"
        )
    settings = dict(parse_qsl(place.query, keep_blank_values=True))
    unknown = sorted(set(settings) - set(_SETTINGS))
    if unknown or place.fragment:
        raise SinkError(
            f"{destination}: {', '.join(unknown) or place.fragment} is no setting of s3://; there "
            f"are {', '.join(_SETTINGS)}"
        )
    asked = settings.get("sse")
    if settings and asked not in _ENCRYPTIONS:
        raise SinkError(
            f"{destination}: sse is {asked!r}; it must be one of {', '.join(_ENCRYPTIONS)}"
        )
    if "kms_key" in settings and asked == "AES256":
        raise SinkError(f"{destination}: kms_key goes with sse=aws:kms, not with AES256")
    encryption = {_SETTINGS[name]: value for name, value in settings.items()}
    return S3(place.netloc, place.path.strip("/"), encryption)
