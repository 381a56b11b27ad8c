"""What every request to a feed obeys, whichever library sends it.

A feed stops within ``feed_seconds`` of its first request, whatever its server does: each request
has a total time, each pause ends before the deadline or is not begun, and after it nothing is sent.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TypeVar
from urllib.parse import urlsplit

from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception,
    stop_after_attempt,
    stop_any,
    stop_before_delay,
    wait_random_exponential,
)
from tenacity.stop import stop_base

from mlrisk.log import event
from mlrisk.params.sections import Http
from mlrisk.sources.live.errors import FeedError, ShapeError, TransientError, excerpt, redact

BASES: Mapping[str, str] = {
    "yahoo": "https://query2.finance.yahoo.com",
    "cboe": "https://cdn.cboe.com",
    "fred": "https://fred.stlouisfed.org",
    "alfred": "https://api.stlouisfed.org",
    "bls": "https://www.bls.gov",
    "fed": "https://www.federalreserve.gov",
    "bea": "https://www.bea.gov",
}
"""Where each feed is."""

OK = 200
RETRIED = frozenset({408, 425, 429})
SERVER_ERROR = 500

T = TypeVar("T")


def user_agent(settings: Http) -> str:
    """Who asks."""
    return f"ml-risk (research; {settings.contact})"


def base_of(settings: Http, feed: str) -> str:
    """Scheme and host of a feed."""
    return settings.bases.get(feed, BASES[feed]).rstrip("/")


def origin_of(url: str) -> str:
    """Scheme, host and port of a URL."""
    return "{0.scheme}://{0.netloc}".format(urlsplit(url))


@dataclass
class Exchange:
    """What is told of one request in the log."""

    attempts: int = 0
    status: int | None = None
    bytes: int = 0
    cache: str = "none"


class Policy:
    """The state that requests share: when each feed began, and each origin was last asked.

    For one thread.
    """

    def __init__(self, settings: Http) -> None:
        self.settings = settings
        self._began: dict[str, float] = {}
        self._next_turn: dict[str, float] = {}
        self._asked_for: dict[str, float] = {}

    def run(
        self,
        feed: str,
        url: str,
        attempt: Callable[[Exchange], T],
        *,
        secrets: Sequence[str] = (),
    ) -> T:
        """Call ``attempt`` until it succeeds, fails for good, or the feed's time is up.

        Logs one event, ``request``, without secrets.

        Raises
        ------
        FeedError
            The last failure, with the URL and the number of attempts.
        """
        began = time.monotonic()
        self._began.setdefault(feed, began)
        exchange = Exchange()
        settings = self.settings
        pause = wait_random_exponential(settings.first_wait, settings.longest_wait)

        def counted() -> T:
            # What the attempt before received is not what this one did.
            exchange.status, exchange.bytes, exchange.cache = None, 0, "none"
            exchange.attempts += 1
            return attempt(exchange)

        def wait(state: RetryCallState) -> float:
            asked = getattr(_failure(state), "wait", None)
            return max(asked or 0.0, settings.first_wait / 2 + pause(state))

        retrying = Retrying(
            retry=retry_if_exception(lambda error: isinstance(error, TransientError | ShapeError)),
            wait=wait,
            stop=stop_any(
                stop_after_attempt(settings.attempts),
                stop_before_delay(self.remaining(feed)),
                stop_when_misshapen_twice(),
            ),
            reraise=True,
        )
        outcome = "failed"
        try:
            result = retrying(counted)
            outcome = "done"
        except FeedError as error:
            error.url, error.attempts = redact(url, secrets), exchange.attempts
            error.redact(secrets)
            raise
        finally:
            fields = {
                "feed": feed,
                "url": redact(url, secrets),
                "outcome": outcome,
                "status": exchange.status,
                "attempts": exchange.attempts,
                "seconds": round(time.monotonic() - began, 3),
                "bytes": exchange.bytes,
                "cache": exchange.cache,
            }
            event("request", **fields)
        return result

    def slow_down(self, url: str, seconds: float) -> None:
        """Leave at least so many seconds between requests to the origin of a URL, as it asks."""
        self._asked_for[origin_of(url)] = seconds

    def remaining(self, feed: str) -> float:
        """Seconds until the feed's deadline."""
        return self._began[feed] + self.settings.feed_seconds - time.monotonic()

    def begin(self, feed: str, url: str) -> float:
        """Wait for the origin's turn; the seconds that the request may then take.

        Raises
        ------
        FeedError
            Where the origin is not among those allowed, or the feed's time is up.
        """
        origin = origin_of(url)
        if origin not in self.settings.origins:
            raise FeedError(
                feed,
                f"a request to {origin}",
                f"one of {', '.join(self.settings.origins)}",
                "Nothing was sent. Add the origin to the allow-list only if it is to be trusted.",
            )
        turn = max(self._next_turn.get(origin, 0.0) - time.monotonic(), 0.0)
        left = self.remaining(feed) - turn
        if left <= 0:
            raise FeedError(
                feed,
                f"no complete data within {self.settings.feed_seconds:g} s",
                "all of its requests answered by then",
                TransientError.advice,
            )
        time.sleep(turn)
        pause = max(self.settings.interval_seconds, self._asked_for.get(origin, 0.0))
        self._next_turn[origin] = time.monotonic() + pause
        return min(left, self.settings.request_seconds)


def require_ok(feed: str, status: int, headers: Mapping[str, str], content: bytes) -> None:
    """Raise unless the status is 200: a ``TransientError`` where another attempt may do better."""
    if status == OK:
        return
    came = f"status {status}, {excerpt(content)}"
    if status in RETRIED or status >= SERVER_ERROR:
        raise TransientError(feed, came, f"status {OK}", wait=retry_after(headers))
    raise FeedError(feed, came, f"status {OK}")


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that ``Retry-After`` asks for, given in seconds or as a date; ``None`` without one.

    A date is held against the server's own ``Date``, not against this machine's clock.
    """
    text = headers.get("retry-after", "").strip()
    if text.isdecimal() and text.isascii():
        return float(text)
    try:
        delay = parsedate_to_datetime(text) - parsedate_to_datetime(headers.get("date", ""))
        return max(delay.total_seconds(), 0.0)
    except (ValueError, TypeError):
        return None


def _failure(state: RetryCallState) -> BaseException | None:
    return state.outcome.exception() if state.outcome else None


class stop_when_misshapen_twice(stop_base):  # noqa: N801 - named as tenacity's own
    """Stop at a second answer of another shape."""

    def __call__(self, retry_state: RetryCallState) -> bool:
        return isinstance(_failure(retry_state), ShapeError) and retry_state.attempt_number >= 2
