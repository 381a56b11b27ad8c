"""An embedder that remembers the last texts it was given."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence

import numpy as np

from mlrisk.documents.base import Embedder, Vectors


class Remembered:
    """The same vectors, each computed once for as long as it is among the last.

    One question is embedded for finding passages, for judging them and for choosing sentences.
    Several threads may ask at the same time.

    Parameters
    ----------
    embedder : Embedder
        A text's vector must hang on the text alone.
    size : int
        Texts that are remembered.
    """

    def __init__(self, embedder: Embedder, size: int = 256) -> None:
        self.embedder = embedder
        self.size = size
        self._kept: OrderedDict[str, Vectors] = OrderedDict()
        self._keeping = threading.Lock()

    @property
    def name(self) -> str:
        """That of the embedder."""
        return self.embedder.name

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return self.embedder.dimension

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of shape (n_texts, dimension); only texts that are new are computed."""
        with self._keeping:
            found = {text: self._kept[text] for text in texts if text in self._kept}
        new = [text for text in dict.fromkeys(texts) if text not in found]
        if new:
            found |= zip(new, self.embedder.embed(new), strict=True)
        rows = [found[text] for text in texts]
        with self._keeping:
            for text, row in zip(texts, rows, strict=True):
                self._kept[text] = row
                self._kept.move_to_end(text)
            while len(self._kept) > self.size:
                self._kept.popitem(last=False)
        return np.array(rows, dtype=np.float32).reshape(len(rows), self.dimension)
