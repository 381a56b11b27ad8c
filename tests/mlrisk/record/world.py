"""A small world whose forecasts are published session by session."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from mlrisk.calendar import sessions
from mlrisk.record import chain
from mlrisk.record.events import Event, Intervals, RegimeProbs, Statement
from mlrisk.record.ledger import Outcome
from mlrisk.record.record import Publication, Record, additions

SERIES = ("simulated", "SPY")
# Thanksgiving and Christmas are in it: five sessions are not always seven days.
DAYS = [day.date() for day in sessions(date(2024, 11, 20), date(2025, 1, 10))]


def statement(day: date, **changes: Any) -> Statement:
    rv = 0.02 + day.day / 10_000
    said: dict[str, Any] = {
        "source": SERIES[0],
        "benchmark": SERIES[1],
        "date": day,
        "rv_5d_hat": rv,
        "var_5d_hat": rv * rv * 1.05,
        "intervals": Intervals(lo_80=rv / 2, hi_80=rv * 1.5, lo_90=rv / 3, hi_90=rv * 1.8),
        "regime_probs": RegimeProbs(calm=0.5, transition=0.3, risk_off=0.2),
        "top_drivers": ["vix", "spy_vol_5d"],
        "var_5d_rv20": rv * rv * 1.4,
        "model": "champion",
        "model_version": "0123456789abcdef",
        "regime_model_version": None,
    }
    return Statement(**{**said, **changes})


def outcomes(days: Iterable[date] = DAYS, scale: float = 1.0) -> dict[date, Outcome]:
    """Of every session, those that cannot be known yet among them."""
    return {day: Outcome(scale * (0.01 + (day.day % 7) / 250), "calm") for day in days}


def publication(
    as_of: date,
    said: Mapping[date, Statement] | None = None,
    came: Mapping[date, Outcome] | None = None,
    since: date | None = None,
) -> Publication:
    said = {as_of: statement(as_of)} if said is None else said
    return Publication(*SERIES, as_of, since or as_of, said, outcomes() if came is None else came)


def published(data: bytes, *said: Publication) -> bytes:
    """The file after some publications."""
    for one in said:
        data += additions(Record(tuple(chain.read(data, "file"))), one)[0]
    return data


def lived(days: Sequence[date], came: Mapping[date, Outcome] | None = None) -> bytes:
    """The file of a repository that ran on each of the days."""
    return published(b"", *(publication(day, came=came) for day in days))


def contents(data: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in chain.lines(data)]


def resealed(lines: Iterable[Mapping[str, Any]]) -> bytes:
    """A chain made anew over other contents: every hash is right."""
    made, previous = b"", chain.GENESIS
    for seq, content in enumerate(lines):
        bare = {k: v for k, v in content.items() if k not in ("hash", "previous", "seq")}
        line = chain.seal(bare, seq, previous)
        made, previous = made + line, json.loads(line)["hash"]
    return made


def events(data: bytes) -> list[Event]:
    return chain.read(data, "file")
