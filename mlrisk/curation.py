"""Rows as delivered -> sessions, returns, a total-return index, macro values as they were known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlrisk import calendar, vintages
from mlrisk.contracts import MACRO_COLUMNS, MACRO_NAMES, MARKET_DAILY
from mlrisk.errors import MlriskError

FloatArray = npt.NDArray[np.float64]

SHOWN = 5
"""Offending rows that an error names."""


class CurationError(MlriskError, ValueError):
    """Rows that cannot be put on the axis of sessions; names symbol, dates and what to do."""


def market_daily(
    raw: pd.DataFrame, benchmark: str, last: pd.Timestamp, max_gap: int = 3
) -> pd.DataFrame:
    r"""Every symbol on every NYSE session from its own first row to ``last``.

    The return of a session is

    .. math:: r_t = \ln(P_t / P_{t-1})

    of the value of a holding: for traded prices the close times the shares that one share of the
    symbol's first session has become, its dividends reinvested at the close of the day they are
    first traded without; for adjusted prices the vendor's adjusted one; else the close.
    ``adj_close`` becomes a total-return index, P_t over the P of the symbol's first session (its
    first positive one, for a symbol that may be negative): a dividend or split to come rewrites
    nothing, and the index goes on as before after a day without a return.

    Parameters
    ----------
    raw : DataFrame
        Columns of ``contracts.RAW_COLUMNS``, sorted by symbol and date; rows after ``last`` are
        left aside.
    benchmark : str
        Symbol whose volatility is forecast; must be among the rows.
    last : Timestamp
        Session up to which rows are known.
    max_gap : int
        Longest run of missing sessions that the last close is carried over.

    Returns
    -------
    DataFrame
        Columns of ``contracts.MARKET_DAILY``.

    Raises
    ------
    CurationError
        Where a row is on no session, or a symbol misses more than ``max_gap`` sessions in a row
        (at its end, too).

    Notes
    -----
    A missing session takes the previous close for all its prices, a return of zero and the mark
    ``filled``; the next return then spans the gap, so the realised variance of a window around it
    keeps its expectation. ``ret`` is null on the first row and wherever either price is not
    positive (WTI on 2020-04-20 and the session after), and ``adj_close`` where its own price is
    not.
    """
    last = calendar.require_session(last)
    known = raw[raw["date"] <= last]
    symbols = sorted(known["symbol"].unique())
    if benchmark not in symbols:
        raise CurationError(
            f"benchmark {benchmark!r} has no rows up to {last:%Y-%m-%d}; the rows hold "
            f"{', '.join(symbols) or 'no symbol at all'}. Set roles.benchmark in conf/roles, or a "
            "later as_of."
        )
    axis = calendar.sessions(known["date"].min(), last)
    _require_sessions(known, axis)
    by_symbol = {str(symbol): rows for symbol, rows in known.groupby("symbol", sort=True)}
    _require_short_gaps(by_symbol, axis, max_gap)
    tables = [_on_axis(symbol, rows, axis) for symbol, rows in by_symbol.items()]
    return pd.concat(tables, ignore_index=True)


def _require_sessions(rows: pd.DataFrame, axis: pd.DatetimeIndex) -> None:
    strangers = rows[~rows["date"].isin(axis)]
    if len(strangers):
        shown = ", ".join(
            f"{symbol} {day:%Y-%m-%d} ({day:%A})"
            for symbol, day in strangers[["symbol", "date"]].head(SHOWN).itertuples(index=False)
        )
        raise CurationError(
            f"{len(strangers)} of {len(rows)} rows are dated on no NYSE session, first ones: "
            f"{shown}. Likely cause: a shifted date or a market with other holidays. Correct or "
            "drop these rows at the source."
        )


def _require_short_gaps(
    by_symbol: Mapping[str, pd.DataFrame], axis: pd.DatetimeIndex, max_gap: int
) -> None:
    long = [
        f"{symbol} has no rows on {len(run)} sessions in a row, {run[0]:%Y-%m-%d} to "
        f"{run[-1]:%Y-%m-%d}"
        for symbol, rows in by_symbol.items()
        for run in _missing_runs(pd.DatetimeIndex(rows["date"]), axis)
        if len(run) > max_gap
    ]
    if long:
        more = f" (and {len(long) - SHOWN} gaps more)" if len(long) > SHOWN else ""
        raise CurationError(
            f"{'; '.join(long[:SHOWN])}{more}. At most {max_gap} sessions are carried forward. "
            "Complete the rows at the source, start after the gap or end before it (source.start, "
            "as_of), or give the role another symbol or null in conf/roles."
        )


def _missing_runs(dates: pd.DatetimeIndex, axis: pd.DatetimeIndex) -> Iterator[pd.DatetimeIndex]:
    axis = axis[axis.searchsorted(dates[0]) :]
    present = np.append(np.flatnonzero(axis.isin(dates)), len(axis))
    for before, after in pairwise(present):
        if after - before > 1:
            yield axis[before + 1 : after]


def _on_axis(symbol: str, rows: pd.DataFrame, axis: pd.DatetimeIndex) -> pd.DataFrame:
    dates = axis[axis.searchsorted(rows["date"].iloc[0]) :]
    arrived = dates.isin(rows["date"])
    # Position of each session's newest delivered row: its own, or the one carried forward.
    source = np.cumsum(arrived) - 1
    close = rows["close"].to_numpy()[source]
    ohl = {name: rows[name].to_numpy()[source] for name in ("open", "high", "low")}
    price = _price(rows)[source]
    index, ret = total_return(price)
    table = pd.DataFrame(
        {
            "symbol": symbol,
            "date": dates,
            # A close-only symbol stays so on carried sessions.
            **{n: np.where(arrived | np.isnan(v), v, close) for n, v in ohl.items()},
            "close": close,
            "adj_close": index,
            "ret": ret,
            "filled": ~arrived,
        }
    )
    return table[list(MARKET_DAILY.schema.columns)]


def _price(rows: pd.DataFrame) -> FloatArray:
    close = rows["close"].to_numpy()
    match rows["basis"].iloc[0]:
        case "traded":
            return close * shares_held(close, rows["dividend"].to_numpy(), rows["split"].to_numpy())
        case "adjusted":
            return rows["adj_close"].to_numpy()
    return close


def shares_held(close: FloatArray, dividend: FloatArray, split: FloatArray) -> FloatArray:
    r"""Shares that one share of the first session has become.

    .. math:: n_t = n_{t-1} \, s_t \, (1 + d_t / P_t)

    with new shares per old one *s* and the dividend *d* per share held after the split, reinvested
    at that session's close *P*: the return of the holding is s (P + d) over the last close less
    one, as CRSP defines a total return.

    Parameters
    ----------
    close, dividend, split : arrays of shape (n_rows,)
        As traded; of the first row only the close counts.
    """
    paid = np.divide(dividend, close, out=np.zeros_like(close), where=dividend != 0)
    factor = split * (1 + paid)
    factor[0] = 1.0
    return np.cumprod(factor)


def total_return(price: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Index that is 1 at the first positive price, and log returns between neighbours.

    Parameters
    ----------
    price : array of shape (n_sessions,)

    Returns
    -------
    index, ret : arrays of shape (n_sessions,)
        Null where a price involved is not positive; ``ret`` is null on the first session.
    """
    positive = np.where(price > 0, price, np.nan)
    anchors = positive[~np.isnan(positive)]
    index = positive / anchors[0] if len(anchors) else positive
    ret = np.full(len(price), np.nan)
    ret[1:] = np.log(positive[1:] / positive[:-1])
    return index, ret


