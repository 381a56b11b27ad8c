"""What a site wants left alone, and how slowly it wants to be read (RFC 9309)."""

from __future__ import annotations

from urllib.robotparser import RobotFileParser

from mlrisk.sources.live.client import Client
from mlrisk.sources.live.errors import FeedError, TransientError
from mlrisk.sources.live.policy import base_of

AGENT = "ml-risk"
PATH = "/robots.txt"


class Robots:
    """The rules of each feed's site, asked for once.

    Parameters
    ----------
    client : Client
        Its policy is slowed down where a site asks for more time between two requests.
    """

    def __init__(self, client: Client) -> None:
        self._client = client
        self._rules: dict[str, RobotFileParser] = {}

    def require_allowed(self, feed: str, path: str) -> None:
        """Raise a ``FeedError`` where the site does not want a page to be read by programs.

        Raises
        ------
        FeedError
            Also where the rules cannot be had: a site that fails is left alone.
        """
        if not self._of(feed).can_fetch(AGENT, path):
            raise FeedError(
                feed,
                f"{PATH} leaves {path} out",
                "a page that programs may read",
                "Nothing was sent. Take the source out of fetch.documents.sources in conf/fetch.",
            )

    def _of(self, feed: str) -> RobotFileParser:
        if feed not in self._rules:
            rules = RobotFileParser()
            try:
                content = self._client.get(feed, PATH, bytes)
            except TransientError:
                raise
            except FeedError:
                content = b""  # no rules
            rules.parse(content.decode("utf-8", "replace").splitlines())
            delay = rules.crawl_delay(AGENT)
            if delay:
                self._client.policy.slow_down(
                    base_of(self._client.policy.settings, feed), float(delay)
                )
            self._rules[feed] = rules
        return self._rules[feed]
