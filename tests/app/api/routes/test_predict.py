from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.api.schemas import PredictAnswer
from app.api.service import Service, assemble
from mlrisk import store
from mlrisk.calendar import sessions
from mlrisk.contracts import PREDICTIONS_DAILY
from tests.app.api.parts import TABLES, serving

# What users send today, to the character.
CONTRACT = (
    '{"as_of_date": "2025-10-24", "feature_vector": '
    '{"spy_vol_10d": 0.12, "vix": 19.4, "vix_term": 1.12, "cpi_yoy_z": 0.8}}'
)
JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def as_of_2025_10_24(service: Service, tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    """The small repository with its sessions called otherwise: the last one is 2025-10-24."""
    snapshot = service.snapshot
    here = pd.DatetimeIndex(snapshot.known["date"])
    there = sessions(pd.Timestamp("2010-01-04"), pd.Timestamp("2025-10-24"))[-len(here) :]
    named = dict(zip(here, there.as_unit("us"), strict=True))
    tables = {
        name: table.assign(date=table["date"].map(named))
        for name in TABLES
        for table in (getattr(snapshot, name),)
    }
    version = replace(snapshot.version, as_of="2025-10-24")
    moved = replace(snapshot, version=version, **tables)
    made = assemble(moved, service.served, (), service.desk)
    app = serving(made, tmp_path_factory.mktemp("empty"))
    return TestClient(app, base_url="http://127.0.0.1:8000")


def test_the_contract(as_of_2025_10_24: TestClient, service: Service) -> None:
    answer = as_of_2025_10_24.post("/predict", content=CONTRACT, headers=JSON)
    assert answer.status_code == 200
    told = answer.json()
    assert list(told)[:3] == ["rv_5d_hat", "regime_probs", "top_drivers"]
    assert type(told["rv_5d_hat"]) is float
    assert list(told["regime_probs"]) == ["calm", "transition", "risk_off"]
    assert sum(told["regime_probs"].values()) == pytest.approx(1, abs=2e-8)
    assert len(told["top_drivers"]) == 3
    assert set(told["top_drivers"]) <= set(service.served.inputs)
    assert told["unused"] == ["cpi_yoy_z"]
    assert {"spy_vol_10d", "vix", "vix_term"}.isdisjoint(told["filled"])
    assert (told["as_of_date"], told["basis"], told["in_sample"]) == (
        "2025-10-24",
        "what_if",
        False,
    )
    assert set(told) == set(PredictAnswer.model_fields)


def test_without_regimes_their_probabilities_are_null(service: Service, tmp_path: Path) -> None:
    table = service.snapshot.predictions.copy()
    last = table.index[-1]
    chances = [name for name in table if name.startswith("regime_probs.")]
    table.loc[last, chances] = None
    table.at[last, "regime_drivers"] = []
    table.loc[last, "regime_model_version"] = ""
    snapshot = replace(service.snapshot, predictions=table)
    made = assemble(snapshot, service.served, (), service.desk)
    client = TestClient(serving(made, tmp_path), base_url="http://127.0.0.1:8000")
    told = client.post("/predict", content="{}", headers=JSON).json()
    assert (told["regime_probs"], told["regime_drivers"]) == (None, [])


def test_a_stored_date_is_the_row_of_parquet(api: TestClient, computed: Path) -> None:
    table = store.read(PREDICTIONS_DAILY.at(str(computed / PREDICTIONS_DAILY.path)))
    for row in table.sample(10, random_state=1).to_dict("records"):
        day = f"{row['date']:%Y-%m-%d}"
        asked = api.post("/predict", json={"as_of_date": day}).json()
        assert asked["basis"] == "stored"
        for told in (asked, api.get(f"/predictions/{day}").json()):
            for name in ("rv_5d_hat", "var_5d_hat", "model_version", "top_drivers"):
                assert told[name] == row[name]
            for regime, chance in told["regime_probs"].items():
                assert chance == row[f"regime_probs.{regime}"]
            for level, bounds in told["intervals"].items():
                assert bounds == {
                    "lower": row[f"rv_5d_lo_{level}"], "upper": row[f"rv_5d_hi_{level}"]
                }  # fmt: skip


def test_pages_follow_each_other_to_the_end(api: TestClient, service: Service) -> None:
    address: str | None = "/predictions?from=2022-03-01&to=2022-04-30&limit=7"
    rows: list[dict[str, Any]] = []
    while address:
        page = api.get(address).json()
        assert page["count"] == len(page["predictions"]) <= 7
        rows += page["predictions"]
        address = page["next"]
    days = [day for day in service.predictions.dates if "2022-03-01" <= f"{day}" <= "2022-04-30"]
    assert [row["date"] for row in rows] == [f"{day}" for day in days]
    assert rows[0]["known_at"] == "2022-03-01T22:00:00Z"
    latest = api.get("/predictions/latest").json()
    whole = api.get("/predictions").json()
    assert (whole["count"], whole["total"], whole["next"]) == (375, 375, None)
    assert whole["predictions"][-1].items() <= latest.items()


def test_a_span_without_forecasts_is_empty(api: TestClient) -> None:
    page = api.get("/predictions?from=2030-01-01").json()
    assert page == {"predictions": [], "count": 0, "total": 0, "next": None}


@pytest.mark.parametrize(
    ("address", "status", "field"),
    [
        ("/predictions?from=2022-13-01", 422, "/from"),
        ("/predictions?to=2022-1-1", 422, "/to"),
        ("/predictions?to=1641168000", 422, "/to"),
        ("/predictions?from=2023-01-01&to=2022-01-01", 422, "/from"),
        ("/predictions?limit=1001", 422, "/limit"),
        ("/predictions?limit=0", 422, "/limit"),
        ("/predictions/2022-01-32", 422, "/date"),
        ("/predictions/202\u0662-01-03", 422, "/date"),
        ("/predictions/2022-01-01", 404, None),
        ("/predictions/..%2F..%2Fetc%2Fpasswd", 404, None),
        ("/predictions/%2E%2E", 422, "/date"),
        ("/predictions/", 404, None),
    ],
)
def test_addresses_that_cannot_be(api: TestClient, address: str, status: int, field: str) -> None:
    answer = api.get(address)
    assert answer.status_code == status
    told = answer.json()
    assert [one["field"] for one in told.get("errors", [])] == ([field] if field else [])


@pytest.mark.parametrize(
    ("content", "status", "kind", "field"),
    [
        ('{"feature_vector": {"vix": NaN}}', 422, "invalid-request", "/feature_vector/vix"),
        ('{"feature_vector": {"vix": Infinity}}', 422, "invalid-request", "/feature_vector/vix"),
        ('{"feature_vector": {"vix": 1e999}}', 422, "invalid-request", "/feature_vector/vix"),
        ('{"feature_vector": {"vix": "20"}}', 422, "invalid-request", "/feature_vector/vix"),
        ('{"feature_vector": {"vix": true}}', 422, "invalid-request", "/feature_vector/vix"),
        ('{"feature_vector": {"vix": [20]}}', 422, "invalid-request", "/feature_vector/vix"),
        ('{"feature_vector": {"a/b": 1}}', 422, "unknown-feature", "/feature_vector/a~1b"),
        ('{"feature_vector": {"vix": -1}}', 422, "value-out-of-bounds", "/feature_vector/vix"),
        ('{"feature_vector": [1]}', 422, "invalid-request", "/feature_vector"),
        ('{"as_of_date": 20251024}', 422, "invalid-request", "/as_of_date"),
        ('{"as_of_date": "2025-10-24T00:00"}', 422, "invalid-request", "/as_of_date"),
        ('{"as_of": "2023-06-30"}', 422, "invalid-request", "/as_of"),
        ('{"as_of_date": "1999-01-01"}', 404, "no-such-date", None),
        ("{", 400, "malformed-body", None),
    ],
)
def test_bodies_that_cannot_be(
    api: TestClient, content: str, status: int, kind: str, field: str | None
) -> None:
    answer = api.post("/predict", content=content, headers=JSON)
    told = answer.json()
    assert (answer.status_code, told["type"]) == (status, f"/problems/{kind}")
    assert [one["field"] for one in told.get("errors", [])] == ([field] if field else [])


@pytest.mark.parametrize("declared", ["text/plain", "application/xml", "", "multipart/form-data"])
def test_a_body_of_another_kind_is_not_read(api: TestClient, declared: str) -> None:
    answer = api.post("/predict", content="{}", headers={"Content-Type": declared})
    assert answer.status_code == 415


@pytest.mark.parametrize("declared", ["application/json; charset=utf-8", "application/x+json"])
def test_json_by_another_name_is_read(api: TestClient, declared: str) -> None:
    answer = api.post("/predict", content="{}", headers={"Content-Type": declared})
    assert answer.status_code == 200


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner),
    max_leaves=10,
)
NAMES = st.sampled_from(["as_of_date", "feature_vector", "vix", "date", "question"])


@given(
    st.one_of(
        st.binary(max_size=200),
        ANYTHING.map(lambda value: json.dumps(value).encode()),
        st.dictionaries(NAMES, ANYTHING).map(lambda value: json.dumps(value).encode()),
        st.dictionaries(NAMES, ANYTHING).map(lambda value: json.dumps(value).encode()[:-2]),
    )
)
@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_body_breaks_the_server(api: TestClient, content: bytes) -> None:
    for address in ("/predict", "/qa", "/daily-brief"):
        answer = api.post(address, content=content, headers=JSON)
        assert answer.status_code in {200, 400, 404, 422}
        if answer.status_code != 200:
            assert answer.headers["content-type"] == "application/problem+json"
            assert not any(word in answer.text for word in ("Traceback", "/work", "site-packages"))
