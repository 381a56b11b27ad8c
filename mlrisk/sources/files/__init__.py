"""A folder of market, rate and macro files.

===========================  ==================================================================
``market/SYMBOL``            date, open, high, low, close, adj_close, volume
``rates/SERIES``             date, value: daily rates as FRED gives them
``macro/SERIES``             series_id, macro_value_date, value, available_by, vintage (optional)
``macro/release_calendar``   release (CPI, EMPLOYMENT_SITUATION, ISM_MANUFACTURING),
                             release_datetime
``macro/fomc_decisions``     announced_at_utc
``docs/``                    documents: ``mlrisk.sources.documents.folder``
===========================  ==================================================================

The name of a table is followed by ``.csv``, ``.csv.gz`` or ``.parquet``. Other columns are left
aside, and so are other files.

Timing
------
A rate of day *d* is released on the next NYSE session at 16:15 New York, the hour of the Federal
Reserve's H.15 release: before 22:00 UTC of that session. A macro value is released at its
``available_by``: the release time where that is known, else a later bound. ``rates/`` goes before
``macro/`` of the same name; ``macro/SERIES_vintages``, the history of what was published when, goes
before ``macro/SERIES``. A value is point in time where ``vintage`` says that it stands as it was
published. When each event of the two calendars was announced: ``mlrisk.sources.announcements``.
"""

from mlrisk.sources.files.source import FileFolder, digest, manifest

__all__ = ["FileFolder", "digest", "manifest"]
