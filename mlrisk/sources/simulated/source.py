"""The simulated world as a source of raw rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import pandas as pd

from mlrisk.calendar import CalendarError, require_session, sessions
from mlrisk.contracts import RAW_COLUMNS, TRUTH, raw_market
from mlrisk.sources.base import Raw, SourceError, no_manifest, require_offered
from mlrisk.sources.simulated import implied, macro, prices
from mlrisk.sources.simulated.streams import FloatArray
from mlrisk.sources.simulated.volatility import (
    HORIZON,
    Law,
    State,
    expected_variance,
    simulate,
)

HISTORY_YEARS = 6
"""The world begins this long before its first price, so that macro series have a past and the
volatility factors have forgotten where they began."""


class SimulatedSource:
    """A small macro-financial world with a known truth.

    Parameters
    ----------
    seed : int
        Another seed is another history of the same world.
    start : date
        First session with prices. Another start is another history as well.
    """

    name = "simulated"

    def __init__(self, seed: int, start: date) -> None:
        self._seed = seed
        self._start = pd.Timestamp(start)
        self._law = Law()
        self._premium = implied.Premium()

    @property
    def symbols(self) -> frozenset[str]:
        """Market symbols it can give."""
        return frozenset(prices.ASSETS) | implied.SYMBOLS

    @property
    def series(self) -> frozenset[str]:
        """Macro series it can give."""
        return frozenset(macro.MONTHLY) | frozenset(macro.DAILY)

    def read(self, symbols: Sequence[str], series: Sequence[str], last: pd.Timestamp) -> Raw:
        """Rows of the named symbols and series known at 22:00 UTC of session ``last``.

        Random numbers come from one stream per quantity, a row per session, and every recursion
        runs forward: an earlier ``last`` gives the first rows of a later one, and a symbol's rows
        do not depend on which others are asked for.

        Raises
        ------
        SourceError
            Where a symbol or series is not offered, or ``last`` lies outside the source.
        """
        require_offered(self.name, self, symbols, series)
        index = self._sessions(last)
        state = simulate(self._law, self._seed, len(index))
        first = int(index.searchsorted(self._start))
        return Raw(
            market=self._market(symbols, state, index, first),
            macro=macro.releases(series, state, index, self._seed),
            calendar=macro.schedule(index),
            truth=self._truth(state, index, first),
            manifest=no_manifest(),
        )

    def _sessions(self, last: pd.Timestamp) -> pd.DatetimeIndex:
        try:
            end = require_session(last)
            index = sessions(self._start - pd.DateOffset(years=HISTORY_YEARS), end)
        except CalendarError as error:
            raise SourceError(
                f"source {self.name!r}: {error}. The world needs {HISTORY_YEARS} years of that "
                "calendar before source.start; as_of and source.start are set in "
                "conf/source/simulated.yaml."
            ) from None
        if end < self._start:
            raise SourceError(
                f"source {self.name!r} has no rows up to {end:%Y-%m-%d}: prices begin on "
                f"{self._start:%Y-%m-%d}. Set a later as_of, or an earlier source.start in "
                "conf/source/simulated.yaml."
            )
        return index

    def _market(
        self, symbols: Sequence[str], state: State, index: pd.DatetimeIndex, first: int
    ) -> pd.DataFrame:
        """Bars of what trades, closes of what is only quoted; sorted by symbol and date."""
        indices = implied.indices(self._law, self._premium, state, self._seed)
        days = index[first:]
        tables = [
            _close_only(symbol, days, indices[symbol][first:])
            if symbol in indices
            else self._asset(symbol, state, days, first)
            for symbol in sorted(set(symbols))
        ]
        return pd.concat(tables, ignore_index=True) if tables else raw_market({}).empty()

    def _asset(self, symbol: str, state: State, days: pd.DatetimeIndex, first: int) -> pd.DataFrame:
        returns = prices.asset_returns(symbol, state, self._seed)
        delivered = prices.Returns(returns.total[first:], returns.deviation[first:])
        if symbol in prices.CLOSE_ONLY:
            close = np.round(prices.closes(symbol, delivered.total), prices.TICK)
            return _close_only(symbol, days, close)
        bars = prices.bars(symbol, delivered, self._seed)
        volume = prices.volumes(symbol, returns, state, self._seed)[first:]
        return pd.DataFrame(
            {
                "symbol": symbol,
                "date": days,
                "open": bars.open,
                "high": bars.high,
                "low": bars.low,
                "close": bars.close,
                "adj_close": np.nan,
                "volume": volume,
                "dividend": 0.0,
                "split": 1.0,
                "basis": "traded",
            }
        )

    def _truth(self, state: State, index: pd.DatetimeIndex, first: int) -> pd.DataFrame:
        oracle = expected_variance(self._law, state, [HORIZON])[:, 0]
        table = pd.DataFrame(
            {
                "date": index,
                "regime": state.regime,
                "var_1d": state.variance,
                "var_5d_oracle": oracle,
            }
        )
        return table.iloc[first:].reset_index(drop=True)[list(TRUTH.schema.columns)]


def _close_only(symbol: str, days: pd.DatetimeIndex, close: FloatArray) -> pd.DataFrame:
    table = pd.DataFrame({"symbol": symbol, "date": days, "close": close, "basis": "quoted"})
    return table.reindex(columns=list(RAW_COLUMNS)).astype(
        {name: "float64" for name in RAW_COLUMNS if name not in ("symbol", "date", "basis")}
    )
