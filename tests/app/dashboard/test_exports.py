from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient

from app.dashboard import exports, state
from app.daybook.write import render
from app.faces.snapshot import Snapshot


@pytest.fixture
def visitor(workspace: state.Workspace) -> Iterator[TestClient]:
    before = state.shown()
    state.show(workspace)
    yield TestClient(Starlette(routes=[Route(exports.ROUTE, exports.report)]))
    state.show(before)


def test_report_is_the_one_of_the_command(visitor: TestClient, snapshot: Snapshot) -> None:
    date = snapshot.predictions["date"].iloc[-10]
    found = visitor.get("/" + exports.link(f"{date:%Y-%m-%d}", "csv"))
    assert found.status_code == 200
    assert found.content == render(snapshot, date, ["csv"])[f"report-{date:%Y-%m-%d}.csv"]
    assert f'filename="report-{date:%Y-%m-%d}.csv"' in found.headers["content-disposition"]
    assert found.headers["content-type"].startswith("text/csv")


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("report-2023-01-01.csv", "there is no forecast of that date"),
        ("report-2023-13-45.pdf", "expected a date"),
        ("report-2023-06-30.exe", "no report of that name"),
        ("..%2f..%2fdvc.lock", "Not Found"),
    ],
)
def test_what_is_not_there_is_not_found(name: str, told: str, visitor: TestClient) -> None:
    found = visitor.get(f"/reports/{name}")
    assert found.status_code == 404
    assert told in found.text
