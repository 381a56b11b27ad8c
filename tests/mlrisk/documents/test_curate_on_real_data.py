"""Real pages of three templates, and statements that were decoded twice."""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
from typing import Any

import pandas as pd
import pytest

from mlrisk.documents.curate import Curated, curate
from mlrisk.documents.parse.suspicious import is_instruction
from mlrisk.documents.sentences import spans
from tests.real import REAL, needs_real

pytestmark = needs_real

PAGES = {
    "speech_19960613_19960613.htm": ("1996-06-13", "speech", 0),
    "speech_20060613_bernanke20060613a.htm": ("2006-06-13", "speech", 9),
    "speech_20070312_kroszner20070312a.htm": ("2007-03-12", "speech", 7),
    "speech_20190927_quarles20190927a.htm": ("2019-09-27", "speech", 8),
    "statement_20010917.html": ("2001-09-17", "statement", 0),
    "statement_20200315_abridged.html": ("2020-03-15", "statement", 0),
}
AROUND = ("return to t", "last update", "accessib", "contact us", "skip to", "news and events")


def _raw(rows: list[tuple[str, str, bytes, dict[str, str]]]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "sha256": hashlib.sha256(blob).hexdigest(),
            "source": "fed",
            "url": name,
            "fetched_at": pd.Timestamp("2026-08-01", tz="UTC"),
            "media_type": media_type,
            "hint": json.dumps(hint),
            "blob": blob,
        }
        for name, media_type, blob, hint in rows
    )


def _curated(raw: pd.DataFrame) -> Curated:
    return curate(raw, pd.Timestamp("2027-01-01", tz="UTC"), 5_000_000)


@pytest.fixture(scope="module")
def pages() -> dict[str, dict[str, Any]]:
    rows = [
        (name, "text/html", (REAL / "docs/html" / name).read_bytes(), {}) for name in sorted(PAGES)
    ]
    documents = _curated(_raw(rows)).documents.to_dict("records")
    return {row["url"]: {f"{key}": value for key, value in row.items()} for row in documents}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_dated_and_cleaned(pages: dict[str, dict[str, Any]], name: str) -> None:
    day, kind, notes = PAGES[name]
    page = pages[name]
    assert f"{page['published_at'].tz_convert('America/New_York'):%F}" == day
    assert page["doc_type"] == kind
    text = page["text_md"]
    assert sum(line.startswith("[^") for line in text.split("\n")) == notes
    assert not [words for words in AROUND if words in text.lower()]
    assert max(map(len, text.split("\n"))) > 400, "paragraphs stand on a line"


def test_headings_and_tables_are_kept(pages: dict[str, dict[str, Any]]) -> None:
    old = pages["speech_19960613_19960613.htm"]["text_md"]
    assert "\n\n### A Leveraged Banking System\n\n" in old
    assert old.endswith("the choices we make will clearly have widespread effects.")
    table = pages["speech_20070312_kroszner20070312a.htm"]["text_md"]
    assert "| Inflation | High and variable | Low and stable |" in table
    assert pages["statement_20200315_abridged.html"]["published_at"].hour == 21


def test_statements_that_were_decoded_twice_are_put_right_and_evidence_is_found() -> None:
    wanted = {"fomc-statement-2026-01-28", "fomc-statement-2026-07-29", "fomc-statement-2022-06-15"}
    with gzip.open(REAL / "docs/fomc.csv.gz", "rt", encoding="utf-8") as lines:
        rows = [row for row in csv.DictReader(lines) if row["doc_id"] in wanted]
    known = ("doc_id", "doc_type", "title", "published_at", "event_date")
    raw = [
        (row["doc_id"], "text/markdown", row["text"].encode(), {name: row[name] for name in known})
        for row in rows
    ]
    documents = _curated(_raw(raw)).documents.set_index("doc_id")
    texts = documents["text_md"]
    assert set(documents.index) == wanted
    assert "at 3-1/2 to 3-3/4 percent" in texts["fomc-statement-2026-01-28"]
    assert "by a 9 – 3 vote" in texts["fomc-statement-2026-07-29"]
    for line in (REAL / "docs/qa_dev.jsonl").read_text(encoding="utf-8").splitlines():
        question = json.loads(line)
        if question["evidence_doc_id"] in wanted:
            assert question["evidence"] in texts[question["evidence_doc_id"]]
    sentences = (text[start:end] for text in texts for start, end in spans(text))
    assert not any(map(is_instruction, sentences))
