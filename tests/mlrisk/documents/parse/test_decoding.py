"""Bytes to text: whatever the encoding, said or not, and what was decoded twice."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlrisk.documents.base import DocumentError
from mlrisk.documents.parse.decoding import decode, repair, tidy

SENTENCE = "Inflation — at 2½ percent — is “elevated”, the Committee’s view."


@pytest.mark.parametrize(
    ("blob", "media_type"),
    [
        (SENTENCE.encode(), ""),
        (SENTENCE.encode("utf-8-sig"), ""),
        (b"\xff\xfe" + SENTENCE.encode("utf-16-le"), ""),
        (SENTENCE.encode("cp1252"), ""),
        (SENTENCE.encode("cp1252"), "text/html; charset=ISO-8859-1"),
        (SENTENCE.encode("utf-16-be"), "text/html; charset=utf-16-be"),
        (SENTENCE.encode("cp1252"), "text/html; charset=utf-8"),
        (SENTENCE.encode(), "text/html; charset=no-such-thing"),
    ],
)
def test_an_encoding_is_found_where_it_is_said_and_where_it_is_not(
    blob: bytes, media_type: str
) -> None:
    assert decode(blob, media_type) == SENTENCE


@pytest.mark.parametrize(
    "declared", ['<meta charset="cp1250">', '<?xml version="1.0" encoding="windows-1250"?>']
)
def test_a_page_may_name_its_encoding(declared: str) -> None:
    assert decode(f"{declared}Złoty".encode("cp1250")) == f"{declared}Złoty"


def test_utf8_that_was_read_as_windows_1252_is_put_right() -> None:
    assert repair("to 3â\x80\x911/2 percent by a 9 â\x80\x93 3 vote") == (
        "to 3\u20111/2 percent by a 9 – 3 vote"
    )
    assert repair("the Committee\x92s view") == "the Committee’s view"


@pytest.mark.parametrize("text", [SENTENCE, "Café, naïve, ¼ to ½, £5, ¥3", "plain"])
def test_sound_text_is_not_repaired(text: str) -> None:
    assert repair(text) == text


def test_unseen_characters_go_and_meaning_stays() -> None:
    assert tidy("al\u00adthough\u200b 12\u2011month\u00a02½\r\nline\x00\r") == (
        "although 12-month 2½\nline\n"
    )


@pytest.mark.parametrize(
    "blob", [b"%PDF-1.7 ...", b"PK\x03\x04rest", b"\x1f\x8b\x08rest", b"\x00\x01\x02\x03" * 99]
)
def test_what_is_no_text_is_told(blob: bytes) -> None:
    with pytest.raises(DocumentError, match="expected HTML, Markdown or text"):
        decode(blob)


@given(st.binary(max_size=300))
def test_any_bytes_are_clean_text_or_an_error(blob: bytes) -> None:
    try:
        text = decode(blob)
    except DocumentError:
        return
    assert text == unicodedata.normalize("NFC", text)
    assert not any(unicodedata.category(c) in {"Cc", "Cs", "Co"} and c != "\n" for c in text)
    assert tidy(text) == text
