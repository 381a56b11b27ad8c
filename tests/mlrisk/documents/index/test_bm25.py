import bm25s
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mlrisk.documents.index.bm25 import Bm25, Counts

VOCABULARY = ["rate", "inflation", "jobs", "growth", "bank", "risk"]
WORDS = st.lists(st.sampled_from(VOCABULARY), min_size=1, max_size=9)
TEXTS = st.lists(WORDS, min_size=1, max_size=8)


@given(TEXTS, WORDS)
def test_same_scores_as_bm25s(texts: list[list[str]], question: list[str]) -> None:
    length = float(np.mean([len(text) for text in texts]))
    own = Bm25.of(Counts.of(texts), length, k1=1.2, b=0.75)
    scores = own.scores(dict.fromkeys(question, 1.0), np.ones(len(texts), dtype=bool))

    peer = bm25s.BM25(method="lucene", k1=1.2, b=0.75)
    peer.index(texts, show_progress=False)
    known = [word for word in sorted(set(question)) if word in peer.vocab_dict]
    # Its Lucene variant leaves out the factor k1 + 1, which moves no rank.
    wanted = peer.get_scores(known) * 2.2 if known else np.zeros(len(texts))
    np.testing.assert_allclose(scores, wanted, rtol=1e-5)


@given(TEXTS, TEXTS, WORDS)
def test_what_is_published_later_moves_no_score(
    texts: list[list[str]], later: list[list[str]], question: list[str]
) -> None:
    weights = dict.fromkeys(question, 1.0)
    before = Bm25.of(Counts.of(texts), 5.0).scores(weights, np.ones(len(texts), dtype=bool))
    known = np.arange(len(texts) + len(later)) < len(texts)
    after = Bm25.of(Counts.of([*texts, *later]), 5.0).scores(weights, known)
    np.testing.assert_array_equal(after[: len(texts)], before)


@given(TEXTS)
def test_a_long_text_counts_the_words_of_its_parts(texts: list[list[str]]) -> None:
    owner = np.arange(len(texts)) // 2
    whole = Counts.of(texts).together(owner, int(owner[-1]) + 1)
    joined = Counts.of(
        [
            [*texts[i], *(texts[i + 1] if i + 1 < len(texts) else [])]
            for i in range(0, len(texts), 2)
        ]
    )
    assert whole.places == joined.places
    np.testing.assert_array_equal(whole.table.toarray(), joined.table.toarray())


def test_no_text_and_unknown_words_score_nothing() -> None:
    empty = Bm25.of(Counts.of([]), 5.0)
    assert empty.scores({"rate": 1.0}, np.zeros(0, dtype=bool)).shape == (0,)
    one = Bm25.of(Counts.of([["rate"], []]), 5.0)
    assert one.scores({"bank": 1.0}, np.ones(2, dtype=bool)).tolist() == [0.0, 0.0]
