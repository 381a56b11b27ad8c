from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from app.api.following import Following
from app.api.problems import ProblemError
from app.api.service import ServiceError
from app.faces.snapshot import LOCK_FILE


class Reading(NamedTuple):
    """A repository of one file."""

    root: Path
    load: Callable[[Path], Any]

    def write(self, text: str) -> None:
        (self.root / LOCK_FILE).write_text(text)


@pytest.fixture
def reading(tmp_path: Path) -> Reading:
    def load(root: Path) -> str:
        text = (root / LOCK_FILE).read_text()
        if text.startswith("half"):
            raise ServiceError(f"{root}/data: half of it")
        return text

    return Reading(tmp_path, load)


def test_where_there_is_nothing_it_is_waited_for(reading: Reading) -> None:
    following = Following(reading.root, reading.load)
    with pytest.raises(ProblemError, match="It is being read"):
        _ = following.current
    following.refresh()
    assert not following.ready
    with pytest.raises(ProblemError) as raised:
        _ = following.current
    assert raised.value.kind.status == 503
    assert LOCK_FILE in raised.value.detail
    assert str(reading.root) not in raised.value.detail
    reading.write("first")
    following.refresh()
    assert following.ready
    assert (following.current, following.problem) == ("first", None)


def test_what_cannot_be_read_leaves_the_one_before(reading: Reading) -> None:
    reading.write("first")
    following = Following(reading.root, reading.load)
    following.refresh()
    reading.write("half of the second")
    following.refresh()
    assert (following.current, following.problem) == ("first", "data: half of it")
    reading.write("second")
    following.refresh()
    assert (following.current, following.problem) == ("second", None)


def test_a_new_run_is_followed(reading: Reading) -> None:
    stop = threading.Event()
    following = Following(reading.root, reading.load)
    thread = following.follow(0.001, stop)
    try:
        for text in ("first", "second"):
            reading.write(text)
            _until(lambda text=text: following.ready and following.current == text)
    finally:
        stop.set()
        thread.join(10)
    assert not thread.is_alive()


def _until(condition: Callable[[], bool]) -> None:
    waiting = threading.Event()
    for _ in range(2000):
        if condition():
            return
        waiting.wait(0.005)
    raise AssertionError("it never came")
