"""What was computed from documents, kept on disk and found again by all that it came from.

It lies in one SQLite file: fifty thousand small files take longer to open than to compute.
"""

from __future__ import annotations

import functools
import hashlib
import platform
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from mlrisk.log import event

PATIENCE_SECONDS = 30.0
"""How long to wait for another process that writes."""

_ASKED = 500
"""Keys of one query, below SQLite's bound on parameters."""


@functools.cache
def fingerprint(*modules: str) -> str:
    """Hash of some modules' code, of the libraries beneath and of the kind of machine."""
    libraries = [f"{name} {version(name)}" for name in ("numpy", "tokenizers")]
    said = [*libraries, platform.python_version(), platform.machine()]
    digest = hashlib.sha256("\n".join(said).encode())
    for module in modules:
        spec = find_spec(module)
        if spec is None or spec.origin is None:
            raise ModuleNotFoundError(f"no module {module!r}", name=module)
        digest.update(hashlib.sha256(Path(spec.origin).read_bytes()).digest())
    return digest.hexdigest()


def key(*said: str) -> bytes:
    """What something is found by: the code that computes it, its settings, and a text."""
    return hashlib.sha256("\0".join(said).encode("utf-8", "surrogatepass")).digest()


class Kept:
    """A file of contents by key, bounded in size; what was written longest ago goes first.

    Nothing depends on it: what is missing, damaged or cannot be written is computed. A content is
    kept with a digest of itself and its key, which is held against them when it is read. Any number
    of processes may use the file at a time, and any may be killed.

    Parameters
    ----------
    file : Path
        Made when first written to.
    """

    def __init__(self, file: Path) -> None:
        self.file = file

    def get(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        """What was put under keys, of those that are there and whole."""
        found: dict[bytes, bytes] = {}

        def read(base: sqlite3.Connection) -> None:
            for begin in range(0, len(keys), _ASKED):
                some = keys[begin : begin + _ASKED]
                marks = ",".join("?" * len(some))
                query = f"SELECT key, digest, content FROM kept WHERE key IN ({marks})"
                for key, digest, content in base.execute(query, some):
                    if _digest(key, content) == digest:
                        found[key] = content
                    else:
                        event("damaged", file=self.file, key=key.hex())

        if self.file.exists():
            self._use(read)
        return found

    def put(self, contents: Mapping[bytes, bytes]) -> None:
        """Keep contents by their keys; all of them appear, or none."""

        def write(base: sqlite3.Connection) -> None:
            base.executemany(
                "INSERT OR REPLACE INTO kept (key, digest, content) VALUES (?, ?, ?)",
                [(key, _digest(key, content), content) for key, content in contents.items()],
            )

        self._use(write)

    def trim(self, most_bytes: int) -> None:
        """Remove what was written longest ago until the rest takes that much, at most."""
        size = self.file.stat().st_size if self.file.exists() else 0

        def drop(base: sqlite3.Connection) -> None:
            (rows,) = base.execute("SELECT count(*) FROM kept").fetchone()
            oldest = "SELECT rowid FROM kept ORDER BY rowid LIMIT ?"
            gone = rows - rows * most_bytes // size
            base.execute(f"DELETE FROM kept WHERE rowid IN ({oldest})", (gone,))

        if size > most_bytes:
            self._use(drop)
            self._use(lambda base: base.execute("VACUUM"))

    def _use(self, task: Callable[[sqlite3.Connection], object]) -> None:
        """Do one task as one transaction; what cannot be done is told as an event, and left."""
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self.file, timeout=PATIENCE_SECONDS)) as base:
                base.execute(
                    "CREATE TABLE IF NOT EXISTS kept "
                    "(key BLOB PRIMARY KEY, digest BLOB NOT NULL, content BLOB NOT NULL)"
                )
                with base:
                    task(base)
        except (sqlite3.OperationalError, OSError) as error:
            event("not_used", file=self.file, reason=error)
        except sqlite3.DatabaseError as error:
            # No database, or one that was cut short: an empty one takes its place.
            event("damaged", file=self.file, reason=error)
            for name in (self.file.name, f"{self.file.name}-journal"):
                self.file.with_name(name).unlink(missing_ok=True)


def _digest(key: bytes, content: bytes) -> bytes:
    return hashlib.sha256(key + content).digest()
