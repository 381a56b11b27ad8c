"""``mlrisk report --date``: the report of a session as files."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pandas as pd

from app.daybook import csv, html, pdf
from app.daybook.compose import compose
from app.daybook.content import Content
from app.daybook.material import gather
from app.faces.snapshot import Snapshot, load
from mlrisk.errors import MlriskError
from mlrisk.store import replacing

FORMATS: Mapping[str, Callable[[Content], bytes]] = {
    "html": html.render,
    "pdf": pdf.render,
    "csv": csv.render,
}


class ReportError(MlriskError, ValueError):
    """A report that cannot be asked for like this; says how."""


def require_one(base: object, day: object) -> None:
    """Raise unless exactly one kind of report is asked for."""
    if (base is None) == (day is None):
        found = "neither is given" if base is None else "both are given"
        raise ReportError(
            "mlrisk report: either BASE, to see what a change does, or --date, for the report of a "
            f"session; {found}"
        )


def formats(asked: str) -> list[str]:
    """Names of formats from a list with commas.

    Raises
    ------
    ReportError
        Where one is unknown, or there is none.

    Examples
    --------
    >>> formats("pdf, html")
    ['pdf', 'html']
    """
    names = list(dict.fromkeys(name.strip() for name in asked.split(",") if name.strip()))
    unknown = [name for name in names if name not in FORMATS]
    if unknown or not names:
        raise ReportError(
            f"--format {asked!r}: {', '.join(unknown) or 'nothing'} is no format; there are "
            f"{', '.join(FORMATS)}, joined by commas"
        )
    return names


def write(
    root: Path, date: pd.Timestamp, folder: Path, formats: Sequence[str] = tuple(FORMATS)
) -> list[Path]:
    """Write ``report-<date>`` in each format; each file whole or not at all.

    Raises
    ------
    NoSuchDayError
        Where there is no forecast of that date.
    SnapshotError, RepositoryError
        Where the outputs are not of one finished run.
    """
    made = render(load(root), date, formats)
    written = []
    for name, data in made.items():
        target = folder / name
        with replacing(target) as draft:
            draft.write_bytes(data)
        written.append(target)
    return written


def render(
    snapshot: Snapshot, date: pd.Timestamp, formats: Sequence[str] = tuple(FORMATS)
) -> dict[str, bytes]:
    """The same as bytes, by the names of the files.

    Raises
    ------
    NoSuchDayError
        Where there is no forecast of that date.
    """
    content = compose(gather(snapshot, date))
    return {f"report-{date:%Y-%m-%d}.{name}": FORMATS[name](content) for name in formats}
