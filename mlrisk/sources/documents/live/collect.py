"""Every list asked, and what has not landed fetched.

Forecasts do not hang on documents, so a page or a list that fails is told and the rest goes on: it
is asked for again the next time.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import TypeVar

import pandas as pd

from mlrisk.calendar import INFORMATION_HOUR, NEW_YORK
from mlrisk.sources.documents.base import HTML, Fetched, iso
from mlrisk.sources.documents.live import bea, bls, fed
from mlrisk.sources.documents.live.listed import Listed, page, text_of, whole
from mlrisk.sources.documents.live.robots import Robots
from mlrisk.sources.live.client import Client
from mlrisk.sources.live.errors import FeedError, ShapeError
from mlrisk.sources.live.policy import base_of

MOST_PAGES = 200
"""Of a paged list."""

T = TypeVar("T")


@dataclass
class Came:
    """What came.

    Parameters
    ----------
    documents : list of Fetched
    failed : list of str
        What could not be had, with the reason.
    """

    documents: list[Fetched] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)


class Collector:
    """Asks one agency after another.

    Parameters
    ----------
    client : Client
    landed : collection of str
        Documents that have landed, by doc_id.
    start : date
        What was published before is left alone.
    session : Timestamp
        What was published after 22:00 UTC of it is left alone; what comes counts as fetched then.
    recheck : int
        Days for which a document that has landed is asked for again, in case it was changed.
    """

    def __init__(
        self,
        client: Client,
        landed: Collection[str],
        start: date,
        session: pd.Timestamp,
        recheck: int,
    ) -> None:
        self._client = client
        self._robots = Robots(client)
        self._landed = landed
        self._start = pd.Timestamp(start)
        self._now = (session.tz_localize("UTC") + INFORMATION_HOUR).as_unit("us")
        self._recheck = session - pd.Timedelta(days=recheck)
        self._today = self._now.tz_convert(NEW_YORK).tz_localize(None).normalize()
        self.came = Came()

    def collect(self, sources: Sequence[str]) -> Came:
        """What the named sources (fed, bls, bea) have that has not landed."""
        lists: dict[str, Callable[[], None]] = {
            "fed": self._fed,
            "bls": self._bls,
            "bea": self._bea,
        }
        for name in sources:
            try:
                lists[name]()
            except FeedError as error:
                self.came.failed.append(f"{error}")
        return self.came

    def _fed(self) -> None:
        calendar = self._get(fed.FEED, fed.CALENDAR, partial(whole, fed.FEED))
        for year in range(self._start.year, fed.first_year(calendar)):
            history = fed.HISTORY.format(year=year)
            self._all(self._tried(fed.FEED, history, fed.parse_list) or [])
        self._all(fed.parse_list(calendar))

    def _bls(self) -> None:
        for name, path in bls.ARCHIVES.items():
            archived = self._tried(bls.FEED, path, bls.parse_archive) or []
            self._all(archived)
            found = self._tried(bls.FEED, bls.CURRENT[name], partial(bls.parse_current, name=name))
            if found is not None and found[0].doc_id not in {one.doc_id for one in archived}:
                self._take(*found)

    def _bea(self) -> None:
        # The oldest first: what is missing then lies before the first page of which all has landed.
        for listed in reversed(list(self._pages())):
            self._all(listed)

    def _pages(self) -> Iterator[list[Listed]]:
        for number in range(MOST_PAGES):
            self._robots.require_allowed(bea.FEED, bea.ARCHIVE)
            listed, year = self._client.get(
                bea.FEED, bea.ARCHIVE, bea.parse_archive, params={"page": str(number)}
            )
            if year is None and number == 0:
                raise ShapeError(
                    bea.FEED, "an archive without news", "links such as /news/2024/..."
                )
            yield listed
            known = bool(listed) and all(one.doc_id in self._landed for one in listed)
            if year is None or year < self._start.year or known:
                return

    def _tried(self, feed: str, path: str, parse: Callable[[bytes], T]) -> T | None:
        """One of several lists; none where it fails, which is told."""
        try:
            return self._get(feed, path, parse)
        except FeedError as error:
            self.came.failed.append(f"{error}")
            return None

    def _all(self, listed: Sequence[Listed]) -> None:
        wanted = [one for one in listed if self._wanted(one)]
        for place, one in enumerate(wanted):
            try:
                content = self._get(one.feed, one.path, partial(whole, one.feed))
            except FeedError as error:
                self.came.failed.append(f"{one.doc_id}: {error}")
                if self._client.policy.remaining(one.feed) <= 0:
                    self.came.failed.append(
                        f"{len(wanted) - place - 1} more of {one.feed}: no time left; they are "
                        "asked for the next time"
                    )
                    return
            else:
                self._take(one, content)

    def _wanted(self, one: Listed) -> bool:
        if not self._start <= one.no_earlier <= self._today:
            return False
        return one.doc_id not in self._landed or one.no_earlier >= self._recheck

    def _take(self, one: Listed, content: bytes) -> None:
        if not self._wanted(one):
            return
        try:
            text = text_of(page(one.feed, content))
        except FeedError as error:
            self.came.failed.append(f"{one.doc_id}: {error}")
            return
        published = one.published_at(text)
        if published is not None and published > self._now:
            return
        self.came.documents.append(
            Fetched(
                source=one.feed,
                url=base_of(self._client.policy.settings, one.feed) + one.path,
                fetched_at=self._now,
                media_type=HTML,
                blob=content,
                hint={
                    "doc_id": one.doc_id,
                    "doc_type": one.doc_type,
                    "title": one.title,
                    "published_at": None if published is None else iso(published),
                    "event_date": f"{one.event_date:%Y-%m-%d}",
                },
            )
        )

    def _get(self, feed: str, path: str, parse: Callable[[bytes], T]) -> T:
        self._robots.require_allowed(feed, path)
        return self._client.get(feed, path, parse)
