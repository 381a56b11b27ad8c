from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from typer.testing import CliRunner

from app import forecast, together
from app.cli import app

WAITS = (
    "import signal, time; signal.signal(signal.SIGINT, signal.SIG_DFL);"
    "open({name!r}, 'w').close(); time.sleep(60)"
)
FAILS = """
import os, time
while not os.path.exists("there"):
    time.sleep(0.01)
{end}
"""
DEAF = """
import signal, time
signal.signal(signal.SIGINT, signal.SIG_IGN)
signal.signal(signal.SIGTERM, signal.SIG_IGN)
open({name!r}, "w").close()
time.sleep(60)
"""
PARENT = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", {deaf!r}])
open("pid", "w").write(str(child.pid))
child.wait()
"""


def script(text: str) -> tuple[str, ...]:
    return sys.executable, "-c", text


def waits(name: str) -> tuple[str, ...]:
    return script(WAITS.format(name=name))


def once(path: Path) -> str:
    """The text of a file, as soon as it is there."""
    deadline = time.monotonic() + 20
    while not path.exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    return path.read_text()


def gone(pid: int) -> bool:
    try:
        process = psutil.Process(pid)
        if process.status() != psutil.STATUS_ZOMBIE:
            process.wait(10)
    except psutil.NoSuchProcess:
        pass
    except psutil.TimeoutExpired:
        return False
    return True


@pytest.fixture
def events(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, object]]:
    """What is logged."""
    told: list[dict[str, object]] = []
    monkeypatch.setattr(
        together, "event", lambda name, **fields: told.append({"event": name, **fields})
    )
    return told


@pytest.fixture
def _same_handlers() -> Iterator[None]:
    """What was to be done on a signal before is to be done after."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.getsignal(number) for number in numbers]
    yield
    assert [signal.getsignal(number) for number in numbers] == before


def when(there: list[Path], act: Callable[[], None]) -> None:
    def wait() -> None:
        for path in there:
            once(path)
        act()

    threading.Thread(target=wait, daemon=True).start()


@pytest.mark.parametrize(("code", "wanted"), [(3, 3), (0, 0), (-9, 137)])
def test_when_one_ends_the_other_is_ended_and_its_code_is_told(
    tmp_path: Path, events: list[dict[str, object]], code: int, wanted: int
) -> None:
    end = f"import os; os.kill(os.getpid(), {-code})" if code < 0 else f"raise SystemExit({code})"
    commands = {"api": script(FAILS.format(end=end)), "dashboard": waits("there")}
    assert together.together(tmp_path, commands) == wanted
    assert [event["event"] for event in events] == [
        "started", "started", "ended", "stopping", "ended",
    ]  # fmt: skip
    assert [event["face"] for event in events[2:]] == ["api", "dashboard", "dashboard"]
    assert [events[2]["code"], events[4]["code"]] == [wanted, 143]
    assert all(gone(int(str(event["pid"]))) for event in events[:2])


@pytest.mark.usefixtures("_same_handlers")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_all(
    tmp_path: Path, events: list[dict[str, object]], number: signal.Signals
) -> None:
    note = "import signal, sys, time\ndef end(number, _):\n open(NAME, 'w').write(str(number))\n"
    note += " sys.exit()\nfor number in (1, 2, 15): signal.signal(number, end)\n"
    ready = "open('ready-' + NAME, 'w').close(); time.sleep(60)"
    commands = {name: script(f"NAME = {name!r}\n{note}{ready}") for name in ("a", "b")}
    when(
        [tmp_path / "ready-a", tmp_path / "ready-b"],
        lambda: os.kill(os.getpid(), number),
    )
    assert together.together(tmp_path, commands) == 128 + number
    assert [(tmp_path / name).read_text() for name in ("a", "b")] == ["15", "15"]
    assert [event["event"] for event in events[2:]] == ["stopping", "stopping", "ended", "ended"]


def test_what_does_not_end_in_time_is_killed(
    tmp_path: Path, events: list[dict[str, object]]
) -> None:
    commands = {
        "api": script(FAILS.format(end="raise SystemExit(1)")),
        "dashboard": script(DEAF.format(name="there")),
    }
    assert together.together(tmp_path, commands, grace=0.3) == 1
    assert events[-1] == {"event": "ended", "face": "dashboard", "code": 137}


def test_a_second_signal_ends_the_patience(tmp_path: Path, events: list[dict[str, object]]) -> None:
    def twice() -> None:
        os.kill(os.getpid(), signal.SIGINT)
        while not any(event["event"] == "stopping" for event in events):
            time.sleep(0.01)
        time.sleep(0.3)
        os.kill(os.getpid(), signal.SIGINT)

    when([tmp_path / "there"], twice)
    commands = {"api": script(DEAF.format(name="there"))}
    assert together.together(tmp_path, commands, grace=60) == 130
    assert events[-1]["code"] == 137


def test_what_a_command_left_behind_goes_with_it(
    tmp_path: Path, events: list[dict[str, object]]
) -> None:
    when([tmp_path / "pid", tmp_path / "deaf"], lambda: os.kill(os.getpid(), signal.SIGTERM))
    commands = {"api": script(PARENT.format(deaf=DEAF.format(name="deaf")))}
    assert together.together(tmp_path, commands) == 143
    assert gone(int((tmp_path / "pid").read_text()))


def test_one_that_cannot_be_started_ends_those_before_it(
    tmp_path: Path, events: list[dict[str, object]]
) -> None:
    commands = {"api": waits("there"), "dashboard": ("no-such-program", "serve")}
    with pytest.raises(together.TogetherError, match=r"dashboard: `no-such-program serve` cannot"):
        together.together(tmp_path, commands)
    assert gone(int(str(events[0]["pid"])))


def test_the_commands_are_verbs_of_the_command_line() -> None:
    verbs = {command.name or command.callback.__name__ for command in app.registered_commands}  # type: ignore[union-attr]
    assert {command[0] for command in together.FACES.values()} == {"mlrisk"}
    assert {command[1] for command in together.FACES.values()} <= verbs


def test_all_runs_the_dag_before_it_serves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    did: list[tuple[str, Path]] = []
    monkeypatch.setattr("app.cli.terminal.root", lambda: tmp_path)
    monkeypatch.setattr(forecast, "reproduce", lambda root: did.append(("run", root)))
    monkeypatch.setattr(forecast, "view", lambda root: f"forecast of {root.name}")
    monkeypatch.setattr(together, "together", lambda root: did.append(("serve", root)) or 7)
    ran = CliRunner().invoke(app, ["all"])
    assert (did, ran.exit_code) == ([("run", tmp_path), ("serve", tmp_path)], 7)
    assert f"forecast of {tmp_path.name}" in ran.stdout


def test_ctrl_c_leaves_json_lines_and_no_traceback(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from app import log, together\n"
        f"log.to_stderr(); sys.exit(together.together(Path(), {{'api': {waits('there')!r}}}))"
    )
    with subprocess.Popen(
        script(program), cwd=tmp_path, stderr=subprocess.PIPE, text=True, process_group=0
    ) as command:
        once(tmp_path / "there")
        os.killpg(command.pid, signal.SIGINT)
        told = command.communicate(timeout=30)[1]
    assert command.returncode == 130
    lines = [json.loads(line) for line in told.splitlines()]
    assert [line["event"] for line in lines] == ["started", "stopping", "ended"]
