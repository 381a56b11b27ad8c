"""The index that settings name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from mlrisk.documents.base import DocumentError
from mlrisk.documents.index.base import Index


def index_of(
    chunks: pd.DataFrame, settings: Mapping[str, Any], environment: Mapping[str, str]
) -> Index:
    """An index of chunks; of a database the address is in the environment.

    Parameters
    ----------
    chunks : DataFrame
        As ``contracts.DOCS_CHUNKS``.
    settings : mapping
        As in ``conf/index``.
    environment : mapping
        Variables of the environment.

    Raises
    ------
    DocumentError
        Where the environment names no database.
    """
    if settings["backend"] == "pgvector":
        from mlrisk.documents.index.pgvector import PgvectorIndex

        wanted = settings["pgvector"]
        variable = wanted["address_variable"]
        address = environment.get(variable)
        if not address:
            raise DocumentError(
                f"index.backend=pgvector needs the environment variable {variable}, the database's "
                "address such as postgresql://user@host/database"
            )
        return PgvectorIndex(chunks, address, wanted["namespace"], wanted["ef_search"])
    from mlrisk.documents.index.memory import MemoryIndex

    return MemoryIndex(chunks)
