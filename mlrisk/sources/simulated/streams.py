"""Named streams of random numbers: a request for one more symbol moves no other symbol's rows."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


def stream(seed: int, *name: str) -> np.random.Generator:
    """The generator of that name, independent of every other name's.

    Draws are made in row-major order with one row per session, so that a longer draw begins with
    the shorter one.
    """
    words = tuple("/".join(name).encode())
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=words)))
