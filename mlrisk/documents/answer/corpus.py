"""The curated documents as the answering side reads them, at any moment of the past."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlrisk.documents.base import Constraints

Mask = npt.NDArray[np.bool_]


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
        table = self.table
        published = table["published_at"]
        mask = np.ones(len(table), dtype=bool)
        if constraints.as_of is not None:
            mask &= (published <= constraints.as_of).to_numpy()
        if constraints.since is not None:
            mask &= (published >= constraints.since).to_numpy()
        if constraints.until is not None:
            mask &= (published <= constraints.until).to_numpy()
        if constraints.sources:
            mask &= table["source"].isin(constraints.sources).to_numpy()
        if constraints.doc_types:
            mask &= table["doc_type"].isin(constraints.doc_types).to_numpy()
        return mask
