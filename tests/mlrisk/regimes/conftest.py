"""A small market of three regimes that are easy to tell apart, and settings that find them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest
from threadpoolctl import threadpool_limits

from mlrisk.calendar import sessions
from mlrisk.regimes import clustering
from mlrisk.regimes.tracking import Recipe

STAY = 0.96
FEW_ROUNDS = 20
SETTINGS: dict[str, Any] = {
    "log_columns": ["vol"],
    "columns": ["term", "fall"],
    "method": "gmm",
    "clusters": 3,
    "min_history": 150,
    "refit_every": 25,
    "smoothing": "hmm",
    "stickiness": 20.0,
    "evidence": 1.0,
    "jump_penalty": 5.0,
    "largest_move": 2.0,
    "seed": 1,
}
RECIPE = Recipe("gmm", "hmm", stickiness=20.0, evidence=1.0, jump_penalty=5.0, seed=1)


def states(count: int, seed: int) -> np.ndarray:
    """A path of the true regimes, each of which comes before session 60."""
    rng = np.random.default_rng(seed)
    path = [*np.repeat([1, 0, 2], 20)]
    while len(path) < count:
        path.append(path[-1] if rng.random() < STAY else int(rng.integers(3)))
    return np.array(path[:count])


@pytest.fixture(scope="session", autouse=True)
def _quick() -> Iterator[None]:
    """One thread, as the stages run: threads that wait for each other make small fits ten times as
    long. And fewer first rounds, which clusters this far apart do not need."""
    with threadpool_limits(1), pytest.MonkeyPatch.context() as patch:
        patch.setattr(clustering, "FIRST_ROUNDS", FEW_ROUNDS)
        yield


@pytest.fixture(scope="session")
def truth() -> np.ndarray:
    return states(300, 5)


@pytest.fixture(scope="session")
def features(truth: np.ndarray) -> pd.DataFrame:
    """Columns date, vol, term and fall of 300 sessions; the first four lack an input."""
    noise = np.random.default_rng(3).standard_normal((len(truth), 3))
    table = pd.DataFrame(
        {
            "vol": np.exp(-4 + 0.7 * truth + 0.15 * noise[:, 0]),
            "term": 1.1 - 0.1 * truth + 0.03 * noise[:, 1],
            "fall": 0.02 + 0.05 * truth * (1 + 0.2 * noise[:, 2]),
        }
    )
    table.loc[:3, "fall"] = np.nan
    table.insert(0, "date", sessions("2015-01-02", "2016-12-30")[: len(truth)])
    return table
