"""When documents were published, what day they are about, and how that fits a question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlrisk.documents.retrieve.dates import Period
from mlrisk.documents.retrieve.questions import Asked

Mask = npt.NDArray[np.bool_]
Scores = npt.NDArray[np.float64]

NEW_YORK = "America/New_York"
EQUALS = 1.0
"""Scores within this of the best are equals among which the first is looked for."""


@dataclass(frozen=True)
class Dates:
    """What is known of chunks beside their text; all arrays have shape (n_chunks,).

    Parameters
    ----------
    documents : array of int
        Number of the chunk's document.
    kinds : array of str
    published : array of datetime64
        Moments, UTC.
    released : array of datetime64
        Days of publication in New York.
    about : array of datetime64
        Days the documents are about, NaT where they are not known.
    """

    documents: npt.NDArray[np.intp]
    kinds: npt.NDArray[np.str_]
    published: npt.NDArray[np.datetime64]
    released: npt.NDArray[np.datetime64]
    about: npt.NDArray[np.datetime64]

    @classmethod
    def of(cls, chunks: pd.DataFrame) -> Dates:
        """Read the dates of a table of chunks."""
        moments = chunks["published_at"]
        local = moments.dt.tz_convert(NEW_YORK).dt.tz_localize(None).dt.normalize()
        return cls(
            pd.factorize(chunks["doc_id"])[0].astype(np.intp),
            chunks["doc_type"].to_numpy(dtype=str),
            moments.dt.tz_localize(None).to_numpy(),
            local.to_numpy(),
            chunks["event_date"].to_numpy(),
        )

    def known(self, as_of: pd.Timestamp | None) -> Mask:
        """Which chunks had been published by a moment."""
        if as_of is None:
            return np.ones(len(self.documents), dtype=bool)
        return self.published <= as_of.tz_convert("UTC").tz_localize(None).to_datetime64()

    def of_kinds(self, kinds: frozenset[str]) -> Mask:
        """Which chunks are of one of the kinds."""
        return np.isin(self.kinds, sorted(kinds))

    def within(self, periods: Sequence[Period]) -> Mask:
        """Which chunks fit the days and months that are named; all where none is."""
        exact = [period for period in periods if period.precision != "year"]
        if not exact:
            return np.ones(len(self.documents), dtype=bool)
        return np.any([self._about(period) | self._released(period) for period in exact], axis=0)

    def bonus(self, asked: Asked, event: float, year: float, meeting: float) -> Scores:
        """What the dates of chunks are worth to a question."""
        total = np.zeros(len(self.documents))
        exact = [period for period in asked.periods if period.precision != "year"]
        years = [period for period in asked.periods if period.precision == "year"]
        for named, worth in ((exact, meeting), (years, year)):
            if named:
                total += worth * np.any([self._about(period) for period in named], axis=0)
        if asked.events:
            days = np.where(np.isnat(self.about), self.released, self.about)
            spans = [
                (days >= first.to_datetime64()) & (days <= last.to_datetime64())
                for first, last in asked.events
            ]
            total += event * np.any(spans, axis=0)
        return total

    def age(self, allowed: Mask) -> Scores:
        """Number of newer documents of the same kind among those allowed; infinite elsewhere."""
        ages = np.full(len(self.documents), np.inf)
        for kind in np.unique(self.kinds[allowed]):
            rows = np.flatnonzero(allowed & (self.kinds == kind))
            moments = np.unique(self.published[rows])
            ages[rows] = len(moments) - 1 - np.searchsorted(moments, self.published[rows])
        return ages

    def earliness(self, rows: npt.NDArray[np.intp], scores: Scores) -> Scores:
        """From 1 for the earliest to 0 for the latest among the best; 0 for the others."""
        early = np.zeros(len(rows))
        equals = np.flatnonzero(scores >= scores.max() - EQUALS)
        moments = np.unique(self.published[rows[equals]])
        if len(moments) > 1:
            place = np.searchsorted(moments, self.published[rows[equals]])
            early[equals] = 1 - place / (len(moments) - 1)
        return early

    def _about(self, period: Period) -> Mask:
        # The day before a meeting's last is a day of the meeting.
        slack = np.timedelta64(1 if period.precision == "day" else 0, "D")
        first, last = period.start.to_datetime64(), period.end.to_datetime64() + slack
        return (self.about >= first) & (self.about <= last)

    def _released(self, period: Period) -> Mask:
        first, last = period.start.to_datetime64(), period.end.to_datetime64()
        return (self.released >= first) & (self.released <= last)
