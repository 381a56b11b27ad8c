"""A small market with all that features must cope with, and the way from its rows to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mlrisk import calendar, curation
from mlrisk.features import table

LENGTH = 300
"""Sessions: enough for the longest window, 250, to be full for the last fifty."""

ROLES: dict[str, Any] = {
    "benchmark": "SPY",
    "vix": "VIX",
    "vix3m": "VIX3M",
    "vix9d": "VIX9D",
    "vvix": "VVIX",
    "bonds": "TLT",
    "credit": "HYG",
    "dollar": "DXY",
    "gold": "GLD",
    "oil": "WTI",
    "sectors": ["XLE", "XLF", "XLK"],
}
SERIES = {
    "cpi": "CPIAUCNS",
    "fed_funds": "DFF",
    "slope": "T10Y2Y",
    "pmi": "NAPM",
    "unemployment": "UNRATE",
    "yield_2y": "DGS2",
    "yield_10y": "DGS10",
    "high_yield_spread": "BAMLH0A0HYM2",
}


@dataclass(frozen=True)
class World:
    """Raw rows of a market and its macro series, and what is made of them."""

    raw: pd.DataFrame
    macro: pd.DataFrame
    announcements: pd.DataFrame
    sessions: pd.DatetimeIndex
    roles: dict[str, Any]
    series: dict[str, str]

    def known_by(self, session: pd.Timestamp) -> World:
        """The same world as it was known at the information time of a session."""
        moment = session.tz_localize("UTC") + calendar.INFORMATION_HOUR
        return World(
            self.raw[self.raw["date"] <= session],
            self.macro[self.macro["release_datetime"] <= moment],
            self.announcements[self.announcements["known_from"] <= moment],
            self.sessions[self.sessions <= session],
            self.roles,
            self.series,
        )

    def changed_after(self, session: pd.Timestamp, seed: int) -> World:
        """Another future: other prices, other releases, revisions of what was released before."""
        rng = np.random.default_rng(seed)
        prices = ["open", "high", "low", "close", "adj_close"]
        later = self.raw["date"] > session
        raw = self.raw.copy()
        factor = rng.lognormal(0, 0.3, (int(later.sum()), 1))
        raw.loc[later, prices] = raw.loc[later, prices].to_numpy() * factor
        moment = session.tz_localize("UTC") + calendar.INFORMATION_HOUR
        unseen = self.macro["release_datetime"] > moment
        macro = self.macro.copy()
        macro.loc[unseen, "value"] += rng.normal(0, 2, int(unseen.sum()))
        revised = macro[~unseen].groupby("series_id").tail(5)
        revised = revised.assign(
            value=revised["value"] * 1.1, release_datetime=moment + pd.Timedelta(minutes=1)
        )
        keys = ["series_id", "macro_value_date", "release_datetime"]
        macro = pd.concat([macro, revised]).sort_values(keys, ignore_index=True)
        return World(raw, macro, self._replanned(moment), self.sessions, self.roles, self.series)

    def _replanned(self, moment: pd.Timestamp) -> pd.DataFrame:
        """What stands on the schedule is taken off just after a moment, and other events come."""
        known = self.announcements[self.announcements["known_from"] <= moment]
        ahead = known[known["event_datetime"] > moment + pd.Timedelta(hours=1)]
        off = ahead.assign(known_from=moment + pd.Timedelta(minutes=1), status="withdrawn")
        added = ahead.assign(
            event_datetime=ahead["event_datetime"] - pd.Timedelta(minutes=30),
            known_from=moment + pd.Timedelta(minutes=2),
        )
        keys = ["event", "event_datetime", "known_from"]
        return pd.concat([known, off, added]).sort_values(keys, ignore_index=True)

    def market(self) -> pd.DataFrame:
        return curation.market_daily(self.raw, self.roles["benchmark"], self.sessions[-1])

    def aligned(self) -> pd.DataFrame:
        return curation.macro_release_aligned(self.macro, self.series, self.sessions)

    def features(self) -> pd.DataFrame:
        return table.build(
            self.market(),
            self.aligned(),
            self.macro,
            self.announcements,
            **self.roles,
            series=self.series,
        )


@pytest.fixture(scope="session")
def world() -> World:
    rng = np.random.default_rng(20)
    first = pd.Timestamp("2019-06-03")
    days = calendar.sessions(first, pd.Timestamp("2021-12-31"))[:LENGTH]
    macro, announcements = _macro(rng, days[-1]), _announcements(days)
    return World(_market(rng, days), macro, announcements, days, ROLES, SERIES)


def _announcements(days: pd.DatetimeIndex) -> pd.DataFrame:
    """A release a month and a meeting each six weeks, known half a year before; two exceptions."""
    zone = calendar.NEW_YORK
    spans = {"cpi": 30, "employment_situation": 31, "fomc": 45}
    rows = []
    for event, span in spans.items():
        for day in pd.date_range(days[0], days[-1] + pd.Timedelta(days=150), freq=f"{span}D"):
            moment = (day + pd.Timedelta(hours=9)).tz_localize(zone)
            rows.append((event, moment, moment - pd.Timedelta(days=180), "scheduled"))
    _, moment, _, _ = rows[4]
    rows.append(("cpi", moment, moment - pd.Timedelta(days=6), "withdrawn"))
    surprise = (days[120] + pd.Timedelta(hours=11)).tz_localize(zone)
    rows.append(("fomc", surprise, surprise, "scheduled"))
    table = pd.DataFrame(rows, columns=["event", "event_datetime", "known_from", "status"])
    for name in ("event_datetime", "known_from"):
        table[name] = pd.to_datetime(table[name], utc=True).dt.as_unit("us")
    keys = ["event", "event_datetime", "known_from"]
    moment = days[-1].tz_localize("UTC") + calendar.INFORMATION_HOUR
    return table[table["known_from"] <= moment].sort_values(keys, ignore_index=True)


def _market(rng: np.random.Generator, days: pd.DatetimeIndex) -> pd.DataFrame:
    common = rng.standard_t(5, LENGTH) * 0.006
    funds = ["SPY", "TLT", "HYG", "GLD", "XLE", "XLF", "XLK"]
    tables = [_fund(rng, symbol, common, days) for symbol in funds]
    fear = 20 * np.exp(-8 * np.cumsum(common) * 0.2 + 0.05 * rng.normal(size=LENGTH))
    for symbol, level in (("VIX9D", 0.95), ("VIX", 1.0), ("VIX3M", 1.1), ("VVIX", 5.0)):
        close = level * fear * np.exp(0.03 * rng.normal(size=LENGTH))
        tables.append(_index(symbol, close, days))
    tables.append(_index("DXY", 95 * np.exp(np.cumsum(0.004 * rng.normal(size=LENGTH))), days))
    oil = 50 * np.exp(np.cumsum(0.02 * rng.normal(size=LENGTH)))
    oil[200] = -37.63
    tables.append(_index("WTI", oil, days))
    raw = pd.concat(tables, ignore_index=True)
    # Histories that begin later, and sessions that are missing.
    begins = {"VIX9D": days[40], "XLK": days[15]}
    holes = {"HYG": days[[60, 61, 270]], "SPY": days[[90]], "DXY": days[[30, 31, 32]]}
    for symbol, day in begins.items():
        raw = raw[(raw["symbol"] != symbol) | (raw["date"] >= day)]
    for symbol, missing in holes.items():
        raw = raw[(raw["symbol"] != symbol) | ~raw["date"].isin(missing)]
    return raw.sort_values(["symbol", "date"], ignore_index=True)


def _fund(
    rng: np.random.Generator, symbol: str, common: np.ndarray, days: pd.DatetimeIndex
) -> pd.DataFrame:
    night = 0.4 * common + 0.002 * rng.normal(size=LENGTH)
    path = np.cumsum(0.6 * common / 8 + 0.002 * rng.normal(size=(8, LENGTH)), axis=0)
    path = np.vstack([np.zeros(LENGTH), path])
    yield_ = np.where(np.arange(LENGTH) % 63 == 62, 0.004, 0.0)  # a dividend each quarter
    log_open = np.cumsum(night - yield_ + np.append(0.0, path[-1, :-1])) + np.log(100)
    open_, close = np.exp(log_open), np.exp(log_open + path[-1])
    return pd.DataFrame(
        {
            "symbol": symbol,
            "date": days,
            "open": open_,
            "high": np.maximum(np.exp(log_open + path.max(axis=0)), np.maximum(open_, close)),
            "low": np.minimum(np.exp(log_open + path.min(axis=0)), np.minimum(open_, close)),
            "close": close,
            "adj_close": close * np.exp(np.cumsum(yield_) - yield_.sum()),
            "volume": 1e6,
            "dividend": np.nan,
            "split": np.nan,
            "basis": "adjusted",
        }
    )


def _index(symbol: str, close: np.ndarray, days: pd.DatetimeIndex) -> pd.DataFrame:
    nothing = dict.fromkeys(("open", "high", "low"), np.nan)
    return pd.DataFrame(
        {"symbol": symbol, "date": days, **nothing, "close": close, "adj_close": np.nan}
    ).assign(volume=np.nan, dividend=np.nan, split=np.nan, basis="quoted")


def _macro(rng: np.random.Generator, last: pd.Timestamp) -> pd.DataFrame:
    rows: list[tuple[str, pd.Timestamp, float, pd.Timestamp]] = []
    months = pd.date_range("2015-01-01", last, freq="MS")
    level = 240 * np.exp(np.cumsum(rng.normal(0.002, 0.002, len(months))))
    for series, values in (
        ("CPIAUCNS", level),
        ("NAPM", 50 + 4 * rng.normal(size=len(months))),
        ("UNRATE", 4 + 0.3 * np.cumsum(rng.normal(size=len(months))) / 3),
    ):
        for month, value in zip(months, values, strict=True):
            release = (month + pd.DateOffset(months=1, days=9, hours=8, minutes=30)).tz_localize(
                calendar.NEW_YORK
            )
            rows.append((series, month, value, release))
            rows.append((series, month, value * 1.002, release + pd.Timedelta(days=31)))
    days = calendar.sessions(pd.Timestamp("2019-04-01"), last)
    for series, start in (("DFF", 2.4), ("DGS2", 1.9), ("DGS10", 2.1), ("T10Y2Y", 0.2),
                          ("BAMLH0A0HYM2", 4.0)):  # fmt: skip
        values = start + np.cumsum(0.03 * rng.normal(size=len(days)))
        for day, after, value in zip(days[:-1], days[1:], values[:-1], strict=True):
            rows.append(
                (
                    series,
                    day,
                    value,
                    (after + pd.Timedelta("16h15min")).tz_localize(calendar.NEW_YORK),
                )
            )
    columns = ["series_id", "macro_value_date", "value", "release_datetime"]
    table = pd.DataFrame(rows, columns=columns)
    table["release_datetime"] = pd.to_datetime(table["release_datetime"], utc=True).dt.as_unit("us")
    table["macro_value_date"] = table["macro_value_date"].dt.as_unit("us")
    table["point_in_time"] = True
    moment = last.tz_localize("UTC") + calendar.INFORMATION_HOUR
    known = table[table["release_datetime"] <= moment]
    return known.sort_values([columns[0], columns[1], columns[3]], ignore_index=True)
