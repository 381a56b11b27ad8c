"""One series against another that says the same thing in other words."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from mlrisk.monitoring.prices import rebound
from mlrisk.monitoring.robust import TO_DEVIATION, trailing_median, trailing_scale
from mlrisk.monitoring.rules import Outcome, Rule, at_most, between, examine

DAILY, MACRO = "curated/market_daily", "raw/macro"
MONTH = 21
"""Sessions in the 30 calendar days that VIX looks ahead."""
QUARTER = 63


def related(
    daily: pd.DataFrame,
    pairs: Mapping[str, str],
    *,
    apart_scales: float,
    rebound_rest: float,
    long: int,
    short: int,
) -> list[Outcome]:
    """Symbols that follow another: a move that the other did not make, and that comes back.

    Parameters
    ----------
    daily : DataFrame
        Columns of ``contracts.MARKET_DAILY``.
    pairs : mapping of symbol to the symbol it follows
        Pairs of which either is missing are passed over.
    apart_scales : float
        Smaller leg of such a move, in robust standard deviations of the difference of returns.
    rebound_rest : float
        Share of it that may be left over.
    long, short : int
        Windows of the yardstick in sessions.

    Warnings
    --------
    A finding is dated at the print and known one session later.
    """
    columns = ["symbol", "date", "close", "ret"]
    there = set(daily["symbol"])
    tables = [daily.loc[:, columns].iloc[:0].assign(other=pd.Series(dtype=float))]
    for symbol, other in pairs.items():
        if symbol in there and other in there:
            rows = daily.loc[daily["symbol"] == symbol, columns]
            returns = daily[daily["symbol"] == other].set_index("date")["ret"]
            tables.append(rows.assign(other=rows["date"].map(returns)))
    evidence = pd.concat(tables, ignore_index=True).rename(columns={"symbol": "name"})
    apart = evidence["ret"] - evidence["other"]
    scale = trailing_scale(apart.abs(), evidence["name"], long=long, short=short)
    evidence["apart"] = rebound(apart, evidence["name"], rebound_rest) / scale
    told = ", ".join(f"{symbol} {other}" for symbol, other in pairs.items())
    rule = Rule(
        "follows_related",
        "warn",
        DAILY,
        "close",
        "apart",
        at_most(apart_scales),
        f"no move that the related symbol ({told}) does not make and the next session "
        f"takes back, beyond {apart_scales:g} robust standard deviations",
    )
    return examine(evidence, [rule])  # fmt: skip


def implied_and_realised(
    daily: pd.DataFrame,
    benchmark: str,
    vix: str | None,
    *,
    least_ratio: float,
    largest_ratio: float,
    ratio_scales: float,
    long: int,
) -> list[Outcome]:
    r"""VIX over the volatility of the benchmark's last 21 sessions, in per cent a year.

    .. math:: q_t = \mathrm{VIX}_t \big/ \, 100 \sqrt{\tfrac{252}{21} \sum_{i=0}^{20} r_{t-i}^2}

    Options are dear, so the ratio lies somewhat above one. A quarter's median far from that is an
    error of units, reported where it begins; a single day far from its own past is a doubtful
    close, or news.

    Parameters
    ----------
    daily : DataFrame
        Columns of ``contracts.MARKET_DAILY``.
    benchmark : str
    vix : str or None
        Nothing is looked at without one.
    least_ratio, largest_ratio : float
        Bounds of the median of 63 sessions.
    ratio_scales : float
        Distance of a day's log ratio from its median before, in robust standard deviations.
    long : int
        Window of that median and of the yardstick in sessions.
    """
    own = daily[daily["symbol"] == benchmark]
    # Sums of exact windows: running ones depend on where history starts.
    squares = np.square(np.append(np.full(MONTH, np.nan), own["ret"].to_numpy()))
    windows = np.lib.stride_tricks.sliding_window_view(squares, MONTH)[1:]
    annual = 100 * np.sqrt(252 / MONTH * windows.sum(axis=1))
    evidence = daily.loc[daily["symbol"] == vix, ["symbol", "date", "close"]]
    evidence = evidence.rename(columns={"symbol": "name"}).reset_index(drop=True)
    volatility = evidence["date"].map(pd.Series(annual, index=own["date"])).astype(float)
    ratio = evidence["close"] / volatility.where(volatility > 0)
    log_ratio = np.log(ratio.where(ratio > 0))
    name = evidence["name"]
    apart = log_ratio - trailing_median(log_ratio, name, window=long, least=long // 4)
    spread = TO_DEVIATION * trailing_median(apart.abs(), name, window=long, least=long // 4)
    median = ratio.rolling(QUARTER, MONTH).median()
    sound = between(least_ratio, largest_ratio)
    goes_on = ~sound(median) & ~sound(median.shift().fillna(1.0))
    evidence = evidence.assign(
        median=median.mask(goes_on), apart=apart.abs() / spread.where(spread > 0)
    )
    return examine(
        evidence,
        [
            Rule("vix_is_in_per_cent", "error", DAILY, "close", "median", sound,
                 f"a quarter's median of VIX over realised volatility of {least_ratio:g} to "
                 f"{largest_ratio:g}; beyond lies an error of units"),
            Rule("vix_follows_realised", "warn", DAILY, "close", "apart", at_most(ratio_scales),
                 f"VIX over realised volatility within {ratio_scales:g} robust standard "
                 f"deviations of its last {long} sessions, in logs"),
        ],
    )  # fmt: skip


def slope(
    macro: pd.DataFrame, series: Mapping[str, str], *, slope_tolerance: float
) -> list[Outcome]:
    """The published slope against the difference of the two published yields.

    Parameters
    ----------
    macro : DataFrame
        Columns of ``contracts.RAW_MACRO``.
    series : mapping of role to series identifier
        Of slope, yield_10y and yield_2y; nothing is looked at where one is missing.
    slope_tolerance : float
        Percentage points; two rounded yields make up to one basis point.
    """
    roles = ("slope", "yield_10y", "yield_2y")
    newest = macro.drop_duplicates(["series_id", "macro_value_date"], keep="last")
    values = [
        newest[newest["series_id"] == series.get(role)].set_index("macro_value_date")["value"]
        for role in roles
    ]
    table = pd.concat(values, axis=1, keys=roles, join="inner").sort_index()
    evidence = pd.DataFrame(
        {
            "name": series.get("slope", ""),
            "date": table.index,
            "value": table["slope"].to_numpy(),
            # Hundredths in binary differ from hundredths in the last bit.
            "apart": (table["slope"] - (table["yield_10y"] - table["yield_2y"]))
            .abs()
            .round(6)
            .to_numpy(float),
        }
    )
    rule = Rule(
        "slope_is_difference",
        "warn",
        MACRO,
        "value",
        "apart",
        at_most(slope_tolerance),
        "the difference of the ten-year and two-year yields, to "
        f"{slope_tolerance:g} percentage points",
    )
    return examine(evidence, [rule])  # fmt: skip
