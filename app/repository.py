"""Git and DVC as processes: the one place that starts them.

A child runs in a process group of its own, so that Ctrl-C ends the whole tree below a command
(DVC and the stage it is running), and what the command built on the way can be removed.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import dropwhile
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from mlrisk.errors import MlriskError

FILES_ROOT = "MLRISK_FILES_ROOT"
CACHE = "MLRISK_CACHE"
_GRACE_SECONDS = 10.0
_IN_THE_BACKGROUND = ("gc.autoDetach", "maintenance.autoDetach", "core.fsmonitor")
# A stage's message, the last line of a traceback, git's and DVC's own words.
_TELLING = re.compile(r"[a-z]\w*(@\w+)?: \S|([\w.]+\.)?\w+(Error|Exception): |ERROR: ")
_NOISE = re.compile(r"\{|Having any troubles\?")


class RepositoryError(MlriskError, RuntimeError):
    """A git or DVC command that failed, or a repository that is not as it must be."""


def environment() -> dict[str, str]:
    """The environment of every child: this interpreter's programs first, no usage report.

    The paths of the real data and of remembered folds are made absolute, since experiments run in
    another folder. Git leaves nothing at work behind it: a clean-up in the background would outlive
    its command.
    """
    settings = dict(os.environ)
    settings["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), settings.get("PATH", "")])
    settings["DVC_NO_ANALYTICS"] = "1"
    count = int(settings.get("GIT_CONFIG_COUNT", "0"))
    for number, name in enumerate(_IN_THE_BACKGROUND, count):
        settings[f"GIT_CONFIG_KEY_{number}"] = name
        settings[f"GIT_CONFIG_VALUE_{number}"] = "false"
    settings["GIT_CONFIG_COUNT"] = str(count + len(_IN_THE_BACKGROUND))
    for name in (FILES_ROOT, CACHE):
        if settings.get(name):
            settings[name] = str(Path(settings[name]).absolute())
    return settings


def execute(
    command: Sequence[str], root: Path, *, capture: bool = True, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command in ``root`` to its end; the exit code is the caller's to judge.

    Parameters
    ----------
    command : sequence of str
    root : Path
        Working directory.
    capture : bool
        Keep the output for the caller, or let it through to the terminal.
    env : dict, optional
        Variables beside those of ``environment()``.
    """
    pipe = subprocess.PIPE if capture else None
    with subprocess.Popen(
        command,
        cwd=root,
        env=environment() | (env or {}),
        stdin=subprocess.DEVNULL,
        stdout=pipe,
        stderr=pipe,
        text=True,
        process_group=0,
        # What is marked as inheritable is: the lock of a daily run lives as long as its children.
        close_fds=False,
    ) as child:
        try:
            stdout, stderr = child.communicate()
        except BaseException:
            _end(child)
            raise
    return subprocess.CompletedProcess(command, child.returncode, stdout or "", stderr or "")


def output(
    command: Sequence[str], root: Path, *, capture: bool = True, env: dict[str, str] | None = None
) -> str:
    """What a command prints, or a ``RepositoryError`` with what it complained of."""
    done = execute(command, root, capture=capture, env=env)
    if done.returncode != 0:
        detail = f":\n{complaint(done)}" if capture else "; its message is above."
        raise RepositoryError(f"`{' '.join(command)}` failed (exit {done.returncode}){detail}")
    return done.stdout


def piped(command: Sequence[str], root: Path, given: bytes = b"") -> bytes:
    """What a command answers to what it is given, to the last byte.

    Raises
    ------
    RepositoryError
        Where it fails.
    """
    done = subprocess.run(
        command, cwd=root, env=environment(), input=given, capture_output=True, check=False
    )
    if done.returncode != 0:
        detail = done.stderr.decode(errors="replace").strip()
        raise RepositoryError(f"`{' '.join(command)}` failed (exit {done.returncode}):\n{detail}")
    return done.stdout


def complaint(done: subprocess.CompletedProcess[str]) -> str:
    """The lines of a failed command's output that say why."""
    for text in (done.stderr, done.stdout):
        lines = [line.strip() for line in text.splitlines()]
        told = list(dropwhile(lambda line: not _TELLING.match(line), lines))
        if told:
            return "\n".join(
                line for line in dict.fromkeys(told) if line and not _NOISE.match(line)
            )
    return "\n".join((done.stdout + done.stderr).strip().splitlines()[-5:])


def git(*arguments: str, root: Path) -> str:
    """Output of a git command, without the newline at its end."""
    return output(["git", *arguments], root).rstrip("\n")


def dvc(
    *arguments: str, root: Path, capture: bool = True, env: dict[str, str] | None = None
) -> str:
    """Output of a DVC command."""
    return output(["dvc", *arguments], root, capture=capture, env=env)


