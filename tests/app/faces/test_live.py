"""What is served changes as a whole or not at all."""

from __future__ import annotations

import logging
import threading
from pathlib import Path

import pytest

from app.faces.live import Live
from mlrisk.errors import MlriskError


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "dvc.lock").write_text("1", encoding="utf-8")
    return tmp_path


def load(root: Path) -> str:
    text = (root / "dvc.lock").read_text(encoding="utf-8")
    if text == "half":
        raise MlriskError("a run is at work")
    return text


def test_a_new_lock_is_read_and_the_same_one_is_not(root: Path) -> None:
    calls: list[str] = []
    live = Live(root, lambda place: calls.append("read") or load(place))
    assert (live.current, live.refresh(), calls) == ("1", False, ["read"])
    (root / "dvc.lock").write_text("2", encoding="utf-8")
    assert (live.refresh(), live.current) == (True, "2")


def test_what_cannot_be_read_leaves_the_one_before_and_says_why_once(
    root: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "mlrisk")
    live = Live(root, load)
    (root / "dvc.lock").write_text("half", encoding="utf-8")
    assert (live.refresh(), live.refresh(), live.current) == (False, False, "1")
    assert live.problem == "a run is at work"
    assert [record.getMessage() for record in caplog.records] == ["not reloaded"]
    (root / "dvc.lock").write_text("2", encoding="utf-8")
    assert (live.refresh(), live.current, live.problem) == (True, "2", None)


def test_a_problem_ends_when_the_run_before_is_back(root: Path) -> None:
    live = Live(root, load)
    (root / "dvc.lock").unlink()
    assert not live.refresh()
    assert "No such file" in str(live.problem)
    (root / "dvc.lock").write_text("1", encoding="utf-8")
    assert not live.refresh()
    assert live.problem is None


def test_a_file_that_is_half_there_ends_no_reading(root: Path) -> None:
    def reading(place: Path) -> str:
        if load(place) == "2":
            raise ValueError("half a file")
        return load(place)

    live = Live(root, reading)
    (root / "dvc.lock").write_text("2", encoding="utf-8")
    assert not live.refresh()
    assert (live.current, live.problem) == ("1", "half a file")


def test_nothing_to_begin_with_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(MlriskError, match="mlrisk run"):
        Live(tmp_path, load)


def test_readers_see_one_or_the_other_while_it_is_read(root: Path) -> None:
    reading, go_on = threading.Event(), threading.Event()

    def slow(place: Path) -> str:
        if load(place) == "2":
            reading.set()
            assert go_on.wait(10)
        return load(place)

    live = Live(root, slow)
    (root / "dvc.lock").write_text("2", encoding="utf-8")
    thread = threading.Thread(target=live.refresh)
    thread.start()
    assert reading.wait(10)
    assert live.current == "1"
    assert not live.refresh()  # another one reads already, and nobody waits
    go_on.set()
    thread.join(10)
    assert live.current == "2"


def test_it_follows_until_it_is_stopped(root: Path) -> None:
    stop, changed = threading.Event(), threading.Event()

    def noting(place: Path) -> str:
        if load(place) == "2":
            changed.set()
        return load(place)

    thread = Live(root, noting).follow(0.01, stop)
    (root / "dvc.lock").write_text("2", encoding="utf-8")
    assert changed.wait(10)
    stop.set()
    thread.join(10)
    assert not thread.is_alive()
