"""Daily histories of the VIX family, as Cboe publishes them: one file per index, no key.

A file holds the whole history and is replaced after the close. The close is the index at 16:15 New
York; open, high and low of the early years are partly wrong at the source.
"""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd

from mlrisk.sources.live.client import Client
from mlrisk.sources.live.tables import days, numbers, one_a_day, read_csv

FEED = "cboe"
INDICES = ("VIX", "VIX3M", "VIX9D", "VVIX")
COLUMNS = ("date", "open", "high", "low", "close")
PATH = "/api/global/us_indices/daily_prices/{index}_History.csv"

_FULL = ("DATE", "OPEN", "HIGH", "LOW", "CLOSE")


def fetch_index(client: Client, index: str) -> pd.DataFrame:
    """The history of one of ``INDICES``; see ``parse_history``."""
    return client.get(FEED, PATH.format(index=index), partial(parse_history, index=index))


def parse_history(content: bytes, index: str) -> pd.DataFrame:
    """A history file -> daily prices.

    Parameters
    ----------
    content : bytes
        CSV with columns DATE (month/day/year), OPEN, HIGH, LOW, CLOSE, or DATE and the index's
        name for one that has only a close (VVIX).
    index : str
        Its name.

    Returns
    -------
    DataFrame
        Columns date (``datetime64[us]``), open, high, low, close in index points, sorted by date.
        Open, high and low are null where the file has none; a day without a close is left out.

    Raises
    ------
    FeedError
        Where the content is anything else.
    """
    feed = f"{FEED} {index}"
    cells = read_csv(feed, content, [_FULL, ("DATE", index)])
    names = dict(zip(_FULL, COLUMNS, strict=True)) | {index: "close"}
    table = pd.DataFrame({"date": days(feed, cells["DATE"], "%m/%d/%Y")})
    for column in cells.columns[1:]:
        table[names[column]] = numbers(feed, cells[column])
    blank = {name: np.nan for name in COLUMNS if name not in table}
    priced = table.assign(**blank)[list(COLUMNS)].dropna(subset="close")
    return one_a_day(feed, priced, "date")
