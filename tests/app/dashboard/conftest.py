"""The dashboard over the computed repository, page by page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app.dashboard import state
from app.dashboard.roster import PAGES
from tests.conftest import PROJECT

MAIN = PROJECT / "app" / "dashboard" / "main.py"


@pytest.fixture(scope="session")
def workspace(computed: Path) -> state.Workspace:
    return state.Workspace(computed)


@pytest.fixture
def dashboard(workspace: state.Workspace) -> Iterator[AppTest]:
    """A visitor who has not asked for anything yet."""
    before = state.shown()
    state.show(workspace)
    yield AppTest.from_file(MAIN, default_timeout=30)
    state.show(before)


def opened(visitor: AppTest, path: str, **asked: str) -> AppTest:
    """What a visitor sees at an address."""
    (file,) = (file for file, known, _ in PAGES if known == path)
    if path:
        visitor.run()
        visitor.switch_page(f"views/{file}.py")
    for name, value in asked.items():
        visitor.query_params[name] = value
    return visitor.run()


def text(visitor: AppTest) -> str:
    """All of our own HTML on the page, its style left out."""
    bodies = [one.proto.body for one in visitor.get("html")]
    return "\n".join(body for body in bodies if not body.startswith("<style>"))
