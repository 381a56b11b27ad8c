"""The simulated world's releases as a source of documents."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

import pandas as pd

from mlrisk.calendar import INFORMATION_HOUR
from mlrisk.sources.base import known_by
from mlrisk.sources.documents.base import HTML, Documents, Fetched, iso, raw_table
from mlrisk.sources.documents.simulated import figures, html, minutes, policy, statistics
from mlrisk.sources.documents.simulated.page import Page
from mlrisk.sources.documents.simulated.questions import asked


@dataclass(frozen=True)
class SimulatedDocuments:
    """Pages written from the raw rows of the simulated world.

    Parameters
    ----------
    macro : DataFrame
        Columns of ``contracts.RAW_MACRO``. A kind of page whose series is missing is not written.
    calendar : DataFrame
        Columns of ``contracts.RAW_CALENDAR``.
    seed : int
        Another seed is another wording of the same figures.
    start : date
        Nothing that was published before is written.
    """

    macro: pd.DataFrame
    calendar: pd.DataFrame
    seed: int
    start: date
    name: ClassVar[str] = "simulated"

    def read(self, last: pd.Timestamp) -> Documents:
        """Pages fetched by 22:00 UTC of session ``last``, and questions that they answer."""
        pages = self.pages(last)
        raw = raw_table([self._fetched(page) for page in pages])
        return Documents(raw, asked(pages, self.seed, last))

    def pages(self, last: pd.Timestamp) -> list[Page]:
        """The pages themselves, in order of publication."""
        start = pd.Timestamp(self.start, tz="UTC")
        macro = self.macro[known_by(last, self.macro["release_datetime"])]
        early = start - minutes.AFTER
        prices, jobs = (
            figures.readings(macro, series, early - figures.RECENT)
            for series in (figures.PRICES, figures.JOBS)
        )
        meetings = figures.meetings(macro, self.calendar, early, prices, jobs)
        written = [
            *(policy.statement(meeting, self.seed) for meeting in meetings),
            *(minutes.minutes(meeting, self.seed) for meeting in meetings),
            *(statistics.prices(reading, self.seed) for reading in prices),
            *(statistics.jobs(reading, self.seed) for reading in jobs),
        ]
        now = last.tz_localize("UTC") + INFORMATION_HOUR
        known = [page for page in written if start <= page.published_at and page.fetched_at <= now]
        return sorted(known, key=lambda page: (page.published_at, page.doc_id))

    def _fetched(self, page: Page) -> Fetched:
        # Minutes do not say when they were released: the calendar of meetings does.
        released = iso(page.published_at) if page.doc_type == "minutes" else None
        return Fetched(
            source=self.name,
            url=html.address(page),
            fetched_at=page.fetched_at,
            media_type=HTML,
            blob=html.render(page, self.seed),
            hint={
                "doc_id": page.doc_id,
                "doc_type": page.doc_type,
                "event_date": f"{page.event_date:%Y-%m-%d}",
                "published_at": released,
            },
        )
