"""The register: documented exceptions, and symbols that changed what they stand for.

A finding that stands here keeps its place in the report and carries the reason; it does not stop
the line. An entry is a statement about the world, with its source, never a way to quieten a rule.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

import pandas as pd


class Change(NamedTuple):
    """Rows of ``name`` before ``until`` are of another definition than those after."""

    name: str
    until: date


class Known(NamedTuple):
    """Findings of ``check`` about ``names`` dated ``first`` to ``last``, and why they are so."""

    check: str
    names: frozenset[str]
    first: date
    last: date
    explanation: str


CHANGES = (Change("VIX3M", date(2009, 9, 18)),)

_PRICES = frozenset({"CPIAUCNS", "CPIAUCSL"})
_JOBS = frozenset({"UNRATE", "PAYEMS", "PAYEMS_CHG"})
_SHUTDOWN = "the federal shutdown of 1 October to 12 November 2025"
_PANDEMIC = "Real: the pandemic's lay-offs and returns (BLS, The Employment Situation, 2020)."
_WTI = (
    "Real: WTI for May 2020 settled at -37.63 dollars the day before it expired (CFTC, interim "
    "staff report of 23 November 2020)."
)

EXCEPTIONS = (
    Known(
        "periods_follow", _PRICES, date(2025, 10, 1), date(2025, 10, 1),
        f"Never published: no prices were collected in October 2025 because of {_SHUTDOWN} (BLS).",
    ),
    Known(
        "periods_follow", frozenset({"UNRATE"}), date(2025, 10, 1), date(2025, 10, 1),
        f"Never published: no households were asked about October 2025 because of {_SHUTDOWN} "
        "(BLS).",
    ),
    Known(
        "released_when_usual", _JOBS | _PRICES, date(2025, 9, 1), date(2025, 11, 1),
        f"Released late because of {_SHUTDOWN} (BLS, revised release dates).",
    ),
    Known(
        "released_when_usual", _JOBS | _PRICES, date(2013, 9, 1), date(2013, 10, 1),
        "Released late because of the federal shutdown of 1 to 16 October 2013 (BLS).",
    ),
    Known("value_moves_as_usual", _JOBS, date(2020, 3, 1), date(2020, 7, 1), _PANDEMIC),
    Known(
        "value_moves_as_usual", frozenset({"DCOILWTICO"}), date(2020, 4, 20), date(2020, 4, 21),
        _WTI,
    ),
    Known(
        "value_moves_as_usual", frozenset({"SOFR"}), date(2019, 9, 17), date(2019, 9, 19),
        "Real: cash ran short in the repo market (Federal Reserve Bank of New York, statements of "
        "17 to 20 September 2019).",
    ),
    Known(
        "signed_close_positive", frozenset({"WTI", "CL_F"}), date(2020, 4, 20), date(2020, 4, 20),
        _WTI,
    ),
    Known(
        "one_definition", frozenset({"VIX3M"}), date(2002, 1, 1), date(2009, 9, 17),
        "Before 18 September 2009 the rows are those of VXV, the three-month index that VIX3M goes "
        "on from; Cboe's own history of VIX3M begins that day.",
    ),
)  # fmt: skip


def explanations(findings: pd.DataFrame) -> pd.Series:
    """What the register says of each finding; empty where it says nothing.

    Parameters
    ----------
    findings : DataFrame
        Columns check, name and date.
    """
    text = pd.Series("", index=findings.index, dtype="str")
    for entry in EXCEPTIONS:
        covered = (
            (findings["check"] == entry.check)
            & findings["name"].isin(entry.names)
            & findings["date"].between(pd.Timestamp(entry.first), pd.Timestamp(entry.last))
        )
        text = text.mask(covered, entry.explanation)
    return text
