"""The whole DAG in a small repository: the same bytes again, whatever happens on the way.

The S&P 500 of the arch package, four years of training and two of forecasts, few refits and small
boosters: real data, every stage, in under a minute. Most of what DVC adds to that is an interpreter
per stage: so all of it is computed in one, and DVC runs what the tests are about.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from app import compose, repository
from mlrisk import contracts, store
from mlrisk.dataset import Dataset
from mlrisk.forecast import roster
from tests.computed import begin, compute, keep
from tests.conftest import hermetic

pytestmark = pytest.mark.timeout(900)

SMALL = (
    "source=sp500",
    "as_of='2004-12-31'",
    "backtest.refit_every=63",
    *(f"forecast.{name}.n_estimators=10" for name in ("lightgbm", "xgboost")),
    *(f"regime_forecast.{name}_classifier.n_estimators=5" for name in ("lightgbm", "xgboost")),
    "regime_forecast.volatility_implied.min_errors=100",
    "combine.min_scored=100",
    "regime_combine.min_scored=100",
    "intervals.min_scores=100",
    "evaluate.resampling.reps=100",
)
IMPLIED = {
    "vix_only": "vix",
    "har_vix": "vix, vix_term",
    "range_vix": "vix, vix_term",
    "har_vix9d": "vix, vix_term, vix9d_vix",
    "range_vix9d": "vix, vix_term, vix9d_vix",
    "gamma_glm": "vix, vix_term",
}
"""What contenders lack that read nothing else that an index alone does not give."""


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A repository with the project's code, the small parameters, and the DAG computed."""
    folder = tmp_path_factory.mktemp("pipeline")
    root = folder / "small"
    with pytest.MonkeyPatch.context() as patch:
        hermetic(patch, folder)
        # The test of one worker runs a stage again: folds that are remembered would hide it.
        patch.setenv("MLRISK_CACHE", "")
        begin(root, SMALL)
        compute(root)
        keep(root)
        yield root


def data_of(root: Path) -> dict[str, str]:
    """Hash of every output, as dvc.lock has it."""
    lock = yaml.safe_load((root / "dvc.lock").read_text(encoding="utf-8"))
    return {
        item["path"]: item["md5"] for stage in lock["stages"].values() for item in stage["outs"]
    }


def metrics(root: Path, name: str) -> dict[str, Any]:
    text = (root / "metrics" / f"{name}.json").read_text(encoding="utf-8")
    tree: dict[str, Any] = json.loads(text)
    return tree


def read(root: Path, dataset: Dataset) -> pd.DataFrame:
    return store.read(dataset.at(str(root / dataset.path)))


def test_a_second_run_runs_nothing(small: Path) -> None:
    assert "Running stage" not in repository.dvc("repro", root=small)
    assert repository.git("status", "--porcelain", root=small) == ""


def test_every_contender_is_there_or_says_why_not(small: Path) -> None:
    left_out = metrics(small, "forecast")["left_out"]
    compared = metrics(small, "forecast")["contenders"]
    assert set(compared) | set(left_out) == {*roster.ROSTER, *roster.MIXED}
    assert set(compared) == {"rv20", "ewma", "gjr_garch", "har", "lightgbm", "xgboost", "champion"}
    assert {name: left_out[name] for name in IMPLIED} == {
        name: f"the source gives no {columns}" for name, columns in IMPLIED.items()
    }
    assert {left_out[name] for name in roster.COMBINATIONS} == {
        "none of its members has a forecast"
    }


def test_without_implied_volatility_the_champion_is_the_first_candidate_there_is(
    small: Path,
) -> None:
    assert metrics(small, "champion") == {
        "now": "har",
        "weights": {"har": 1.0},
        "refits_led": {"har": 8},
    }
    walked, own = (read(small, contracts.backtest(name).forecasts) for name in ("champion", "har"))
    columns = ["date", "fold", "var_5d_hat", "rv_5d_hat"]
    pd.testing.assert_frame_equal(walked[columns], own[columns], check_exact=True)


