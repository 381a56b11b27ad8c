"""Macro series of the simulated world, each value with the time it was released.

A business cycle leans on how turbulent the months were; prices, jobs, orders and the policy rate
lean on the cycle. Nothing here moves the benchmark: macro data are correlated with its regimes
and no more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.signal import lfilter

from mlrisk.calendar import NEW_YORK, sessions
from mlrisk.contracts import RAW_MACRO
from mlrisk.sources.announcements import announced
from mlrisk.sources.base import known_by
from mlrisk.sources.simulated.prices import asset_returns
from mlrisk.sources.simulated.streams import FloatArray, stream
from mlrisk.sources.simulated.volatility import State, autoregression

MONTHLY = ("CPIAUCNS", "UNRATE", "NAPM")
DAILY = ("DFF", "DGS2", "DGS10", "T10Y2Y", "BAMLH0A0HYM2")

# Seasonal of each month's unadjusted consumer prices, in 1e-4 of log price; sums to zero.
CPI_SEASONAL = (22, 21, 26, 13, 8, 7, -12, -10, 2, -16, -31, -30)
CPI_START = 168.8
UNRATE_REVISIONS = 5
"""Januaries in which a month's unemployment rate is estimated again with new seasonal factors."""
BOND_DURATION = 17.0
"""Years; turns returns of the long bond into changes of its yield."""
MEETING_MONTHS = (1, 3, 5, 6, 7, 9, 11, 12)
MEETING_DAY = 20
CPI_DAY = pd.Timedelta(days=11)
CPI_CLOCK, ORDERS_CLOCK = "08:30:00", "10:00:00"


@dataclass(frozen=True)
class Economy:
    """The monthly truth behind the releases; arrays of shape (n_months,)."""

    month: pd.DatetimeIndex
    prices: FloatArray
    unemployment: FloatArray
    activity: FloatArray
    policy_rate: FloatArray


def economy(state: State, index: pd.DatetimeIndex, seed: int) -> Economy:
    r"""The economy in each month that has begun; the last one may be under way.

    .. math::

        a_m &= 0.90 \, a_{m-1} + \varsigma_a \bigl(0.85 u_m - 1.2 (q_m - 0.17)\bigr) \\
        s_m &= 0.96 \, s_{m-1} - \varsigma_s (a_m - 0.3 v_m) \\
        \pi_m &= 0.0019 + 0.0004 \, a_m + p_m

    with activity *a*, the share *q* of the month's sessions in risk-off, slack *s* (unemployment
    above 5.6 %), inflation in a month and its autoregression *p*; *u* and *v* are Gaussian.
    ``policy_rate`` is decided on what the months *before* tell, so it is final as soon as its month
    begins; the other columns are final when their month is over.
    """
    code = (index.year.to_numpy() - index.year[0]) * 12 + index.month.to_numpy() - index.month[0]
    turbulent = np.bincount(code, weights=state.regime == 2) / np.bincount(code)
    start = index[0].replace(day=1)
    month = pd.date_range(start, periods=len(turbulent), freq="MS", unit="us")
    noise = stream(seed, "economy").standard_normal((len(month), 3))
    shock = -1.2 * (turbulent - 0.17) + 0.85 * noise[:, 0]
    activity = autoregression(shock, 0.90, 1.0)
    slack = autoregression(-activity + 0.3 * noise[:, 1], 0.96, 0.55)
    trend = 0.0019 + 0.0004 * activity + autoregression(noise[:, 2], 0.55, 0.0020)
    seasonal = np.array(CPI_SEASONAL)[month.month.to_numpy() - 1] * 1e-4
    prices = np.round(CPI_START * np.exp(np.cumsum(trend + seasonal)), 3)
    unemployment = np.clip(5.6 + slack, 2.5, 15.0)
    return Economy(
        month=month,
        prices=prices,
        unemployment=unemployment,
        activity=activity,
        policy_rate=_policy_rate(month, prices, np.round(unemployment, 1)),
    )


