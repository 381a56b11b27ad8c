"""Where the real data lies, and the mark of tests that need it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

REAL = Path(os.environ.get("MLRISK_FILES_ROOT") or Path(__file__).parents[2] / "shared" / "real")

needs_real = pytest.mark.skipif(
    not (REAL / "market" / "SPY.csv.gz").is_file(),
    reason=f"MLRISK_FILES_ROOT names no folder of real data ({REAL})",
)
