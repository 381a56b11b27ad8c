"""What a chain cannot show: lines cut off its end, and a chain made anew."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app import record_history
from app.own import RECORD
from app.repository import RepositoryError, git, piped
from mlrisk.record import chain
from tests.conftest import commit_all, hermetic
from tests.mlrisk.record.world import DAYS, contents, lived, resealed

Commit = Callable[[bytes], str]
SHORT, MIDDLE, LONG = (lived(DAYS[:count]) for count in (3, 6, 8))


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    hermetic(monkeypatch, tmp_path)
    root = tmp_path / "repository"
    (root / RECORD).parent.mkdir(parents=True)
    git("init", "--quiet", "--initial-branch=main", root=root)
    return root


@pytest.fixture
def put(root: Path) -> Commit:
    """Commits the file with some bytes."""

    def commit(data: bytes) -> str:
        (root / RECORD).write_bytes(data)
        return commit_all(root, f"{len(data)} bytes")

    return commit


def found(root: Path, data: bytes) -> list[tuple[int, int | None]]:
    findings = record_history.examine(root, data).findings
    assert {finding.rule for finding in findings} <= {"history"}
    return [(finding.line, finding.seq) for finding in findings]


def lines(data: bytes) -> int:
    return data.count(b"\n")


def forged() -> bytes:
    """The chain made anew with one forecast changed: whole, and hashed right."""
    made = contents(LONG)
    made[1]["var_5d_hat"] *= 0.9
    return resealed(made)


def test_a_file_that_only_grew_is_right(root: Path, put: Commit) -> None:
    first, second = put(SHORT), put(MIDDLE)
    history = record_history.examine(root, LONG)
    assert history.findings == []
    assert [one.commit for one in history.added_by] == [first] * 3 + [second] * (lines(MIDDLE) - 3)
    assert history.note.startswith(f"2 versions, the first in commit {first[:10]}")


def test_lines_cut_off_in_the_workspace_are_found(root: Path, put: Commit) -> None:
    put(SHORT)
    commit = put(LONG)
    assert chain.examine(MIDDLE)[1] == [], "the chain itself is whole"
    (finding,) = record_history.examine(root, MIDDLE).findings
    assert (finding.line, finding.seq) == (lines(MIDDLE) + 1, lines(MIDDLE))
    assert commit[:10] in finding.detail
    assert f"has {lines(LONG)} lines, the file {lines(MIDDLE)}" in finding.detail
    assert found(root, b"") == [(1, 0)]


def test_lines_cut_off_in_a_commit_are_found(root: Path, put: Commit) -> None:
    put(LONG)
    put(SHORT)
    assert found(root, SHORT) == [(4, 3)]
    put(LONG)
    assert found(root, LONG) == [(4, 3)], "put back, but it was away"


def test_a_chain_made_anew_is_found(root: Path, put: Commit) -> None:
    put(SHORT)
    put(LONG)
    assert chain.examine(forged())[1] == [], "the chain itself is whole"
    numbers = [line for line, _ in found(root, forged())]
    # The changed line and all that carry its hash onward.
    assert set(numbers) == set(range(2, lines(LONG) + 1))
    put(forged())
    assert min(line for line, _ in found(root, forged())) == 2


def test_a_forgery_that_was_taken_back_is_found(root: Path, put: Commit) -> None:
    put(MIDDLE)
    commit = put(forged())
    put(LONG)
    findings = record_history.examine(root, LONG).findings
    assert (findings[0].line, findings[0].seq, findings[0].date) == (2, 1, str(DAYS[1]))
    assert commit[:10] in findings[0].detail


def test_a_file_that_was_taken_away_is_found(root: Path, put: Commit) -> None:
    put(SHORT)
    (root / RECORD).unlink()
    commit = commit_all(root, "Gone")
    put(MIDDLE)
    (finding,) = record_history.examine(root, MIDDLE).findings
    assert f"commit {commit[:10]}" in finding.detail
    assert "took the file away" in finding.detail


def test_a_history_that_is_merged_in_is_looked_at(root: Path, put: Commit) -> None:
    put(SHORT)
    git("switch", "--quiet", "--create", "other", root=root)
    put(forged())
    git("switch", "--quiet", "main", root=root)
    put(LONG)
    git("merge", "--quiet", "--strategy=ours", "--message", "Merge", "other", root=root)
    assert (2, 1) in found(root, LONG)


def test_a_changed_last_newline_is_found(root: Path, put: Commit) -> None:
    put(SHORT)
    assert found(root, SHORT[:-1]) == [(3, None)]


def test_one_after_the_other_is_named_up_to_a_number(root: Path, put: Commit) -> None:
    data = lived(DAYS[:25])
    put(data)
    other = resealed({**content, "model": "other"} if "model" in content else content
                     for content in contents(data))  # fmt: skip
    findings = record_history.examine(root, other).findings
    assert [finding.line for finding in findings] == list(range(1, 21))
    assert findings[-1].detail.endswith(f"and {lines(data) - 20} lines after it")


def test_the_clock_is_the_committers(
    root: Path, put: Commit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2024-11-20T23:30:00-05:00")
    put(SHORT)
    history = record_history.examine(root, SHORT)
    assert history.added_by[0].time == datetime(2024, 11, 21, 4, 30, tzinfo=UTC)


def test_a_shallow_clone_says_so(root: Path, put: Commit, tmp_path: Path) -> None:
    put(SHORT)
    put(MIDDLE)
    clone = tmp_path / "clone"
    git("clone", "--quiet", "--depth=1", root.as_uri(), str(clone), root=root)
    history = record_history.examine(clone, MIDDLE)
    assert history.findings == []
    assert "shallow" in history.note


def test_without_a_history_nothing_is_said(root: Path, tmp_path: Path) -> None:
    assert record_history.examine(root, SHORT).note == "not looked at: there is no commit here"
    bare = tmp_path / "bare"
    bare.mkdir()
    assert record_history.examine(bare, SHORT).note == "not looked at: there is no commit here"
    (root / "a").touch()
    commit_all(root, "Another file")
    assert record_history.examine(root, SHORT).note == "no commit has the file yet"


def test_bytes_go_through_a_command_as_they_are(tmp_path: Path) -> None:
    given = os.urandom(64) + b"\r\n\xff"
    assert piped(["cat"], tmp_path, given) == given
    with pytest.raises(RepositoryError, match=r"exit 1.*\n.*cannot access"):
        piped(["sh", "-c", "echo cannot access >&2; exit 1"], tmp_path)
