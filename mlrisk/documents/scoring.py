"""How well documents are found and answers rest on them, by kind of question."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

import pandas as pd

from mlrisk.documents.base import Answer, Citation, Passage, Retriever
from mlrisk.documents.interface import Assistant
from mlrisk.documents.questions import KINDS, Question

CUTS = (1, 5, 10)
CUT = 10
"""Ranks beyond it count for nothing in the reciprocal rank and the discounted gain."""

ALL = "all"

_MARK = re.compile(r"\[\d+\]")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


@dataclass(frozen=True)
class Asked:
    """A question, the passages that were found for it, best first, and the answer."""

    question: Question
    passages: tuple[Passage, ...]
    answer: Answer


def ask(
    questions: Iterable[Question], retriever: Retriever, assistant: Assistant, depth: int
) -> list[Asked]:
    """Search and answer each question, as of its own moment.

    Parameters
    ----------
    questions : iterable of Question
    retriever : Retriever
    assistant : Assistant
    depth : int
        Passages that are looked for; at least ``CUT``.
    """
    return [
        Asked(
            one,
            tuple(retriever.search(one.question, one.constraints, depth)),
            assistant.qa(one.question, one.constraints),
        )
        for one in questions
    ]


def rank(asked: Asked) -> int | None:
    """Place of the first passage of an acceptable document, from 1; None where there is none."""
    places = enumerate(asked.passages, 1)
    return next((n for n, one in places if one.doc_id in asked.question.acceptable), None)


def discounted_gain(asked: Asked, cut: int = CUT) -> float:
    r"""Normalised discounted cumulative gain of documents, nDCG.

    .. math:: \frac{\sum_{i \le k} g_i / \log_2(i + 1)}{\sum_{i \le \min(k, m)} 1 / \log_2(i + 1)}

    over the ranks *i* of passages, with :math:`g_i = 1` where the passage is the first one of an
    acceptable document and *m* the number of those (Järvelin and Kekäläinen 2002, ACM Transactions
    on Information Systems 20(4), with binary gains).

    Parameters
    ----------
    asked : Asked
        Of a question that some document answers.
    cut : int
        *k*.
    """
    left = set(asked.question.acceptable)
    best = sum(1 / math.log2(n + 1) for n in range(1, min(cut, len(left)) + 1))
    gain = 0.0
    for place, passage in enumerate(asked.passages[:cut], 1):
        if passage.doc_id in left:
            left.remove(passage.doc_id)
            gain += 1 / math.log2(place + 1)
    return gain / best


def figures(asked: Sequence[Asked], texts: Mapping[str, str]) -> dict[str, dict[str, object]]:
    """Every figure, over all questions and by kind.

    Parameters
    ----------
    asked : sequence of Asked
    texts : mapping of doc_id to text
        ``text_md`` of the curated documents: what quotes are held against.

    Returns
    -------
    dict
        By kind, and ``all``; a kind without questions is left out. A share of nothing is None.
    """
    groups = {ALL: list(asked)}
    groups |= {kind: [one for one in asked if one.question.kind == kind] for kind in KINDS}
    return {
        name: {"n_questions": len(group), **retrieval(group), **answers(group, texts)}
        for name, group in groups.items()
        if group or name == ALL
    }


def retrieval(asked: Iterable[Asked]) -> dict[str, object]:
    """Recall, mean reciprocal rank and nDCG of the questions that some document answers.

    A question counts as found at *k* where an acceptable document is among those of its first *k*
    passages.
    """
    known = [one for one in asked if one.question.answerable]
    ranks = [rank(one) or math.inf for one in known]
    return {
        **{f"recall_at_{cut}": _share(place <= cut for place in ranks) for cut in CUTS},
        "mrr": _mean(1 / place if place <= CUT else 0.0 for place in ranks),
        "ndcg_at_10": _mean(map(discounted_gain, known)),
    }


def answers(asked: Sequence[Asked], texts: Mapping[str, str]) -> dict[str, object]:
    """What answers rest on, and which questions have none.

    Returns
    -------
    dict
        ``refusal_rate`` of questions that no document answers and ``false_refusal_rate`` of the
        others; of the answers given the share with two citations or more (``cited_twice``) and, of
        those to questions that some document answers, with one of an acceptable document
        (``cites_acceptable``); the share of quotes that stand in their document to the byte
        (``valid_quotes``), of numbers that stand in a cited quote, or in title or date of its
        document (``supported_numbers``), and how many citations were published after ``as_of``
        (``citations_after_as_of``).
    """
    said = [one for one in asked if not one.answer.refused]
    cited = [(one, citation) for one in said for citation in one.answer.citations]
    return {
        "refusal_rate": _share(bool(a.answer.refused) for a in asked if not a.question.answerable),
        "false_refusal_rate": _share(
            bool(a.answer.refused) for a in asked if a.question.answerable
        ),
        "cited_twice": _share(len(one.answer.citations) >= 2 for one in said),
        "cites_acceptable": _share(
            any(citation.doc_id in one.question.acceptable for citation in one.answer.citations)
            for one in said
            if one.question.answerable
        ),
        "n_citations": len(cited),
        "valid_quotes": _share(is_verbatim(citation, texts) for _, citation in cited),
        "supported_numbers": _share(
            number in _numbers_of(one.answer.citations)
            for one in said
            for number in numbers(one.answer.answer)
        ),
        "citations_after_as_of": sum(
            one.question.as_of is not None and citation.published_at > one.question.as_of
            for one, citation in cited
        ),
    }


def is_verbatim(citation: Citation, texts: Mapping[str, str]) -> bool:
    """Whether a quote is what stands between its offsets in its document."""
    text = texts.get(citation.doc_id, "")
    return bool(citation.quote) and text[citation.start : citation.end] == citation.quote


def numbers(text: str) -> list[str]:
    """Numbers of a text as they are written, marks of citations apart: ``5-1/4`` is 5, 1 and 4."""
    return _NUMBER.findall(_MARK.sub(" ", text))


def _numbers_of(citations: Iterable[Citation]) -> set[str]:
    found: set[str] = set()
    for one in citations:
        day = f"{one.published_at:%Y-%m-%d} {one.published_at.day}"
        found.update(numbers(f"{one.quote} {one.title} {day}"))
    return found


def recall_curve(asked: Iterable[Asked], depth: int) -> pd.DataFrame:
    """Recall by the number of passages; columns kind, k, recall."""
    known = [one for one in asked if one.question.answerable]
    rows = []
    for name in (ALL, *KINDS):
        ranks = [rank(one) or math.inf for one in known if name in {ALL, one.question.kind}]
        rows += [(name, k, fmean(n <= k for n in ranks)) for k in range(1, depth + 1) if ranks]
    table = pd.DataFrame(rows, columns=["kind", "k", "recall"])
    return table.astype({"kind": "str", "k": "int64", "recall": float})


def ranks(asked: Iterable[Asked], depth: int) -> pd.DataFrame:
    """Rank of the first acceptable document of each question; columns qid, kind, rank.

    One that is not among the first ``depth`` passages has rank ``depth + 1``.
    """
    known = [one for one in asked if one.question.answerable]
    rows = [(one.question.qid, one.question.kind, rank(one) or depth + 1) for one in known]
    table = pd.DataFrame(rows, columns=["qid", "kind", "rank"])
    return table.astype({"qid": "str", "kind": "str", "rank": "int64"})


def missed(asked: Iterable[Asked], cut: int = 5) -> list[Asked]:
    """Questions that some document answers, and none of the first ``cut`` passages is of it."""
    return [one for one in asked if one.question.answerable and (rank(one) or math.inf) > cut]


def _share(hits: Iterable[bool]) -> float | None:
    return _mean(map(float, hits))


def _mean(values: Iterable[float]) -> float | None:
    known = list(values)
    return fmean(known) if known else None
