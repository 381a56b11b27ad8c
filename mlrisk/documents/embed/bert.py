"""The forward pass of a BERT encoder in numpy (Devlin et al. 2019, NAACL, section 3).

Sequences stand one after the other in one array of rows, so that nothing is computed for padding
between them but a few rows; attention alone goes sequence by sequence.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.floating[Any]]

HEADS = 12
NORM_EPSILON = 1e-12
TILE = 12
"""Rows that the kernels of OpenBLAS take at once, at most: with every sequence beginning at a
multiple of it, a row meets the same instructions wherever it stands, and its result is the same to
the last bit."""

_ERF = (
    7.9788426839675309e-01,
    3.6334149157481708e-02,
    -3.3026731944365978e-05,
    -5.5273377485328685e-05,
    3.9740694909143842e-06,
    -1.3378312026335529e-07,
    1.8139254850609318e-09,
)
"""Minimax fit of ``atanh(erf(x / sqrt 2)) / x`` as a polynomial in x^2: x Phi(x) to 7e-8."""

_BLOCK = 24
"""Rows whose intermediate results stay in the processor's second cache."""


@dataclass(frozen=True)
class _Layer:
    """One block of the encoder; matrices as (inputs, outputs), laid out as BLAS reads them."""

    attend: Array
    attend_bias: Array
    mix: Array
    mix_bias: Array
    mix_norm: tuple[Array, Array]
    widen: Array
    widen_bias: Array
    narrow: Array
    narrow_bias: Array
    narrow_norm: tuple[Array, Array]


class _Space:
    """Arrays that every layer writes anew: fresh memory costs a page fault for each 4 KB."""

    def __init__(self, rows: int, width: int, wide: int, dtype: np.dtype[Any]) -> None:
        self.projected = np.empty((rows, 3 * width), dtype)
        # Rows between sequences are multiplied too, though nothing reads what comes of them.
        self.context = np.zeros((rows, width), dtype)
        self.wide = np.empty((rows, wide), dtype)
        self.update = np.empty((rows, width), dtype)
        self.block = np.empty((2, _BLOCK, wide), dtype)