def _policy_rate(
    month: pd.DatetimeIndex, prices: FloatArray, unemployment: FloatArray
) -> FloatArray:
    """A rule after Taylor (1993) with inertia: quarter points, at eight meetings a year."""
    inflation = np.full(len(month), 2.3)
    inflation[12:] = 100.0 * (prices[12:] / prices[:-12] - 1.0)
    wanted = np.maximum(0.1, 2.6 + 1.5 * (inflation - 2.3) - 1.2 * (unemployment - 5.6))
    rate = np.full(len(month), 2.5)
    for position in range(1, len(month)):
        rate[position] = rate[position - 1]
        if month[position].month in MEETING_MONTHS:
            # Rounding first keeps the last bits out of the choice of a step.
            distance = round(float(wanted[position - 1] - rate[position]), 6)
            steps = float(np.clip(np.rint(distance / 2.5), -3, 2))
            rate[position] = max(0.0, rate[position] + 0.25 * steps)
    return rate


def releases(
    series: Sequence[str], state: State, index: pd.DatetimeIndex, seed: int
) -> pd.DataFrame:
    """Every vintage of the named series released by 22:00 UTC of the last session.

    Parameters
    ----------
    index : DatetimeIndex, shape (n_sessions,)
        The sessions of ``state``.

    Returns
    -------
    DataFrame
        Columns of ``contracts.RAW_MACRO``, sorted by its key.
    """
    truth = economy(state, index, seed)
    tables = [RAW_MACRO.empty()]
    for name in sorted(set(series)):
        if name in DAILY:
            tables.append(_daily(name, truth, state, index, seed))
        elif name == "UNRATE":
            tables.append(_unemployment(truth, seed))
        else:
            tables.append(_monthly(name, truth, index, seed))
    table = pd.concat(tables, ignore_index=True) if len(tables) > 1 else tables[0]
    known = known_by(index[-1], table["release_datetime"])
    return table[known].sort_values(list(RAW_MACRO.key), ignore_index=True)


def schedule(index: pd.DatetimeIndex) -> pd.DataFrame:
    """Releases and policy meetings announced by 22:00 UTC of the last session.

    Returns
    -------
    DataFrame
        Columns of ``contracts.RAW_CALENDAR``, sorted by its key.
    """
    # Announcements reach to the end of the next year.
    days = sessions(index[0], pd.Timestamp(index[-1].year + 2, 1, 31))
    month = pd.date_range(index[0].replace(day=1), days[-1], freq="MS", unit="us")[:-1]
    prices, orders = days[days.searchsorted(month + CPI_DAY)], days[days.searchsorted(month)]
    meets = month[month.month.isin(MEETING_MONTHS)]
    meetings = days[days.searchsorted(meets + pd.Timedelta(days=MEETING_DAY - 1))]
    events = [
        ("cpi", prices, CPI_CLOCK),
        ("employment_situation", _first_friday(month), CPI_CLOCK),
        ("fomc", meetings, "14:00:00"),
        ("ism_manufacturing", orders, ORDERS_CLOCK),
    ]
    table = pd.concat(
        pd.DataFrame({"event": event, "event_datetime": _moment(place, clock)})
        for event, place, clock in events
    )
    announcements = announced(table, history=False)
    return announcements[known_by(index[-1], announcements["known_from"])].reset_index(drop=True)


def _monthly(name: str, truth: Economy, index: pd.DatetimeIndex, seed: int) -> pd.DataFrame:
    """Consumer prices about the 12th of the next month, orders on its first business day."""
    following = truth.month + pd.DateOffset(months=1)
    if name == "CPIAUCNS":
        values, earliest, clock = truth.prices, following + CPI_DAY, CPI_CLOCK
    else:
        noise = stream(seed, name).standard_normal(len(truth.month))
        orders = 52.5 + 4.2 * truth.activity + 0.9 * noise
        values = np.asarray(np.round(np.clip(orders, 30.0, 65.0), 1))
        earliest, clock = following, ORDERS_CLOCK
    place = index.searchsorted(earliest)
    out = place < len(index)
    return _table(name, truth.month[out], values[out], index[place[out]], clock)


