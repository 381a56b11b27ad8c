"""The statements of a brief, each with the figures and the citations it rests on."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from mlrisk.documents.base import DocumentError
from mlrisk.documents.brief.figures import Facts, Figure, require_stated

_CODE = re.compile(r"`[^`]*`")


@dataclass(frozen=True)
class Bullet:
    """One statement.

    Parameters
    ----------
    section : str
        Heading it stands under.
    text : str
        Markdown; ``[n]`` is the n-th citation of the brief.
    figures : tuple of Figure
        Every number of the text that is not quoted, in its order.
    fields : tuple of str
        Fields of the prediction or the calendar that it states.
    citations : tuple of int
        Numbers of the citations it rests on.
    """

    section: str
    text: str
    figures: tuple[Figure, ...] = ()
    fields: tuple[str, ...] = ()
    citations: tuple[int, ...] = ()


def stated(section: str, template: str, figures: Sequence[Figure], *named: str) -> Bullet:
    """A statement of fields; each ``{}`` of the template is the next figure.

    Parameters
    ----------
    section : str
    template : str
    figures : sequence of Figure
    *named : str
        Fields that are stated without a number, or that figures are named by: ``top_drivers`` for
        each of its features.
    """
    fields = dict.fromkeys([*named, *(one.field for one in figures)])
    kept = [one for one in fields if not any(one.startswith(f"{name}.") for name in named)]
    text = template.format(*(one.text for one in figures))
    return Bullet(section, text, tuple(figures), tuple(kept))


def verify(bullets: Sequence[Bullet], facts: Facts, n_citations: int) -> None:
    """Hold every statement against what it rests on.

    Raises
    ------
    DocumentError
        Where a statement rests on nothing, cites what is not there, states a figure that is not its
        field's value at the precision it is written with, or holds a digit that is no figure.
    """
    for bullet in bullets:
        if not bullet.fields and not bullet.citations:
            raise DocumentError(f"a brief states {bullet.text!r}, which names no field or citation")
        missing = [number for number in bullet.citations if not 1 <= number <= n_citations]
        if missing:
            raise DocumentError(f"a brief cites {missing[0]} of {n_citations}: {bullet.text!r}")
        for figure in bullet.figures:
            require_stated(figure, facts)
        if not bullet.citations:
            _require_no_other_digit(bullet)


def _require_no_other_digit(bullet: Bullet) -> None:
    left = _CODE.sub(" ", bullet.text)
    for figure in bullet.figures:
        before, found, after = left.partition(figure.text)
        if not found:
            raise DocumentError(f"a brief does not state {figure.text!r} in {bullet.text!r}")
        left = f"{before} {after}"
    if re.search(r"\d", left):
        raise DocumentError(f"a brief states a number that is no field's: {bullet.text!r}")
