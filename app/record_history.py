"""What git has of the track record: each version begins with all of the one before it.

A chain can be cut at its end or made anew from the first line on, and be whole. What was committed
cannot be, without another history: every version that led to the last commit must be the beginning
of the file in the workspace, and no commit may have taken lines away.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from app.own import RECORD
from app.repository import execute, git, piped
from mlrisk.record import chain
from mlrisk.record.chain import Finding

_NAMED = 20
"""Lines that a version has otherwise and that are named one by one."""


@dataclass(frozen=True)
class Version:
    """The file in a commit that changed it.

    Parameters
    ----------
    commit : str
    time : datetime
        Of the commit, by its committer's clock; UTC.
    parents : tuple of str
        The nearest commits before it that changed the file.
    blob : str
        Git's name of the content; empty where the commit has no such file.
    size : int
        Bytes.
    """

    commit: str
    time: datetime
    parents: tuple[str, ...]
    blob: str
    size: int

    def named(self) -> str:
        """The commit in words."""
        return f"commit {self.commit[:10]} of {self.time:%Y-%m-%d %H:%M} UTC"


@dataclass(frozen=True)
class History:
    """What git has.

    Parameters
    ----------
    note : str
        What was looked at, in words.
    added_by : list of Version
        Of each line that was committed, the commit that added it.
    findings : list of Finding
        Rule ``history``.
    """

    note: str
    added_by: list[Version] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def examine(root: Path, data: bytes) -> History:
    """Hold every committed version of the record against the file in the workspace.

    Parameters
    ----------
    root : Path
    data : bytes
        The file in the workspace.
    """
    looks = ["git", "rev-parse", "--verify", "--quiet", "HEAD"]
    if not (root / ".git").exists() or execute(looks, root).returncode != 0:
        return History("not looked at: there is no commit here")
    versions = _versions(root)
    if not versions:
        return History("no commit has the file yet")
    algorithm = git("rev-parse", "--show-object-format", root=root)
    with ThreadPoolExecutor() as pool:  # hashing lets go of the interpreter
        begins = pool.map(lambda one: _is_beginning(one, data, algorithm), versions)
        same = dict(zip((one.blob for one in versions), begins, strict=True))
    whole = [one for one in versions if same[one.blob]]
    others = [one for one in versions if not same[one.blob]]
    shallow = git("rev-parse", "--is-shallow-repository", root=root) == "true"
    count = "1 version" if len(versions) == 1 else f"{len(versions):,} versions"
    note = f"{count}, the first in {versions[0].named()}"
    found = [*_unlike(root, data, others), *_shortened(data, whole)]
    return History(
        note + (" (a shallow clone: what was before is not here)" if shallow else ""),
        _added_by(data, whole),
        sorted(found, key=lambda finding: (finding.line, finding.detail)),
    )


def _versions(root: Path) -> list[Version]:
    """Every version in the history of the last commit, parents before children."""
    order = ("--topo-order", "--reverse", "--full-history", "--parents", "--timestamp")
    told = git("rev-list", *order, "HEAD", "--", RECORD, root=root).splitlines()
    asked = "".join(f"{line.split()[1]}:{RECORD}\n" for line in told)
    objects = piped(["git", "cat-file", "--batch-check"], root, asked.encode()).decode()
    versions = []
    for line, answer in zip(told, objects.splitlines(), strict=True):
        moment, commit, *parents = line.split()
        blob, size = ("", "0") if answer.endswith(" missing") else answer.split()[::2]
        time = datetime.fromtimestamp(int(moment), UTC)
        versions.append(Version(commit, time, tuple(parents), blob, int(size)))
    return versions


def _is_beginning(version: Version, data: bytes, algorithm: str) -> bool:
    """Whether a version is the beginning of the data, by git's own hash of its content."""
    if version.size > len(data) or not version.blob:
        return False
    content = hashlib.new(algorithm, b"blob %d\0" % version.size)
    content.update(memoryview(data)[: version.size])
    return content.hexdigest() == version.blob


def _unlike(root: Path, data: bytes, others: Sequence[Version]) -> list[Finding]:
    """Where the workspace is not what was committed: by the oldest such version, and the newest."""
    now = chain.lines(data)
    named: dict[int, Finding] = {}
    for version in dict.fromkeys([*others[:1], *others[-1:]]):
        for finding in _differences(root, version, now):
            named.setdefault(finding.line, finding)
    return list(named.values())


def _differences(root: Path, version: Version, now: Sequence[bytes]) -> list[Finding]:
    """The lines that a version has otherwise, or has and the file has not."""
    if not version.blob:
        return [Finding(1, "history", f"{version.named()} took the file away")]
    before = chain.lines(piped(["git", "cat-file", "blob", version.blob], root))
    pairs = enumerate(zip(before, now, strict=False), 1)
    changed = [number for number, (one, other) in pairs if one != other]
    findings = [
        _on(before[number - 1], number, f"not the line that {version.named()} has")
        for number in changed[:_NAMED]
    ]
    if len(changed) > _NAMED:
        more = f", and {len(changed) - _NAMED} lines after it"
        findings[-1] = replace(findings[-1], detail=findings[-1].detail + more)
    if len(before) > len(now):
        detail = f"missing: {version.named()} has {len(before)} lines, the file {len(now)}"
        findings.append(_on(before[len(now)], len(now) + 1, detail))
    if not findings:
        detail = f"{version.named()} has another end of it"
        findings.append(Finding(len(before), "history", detail))
    return findings


def _shortened(data: bytes, whole: Sequence[Version]) -> list[Finding]:
    """Commits that took lines away which a later one put back."""
    by_commit = {version.commit: version for version in whole}
    findings = []
    for version in whole:
        for parent in (by_commit[name] for name in version.parents if name in by_commit):
            if version.size < parent.size:
                number = data[: version.size].count(b"\n") + 1
                detail = f"{version.named()} took it away, and a later commit put it back"
                findings.append(_on(chain.lines(data)[number - 1], number, detail))
    return findings


def _added_by(data: bytes, whole: Sequence[Version]) -> list[Version]:
    added: list[Version] = []
    covered = 0
    for version in whole:
        if version.size > covered:
            added += [version] * data.count(b"\n", covered, version.size)
            covered = version.size
    return added


def _on(line: bytes, number: int, detail: str) -> Finding:
    """A finding that names what the line was."""
    events, _ = chain.examine(line)
    event = events[0] if events else None
    if event is None:
        return Finding(number, "history", detail)
    return Finding(number, "history", detail, event.seq, event.date.isoformat())
