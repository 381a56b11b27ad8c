"""The embedder that settings name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlrisk.documents.base import Embedder


def embedder(settings: Mapping[str, Any], workers: int = 1) -> Embedder:
    """What turns texts and questions into vectors.

    Parameters
    ----------
    settings : mapping
        As in ``conf/index``.
    workers : int
        Processes of a local model.
    """
    if settings["embedder"] == "titan":
        from mlrisk.documents.embed.titan import Titan

        return Titan(**settings["titan"])
    from mlrisk.documents.embed.minilm import MiniLM

    return MiniLM(settings["precision"], workers)
