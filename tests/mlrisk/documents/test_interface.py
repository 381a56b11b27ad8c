from __future__ import annotations

import json
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlrisk.documents import interface
from mlrisk.documents.base import Answer, Constraints, DocumentError
from tests.mlrisk.documents.made import citation


def test_days_are_meant_as_a_whole_and_moments_as_they_are() -> None:
    found = interface.constraints(
        {"as_of": "2024-01-31", "from": "2024-01-01", "to": "2024-01-31", "sources": ["fed"]}
    )
    assert found.as_of == pd.Timestamp("2024-01-31 22:00", tz="UTC")
    assert found.since == pd.Timestamp("2024-01-01", tz="UTC")
    assert found.until == pd.Timestamp("2024-01-31 23:59:59.999999", tz="UTC")
    assert found.sources == ("fed",)
    moment = interface.constraints({"as_of": "2024-01-31T14:00:00-05:00"})
    assert moment.as_of == pd.Timestamp("2024-01-31 19:00", tz="UTC")


def test_nothing_and_null_are_no_constraint() -> None:
    assert interface.constraints(dict.fromkeys(interface.FIELDS)) == Constraints()
    assert interface.constraints({}) == Constraints()


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("since", "2024-01-01", "unknown field 'since'; there are as_of, from, to"),
        ("as_of", "yesterday", "as_of = 'yesterday'; expected a day such as '2024-01-31'"),
        ("from", "NaT", "from = 'NaT'; expected a day"),
        ("as_of", "today", "as_of = 'today'; expected a day"),
        ("to", 20240131, "to = 20240131; expected a day"),
        ("doc_types", "minutes", "doc_types = 'minutes'; expected a list of names"),
    ],
)
def test_a_field_that_cannot_be_used_is_named(field: str, value: Any, said: str) -> None:
    with pytest.raises(DocumentError) as error:
        interface.constraints({field: value})
    assert said in str(error.value)


def test_a_span_that_holds_nothing_is_refused() -> None:
    with pytest.raises(DocumentError, match="from = '2024-02-01' lies after to = '2024-01-31'"):
        interface.constraints({"from": "2024-02-01", "to": "2024-01-31"})


@given(st.dictionaries(st.sampled_from(interface.FIELDS), st.text() | st.none() | st.integers()))
def test_any_fields_are_constraints_or_an_error_that_names_them(given_: dict[str, Any]) -> None:
    if not any(value is not None for value in given_.values()):
        assert interface.constraints(given_) == Constraints()
        return
    try:
        found = interface.constraints(given_)
    except DocumentError as error:
        said = str(error)
        assert said.startswith("constraints: ")
    else:
        assert all(t is None or t.tz is not None for t in (found.as_of, found.since, found.until))


def test_an_answer_is_what_the_contract_says() -> None:
    told = interface.answer_as_json(Answer("So. [1]", (citation("a", "So."),)))
    assert json.loads(json.dumps(told)) == {
        "answer": "So. [1]",
        "citations": [
            {
                "chunk_id": "a#000",
                "doc_id": "a",
                "title": "Title of a",
                "url": "https://example.org/a",
                "published_at": "2024-01-31T19:00:00Z",
                "quote": "So.",
                "start": 0,
                "end": 3,
            }
        ],
        "refused": "",
    }
