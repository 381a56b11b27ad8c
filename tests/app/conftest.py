"""Repositories: one that is run day by day, small enough to be killed, and one that is computed."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import warnings
from collections.abc import Iterator, Sequence
from contextlib import chdir, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import pytest
from dvc.cli import main
from filelock import FileLock

from app import compose, daily, own, publish, push, repository
from app.faces.snapshot import Snapshot, load
from tests.computed import build, fingerprint
from tests.conftest import commit_all, hermetic
from tests.mlrisk.sources.live.conftest import FeedServer

PREDICTION = """

def prediction(params: dict[str, Any]) -> None:
    day = params["as_of"]
    figures = {"date": day, "model": params["model"]["name"], "model_version": "sha256-1234"}
    figures["rv_5d_hat"] = 0.02 + int(day[-2:]) / 10_000
    figures["rv_5d_hat_annualized_percent"] = 16.4
    figures["top_drivers"] = {"vix": 0.31, "spy_vol_5d": -0.12}
    write_metrics("prediction", figures)
    write(f"data/batch/predictions_daily_{day.replace('-', '')}.csv", day)
    tables(day, figures["model_version"])


def tables(day: str, version: str) -> None:
    # What a track record is made from; outcomes as known on the day.
    import datetime

    last = datetime.date.fromisoformat(day)
    days = [last - datetime.timedelta(days=back) for back in range(20, -1, -1)]
    days = [one for one in days if one.weekday() < 5]
    rv = [0.02 + one.day / 10_000 for one in days]
    none, count = [None] * len(days), len(days)
    put("predictions_daily", days, {
        "rv_5d_hat": rv,
        "var_5d_hat": [1.05 * one * one for one in rv],
        **{f"rv_5d_{name}": [x * one for one in rv] for name, x in zip(
            ("lo_80", "hi_80", "lo_90", "hi_90"), (0.5, 1.5, 0.4, 1.7), strict=True
        )},
        **{f"regime_probs.{name}": none for name in ("calm", "transition", "risk_off")},
        "top_drivers": [["vix", "spy_vol_5d"]] * count,
        "regime_drivers": [[]] * count,
        "model_version": [version] * count,
        "regime_model_version": [""] * count,
    })
    put("labels_daily", days, {
        "rv_5d": [*(0.9 * one for one in rv[:-5]), *none[-5:]],
        "regime_5d": [*["calm"] * (count - 5), *none[-5:]],
        "rv_calm_below": none,
        "rv_risk_off_above": none,
    })
    put("backtest/rv20/forecasts", days, {
        "fold": [0] * count,
        "var_5d_hat": [1.5 * one * one for one in rv],
        "rv_5d_hat": rv,
        "model_version": ["rv20"] * count,
    })


def put(name: str, days: list[Any], columns: dict[str, list[Any]]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    kinds = {"top_drivers": pa.list_(pa.string()), "regime_drivers": pa.list_(pa.string())}
    kinds |= {key: pa.string() for key in columns if key.endswith("version")}
    kinds |= {"date": pa.date32(), "regime_5d": pa.string(), "fold": pa.int64()}
    arrays = {
        key: pa.array(values, kinds.get(key, pa.float64()))
        for key, values in {"date": days, **columns}.items()
    }
    place = Path("data") / name / f"year={days[-1].year}" / "part-0.parquet"
    place.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(arrays), place)
"""
STAGE = """  predict:
    cmd: python toy.py prediction
    deps:
      - toy.py
      - data/features_daily
    params:
      - as_of
      - model
    outs:
      - data/backtest/rv20
      - data/batch
      - data/labels_daily
      - data/predictions_daily
    metrics:
      - metrics/prediction.json:
          cache: false
plots:
"""
MAIN = '\n\nif __name__ == "__main__":'


@pytest.fixture(scope="session")
def _served_template(
    _toy_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("served")
    root = folder / "toy"
    with pytest.MonkeyPatch.context() as patch:
        hermetic(patch, folder)
        shutil.copytree(_toy_template, root, symlinks=True)
        code = (root / "toy.py").read_text().replace(MAIN, PREDICTION + MAIN)
        stages = ('"evaluate": evaluate}', '"evaluate": evaluate, "prediction": prediction}')
        (root / "toy.py").write_text(code.replace(*stages))
        dag = (root / "dvc.yaml").read_text()
        (root / "dvc.yaml").write_text(dag.replace("plots:\n  - loss", f"{STAGE}  - loss"))
        # The day is that of these tests, whatever the project's own source has.
        source = root / "conf" / "source" / "simulated.yaml"
        lines = source.read_text().splitlines(keepends=True)
        source.write_text(
            "".join("as_of: '2025-10-24'\n" if "as_of" in line else line for line in lines)
        )
        compose.write(root)
        repository.dvc("repro", "--quiet", root=root)
        commit_all(root, "A stage that predicts")
        yield root


@pytest.fixture
def served(_served_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The toy with a stage that predicts, served as of Friday 2025-10-24."""
    hermetic(monkeypatch, tmp_path)
    root = tmp_path / "toy"
    shutil.copytree(_served_template, root, symlinks=True)
    monkeypatch.chdir(root)
    return root


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FeedServer]:
    """Answers as the feeds do; no key and no proxy of this machine's user."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "FRED_API_KEY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    local = FeedServer()
    yield local
    local.close()


@pytest.fixture
def quick_dvc(monkeypatch: pytest.MonkeyPatch) -> None:
    """DVC in this process: it does the same, and a command need not load it anew."""
    start = repository.execute

    def execute(
        command: Sequence[str], root: Path, *, capture: bool = True, env: Any = None
    ) -> subprocess.CompletedProcess[str]:
        match list(command):
            case ["dvc", *arguments]:
                run = main
            case [_, "-m", "app.push", *arguments]:
                run = push.main
            case _:
                return start(command, root, capture=capture, env=env)
        said = io.StringIO()
        with (
            chdir(root),
            redirect_stdout(said),
            redirect_stderr(said),
            warnings.catch_warnings(action="ignore"),
        ):
            code = run(arguments)
        return subprocess.CompletedProcess(command, code, "", said.getvalue())

    monkeypatch.setenv("PATH", repository.environment()["PATH"])
    for module in (repository, daily, own, publish):
        monkeypatch.setattr(module, "execute", execute)


@pytest.fixture(scope="session")
def computed(request: pytest.FixtureRequest) -> Path:
    """A small but whole repository, computed and committed; to be read, never written to.

    It takes a minute, so it is kept beside pytest's cache until the code it comes from changes, and
    workers share it. Whoever changes nothing but faces may name one in MLRISK_COMPUTED.
    """
    if named := os.environ.get("MLRISK_COMPUTED"):
        return Path(named)
    folder = request.config.cache.mkdir("computed")
    root = folder / fingerprint() / "repository"
    with FileLock(folder / "lock"):
        if not (root.parent / "whole").exists():
            for old in folder.iterdir():
                if old.is_dir():
                    shutil.rmtree(old)
            build(root)
            (root.parent / "whole").touch()
    return root


@pytest.fixture(scope="session")
def snapshot(computed: Path) -> Snapshot:
    return load(computed)
