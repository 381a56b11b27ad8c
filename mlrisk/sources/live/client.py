"""The HTTP client of the feeds: httpx under the policy, with an on-disk cache.

The cache follows RFC 9111 and is always revalidated (``Cache-Control: no-cache``): an unchanged
file costs a 304, and a heuristic freshness never hides the newest row. It holds one answer per URL.
One that no parser could use is taken out, so that the next attempt is not told "unchanged".

httpx has time-outs per read and none in all. Requests therefore run on an event loop of the
client's own, where the whole of one can be cut off, a header that drips included.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urljoin
from uuid import UUID

import httpx
from hishel import AsyncSqliteStorage, CacheOptions
from hishel.httpx import AsyncCacheClient

from mlrisk.sources.live.errors import FeedError, TransientError
from mlrisk.sources.live.policy import OK, Exchange, Policy, base_of, require_ok, user_agent

CACHE_FILE = "http.sqlite"
MOST_CACHED = 256 * 1024 * 1024
"""Bytes; the least recently used goes first."""
MOST_REDIRECTS = 3

T = TypeVar("T")


@dataclass(frozen=True)
class Answer:
    """A response, read whole and decompressed."""

    status: int
    headers: Mapping[str, str]
    content: bytes
    cache: str
    location: str | None


class Client:
    """Sends requests to the feeds and hands their answers to parsers. To be closed after use.

    Parameters
    ----------
    policy : Policy
        Shared with other clients of the same run.
    cache : Path
        Folder of the cache; made where it is missing.
    """

    def __init__(self, policy: Policy, cache: Path) -> None:
        # They log every URL, with its query.
        for name in ("httpx", "httpcore", "hishel"):
            logging.getLogger(name).setLevel(logging.WARNING)
        settings = policy.settings
        cache.mkdir(parents=True, exist_ok=True)
        self.policy = policy
        self._storage = AsyncSqliteStorage(database_path=cache / CACHE_FILE, max_size=MOST_CACHED)
        options: dict[str, Any] = {
            "headers": {"user-agent": user_agent(settings), "cache-control": "no-cache"},
            "timeout": httpx.Timeout(settings.read_seconds, connect=settings.connect_seconds),
            "verify": httpx.create_ssl_context(),
        }
        self._plain = httpx.AsyncClient(**options)
        self._cached = AsyncCacheClient(
            **options, storage=self._storage, rfc=CacheOptions(shared=False)
        )
        self._runner = asyncio.Runner()

    def close(self) -> None:
        """Close connections and the cache."""
        self._runner.run(self._close())
        self._runner.close()

    def get(
        self,
        feed: str,
        path: str,
        parse: Callable[[bytes], T],
        *,
        params: Mapping[str, str] | None = None,
        secret: Mapping[str, str] | None = None,
    ) -> T:
        """Ask a feed and parse its answer.

        Parameters
        ----------
        feed : str
            A name of ``policy.BASES``.
        path : str
            Below the feed's base, with its leading slash.
        parse : callable
            From the answer's bytes to the result; raises ``TransientError`` for what is not what
            was asked for, ``ShapeError`` for what has changed.
        params : mapping, optional
            The query.
        secret : mapping, optional
            More of the query, kept out of errors and logs; such an answer is not cached.

        Raises
        ------
        FeedError
            Where no attempt gave an answer that can be parsed.
        """
        bare = httpx.URL(base_of(self.policy.settings, feed) + path)
        shown = bare.copy_merge_params(params) if params else bare
        url = str(shown.copy_merge_params(secret) if secret else shown)
        cached = not secret

        def attempt(exchange: Exchange) -> T:
            answer = self._follow(feed, url, exchange, cached=cached)
            require_ok(feed, answer.status, answer.headers, answer.content)
            try:
                return parse(answer.content)
            except FeedError:
                self._runner.run(self._forget(url))
                raise

        return self.policy.run(feed, str(shown), attempt, secrets=list((secret or {}).values()))

    def _follow(self, feed: str, url: str, exchange: Exchange, *, cached: bool) -> Answer:
        """The answer at the end of redirects, each held against the allow-list."""
        for _ in range(1 + MOST_REDIRECTS):
            seconds = self.policy.begin(feed, url)
            answer = self._runner.run(self._send(feed, url, seconds, cached=cached))
            exchange.status, exchange.bytes = answer.status, len(answer.content)
            exchange.cache = answer.cache
            if answer.location is None:
                return answer
            url = urljoin(url, answer.location)
        raise FeedError(feed, f"more than {MOST_REDIRECTS} redirects", "an answer")

    async def _send(self, feed: str, url: str, seconds: float, *, cached: bool) -> Answer:
        client = self._cached if cached else self._plain
        expected = "a whole answer"
        former = await self._stored(url)
        try:
            async with (
                asyncio.timeout(seconds),
                client.stream("GET", url, extensions={"caching": {"key": url}}) as response,
            ):
                content = await self._read(feed, response)
        except TimeoutError:
            raise TransientError(feed, f"no end after {seconds:.3g} s", expected) from None
        except httpx.HTTPError as error:
            came = f"{type(error).__name__} {error}".strip()
            raise TransientError(feed, came, expected) from None
        from_cache = bool(response.extensions.get("caching", {}).get("from_cache"))
        if response.status_code == OK and not from_cache:
            await self._forget(url, former)
        return Answer(
            status=response.status_code,
            headers=response.headers,
            content=content,
            cache="revalidated" if from_cache else "none",
            location=response.headers["location"] if response.has_redirect_location else None,
        )

    async def _read(self, feed: str, response: httpx.Response) -> bytes:
        content = bytearray()
        async for piece in response.aiter_bytes():
            content += piece
            if len(content) > self.policy.settings.most_bytes:
                limit = self.policy.settings.most_bytes
                raise FeedError(feed, f"more than {limit:,} bytes", "an answer of at most that")
        return bytes(content)

    async def _stored(self, key: str) -> list[UUID]:
        return [entry.id for entry in await self._storage.get_entries(key)]

    async def _forget(self, key: str, entries: list[UUID] | None = None) -> None:
        """Take answers out of the cache: those given, or all of a URL."""
        for entry in await self._stored(key) if entries is None else entries:
            await self._storage.remove_entry(entry)

    async def _close(self) -> None:
        await self._plain.aclose()
        await self._cached.aclose()
