from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from app import compose, daily, lock, mend, own, publish, record, repository, verify
from app.as_of import AsOfError
from app.daily import DailyError, Settings
from app.repository import RepositoryError, git
from mlrisk.calendar import CalendarError

pytestmark = pytest.mark.usefixtures("quick_dvc")

Commit = Callable[[Path, str], str]
MONDAY, TUESDAY, WEDNESDAY = date(2025, 10, 27), date(2025, 10, 28), date(2025, 10, 29)
SOURCE = "conf/source/simulated.yaml"


def fetch(root: Path, to: pd.Timestamp, accept: Sequence[str]) -> dict[str, Any]:
    """A row per fetched day, as the feeds of a live source would append them."""
    landing = root / own.LANDING
    landing.mkdir(parents=True, exist_ok=True)
    with (landing / "rows.csv").open("a+") as file:
        file.seek(0)
        if f"{to:%Y-%m-%d}\n" not in file.readlines():
            file.write(f"{to:%Y-%m-%d}\n")
    return {"rows": 1}


SETTINGS = Settings(now=pd.Timestamp("2025-10-29 22:00", tz="UTC"), fetch=fetch, wait=1)


def run(root: Path, day: date = MONDAY, **changes: Any) -> list[str]:
    return daily.daily(root, day, Settings(**{**vars(SETTINGS), **changes}))


def tree(root: Path, revision: str = "HEAD") -> str:
    return git("rev-parse", f"{revision}^{{tree}}", root=root)


def commits(root: Path) -> int:
    return int(git("rev-list", "--count", "HEAD", root=root))


def status(root: Path) -> str:
    return git("status", "--porcelain", root=root)


def edit(root: Path, name: str, pattern: str, text: str) -> None:
    place = root / name
    changed, count = re.subn(pattern, text, place.read_text(), flags=re.MULTILINE)
    assert count == 1
    place.write_text(changed)


@pytest.fixture
def live(served: Path, commit: Commit) -> Path:
    """As ``served``, with the source that is fetched."""
    edit(served, "conf/config.yaml", r"^(\s*- source:) \S+", r"\1 live")
    edit(served, "conf/source/live.yaml", r"^as_of:.*", "as_of: '2025-10-24'")
    compose.write(served)
    commit(served, "The live source")
    return served


@pytest.fixture
def remote(served: Path) -> Path:
    """A folder that ``served`` pushes to."""
    folder = served.parent / "remote"
    repository.dvc("remote", "add", "--local", "--default", "store", str(folder), root=served)
    return folder


def test_a_day_is_one_commit_that_states_the_forecast(served: Path) -> None:
    before = commits(served)
    (made,) = run(served)
    assert git("rev-parse", "HEAD", root=served) == made
    assert commits(served) == before + 1
    assert git("show", "--name-only", "--format=", root=served).splitlines() == [
        SOURCE,
        "dvc.lock",
        "metrics/prediction.json",
        "params.yaml",
        "results/track_record.jsonl",
    ]
    lines = git("log", "-1", "--format=%B", root=served).splitlines()
    assert lines[0] == (
        "2025-10-27: SPY 5-day volatility 2.27 % (16.4 % a year), champion sha256-1234"
    )
    assert "Drivers in log variance: vix +0.310, spy_vol_5d -0.120" in lines
    assert any(line.startswith("Gate of champion: passed") for line in lines)
    assert f"  {'data/batch':<22}  {own.outputs(served)['data/batch']}" in lines
    assert [line for line in lines if line][-2:] == ["Session: 2025-10-27", "Source: simulated"]
    assert git("log", "-1", "--format=%an", root=served) == "A. Tester"
    assert status(served) == ""


def test_the_source_keeps_every_other_byte(served: Path) -> None:
    before = (served / SOURCE).read_bytes()
    run(served)
    assert (served / SOURCE).read_bytes() == before.replace(b"2025-10-24", b"2025-10-27")
    assert before.count(b"2025-10-24") == 1
    compose.check(served)


