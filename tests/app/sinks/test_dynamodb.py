"""What an item is, and what a table refuses."""

from __future__ import annotations

import pytest

from app.sinks.base import SinkError
from app.sinks.dynamodb import DynamoDB
from tests.app.sinks.conftest import SERIES, SILENT, day
from tests.app.sinks.served import Amazon, Cut, Refusal

KEY = {"series": {"S": SERIES}, "date": {"S": "2025-10-24"}}


def test_an_item_holds_the_digits_that_are_stored(amazon: Amazon) -> None:
    table = amazon.table()
    DynamoDB(table, SERIES).put(day())
    found = amazon.client("dynamodb").get_item(TableName=table, Key=KEY)["Item"]
    assert found["rv_5d_hat"] == {"N": "0.017623002"}
    assert found["regime_probs"]["M"]["risk_off"] == {"N": "0.03688301"}
    assert found["top_drivers"] == {"L": [{"S": "vix"}, {"S": "spy_vol_5d"}, {"S": "vix_ret_1d"}]}
    assert found["model_version"] == {"S": "21cb01de9d9d7f12"}
    assert len(found["content_sha256"]["S"]) == 64


def test_what_is_silent_is_null(amazon: Amazon) -> None:
    table = amazon.table()
    DynamoDB(table, SERIES).put(day(**SILENT))
    found = amazon.client("dynamodb").get_item(TableName=table, Key=KEY)["Item"]
    assert found["rv_5d_lo_90"] == {"NULL": True}
    assert found["regime_probs"]["M"]["calm"] == {"NULL": True}
    assert found["regime_drivers"] == {"L": []}


def test_series_have_items_of_their_own(amazon: Amazon) -> None:
    table = amazon.table()
    assert DynamoDB(table, SERIES).put(day()) == "written"
    assert DynamoDB(table, "live#SPY").put(day(rv_5d_hat=0.02)) == "written"
    assert DynamoDB(table, SERIES).put(day()) == "unchanged"


def test_a_put_whose_reply_is_lost_counts_once(amazon: Amazon) -> None:
    sink = DynamoDB(amazon.table(), SERIES)
    amazon.faults = [Cut(after=True)]
    assert sink.put(day()) == "unchanged"
    assert len(amazon.asked) == 3  # one made the table


def test_an_item_that_goes_away_meanwhile_is_put(amazon: Amazon) -> None:
    table = amazon.table()
    sink = DynamoDB(table, SERIES)
    sink.put(day(rv_5d_hat=0.02))
    amazon.faults = [None, lambda: remove(amazon, table)]
    assert sink.put(day(), replace=True) == "written"


def remove(amazon: Amazon, table: str) -> None:
    amazon.client("dynamodb").delete_item(TableName=table, Key=KEY)


def test_a_table_that_is_missing_is_not_made(amazon: Amazon) -> None:
    sink = DynamoDB("nobodys", SERIES)
    with pytest.raises(SinkError, match=r"no table nobodys.*AWS_DEFAULT_REGION.*create-table"):
        sink.put(day())
    with pytest.raises(SinkError, match="no table nobodys"):
        sink.read(day().date)


def test_a_table_of_another_region_is_a_missing_one(
    amazon: Amazon, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = amazon.table()
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    with pytest.raises(SinkError, match="set AWS_DEFAULT_REGION to another one"):
        DynamoDB(table, SERIES).put(day())


def test_no_region_is_told(amazon: Amazon, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    with pytest.raises(SinkError, match=r"specify a region\. Set AWS_DEFAULT_REGION"):
        DynamoDB("table", SERIES).put(day())


def test_a_table_with_other_keys_is_told(amazon: Amazon) -> None:
    with pytest.raises(SinkError, match="partition key must be series and its sort key date"):
        DynamoDB(amazon.table(("id",)), SERIES).put(day())


def test_throttling_is_waited_out(amazon: Amazon) -> None:
    sink = DynamoDB(amazon.table(), SERIES)
    amazon.faults = [Refusal(400, "ProvisionedThroughputExceededException")] * 3
    assert sink.put(day()) == "written"


def test_what_was_changed_by_other_means_is_found_and_mended(amazon: Amazon) -> None:
    table = amazon.table()
    sink = DynamoDB(table, SERIES)
    sink.put(day())
    amazon.client("dynamodb").update_item(
        TableName=table,
        Key=KEY,
        UpdateExpression="SET rv_5d_hat = :other",
        ExpressionAttributeValues={":other": {"N": "0.01"}},
    )
    with pytest.raises(SinkError, match="its content is not what content_sha256 says"):
        sink.read(day().date)
    sink.put(day(), replace=True)
    assert sink.read(day().date) is not None


def test_an_item_that_no_delivery_made_stays(amazon: Amazon) -> None:
    table = amazon.table()
    amazon.client("dynamodb").put_item(TableName=table, Item=KEY | {"note": {"S": "mine"}})
    sink = DynamoDB(table, SERIES)
    with pytest.raises(SinkError, match="not the attributes of a forecast"):
        sink.put(day())
    with pytest.raises(SinkError, match="which no delivery made"):
        sink.put(day(), replace=True)
    kept = amazon.client("dynamodb").get_item(TableName=table, Key=KEY)["Item"]
    assert kept["note"] == {"S": "mine"}
