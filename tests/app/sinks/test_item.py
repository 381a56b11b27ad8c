"""A forecast is an item and is a forecast again, to the last bit."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import pytest
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from app.sinks import item
from app.sinks.base import SinkError
from tests.app.sinks.conftest import SERIES, SILENT, day

SIZES = st.floats(1e-130, 9.9e125).map(lambda size: float(f"{size:.7e}"))
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
NAMES = st.lists(TEXTS, max_size=3)
SHARES = st.tuples(st.integers(0, 10**8), st.integers(0, 10**8)).map(sorted)
BOUNDS = ("rv_5d_lo_90", "rv_5d_lo_80", "rv_5d_hi_80", "rv_5d_hi_90")
PROBS = ("regime_probs.calm", "regime_probs.transition", "regime_probs.risk_off")


@st.composite
def columns(draw: Any) -> dict[str, Any]:
    """Columns of a forecast that keep the contract, at the precision they are stored with."""
    bounds = draw(st.none() | st.lists(SIZES, min_size=4, max_size=4).map(sorted))
    shares = draw(st.none() | SHARES)
    nothing = [math.nan] * 4
    below, upto = shares or (0, 0)
    parts = [round(part / 10**8, 8) for part in (below, upto - below, 10**8 - upto)]
    return {
        "rv_5d_hat": draw(SIZES),
        "var_5d_hat": draw(SIZES),
        **dict(zip(BOUNDS, bounds or nothing, strict=True)),
        **dict(zip(PROBS, parts if shares else nothing[:3], strict=True)),
        "top_drivers": draw(NAMES),
        "regime_drivers": draw(NAMES),
        "model_version": draw(TEXTS),
        "regime_model_version": draw(TEXTS),
    }


def wired(values: dict[str, Any]) -> dict[str, Any]:
    """As it goes over the wire and comes back."""
    there = {name: TypeSerializer().serialize(value) for name, value in values.items()}
    return {name: TypeDeserializer().deserialize(value) for name, value in there.items()}


@given(columns())
@settings(max_examples=25)
def test_row_to_item_to_row_is_the_identity(other: dict[str, Any]) -> None:
    row = day(**other).row
    there = wired(item.item(SERIES, row))
    assert there == item.item(SERIES, row)
    assert_frame_equal(item.row(there, "here"), row, check_exact=True)


def test_numbers_have_the_digits_that_are_stored() -> None:
    found = item.item(SERIES, day().row)
    assert found["series"] == "simulated#SPY"
    assert found["date"] == "2025-10-24"
    assert found["rv_5d_hat"] == Decimal("0.017623002")
    assert found["regime_probs"] == {
        "calm": Decimal("0.62498613"),
        "transition": Decimal("0.33813086"),
        "risk_off": Decimal("0.03688301"),
    }
    assert found["top_drivers"] == ["vix", "spy_vol_5d", "vix_ret_1d"]
    silent = item.item(SERIES, day(**SILENT).row)
    assert silent["rv_5d_lo_80"] is None
    assert silent["regime_probs"] == dict.fromkeys(("calm", "transition", "risk_off"))


def test_the_hash_is_of_series_and_every_column() -> None:
    others = [
        {"rv_5d_hat": 0.017623003},
        {"top_drivers": ["vix", "vix_ret_1d", "spy_vol_5d"]},
        {"regime_drivers": []},
        {"regime_model_version": "another"},
        {"date": "2025-10-23"},
    ]
    rows = [day(), *(day(**other) for other in others)]
    hashes = [item.item(SERIES, one.row)[item.HASH] for one in rows]
    hashes.append(item.item("live#SPY", day().row)[item.HASH])
    assert len(set(hashes)) == len(hashes)


@pytest.mark.parametrize("size", [1e-131, 1e126])
def test_a_number_that_dynamodb_cannot_keep_is_named(size: float) -> None:
    with pytest.raises(SinkError, match="DynamoDB keeps 1e-130 to below") as told:
        item.item(SERIES, day(var_5d_hat=size).row)
    assert f"var_5d_hat is {size}:" in str(told.value)


def test_what_was_changed_by_other_means_is_found() -> None:
    made = item.item(SERIES, day().row)
    with pytest.raises(SinkError, match=r"here: its content is not what content_sha256 says"):
        item.row(made | {"rv_5d_hat": Decimal("0.01")}, "here")
    with pytest.raises(SinkError, match="differ in note"):
        item.row(made | {"note": "mine"}, "here")
    del made["model_version"]
    with pytest.raises(SinkError, match="differ in model_version"):
        item.row(made, "here")
