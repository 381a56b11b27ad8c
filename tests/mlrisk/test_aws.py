from __future__ import annotations

import pytest
from botocore import exceptions
from botocore.parsers import ResponseParserError

from mlrisk import aws


def refusal(code: str, status: int = 400) -> exceptions.ClientError:
    reply = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return exceptions.ClientError(reply, "PutItem")


NOT_REACHED = exceptions.EndpointConnectionError(endpoint_url="http://127.0.0.1:9")
CUT_OFF = exceptions.ConnectionClosedError(endpoint_url="http://127.0.0.1:9")


@pytest.mark.parametrize(
    "error",
    [
        refusal("ThrottlingException"),
        refusal("ProvisionedThroughputExceededException"),
        refusal("TooManyRequests", 429),
        refusal("", 500),
        refusal("SlowDown", 503),
        NOT_REACHED,
        CUT_OFF,
        exceptions.IncompleteReadError(actual_bytes=1, expected_bytes=2),
        ResponseParserError("<html>"),
    ],
)
def test_what_may_pass(error: Exception) -> None:
    assert aws.may_pass(error)
    assert "AWS_ENDPOINT_URL" in aws.remedy(error)


@pytest.mark.parametrize(
    ("error", "todo"),
    [
        (refusal("ExpiredTokenException"), "AWS_SESSION_TOKEN"),
        (refusal("SignatureDoesNotMatch", 403), "AWS_SECRET_ACCESS_KEY"),
        (exceptions.NoCredentialsError(), "Set AWS_PROFILE"),
        (exceptions.ProfileNotFound(profile="quant"), "Set AWS_PROFILE"),
        (exceptions.NoRegionError(), "Set AWS_DEFAULT_REGION"),
        (refusal("PermanentRedirect", 301), "Set AWS_DEFAULT_REGION"),
        (refusal("RequestTimeTooSkewed", 403), "clock"),
        (refusal("NotImplemented", 501), ""),
        (refusal("ValidationException"), ""),
        (ValueError("Invalid endpoint: nowhere"), "Write AWS_ENDPOINT_URL as an address"),
    ],
)
def test_what_stays_says_what_to_do(error: Exception, todo: str) -> None:
    assert not aws.may_pass(error)
    assert todo in aws.remedy(error)
    assert bool(aws.remedy(error)) == bool(todo)


def test_an_error_has_the_services_name_for_it() -> None:
    assert aws.code(refusal("NoSuchBucket")) == "NoSuchBucket"
    assert aws.code(NOT_REACHED) == ""
    assert isinstance(refusal("NoSuchBucket"), aws.failures())
    assert isinstance(NOT_REACHED, aws.failures())


def test_a_client_is_what_it_is_asked_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "9")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    made = aws.client("dynamodb", seconds=4.0, attempts=3, connections=2).meta
    assert made.region_name == "eu-west-1"
    assert made.config.retries == {"mode": "standard", "total_max_attempts": 3}
    assert (made.config.connect_timeout, made.config.read_timeout) == (4.0, 4.0)
    assert made.config.max_pool_connections == 2
    other = aws.client("dynamodb", region="us-west-2", endpoint_url="http://127.0.0.1:9").meta
    assert (other.region_name, other.endpoint_url) == ("us-west-2", "http://127.0.0.1:9")
