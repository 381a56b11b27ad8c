"""Which days are delivered, in what order, and what is said where one is not taken."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from app import deliver
from app.cli import app
from app.deliver import DeliveryError
from app.faces.snapshot import Snapshot, SnapshotError
from app.sinks.base import Day, DifferentError, Outcome, SinkError
from app.sinks.folder import Folder

LAST = "2023-06-30"
NAME = f"predictions_daily_{LAST.replace('-', '')}.parquet"


@dataclass
class Memory:
    """A sink that fails at one date."""

    name: str = "memory"
    fails: str = ""
    days: dict[str, Day] = field(default_factory=dict)

    def put(self, day: Day, *, replace: bool = False) -> Outcome:
        key = f"{day.date:%Y-%m-%d}"
        if key == self.fails:
            raise SinkError("memory: full")
        known = key in self.days
        self.days[key] = day
        return "unchanged" if known else "written"

    def read(self, date: pd.Timestamp) -> pd.DataFrame | None:
        found = self.days.get(f"{date:%Y-%m-%d}")
        return None if found is None else found.row.reset_index(drop=True)


@pytest.fixture(scope="module")
def predictions(snapshot: Snapshot) -> pd.DataFrame:
    return snapshot.predictions


def of(days: list[Day]) -> list[str]:
    return [f"{day.date:%Y-%m-%d}" for day in days]


def test_what_is_published_is_of_the_run_that_dvc_lock_names(
    computed: Path, predictions: pd.DataFrame
) -> None:
    found = deliver.published(computed)
    assert found.series == "simulated#SPY"
    pd.testing.assert_frame_equal(found.predictions, predictions)


def test_without_a_date_it_is_the_last_session(predictions: pd.DataFrame) -> None:
    assert of(deliver.days(predictions)) == [LAST]
    assert of(deliver.days(predictions, date(2023, 6, 1))) == ["2023-06-01"]


def test_a_span_is_open_where_nothing_is_said(predictions: pd.DataFrame) -> None:
    june = of(deliver.days(predictions, first=date(2023, 6, 28)))
    assert june == ["2023-06-28", "2023-06-29", "2023-06-30"]
    assert of(deliver.days(predictions, last=date(2022, 1, 4))) == ["2022-01-03", "2022-01-04"]
    # A weekend and a holiday lie in between.
    july = deliver.days(predictions, first=date(2022, 7, 1), last=date(2022, 7, 5))
    assert of(july) == ["2022-07-01", "2022-07-05"]


def test_a_date_without_a_forecast_says_which_ones_have(predictions: pd.DataFrame) -> None:
    said = "2022-01-03 to 2023-06-30"
    with pytest.raises(DeliveryError, match=f"no forecast of 2023-07-04.*{said}"):
        deliver.days(predictions, date(2023, 7, 4))
    with pytest.raises(DeliveryError, match=f"in that span.*{said}"):
        deliver.days(predictions, first=date(2023, 7, 3), last=date(2023, 7, 5))
    with pytest.raises(DeliveryError, match="has no forecast"):
        deliver.days(predictions.head(0))


def test_the_last_day_is_the_file_of_the_dag(computed: Path, predictions: pd.DataFrame) -> None:
    (day,) = deliver.days(predictions)
    assert day.content == (computed / "data" / "batch" / NAME).read_bytes()


def test_days_come_in_order_and_are_counted(predictions: pd.DataFrame) -> None:
    days, sink, steps = deliver.days(predictions, first=date(2023, 6, 26)), Memory(), []
    summary = deliver.deliver(days, sink, advance=lambda: steps.append(len(sink.days)))
    assert list(sink.days) == of(days)
    assert steps == [1, 2, 3, 4, 5]
    assert summary.words() == "memory: 2023-06-26 to 2023-06-30, 5 written"
    assert deliver.deliver(days, sink).words().endswith("5 unchanged")
    assert deliver.verify(days, sink).record()["unchanged"] == 5


def test_a_day_that_is_not_taken_says_which_ones_were(predictions: pd.DataFrame) -> None:
    days, sink = deliver.days(predictions, first=date(2023, 6, 26)), Memory(fails="2023-06-28")
    said = (
        r"memory: 2 of 5 days were delivered \(2023-06-26 to 2023-06-27 are there\); 2023-06-28 "
        "was not.*memory: full"
    )
    with pytest.raises(DeliveryError, match=said):
        deliver.deliver(days, sink)
    assert list(sink.days) == of(days[:2])
    sink.fails = ""
    summary = deliver.deliver(days, sink)
    assert (summary.written, summary.unchanged) == (3, 2)
    with pytest.raises(DeliveryError, match=r"0 of 2 days were delivered \(none is there\)"):
        deliver.deliver(days[:2], Memory(fails="2023-06-26"))
    with pytest.raises(DeliveryError, match=r"2023-06-26 was not delivered\. memory: full"):
        deliver.deliver(days[:1], Memory(fails="2023-06-26"))


def test_verifying_finds_what_is_missing_or_another(predictions: pd.DataFrame) -> None:
    days, sink = deliver.days(predictions, first=date(2023, 6, 26)), Memory()
    deliver.deliver(days[:3], sink)
    said = r"2 of 5 days are not there \(2023-06-29, 2023-06-30\)"
    with pytest.raises(DeliveryError, match=said):
        deliver.verify(days, sink)
    sink.days["2023-06-27"] = Day(days[1].row.assign(model_version="another"))
    with pytest.raises(DifferentError, match="model_version is another there"):
        deliver.verify(days, sink)


def test_a_run_that_is_at_work_is_waited_for(computed: Path, tmp_path: Path) -> None:
    with pytest.raises(SnapshotError, match="No such file"):
        deliver.published(tmp_path)
    locked = (computed / "dvc.lock").read_text()
    place = locked.index("md5: ", locked.index("path: data/curated")) + 5
    (tmp_path / "dvc.lock").write_text(locked[:place] + "0" * 32 + locked[place + 32 :])
    with pytest.raises(SnapshotError, match="a run is at work"):
        deliver.published(tmp_path)
    (tmp_path / "dvc.lock").write_text("stages: {}\n")
    shutil.copytree(computed / "data" / "predictions_daily", tmp_path / "data/predictions_daily")
    with pytest.raises(SnapshotError, match=r"source\.name and roles\.benchmark"):
        deliver.published(tmp_path)


def test_the_command_delivers_tells_and_goes_on(
    computed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(computed)
    good, bad = tmp_path / "out", tmp_path / "file"
    bad.touch()
    ran = CliRunner().invoke(app, ["deliver", str(bad), str(good)])
    assert ran.exit_code == 1
    assert f"error: {bad}: {LAST} was not delivered." in ran.stderr
    told = json.loads(ran.stdout)
    assert told == {
        "event": "delivered",
        "destination": str(good),
        "first": LAST,
        "last": LAST,
        "written": 1,
        "unchanged": 0,
        "replaced": 0,
    }
    assert [file.name for file in good.iterdir()] == [NAME]
    again = CliRunner().invoke(app, ["deliver", "--from", "2023-06-29", str(good)])
    assert (json.loads(again.stdout)["written"], json.loads(again.stdout)["unchanged"]) == (1, 1)


def test_the_command_compares_without_writing(
    computed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(computed)
    ran = CliRunner().invoke(app, ["deliver", "--check", str(tmp_path / "out")])
    assert ran.exit_code == 1
    assert "1 of 1 days are not there" in ran.stderr
    assert not (tmp_path / "out").exists()
    Folder(tmp_path / "out").put(deliver.days(deliver.published(computed).predictions)[0])
    ran = CliRunner().invoke(app, ["deliver", "--check", str(tmp_path / "out")])
    assert (ran.exit_code, json.loads(ran.stdout)["unchanged"]) == (0, 1)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--date", LAST, "--from", LAST], "--date is one session"),
        (["--check", "--replace"], "--check only compares"),
    ],
)
def test_options_that_do_not_go_together_are_refused(options: list[str], said: str) -> None:
    ran = CliRunner().invoke(app, ["deliver", *options, "out"])
    assert ran.exit_code == 2
    assert said in ran.stderr
