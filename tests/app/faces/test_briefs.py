"""The stored brief is given for the last session, the same one that is made from the tables."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from app import assistant
from app.faces import briefs
from app.faces.snapshot import Snapshot
from mlrisk.documents.assemble import Desk
from mlrisk.documents.base import DocumentError
from mlrisk.documents.brief.page import as_json


@pytest.fixture(scope="module")
def desk(computed: Path) -> Desk:
    return assistant.load(computed)


def no_desk() -> Desk:
    raise AssertionError("the documents were loaded and are not needed")


def test_the_stored_one_is_the_one_that_is_made(snapshot: Snapshot, desk: Desk) -> None:
    date = snapshot.predictions["date"].iloc[-1]
    assert briefs.told(snapshot, no_desk, date) == as_json(briefs.brief(snapshot, desk, date))


def test_any_other_session_is_made(snapshot: Snapshot, desk: Desk) -> None:
    date = snapshot.predictions["date"].iloc[-2]
    assert briefs.stored(snapshot, date) is None
    told = briefs.told(snapshot, lambda: desk, date)
    assert told["date"] == f"{date:%Y-%m-%d}"
    json.dumps(told)
    with pytest.raises(DocumentError, match="no prediction"):
        briefs.told(snapshot, lambda: desk, date.replace(year=1999))


def test_a_brief_of_another_run_is_not_given(snapshot: Snapshot, tmp_path: Path) -> None:
    date = snapshot.predictions["date"].iloc[-1]
    other = dataclasses.replace(snapshot.version, dvc_lock="0" * 64)
    assert briefs.stored(dataclasses.replace(snapshot, version=other), date) is None
    assert briefs.stored(dataclasses.replace(snapshot, root=tmp_path), date) is None