def find_root(start: Path | None = None) -> Path:
    """The repository that ``start`` (the working directory) lies in.

    A container has the files of a commit without git's history: DVC's setting ``core.no_scm`` says
    that this is meant.

    Raises
    ------
    RepositoryError
        Where there is no repository with a ``.dvc`` folder above it.
    """
    place = (start or Path.cwd()).absolute()
    for folder in (place, *place.parents):
        if (folder / ".dvc").is_dir() and ((folder / ".git").exists() or _without_git(folder)):
            return folder
    raise RepositoryError(
        f"{place}: in no git repository that DVC works in (.git and .dvc). "
        "Change into a clone of the project and run again."
    )


def resolve(revision: str, root: Path) -> str:
    """The commit of a branch, tag, hash or experiment name.

    Raises
    ------
    RepositoryError
        Where there is none of that name.
    """
    for name in (revision, f"origin/{revision}", experiment_ref(revision, root)):
        if name:
            done = execute(["git", "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}"], root)
            if done.returncode == 0:
                return done.stdout.strip()
    raise RepositoryError(
        f"{revision!r} is no branch, tag, commit or experiment of this repository "
        "(`git branch -a` and `dvc exp list` show them). On a shallow clone run "
        "`git fetch --unshallow` first."
    )


def experiment_ref(name: str, root: Path) -> str | None:
    """The git reference that DVC keeps an experiment under, if there is one of that name."""
    found = git("for-each-ref", "--format=%(refname)", f"refs/exps/*/*/{name}", root=root)
    return found.splitlines()[0] if found else None


def read_text(path: str, root: Path, revision: str | None = None) -> str | None:
    """A tracked text file at a revision, or in the workspace; ``None`` where there is none."""
    if revision is None:
        place = root / path
        return place.read_text(encoding="utf-8") if place.is_file() else None
    done = execute(["git", "show", f"{revision}:{path}"], root)
    return done.stdout if done.returncode == 0 else None


def read_metrics(root: Path, revision: str | None = None) -> dict[str, Any]:
    """Every ``metrics/*.json`` by name, sorted.

    Raises
    ------
    RepositoryError
        Where a file is not valid JSON.
    """
    if revision is None:
        files = [f"metrics/{path.name}" for path in (root / "metrics").glob("*.json")]
    else:
        listed = git("ls-tree", "--name-only", revision, "metrics/", root=root).splitlines()
        files = [path for path in listed if path.endswith(".json")]
    metrics = {}
    for path in sorted(files):
        try:
            metrics[Path(path).stem] = json.loads(read_text(path, root, revision) or "")
        except json.JSONDecodeError as error:
            raise RepositoryError(
                f"{path} at {revision or 'the workspace'}: not valid JSON ({error}). "
                "Run `dvc repro`."
            ) from None
    return metrics


def changed_files(root: Path) -> list[str]:
    """Tracked files that differ from the last commit."""
    return git("diff", "--name-only", "--no-renames", "HEAD", root=root).splitlines()


def untracked_files(root: Path) -> list[str]:
    """Files that git neither tracks nor ignores."""
    return git("ls-files", "--others", "--exclude-standard", root=root).splitlines()


def default_remote(root: Path) -> str | None:
    """The name of the remote that data is pushed to, if one is configured."""
    return _core_setting("remote", root)


def push(revisions: Sequence[str], root: Path) -> None:
    """Push the data that some commits name; `dvc push` has one commit or all of them."""
    output([sys.executable, "-m", "app.push", *revisions], root)


@contextmanager
def temporary_clone(root: Path) -> Iterator[Path]:
    """A clone of the last commit with a DVC cache of its own, removed when the block ends."""
    with TemporaryDirectory(prefix="mlrisk-", ignore_cleanup_errors=True) as folder:
        clone = Path(folder) / "clone"
        git("clone", "--quiet", "--shared", str(root), str(clone), root=root)
        local = f"[core]\nsite_cache_dir = {folder}/site\n[cache]\ndir = {folder}/cache\n"
        (clone / ".dvc" / "config.local").write_text(local, encoding="utf-8")
        yield clone


def _without_git(root: Path) -> bool:
    return bool(_core_setting("no_scm", root))


def _core_setting(name: str, root: Path) -> Any:
    from dvc.config import Config, ConfigError

    try:
        # Read here: `dvc config` takes a second to say it.
        return Config(str(root / ".dvc"))["core"].get(name)
    except ConfigError as error:
        raise RepositoryError(str(error)) from None


def _end(child: subprocess.Popen[str]) -> None:
    """Interrupt a child's process group, and kill what is left of it after a grace period."""
    for number in (signal.SIGINT, signal.SIGKILL):
        try:
            os.killpg(child.pid, number)
        except ProcessLookupError:
            break
        try:
            child.wait(_GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            continue
    child.wait()
