from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from app import record
from app.api.problem_kinds import KINDS
from app.api.service import Service
from app.faces.snapshot import digest, lock_bytes
from tests.app.api.parts import serving


def test_it_is_alive_and_ready(api: TestClient, computed: Path) -> None:
    assert api.get("/healthz").json() == {"status": "ok"}
    assert api.get("/readyz").json() == {
        "status": "ready",
        "as_of": "2023-06-30",
        "dvc_lock": digest(lock_bytes(computed)),
        "problem": None,
    }


def test_what_the_numbers_were_made_with(api: TestClient, computed: Path) -> None:
    told = api.get("/version").json()
    made = json.loads((computed / "metrics" / "prediction.json").read_text())
    for name in ("model", "model_version", "regime_model", "regime_model_version"):
        assert told[name] == made[name]
    assert told["as_of"] == made["date"]
    assert told["dvc_lock"] == digest(lock_bytes(computed))
    assert len(told["git_commit"]) == 40


def test_features_with_their_bounds(api: TestClient, service: Service) -> None:
    told = api.get("/features").json()["features"]
    assert {one["name"] for one in told} == set(service.known.row(service.last))
    by_name = {one["name"]: one for one in told}
    vix = by_name["vix"]
    assert vix["bounds"]["lower"] <= vix["trained"]["lower"] <= vix["trained"]["upper"]
    assert (vix["description"], vix["group"]) == ("the VIX", "implied volatility")
    assert vix["value"] == service.known.row(service.last)["vix"]
    assert by_name["cpi_yoy"]["trained"] is None


def test_counters(api: TestClient) -> None:
    answer = api.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    assert "mlrisk_forecast_rv_5d" in answer.text


def test_the_record_of_a_repository_that_has_none(api: TestClient) -> None:
    assert api.get("/track-record").json() == {"events": 0, "head": "0" * 64, "series": []}


def test_a_record_that_does_not_hold_is_told(service: Service, tmp_path: Path) -> None:
    place = tmp_path / record.RECORD
    place.parent.mkdir(parents=True)
    place.write_text('{"kind": "forecast"}\n')
    here = replace(service, snapshot=replace(service.snapshot, root=tmp_path))
    with TestClient(serving(here, tmp_path), base_url="http://127.0.0.1:8000") as client:
        answer = client.get("/track-record")
    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/broken-record")
    assert record.RECORD in answer.json()["detail"]
    assert str(tmp_path) not in answer.text


@pytest.mark.parametrize("name", sorted(KINDS))
def test_every_problem_has_a_page(api: TestClient, name: str) -> None:
    told = api.get(KINDS[name].type).json()
    assert (told["title"], told["status"]) == (KINDS[name].title, KINDS[name].status)


@pytest.mark.parametrize("name", ["nothing", "..%2f..%2fetc", "x" * 64])
def test_a_problem_that_there_is_not(api: TestClient, name: str) -> None:
    answer = api.get(f"/problems/{name}")
    assert answer.status_code == 404


def test_no_page_is_loaded_from_elsewhere(application: FastAPI, api: TestClient) -> None:
    assert api.get("/docs").status_code == api.get("/redoc").status_code == 404
    assert api.get("/healthz/").status_code == 404
