from __future__ import annotations

import numpy as np

from mlrisk.sources.simulated.streams import stream


def test_streams_differ_by_name_and_seed() -> None:
    draws = {
        (seed, name): stream(seed, *name).standard_normal(4).tobytes()
        for seed in (0, 7)
        for name in (("SPY", "path"), ("SPY", "volume"), ("TLT", "path"), ("SPYp", "ath"))
    }
    assert len(set(draws.values())) == len(draws)


def test_a_stream_begins_the_same_each_time() -> None:
    short = stream(7, "TLT", "path").standard_normal((3, 27))
    long = stream(7, "TLT", "path").standard_normal((9, 27))
    np.testing.assert_array_equal(short, long[:3])
