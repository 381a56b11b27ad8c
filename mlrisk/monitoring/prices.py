"""Prices of one symbol by themselves: bars, jumps, prints that come back, what stands still."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from mlrisk.contracts import Kind
from mlrisk.monitoring.robust import run_length, trailing_median, trailing_scale
from mlrisk.monitoring.rules import Outcome, Rule, above, at_most, examine

RAW, DAILY = "raw/market", "curated/market_daily"
OHLC = ["open", "high", "low", "close"]


def bars(
    market: pd.DataFrame,
    kinds: Mapping[str, Kind],
    *,
    wick_scales: float,
    wick_floor: float,
    unchanged: int,
    no_volume: int,
    long: int,
    short: int,
) -> list[Outcome]:
    r"""Each row's prices against one another, and against the rows before.

    The wicks of a bar are how far its high and low lie beyond both open and close,

    .. math:: \ln \frac{H_t}{\max(O_t, C_t)}, \qquad \ln \frac{\min(O_t, C_t)}{L_t}

    judged in medians of the larger of the two on the days before: a typo in one field is a wick
    like no other.

    Parameters
    ----------
    market : DataFrame
        Columns of ``contracts.RAW_COLUMNS``, sorted by symbol and date.
    kinds : mapping of symbol to kind
        A broken bar of an equity is an error, one of an index a warning: of an index only the
        close is used.
    wick_scales, wick_floor : float
        Longest wick in medians, and the median that is assumed at least.
    unchanged, no_volume : int
        Closes in a row equal to the one before, sessions in a row without volume, that are still
        usual. A longer run is one finding, dated where it grows too long.
    long, short : int
        Windows of the yardstick in sessions.
    """
    symbol, kind = market["symbol"], market["symbol"].map(kinds)
    prices = market[OHLC]
    signed, equity = kind == "signed", kind == "equity"
    close = market["close"]
    evidence = market[["symbol", "date", *OHLC, "volume"]].rename(columns={"symbol": "name"})
    evidence = evidence.assign(
        no_close=close.isna(),
        unsigned_close=close.where(~signed),
        signed_close=close.where(signed),
        equity_outside=_outside(prices, prices).where(equity),
        close_outside=_outside(prices[["close"]], prices).where(~equity & ~signed),
        open_outside=_outside(prices[["open"]], prices).where(~equity & ~signed),
        **_wicks(prices.where(~signed), symbol, wick_floor, long, short),
        unchanged=_first_days(close == close.groupby(symbol).shift(), symbol, unchanged),
        no_volume=_first_days(market["volume"] == 0, symbol, no_volume),
    )
    return examine(
        evidence,
        [
            Rule("has_close", "error", RAW, "close", "no_close", at_most(0),
                 "a close in every row"),
            Rule("close_positive", "error", RAW, "close", "unsigned_close", above(0),
                 "a close above zero"),
            Rule("signed_close_positive", "warn", RAW, "close", "signed_close", above(0),
                 "a close above zero; there is no log return to or from another"),
            Rule("equity_bar_is_whole", "error", RAW, "high", "equity_outside", at_most(0),
                 "open and close within low and high; share of the price outside"),
            Rule("close_in_range", "warn", RAW, "close", "close_outside", at_most(0),
                 "an index's close within its low and high; share of the close outside"),
            Rule("open_in_range", "warn", RAW, "open", "open_outside", at_most(0),
                 "an index's open within its low and high; share of the open outside"),
            *(
                Rule(f"{end}_is_usual", "warn", RAW, end, f"{end}_wick", at_most(wick_scales),
                     f"a {end} at most {wick_scales:g} usual wicks beyond open and close, by the "
                     f"medians of the last {long} and {short} sessions")
                for end in ("high", "low")
            ),
            Rule("close_changes", "warn", RAW, "close", "unchanged", at_most(unchanged),
                 f"at most {unchanged} closes in a row equal to the one before"),
            Rule("is_traded", "warn", RAW, "volume", "no_volume", at_most(no_volume),
                 f"at most {no_volume} sessions in a row without volume"),
        ],
    )  # fmt: skip


def moves(
    daily: pd.DataFrame,
    *,
    jump_scales: float,
    rebound_scales: float,
    rebound_rest: float,
    long: int,
    short: int,
) -> list[Outcome]:
    """Returns against what was usual before them, as ``robust.trailing_scale`` measures it.

    A print that comes back is a move and its opposite on the next session, both unusual, of which
    less than a share is left: a wrong close makes exactly that.

    Parameters
    ----------
    daily : DataFrame
        Columns of ``contracts.MARKET_DAILY``.
    jump_scales, rebound_scales : float
        Largest return, and smaller leg of a move and its return, in robust standard deviations.
    rebound_rest : float
        Share of the smaller leg that may be left over for the move to have come back.
    long, short : int
        Windows of the yardstick in sessions.

    Warnings
    --------
    A print that comes back is dated at the print and known one session later.
    """
    symbol = daily["symbol"]
    size = daily["ret"].abs()
    scale = trailing_scale(size, symbol, long=long, short=short)
    evidence = daily[["symbol", "date", "close", "ret"]].rename(columns={"symbol": "name"})
    evidence = evidence.assign(
        jump=size / scale,
        rebound=rebound(daily["ret"], symbol, rebound_rest) / scale,
    )
    usual = f"robust standard deviations of the last {long} and {short} sessions"
    return examine(
        evidence,
        [
            Rule("return_is_usual", "warn", DAILY, "ret", "jump", at_most(jump_scales),
                 f"a return of at most {jump_scales:g} {usual}"),
            Rule("move_stays", "warn", DAILY, "close", "rebound", at_most(rebound_scales),
                 f"no move that the next session takes back, beyond {rebound_scales:g} {usual}"),
        ],
    )  # fmt: skip


def rebound(move: pd.Series, by: pd.Series, rest: float) -> pd.Series:
    """Smaller leg of a move that the next one takes back, and zero of one that stays.

    Parameters
    ----------
    move, by : Series of shape (n_rows,)
        Moves, and what each belongs to; the rows of one are in order of time.
    rest : float
        Share of the smaller leg that may be left over.
    """
    after = move.groupby(by, sort=False).shift(-1)
    smaller = move.abs().where(move.abs() <= after.abs(), after.abs())
    taken_back = (move * after < 0) & ((move + after).abs() <= rest * smaller)
    return smaller.where(taken_back, 0.0).where(move.notna() & after.notna())


def _outside(checked: pd.DataFrame, prices: pd.DataFrame) -> pd.Series:
    """By what share of the price the highest or lowest of some prices leaves the day's range."""
    over = checked.max(axis=1, skipna=False) / prices["high"] - 1
    under = 1 - checked.min(axis=1, skipna=False) / prices["low"]
    return pd.concat([over, under], axis=1).max(axis=1, skipna=False).clip(lower=0)


def _wicks(
    prices: pd.DataFrame, symbol: pd.Series, floor: float, long: int, short: int
) -> dict[str, pd.Series]:
    """How far high and low reach beyond open and close, in medians of the farther of the two."""
    # A bar of one price says nothing of the day's range.
    ranged = (prices > 0).all(axis=1) & (prices["high"] > prices["low"])
    logs = prices.where(ranged).apply(np.log)
    body = logs[["open", "close"]]
    up = (logs["high"] - body.max(axis=1)).clip(lower=0)
    down = (body.min(axis=1) - logs["low"]).clip(lower=0)
    wick = up.where(up >= down, down)
    medians = [
        trailing_median(wick, symbol, window=long, least=long // 4),
        trailing_median(wick, symbol, window=short, least=short // 2),
    ]
    # Null where there is too little history for either.
    usual = pd.concat(medians, axis=1).max(axis=1).clip(lower=floor)
    return {"high_wick": up / usual, "low_wick": down / usual}


def _first_days(holds: pd.Series, symbol: pd.Series, limit: int) -> pd.Series:
    """Length of the run that each row is in, nothing once it has passed the limit."""
    length = run_length(holds, symbol).astype(float)
    return length.where(length <= limit + 1)
