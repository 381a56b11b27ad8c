"""One row per session, one column per feature that the source can give."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from mlrisk.errors import MlriskError
from mlrisk.features import events, ranges
from mlrisk.features import macro as macro_features
from mlrisk.features import market as market_features
from mlrisk.features.windows import Columns, FloatArray


class FeatureError(MlriskError, ValueError):
    """Features that cannot be computed; names what is missing and what to do."""


def build(
    market: pd.DataFrame,
    aligned: pd.DataFrame,
    macro: pd.DataFrame,
    announcements: pd.DataFrame,
    *,
    benchmark: str,
    vix: str | None = None,
    vix3m: str | None = None,
    vix9d: str | None = None,
    vvix: str | None = None,
    bonds: str | None = None,
    credit: str | None = None,
    dollar: str | None = None,
    gold: str | None = None,
    oil: str | None = None,
    sectors: Sequence[str] = (),
    series: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Every feature the given roles allow; a role that is null has no columns.

    Parameters
    ----------
    market : DataFrame
        Columns of ``contracts.MARKET_DAILY``.
    aligned : DataFrame
        Columns of ``contracts.MACRO_RELEASE_ALIGNED``, a row for each session of the benchmark.
    macro : DataFrame
        Columns of ``contracts.RAW_MACRO``: the vintages that z-scores look back over.
    announcements : DataFrame
        Columns of ``contracts.RAW_CALENDAR``.
    benchmark, vix, ..., oil : str
        Symbol of each role. Column prefixes are lower-case symbols.
    sectors : sequence of str
    series : mapping of role to series identifier
        Macro roles that are filled.

    Returns
    -------
    DataFrame
        ``date`` and the features, a row for each session of the benchmark; null where there is no
        history yet, and throughout for a symbol that begins after the last session.

    Raises
    ------
    FeatureError
        Where the benchmark has no rows, or a session of it no row in ``aligned``.

    Warnings
    --------
    A row dated *t* uses market rows dated *t* or before, macro vintages usable by *t* and events
    announced by then: adding, changing or dropping anything later leaves it the same to the last
    bit.
    """
    panel = _Panel(market, benchmark)
    columns = _market(panel, benchmark)
    closes = {"vix": vix, "vix3m": vix3m, "vix9d": vix9d, "vvix": vvix}
    columns |= market_features.implied_volatility(
        {role: panel.column(symbol, "close") for role, symbol in closes.items() if symbol},
        columns[f"{benchmark.lower()}_vol_20d"],
    )
    columns |= _other_assets(panel, benchmark, bonds, credit, (dollar, gold, oil))
    columns |= market_features.sectors([panel.column(symbol, "ret") for symbol in sectors])
    if series:
        columns |= macro_features.levels(_on_sessions(aligned, panel.dates), series)
        columns |= macro_features.scores(macro, series, panel.dates)
    columns |= events.countdowns(announcements, panel.dates)
    return pd.DataFrame({"date": panel.dates, **columns})


class _Panel:
    """Every symbol's rows on the sessions of the benchmark."""

    def __init__(self, market: pd.DataFrame, benchmark: str) -> None:
        self._rows = {str(symbol): rows for symbol, rows in market.groupby("symbol")}
        if benchmark not in self._rows:
            raise FeatureError(
                f"benchmark {benchmark!r} has no rows in market_daily, which holds "
                f"{', '.join(self._rows) or 'no symbol'}. Set roles.benchmark in conf/roles to a "
                "symbol of the source, and run `dvc repro`."
            )
        self.dates = pd.DatetimeIndex(self._rows[benchmark]["date"], name=None)

    def column(self, symbol: str, name: str) -> FloatArray:
        """One column of one symbol, null on sessions before its history begins."""
        if symbol not in self._rows:
            return np.full(len(self.dates), np.nan)
        rows = self._rows[symbol]
        on_dates = pd.Series(rows[name].to_numpy(), index=rows["date"]).reindex(self.dates)
        return on_dates.to_numpy()


def _market(panel: _Panel, benchmark: str) -> Columns:
    name, ret = benchmark.lower(), panel.column(benchmark, "ret")
    close, index = (panel.column(benchmark, column) for column in ("close", "adj_close"))
    open_, high, low = (panel.column(benchmark, column) for column in ("open", "high", "low"))
    return {
        **market_features.benchmark(name, close, index, ret),
        **ranges.columns(name, open_, high, low, close, ret),
    }


def _other_assets(
    panel: _Panel,
    benchmark: str,
    bonds: str | None,
    credit: str | None,
    others: Sequence[str | None],
) -> Columns:
    columns: Columns = {}
    own = panel.column(benchmark, "ret")
    for symbol in filter(None, (bonds, credit, *others)):
        ret = panel.column(symbol, "ret")
        columns |= market_features.asset(symbol.lower(), panel.column(symbol, "adj_close"), ret)
        if symbol in {bonds, credit}:
            columns |= market_features.correlation(benchmark.lower(), own, symbol.lower(), ret)
    if bonds and credit:
        columns |= market_features.spread(
            credit.lower(), panel.column(credit, "ret"), bonds.lower(), panel.column(bonds, "ret")
        )
    return columns


def _on_sessions(aligned: pd.DataFrame, dates: pd.DatetimeIndex) -> pd.DataFrame:
    missing = dates.difference(pd.DatetimeIndex(aligned["date"]))
    if len(missing):
        raise FeatureError(
            f"macro_release_aligned has no row for {len(missing)} of {len(dates)} sessions, first "
            f"{missing[0]:%Y-%m-%d}. Run `dvc repro curate`: it writes the market and the macro "
            "table for the same sessions."
        )
    return aligned.set_index("date").reindex(dates)
