from __future__ import annotations

import hashlib
import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlrisk.record import chain
from mlrisk.record.chain import RecordError, canonical, digest, examine, seal
from tests.mlrisk.record.world import DAYS, contents, lived, resealed, statement

DATA = lived(DAYS[:8])
LINES = DATA.splitlines(keepends=True)
OTHER = resealed({**content, "source": "live"} for content in contents(DATA)).splitlines(
    keepends=True
)
places = st.integers(0, len(LINES) - 1)


def first_bad(data: bytes) -> int | None:
    findings = examine(data)[1]
    assert findings == sorted(findings, key=lambda finding: finding.line)
    return findings[0].line if findings else None


def test_a_chain_that_nobody_touched_is_whole() -> None:
    events, findings = examine(DATA)
    assert findings == []
    assert [event.seq for event in events if event] == list(range(len(LINES)))
    assert {event.kind for event in events if event} == {"forecast", "realisation"}
    assert examine(b"") == ([], [])


def test_a_line_is_hashed_as_the_documents_say() -> None:
    content = json.loads(LINES[3])
    told = content.pop("hash")
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    assert hashlib.sha256(text.encode()).hexdigest() == told
    assert content["previous"] == json.loads(LINES[2])["hash"]
    assert json.loads(LINES[0])["previous"] == "0" * 64


@given(st.integers(0, len(DATA) - 1), st.integers(1, 255))
def test_any_changed_byte_is_found_and_its_line_named(place: int, mask: int) -> None:
    changed = bytearray(DATA)
    changed[place] ^= mask
    assert first_bad(bytes(changed)) == DATA.count(b"\n", 0, place) + 1


@given(st.integers(0, len(DATA) - 1), st.binary(min_size=1, max_size=3))
def test_any_bytes_put_in_are_found(place: int, given: bytes) -> None:
    changed = DATA[:place] + given + DATA[place:]
    number = first_bad(changed)
    assert number is not None
    assert number <= DATA.count(b"\n", 0, place) + 1 + given.count(b"\n")


@given(places, st.integers(1, 3))
def test_a_deleted_line_is_found_at_its_place(place: int, count: int) -> None:
    left = LINES[:place] + LINES[place + count :]
    # What is cut off at the end leaves a shorter chain that is whole: git shows that.
    expected = None if place + count >= len(LINES) else place + 1
    assert first_bad(b"".join(left)) == expected


@given(places, places)
def test_swapped_lines_are_found_at_the_first(one: int, other: int) -> None:
    lines = list(LINES)
    lines[one], lines[other] = lines[other], lines[one]
    assert first_bad(b"".join(lines)) == (None if one == other else min(one, other) + 1)


@given(places, places)
def test_a_repeated_line_is_found_where_it_was_put(line: int, place: int) -> None:
    lines = [*LINES[:place], LINES[line], *LINES[place:]]
    # A copy before its own line is that line, and the line is the copy.
    assert first_bad(b"".join(lines)) == (place + 2 if line == place else place + 1)


@given(places, places)
def test_a_line_of_another_chain_is_found(line: int, place: int) -> None:
    lines = [*LINES[:place], OTHER[line], *LINES[place:]]
    assert first_bad(b"".join(lines)) == (2 if line == place == 0 else place + 1)


@given(st.integers(0, len(LINES) - 2))
def test_a_line_that_was_changed_and_hashed_anew_breaks_the_next(place: int) -> None:
    content = json.loads(LINES[place])
    content["as_of"] = "2025-01-10"
    line = seal(content, content["seq"], content["previous"])
    findings = examine(b"".join([*LINES[:place], line, *LINES[place + 1 :]]))[1]
    assert [(finding.line, finding.rule) for finding in findings] == [(place + 2, "previous")]


def test_one_changed_line_is_one_finding() -> None:
    lines = list(LINES)
    lines[4] = lines[4].replace(b'"model":"champion"', b'"model":"champiom"')
    assert lines[4] != LINES[4]
    (finding,) = examine(b"".join(lines))[1]
    assert (finding.line, finding.seq, finding.rule) == (5, 4, "hash")
    assert finding.date == str(DAYS[4])
    assert finding.told().startswith(f"line 5, seq 4, {DAYS[4]}: hash: the line was changed")


def line(**changes: Any) -> bytes:
    content = {**contents(DATA)[0], **changes}
    return seal({k: v for k, v in content.items() if k != "hash"}, 0, chain.GENESIS)


@pytest.mark.parametrize(
    ("data", "rule", "detail"),
    [
        (b"\n", "form", "not a JSON object: ''"),
        (b"[1]\n", "form", "not a JSON object"),
        (b'{"a": NaN}\n', "form", "not a JSON object"),
        (b"\xff\xfe\n", "form", "not a JSON object"),
        (b"[" * 100_000 + b"\n", "form", "not a JSON object"),
        (DATA[:-1], "form", "no newline at its end"),
        (LINES[0].replace(b'"kind":', b'"kind": '), "form", "not canonical JSON"),
        (LINES[0][:-2] + b',"seq":0}\n', "form", "not canonical JSON"),
        (LINES[0].replace(b"\n", b"\r\n"), "form", "not canonical JSON"),
        (line(rv_5d_hat=-0.1), "fields", "rv_5d_hat: Input should be greater than 0"),
        (line(extra=1), "fields", "extra: Extra inputs are not permitted"),
        (line(kind="guess"), "fields", "'guess'"),
        (line(date="2024-13-01"), "fields", "date"),
        (line(known_at="2024-11-20T21:00:00Z"), "fields", "known_at must be 2024-11-20T22:00:00Z"),
        (line(late=1), "fields", "late: Input should be a valid boolean"),
    ],
)
def test_a_line_that_is_none_is_told(data: bytes, rule: str, detail: str) -> None:
    findings = examine(data)[1]
    assert findings[-1].rule == rule
    assert detail in findings[-1].detail


def test_reading_names_file_and_line() -> None:
    data = b"".join([*LINES[:2], b"{}\n", *LINES[3:]])
    with pytest.raises(RecordError, match=r"results/x\.jsonl: line 3: hash: .*more findings"):
        chain.read(data, "results/x.jsonl")


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_stored_number_comes_back_to_the_bit(value: float) -> None:
    text = canonical({"x": value})
    back = json.loads(text)["x"]
    assert math.copysign(1, back) == math.copysign(1, value)
    assert back == value
    assert canonical(json.loads(text)) == text


def test_the_hash_is_not_of_itself() -> None:
    content = {"b": 1, "a": [0.1, None]}
    assert digest(content) == digest({**content, "hash": "0"})
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical({"x": math.nan})


def test_statements_are_equal_where_they_say_the_same() -> None:
    event = chain.read(DATA, "file")[0]
    assert event.kind == "forecast"
    assert event.statement() == statement(DAYS[0])
    assert event.statement() != statement(DAYS[0], rv_5d_hat=0.02)
