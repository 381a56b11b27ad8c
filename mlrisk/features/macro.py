"""Macro features: levels as they were known, their recent changes, and how unusual they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd

from mlrisk import vintages
from mlrisk.contracts import MACRO_COLUMNS
from mlrisk.features.windows import Columns, change

SCORES = {"cpi": "cpi_yoy_z", "pmi": "ism_pmi_z", "unemployment": "unemp_rate_z"}

CHANGES = {
    "fed_funds": (20,),
    "slope": (5, 20),
    "yield_2y": (5, 20),
    "yield_10y": (5, 20),
    "high_yield_spread": (5, 20),
}
"""Sessions a daily rate's change is taken over. The policy rate moves every six weeks at most."""


def levels(aligned: pd.DataFrame, roles: Iterable[str]) -> Columns:
    """Levels and changes, in per cent and percentage points (PMI: index points).

    Parameters
    ----------
    aligned : DataFrame of n_sessions rows
        Columns of ``contracts.MACRO_RELEASE_ALIGNED``, on consecutive sessions.
    roles : iterable of str
        Roles that are filled.
    """
    filled = set(roles)
    columns: Columns = {}
    for role, column in MACRO_COLUMNS.items():
        if role in filled:
            values = aligned[column].to_numpy()
            columns[column] = values
            for n in CHANGES.get(role, ()):
                columns[f"{column}_chg_{n}d"] = change(values, n)
    if {"cpi", "fed_funds"} <= filled:
        columns["ffr_real"] = columns["ffr"] - columns["cpi_yoy"]
    return columns


def scores(macro: pd.DataFrame, series: Mapping[str, str], sessions: pd.DatetimeIndex) -> Columns:
    """z-scores over the monthly observations known on each session, as they were known.

    Parameters
    ----------
    macro : DataFrame
        Columns of ``contracts.RAW_MACRO``: every vintage, from where the source starts.
    series : mapping of role to series identifier
        Roles that are filled.
    sessions : DatetimeIndex of shape (n_sessions,)

    Warnings
    --------
    Mean and deviation at *t* are those of the sample known at *t*, each month in the vintage it
    had then: a full-sample z-score would carry the future into every row.
    """
    columns = {}
    for role, name in SCORES.items():
        if role in series:
            rows = vintages.standardized(vintages.of_role(macro, role, series[role]))
            known = vintages.known_at(rows, vintages.timing_of(role), sessions)
            columns[name] = known["value"].to_numpy()
    return columns


def not_point_in_time(macro: pd.DataFrame, series: Mapping[str, str]) -> list[str]:
    """Columns that rest on a series of which a value may hold what was learnt after its release.

    Parameters
    ----------
    macro : DataFrame
        Columns of ``contracts.RAW_MACRO``.
    series : mapping of role to series identifier
        Roles that are filled.
    """
    flagged = set(macro.loc[~macro["point_in_time"], "series_id"])
    columns: list[str] = []
    for role, column in MACRO_COLUMNS.items():
        if series.get(role) in flagged:
            changes = [f"{column}_chg_{n}d" for n in CHANGES.get(role, ())]
            columns += [column, *changes, *([SCORES[role]] if role in SCORES else [])]
    if {"ffr", "cpi_yoy"} & set(columns) and {"cpi", "fed_funds"} <= set(series):
        columns.append("ffr_real")
    return columns
