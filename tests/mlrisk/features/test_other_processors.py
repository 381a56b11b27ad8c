"""Curated rows, features and labels have the same bytes on an older processor."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest

if TYPE_CHECKING:
    from tests.mlrisk.features.conftest import World

PROJECT = Path(__file__).parents[3]

OLDER = {
    "NPY_DISABLE_CPU_FEATURES": "X86_V3 X86_V4 AVX512_ICL AVX512_SPR",
    "OPENBLAS_CORETYPE": "Nehalem",
    "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX512F,-AVX2,-FMA,-FMA4,-AVX,-AVX2_Usable,-FMA_Usable",
}
"""Without what numpy, OpenBLAS and the C library choose by processor."""

SCRIPT = """
import hashlib, sys
import numpy as np, pandas as pd
from mlrisk import contracts, curation, store, targets
from mlrisk.features import table

raw, macro, sessions, roles, series = pd.read_pickle(sys.argv[1])
market = store.at_border(
    contracts.MARKET_DAILY, curation.market_daily(raw, roles["benchmark"], sessions[-1])
)
aligned = store.at_border(
    contracts.MACRO_RELEASE_ALIGNED, curation.macro_release_aligned(macro, series, sessions)
)
features = table.build(market, aligned, macro, **roles, series=series)
labels = targets.build(
    market, roles["benchmark"], calm_below=0.5, risk_off_above=0.85, min_history=60
)
for dataset, rows in (
    (contracts.MARKET_DAILY, market),
    (contracts.MACRO_RELEASE_ALIGNED, aligned),
    (contracts.FEATURES_DAILY, store.at_border(contracts.FEATURES_DAILY, features)),
    (contracts.LABELS_DAILY, store.at_border(contracts.LABELS_DAILY, labels)),
):
    digest = hashlib.sha256()
    for name in rows.columns:
        values = rows[name].to_numpy()
        digest.update(values.tobytes() if values.dtype != object else repr(values.tolist()).encode())
    print(dataset.path, digest.hexdigest())
# What the disguise is about: logarithms, whose last bits are the processor's own.
logs = np.log(np.linspace(0.5, 1.5, 100_001))
print("logarithms", hashlib.sha256(logs.tobytes()).hexdigest())
"""


def run(pickle: Path, environment: dict[str, str]) -> dict[str, str]:
    result = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(pickle)],
        cwd=PROJECT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return dict(line.split() for line in result.stdout.splitlines())


@pytest.mark.skipif(platform.machine() != "x86_64", reason="emulates an older x86 processor")
def test_same_bytes_on_an_older_processor(world: World, tmp_path: Path) -> None:
    pickle = tmp_path / "world.pkl"
    pd.to_pickle((world.raw, world.macro, world.sessions, world.roles, world.series), pickle)
    here, there = run(pickle, {}), run(pickle, OLDER)
    here.pop("logarithms")
    there.pop("logarithms")
    assert len(here) == 4
    assert there == here
