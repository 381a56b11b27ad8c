"""Documents that a user has: a folder of tables, pages and texts.

========================  ====================================================================
a table with ``text``     each row a document; doc_id, doc_type, title, url, published_at,
                          event_date and source are taken over where they are columns
a table with ``file``     an index: what it says of each file beside it, or in a folder below
``.htm``, ``.md``,        a document each; what an index says of it, or nothing
``.txt`` and others
``.jsonl``                questions
========================  ====================================================================

Tables are ``.csv`` or ``.csv.gz``. A file that cannot be read as what its name says, or that an
index names and nobody has, still comes as a row: why it is left out is written down by whoever
parses it.

Timing
------
A document is known from its ``published_at``; one of which only the day is known, from the end of
that day in New York. What has no date is always known here: its own text may tell it.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pandas as pd

from mlrisk.calendar import INFORMATION_HOUR
from mlrisk.sources.base import SourceError
from mlrisk.sources.documents.base import (
    Documents,
    Fetched,
    Question,
    delivered,
    published_at,
    raw_table,
)
from mlrisk.sources.documents.described import Row, of_cell, of_file

MOST_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True)
class FolderDocuments:
    """The folder as a source of documents.

    Parameters
    ----------
    root : Path
    """

    root: Path
    name: ClassVar[str] = "files"

    def read(self, last: pd.Timestamp) -> Documents:
        """Documents and questions known at 22:00 UTC of session ``last``; none without a folder.

        Raises
        ------
        SourceError
            Where a file cannot be opened or passes ``MOST_BYTES``, or a question is no JSON.
        """
        if not self.root.is_dir():
            return Documents(raw_table([]))
        raw = raw_table(list(self._documents()))
        known = delivered(raw, last)
        return Documents(known, self._questions(raw, last))

    def _documents(self) -> Iterator[Fetched]:
        files = {path.relative_to(self.root).as_posix(): path for path in _files(self.root)}
        tables = {name: _rows(name, path) for name, path in files.items() if _is_table(name)}
        said: dict[str, Row] = {}
        for name, rows in tables.items():
            columns = set(rows[0]) if rows else set()
            if "text" in columns:
                yield from (of_cell(name, place, row) for place, row in enumerate(rows, 1))
            elif "file" in columns:
                for row in rows:
                    found = _find(name, row["file"], files)
                    if found is None:
                        yield of_file(f"{name}#{row['file']}", b"", row["file"], row)
                    else:
                        said[found] = row
            else:
                yield of_file(name, _content(name, files[name]), name, {})
        for name, path in files.items():
            if name not in tables and not name.endswith(".jsonl"):
                yield of_file(name, _content(name, path), name, said.get(name, {}))

    def _questions(self, raw: pd.DataFrame, last: pd.Timestamp) -> list[Question]:
        """Those that are asked on or before the session, of nothing that came out later."""
        now = last.tz_localize("UTC") + INFORMATION_HOUR
        later = raw[(published_at(raw) > now).to_numpy()] if len(raw) else raw
        withheld = {json.loads(text).get("doc_id") for text in later["hint"]}
        return [
            question
            for path in _files(self.root)
            if path.name.endswith(".jsonl")
            for question in _lines(path.relative_to(self.root).as_posix(), path)
            if not withheld.intersection(question.get("gold_doc_ids", []))
            and not (question.get("as_of") and pd.Timestamp(question["as_of"]) > now)
        ]


def _files(root: Path) -> list[Path]:
    found = [path for path in root.rglob("*") if path.is_file()]
    shown = [p for p in found if not any(part[0] == "." for part in p.relative_to(root).parts)]
    return sorted(shown, key=lambda path: path.relative_to(root).as_posix())


def _is_table(name: str) -> bool:
    return name.endswith((".csv", ".csv.gz"))


def _content(name: str, path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise SourceError(
                f"docs/{name}: {size:,} bytes; expected a document of at most {MOST_BYTES:,}. "
                "Split it, or take it out of the folder."
            )
        return path.read_bytes()
    except OSError as error:
        raise SourceError(
            f"docs/{name}: cannot be read ({error.strerror or error}). Make it readable, or take "
            "it out of the folder."
        ) from None


def _rows(name: str, path: Path) -> list[Row]:
    """Rows of a table, cells as texts; none where it cannot be read as one."""
    content = _content(name, path)
    try:
        text = _text(gzip.decompress(content) if name.endswith(".gz") else content)
        csv.field_size_limit(MOST_BYTES)
        rows = list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
    except (OSError, EOFError, zlib.error, csv.Error):
        return []
    return [{key: (row[key] or "").strip() for key in row if key} for row in rows]


def _text(content: bytes) -> str:
    """UTF-8, or the Windows encoding that spreadsheets still write."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def _find(index: str, file: str, files: Mapping[str, Path]) -> str | None:
    """A file that an index names: beside it, in a folder of the index's name, or below."""
    folder = index.rpartition("/")[0]
    base = f"{folder}/" if folder else ""
    stem = index.rpartition("/")[2].partition(".")[0].removesuffix("_index")
    for place in (f"{base}{file}", f"{base}{stem}/{file}"):
        if place in files:
            return place
    below = [name for name in files if name.startswith(base) and name.endswith(f"/{file}")]
    return below[0] if len(below) == 1 else None


def _lines(name: str, path: Path) -> Iterator[Question]:
    for number, line in enumerate(_text(_content(name, path)).splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise SourceError(
                f"docs/{name}: line {number} is no JSON ({error}). Correct it, or take the file "
                "out of the folder."
            ) from None
        if isinstance(row, dict) and "qid" in row and "question" in row:
            yield row
