"""One session's report, made once: one whose outcome is known by now."""

from __future__ import annotations

import io
import re

import pandas as pd
import pytest
from pypdf import PdfReader

from app.daybook import html, pdf
from app.daybook.compose import compose
from app.daybook.content import Content
from app.daybook.material import Material, gather
from app.faces.snapshot import Snapshot


@pytest.fixture(scope="session")
def date(snapshot: Snapshot) -> pd.Timestamp:
    return snapshot.predictions["date"].iloc[-20]


@pytest.fixture(scope="session")
def material(snapshot: Snapshot, date: pd.Timestamp) -> Material:
    return gather(snapshot, date)


@pytest.fixture(scope="session")
def content(material: Material) -> Content:
    return compose(material)


@pytest.fixture(scope="session")
def page(content: Content) -> bytes:
    return html.render(content)


@pytest.fixture(scope="session")
def printed(content: Content) -> bytes:
    return pdf.render(content)


def text_of(printed: bytes) -> str:
    """What a PDF says, in one line: where lines break is the typesetter's choice."""
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(printed)).pages]
    return re.sub(r"\s+", " ", " ".join(pages))
