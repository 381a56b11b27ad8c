"""The curated documents as the answering side reads them, at any moment of the past."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from mlrisk.documents.base import Constraints
from mlrisk.documents.index.base import Mask, allowed


@dataclass(frozen=True)
class Corpus:
    """Curated documents.

    Parameters
    ----------
    table : DataFrame
        As ``contracts.DOCS_CURATED`` describes it.
    """

    table: pd.DataFrame

    @cached_property
    def texts(self) -> Mapping[str, str]:
        """``text_md`` by ``doc_id``."""
        return dict(zip(self.table["doc_id"], self.table["text_md"], strict=True))

    def within(self, constraints: Constraints) -> Mask:
        """Which documents a question may be answered from, of shape (n_documents,)."""
        return allowed(self.table, constraints)
