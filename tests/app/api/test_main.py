from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from app.api.main import create_app
from app.faces.snapshot import LOCK_FILE
from tests.app.api.parts import SETTINGS

ADDRESSES = ("/readyz", "/version", "/features", "/predictions", "/predictions/latest")


def test_before_there_is_anything_it_says_what_is_missing(tmp_path: Path) -> None:
    with TestClient(create_app(tmp_path, SETTINGS), base_url="http://127.0.0.1") as client:
        assert client.get("/healthz").status_code == 200
        for address in ADDRESSES:
            answer = client.get(address)
            told = answer.json()
            assert (answer.status_code, told["type"]) == (503, "/problems/not-ready")
            assert LOCK_FILE in told["detail"]
            assert str(tmp_path) not in answer.text
            assert answer.headers["retry-after"]
        for address in ("/predict", "/daily-brief"):
            assert client.post(address, json={}).status_code == 503


@pytest.fixture
def copy(computed: Path, tmp_path: Path) -> Path:
    root = tmp_path / "repository"
    shutil.copytree(computed, root, symlinks=True)
    return root


def test_what_cannot_be_read_is_told_and_the_run_before_is_served_on(copy: Path) -> None:
    app = create_app(copy, SETTINGS.model_copy(update={"reload_seconds": 0.02}))
    with TestClient(app, base_url="http://127.0.0.1") as client:
        before = client.get("/predictions/latest").json()
        lock = copy / LOCK_FILE
        head, outs, tail = lock.read_text().partition("outs:")
        # As in the middle of a run: the stages behind have not read what the first one wrote.
        lock.write_text(head + outs + tail.replace("md5: ", "md5: 0", 1))
        told = client.get("/readyz").json()
        end = time.monotonic() + 30
        while told["problem"] is None and time.monotonic() < end:
            told = client.get("/readyz").json()
        assert LOCK_FILE in told["problem"]
        assert str(copy) not in told["problem"]
        assert client.get("/predictions/latest").json() == before
