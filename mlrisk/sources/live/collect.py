"""Every feed asked, and its rows in the form in which they land.

Nothing is written here: either all that was asked for is there, or an error names the feed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from mlrisk.calendar import sessions
from mlrisk.contracts import LANDING_MACRO, LANDING_MARKET, RAW_COLUMNS, Kind
from mlrisk.sources import releases
from mlrisk.sources.base import known_by
from mlrisk.sources.live import calendars, cboe, fred, pmi, yahoo
from mlrisk.sources.live.client import Client
from mlrisk.sources.live.yahoo import Yahoo

PRICES = ("open", "high", "low", "close", "volume", "dividend", "split")


@dataclass(frozen=True)
class Wanted:
    """What to ask for.

    Parameters
    ----------
    kinds : mapping of symbol to kind
        Every market symbol, and the price rules it follows.
    first : mapping of symbol to date
        From which session on its bars are wanted.
    tickers : mapping of str to str
        Yahoo's name of a symbol, where it is another.
    cboe : frozenset of str
        Symbols that CBOE gives.
    daily : tuple of str
        Daily rates.
    monthly : mapping of str to event
        Monthly series, and the event each is released with.
    revised : frozenset of str
        Monthly series whose values change after their release.
    pmi : str or None
        The series that is read from ``pmi_file``.
    pmi_file : Path or None
        Where it is; without it the series is absent.
    fred_key : str
        With one, revised series come with every vintage. May be empty.
    """

    kinds: Mapping[str, Kind]
    first: Mapping[str, date]
    tickers: Mapping[str, str]
    cboe: frozenset[str]
    daily: tuple[str, ...]
    monthly: Mapping[str, str]
    revised: frozenset[str]
    pmi: str | None
    pmi_file: Path | None
    fred_key: str = field(default="", repr=False)


@dataclass(frozen=True)
class Collected:
    """What came, up to and including one session.

    Parameters
    ----------
    market : mapping of symbol to DataFrame
        Columns of ``contracts.LANDING_MARKET``.
    macro : mapping of series to DataFrame
        Columns of ``contracts.LANDING_MACRO``: what was released by 22:00 UTC of the session.
    vintages : frozenset of str
        Series of ``macro`` that hold every vintage.
    events : DataFrame
        Columns event and event_datetime: what the schedules list now, past and future.
    """

    market: dict[str, pd.DataFrame]
    macro: dict[str, pd.DataFrame]
    vintages: frozenset[str]
    events: pd.DataFrame


Step = Callable[[], None]


class Collector:
    """Asks one feed after another; ``steps`` gives them by name, for a bar of progress.

    Parameters
    ----------
    wanted : Wanted
    client : Client
    bars : Yahoo
    session : Timestamp
        Rows known at its information time are kept.
    """

    def __init__(self, wanted: Wanted, client: Client, bars: Yahoo, session: pd.Timestamp) -> None:
        self._wanted = wanted
        self._client = client
        self._yahoo = bars
        self._session = session
        self._market: dict[str, pd.DataFrame] = {}
        self._macro: dict[str, pd.DataFrame] = {}
        self._schedules: dict[str, pd.DataFrame] = {}

    def steps(self) -> Iterator[tuple[str, Step]]:
        """What there is to ask, in order: schedules come before the series that need them."""
        for event in (*calendars.BLS_PATHS, "fomc"):
            yield event, partial(self._schedule, event)
        for symbol in self._wanted.kinds:
            yield symbol, partial(self._bars, symbol)
        for series in (*self._wanted.daily, *self._wanted.monthly):
            yield series, partial(self._values, series)

    def collected(self) -> Collected:
        """What came, after every step."""
        vintages = self._wanted.revised if self._wanted.fred_key else frozenset[str]()
        events = [table[["event", "event_datetime"]] for table in self._schedules.values()]
        return Collected(
            self._market,
            self._macro,
            vintages & frozenset(self._macro) - {self._wanted.pmi},
            pd.concat(events, ignore_index=True),
        )

    def _schedule(self, event: str) -> None:
        if event == "fomc":
            self._schedules[event] = calendars.fetch_fomc(self._client)
        else:
            self._schedules[event] = calendars.fetch_bls(self._client, event)

    def _bars(self, symbol: str) -> None:
        first = self._wanted.first[symbol]
        if symbol in self._wanted.cboe:
            rows = cboe.fetch_index(self._client, symbol)
        else:
            ticker = self._wanted.tickers.get(symbol, symbol)
            rows = yahoo.fetch_bars(self._yahoo, ticker, first)
        # A quoted level pays nothing, whatever the feed puts into those columns.
        traded = self._wanted.kinds[symbol] == "equity"
        columns = {name: rows.get(name, np.nan) for name in PRICES}
        columns |= {} if traded else dict.fromkeys(("dividend", "split"), np.nan)
        table = pd.DataFrame({"date": rows["date"], **columns}).assign(
            symbol=symbol, adj_close=np.nan, basis="traded" if traded else "quoted"
        )
        within = table["date"].between(pd.Timestamp(first), self._session)
        if not traded:
            # Futures and currencies trade on days on which the NYSE is closed.
            within &= table["date"].isin(sessions(first, self._session))
        self._market[symbol] = LANDING_MARKET.validate(table.loc[within, list(RAW_COLUMNS)])

    def _values(self, series: str) -> None:
        wanted = self._wanted
        if series == wanted.pmi:
            if wanted.pmi_file is None:
                return
            rows = pmi.read_pmi(wanted.pmi_file)
            released = self._released(series, rows["macro_value_date"])
        elif series in wanted.revised and wanted.fred_key:
            rows = fred.fetch_vintages(self._client, series, wanted.fred_key)
            released = releases.of_vintages(rows["realtime_start"])
        else:
            rows = fred.fetch_series(self._client, series).set_axis(
                ["macro_value_date", "value"], axis=1
            )
            released = self._released(series, rows["macro_value_date"])
        # Values that are revised later are as published only where they come with every vintage.
        as_published = series not in wanted.revised or (
            bool(wanted.fred_key) and series != wanted.pmi
        )
        table = rows.assign(
            series_id=series, release_datetime=released, point_in_time=as_published
        )[list(LANDING_MACRO.schema.columns)]
        table = table[known_by(self._session, table["release_datetime"])]
        self._macro[series] = LANDING_MACRO.validate(
            table.sort_values(list(LANDING_MACRO.key), ignore_index=True)
        )

    def _released(self, series: str, days: pd.Series) -> pd.Series:
        if series in self._wanted.daily:
            return releases.of_daily_rates(days)
        event = self._wanted.monthly[series]
        if event == "ism_manufacturing" and event not in self._schedules:
            last = self._session.replace(day=1) + pd.DateOffset(months=12)
            self._schedules[event] = calendars.ism_manufacturing(days.min(), last)
        return releases.of_months(days, self._schedules[event])
