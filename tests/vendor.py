"""The feeds of a small world as they stand on a day, in the shapes of the real ones."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from mlrisk.calendar import NEW_YORK, sessions
from tests.mlrisk.sources.live.conftest import FeedServer, Reply, Request

DAYS = sessions(pd.Timestamp("2023-10-02"), pd.Timestamp("2024-06-28"))
MONTHS = pd.date_range("2020-01-01", "2024-05-01", freq="MS", unit="us")
TICKERS = {"SPY": "SPY", "TLT": "TLT", "WTI": "CL=F"}


@dataclass
class Vendor:
    """What every feed would say; tests change it to be another vendor.

    Parameters
    ----------
    closes : dict of symbol to array, shape (n_days,)
        As traded.
    dividends, splits : dict of symbol to dict of position to number
    rates, values : dict of series to array
        Daily rates by ``DAYS``, monthly values by ``MONTHS``.
    """

    closes: dict[str, np.ndarray]
    dividends: dict[str, dict[int, float]]
    splits: dict[str, dict[int, float]]
    rates: dict[str, np.ndarray]
    values: dict[str, np.ndarray]
    revisions: dict[str, list[tuple[int, float, str]]] = field(default_factory=dict)

    def stand(self, server: FeedServer, today: pd.Timestamp) -> None:
        """Make a server answer as the feeds do on the evening of a session."""
        for symbol, ticker in TICKERS.items():
            chart = self.chart(symbol, ticker, today)
            server.give(f"/v8/finance/chart/{ticker.replace('=', '%3D')}", Reply(chart))
            server.give(f"/v8/finance/chart/{ticker}", Reply(chart))
        server.give("/api/global/us_indices/daily_prices/VIX_History.csv", Reply(self.vix(today)))
        server.give("/graph/fredgraph.csv", lambda request: self.fred(request, today))
        server.give("/fred/series/observations", lambda request: self.alfred(request, today))
        server.give("/schedule/news_release/cpi.htm", Reply(self.bls(11)))
        server.give("/schedule/news_release/empsit.htm", Reply(self.bls(4)))
        server.give("/monetarypolicy/fomccalendars.htm", Reply(self.fomc()))

    def chart(self, symbol: str, ticker: str, today: pd.Timestamp) -> bytes:
        count = int(DAYS.searchsorted(today, side="right"))
        splits = {at: ratio for at, ratio in self.splits.get(symbol, {}).items() if at < count}
        later = np.array(
            [np.prod([r for at, r in splits.items() if at > day]) for day in range(count)]
        )
        close = self.closes[symbol][:count]
        seconds = [_seconds(day) for day in DAYS[:count]]
        paid = {
            str(seconds[at]): {"amount": amount / later[at], "date": seconds[at]}
            for at, amount in self.dividends.get(symbol, {}).items()
            if at < count
        }
        changed = {
            str(seconds[at]): {
                "date": seconds[at], "numerator": ratio, "denominator": 1.0,
                "splitRatio": f"{ratio:g}:1",
            }
            for at, ratio in splits.items()
        }  # fmt: skip
        quote = {
            # Trades are in cents; the vendor scales what was traded.
            name: _single(np.round(close * factor, 2) / later)
            for name, factor in (("open", 0.999), ("high", 1.01), ("low", 0.99), ("close", 1.0))
        }
        quote["volume"] = [int(volume) for volume in 1e6 * later]
        result = {
            "meta": {
                "currency": "USD", "symbol": ticker, "exchangeName": "PCX", "instrumentType": "ETF",
                "exchangeTimezoneName": NEW_YORK, "dataGranularity": "1d", "range": "",
            },
            "timestamp": seconds,
            "events": {"dividends": paid, "splits": changed},
            "indicators": {"quote": [quote], "adjclose": [{"adjclose": quote["close"]}]},
        }  # fmt: skip
        return json.dumps({"chart": {"result": [result], "error": None}}).encode()

    def vix(self, today: pd.Timestamp) -> bytes:
        rows = ["DATE,OPEN,HIGH,LOW,CLOSE"]
        for day, close in zip(DAYS, self.closes["VIX"], strict=True):
            if day <= today:
                cells = (close - 0.1, close + 1, close - 1, close)
                rows.append(f"{day:%m/%d/%Y}," + ",".join(f"{cell:.6f}" for cell in cells))
        return ("\r\n".join(rows) + "\r\n").encode()

    def fred(self, request: Request, today: pd.Timestamp) -> Reply:
        series = request.query["id"]
        rows = [f"observation_date,{series}"]
        for day, value, out in self._published(series):
            if out <= today:
                rows.append(f"{day:%Y-%m-%d},{value:.2f}")
        return Reply(("\n".join(rows) + "\n").encode())

    def _published(self, series: str) -> list[tuple[pd.Timestamp, float, pd.Timestamp]]:
        """Date, newest value and day of first release."""
        if series in self.rates:
            after = [*DAYS[1:], DAYS[-1] + pd.Timedelta(days=3)]
            return list(zip(DAYS, self.rates[series], after, strict=True))
        day = 10 if series.startswith("CPI") else 3
        out = [month + pd.DateOffset(months=1, days=day) for month in MONTHS]
        return list(zip(MONTHS, self.values[series], out, strict=True))

    def alfred(self, request: Request, today: pd.Timestamp) -> Reply:
        series = request.query["series_id"]
        rows = [(day, value, out) for day, value, out in self._published(series) if out <= today]
        rows += [
            (MONTHS[at], value, pd.Timestamp(out))
            for at, value, out in self.revisions.get(series, [])
            if pd.Timestamp(out) <= today
        ]
        observations = [
            {
                "realtime_start": f"{out:%Y-%m-%d}", "realtime_end": "9999-12-31",
                "date": f"{day:%Y-%m-%d}", "value": f"{value:.1f}",
            }
            for day, value, out in rows
        ]  # fmt: skip
        page: Mapping[str, Any] = {
            "count": len(rows), "offset": 0, "limit": 100000, "observations": observations
        }  # fmt: skip
        return Reply(json.dumps(page).encode())

    @staticmethod
    def bls(day: int) -> bytes:
        rows = "".join(
            f"<tr><td>{period:%B %Y}</td><td>{out:%b. %d, %Y}</td><td>08:30 AM</td></tr>"
            for period in pd.date_range("2022-12-01", "2024-11-01", freq="MS")
            for out in [period + pd.DateOffset(months=1, days=day - 1)]
        )
        head = "<tr><th>Reference Month</th><th>Release Date</th><th>Release Time</th></tr>"
        return f"<html><body><table>{head}{rows}</table></body></html>".encode()

    @staticmethod
    def fomc() -> bytes:
        months = ("January", "March", "May", "June", "July", "September", "November", "December")
        rows = "".join(
            '<div class="row fomc-meeting">'
            f'<div class="fomc-meeting__month"><strong>{month}</strong></div>'
            '<div class="fomc-meeting__date">19-20</div></div>'
            for month in months
        )
        panels = "".join(
            '<div class="panel panel-default"><div class="panel-heading"><h4>'
            f"<a>{year} FOMC Meetings</a></h4></div>{rows}</div>"
            for year in (2024, 2023)
        )
        return f"<html><body>{panels}</body></html>".encode()


def usual() -> Vendor:
    """A market that pays, splits and falls below zero, and series of a quiet economy."""
    rng = np.random.default_rng(3)

    def walk(start: float, scale: float) -> np.ndarray:
        return np.round(start * np.exp(np.cumsum(scale * rng.normal(size=len(DAYS)))), 2)

    oil = walk(70.0, 0.02)
    oil[100] = -37.63
    return Vendor(
        closes={
            "SPY": walk(400.0, 0.01),
            "TLT": walk(90.0, 0.008),
            "VIX": walk(18, 0.05),
            "WTI": oil,
        },
        dividends={
            "SPY": {60: 1.58, 120: 1.6, 165: 1.7},
            "TLT": dict.fromkeys(range(20, 180, 20), 0.3),
        },
        splits={"TLT": {90: 0.5, 150: 4.0}, "SPY": {170: 3.0}},
        rates={"DFF": np.round(5.3 + 0.01 * rng.normal(size=len(DAYS)), 2)},
        values={
            "CPIAUCNS": np.round(260 * np.exp(np.cumsum(0.003 * rng.random(len(MONTHS)))), 2),
            "UNRATE": np.round(4 + 0.2 * rng.normal(size=len(MONTHS)), 1),
        },
    )


def _seconds(day: pd.Timestamp) -> int:
    return int((day + pd.Timedelta(hours=9, minutes=30)).tz_localize(NEW_YORK).timestamp())


def _single(values: np.ndarray) -> list[float]:
    """In single precision, as the vendor gives its numbers."""
    return [float(value) for value in values.astype(np.float32)]
