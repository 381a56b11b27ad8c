"""A small simulated world and what it writes."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from mlrisk.sources.base import Raw
from mlrisk.sources.documents.simulated import SimulatedDocuments
from mlrisk.sources.simulated import SimulatedSource

LAST = pd.Timestamp("2023-06-30")
START = date(2021, 7, 1)
SERIES = ["CPIAUCNS", "UNRATE", "NAPM", "DFF", "T10Y2Y", "DGS10"]


@pytest.fixture(scope="session")
def world() -> Raw:
    """Macro series and calendar up to ``LAST``."""
    return SimulatedSource(7, date(2020, 1, 2)).read([], SERIES, LAST)


@pytest.fixture(scope="session")
def source(world: Raw) -> SimulatedDocuments:
    return SimulatedDocuments(world.macro, world.calendar, 7, START)
