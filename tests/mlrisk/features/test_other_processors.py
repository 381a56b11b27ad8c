"""Curated rows, features and labels have the same bytes on an older processor.

Run as a script on a pickled world, this file prints the digest of each table.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from mlrisk import contracts, curation, store, targets
from mlrisk.features import table

if TYPE_CHECKING:
    from tests.mlrisk.features.conftest import World

PROJECT = Path(__file__).parents[3]

OLDER = {
    "NPY_DISABLE_CPU_FEATURES": "X86_V3 X86_V4 AVX512_ICL AVX512_SPR",
    "OPENBLAS_CORETYPE": "Nehalem",
    "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX512F,-AVX2,-FMA,-FMA4,-AVX,-AVX2_Usable,-FMA_Usable",
}
"""Without what numpy, OpenBLAS and the C library choose by processor."""


def digests(pickled: Path) -> dict[str, str]:
    """Hash of every table that is made of a world, at its dataset border."""
    raw, macro, announcements, sessions, roles, series = pd.read_pickle(pickled)
    benchmark = roles["benchmark"]
    market = store.at_border(
        contracts.MARKET_DAILY, curation.market_daily(raw, benchmark, sessions[-1])
    )
    aligned = store.at_border(
        contracts.MACRO_RELEASE_ALIGNED, curation.macro_release_aligned(macro, series, sessions)
    )
    features = table.build(market, aligned, macro, announcements, **roles, series=series)
    labels = targets.build(
        market,
        contracts.REGIMES_DAILY.empty(),
        benchmark,
        target="quantiles",
        classes=3,
        calm_below=0.5,
        risk_off_above=0.85,
        min_history=60,
    )
    tables = {
        "market": market,
        "macro": aligned,
        "features": store.at_border(contracts.FEATURES_DAILY, features),
        "labels": store.at_border(contracts.LABELS_DAILY, labels),
    }
    return {name: _digest(rows) for name, rows in tables.items()}


def _digest(rows: pd.DataFrame) -> str:
    numbers = rows.select_dtypes(["float64"]).to_numpy().tobytes()
    others = rows.select_dtypes(exclude=["float64"]).to_csv().encode()
    return hashlib.sha256(numbers + others).hexdigest()


@pytest.mark.skipif(platform.machine() != "x86_64", reason="emulates an older x86 processor")
def test_same_bytes_on_an_older_processor(world: World, tmp_path: Path) -> None:
    pickled = tmp_path / "world.pkl"
    parts = (world.raw, world.macro, world.announcements)
    pd.to_pickle((*parts, world.sessions, world.roles, world.series), pickled)
    there = subprocess.run(
        [sys.executable, __file__, str(pickled)],
        env={**os.environ, **OLDER, "PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert there.returncode == 0, there.stderr
    assert json.loads(there.stdout) == digests(pickled)


if __name__ == "__main__":
    print(json.dumps(digests(Path(sys.argv[1]))))