def _unemployment(truth: Economy, seed: int) -> pd.DataFrame:
    """First prints on the first Friday of the next month, and five Januaries of revisions.

    With December's figure the seasonal factors of the five years before are estimated again (BLS
    Handbook of Methods); a vintage is delivered where that moves the rounded rate.
    """
    noise = stream(seed, "UNRATE").standard_normal((len(truth.month), 1 + UNRATE_REVISIONS))
    error = noise * 0.12 * 0.6 ** np.arange(1 + UNRATE_REVISIONS)
    vintages = np.round(truth.unemployment[:, None] + error, 1)
    first = _first_friday(truth.month + pd.DateOffset(months=1))
    tables = [_table("UNRATE", truth.month, vintages[:, 0], first, CPI_CLOCK)]
    for number in range(1, 1 + UNRATE_REVISIONS):
        january = pd.to_datetime({"year": first.year + number, "month": 1, "day": 1})
        moved = vintages[:, number] != vintages[:, number - 1]
        tables.append(
            _table(
                "UNRATE",
                truth.month[moved],
                vintages[moved, number],
                _first_friday(pd.DatetimeIndex(january))[moved],
                CPI_CLOCK,
            )
        )
    return pd.concat(tables, ignore_index=True)


def _daily(
    name: str, truth: Economy, state: State, index: pd.DatetimeIndex, seed: int
) -> pd.DataFrame:
    """Rates of each session, published at 16:15 New York of the next one."""
    values = _rates(name, truth, state, index, seed)
    return _table(name, index[:-1], values[:-1], index[1:], "16:15:00")


def _rates(
    name: str, truth: Economy, state: State, index: pd.DatetimeIndex, seed: int
) -> FloatArray:
    """A daily rate in percent, rounded to basis points, for each session."""
    if name == "BAMLH0A0HYM2":
        stress = lfilter([0.04], [1.0, -0.96], np.array([0.0, 0.25, 0.75])[state.regime])
        noise = stream(seed, name).standard_normal(len(index))
        log_spread = 1.28 + 0.3 * state.slow + stress + autoregression(noise, 0.99, 0.15)
        return np.asarray(np.round(np.exp(log_spread), 2))
    policy = _policy_by_session(truth, index)
    if name == "DFF":
        noise = stream(seed, name).standard_normal(len(index))
        return np.asarray(np.round(np.maximum(policy + 0.1 + 0.01 * noise, 0.04), 2))
    long = 3.7 + lfilter(
        [-100.0 / BOND_DURATION], [1.0, -0.999], asset_returns("TLT", state, seed).total
    )
    ten_years = np.round(np.maximum(long, 0.4), 2)
    noise = stream(seed, "DGS2").standard_normal(len(index))
    path = lfilter([0.02], [1.0, -0.98], policy, zi=[0.98 * policy[0]])[0]
    two_years = np.round(
        np.maximum(0.3 * ten_years + 0.7 * path - 0.1 + autoregression(noise, 0.99, 0.25), 0.1), 2
    )
    match name:
        case "DGS10":
            return ten_years
        case "DGS2":
            return two_years
    return np.round(ten_years - two_years, 2)


def _policy_by_session(truth: Economy, index: pd.DatetimeIndex) -> FloatArray:
    """The policy rate in force: a month's decision holds from its meeting day on."""
    decided = index.day.to_numpy() >= MEETING_DAY
    place = truth.month.searchsorted(index, side="right") - 1
    return truth.policy_rate[np.maximum(place - ~decided, 0)]


def _first_friday(month: pd.DatetimeIndex) -> pd.DatetimeIndex:
    return month + pd.to_timedelta((4 - month.day_of_week) % 7, unit="D")


def _table(
    name: str, period: pd.DatetimeIndex, values: FloatArray, release: pd.DatetimeIndex, clock: str
) -> pd.DataFrame:
    """Rows of one series, released at ``clock`` New York time of the given days."""
    return pd.DataFrame(
        {
            "series_id": name,
            "macro_value_date": period.as_unit("us"),
            "value": values,
            "release_datetime": _moment(release, clock),
            # Each vintage is delivered as it was published.
            "point_in_time": True,
        }
    )


def _moment(day: pd.DatetimeIndex, clock: str) -> pd.DatetimeIndex:
    local = (day + pd.Timedelta(clock)).tz_localize(NEW_YORK)
    return local.tz_convert("UTC").as_unit("us")
