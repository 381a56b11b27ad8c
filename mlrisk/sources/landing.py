"""What ``mlrisk fetch`` has appended to ``data/landing``, read as it was known on a session."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import ClassVar

import pandas as pd

from mlrisk import store
from mlrisk.contracts import LANDING_CALENDAR, LANDING_MACRO, LANDING_MARKET, TRUTH
from mlrisk.sources.base import Raw, SourceError, known_by, no_manifest, require_offered
from mlrisk.sources.checks import require_covered


@dataclass(frozen=True)
class LandingFolder:
    """The landing folder as a source.

    Parameters
    ----------
    start : date
        Market rows are kept from here on.
    macro_start : date
        Macro values of periods from here on are kept.
    optional : frozenset of str
        Series that are offered even where they were not fetched: without rows then.
    """

    start: date
    macro_start: date
    optional: frozenset[str] = frozenset()
    name: ClassVar[str] = "live"

    @property
    def symbols(self) -> frozenset[str]:
        """Symbols that have been fetched."""
        return frozenset(self._market["symbol"])

    @property
    def series(self) -> frozenset[str]:
        """Series that have been fetched."""
        return frozenset(self._macro["series_id"]) | self.optional

    def read(self, symbols: Sequence[str], series: Sequence[str], last: pd.Timestamp) -> Raw:
        """Rows known at 22:00 UTC of session ``last``; an earlier one gives the same, only fewer.

        Whatever was fetched since has no part in them, unless a restatement was accepted.

        Raises
        ------
        SourceError
            Where nothing has been fetched yet, a symbol or series was not, or ``last`` is no
            session or lies outside of the market rows.
        """
        if not Path(LANDING_MARKET.path).exists():
            raise SourceError(
                f"{Path(LANDING_MARKET.path).parent}: nothing has been fetched. Run `mlrisk fetch "
                f"--to {last:%Y-%m-%d}`, or `dvc pull` what others have."
            )
        require_offered(self.name, self, symbols, series)
        market, macro, calendar = self._market, self._macro, store.read(LANDING_CALENDAR)
        session = require_covered(self.name, last, self.start, market["date"].max())
        wanted = market["symbol"].isin(symbols) & market["date"].between(
            pd.Timestamp(self.start), session
        )
        released = (
            macro["series_id"].isin(series)
            & (macro["macro_value_date"] >= pd.Timestamp(self.macro_start))
            & known_by(session, macro["release_datetime"])
        )
        return Raw(
            market=market[wanted].reset_index(drop=True),
            macro=macro[released].reset_index(drop=True),
            calendar=calendar[known_by(session, calendar["known_from"])].reset_index(drop=True),
            truth=TRUTH.empty(),
            manifest=no_manifest(),
        )

    @cached_property
    def _market(self) -> pd.DataFrame:
        return store.read(LANDING_MARKET)

    @cached_property
    def _macro(self) -> pd.DataFrame:
        return store.read(LANDING_MACRO)
