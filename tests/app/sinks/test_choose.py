from __future__ import annotations

from pathlib import Path

import pytest

from app.sinks.base import Sink, SinkError
from app.sinks.choose import sink
from app.sinks.dynamodb import DynamoDB
from app.sinks.folder import Folder
from app.sinks.s3 import S3

KMS = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": "alias/risk"}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("out", Folder(Path("out"))),
        ("/srv/forecasts", Folder(Path("/srv/forecasts"))),
        ("s3://my-bucket", S3("my-bucket")),
        ("s3://my-bucket/", S3("my-bucket")),
        ("s3://my-bucket/a/b/", S3("my-bucket", "a/b")),
        ("s3://my-bucket/a?sse=AES256", S3("my-bucket", "a", {"ServerSideEncryption": "AES256"})),
        ("s3://my-bucket?sse=aws:kms&kms_key=alias/risk", S3("my-bucket", "", KMS)),
        ("dynamodb://Forecasts.v1", DynamoDB("Forecasts.v1", "live#SPY")),
    ],
)
def test_a_destination_is_a_sink(text: str, wanted: Sink) -> None:
    assert sink(text, "live#SPY") == wanted


def test_home_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/quant")
    assert sink("~/out", "").name == "/home/quant/out"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (" ", "an empty destination: name a folder, s3://bucket/prefix, dynamodb://table"),
        ("ftp://host/out", "ftp://host/out: no destination that is known"),
        ("s3://", "'' is no name of a bucket"),
        ("s3://My_Bucket/x", "'My_Bucket' is no name of a bucket"),
        ("s3://my-bucket?see=AES256", "see is no setting of s3://; there are sse, kms_key"),
        ("s3://my-bucket?sse=yes", "sse is 'yes'; it must be one of AES256, aws:kms"),
        ("s3://my-bucket?kms_key=a", "sse is None; it must be one of"),
        ("s3://my-bucket?sse=AES256&kms_key=a", "kms_key goes with sse=aws:kms"),
        ("s3://my-bucket/a#b", "b is no setting"),
        ("dynamodb://", "the name of a table alone"),
        ("dynamodb://us-east-1/table", "the name of a table alone"),
        ("dynamodb://table?region=x", "AWS_DEFAULT_REGION"),
    ],
)
def test_what_is_none_says_why(text: str, said: str) -> None:
    with pytest.raises(SinkError) as told:
        sink(text, "live#SPY")
    assert said in str(told.value)
