"""Dividends and splits: what ties a close to the value of a holding."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
import pandas as pd

from mlrisk.contracts import Kind
from mlrisk.monitoring.robust import trailing_median
from mlrisk.monitoring.rules import Outcome, Rule, at_least, at_most, between, examine

RAW = "raw/market"
ROUND_RATIOS = np.array([1.5, 2, 3, 4, 5, 6, 7, 8, 10, 15, 20, 25, 30, 50, 100])
"""New shares per old one, or old ones per new one, that funds split by."""
YEAR = 252


def distributions(
    market: pd.DataFrame,
    *,
    pays: Collection[str],
    rounding: float,
    largest_yield: float,
    smallest_ratio: float,
    largest_ratio: float,
    window: int,
) -> list[Outcome]:
    r"""Dividends as they are delivered, or as adjusted prices imply them.

    With *f* the ratio of adjusted to plain close, the share of the last close that was paid out is

    .. math:: d_t = 1 - f_{t-1} / f_t

    zero but for rounding on other days, and above zero where there is a dividend.

    Parameters
    ----------
    market : DataFrame
        Columns of ``contracts.RAW_COLUMNS``, sorted by symbol and date.
    pays : collection of str
        Symbols that are known to pay: prices of a year without a dividend are adjusted ones.
    rounding : float
        Largest share that rounding of prices explains.
    largest_yield : float
        Share of the price that one dividend may be.
    smallest_ratio, largest_ratio : float
        How a dividend may stand to the median of the symbol's ``window`` dividends before it.
    window : int
        Dividends; half of them must be there.
    """
    held = market[market["basis"] != "quoted"].reset_index(drop=True)
    symbol = held["symbol"]
    before = held["close"].groupby(symbol).shift()
    factor = held["adj_close"] / held["close"]
    implied = 1 - factor.groupby(symbol).shift() / factor
    delivered = held["dividend"] * held["split"] / before
    share = implied.where(held["basis"] == "adjusted", delivered)
    paid = share > rounding
    usual = trailing_median(share[paid], symbol[paid], window=window, least=window // 2)
    evidence = held[["symbol", "date", "close", "adj_close"]].assign(
        dividend=share * before,
        loss=-implied,
        share=share.where(paid),
        ratio=share / usual.reindex(held.index),
    )
    evidence = evidence.rename(columns={"symbol": "name"})
    payers = held[symbol.isin(pays)].assign(paid=paid).groupby("symbol")
    # Of a fund as old as a year, how many dividends; dated at its first row.
    totals = payers.agg(date=("date", "min"), rows=("date", "size"), paid=("paid", "sum"))
    totals = totals[totals["rows"] >= YEAR].astype({"paid": float})
    dividends = [
        Rule(
            "adjustment_only_rises",
            "warn",
            RAW,
            "adj_close",
            "loss",
            at_most(rounding),
            "an adjusted close that gains on the plain one by dividends alone; share lost",
        ),
        Rule(
            "dividend_is_small",
            "warn",
            RAW,
            "dividend",
            "share",
            at_most(largest_yield),
            f"a dividend of at most {100 * largest_yield:g} % of the price; its share",
        ),
        Rule(
            "dividend_is_usual",
            "warn",
            RAW,
            "dividend",
            "ratio",
            between(smallest_ratio, largest_ratio),
            f"a dividend of {smallest_ratio:g} to {largest_ratio:g} times the median of the "
            f"{window} before it",
        ),
    ]
    pays_some = Rule(
        "payer_pays",
        "warn",
        RAW,
        "dividend",
        "paid",
        at_least(1),
        "dividends of a fund that is known to pay: else its close is an adjusted one, "
        "and its prices of one day mix with those of another",
    )
    return [
        *examine(evidence, dividends),
        *examine(totals.rename_axis("name").reset_index(), [pays_some]),
    ]  # fmt: skip


def splits(
    market: pd.DataFrame, kinds: Mapping[str, Kind], *, split_move: float, split_match: float
) -> list[Outcome]:
    """Splits that the price knows of, and prices that know of a split nobody delivered.

    Parameters
    ----------
    market : DataFrame
        Columns of ``contracts.RAW_COLUMNS``, sorted by symbol and date.
    kinds : mapping of symbol to kind
        Equities split.
    split_move : float
        Log return that may be left on the day of a split once it is taken out.
    split_match : float
        How near in logs a move must lie to a round ratio to look like a split.
    """
    held = market[market["symbol"].map(kinds) == "equity"].reset_index(drop=True)
    split = held["split"].fillna(1.0)
    close = held["close"].where(held["close"] > 0)
    move = (close / close.groupby(held["symbol"]).shift()).transform(np.log)
    distance = np.abs(move.abs().to_numpy()[:, None] - np.log(ROUND_RATIOS))
    nearest = ROUND_RATIOS[np.argmin(distance, axis=1)]
    matches = (distance.min(axis=1) <= split_match) & (split == 1)
    evidence = held[["symbol", "date", "close", "split"]].rename(columns={"symbol": "name"})
    evidence = evidence.assign(
        left=(move + split.transform(np.log)).abs().where(split != 1),
        unsplit=pd.Series(np.where(matches, nearest, 1.0), index=held.index).where(move.notna()),
    )
    return examine(
        evidence,
        [
            Rule("split_moves_price", "error", RAW, "split", "left", at_most(split_move),
                 f"a price that moves with its split, to {split_move:g} in logs"),
            Rule("no_split_is_missing", "error", RAW, "close", "unsplit", at_most(1),
                 "no move by a round ratio without a split; the ratio"),
        ],
    )  # fmt: skip
