"""The interface of a small repository, in this process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from app.api.main import create_app
from app.api.service import Service
from tests.app.api.parts import SETTINGS


@pytest.fixture(scope="session")
def application(computed: Path) -> FastAPI:
    return create_app(computed, SETTINGS)


@pytest.fixture(scope="session")
def api(application: FastAPI) -> Iterator[TestClient]:
    """A client of the application; its own mistakes are answered, as on the wire."""
    with TestClient(
        application, base_url="http://127.0.0.1:8000", raise_server_exceptions=False
    ) as client:
        yield client


@pytest.fixture(scope="session")
def service(application: FastAPI, api: TestClient) -> Service:
    """What that application serves."""
    found: Service = application.state.following.current
    return found
