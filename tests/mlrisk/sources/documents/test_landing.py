"""Documents that land: appended, once each, and never looked at before their time."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlrisk import store
from mlrisk.contracts import DOCS_RAW, LANDING_DOCUMENTS
from mlrisk.sources.documents.base import Fetched, delivered, hint_text, raw_table
from mlrisk.sources.documents.landing import Appended, LandingDocuments, append, doc_ids

MONDAY = pd.Timestamp("2024-02-05 22:00", tz="UTC")


def fetched(name: str, content: str = "a page", day: int = 0, published: str = "") -> Fetched:
    return Fetched(
        source="fed",
        url=f"https://www.federalreserve.gov/{name}.htm",
        fetched_at=MONDAY + pd.Timedelta(days=day),
        media_type="text/html",
        blob=content.encode(),
        hint={"doc_id": name, "published_at": published or "2024-01-31T19:00:00Z"},
    )


def test_the_same_again_adds_nothing() -> None:
    first = append(LANDING_DOCUMENTS.empty(), [fetched("a"), fetched("b"), fetched("a")])
    again = append(first.rows, [fetched("b", day=1), fetched("a", day=2)])
    assert (first.added, first.changed) == (2, 0)
    assert (again.added, again.changed) == (0, 0)
    pd.testing.assert_frame_equal(again.rows, first.rows)
    pd.testing.assert_frame_equal(append(first.rows, []).rows, first.rows)
    assert append(LANDING_DOCUMENTS.empty(), []).rows.empty


def test_a_page_that_was_changed_is_known_from_when_it_was_seen() -> None:
    first = append(LANDING_DOCUMENTS.empty(), [fetched("a")])
    again = append(first.rows, [fetched("a", "corrected", day=3)])
    assert (again.added, again.changed) == (0, 1)
    blobs = again.rows.set_index("blob")["hint"].map(json.loads)
    assert blobs[b"a page"]["published_at"] == "2024-01-31T19:00:00Z"
    assert blobs[b"corrected"]["published_at"] == "2024-02-08T22:00:00Z"
    assert doc_ids(again.rows) == {"a"}


def test_another_release_under_one_address_is_no_change() -> None:
    first = append(LANDING_DOCUMENTS.empty(), [fetched("a")])
    other = fetched("a", "the next month", day=20, published="2024-02-20T13:30:00Z")
    again = append(first.rows, [Fetched(**{**vars(other), "hint": {**other.hint, "doc_id": "b"}})])
    assert (again.added, again.changed) == (1, 0)


@settings(max_examples=6)
@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.sampled_from("xyz"), st.integers(0, 5)), max_size=9
    )
)
def test_what_has_landed_stays_to_the_byte(visits: list[tuple[str, str, int]]) -> None:
    landed = LANDING_DOCUMENTS.empty()
    for name, content, day in sorted(visits, key=lambda visit: visit[2]):
        after: Appended = append(landed, [fetched(name, content, day)])
        rows = after.rows
        assert len(rows) == len(landed) + after.added + after.changed
        if len(landed):
            kept = rows.merge(landed[["url", "sha256"]]).reset_index(drop=True)
            pd.testing.assert_frame_equal(kept, landed)
        landed = rows
    LANDING_DOCUMENTS.validate(landed)
    assert len(landed) == len({(name, content) for name, content, _ in visits})


def test_it_is_read_as_it_was_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert LandingDocuments().read(pd.Timestamp("2024-02-05")).raw.empty
    first = append(
        LANDING_DOCUMENTS.empty(), [fetched("a"), fetched("b", published="2024-02-02T19:00:00Z")]
    )
    landed = append(first.rows, [fetched("a", "corrected", day=3)])
    store.write(LANDING_DOCUMENTS, landed.rows)
    known = {
        day: LandingDocuments().read(pd.Timestamp(day)).raw["blob"].tolist()
        for day in ("2024-01-30", "2024-01-31", "2024-02-07", "2024-02-08")
    }
    assert [len(blobs) for blobs in known.values()] == [0, 1, 2, 3]
    assert b"corrected" not in known["2024-02-07"]
    DOCS_RAW.validate(LandingDocuments().read(pd.Timestamp("2024-02-08")).raw)


def test_a_document_without_a_date_is_known_from_when_it_came() -> None:
    address = "https://www.bea.gov/news/x"
    raw = raw_table([Fetched("bea", address, MONDAY, "text/html", b"x", {"published_at": None})])
    assert raw["hint"].tolist() == ["{}"]
    assert delivered(raw, pd.Timestamp("2024-02-02")).empty
    assert len(delivered(raw, pd.Timestamp("2024-02-05"))) == 1


def test_a_hint_of_something_else_is_refused() -> None:
    with pytest.raises(ValueError, match="a hint of 'author'; there are doc_id"):
        hint_text({"author": "me"})
