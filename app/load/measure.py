"""``mlrisk load``: one worker at a fixed rate for a minute, a new model in the middle of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import psutil

from app.api import keys
from app.api.service import Loader
from app.load import states, vectors
from app.load.server import serving
from app.load.summary import Exchange, summary
from mlrisk.errors import MlriskError

RESULTS = "results/load.json"
_BODIES, _SEED, _WARM = 300, 7, 100


class LoadError(MlriskError, RuntimeError):
    """A load that could not be put on; says what locust printed last."""


@dataclass(frozen=True)
class Plan:
    """What is measured.

    Parameters
    ----------
    rate : int
        Requests a second.
    seconds : int
    model : str
        What is served from the middle on; another one of those that were walked.
    """

    rate: int = 100
    seconds: int = 60
    model: str = "har_vix"


def write(root: Path, plan: Plan) -> dict[str, Any]:
    """Measure, and keep the figures in ``results/load.json``."""
    found = measure(root, plan)
    (root / RESULTS).write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    return found


def measure(root: Path, plan: Plan) -> dict[str, Any]:
    """Serve a copy of the last run, load it, exchange it for another one meanwhile.

    Returns
    -------
    dict
        As ``summary.summary`` gives it.
    """
    with TemporaryDirectory(prefix="mlrisk-load-") as name:
        folder = Path(name)
        first = states.copy(root, folder / "first")
        second = states.copy(root, folder / "second")
        states.change_model(second, plan.model)
        asked, said = _expected(first, second, plan)
        (folder / "bodies.json").write_text(json.dumps(asked), encoding="utf-8")
        key = keys.add(folder / "keys", "load")
        with serving(first, folder / "keys", folder / "server.log") as (url, process):
            with httpx.Client(base_url=url, headers={"X-API-Key": key}) as client:
                for number in range(_WARM):
                    client.post("/predict", json=asked[number % len(asked)]).raise_for_status()
            before = process.cpu_times()
            with _sampled(process) as memory:
                exchange = _loaded(url, key, folder, plan)
            after = process.cpu_times()
        lines = (folder / "requests.jsonl").read_text(encoding="utf-8").splitlines()
    worked = after.user + after.system - before.user - before.system
    plain = {"cores": os.cpu_count(), "workers": 1, "rate": plan.rate, "seconds": plan.seconds}
    return plain | summary([json.loads(line) for line in lines], said, memory, exchange, worked)


def _expected(
    first: Path, second: Path, plan: Plan
) -> tuple[list[vectors.Body], dict[str, list[Any]]]:
    """Bodies, and what each run answers to them by its model's version."""
    load = Loader()
    services = [load(one) for one in (first, second)]
    asked = vectors.bodies(services[0], _BODIES, _SEED)
    said = {one.snapshot.version.model_version: vectors.expected(one, asked) for one in services}
    if len(said) < len(services):
        raise LoadError(f"{plan.model} is the model that is served already: name another one.")
    return asked, said


def _loaded(url: str, key: str, folder: Path, plan: Plan) -> Exchange:
    """Put the load on, and the second run in the place of the first in the middle of it."""
    script = Path(__file__).with_name("locustfile.py")
    command = [sys.executable, "-m", "locust", "--locustfile", str(script)]
    command += ["--headless", "--host", url, "--users", f"{plan.rate}", "--spawn-rate", "50"]
    command += ["--run-time", f"{plan.seconds}s", "--stop-timeout", "30", "--only-summary"]
    names = {"BODIES": f"{folder / 'bodies.json'}", "OUT": f"{folder / 'requests.jsonl'}"}
    names |= {"KEY": key, "RATE": f"{plan.rate}"}
    env = os.environ | {f"MLRISK_LOAD_{name}": value for name, value in names.items()}
    log = folder / "locust.log"
    with (
        log.open("w") as out,
        subprocess.Popen(command, cwd=folder, env=env, stdout=out, stderr=out) as child,
    ):
        try:
            time.sleep(plan.seconds / 2)
            began = time.time()
            files = states.exchange(folder / "second", folder / "first")
            exchange = Exchange(files, began, time.time())
            child.wait(plan.seconds + 60)
        finally:
            if child.poll() is None:
                child.kill()
    if child.returncode != 0:
        raise LoadError(f"locust ended with {child.returncode}:\n{log.read_text()[-2000:]}")
    return exchange


@contextmanager
def _sampled(process: psutil.Process) -> Iterator[list[tuple[float, int]]]:
    """Moments and resident bytes of a process while the block runs."""
    samples = [(time.time(), process.memory_info().rss)]
    stop = threading.Event()

    def sample() -> None:
        while not stop.wait(0.25):
            samples.append((time.time(), process.memory_info().rss))

    thread = threading.Thread(target=sample)
    thread.start()
    try:
        yield samples
    finally:
        stop.set()
        thread.join()
