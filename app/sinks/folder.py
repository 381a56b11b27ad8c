"""Day files in a folder of this machine, or of a share that is mounted."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from app.sinks.base import Day, Outcome, SinkError, different, file_name, parsed
from mlrisk.store import replacing


@dataclass(frozen=True)
class Folder:
    """A ``Sink`` of one Parquet file per session.

    Parameters
    ----------
    path : Path
        Is made where it is not there.
    """

    path: Path

    @property
    def name(self) -> str:
        return str(self.path)

    def put(self, day: Day, *, replace: bool = False) -> Outcome:
        file = self.path / file_name(day.date)
        there = self._content(file)
        if there == day.content:
            return "unchanged"
        if there is not None and not replace:
            raise different(str(file), parsed(there, str(file)), day)
        with replacing(file) as draft:
            draft.write_bytes(day.content)
        return "written" if there is None else "replaced"

    def read(self, date: pd.Timestamp) -> pd.DataFrame | None:
        file = self.path / file_name(date)
        content = self._content(file)
        return None if content is None else parsed(content, str(file))

    @staticmethod
    def _content(file: Path) -> bytes | None:
        try:
            return file.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise SinkError(
                f"{file}: cannot be read ({error.strerror}). Name a folder, and make it and its "
                "files readable to this user."
            ) from None
