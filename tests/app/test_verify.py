from __future__ import annotations

import json
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from app import cli, verify
from app.own import RECORD
from app.repository import git
from mlrisk.record import chain
from tests.conftest import commit_all, hermetic
from tests.mlrisk.record.world import DAYS, contents, lived, resealed

SHORT, LONG = lived(DAYS[:6]), lived(DAYS[:9])


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with a record that was committed twice."""
    hermetic(monkeypatch, tmp_path)
    root = tmp_path / "repository"
    (root / RECORD).parent.mkdir(parents=True)
    (root / ".dvc").mkdir()
    git("init", "--quiet", "--initial-branch=main", root=root)
    for data, moment in ((SHORT, "2024-11-29T14:29:00Z"), (LONG, "2024-12-04T14:31:00Z")):
        (root / RECORD).write_bytes(data)
        monkeypatch.setenv("GIT_COMMITTER_DATE", moment)
        commit_all(root, moment)
    monkeypatch.chdir(root)
    return root


def shown(root: Path) -> str:
    console = Console(width=200, record=True)
    console.print(verify.view(verify.examine(root)))
    return console.export_text()


def test_a_whole_record_is_whole(root: Path) -> None:
    verdict = verify.examine(root)
    assert verdict.whole
    assert verdict.lines == LONG.count(b"\n")
    assert verdict.head == contents(LONG)[-1]["hash"]
    assert verdict.checks["data"].startswith("not looked at: ")
    assert "simulated SPY" in shown(root)
    assert f"{RECORD}: whole" in " ".join(shown(root).split())
    assert verdict.head in shown(root)


def test_git_says_what_was_public_before_the_next_open(root: Path) -> None:
    """The sixth session, 2024-11-27, was committed a minute before the half day opened; the ninth,
    2024-12-03, a minute after the next open."""
    assert [str(DAYS[place]) for place in (5, 8)] == ["2024-11-27", "2024-12-03"]
    (series,) = verify.examine(root).series
    assert series["forecasts"] == 9
    assert series["before_open"] == 1


def test_a_changed_row_is_named_and_the_code_is_one(root: Path) -> None:
    lines = LONG.splitlines(keepends=True)
    lines[3] = lines[3].replace(b'"rv_5d_hat":0.02', b'"rv_5d_hat":0.01')
    assert b"".join(lines) != LONG
    (root / RECORD).write_bytes(b"".join(lines))
    ran = CliRunner().invoke(cli.app, ["verify", "--json"])
    assert ran.exit_code == 1
    told = json.loads(ran.stdout)
    assert not told["whole"]
    assert {(one["line"], one["seq"], one["date"]) for one in told["findings"]} == {
        (4, 3, str(DAYS[3]))
    }
    assert {one["rule"] for one in told["findings"]} == {"hash", "history"}
    assert told["checks"]["rules"] == "not looked at: the chain is broken"
    text = CliRunner().invoke(cli.app, ["verify"]).stdout
    assert "the line was changed" in " ".join(text.split())


def test_a_forged_chain_is_found_by_its_figures_and_by_git(root: Path) -> None:
    made = contents(LONG)
    made[1]["var_5d_hat"] *= 0.9
    (root / RECORD).write_bytes(resealed(made))
    rules = {finding.rule for finding in verify.examine(root).findings}
    assert rules == {"losses", "history"}


def test_a_hash_that_was_noted_elsewhere_must_be_there(root: Path) -> None:
    noted = contents(LONG)[4]["hash"]
    assert CliRunner().invoke(cli.app, ["verify", "--contains", noted]).exit_code == 0
    (root / RECORD).write_bytes(SHORT)
    git("reset", "--quiet", "--hard", "HEAD~1", root=root)
    late = contents(LONG)[-1]["hash"]
    assert CliRunner().invoke(cli.app, ["verify"]).exit_code == 0, "a history that was cut"
    ran = CliRunner().invoke(cli.app, ["verify", "--contains", late, "--json"])
    assert ran.exit_code == 1
    assert [one["rule"] for one in json.loads(ran.stdout)["findings"]] == ["anchor"]


def test_a_repository_without_a_record_has_nothing_wrong(root: Path) -> None:
    git("update-ref", "-d", "HEAD", root=root)
    (root / RECORD).unlink()
    verdict = verify.examine(root)
    assert (verdict.whole, verdict.lines, verdict.head) == (True, 0, chain.GENESIS)
    assert verdict.series == []