def test_twice_is_once(served: Path, caplog: pytest.LogCaptureFixture) -> None:
    run(served)
    before = git("rev-parse", "HEAD", root=served)
    caplog.set_level(logging.INFO)
    assert run(served) == []
    assert git("rev-parse", "HEAD", root=served) == before
    assert "nothing to do" in caplog.messages
    assert "repro" not in caplog.messages


def test_a_run_puts_its_forecast_and_what_is_known_by_then_on_record(served: Path) -> None:
    (first,) = run(served, date(2025, 10, 20), rewind=True)
    (second,) = run(served)
    before, now = (
        repository.read_text(record.RECORD, served, commit) or "" for commit in (first, second)
    )
    assert now.startswith(before)
    said = [(event.kind, f"{event.date}", event.as_of) for event in record.read(served).events]
    assert said == [
        ("forecast", "2025-10-20", date(2025, 10, 20)),
        ("forecast", "2025-10-27", MONDAY),
        ("realisation", "2025-10-20", MONDAY),
    ]
    verdict = verify.examine(served)
    assert verdict.whole, verdict.findings
    assert verdict.checks["data"].startswith("2 forecasts of simulated SPY held against it")


def test_a_line_of_a_run_that_did_not_commit_is_not_in_another_days_commit(served: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(own, "commit", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            run(served)
    assert len(record.read(served).events) == 1
    (served / "results/.tmp-track_record.jsonl").write_bytes(b"half a li")
    run(served, TUESDAY)
    assert [event.date for event in record.read(served).events] == [TUESDAY]
    assert status(served) == ""


def test_a_served_session_that_is_not_on_record_is_published(served: Path) -> None:
    friday = date(2025, 10, 24)
    assert len(run(served, friday)) == 1
    assert git("show", "--name-only", "--format=", root=served) == record.RECORD
    assert run(served, friday) == []


def test_a_changed_code_makes_another_commit_of_the_same_day(served: Path, commit: Commit) -> None:
    run(served)
    edit(served, "toy.py", "sha256-1234", "sha256-5678")
    commit(served, "Another model")
    assert len(run(served)) == 1
    assert git("log", "-1", "--format=%s", root=served).endswith("sha256-5678")
    first, second = record.read(served).events
    assert (first.revision, second.revision, second.date) == (0, 1, MONDAY)


@pytest.mark.parametrize(
    ("day", "error", "message"),
    [
        (date(2025, 10, 26), CalendarError, "2025-10-26 (Sunday) is no NYSE session"),
        (date(2025, 10, 30), DailyError, "2025-10-30: what is known on that session is complete "),
        (date(2025, 10, 23), DailyError, "lies before 2025-10-24, which the last commit serves"),
    ],
)
def test_days_that_are_refused(
    served: Path, day: date, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=re.escape(message)):
        run(served, day)
    assert status(served) == ""


def test_a_session_can_be_run_at_22_utc_and_not_before(served: Path) -> None:
    early = pd.Timestamp("2025-10-27 21:59:59", tz="UTC")
    with pytest.raises(DailyError, match="last session that can be run is 2025-10-24"):
        run(served, now=early)
    assert daily.latest_session(early) == pd.Timestamp("2025-10-24")
    assert daily.latest_session(early + pd.Timedelta(seconds=1)) == pd.Timestamp(MONDAY)
    assert daily.latest_session(pd.Timestamp("2025-10-26 23:00", tz="UTC")).day == 24
    assert daily.latest_session(pd.Timestamp("2025-10-27 18:00", tz="America/New_York")).day == 27


def test_going_back_has_to_be_said(served: Path) -> None:
    assert len(run(served, date(2025, 10, 23), rewind=True)) == 1
    assert json.loads((served / "metrics/prediction.json").read_text())["date"] == "2025-10-23"


@pytest.mark.parametrize("name", ["toy.py", "conf/model/lightgbm.yaml", SOURCE])
def test_changes_of_somebody_else_are_refused_and_left(served: Path, name: str) -> None:
    (served / name).write_text((served / name).read_text() + "# another thought\n")
    with pytest.raises(RepositoryError, match=f"uncommitted changes of {name}"):
        run(served)
    assert (served / name).read_text().endswith("# another thought\n")
    assert status(served) == f" M {name}"


def test_files_that_git_does_not_know_are_left_alone(served: Path) -> None:
    (served / "plots" / "mine.csv").write_text("a\n")
    (served / "note.txt").write_text("a\n")
    run(served)
    assert status(served).splitlines() == ["?? note.txt", "?? plots/mine.csv"]


def test_git_has_to_know_who_commits(served: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for who in ("AUTHOR", "COMMITTER"):
        for what in ("NAME", "EMAIL"):
            monkeypatch.delenv(f"GIT_{who}_{what}")
    git("config", "user.useConfigOnly", "true", root=served)
    with pytest.raises(RepositoryError, match=r"who commits.*git config user\.name"):
        run(served)
    assert status(served) == ""


def test_a_branch_has_to_be_checked_out(served: Path) -> None:
    git("switch", "--quiet", "--detach", root=served)
    with pytest.raises(RepositoryError, match="no branch is checked out"):
        run(served)


def test_a_failing_stage_is_made_good_by_the_next_run(served: Path, commit: Commit) -> None:
    leaf = "conf/forecast/default.yaml"
    edit(served, leaf, r"(lightgbm:(\n  .*)*?n_estimators:) \d+", r"\1 13")
    commit(served, "Bad luck")
    before = git("rev-parse", "HEAD", root=served)
    with pytest.raises(RepositoryError, match="dvc repro"):
        run(served)
    assert git("rev-parse", "HEAD", root=served) == before
    edit(served, leaf, r"n_estimators: 13", "n_estimators: 14")
    git("commit", "--quiet", "--message", "Better", "--only", leaf, root=served)
    assert len(run(served)) == 1
    assert status(served) == ""


def test_a_forecast_of_another_day_is_not_committed(served: Path, commit: Commit) -> None:
    edit(served, "toy.py", r'"date": day,', '"date": "2025-10-20",')
    commit(served, "A stage that forgets the day")
    with pytest.raises(RepositoryError, match="the forecast of 2025-10-20 where that of 2025-10-2"):
        run(served)


def test_an_as_of_that_is_set_elsewhere_is_told(served: Path, commit: Commit) -> None:
    edit(served, "conf/config.yaml", r"^as_of:.*", "as_of: '2025-10-24'")
    commit(served, "A fixed day")
    with pytest.raises(DailyError, match=r"as_of is 2025-10-24 although .* says 2025-10-27"):
        run(served)


def test_a_source_without_a_day_is_told(served: Path, commit: Commit) -> None:
    edit(served, SOURCE, r"^as_of:.*", "as_of: ???")
    commit(served, "No day")
    with pytest.raises(AsOfError, match=f"{SOURCE}: 0 lines"):
        run(served)


CUTS = (
    (own, "restore"),
    (compose, "write"),
    (daily, "write_text"),
    (daily, "dvc"),
    (record, "_write"),
    (own, "commit"),
    (publish, "push"),
)


def test_runs_that_end_anywhere_are_made_good_by_the_next(served: Path, remote: Path) -> None:
    """Cut short after each thing it writes, one after the other; kills are in test_prove.py."""

    class Cut(BaseException):
        pass

    def cut_after(whole: Callable[..., Any]) -> Callable[..., Any]:
        def cut(*arguments: Any, **keywords: Any) -> Any:
            whole(*arguments, **keywords)
            raise Cut

        return cut

    before = commits(served)
    for module, name in CUTS:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(module, name, cut_after(getattr(module, name)))
            with pytest.raises(Cut):
                run(served)
        made = module in (own, publish) and name in ("commit", "push")
        assert commits(served) == before + made
    assert run(served) == []
    assert commits(served) == before + 1
    assert status(served) == ""
    wanted = git("show", "HEAD:metrics/prediction.json", root=served)
    assert json.loads(wanted)["date"] == "2025-10-27"
    assert [str(event.date) for event in record.read(served).events] == ["2025-10-27"]
    assert repository.execute(["dvc", "status", "--quiet", "--cloud"], served).returncode == 0


def test_what_a_killed_git_and_dvc_left_is_cleared(
    served: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    other = tmp_path / "other"
    git("clone", "--quiet", str(served), str(other), root=served)
    with lock.held(served, 0) as held:
        held.note("started")
    for name in (
        ".git/index.lock",
        ".git/next-index-1.lock",
        ".git/HEAD.lock",
        ".git/refs/heads/main.lock",
        ".dvc/tmp/rwlock",
    ):
        (served / name).write_text("half")
    text = (served / "dvc.lock").read_text()
    (served / "dvc.lock").write_text(text[: len(text) // 2] + "\n  half: [")
    (served / "params.yaml").unlink()
    for name in ("data/.tmp-batch", "data/.tmp-old-batch"):
        (served / name).mkdir()
    (served / "conf/source/.tmp-simulated.yaml").touch()
    caplog.set_level(logging.INFO)
    (made,) = run(served)
    assert "mended" in caplog.messages
    assert status(served) == ""
    assert list(served.rglob(".tmp-*")) == []
    (again,) = run(other)
    assert tree(served, made) == tree(other, again)


def test_a_git_killed_between_branch_and_index_is_made_good(served: Path) -> None:
    index = (served / ".git/index").read_bytes()
    (made,) = run(served)
    with lock.held(served, 0) as held:
        held.note("started")
    (served / ".git/index").write_bytes(index)
    (served / ".git/index.lock").touch()
    assert run(served) == []
    assert git("rev-parse", "HEAD", root=served) == made
    assert status(served) == ""


def test_a_lock_that_no_dead_run_explains_is_left(served: Path) -> None:
    (served / ".git/index.lock").touch()
    with pytest.raises(RepositoryError, match=r"index\.lock"):
        run(served)
    assert (served / ".git/index.lock").exists()


def test_an_older_lock_is_left(served: Path) -> None:
    stale = served / ".git/index.lock"
    stale.touch()
    with lock.held(served, 0) as held:
        held.note("started")
        mend.remove_stale_locks(served, held.noted_at + 10)
    assert stale.exists()


def test_what_is_pushed_can_be_pulled(served: Path, remote: Path, tmp_path: Path) -> None:
    run(served)
    clone = tmp_path / "clone"
    git("clone", "--quiet", str(served), str(clone), root=served)
    repository.dvc("remote", "add", "--local", "--default", "store", str(remote), root=clone)
    assert run(clone) == []
    assert (clone / "data/batch/predictions_daily_20251027.csv").read_text() == "2025-10-27"
    assert repository.execute(["dvc", "status", "--quiet"], clone).returncode == 0


def test_a_remote_that_was_down_gets_everything_later(
    served: Path, remote: Path, tmp_path: Path
) -> None:
    remote.write_text("no folder")
    for day in (MONDAY, TUESDAY):
        with pytest.raises(RepositoryError, match="committed, but its data is not on the remote"):
            run(served, day)
        assert git("log", "-1", "--format=%s", root=served).startswith(f"{day}: ")
    remote.unlink()
    assert run(served, TUESDAY) == []
    for revision in ("HEAD", "HEAD~1"):
        clone = tmp_path / revision
        git("clone", "--quiet", str(served), str(clone), root=served)
        git("checkout", "--quiet", revision, root=clone)
        repository.dvc("remote", "add", "--local", "--default", "store", str(remote), root=clone)
        repository.dvc("pull", "--quiet", root=clone)


def test_a_remote_without_the_last_commit_does_not_stop_the_day(
    served: Path, remote: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clone = tmp_path / "clone"
    git("clone", "--quiet", str(served), str(clone), root=served)
    repository.dvc("remote", "add", "--local", "--default", "store", str(remote), root=clone)
    caplog.set_level(logging.INFO)
    (made,) = run(clone)
    (pulled,) = [record for record in caplog.records if record.getMessage() == "pull"]
    assert vars(pulled)["fields"]["absent"] == 5
    (other,) = run(served)
    assert tree(clone, made) == tree(served, other)


def test_a_backfill_is_one_commit_a_session_and_goes_on_where_it_ended(
    served: Path, remote: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    assert len(daily.backfill(served, MONDAY, TUESDAY, SETTINGS)) == 2
    assert len(daily.backfill(served, date(2025, 10, 25), WEDNESDAY, SETTINGS)) == 1
    subjects = git("log", "-3", "--format=%s", root=served).splitlines()
    assert [subject[:10] for subject in subjects] == ["2025-10-29", "2025-10-28", "2025-10-27"]
    assert caplog.messages.count("push") == 2
    assert daily.backfill(served, MONDAY, WEDNESDAY, SETTINGS) == []
    with pytest.raises(DailyError, match="no session from 2025-10-25 to 2025-10-26"):
        daily.backfill(served, date(2025, 10, 25), date(2025, 10, 26), SETTINGS)


def test_a_backfill_into_the_past_has_to_be_said(served: Path) -> None:
    past = (date(2025, 10, 23), MONDAY)
    with pytest.raises(DailyError, match="lies before"):
        daily.backfill(served, *past, SETTINGS)
    settings = Settings(**{**vars(SETTINGS), "rewind": True})
    assert len(daily.backfill(served, *past, settings)) == 3


def test_a_live_source_is_fetched_and_its_rows_are_tracked(live: Path) -> None:
    run(live)
    run(live, TUESDAY)
    assert (live / "data/landing/rows.csv").read_text() == "2025-10-27\n2025-10-28\n"
    changed = git("show", "--name-only", "--format=", root=live).splitlines()
    assert {"data/landing.dvc", "conf/source/live.yaml"} <= set(changed)
    assert "  data/landing " in git("log", "-1", "--format=%B", root=live)
    assert status(live) == ""


def test_a_fetch_that_fails_leaves_the_last_commit(live: Path) -> None:
    run(live)

    def fails(*_: Any) -> dict[str, Any]:
        raise DailyError("the feed is down")

    with pytest.raises(DailyError, match="the feed is down"):
        run(live, TUESDAY, fetch=fails)
    assert status(live) == ""


def test_rows_that_were_fetched_but_not_tracked_are_kept(live: Path) -> None:
    run(live)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(daily, "dvc", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            run(live, TUESDAY)
    run(live, TUESDAY, fetch=lambda *_: {"rows": 0})
    assert (live / "data/landing/rows.csv").read_text() == "2025-10-27\n2025-10-28\n"


def test_landed_rows_come_back_from_the_remote_or_the_day_is_refused(
    live: Path, remote: Path, tmp_path: Path
) -> None:
    run(live)
    clone, alone = tmp_path / "clone", tmp_path / "alone"
    for place in (clone, alone):
        git("clone", "--quiet", str(live), str(place), root=live)
    repository.dvc("remote", "add", "--local", "--default", "store", str(remote), root=clone)
    run(clone, TUESDAY)
    assert (clone / "data/landing/rows.csv").read_text() == "2025-10-27\n2025-10-28\n"
    with pytest.raises(RepositoryError, match="neither in the workspace nor in the cache"):
        run(alone, TUESDAY)
    assert not (alone / "data/landing").exists()


def test_a_half_checked_out_landing_folder_is_checked_out_again(live: Path) -> None:
    run(live)
    (live / "data/landing/.half.tmp").write_text("half")
    (live / "data/landing/rows.csv").unlink()
    with lock.held(live, 0) as held:
        held.note(daily._CHECKING_OUT)
    run(live, TUESDAY)
    assert [path.name for path in (live / "data/landing").iterdir()] == ["rows.csv"]
    assert (live / "data/landing/rows.csv").read_text() == "2025-10-27\n2025-10-28\n"
