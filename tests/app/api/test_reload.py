"""A new model that lands while requests run."""

from __future__ import annotations

import json
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from app.api.main import create_app
from app.api.service import Loader
from app.api.settings import Settings
from app.load import states, vectors
from tests.app import two_runs
from tests.app.api.serving import Wire, running, said, until

READY = b"GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.fixture(scope="module")
def runs(computed: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return two_runs.make(computed, tmp_path_factory.mktemp("runs"))


def request(body: dict[str, Any]) -> bytes:
    text = json.dumps(body).encode()
    head = b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    return head + b"Content-Length: %d\r\n\r\n" % len(text) + text


def test_each_answer_is_of_one_run_and_none_is_lost(runs: tuple[Path, Path]) -> None:
    first, second = runs
    load = Loader()
    services = [load(first), load(second)]
    old, new = (one.snapshot.version.model_version for one in services)
    assert old != new
    asked = vectors.bodies(services[0], 40, seed=1)
    expected = {
        old: vectors.expected(services[0], asked),
        new: vectors.expected(services[1], asked),
    }
    assert not any(one == other for one, other in zip(*expected.values(), strict=True))

    settings = Settings.read(rate_per_minute=1_000_000, burst=100_000, reload_seconds=0.05)
    told: list[tuple[int, int, Any]] = []
    sent = Counter[str]()
    stop = threading.Event()
    with running(create_app(first, settings), settings) as port:

        def ask(name: str) -> None:
            with Wire(port) as wire:
                while not stop.is_set():
                    which = len(told) % len(asked)
                    sent[name] += 1
                    wire.send(request(asked[which]))
                    answer = wire.answer()
                    told.append((which, answer.status, json.loads(answer.body)))

        askers = [threading.Thread(target=ask, args=(name,)) for name in ("one", "other")]
        for asker in askers:
            asker.start()
        try:
            until(lambda: len(told) > 100)
            states.exchange(second, first)
            until(lambda: any(answer["model_version"] == new for _, _, answer in told[-5:]))
            after = len(told)
            until(lambda: len(told) > after + 100)
        finally:
            stop.set()
            for asker in askers:
                asker.join()
        assert json.loads(said(port, READY).body)["problem"] is None

    assert len(told) == sent.total()
    assert {status for _, status, _ in told} == {200}
    for which, _, answer in told:
        assert answer == expected[answer["model_version"]][which]
    versions = [answer["model_version"] for _, _, answer in told]
    assert set(versions) == {old, new}
