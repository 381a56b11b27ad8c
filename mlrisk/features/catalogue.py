"""Names of features without their values: what a source gives, and what a fuller one would."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from mlrisk import contracts
from mlrisk.features import table

_TWO_SESSIONS = pd.DatetimeIndex(["2020-01-02", "2020-01-03"]).as_unit("us")


def names(symbols: Mapping[str, Any], series: Mapping[str, str]) -> list[str]:
    """Columns of the features that the given roles and a full calendar allow, in order.

    They are read off a table of two sessions, so that they cannot differ from what
    ``table.build`` gives.

    Parameters
    ----------
    symbols : mapping of role to symbol
        As ``table.build`` takes them; ``sectors`` is a list.
    series : mapping of role to series identifier
    """
    single = [symbol for role, symbol in symbols.items() if role != "sectors" and symbol]
    prices = dict.fromkeys(("open", "high", "low", "close", "adj_close"), 1.0)
    market = pd.concat(
        pd.DataFrame({"symbol": symbol, "date": _TWO_SESSIONS, **prices, "ret": 0.0})
        for symbol in dict.fromkeys([*single, *symbols.get("sectors", ())])
    )
    aligned = pd.DataFrame({"date": _TWO_SESSIONS}).reindex(
        columns=list(contracts.MACRO_RELEASE_ALIGNED.schema.columns)
    )
    aligned = aligned.astype(dict.fromkeys(contracts.MACRO_NAMES, float))
    moment = pd.Timestamp("2020-01-02 13:30", tz="UTC").as_unit("us")
    announcements = pd.DataFrame(
        {"event": contracts.EVENTS, "event_datetime": moment, "known_from": moment}
    ).assign(status="scheduled")
    macro = contracts.RAW_MACRO.empty()
    features = table.build(market, aligned, macro, announcements, **symbols, series=series)
    return [name for name in features.columns if name != "date"]
