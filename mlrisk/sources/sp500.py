"""The S&P 500 of 1999-2018 that ships inside the ``arch`` package: real, offline, the index alone.

``arch.data.sp500`` is a daily OHLCV file of Yahoo Finance (``^GSPC``). It is a price index: its
returns leave dividends out.
"""

from __future__ import annotations

import importlib.util
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import ClassVar

import pandas as pd

from mlrisk.contracts import RAW_CALENDAR, RAW_COLUMNS, RAW_MACRO, TRUTH
from mlrisk.sources.base import Raw, SourceError, no_manifest, require_offered
from mlrisk.sources.checks import require_covered

SYMBOL = "SPX"


@dataclass(frozen=True)
class Sp500Source:
    """One index and no macro series.

    Parameters
    ----------
    start : date
        Earlier rows are left aside.
    """

    start: date
    name: ClassVar[str] = "sp500"

    @property
    def symbols(self) -> frozenset[str]:
        """The index."""
        return frozenset({SYMBOL})

    @property
    def series(self) -> frozenset[str]:
        """None."""
        return frozenset()

    def read(self, symbols: Sequence[str], series: Sequence[str], last: pd.Timestamp) -> Raw:
        """Rows of the index up to session ``last``; an earlier one gives a prefix.

        Raises
        ------
        SourceError
            Where anything but the index is asked for, or ``last`` is no session or lies outside of
            its rows.
        """
        require_offered(self.name, self, symbols, series)
        rows = _load()
        first = max(rows.index[0], pd.Timestamp(self.start))
        session = require_covered(self.name, last, first, rows.index[-1])
        wanted = rows[(rows.index >= first) & (rows.index <= session) & (SYMBOL in symbols)]
        market = wanted.astype("float64").reset_index(names="date")
        # The file's adj_close is its close: an index pays nothing.
        nothing = dict.fromkeys(("adj_close", "dividend", "split"), math.nan)
        market = market.assign(symbol=SYMBOL, basis="quoted", **nothing)
        return Raw(
            market=market[list(RAW_COLUMNS)],
            macro=RAW_MACRO.empty(),
            calendar=RAW_CALENDAR.empty(),
            truth=TRUTH.empty(),
            manifest=no_manifest(),
        )


def _load() -> pd.DataFrame:
    """``arch.data.sp500.load()``, without the six seconds that importing its models takes."""
    package = importlib.util.find_spec("arch")
    folder = Path(package.origin).parent if package and package.origin else Path("arch")
    path = folder / "data" / "sp500" / "sp500.csv.gz"
    if not path.is_file():
        raise SourceError(f"{path}: not found. `make env` installs the package that has it.")
    rows = pd.read_csv(path)
    days = pd.to_datetime(rows.pop("Date"), format="%m/%d/%Y").dt.as_unit("us")
    return rows.set_index(days).rename(columns=lambda name: name.lower().replace(" ", "_"))
