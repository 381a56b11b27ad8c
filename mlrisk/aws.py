"""Clients of Amazon's services, and what their errors say.

Whatever a call leaves open comes from where boto3 usually looks for it: credentials from the
environment, a profile or the machine's role, the region from ``AWS_DEFAULT_REGION``, another
address from ``AWS_ENDPOINT_URL``.
"""

from __future__ import annotations

from typing import Any

_BUSY = frozenset(
    {
        "InternalServerException",
        "ModelNotReadyException",
        "ModelTimeoutException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestTimeout",
        "RequestTimeoutException",
        "ServiceUnavailableException",
        "SlowDown",
        "ThrottlingException",
    }
)
_UNKNOWN_CALLER = frozenset(
    {
        "ExpiredToken",
        "ExpiredTokenException",
        "IncompleteSignatureException",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "InvalidToken",
        "MissingAuthenticationTokenException",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)
_OTHER_REGION = frozenset(
    {"AuthorizationHeaderMalformed", "IllegalLocationConstraintException", "PermanentRedirect"}
)


def client(
    service: str,
    *,
    region: str | None = None,
    endpoint_url: str | None = None,
    seconds: float = 30.0,
    attempts: int = 1,
    connections: int = 10,
) -> Any:
    """A client of a service; one may be used by several threads.

    Parameters
    ----------
    service : str
        As boto3 names it.
    region, endpoint_url : str, optional
        Else those of the environment or the profile.
    seconds : float
        Longest wait for a reply.
    attempts : int
        Of a request that fails for the moment, with pauses that grow (botocore's standard mode);
        one where the caller counts them.
    connections : int
        Kept open at most.

    Raises
    ------
    One of ``failures()``, or ValueError
        Where the settings name no region, an unknown profile or no address.
    """
    import boto3
    from botocore.config import Config

    # A session of its own: that of boto3.client is shared, and is not safe to share.
    return boto3.Session().client(
        service,
        region_name=region,
        endpoint_url=endpoint_url,
        config=Config(
            connect_timeout=min(seconds, 10.0),
            read_timeout=seconds,
            max_pool_connections=connections,
            retries={"mode": "standard", "total_max_attempts": attempts},
        ),
    )


def failures() -> tuple[type[Exception], ...]:
    """What a client raises."""
    from botocore.exceptions import BotoCoreError, ClientError

    return BotoCoreError, ClientError


def code(error: Exception) -> str:
    """The service's own name of an error; empty where no service answered."""
    found: str = _response(error).get("Error", {}).get("Code", "")
    return found


def may_pass(error: Exception) -> bool:
    """Whether the next attempt may succeed: a busy service, or no whole reply."""
    from botocore.exceptions import ConnectionError as NotReached
    from botocore.exceptions import HTTPClientError, IncompleteReadError
    from botocore.parsers import ResponseParserError

    status = _response(error).get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return (
        code(error) in _BUSY
        or (status >= 500 and status != 501)
        or status == 429
        or isinstance(
            error, HTTPClientError | NotReached | IncompleteReadError | ResponseParserError
        )
    )


def remedy(error: Exception) -> str:
    """What to do about an error that is no matter of one service; empty where that is not known."""
    from botocore import exceptions as known

    if code(error) in _UNKNOWN_CALLER or isinstance(
        error,
        known.NoCredentialsError
        | known.PartialCredentialsError
        | known.CredentialRetrievalError
        | known.TokenRetrievalError
        | known.SSOError
        | known.ProfileNotFound,
    ):
        return (
            "Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (and "
            "AWS_SESSION_TOKEN where they are temporary); `aws sts get-caller-identity` shows who "
            "they are."
        )
    if code(error) in _OTHER_REGION or isinstance(error, known.NoRegionError):
        return "Set AWS_DEFAULT_REGION to the region it is in."
    if code(error) == "RequestTimeTooSkewed":
        return "Set the clock of this machine."
    if may_pass(error):
        return (
            "Is the service up, its region right (AWS_DEFAULT_REGION) and its address reachable "
            "from here (AWS_ENDPOINT_URL, where it is set)? What fails for the moment may work "
            "later."
        )
    if not isinstance(error, failures()):
        return "Write AWS_ENDPOINT_URL as an address, such as https://host:9000."
    return ""


def _response(error: Exception) -> dict[str, Any]:
    return getattr(error, "response", None) or {}
