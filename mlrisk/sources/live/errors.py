"""What can go wrong with a feed, and whether asking again may help."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import ClassVar

from mlrisk.errors import MlriskError

EXCERPT = 120


class FeedError(MlriskError):
    """An answer of a feed that is of no use; asking again would not help.

    Parameters
    ----------
    feed : str
        Who was asked, and for what.
    came : str
        What was received.
    expected : str
        What was asked for.
    remedy : str, optional
        What to do; by default the advice of the kind of error.
    """

    advice: ClassVar[str] = (
        "Check the symbol or series in conf/, the key, and that the feed may be reached from here."
    )

    def __init__(self, feed: str, came: str, expected: str, remedy: str | None = None) -> None:
        self.feed = feed
        self.came = came
        self.expected = expected
        self.remedy = remedy or self.advice
        self.url: str | None = None
        self.attempts: int | None = None
        super().__init__()

    def __str__(self) -> str:
        tries = f" (attempt {self.attempts})" if self.attempts and self.attempts > 1 else ""
        where = f" from {self.url}" if self.url else ""
        return f"{self.feed}: {self.came}{where}{tries}; expected {self.expected}. {self.remedy}"

    def redact(self, secrets: Iterable[str]) -> None:
        """Take secrets, and whatever stands for ``api_key``, out of what is told."""
        self.feed, self.came, self.expected, self.remedy = (
            redact(text, secrets) for text in (self.feed, self.came, self.expected, self.remedy)
        )


class TransientError(FeedError):
    """A failure that may pass: asked again, with growing pauses.

    Parameters
    ----------
    wait : float, optional
        Seconds that the server asked for (``Retry-After``).
    """

    advice = "The feed is down or overloaded: try again later."

    def __init__(
        self,
        feed: str,
        came: str,
        expected: str,
        remedy: str | None = None,
        *,
        wait: float | None = None,
    ) -> None:
        super().__init__(feed, came, expected, remedy)
        self.wait = wait


class ShapeError(FeedError):
    """A whole answer of another shape: asked for once more, in case it was a passing one."""

    advice = "The feed has changed its format: its parser in mlrisk/sources/live must follow."


def excerpt(content: bytes | str) -> str:
    """The first characters of an answer, on one line."""
    text = (
        content if isinstance(content, str) else content[: 4 * EXCERPT].decode("utf-8", "replace")
    )
    line = " ".join(text.split())
    return repr(line[:EXCERPT] + ("..." if len(line) > EXCERPT else ""))


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """The text with each secret, and the value of each ``api_key=``, replaced by stars."""
    for secret in secrets:
        if secret:
            text = text.replace(secret, "***")
    return re.sub(r"(api_key=)[^&\s'\"]+", r"\1***", text)