def macro_release_aligned(
    macro: pd.DataFrame, series: Mapping[str, str], sessions: pd.DatetimeIndex
) -> pd.DataFrame:
    """Per session the macro values known then, and when each was released.

    Of the newest period released by then, the newest vintage released by then. Monthly series are
    usable from the session after the New York date of their release; daily rates, published on the
    next business day, on the session of their release. ``cpi_yoy`` is the year-on-year change in
    per cent with both ends as known at the time.

    Parameters
    ----------
    macro : DataFrame
        Columns of ``contracts.RAW_MACRO``.
    series : mapping of role to series identifier
        Roles of ``contracts.MACRO_COLUMNS``; the columns of an absent role are null.
    sessions : DatetimeIndex of shape (n_sessions,)

    Returns
    -------
    DataFrame
        Columns of ``contracts.MACRO_RELEASE_ALIGNED``.

    Warnings
    --------
    Nothing is carried forward without a bound. A daily rate is null once it is more than
    ``vintages.MAX_AGE_SESSIONS`` sessions old, a monthly value once its period lies more than
    ``vintages.MAX_AGE_MONTHS`` calendar months back.
    """
    unknown = sorted(set(series) - set(MACRO_COLUMNS))
    if unknown:
        raise CurationError(f"unknown macro roles {unknown}; there are {', '.join(MACRO_COLUMNS)}")
    nothing = vintages.observations(macro.iloc[:0], "")
    absent = vintages.known_at(nothing, vintages.DAILY, sessions)
    known = dict.fromkeys(MACRO_NAMES, absent) | {
        MACRO_COLUMNS[role]: vintages.known_at(
            vintages.of_role(macro, role, series_id), vintages.timing_of(role), sessions
        )
        for role, series_id in series.items()
    }
    return pd.DataFrame(
        {
            "date": sessions,
            **{name: known[name]["value"] for name in MACRO_NAMES},
            **{f"{name}_as_of_release": known[name]["release"] for name in MACRO_NAMES},
        }
    )
