"""Numbers of a date are the same wherever they are shown.

Where numbers are for machines they are equal to the last bit; where they are for reading, each is
written as one function writes it.
"""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import lxml.html
import pandas as pd
import pypdf
import pytest
from fastapi.testclient import TestClient
from streamlit.testing.v1 import AppTest

from app import assistant, record
from app.api.main import create_app
from app.dashboard import state
from app.daybook import write
from app.faces import briefs
from app.faces import format as written
from app.faces.day import ANNUAL, view
from app.faces.snapshot import Snapshot
from app.sinks.base import Day
from mlrisk import contracts, store
from mlrisk.contracts import REGIMES
from mlrisk.record.events import Forecast
from tests.app.api.parts import SETTINGS
from tests.conftest import PROJECT

BOUNDS = ("lo_80", "hi_80", "lo_90", "hi_90")
DAYS = (-1, -40)
"""The last session, whose brief and file the DAG wrote, and an earlier one."""


@pytest.fixture(scope="module")
def predictions(computed: Path) -> pd.DataFrame:
    """What is published, as the Parquet files have it: everything else is held against it."""
    dataset = contracts.PREDICTIONS_DAILY
    return store.read(dataset.at(str(computed / dataset.path)))


@pytest.fixture(params=DAYS, ids=["last", "earlier"])
def row(request: pytest.FixtureRequest, predictions: pd.DataFrame) -> pd.Series:
    found: pd.Series = predictions.iloc[request.param]
    return found


@pytest.fixture(scope="module")
def api(computed: Path) -> Iterator[TestClient]:
    with TestClient(create_app(computed, SETTINGS), base_url="http://127.0.0.1:8000") as client:
        yield client


@pytest.fixture(scope="module")
def read(snapshot: Snapshot, computed: Path) -> Iterator[Callable[[str, pd.Timestamp], str]]:
    """The text that a face shows of a date."""
    desk = assistant.load(computed)

    def report(date: pd.Timestamp, ending: str) -> bytes:
        return next(iter(write.render(snapshot, date, [ending]).values()))

    def page(date: pd.Timestamp) -> str:
        visitor = AppTest.from_file(PROJECT / "app" / "dashboard" / "main.py", default_timeout=60)
        visitor.query_params["date"] = f"{date:%Y-%m-%d}"
        visitor.run()
        assert not visitor.exception
        return " ".join(
            lxml.html.fromstring(one.proto.body).text_content() for one in visitor.get("html")
        )

    faces: dict[str, Callable[[pd.Timestamp], str]] = {
        "brief": lambda date: briefs.told(snapshot, lambda: desk, date)["summary_md"],
        "html": lambda date: lxml.html.fromstring(report(date, "html")).text_content(),
        "pdf": lambda date: " ".join(
            sheet.extract_text() for sheet in pypdf.PdfReader(io.BytesIO(report(date, "pdf"))).pages
        ),
        "dashboard": page,
    }
    before = state.shown()
    state.show(state.Workspace(computed))
    yield lambda face, date: " ".join(faces[face](date).split())
    state.show(before)


def test_what_the_interface_answers_is_what_is_stored(row: pd.Series, api: TestClient) -> None:
    date = f"{row['date']:%Y-%m-%d}"
    answers = [
        api.get(f"/predictions/{date}").json(),
        api.post("/predict", json={"as_of_date": date}).json(),
        api.get("/predictions", params={"from": date, "to": date}).json()["predictions"][0],
    ]
    for answer in answers:
        assert_same(answer, row)
        assert answer["rv_5d_hat_annualized"] == row["rv_5d_hat"] * ANNUAL


def test_the_latest_is_the_last(predictions: pd.DataFrame, api: TestClient) -> None:
    assert_same(api.get("/predictions/latest").json(), predictions.iloc[-1])
    assert_same(api.post("/predict", json={"feature_vector": {}}).json(), predictions.iloc[-1])


def assert_same(answer: dict[str, Any], row: pd.Series) -> None:
    for name in ("rv_5d_hat", "var_5d_hat", "top_drivers", "model_version"):
        assert answer[name] == row[name]
    intervals = answer["intervals"]
    ends = [intervals[level][end] for level in ("80", "90") for end in ("lower", "upper")]
    assert ends == [row[f"rv_5d_{name}"] for name in BOUNDS]
    assert answer["regime_probs"] == {name: row[f"regime_probs.{name}"] for name in REGIMES}


def test_the_days_file_is_the_row(computed: Path, predictions: pd.DataFrame) -> None:
    last = predictions.tail(1).reset_index(drop=True)
    (file,) = (computed / "data" / "batch").glob("predictions_daily_*.parquet")
    assert file.read_bytes() == Day(last).content


def test_the_table_of_the_report_is_the_row(row: pd.Series, snapshot: Snapshot) -> None:
    (data,) = write.render(snapshot, row["date"], ["csv"]).values()
    told = {
        (line["section"], line["name"], line["field"]): line["value"]
        for line in csv.DictReader(io.StringIO(data.decode()))
    }
    for name in ("rv_5d_hat", "var_5d_hat"):
        assert float(told["forecast", snapshot.version.benchmark, name]) == row[name]
    for level, low, high in (("80", *BOUNDS[:2]), ("90", *BOUNDS[2:])):
        assert float(told["interval", level, "low"]) == row[f"rv_5d_{low}"]
        assert float(told["interval", level, "high"]) == row[f"rv_5d_{high}"]
    for name in REGIMES:
        assert float(told["regime", name, "probability"]) == row[f"regime_probs.{name}"]


@pytest.mark.parametrize("face", ["brief", "html", "pdf", "dashboard"])
def test_what_is_read_is_the_row_as_one_place_writes_it(
    face: str, row: pd.Series, read: Callable[[str, pd.Timestamp], str]
) -> None:
    shown = read(face, row["date"])
    expected = [
        written.annualised(row["rv_5d_hat"]),
        written.move(row["rv_5d_hat"]),
        *(written.annualised(row[f"rv_5d_{name}"]) for name in BOUNDS),
        *(written.probability(row[f"regime_probs.{name}"]) for name in REGIMES),
    ]
    assert [text for text in expected if text not in shown] == []


def test_drivers_are_the_rows(
    row: pd.Series, snapshot: Snapshot, read: Callable[[str, pd.Timestamp], str]
) -> None:
    day = view(snapshot, row["date"])
    effects = [written.effect(day.contributions[name]) for name in row["top_drivers"]]
    for face in ("brief", "html", "pdf", "dashboard"):
        shown = read(face, row["date"])
        assert [text for text in effects if text not in shown] == [], face


def test_what_is_put_on_record_is_the_row(
    computed: Path, predictions: pd.DataFrame, tmp_path: Path
) -> None:
    root = tmp_path / "repository"
    shutil.copytree(computed, root, symlinks=True)
    (said,) = record.publish(root, 0).events
    last = predictions.iloc[-1]
    assert isinstance(said, Forecast)
    assert (said.rv_5d_hat, said.var_5d_hat) == (last["rv_5d_hat"], last["var_5d_hat"])
    assert list(said.top_drivers) == last["top_drivers"]