class Bert:
    """An encoder of post-norm transformer blocks.

    Parameters
    ----------
    weights : mapping of str to array
        By the names of the checkpoint of Hugging Face's ``BertModel``.
    dtype : numpy dtype
        What is computed in.
    """

    def __init__(self, weights: Mapping[str, Array], dtype: npt.DTypeLike) -> None:
        self.dtype = np.dtype(dtype)
        get = {name: np.asarray(value, self.dtype) for name, value in weights.items()}.__getitem__
        self._words = get("embeddings.word_embeddings.weight")
        # Every text is one segment, so the embedding of segment 0 is added to every position.
        self._places = (
            get("embeddings.position_embeddings.weight")
            + get("embeddings.token_type_embeddings.weight")[:1]
        )
        self._norm = _norm_of(get, "embeddings.LayerNorm")
        self._layers: list[_Layer] = []
        while f"encoder.layer.{len(self._layers)}.output.dense.weight" in weights:
            self._layers.append(_layer(get, f"encoder.layer.{len(self._layers)}."))
        self.longest, self.width = self._places.shape

    def mean_states(self, sequences: Sequence[Sequence[int]]) -> Array:
        """Mean of the last hidden states over each sequence, of shape (n_sequences, width).

        Parameters
        ----------
        sequences : sequence of sequences of int
            Token ids, none empty. Those of one length side by side are attended to at once.
        """
        lengths = [len(sequence) for sequence in sequences]
        starts = np.cumsum([0, *(-(-length // TILE) * TILE for length in lengths)])
        states = np.zeros((starts[-1], self.width), self.dtype)
        for sequence, start in zip(sequences, starts[:-1], strict=True):
            rows = states[start : start + len(sequence)]
            np.add(self._words[sequence], self._places[: len(sequence)], out=rows)
        _normalize(states, self._norm)
        runs = _runs(lengths, starts)
        space = _Space(len(states), self.width, self._layers[0].widen.shape[1], self.dtype)
        for layer in self._layers:
            _attend(states, layer, runs, space)
            _feed_forward(states, layer, space)
        means = [
            states[begin:end].reshape(-1, (end - begin) // count, self.width)[:, :length].mean(1)
            for begin, end, count, length in runs
        ]
        return np.concatenate(means)


def _layer(get: Any, prefix: str) -> _Layer:
    def matrix(name: str) -> Array:
        return np.ascontiguousarray(get(f"{prefix}{name}.weight").T)

    def bias(name: str) -> Array:
        return get(f"{prefix}{name}.bias")

    heads = [f"attention.self.{name}" for name in ("query", "key", "value")]
    attend = np.concatenate([matrix(name) for name in heads], axis=1)
    attend_bias = np.concatenate([bias(name) for name in heads])
    width = len(attend)
    # Queries are scaled here, once, and the half of x Phi(x) = x / 2 (1 + erf) in the next matrix.
    scale = attend.dtype.type(np.sqrt(width // HEADS))
    attend[:, :width] /= scale
    attend_bias[:width] /= scale
    return _Layer(
        attend=attend,
        attend_bias=attend_bias,
        mix=matrix("attention.output.dense"),
        mix_bias=bias("attention.output.dense"),
        mix_norm=_norm_of(get, f"{prefix}attention.output.LayerNorm"),
        widen=matrix("intermediate.dense"),
        widen_bias=bias("intermediate.dense"),
        narrow=matrix("output.dense") * attend.dtype.type(0.5),
        narrow_bias=bias("output.dense"),
        narrow_norm=_norm_of(get, f"{prefix}output.LayerNorm"),
    )


def _norm_of(get: Any, name: str) -> tuple[Array, Array]:
    return get(f"{name}.weight"), get(f"{name}.bias")


def _runs(lengths: Sequence[int], starts: npt.NDArray[Any]) -> list[tuple[int, int, int, int]]:
    """First row, end, number of sequences and length of each run of equally long ones."""
    edges = np.flatnonzero(np.diff(lengths)) + 1
    bounds = [0, *map(int, edges), len(lengths)]
    return [
        (int(starts[first]), int(starts[last]), last - first, lengths[first])
        for first, last in itertools.pairwise(bounds)
        if last > first
    ]


def _attend(
    states: Array, layer: _Layer, runs: list[tuple[int, int, int, int]], space: _Space
) -> None:
    projected = np.matmul(states, layer.attend, out=space.projected)
    projected += layer.attend_bias
    size = states.shape[1] // HEADS
    for begin, end, count, length in runs:
        parts = projected[begin:end].reshape(count, -1, 3, HEADS, size)[:, :length]
        query, key, value = parts.transpose(2, 0, 3, 1, 4)
        share = query @ key.swapaxes(-1, -2)
        share -= share.max(-1, keepdims=True)
        np.exp(share, out=share)
        share /= share.sum(-1, keepdims=True)
        rows = space.context[begin:end].reshape(count, -1, HEADS, size)[:, :length]
        np.matmul(share, value, out=rows.swapaxes(1, 2))
    update = np.matmul(space.context, layer.mix, out=space.update)
    _add_and_normalize(states, update, layer.mix_bias, layer.mix_norm)


def _feed_forward(states: Array, layer: _Layer, space: _Space) -> None:
    wide = np.matmul(states, layer.widen, out=space.wide)
    _twice_gelu(wide, layer.widen_bias, space.block)
    update = np.matmul(wide, layer.narrow, out=space.update)
    _add_and_normalize(states, update, layer.narrow_bias, layer.narrow_norm)


def _add_and_normalize(
    states: Array, update: Array, bias: Array, norm: tuple[Array, Array]
) -> None:
    update += bias
    states += update
    _normalize(states, norm)


def _normalize(states: Array, norm: tuple[Array, Array]) -> None:
    scale, shift = norm
    states -= states.mean(-1, keepdims=True)
    variance = np.einsum("ij,ij->i", states, states)[:, None]
    variance /= states.dtype.type(states.shape[1])
    variance += states.dtype.type(NORM_EPSILON)
    states /= np.sqrt(variance, out=variance)
    states *= scale
    states += shift


def _twice_gelu(rows: Array, bias: Array, space: Array) -> None:
    r"""Add a bias and take :math:`2 x \Phi(x)` (Hendrycks and Gimpel 2016), in place."""
    kind = rows.dtype.type
    first, *others = (kind(number) for number in reversed(_ERF))
    for begin in range(0, len(rows), _BLOCK):
        block = rows[begin : begin + _BLOCK]
        block += bias
        u, p = space[:, : len(block)]
        np.multiply(block, block, out=u)
        np.multiply(u, first, out=p)
        for number in others[:-1]:
            p += number
            p *= u
        p += others[-1]
        p *= block
        np.tanh(p, out=p)
        p += kind(1)
        block *= p