def test_the_served_forecast_is_the_backtests_row(small: Path) -> None:
    prediction = metrics(small, "prediction")
    predictions = read(small, contracts.PREDICTIONS_DAILY)
    walked = read(small, contracts.backtest(prediction["model"]).forecasts)
    last = predictions.iloc[-1]
    assert f"{last['date']:%Y-%m-%d}" == prediction["date"] == "2004-12-31"
    row = walked.set_index("date").loc[last["date"]]
    assert last["var_5d_hat"] == row["var_5d_hat"]
    assert last["rv_5d_hat"] == row["rv_5d_hat"]
    assert last["model_version"] == row["model_version"] == prediction["model_version"]
    assert last["top_drivers"] == list(prediction["top_drivers"])
    batch = pd.read_parquet(small / "data/batch/predictions_daily_20041231.parquet")
    assert batch["rv_5d_hat"].tolist() == [last["rv_5d_hat"]]


def test_an_earlier_run_published_the_same_forecasts(small: Path, tmp_path: Path) -> None:
    """The whole DAG as of an earlier day gives the same rows, to the last bit."""
    root = tmp_path / "earlier"
    shutil.copytree(small, root, symlinks=True)
    compose.write(root, [*SMALL, "as_of='2004-06-15'"])
    compute(root)
    for dataset in (
        contracts.FEATURES_DAILY,
        contracts.PREDICTIONS_DAILY,
        *(
            contracts.backtest(name).forecasts
            for name in ("rv20", "gjr_garch", "har", "lightgbm", "xgboost", "champion")
        ),
        contracts.backtest("lightgbm").contributions,
        contracts.backtest("champion").contributions,
    ):
        earlier, later = read(root, dataset), read(small, dataset)
        assert f"{earlier['date'].iloc[-1]:%Y-%m-%d}" == "2004-06-15"
        pd.testing.assert_frame_equal(earlier, later[: len(earlier)], check_exact=True)
    labels, later = read(root, contracts.LABELS_DAILY), read(small, contracts.LABELS_DAILY)
    assert labels["rv_5d"].tail(5).isna().all()
    known = len(labels) - 5
    pd.testing.assert_frame_equal(labels[:known], later[:known], check_exact=True)


def test_one_worker_gives_the_same_bytes_as_one_per_core(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "workers"
    shutil.copytree(small, root, symlinks=True)
    monkeypatch.setenv("MLRISK_WORKERS", "1")
    repository.dvc("repro", "--force", "--single-item", "backtest@lightgbm", root=root)
    assert repository.git("status", "--porcelain", root=root) == ""


def test_a_run_killed_at_any_moment_is_made_good_by_the_next(small: Path, tmp_path: Path) -> None:
    root = tmp_path / "killed"
    shutil.copytree(small, root, symlinks=True)
    shutil.rmtree(root / ".dvc" / "cache")
    for name in ("data", "models", "metrics", "plots", "dvc.lock"):
        place = root / name
        shutil.rmtree(place) if place.is_dir() else place.unlink()
    chance = random.Random(5)
    killed = 0
    upto = "backtest@lightgbm"  # seven stages; the rest are made and killed no differently
    for _ in range(3):
        run = subprocess.Popen(
            ["dvc", "repro", upto],
            cwd=root,
            env=repository.environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            process_group=0,
        )
        time.sleep(chance.uniform(4, 12))
        if run.poll() is None:
            os.killpg(run.pid, signal.SIGKILL)
            killed += 1
        run.wait()
    assert killed == 3
    repository.dvc("repro", upto, root=root)
    made, whole = data_of(root), data_of(small)
    assert made == {path: whole[path] for path in made}
    assert contracts.backtest("lightgbm").status.parent.as_posix() in made
    leftovers = [path for path in root.rglob(".tmp-*") if ".dvc" not in path.parts]
    assert leftovers == []


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["as_of='2004-12-25'"], "2004-12-25 (Saturday) is no NYSE session"),
        (["as_of='2024-01-02'"], "2024-01-02"),
        (["roles.bonds=TLT"], "has no symbol 'TLT'"),
        (["backtest.first_forecast='2003-01-04'"], "is no session of the features"),
        (["forecast.har.log_columns=[spx_vol_5]"], "spx_vol_5d"),
    ],
)
def test_bad_settings_stop_the_line_with_one_message(
    small: Path, tmp_path: Path, overrides: list[str], message: str
) -> None:
    root = tmp_path / "bad"
    shutil.copytree(small, root, symlinks=True)
    compose.write(root, [*SMALL, *overrides])
    before = data_of(root)
    done = repository.execute(["dvc", "repro"], root)
    assert done.returncode != 0
    assert message in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert data_of(root) == before
