"""What there is of documents, in numbers."""

from __future__ import annotations

from typing import Any

import pandas as pd

from mlrisk.documents.curate import DUPLICATE, Curated

_LISTED = 20


def inventory(raw: pd.DataFrame, curated: Curated) -> dict[str, Any]:
    """Counts of what came, what is kept and what is not.

    Returns
    -------
    dict
        ``delivered``, ``kept``, ``skipped`` and ``duplicates``; documents ``by_source`` and
        ``by_type``, skipped ones ``by_reason`` (names sorted); how many documents are
        ``contradicted`` by their page or ``suspicious``, and the first of them.
    """
    documents, skipped = curated.documents, curated.skipped
    return {
        "delivered": len(raw),
        "kept": len(documents),
        "skipped": len(skipped),
        "duplicates": int((skipped["reason"] == DUPLICATE).sum()),
        "by_source": _counts(documents["source"]),
        "by_type": _counts(documents["doc_type"]),
        "by_reason": _counts(skipped["reason"]),
        "contradicted": len(curated.contradictions),
        "contradictions": curated.contradictions[:_LISTED],
        "suspicious": len(curated.suspicious),
        "suspicious_documents": curated.suspicious[:_LISTED],
    }


def _counts(names: pd.Series) -> dict[str, int]:
    return {f"{name}": int(count) for name, count in names.value_counts().sort_index().items()}
