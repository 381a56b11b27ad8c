"""Forecasts as items of a DynamoDB table: one per series and session.

A put is conditional (Amazon DynamoDB Developer Guide, "Condition expressions"): it takes effect
where there is no item of that session, or the same one. So it may be repeated at will.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from app.sinks import item
from app.sinks.base import ATTEMPTS, Day, Outcome, SinkError, different, telling
from mlrisk import aws

_AS_SEEN = f"{item.HASH} = :hash"
_ABSENT_OR_SAME = f"attribute_not_exists({item.SERIES}) OR {_AS_SEEN}"


@dataclass(frozen=True)
class DynamoDB:
    """A ``Sink`` of one item per session.

    Parameters
    ----------
    table : str
        Its partition key is ``series``, its sort key ``date``, both strings.
    series : str
        Partition key of the items: what is forecast from which source.
    """

    table: str
    series: str

    @property
    def name(self) -> str:
        return f"dynamodb://{self.table}"

    def put(self, day: Day, *, replace: bool = False) -> Outcome:
        where, new = self._where(day.date), item.item(self.series, day.row)
        seen: str | None = None
        with telling(where, self._remedies):
            for _ in range(ATTEMPTS):
                done, there = self._put(new, seen)
                if done:
                    return _outcome(there, new)
                if there and not replace:
                    raise different(where, item.row(there, where), day)
                if there and item.HASH not in there:
                    raise SinkError(
                        f"{where}: an item without {item.HASH}, which no delivery made. Remove it "
                        "first if it is in the wrong place."
                    )
                seen = there.get(item.HASH)
        raise SinkError(f"{where}: changed each time it was about to be replaced. Run again.")

    def read(self, date: pd.Timestamp) -> pd.DataFrame | None:
        where = self._where(date)
        key = {item.SERIES: self.series, item.DATE: f"{date:%Y-%m-%d}"}
        with telling(where, self._remedies):
            reply = self._client.get_item(TableName=self.table, Key=_wire(key), ConsistentRead=True)
        found = reply.get("Item")
        return None if found is None else item.row(_plain(found), where)

    @cached_property
    def _client(self) -> Any:
        return aws.client("dynamodb", attempts=ATTEMPTS)

    def _where(self, date: pd.Timestamp) -> str:
        return f"{self.name} ({self.series}, {date:%Y-%m-%d})"

    @property
    def _remedies(self) -> dict[str, str]:
        create = (
            f"aws dynamodb create-table --table-name {self.table} --billing-mode PAY_PER_REQUEST "
            "--attribute-definitions AttributeName=series,AttributeType=S "
            "AttributeName=date,AttributeType=S --key-schema AttributeName=series,KeyType=HASH "
            "AttributeName=date,KeyType=RANGE"
        )
        return {
            "AccessDeniedException": "These credentials need dynamodb:PutItem and "
            f"dynamodb:GetItem on the table {self.table}.",
            "ResourceNotFoundException": f"There is no table {self.table} in this account and "
            f"region: set AWS_DEFAULT_REGION to another one, or create it with `{create}`.",
            "ValidationException": "The table's partition key must be series and its sort key "
            f"date, both strings, as `{create}` makes it.",
        }

    def _put(self, new: Mapping[str, Any], seen: str | None) -> tuple[bool, dict[str, Any]]:
        """Put an item where there is none, the same, or that of the hash ``seen``.

        Returns
        -------
        bool
            Whether it was put.
        dict
            What was there before, or stands in the way; empty where that is nothing.
        """
        condition = {
            "ConditionExpression": _ABSENT_OR_SAME if seen is None else _AS_SEEN,
            "ExpressionAttributeValues": _wire({":hash": seen or new[item.HASH]}),
        }
        try:
            reply = self._client.put_item(
                TableName=self.table,
                Item=_wire(new),
                ReturnValues="ALL_OLD",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
                **condition,
            )
        except aws.failures() as error:
            if aws.code(error) != "ConditionalCheckFailedException":
                raise
            return False, _plain(getattr(error, "response", {}).get("Item", {}))
        return True, _plain(reply.get("Attributes", {}))


def _outcome(before: Mapping[str, Any], new: Mapping[str, Any]) -> Outcome:
    if not before:
        return "written"
    return "unchanged" if before.get(item.HASH) == new[item.HASH] else "replaced"


def _wire(values: Mapping[str, Any]) -> dict[str, Any]:
    from boto3.dynamodb.types import TypeSerializer

    return {name: TypeSerializer().serialize(value) for name, value in values.items()}


def _plain(wire: Mapping[str, Any]) -> dict[str, Any]:
    from boto3.dynamodb.types import TypeDeserializer

    return {name: TypeDeserializer().deserialize(value) for name, value in wire.items()}
