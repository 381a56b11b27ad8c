"""Paths end where the test of equal loss says, and fit into a plot."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from mlrisk.evaluation.cumulative import cumulative_differences
from mlrisk.evaluation.long_run import InferenceError
from mlrisk.evaluation.superiority import diebold_mariano

HORIZON = 5


@pytest.fixture
def losses() -> pd.DataFrame:
    rng = np.random.default_rng(3)
    own = rng.chisquare(2, 1_000)
    columns = {"model": own}
    for number, worse in enumerate((0.0, 0.05, 0.1, 0.15, 0.2, 0.3)):
        columns[f"rival{number}"] = own + worse + rng.normal(size=1_000)
    return pd.DataFrame(columns, index=pd.bdate_range("2015-01-01", periods=1_000))


def test_the_band_ends_where_the_test_decides(losses: pd.DataFrame) -> None:
    paths = cumulative_differences(losses, "model", list(losses), HORIZON, level=0.95)
    decided = []
    for rival, path in paths.groupby("rival"):
        result = diebold_mariano((losses[rival] - losses["model"]).to_numpy(), HORIZON)
        end = path.iloc[-1]
        assert end["date"] == losses.index[-1]
        assert end["difference"] == pytest.approx(1_000 * result.mean_difference)
        assert (end["low"] > 0 or end["high"] < 0) == (result.p_value < 0.05)
        decided.append(result.p_value < 0.05)
    assert True in decided
    assert False in decided


def test_the_band_grows_with_the_root_of_time(losses: pd.DataFrame) -> None:
    path = cumulative_differences(losses, "model", ["rival1"], HORIZON)
    width = (path["high"] - path["low"]).to_numpy()
    np.testing.assert_allclose(width / width[0], np.sqrt(np.arange(1, 1_001)))
    steps = np.diff(path["difference"], prepend=0)
    np.testing.assert_allclose(steps, losses["rival1"] - losses["model"], atol=1e-9)


@pytest.mark.parametrize(("max_rows", "dates"), [(5_000, 500), (600, 100), (100, 16), (6, 1)])
def test_every_kth_date_back_from_the_last(losses: pd.DataFrame, max_rows: int, dates: int) -> None:
    paths = cumulative_differences(losses, "model", list(losses), HORIZON, max_rows=max_rows)
    assert len(paths) == 6 * dates <= max_rows
    assert set(paths.groupby("rival")["date"].max()) == {losses.index[-1]}


def test_errors_say_what_is_wrong(losses: pd.DataFrame) -> None:
    with pytest.raises(InferenceError, match=r"level is 95"):
        cumulative_differences(losses, "model", ["rival1"], HORIZON, level=95)
    with pytest.raises(InferenceError, match="6 rivals of model do not fit into 5 rows"):
        cumulative_differences(losses, "model", list(losses), HORIZON, max_rows=5)
    with pytest.raises(InferenceError, match="0 rivals of model"):
        cumulative_differences(losses, "model", ["model"], HORIZON)
