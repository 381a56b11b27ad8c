"""A server of S3 and DynamoDB, a sink of each kind, and a few days to deliver."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from app.sinks.base import Day, Sink
from app.sinks.dynamodb import DynamoDB
from app.sinks.folder import Folder
from app.sinks.s3 import S3
from mlrisk import store
from mlrisk.contracts import PREDICTIONS_DAILY
from tests.app.sinks.served import KEYS, Amazon

SERIES = "simulated#SPY"


@pytest.fixture(scope="session")
def _amazon() -> Iterator[Amazon]:
    server = Amazon()
    yield server
    server.close()


@pytest.fixture
def amazon(_amazon: Amazon, monkeypatch: pytest.MonkeyPatch) -> Amazon:
    """The server, as the environment names it; no settings of this machine's user."""
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, "/dev/null")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", _amazon.url)
    monkeypatch.setattr(
        "botocore.retries.standard.ExponentialBackoff.delay_amount", lambda *_: 0.001
    )
    # A new session reads boto3's descriptions of its services anew.
    monkeypatch.setattr("boto3.Session", lambda: _amazon.session)
    _amazon.faults, _amazon.asked = [], []
    return _amazon


@pytest.fixture(params=["folder", "s3", "dynamodb"])
def sink(request: pytest.FixtureRequest, tmp_path: Path) -> Sink:
    if request.param == "folder":
        return Folder(tmp_path / "out" / "daily")
    amazon: Amazon = request.getfixturevalue("amazon")
    if request.param == "s3":
        return S3(amazon.bucket(), "daily")
    return DynamoDB(amazon.table(), SERIES)


@pytest.fixture(params=["s3", "dynamodb"])
def service(request: pytest.FixtureRequest, amazon: Amazon) -> Sink:
    """A sink that is reached over a network."""
    return S3(amazon.bucket()) if request.param == "s3" else DynamoDB(amazon.table(), SERIES)


def day(date: str = "2025-10-24", **other: Any) -> Day:
    """The forecast of a session, some columns of it other ones; made once, not to be changed."""
    key = repr((date, other))
    if key not in _made:
        _made[key] = _day(date, other)
    return _made[key]


_made: dict[str, Day] = {}


def _day(date: str, other: dict[str, Any]) -> Day:
    values = {
        "date": pd.Timestamp(date),
        "rv_5d_hat": 0.017623002,
        "var_5d_hat": 0.00036617979,
        "rv_5d_lo_80": 0.0068950709,
        "rv_5d_hi_80": 0.023415295,
        "rv_5d_lo_90": 0.0062166853,
        "rv_5d_hi_90": 0.027316986,
        "regime_probs.calm": 0.62498613,
        "regime_probs.transition": 0.33813086,
        "regime_probs.risk_off": 0.03688301,
        "top_drivers": ["vix", "spy_vol_5d", "vix_ret_1d"],
        "regime_drivers": ["vix_ret_1d", "vix", "vix_ret_5d"],
        "model_version": "21cb01de9d9d7f12",
        "regime_model_version": "aac81f45255a0841",
    }
    empty = PREDICTIONS_DAILY.empty()
    columns = {
        name: pd.Series([value], dtype=empty[name].dtype)
        for name, value in (values | other).items()
    }
    return Day(store.at_border(PREDICTIONS_DAILY, pd.DataFrame(columns)))


SILENT = dict.fromkeys(
    [name for name in PREDICTIONS_DAILY.schema.columns if "_lo_" in name or "_hi_" in name]
    + [name for name in PREDICTIONS_DAILY.schema.columns if name.startswith("regime_probs")],
    float("nan"),
) | {"top_drivers": [], "regime_drivers": [], "regime_model_version": ""}
"""What a day lacks that has neither intervals nor regimes."""
