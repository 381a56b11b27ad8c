"""A clean world, and what is needed to break one thing in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from mlrisk import curation
from mlrisk.contracts import RAW_MACRO
from mlrisk.monitoring.quality import Delivery, Report, audit
from mlrisk.params.sections import Roles
from mlrisk.sources.simulated import SimulatedSource

PROJECT = Path(__file__).parents[3]
LAST = pd.Timestamp("2019-12-31")
QUARTER = 63


def conf(name: str) -> dict[str, Any]:
    return yaml.safe_load((PROJECT / "conf" / name).read_text(encoding="utf-8"))


SETTINGS = conf("quality/default.yaml")
ROLES = Roles(**conf("roles/us_equity.yaml"))


@dataclass(frozen=True)
class World:
    """Raw tables that a test may change; the rest follows from them."""

    market: pd.DataFrame
    macro: pd.DataFrame
    calendar: pd.DataFrame
    last: pd.Timestamp = LAST
    needed: frozenset[str] = frozenset()
    history: bool = False
    settings: Mapping[str, Mapping[str, Any]] | None = None

    def delivery(self) -> Delivery:
        on_axis = self.market[self.market["date"].dt.day_of_week < 5].dropna(subset=["close"])
        on_axis = on_axis.drop_duplicates(["symbol", "date"])
        daily = curation.market_daily(on_axis, "SPY", self.last, max_gap=10_000)
        sessions = pd.DatetimeIndex(daily.loc[daily["symbol"] == "SPY", "date"])
        series = ROLES.series()
        return Delivery(
            market=self.market.sort_values(["symbol", "date"], ignore_index=True),
            macro=self.macro.sort_values(list(RAW_MACRO.key), ignore_index=True),
            calendar=self.calendar,
            daily=daily,
            aligned=curation.macro_release_aligned(self.macro, series, sessions),
            last=self.last,
            benchmark="SPY",
            vix="VIX",
            kinds=ROLES.kinds(),
            series=series,
            needed=self.needed,
            history=self.history,
        )

    def report(self) -> Report:
        return audit(self.delivery(), self.settings or SETTINGS)

    def known_on(self, session: pd.Timestamp) -> World:
        """What had been delivered by 22:00 UTC of an earlier session."""
        moment = session.tz_localize("UTC") + pd.Timedelta(hours=22)
        return replace(
            self,
            market=self.market[self.market["date"] <= session],
            macro=self.macro[self.macro["release_datetime"] <= moment],
            calendar=self.calendar[self.calendar["known_from"] <= moment],
            last=session,
        )

    def days(self, symbol: str = "SPY") -> pd.DatetimeIndex:
        return pd.DatetimeIndex(self.market.loc[self.market["symbol"] == symbol, "date"])

    def with_cells(self, symbol: str, days: object, change: object, *columns: str) -> World:
        """Cells of a symbol's days changed, by a function or to one value.

        ``days`` is one, some, or a slice of them.
        """
        own = self.market["symbol"] == symbol
        if isinstance(days, slice):
            chosen = own & self.market["date"].between(
                days.start or pd.Timestamp.min, days.stop or pd.Timestamp.max
            )
        else:
            chosen = own & self.market["date"].isin(np.atleast_1d(np.asarray(days)))
        market = self.market.copy()
        for column in columns:
            market.loc[chosen, column] = _changed(market.loc[chosen, column], change)
        return replace(self, market=market)

    def without(self, symbol: str, days: object) -> World:
        gone = (self.market["symbol"] == symbol) & self.market["date"].isin(days)
        return replace(self, market=self.market[~gone])

    def with_values(
        self,
        series: str,
        periods: object,
        change: object,
        column: str = "value",
    ) -> World:
        """Cells of a series' periods changed, in every vintage."""
        chosen = (self.macro["series_id"] == series) & self.macro["macro_value_date"].isin(
            np.atleast_1d(np.asarray(periods, dtype="datetime64[us]"))
        )
        macro = self.macro.copy()
        macro.loc[chosen, column] = _changed(macro.loc[chosen, column], change)
        return replace(self, macro=macro)

    def without_periods(self, series: str, first: str, last: str = "2030-01-01") -> World:
        gone = (self.macro["series_id"] == series) & self.macro["macro_value_date"].between(
            first, last
        )
        return replace(self, macro=self.macro[~gone])

    def adjusted(self, symbol: str, share: float = 0.005) -> World:
        """A fund delivered with adjusted closes instead, with a dividend each quarter."""
        market = self.market.copy()
        own = market["symbol"] == symbol
        place = np.arange(own.sum())
        kept = np.where(place % QUARTER == QUARTER - 1, 1 - share, 1.0)
        # A dividend lowers the adjusted close of every day before it.
        factor = np.append(np.cumprod(kept[::-1])[::-1][1:], 1.0)
        market.loc[own, "adj_close"] = (market.loc[own, "close"] * factor).round(6)
        market.loc[own, ["dividend", "split"]] = np.nan
        market.loc[own, "basis"] = "adjusted"
        return replace(self, market=market)

    def with_bars(self, symbol: str) -> World:
        """An index with an open, high and low around its close."""
        market = self.market.copy()
        own = market["symbol"] == symbol
        close = market.loc[own, "close"]
        swing = 0.01 + 0.01 * (np.arange(own.sum()) % 5)
        market.loc[own, "open"] = close
        market.loc[own, "high"] = close * (1 + swing)
        market.loc[own, "low"] = close * (1 - swing)
        return replace(self, market=market)


def _changed(cells: pd.Series, change: object) -> object:
    return change(cells) if callable(change) else change


@pytest.fixture(scope="session")
def world() -> World:
    source = SimulatedSource(7, date(2016, 1, 4))
    raw = source.read(list(ROLES.kinds()), list(ROLES.series().values()), LAST)
    return World(raw.market, raw.macro, raw.calendar)
