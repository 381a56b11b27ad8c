"""``mlrisk all``: the API and the dashboard side by side, until one of them ends or is told to."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from app.log import event
from app.repository import environment
from mlrisk.errors import MlriskError

FACES = {"api": ("mlrisk", "serve"), "dashboard": ("mlrisk", "dashboard")}
"""What is run, by the name it has in the log."""

_ASKED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_GRACE_SECONDS = 25.0
"""More than the API takes for the requests in flight."""
_PAUSE_SECONDS = 0.1

Children = dict[str, subprocess.Popen[bytes]]


class TogetherError(MlriskError, RuntimeError):
    """A command that could not be started."""


def together(
    root: Path, commands: Mapping[str, Sequence[str]] = FACES, *, grace: float = _GRACE_SECONDS
) -> int:
    """Run commands until the first of them ends; then end the others.

    Each runs in a process group of its own, so Ctrl-C reaches this process alone. It, SIGTERM and
    SIGHUP are handed on as SIGTERM, on which servers finish what they are at, to everything a
    command started; what is still there when the time is over, or when asked a second time, is
    killed.

    Parameters
    ----------
    root : Path
        Working directory.
    commands : mapping
        Name in the log to command line.
    grace : float
        Seconds to end in.

    Returns
    -------
    int
        Exit code: of the command that ended, the first that failed where several did; 128 and the
        signal's number where one was asked for or killed a command.

    Raises
    ------
    TogetherError
        Where a command cannot be started; those before it are ended.
    """
    children: Children = {}
    with _asked() as asked:
        try:
            for name, command in commands.items():
                children[name] = _start(name, command, root)
            while not asked and not _ended(children):
                time.sleep(_PAUSE_SECONDS)
            ended = _ended(children)
        finally:
            _stop(children, asked, grace)
    if ended:
        return next((code for code in ended.values() if code), 0)
    return 128 + asked[0]


@contextmanager
def _asked() -> Iterator[list[int]]:
    """The signals that came; they interrupt nothing, so that no child is lost while it starts."""
    came: list[int] = []
    before = {
        number: signal.signal(number, lambda number, _: came.append(number)) for number in _ASKED
    }
    try:
        yield came
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _start(name: str, command: Sequence[str], root: Path) -> subprocess.Popen[bytes]:
    try:
        child = subprocess.Popen(
            command, cwd=root, env=environment(), stdin=subprocess.DEVNULL, process_group=0
        )
    except OSError as error:
        raise TogetherError(
            f"{name}: `{' '.join(command)}` cannot be started ({error.strerror}). Run `make env`."
        ) from None
    event("started", face=name, pid=child.pid, command=" ".join(command))
    return child


def _ended(children: Children) -> dict[str, int]:
    """Exit codes of the children that are no more, as a shell gives them."""
    codes = {name: child.poll() for name, child in children.items()}
    return {
        name: code if code >= 0 else 128 - code for name, code in codes.items() if code is not None
    }


def _stop(children: Children, asked: Sequence[int], grace: float) -> None:
    ended = _ended(children)
    for name, code in ended.items():
        event("ended", face=name, code=code)
    running = {name: child for name, child in children.items() if name not in ended}
    signals = len(asked)
    for name, child in running.items():
        event("stopping", face=name)
        _send(child, signal.SIGTERM)
    deadline = time.monotonic() + grace
    while len(_ended(running)) < len(running):
        if time.monotonic() > deadline or len(asked) > signals:
            break
        time.sleep(_PAUSE_SECONDS)
    for child in children.values():
        # What a command started, and left, goes with it.
        _send(child, signal.SIGKILL)
    for name, child in running.items():
        child.wait()
        event("ended", face=name, code=_ended({name: child})[name])


def _send(child: subprocess.Popen[bytes], number: int) -> None:
    try:
        os.killpg(child.pid, number)
    except ProcessLookupError:
        return
