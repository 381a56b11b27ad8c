"""Whether a source reaches the session it is asked for; the same for every source.

What the rows hold is the matter of ``contracts.raw_market``; whether they lie on sessions, without
long gaps, that of ``curation``.
"""

from __future__ import annotations

from datetime import date

import pandas as pd

from mlrisk.calendar import CalendarError, require_session
from mlrisk.sources.base import SourceError


def require_covered(
    name: str, last: date | pd.Timestamp, first: date | pd.Timestamp, end: date | pd.Timestamp
) -> pd.Timestamp:
    """The session ``last``, where the rows of a source from ``first`` to ``end`` cover it.

    Raises
    ------
    SourceError
        Where it is no NYSE session, or lies before the first row or after the last.
    """
    where = f"conf/source/{name}.yaml or with -S as_of=..."
    try:
        session = require_session(last)
    except CalendarError as error:
        raise SourceError(f"as_of: {error}. Set another in {where}") from None
    if not pd.Timestamp(first) <= session <= pd.Timestamp(end):
        raise SourceError(
            f"source {name!r} cannot be read as of {session:%Y-%m-%d}: its rows run from "
            f"{first:%Y-%m-%d} to {end:%Y-%m-%d}. Set as_of to a session in between, in {where}"
        )
    return session


def require_priced(market: pd.DataFrame, benchmark: str, last: pd.Timestamp) -> None:
    """Raise a ``SourceError`` unless the benchmark has a row on session ``last``.

    A close that is carried forward would do for the rest, but not for what is forecast: the
    forecast of ``last`` rests on the return of ``last``.
    """
    days = market.loc[market["symbol"] == benchmark, "date"]
    if last not in set(days):
        span = f"from {days.min():%Y-%m-%d} to {days.max():%Y-%m-%d}" if len(days) else "on no date"
        raise SourceError(
            f"benchmark {benchmark!r} has no row on as_of = {last:%Y-%m-%d}; before that it has "
            f"rows {span}. Set as_of to the last of them, in conf/source or with -S as_of=..., "
            "or complete the source."
        )
