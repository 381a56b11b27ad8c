"""What an object is, and what a bucket refuses."""

from __future__ import annotations

import base64
import hashlib

import pytest

from app.sinks.base import SinkError
from app.sinks.s3 import S3
from tests.app.sinks.conftest import day
from tests.app.sinks.served import Amazon, Refusal

NAME = "predictions_daily_20251024.parquet"


def test_an_object_is_the_day_file_with_type_and_checksum(amazon: Amazon) -> None:
    bucket, one = amazon.bucket(), day()
    S3(bucket, "forecasts/daily").put(one)
    found = amazon.client("s3").get_object(Bucket=bucket, Key=f"forecasts/daily/{NAME}")
    assert found["Body"].read() == one.content
    assert found["ContentType"] == "application/vnd.apache.parquet"
    sent = [asked for asked in amazon.asked if asked["REQUEST_METHOD"] == "PUT"][-1]
    assert sent["HTTP_IF_NONE_MATCH"] == "*"
    checksum = base64.b64encode(hashlib.sha256(one.content).digest()).decode()
    assert sent["HTTP_X_AMZ_CHECKSUM_SHA256"] == checksum


def test_what_is_there_is_replaced_by_its_tag(amazon: Amazon) -> None:
    bucket = amazon.bucket()
    S3(bucket).put(day())
    tag = amazon.client("s3").head_object(Bucket=bucket, Key=NAME)["ETag"]
    S3(bucket).put(day(rv_5d_hat=0.02), replace=True)
    sent = [asked for asked in amazon.asked if asked["REQUEST_METHOD"] == "PUT"][-1]
    assert sent["HTTP_IF_MATCH"] == tag


def test_encryption_is_asked_for(amazon: Amazon) -> None:
    bucket = amazon.bucket()
    wanted = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": "alias/risk"}
    S3(bucket, "", wanted).put(day())
    found = amazon.client("s3").head_object(Bucket=bucket, Key=NAME)
    assert found["ServerSideEncryption"] == "aws:kms"
    assert found["SSEKMSKeyId"] == "alias/risk"


def test_a_store_without_conditional_writes_is_written_to(amazon: Amazon) -> None:
    sink = S3(amazon.bucket())
    amazon.faults = [None, Refusal(501, "NotImplemented")]
    assert sink.put(day()) == "written"
    assert "HTTP_IF_NONE_MATCH" not in amazon.asked[-1]
    assert sink.put(day()) == "unchanged"


@pytest.mark.parametrize("code", ["ConditionalRequestConflict", "PreconditionFailed"])
def test_a_condition_that_fails_is_looked_into(amazon: Amazon, code: str) -> None:
    sink = S3(amazon.bucket())
    amazon.faults = [None, Refusal(412 if code == "PreconditionFailed" else 409, code)]
    assert sink.put(day()) == "written"


def test_a_missing_bucket_is_not_made(amazon: Amazon) -> None:
    with pytest.raises(SinkError, match=r"NoSuchBucket.*Create the bucket nobodys-bucket"):
        S3("nobodys-bucket").put(day())
    with pytest.raises(SinkError, match="NoSuchBucket"):
        S3("nobodys-bucket").read(day().date)


def test_a_bucket_of_another_region_is_told(amazon: Amazon) -> None:
    sink = S3(amazon.bucket())
    amazon.faults = [Refusal(400, "AuthorizationHeaderMalformed")] * 3
    with pytest.raises(SinkError, match=r"AuthorizationHeaderMalformed.*AWS_DEFAULT_REGION"):
        sink.put(day())


def test_an_object_that_is_no_forecast_is_named(amazon: Amazon) -> None:
    bucket = amazon.bucket()
    amazon.client("s3").put_object(Bucket=bucket, Key=NAME, Body=b"something else")
    with pytest.raises(SinkError, match=rf"s3://{bucket}/{NAME}: no Parquet file"):
        S3(bucket).put(day())
