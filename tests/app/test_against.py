"""Forecasts of two revisions held against each other, the base's out of DVC's cache."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from app import against, repository
from app.cli import app
from mlrisk import contracts, store
from mlrisk.calendar import sessions
from mlrisk.contracts import REGIMES
from mlrisk.evaluation.losses import qlike
from mlrisk.evaluation.superiority import diebold_mariano
from tests.conftest import commit_all, hermetic

DAYS = sessions(pd.Timestamp("2014-01-02"), pd.Timestamp("2014-12-31"))
TRACKED = ("data/labels_daily", "data/backtest/champion", "data/regime_forecasts")
RNG = np.random.default_rng(3)
VOLATILITY = 0.02 * np.exp(np.cumsum(0.05 * RNG.standard_normal(len(DAYS))))
REALIZED = VOLATILITY * np.sqrt(RNG.chisquare(5, len(DAYS)) / 5)
OUTCOME = RNG.integers(0, 3, len(DAYS))


def put_labels(scale: float = 1.0) -> None:
    labels = pd.DataFrame(
        {
            "date": DAYS,
            "rv_5d": scale * REALIZED,
            "regime_5d": pd.Series(np.array(REGIMES)[OUTCOME], dtype="str"),
            "rv_calm_below": 0.01,
            "rv_risk_off_above": 0.03,
        }
    )
    labels.loc[len(DAYS) - 5 :, ["rv_5d", "regime_5d"]] = None
    store.write(contracts.LABELS_DAILY, labels.astype({"regime_5d": "str"}))


def put_forecasts(noise: float, days: slice = slice(None)) -> pd.DataFrame:
    rng = np.random.default_rng(5)
    said = VOLATILITY * np.exp(noise * rng.standard_normal(len(DAYS)))
    table = pd.DataFrame(
        {"date": DAYS, "fold": 0, "var_5d_hat": said**2, "rv_5d_hat": said, "model_version": "x"}
    )[days]
    store.write(contracts.backtest("champion").forecasts, table)
    return table


def put_probabilities(sharpness: float) -> np.ndarray:
    hit = np.arange(3) == OUTCOME[:, None]
    weights = np.exp(sharpness * hit + np.random.default_rng(6).standard_normal(hit.shape))
    values = weights / weights.sum(axis=1, keepdims=True)
    table = pd.DataFrame(values, columns=list(REGIMES))
    table.insert(0, "date", DAYS)
    table.insert(0, "calibration", "none")
    table.insert(0, "contender", "combination")
    store.write(contracts.REGIME_FORECASTS, table)
    return np.asarray(((values - hit) ** 2).sum(axis=1)[:-5])


@pytest.fixture(scope="module")
def _walked_template(
    _toy_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("walked")
    root = folder / "toy"
    with pytest.MonkeyPatch.context() as patch:
        hermetic(patch, folder)
        shutil.copytree(_toy_template, root, symlinks=True)
        patch.chdir(root)
        put_labels()
        put_forecasts(0.6)
        put_probabilities(0.5)
        repository.dvc("add", "--quiet", *TRACKED, root=root)
        commit_all(root, "Forecasts")
        yield root


@pytest.fixture
def walked(_walked_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The toy with labels and forecasts, tracked by DVC and committed."""
    hermetic(monkeypatch, tmp_path)
    root = tmp_path / "toy"
    shutil.copytree(_walked_template, root, symlinks=True)
    monkeypatch.chdir(root)
    return root


def test_better_forecasts_are_told_from_chance(walked: Path) -> None:
    base = store.read(contracts.backtest("champion").forecasts)
    now = put_forecasts(0.1, slice(20, None))
    scores = put_probabilities(0.5), put_probabilities(0.6)
    volatility, regimes = against.compare(walked, repository.resolve("HEAD", walked))
    assert volatility.reason == regimes.reason == ""
    cells = dict(zip(against.HEAD, volatility.row, strict=True))
    assert (cells["base"], cells["now"]) == ("champion", "champion")
    assert (cells["n"], cells["from"]) == (f"{len(DAYS) - 25}", f"{DAYS[20]:%Y-%m-%d}")
    realized = store.read(contracts.LABELS_DAILY)["rv_5d"].to_numpy()[20:-5] ** 2
    losses = [qlike(realized, table["var_5d_hat"].to_numpy()[:-5]) for table in (base[20:], now)]
    expected = diebold_mariano(losses[0] - losses[1], 5)
    assert float(cells["base's less now's"]) == pytest.approx(expected.mean_difference, abs=1e-5)
    assert cells["t"] == f"{expected.statistic:+.2f}"
    assert cells["p"] == "<0.001"

    cells = dict(zip(against.HEAD, regimes.row, strict=True))
    assert cells["now"] == "combination/none"
    assert cells["loss"] == f"Brier {scores[0].mean():.4f} → {scores[1].mean():.4f}"
    assert cells["t"] == f"{diebold_mariano(scores[0] - scores[1], 5).statistic:+.2f}"
    page = against.text([volatility, regimes], "main")
    assert page.count("\n| ") == 3


def test_what_cannot_be_compared_is_said_in_a_line(walked: Path) -> None:
    commit = repository.resolve("HEAD", walked)
    put_labels(1.5)
    volatility, _ = against.compare(walked, commit)
    assert "rv_5d differs on" in volatility.reason
    put_labels()
    put_forecasts(0.6, slice(40))
    shutil.rmtree("data/regime_forecasts")
    volatility, regimes = against.compare(walked, commit)
    assert "10 horizons of 5 sessions" in volatility.reason
    assert regimes.reason == "the workspace has no data/regime_forecasts; run `dvc repro`"
    assert against.text([volatility, regimes], "main").count("\n") == 1


def test_a_base_whose_data_is_gone_is_said_and_nothing_fails(walked: Path) -> None:
    shutil.rmtree(walked / ".dvc" / "cache")
    done = CliRunner().invoke(app, ["compare", "HEAD"])
    assert done.exit_code == 0
    assert "neither in the cache nor in a remote" in done.output
    assert "volatility not compared" in done.output


def test_a_base_before_the_dag_has_nothing(toy: Path) -> None:
    tree = repository.git("hash-object", "-t", "tree", "-w", "/dev/null", root=toy)
    empty = repository.git("commit-tree", tree, "-m", "Empty", root=toy)
    volatility, regimes = against.compare(toy, empty)
    assert volatility.reason == "params.yaml of one of them has no model.name"
    assert regimes.reason == "params.yaml of one of them has no regime_model.name"
