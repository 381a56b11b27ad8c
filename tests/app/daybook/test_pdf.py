"""A tagged document with its data, and text that stays text."""

from __future__ import annotations

import io

from pypdf import PdfReader

from app.daybook import pdf
from app.daybook.compose import compose
from app.daybook.content import Content
from app.daybook.material import Material
from tests.app.daybook.conftest import text_of
from tests.app.daybook.hostile import TEXTS, hostile


def test_it_carries_its_title_language_and_the_time_it_is_of(
    printed: bytes, content: Content
) -> None:
    read = PdfReader(io.BytesIO(printed))
    about, catalogue = read.metadata, read.trailer["/Root"]
    assert about is not None
    assert (about.title, about.author) == (content.title, pdf.AUTHOR)
    assert f"{about.creation_date:%Y-%m-%d}" == f"{content.date:%Y-%m-%d}"
    assert catalogue["/Lang"] == "en"
    assert catalogue["/MarkInfo"]["/Marked"]
    assert b"pdfuaid:part" in catalogue["/Metadata"].get_data()


def test_every_chart_is_given_with_its_text(content: Content) -> None:
    given = pdf.inputs(content)
    charts = [chart for section in content.sections for chart in section.charts]
    assert len(charts) >= 6
    for chart in charts:
        drawn = given[f"chart-{chart.name}"]
        assert drawn.startswith("<svg")
        assert "Liberation" not in drawn  # a font that typst does not bring along


def test_hostile_text_stays_text(material: Material) -> None:
    shown = text_of(pdf.render(compose(hostile(material)))).replace(" ", "")
    for text in TEXTS:
        assert shown.count(text.replace(" ", "")) >= 2, text
