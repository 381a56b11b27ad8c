"""The walk-forward on a real scheduler and two worker processes, over loopback TCP."""

from __future__ import annotations

import functools
import os
import shutil
import signal
import socket
import subprocess
import sys
import weakref
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd
import pytest
from distributed import Client

from mlrisk.evaluation import cluster, walkforward
from mlrisk.forecast.boosted import Lightgbm
from tests.conftest import PROJECT
from tests.mlrisk.conftest import SETTINGS

CODE = ("mlrisk.forecast", "mlrisk.evaluation.walkforward")
EVERY = 7
SLOW = SETTINGS["lightgbm"] | {"n_estimators": 150}
pytestmark = [
    pytest.mark.timeout(120),
    # The client's event loop closes its sockets after the test that used them.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


class Deadly(Lightgbm):
    """Takes the process down that it is fitted in."""

    def fit(self, features: pd.DataFrame, variance: np.ndarray) -> Self:
        os._exit(1)


@contextmanager
def program(
    *arguments: str, cwd: Path = PROJECT, **settings: str
) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", f"distributed.cli.{arguments[0]}", *arguments[1:]]
    silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, cwd=cwd, env=os.environ | settings, **silent) as child:
        try:
            yield child
        finally:  # of a test that fails, too: it would else wait for it for ever
            child.kill()


@contextmanager
def scheduler(**settings: str) -> Iterator[str]:
    port = str(free_port())
    at = ("--host", "127.0.0.1", "--port", port, "--no-dashboard", "--no-show")
    with program("dask_scheduler", *at, **settings):
        yield f"tcp://127.0.0.1:{port}"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def worker(address: str, cwd: Path = PROJECT) -> AbstractContextManager[subprocess.Popen[bytes]]:
    settings = ("--nthreads", "1", "--no-nanny", "--no-dashboard")
    return program("dask_worker", address, *settings, cwd=cwd)


def both_there(address: str) -> Client:
    client = Client(address, timeout=20)
    client.wait_for_workers(2, timeout=30)
    return client


def walk(
    table: pd.DataFrame,
    kind: type[Lightgbm] = Lightgbm,
    after: Callable[[int], None] = lambda _: None,
    patience: float | None = None,
) -> list[pd.DataFrame]:
    grid = walkforward.folds(table["date"], table["date"].iloc[200], EVERY, 5)
    build = functools.partial(kind, **SLOW)
    done = []
    for fold in walkforward.walk_forward(build, table, grid, 100, 1, None, patience):
        done.append(fold)
        after(len(done))
    assert [fold.fold for fold in done] == grid
    return [
        pd.concat([fold.forecasts for fold in done]),
        pd.concat([fold.contributions for fold in done]),
    ]


def computed_there(dask_scheduler: Any) -> int:
    """Folds that workers have finished, those of a dead one among them."""
    log = [entry[:3] for entry in dask_scheduler.transition_log]
    return sum("_elsewhere" in key and to == "memory" for key, _, to in log)


def test_a_worker_that_is_killed_midway_changes_no_bit(table: pd.DataFrame) -> None:
    with ExitStack() as stack:
        address = stack.enter_context(scheduler())
        first, second = (stack.enter_context(worker(address)) for _ in range(2))

        def kill_one(done: int) -> None:
            if done == 3:
                first.kill()

        with both_there(address), cluster.connected(address, CODE):
            remote = walk(table, after=kill_one)
        with Client(address) as client:
            assert client.run_on_scheduler(computed_there) >= remote[0]["fold"].nunique()
        assert first.wait() == -signal.SIGKILL
        assert second.poll() is None
    for ours, theirs in zip(walk(table), remote, strict=True):
        pd.testing.assert_frame_equal(theirs, ours, check_exact=True)


def test_a_task_is_sent_whole_and_not_scattered(table: pd.DataFrame) -> None:
    """Joblib scatters what has a weak reference: one worker holds it, and it is lost with that."""
    fold = walkforward.Fold(0, 200, 205, 226)
    task = walkforward.task(Lightgbm(**SLOW), table, fold, 100)
    with pytest.raises(TypeError, match="weak reference"):
        weakref.ref(task)


def test_work_that_kills_every_worker_is_given_up(
    table: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "FOLD_SECONDS", 3)
    with (
        scheduler(DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES="0") as address,
        worker(address),
        worker(address),
        both_there(address),
        pytest.raises(cluster.ClusterError, match="gave no answer for a fold"),
        cluster.connected(address, CODE) as patience,
    ):
        walk(table, Deadly, patience=patience)


def test_a_worker_with_other_code_is_refused(tmp_path: Path) -> None:
    copy = tmp_path / "mlrisk"
    shutil.copytree(PROJECT / "mlrisk", copy, ignore=shutil.ignore_patterns("__pycache__"))
    with (copy / "forecast" / "linear.py").open("a") as file:
        file.write("# Another commit.\n")
    with (
        scheduler() as address,
        worker(address, tmp_path),
        pytest.raises(cluster.ClusterError, match=r"other code or libraries .* same commit there"),
        cluster.connected(address, CODE),
    ):
        pytest.fail("connected")


def test_a_cluster_that_is_not_there_is_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "WAIT_SECONDS", 1)
    for address in (f"tcp://127.0.0.1:{free_port()}", "smoke://signals"):
        with (
            pytest.raises(cluster.ClusterError, match=f"no Dask scheduler at '{address}'"),
            cluster.connected(address, CODE),
        ):
            pytest.fail("connected")


def test_a_scheduler_without_workers_is_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    with scheduler() as address:
        with Client(address, timeout=20):
            monkeypatch.setattr(cluster, "WAIT_SECONDS", 1)
        with (
            pytest.raises(
                cluster.ClusterError, match=f"no worker; start one: `dask worker {address}"
            ),
            cluster.connected(address, CODE),
        ):
            pytest.fail("connected")
