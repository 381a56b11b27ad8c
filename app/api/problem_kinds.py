"""Everything that may go wrong with a request: a page for each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

FOLDER = "/problems/"


@dataclass(frozen=True)
class Kind:
    """A kind of problem.

    Parameters
    ----------
    name : str
        End of its ``type``.
    status : int
    title : str
        The same for every problem of the kind.
    remedy : str
        What to do about it.
    """

    name: str
    status: int
    title: str
    remedy: str

    @property
    def type(self) -> str:
        return FOLDER + self.name


KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(
            "malformed-body",
            400,
            "The body is not JSON",
            "Send one JSON object, encoded in UTF-8, without NaN or Infinity.",
        ),
        Kind(
            "unauthorized",
            401,
            "A valid key is needed",
            "Send a key that this server knows, as docs/api.md describes.",
        ),
        Kind("not-found", 404, "There is nothing at this address", "Look up /openapi.json."),
        Kind(
            "no-such-date",
            404,
            "There is no forecast of this date",
            "Ask for a session between `first` and `last`; weekends and holidays have none.",
        ),
        Kind(
            "method-not-allowed",
            405,
            "The address does not take this method",
            "Use one of the methods of the header Allow.",
        ),
        Kind(
            "request-timeout",
            408,
            "The request took too long to arrive",
            "Send the whole body at once, and sooner.",
        ),
        Kind("body-too-large", 413, "The body is too large", "Send less; no request needs more."),
        Kind(
            "unsupported-media-type",
            415,
            "The body is not declared as JSON",
            "Send the header Content-Type: application/json.",
        ),
        Kind(
            "misdirected",
            421,
            "The request is for another host",
            "Name a host of MLRISK_API_HOSTS in the header Host.",
        ),
        Kind(
            "invalid-request",
            422,
            "A field is not as it must be",
            "Mend the fields of `errors`; /openapi.json describes each.",
        ),
        Kind(
            "unknown-feature",
            422,
            "A feature is not known",
            "Use the names of GET /features; `errors` has those that are close.",
        ),
        Kind(
            "value-out-of-bounds",
            422,
            "A value cannot be that of its feature",
            "Look up the bounds of each feature with GET /features: units are as there.",
        ),
        Kind(
            "contradiction",
            422,
            "Two fields contradict each other",
            "Change one of them; where the other is not in the request, it is the stored day's.",
        ),
        Kind(
            "no-forecast",
            422,
            "The models have no forecast for this vector",
            "Give values for the features named, or values nearer to what was seen so far.",
        ),
        Kind(
            "too-many-requests",
            429,
            "Too many requests",
            "Wait for as many seconds as the header Retry-After says.",
        ),
        Kind(
            "internal-error",
            500,
            "The server made a mistake",
            "Report the request id; the log has the rest under it.",
        ),
        Kind(
            "not-ready",
            503,
            "There is nothing to serve yet",
            "Try again later; GET /readyz says what is missing.",
        ),
        Kind(
            "overloaded",
            503,
            "The server is busy",
            "Wait for as many seconds as the header Retry-After says.",
        ),
        Kind(
            "broken-record",
            503,
            "The track record does not hold",
            "Run `mlrisk verify` in the repository; it names the line.",
        ),
        Kind(
            "no-answer",
            503,
            "The questions' model did not answer",
            "Try again later; forecasts do not depend on it.",
        ),
    )
}
"""Every kind by its name."""

OF_STATUS = {
    400: "malformed-body",
    401: "unauthorized",
    404: "not-found",
    405: "method-not-allowed",
    408: "request-timeout",
    413: "body-too-large",
    415: "unsupported-media-type",
    421: "misdirected",
    422: "invalid-request",
    429: "too-many-requests",
    503: "overloaded",
}
"""Name of the kind that an error of the framework is, by its status."""
