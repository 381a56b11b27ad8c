"""Folders outside of the repository that a stage reads, as the environment names them."""

from __future__ import annotations

import os
from pathlib import Path

from mlrisk.sources.base import SourceError

FILES_ROOT = "MLRISK_FILES_ROOT"


def files_root() -> Path:
    """The folder of source ``files``.

    Raises
    ------
    SourceError
        Where the environment does not name it.
    """
    root = os.environ.get(FILES_ROOT, "")
    if not root:
        raise SourceError(
            f"environment variable {FILES_ROOT} is not set: source 'files' reads the folder it "
            f"names, with market/, rates/ and macro/ in it. Run `{FILES_ROOT}=FOLDER dvc repro`."
        )
    return Path(root)


def verified_root(digest: str) -> Path:
    """The folder of source ``files``, where its files are those of ``source.digest``.

    Raises
    ------
    SourceError
        Where the environment does not name it, or its files are others.
    """
    from mlrisk.sources.files import digest as digest_of
    from mlrisk.sources.files import manifest

    root = files_root()
    found = digest_of(manifest(root))
    if found != digest:
        raise SourceError(
            f"{root}: its files are not those of source.digest ({digest}) but of {found}. Put back "
            "the files, or set the new digest and run `dvc repro`."
        )
    return root
