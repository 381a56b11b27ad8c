"""Daily bars, dividends and splits of Yahoo, as they were traded.

yfinance does what breaks every few months: cookies, the crumb, the consent page, and a session that
Yahoo takes for a browser's (and so the only one that names no contact). Its ``history()`` is not
used: a dividend of a day whose bar is missing it moves to the bar before, without a word; an
unknown volume it turns into zero; a bad answer to its question for the time zone it remembers for
the life of the process. The answer itself is a small JSON, which ``chart`` checks field by field.

The session beneath yfinance obeys the same policy as every other client. What it asks for cookies
may fail: the chart can be had without them.
"""

from __future__ import annotations

import logging
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

import pandas as pd
from curl_cffi import CurlECode, CurlOpt
from curl_cffi.requests import Response, Session
from curl_cffi.requests.exceptions import RequestException

from mlrisk.sources.live.chart import DAILY, UNTIL, parse_chart
from mlrisk.sources.live.client import MOST_REDIRECTS
from mlrisk.sources.live.errors import FeedError, TransientError
from mlrisk.sources.live.policy import BASES, Exchange, Policy, base_of, require_ok, retry_after

FEED = "yahoo"
PATH = "/v8/finance/chart/"
KEEP_METHOD = frozenset({307, 308})


class Yahoo:
    """Asks Yahoo, through yfinance's cookies. To be closed after use.

    Parameters
    ----------
    policy : Policy
        Shared with other clients of the same run.
    cache : Path
        Folder for yfinance's cookies; made where it is missing.
    """

    def __init__(self, policy: Policy, cache: Path) -> None:
        import yfinance  # half a second that nobody else need spend
        from yfinance.data import YfData

        logging.getLogger("yfinance").setLevel(logging.CRITICAL)
        cache.mkdir(parents=True, exist_ok=True)
        yfinance.set_tz_cache_location(str(cache))
        self.policy = policy
        self._session = PoliteSession(policy)
        # One of our own: the class hands out one instance to all, with another's cookies in it.
        self._data = object.__new__(YfData)
        self._data.__init__(session=self._session)

    def close(self) -> None:
        """Close connections."""
        self._session.close()

    def chart(self, symbol: str, first: date) -> pd.DataFrame:
        """Bars of a symbol from a date up to now; see ``fetch_bars``."""
        url = base_of(self.policy.settings, FEED) + PATH + quote(symbol)
        params = {
            "period1": str(int(pd.Timestamp(first, tz="UTC").timestamp())),
            "period2": str(UNTIL),
            "interval": DAILY,
            "events": "div,splits,capitalGains",
            "includePrePost": "false",
        }
        parse = partial(parse_chart, symbol=symbol)

        def attempt(exchange: Exchange) -> pd.DataFrame:
            status, headers, content = self._ask(url, params)
            exchange.status, exchange.bytes = status, len(content)
            require_ok(FEED, status, headers, content)
            return parse(content)

        return self.policy.run(FEED, url, attempt)

    def _ask(self, url: str, params: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        try:
            response = self._data.get(url, params=params)
        except FeedError:
            raise
        # yfinance raises errors of many kinds: its own, curl's, and those of reading a cookie.
        except Exception as error:
            came = f"{type(error).__name__} {error}".strip()
            wait = self._session.wait
            raise TransientError(FEED, came, "a whole answer", wait=wait) from error
        return response.status_code, _headers(response), response.content


class PoliteSession(Session[Response]):
    """A browser-like session that sends nothing the policy does not allow.

    Parameters
    ----------
    policy : Policy
        Hosts, rate, deadline and sizes.
    """

    def __init__(self, policy: Policy) -> None:
        size: Any = policy.settings.most_bytes
        super().__init__(impersonate="chrome", curl_options={CurlOpt.MAXFILESIZE_LARGE: size})
        self.policy = policy
        self.wait: float | None = None
        """Seconds that the last answer asked to wait."""

    def request(  # type: ignore[override]  # options are handed on as they are
        self, method: Any, url: str, **options: Any
    ) -> Response:
        """Send a request, and those that it is redirected to."""
        url = self._placed(url)
        for _ in range(1 + MOST_REDIRECTS):
            seconds = self.policy.begin(FEED, url)
            if not urlsplit(url).path.startswith(PATH):
                seconds = min(seconds, self.policy.settings.read_seconds)
            response = self._send(method, url, {**options, "timeout": seconds})
            location = response.headers.get("location")
            if not (300 <= response.status_code < 400 and location):
                return response
            url = urljoin(url, location)
            options.pop("params", None)
            if response.status_code not in KEEP_METHOD:
                method = "GET"
                options.pop("data", None)
        raise FeedError(FEED, f"more than {MOST_REDIRECTS} redirects", "an answer")

    def _placed(self, url: str) -> str:
        """The URL, at the base that the settings give Yahoo in place of its own hosts."""
        base = base_of(self.policy.settings, FEED)
        if base == BASES[FEED]:
            return url
        scheme, _, host = base.partition("://")
        return urlsplit(url)._replace(scheme=scheme, netloc=host).geturl()

    def _send(self, method: Any, url: str, options: dict[str, Any]) -> Response:
        self.wait = None
        try:
            response = super().request(method, url, **{**options, "allow_redirects": False})
        except RequestException as error:
            if error.code != CurlECode.FILESIZE_EXCEEDED:
                raise
            limit = f"{self.policy.settings.most_bytes:,} bytes"
            raise FeedError(FEED, f"more than {limit}", "an answer of at most that") from None
        self.wait = retry_after(_headers(response))
        return response


def fetch_bars(yahoo: Yahoo, symbol: str, first: date) -> pd.DataFrame:
    """Daily bars of a symbol as they were traded.

    Parameters
    ----------
    yahoo : Yahoo
    symbol : str
        Yahoo's name: SPY, CL=F, DX-Y.NYB.
    first : date
        The first session wanted. The last one is always the latest there is, which may still be on:
        what is not wanted of it is the caller's to cut.

    Returns
    -------
    DataFrame
        Columns of ``chart.COLUMNS``; see ``chart.parse_chart``.

    Raises
    ------
    FeedError
        Where no attempt gave bars; one without further attempts where Yahoo says that there is no
        such symbol.
    """
    return yahoo.chart(symbol, first)


def _headers(response: Response) -> dict[str, str]:
    return {name.lower(): text or "" for name, text in response.headers.items()}
