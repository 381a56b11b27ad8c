"""``mlrisk serve`` in a process of its own, on a free port."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil

from app.api.settings import PREFIX
from mlrisk.errors import MlriskError

_START_SECONDS = 120.0


class ServerError(MlriskError, RuntimeError):
    """A server that does not come up; says what it printed last."""


@contextmanager
def serving(root: Path, keys_file: Path, log: Path) -> Iterator[tuple[str, psutil.Process]]:
    """A server that is ready; its address, and its process.

    Parameters
    ----------
    root : Path
        Served; read again every half second when it changes.
    keys_file, log : Path
        Its keys, and where its log goes.

    Raises
    ------
    ServerError
        Where it is not ready in time.
    """
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    own = {"PORT": f"{port}", "KEYS_FILE": f"{keys_file}", "RELOAD_SECONDS": "0.5"}
    own |= {"RATE_PER_MINUTE": "1000000", "BURST": "100000"}
    env = os.environ | {PREFIX + name: value for name, value in own.items()}
    with (
        log.open("w") as out,
        subprocess.Popen(
            [sys.executable, "-m", "app.cli", "serve"], cwd=root, env=env, stdout=out, stderr=out
        ) as child,
    ):
        try:
            _wait(f"{url}/readyz", child, log)
            yield url, psutil.Process(child.pid)
        finally:
            child.terminate()


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _wait(url: str, child: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + _START_SECONDS
    while child.poll() is None and time.monotonic() < end:
        try:
            if httpx.get(url).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    raise ServerError(f"{url} is not ready; the server's log ends:\n{log.read_text()[-2000:]}")
