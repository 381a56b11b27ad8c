"""An embedder that remembers: adding one document then embeds its own sentences alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mlrisk.documents.base import Embedder, Vectors
from mlrisk.documents.kept import Kept, fingerprint, key
from mlrisk.log import event

_PART = 4096
"""Texts embedded between two writes: what a killed run loses, at most."""


class Cached:
    """An embedder that asks another one only for what it has not embedded before.

    Parameters
    ----------
    embedder : Embedder
    kept : Kept
        Where the vectors of earlier runs are.
    """

    def __init__(self, embedder: Embedder, kept: Kept) -> None:
        self.embedder = embedder
        self.kept = kept
        self._code = fingerprint(type(embedder).__module__, "mlrisk.documents.embed.bert")

    @property
    def name(self) -> str:
        """That of the embedder itself: where a vector comes from changes no bit of it."""
        return self.embedder.name

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return self.embedder.dimension

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of shape (n_texts, dimension)."""
        keys = [key(self._code, self.name, text) for text in texts]
        found = self.kept.get(list(dict.fromkeys(keys)))
        missing = {
            one: text for one, text in zip(keys, texts, strict=True) if not self._fits(found, one)
        }
        event("vectors", texts=len(texts), computed=len(missing))
        named = list(missing)
        for begin in range(0, len(named), _PART):
            some = named[begin : begin + _PART]
            vectors = np.asarray(self.embedder.embed([missing[one] for one in some]), dtype="<f4")
            new = {one: vector.tobytes() for one, vector in zip(some, vectors, strict=True)}
            self.kept.put(new)
            found |= new
        together = np.frombuffer(b"".join(found[one] for one in keys), dtype="<f4")
        return together.astype(np.float32).reshape(len(texts), self.dimension)

    def _fits(self, found: dict[bytes, bytes], one: bytes) -> bool:
        return one in found and len(found[one]) == 4 * self.dimension
