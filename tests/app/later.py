"""A run as it was earlier: the same tables without what became known since."""

from __future__ import annotations

import dataclasses

import pandas as pd

from app.faces.snapshot import Snapshot
from mlrisk.calendar import INFORMATION_HOUR

HORIZON = 5


def as_it_was(snapshot: Snapshot, date: pd.Timestamp) -> Snapshot:
    """A snapshot without rows, outcomes, documents and announcements that were not known at a date.

    Metrics and plots are of a whole run: there are none.
    """
    known_at = date.tz_localize("UTC") + INFORMATION_HOUR
    tables = {
        field.name: table[table["date"] <= date].reset_index(drop=True)
        for field in dataclasses.fields(snapshot)
        if isinstance(table := getattr(snapshot, field.name), pd.DataFrame)
        and "date" in table
        and field.name != "findings"
    }
    labels = tables["labels"].copy()
    labels.loc[labels.index[-HORIZON:], ["rv_5d", "regime_5d"]] = None
    documents = snapshot.documents[snapshot.documents["published_at"] <= known_at]
    calendar = snapshot.calendar[snapshot.calendar["known_from"] <= known_at]
    return dataclasses.replace(
        snapshot,
        **{**tables, "labels": labels},
        documents=documents.reset_index(drop=True),
        calendar=calendar.reset_index(drop=True),
        metrics={},
        plots={},
    )
