"""Documents of a folder, as far as its digest goes: which files there are, and their bytes."""

from __future__ import annotations

import hashlib
from pathlib import Path

from mlrisk.sources.base import SourceError

FOLDER = "docs"


def listed(root: Path) -> list[tuple[str, str, int, str, str]]:
    """A row of the manifest for each file below ``docs/``: name, hash, 1, no dates; sorted.

    Hidden files are left aside. A folder without documents has none.

    Raises
    ------
    SourceError
        Where a file cannot be read.
    """
    found = []
    for path in (root / FOLDER).rglob("*"):
        name = path.relative_to(root).as_posix()
        if "/." in name or not path.is_file():
            continue
        try:
            with path.open("rb") as content:
                sha256 = hashlib.file_digest(content, "sha256").hexdigest()
        except OSError as error:
            raise SourceError(
                f"{name}: cannot be read ({error.strerror or error}). Make it readable, or take it "
                "out of the folder."
            ) from None
        found.append((name, sha256, 1, "", ""))
    return sorted(found)
