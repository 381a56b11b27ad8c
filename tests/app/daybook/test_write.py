"""Files are written whole, and what cannot be asked for is said."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from app import cli, record
from app.daybook import write
from app.daybook.material import gather
from app.faces.day import NoSuchDayError
from app.faces.snapshot import Snapshot
from app.repository import RepositoryError


def report(root: Path, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> tuple[int, str]:
    monkeypatch.setattr("app.cli.terminal.root", lambda: root)
    done = CliRunner().invoke(cli.app, ["report", *arguments])
    return done.exit_code, " ".join(done.output.split())


def test_the_command_writes_the_formats_that_are_asked_for(
    computed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, snapshot: Snapshot
) -> None:
    date = f"{snapshot.predictions['date'].iloc[-1]:%Y-%m-%d}"
    out = tmp_path / "made"
    asked = ("--date", date, "--out", str(out), "--format", "csv,pdf")
    code, said = report(computed, monkeypatch, *asked)
    assert code == 0, said
    assert sorted(path.name for path in out.iterdir()) == [
        f"report-{date}.csv",
        f"report-{date}.pdf",
    ]
    assert all(str(path) in said.replace(" ", "") for path in out.iterdir())
    assert (out / f"report-{date}.pdf").read_bytes().startswith(b"%PDF-")


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ((), "neither is given"),
        (("main", "--date", "2023-06-30"), "both are given"),
        (("--date", "2023-06-30", "--format", "docx"), "docx is no format; there are html, pdf"),
        (("--date", "1999-01-04"), "there is no forecast of that date"),
    ],
)
def test_what_cannot_be_asked_for_is_said(
    computed: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], problem: str
) -> None:
    code, said = report(computed, monkeypatch, *arguments)
    assert code == 1
    assert problem in said


def test_an_unknown_day_writes_nothing(computed: Path, tmp_path: Path) -> None:
    with pytest.raises(NoSuchDayError, match="2022-01-03"):
        write.write(computed, pd.Timestamp("2022-01-01"), tmp_path)
    assert not list(tmp_path.iterdir())


def test_formats_are_named_once_each() -> None:
    assert write.formats(" pdf,html,pdf ") == ["pdf", "html"]
    with pytest.raises(write.ReportError, match="nothing is no format"):
        write.formats(" , ")


def test_the_record_is_shown_as_it_stood(
    computed: Path, snapshot: Snapshot, tmp_path: Path
) -> None:
    root = tmp_path / "repository"
    shutil.copytree(computed, root, symlinks=True)
    dates = snapshot.predictions["date"]
    record.append(root, dates.iloc[-3].date())
    copy = dataclasses.replace(snapshot, root=root)
    # Lines are of the session whose data they were written with, which is the last.
    assert list(gather(copy, dates.iloc[-1]).published["date"]) == list(dates.iloc[-3:])
    assert gather(copy, dates.iloc[-2]).published.empty
    other = dataclasses.replace(copy, version=dataclasses.replace(copy.version, dvc_lock="0" * 64))
    with pytest.raises(RepositoryError, match="changed while the report was made"):
        gather(other, dates.iloc[-1])
