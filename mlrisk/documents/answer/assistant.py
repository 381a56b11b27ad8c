"""From a question to a verified answer with its citations, or to an honest refusal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mlrisk.documents.answer import answerable
from mlrisk.documents.answer import prediction as forecast
from mlrisk.documents.answer.corpus import Corpus
from mlrisk.documents.answer.evidence import Evidence, quotable
from mlrisk.documents.answer.verify import Supported, verify
from mlrisk.documents.base import (
    Answer,
    Citation,
    Claim,
    Constraints,
    Generator,
    Passage,
    Retriever,
)

NO_ANSWER = "The documents at hand do not answer this."
NO_FORECAST = "There is no forecast that was known at that time."
NOT_SUPPORTED = "Nothing that was drafted could be shown to stand in the documents at hand."


@dataclass(frozen=True)
class Assistant:
    """Answers questions from documents and from the day's forecast.

    Parameters
    ----------
    retriever : Retriever
    generator : Generator
        Whatever it drafts is verified.
    corpus : Corpus
    evidence : Evidence
        What tells whether the passages can answer.
    near_enough : float
        Cosine of question and best sentence that an answer needs, as ``answerable.reason`` has it.
    passages : int
        How many are read.
    """

    retriever: Retriever
    generator: Generator
    corpus: Corpus
    evidence: Evidence
    near_enough: float
    passages: int = 5

    def qa(
        self,
        question: str,
        constraints: Constraints | None = None,
        prediction: Mapping[str, object] | None = None,
    ) -> Answer:
        """Answer a question.

        Parameters
        ----------
        question : str
        constraints : Constraints, optional
        prediction : mapping, optional
            The newest row of ``predictions_daily`` known at ``constraints.as_of``.

        Returns
        -------
        Answer
            Each claim on a line of its own with the numbers of its citations; or a refusal whose
            text has no figure.
        """
        bounds = constraints or Constraints()
        row = dict(prediction or {})
        asked = forecast.asks_for_forecast(question)
        if asked and not forecast.known_at(row, bounds.as_of):
            return Answer(NO_FORECAST, refused="the forecast is asked for, and none was known")
        passages = self._passages(question, bounds)
        reason = self._refusal(question, passages, bounds)
        if reason and not asked:
            return Answer(NO_ANSWER, refused=f"{reason}; {self._held(bounds)}")
        claims = self._draft(question, [] if reason else passages, row, asked=asked)
        verdict = verify(claims, passages, self.corpus.texts, prediction=row, as_of=bounds.as_of)
        if verdict.supported:
            return render(verdict.supported)
        if not claims:
            return Answer(NO_ANSWER, refused=f"no passage answers it; {self._held(bounds)}")
        dropped = "; ".join(item.reason for item in verdict.dropped)
        return Answer(NOT_SUPPORTED, refused=f"every claim was dropped: {dropped}")

    def _passages(self, question: str, constraints: Constraints) -> list[Passage]:
        """The best passages of which something can be quoted.

        A document that speaks to language models alone takes no other one's place, however well it
        is made to be found.
        """
        count = self.passages
        while True:
            found = self.retriever.search(question, constraints, count)
            usable = [passage for passage in found if quotable([passage])]
            if len(usable) >= self.passages or len(found) < count:
                return usable[: self.passages]
            count *= 2

    def _draft(
        self, question: str, passages: Sequence[Passage], row: dict[str, object], *, asked: bool
    ) -> list[Claim]:
        """The forecast's own sentences where it is asked for, and what the generator drafts."""
        own = forecast.claims(row) if asked else []
        drafted = self.generator.draft(question, passages, row) if passages else []
        return own + [claim for claim in drafted if claim not in own]

    def _refusal(self, question: str, passages: Sequence[Passage], constraints: Constraints) -> str:
        """Why passages cannot answer; empty where they can."""
        found = self.evidence.find(question, passages)
        return answerable.reason(
            question, passages, found, self.corpus, constraints, self.near_enough
        )

    def _held(self, constraints: Constraints) -> str:
        """What there was to look in."""
        table = self.corpus.table[self.corpus.within(constraints)]
        if table.empty:
            return "there is no document within these bounds"
        kinds = ", ".join(
            f"{count} {name}"
            for name, count in table["doc_type"].value_counts().sort_index().items()
        )
        first, last = table["published_at"].min(), table["published_at"].max()
        return f"looked in documents of {first:%Y-%m-%d} to {last:%Y-%m-%d}: {kinds}"


def render(supported: Sequence[Supported]) -> Answer:
    """Claims with the numbers of their citations; a span that is cited twice keeps its number."""
    numbers: dict[tuple[str, int, int], int] = {}
    citations: list[Citation] = []
    lines = []
    for item in supported:
        marks = []
        for citation in item.citations:
            place = (citation.doc_id, citation.start, citation.end)
            if place not in numbers:
                citations.append(citation)
                numbers[place] = len(citations)
            marks.append(f"[{numbers[place]}]")
        lines.append(" ".join([" ".join(item.claim.text.split()), *dict.fromkeys(marks)]))
    return Answer("\n".join(lines), tuple(citations))
