"""Documents of a folder: what is read from it, and what becomes of what is broken."""

from __future__ import annotations

import csv
import gzip
import io
import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlrisk.contracts import DOCS_RAW
from mlrisk.sources.base import SourceError
from mlrisk.sources.documents import folder
from mlrisk.sources.documents.described import UNDATED
from mlrisk.sources.documents.folder import FolderDocuments
from tests.real import REAL, needs_real

LAST = pd.Timestamp("2024-06-28")


def put(root: Path, name: str, content: bytes | str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)


def table(rows: Sequence[Mapping[str, str]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def read(root: Path, last: pd.Timestamp = LAST) -> pd.DataFrame:
    raw = DOCS_RAW.validate(FolderDocuments(root).read(last).raw)
    return raw.assign(**raw["hint"].map(json.loads).apply(pd.Series))


def only(raw: pd.DataFrame) -> dict[str, object]:
    assert len(raw) == 1
    return raw.iloc[0].to_dict()


@pytest.mark.parametrize("name", ["fomc.csv", "fomc.csv.gz"])
def test_a_row_of_a_table_is_a_document(tmp_path: Path, name: str) -> None:
    row = {
        "doc_id": "fomc-statement-2024-01-31",
        "published_at": "2024-01-31T19:00:00Z",
        "doc_type": "statement",
        "event_date": "2024-01-31",
        "title": "FOMC statement",
        "url": "",
        "text": "The Committee decided\nto maintain, “for now”",
        "source": "someone/repository:path.txt",
    }
    content = table([row])
    put(tmp_path, name, gzip.compress(content) if name.endswith(".gz") else content)
    found = only(read(tmp_path))
    assert found["blob"] == row["text"].encode()
    assert (found["source"], found["media_type"]) == ("fed", "text/markdown")
    assert found["url"] == f"file:{name}#fomc-statement-2024-01-31"
    assert found["fetched_at"] == pd.Timestamp(row["published_at"])
    given_too = ("doc_id", "doc_type", "published_at", "event_date", "title")
    assert {key: found[key] for key in given_too} == {key: row[key] for key in given_too}


def test_an_index_tells_of_files_beside_it_and_below(tmp_path: Path) -> None:
    url = "https://www.federalreserve.gov/newsevents/speech/powell.htm"
    index = [
        {
            "file": "powell.htm",
            "date": "2024-03-01",
            "type": "speech",
            "title": "Outlook",
            "url": url,
        },
        {
            "file": "jan.html",
            "date": "2024-01-31",
            "type": "fomc_statement",
            "title": "",
            "url": "",
        },
    ]
    put(tmp_path, "html_index.csv", table(index))
    put(tmp_path, "html/powell.htm", "<p>An outlook</p>")
    put(tmp_path, "jan.html", "<p>A statement</p>")
    found = read(tmp_path).set_index("file")
    speech, statement = found.loc["html/powell.htm"], found.loc["jan.html"]
    assert (speech["url"], speech["source"], speech["title"]) == (url, "fed", "Outlook")
    assert speech["published_at"] == "2024-03-02T04:59:00Z"  # the end of that day in New York
    assert (statement["doc_type"], statement["event_date"]) == ("statement", "2024-01-31")
    assert set(found["media_type"]) == {"text/html"}


def test_a_release_of_the_statisticians_by_its_index(tmp_path: Path) -> None:
    row = {
        "file": "cpi.txt",
        "release": "CPI",
        "reference_period": "2012-08-01",
        "published_at": "2012-09-14T12:30:00Z",
    }
    put(tmp_path, "bls/bls_index.csv", table([row]))
    put(tmp_path, "bls/cpi.txt", "Consumer Price Index")
    found = only(read(tmp_path))
    assert (found["source"], found["doc_type"], found["media_type"]) == ("bls", "cpi", "text/plain")
    assert (found["event_date"], found["published_at"]) == ("2012-08-01", "2012-09-14T12:30:00Z")


def test_loose_files_come_without_anything_known(tmp_path: Path) -> None:
    for name in (
        "note.md",
        "deep/er/call.txt",
        "page.html",
        "slides.pdf",
        ".hidden.md",
        ".git/x.md",
    ):
        put(tmp_path, name, f"of {name}")
    found = read(tmp_path).set_index("file")
    assert list(found["url"]) == [f"file:{name}" for name in sorted(found.index)]
    assert set(found.index) == {"note.md", "deep/er/call.txt", "page.html", "slides.pdf"}
    assert set(found["source"]) == {"folder"}
    assert set(found["fetched_at"]) == {UNDATED}
    assert found.loc["slides.pdf", "media_type"] == "application/pdf"


def test_what_is_broken_still_comes(tmp_path: Path) -> None:
    broken = gzip.compress(b"doc_id,text\na,b\n" * 50)[:-20]
    put(tmp_path, "broken.csv.gz", broken)
    put(tmp_path, "other.csv", "day,value\n2020-01-02,1\n")
    put(tmp_path, "empty.html", b"")
    put(tmp_path, "odd.txt", b"\xff\xfe\x00\x01")
    put(tmp_path, "index.csv", table([{"file": "gone.htm", "date": "2024-01-31"}]))
    found = read(tmp_path).set_index("file")
    assert found.loc["broken.csv.gz", ["blob", "media_type"]].tolist() == [
        broken,
        "application/gzip",
    ]
    assert found.loc["other.csv", "media_type"] == "text/csv"
    assert found.loc["gone.htm", "blob"] == b""
    assert found.loc["odd.txt", "blob"] == b"\xff\xfe\x00\x01"
    assert len(found) == 5


def test_a_table_in_the_encoding_of_spreadsheets(tmp_path: Path) -> None:
    put(tmp_path, "calls.csv", "doc_id,text\ncall-1,caf\xe9 \x93quoted\x94\n".encode("latin-1"))
    assert only(read(tmp_path))["blob"] == "café “quoted”".encode()


@pytest.mark.parametrize("said", ["", "soon", "now", "2024-13-01", "31.01.2024"])
def test_a_date_that_is_none_is_left_to_the_page(tmp_path: Path, said: str) -> None:
    put(tmp_path, "calls.csv", table([{"doc_id": "call-1", "text": "Hello", "published_at": said}]))
    found = only(read(tmp_path))
    assert "published_at" not in found
    assert found["fetched_at"] == UNDATED


def test_what_is_published_later_is_not_known(tmp_path: Path) -> None:
    moments = ["2024-06-28T22:00:00Z", "2024-06-28T22:00:01Z", "2024-07-01T00:00:00+03:00"]
    rows = [{"doc_id": f"a-{n}", "text": f"{n}", "published_at": m} for n, m in enumerate(moments)]
    put(tmp_path, "calls.csv", table(rows))
    lines = [
        {"qid": "q0", "question": "?", "as_of": None, "gold_doc_ids": ["a-0"]},
        {"qid": "q1", "question": "?", "as_of": None, "gold_doc_ids": ["a-1"]},
        {"qid": "q2", "question": "?", "as_of": "2024-06-29T00:00:00Z", "gold_doc_ids": ["a-0"]},
    ]
    put(tmp_path, "qa.jsonl", "\n".join(map(json.dumps, lines)) + "\n\n")
    assert read(tmp_path)["doc_id"].tolist() == ["a-0"]
    assert [q["qid"] for q in FolderDocuments(tmp_path).read(LAST).questions] == ["q0"]
    assert len(FolderDocuments(tmp_path).read(pd.Timestamp("2024-07-01")).questions) == 3


@settings(max_examples=15)
@given(
    texts=st.lists(
        st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1), min_size=1, max_size=6
    ),
    order=st.randoms(use_true_random=False),
)
def test_texts_come_as_they_are_in_whatever_order_files_lie(
    texts: list[str], order: object
) -> None:
    rows = [{"doc_id": f"a-{n}", "text": text} for n, text in enumerate(texts)]
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        for place in sorted(range(len(rows)), key=lambda _: order.random()):  # type: ignore[attr-defined]
            put(root, f"part-{place}.csv", table([rows[place]]))
        found = read(root)
    assert found["url"].tolist() == sorted(f"file:part-{n}.csv#a-{n}" for n in range(len(rows)))
    by_id = found.set_index("doc_id")["blob"]
    assert [by_id[row["doc_id"]].decode() for row in rows] == [row["text"].strip() for row in rows]


def test_a_folder_that_is_not_there_has_nothing(tmp_path: Path) -> None:
    found = FolderDocuments(tmp_path / "docs").read(LAST)
    assert found.raw.empty
    assert found.questions == []


def test_a_file_beyond_all_measure_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder, "MOST_BYTES", 10)
    put(tmp_path, "page.html", b"x" * 11)
    with pytest.raises(SourceError, match=r"docs/page\.html: 11 bytes; expected .* at most 10"):
        FolderDocuments(tmp_path).read(LAST)


def test_a_question_that_is_no_json_is_told(tmp_path: Path) -> None:
    put(tmp_path, "qa.jsonl", '{"qid": "q1", "question": "?"}\n{"qid": \n')
    with pytest.raises(SourceError, match=r"docs/qa\.jsonl: line 2 is no JSON"):
        FolderDocuments(tmp_path).read(LAST)


@needs_real
def test_the_real_folder() -> None:
    known = FolderDocuments(REAL / "docs").read(pd.Timestamp("2020-03-13"))
    raw = DOCS_RAW.validate(known.raw)
    hints = raw["hint"].map(json.loads)
    kinds = hints.map(lambda hint: hint["doc_type"]).value_counts().to_dict()
    assert (kinds["speech"], kinds["cpi"]) == (sum("speech_" in h["file"] for h in hints), 1)
    assert "employment_situation" not in kinds
    assert {"fomc-statement-2020-03-03"} <= {hint.get("doc_id") for hint in hints}
    assert {"fomc-statement-2020-03-15"}.isdisjoint({hint.get("doc_id") for hint in hints})
    assert set(raw["source"]) == {"fed", "bls"}
    assert 0 < len(known.questions) < 29
