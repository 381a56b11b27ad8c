"""Published clusters have the same bytes on an older processor.

Run as a script on pickled features, this file prints the digest of what is published.
"""

from __future__ import annotations

import hashlib
import os
import platform
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from mlrisk import contracts, store
from mlrisk.regimes import clustering
from mlrisk.regimes.discovery import discover
from tests.mlrisk.features.test_other_processors import OLDER
from tests.mlrisk.regimes.conftest import FEW_ROUNDS, SETTINGS

PROJECT = Path(__file__).parents[3]


def digest(features: pd.DataFrame) -> str:
    found = discover(features, **SETTINGS)
    daily = store.at_border(contracts.REGIMES_DAILY, found.daily)
    refits = store.at_border(contracts.REGIME_REFITS, found.refits)
    return hashlib.sha256((daily.to_csv() + refits.to_csv()).encode()).hexdigest()


@pytest.mark.skipif(platform.machine() != "x86_64", reason="emulates an older x86 processor")
def test_same_bytes_on_an_older_processor(features: pd.DataFrame, tmp_path: Path) -> None:
    pickled = tmp_path / "features.pkl"
    features.to_pickle(pickled)
    there = subprocess.run(
        [sys.executable, __file__, str(pickled)],
        env={**os.environ, **OLDER, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert there.returncode == 0, there.stderr
    assert there.stdout.strip() == digest(features)


if __name__ == "__main__":
    clustering.FIRST_ROUNDS = FEW_ROUNDS
    print(digest(pd.read_pickle(sys.argv[1])))
