"""The command, from what the DAG wrote to a bucket and a table, and through a failure."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal
from typer.testing import CliRunner

from app.cli import app
from app.faces.snapshot import Snapshot
from app.sinks.base import ATTEMPTS
from app.sinks.choose import sink
from tests.app.sinks.conftest import SERIES
from tests.app.sinks.served import Amazon, Refusal


def test_a_span_reaches_bucket_and_table(
    amazon: Amazon, computed: Path, snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(computed)
    places = [f"s3://{amazon.bucket()}/daily", f"dynamodb://{amazon.table()}"]
    amazon.faults = [None] * 7 + [Refusal(503, "ServiceUnavailable")] * ATTEMPTS
    code, told, said = run("--from", "2023-06-26", *places)
    # The fourth object is not reached; the table is.
    assert code == 1
    assert "3 of 5 days were delivered (2023-06-26 to 2023-06-28 are there)" in said
    assert [one["destination"] for one in told] == places[1:]

    code, told, said = run("--from", "2023-06-26", *places)
    counts = [(one["written"], one["unchanged"]) for one in told]
    assert (code, counts, said) == (0, [(2, 3), (0, 5)], "")
    assert run("--check", "--from", "2023-06-26", *places)[0] == 0

    rows = snapshot.predictions.tail(5)
    for place in places:
        found = [sink(place, SERIES).read(date) for date in rows["date"]]
        assert_frame_equal(pd.concat(found, ignore_index=True), rows.reset_index(drop=True))


def run(*arguments: str) -> tuple[int, list[dict[str, Any]], str]:
    ran = CliRunner().invoke(app, ["deliver", *arguments])
    return ran.exit_code, [json.loads(line) for line in ran.stdout.splitlines()], ran.stderr
