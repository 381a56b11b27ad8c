"""``python -m app.push COMMIT...``: the data that those commits name, to the default remote.

A process of its own, since DVC as a library sets up logging, signals and a lock for the whole of
its process.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from dvc.exceptions import DvcException
from dvc.repo import Repo


def main(revisions: Sequence[str]) -> int:
    """Push; the exit code."""
    with Repo() as repo:
        try:
            repo.push(revs=list(revisions), workspace=False)
        except (DvcException, OSError) as error:
            print(f"ERROR: {error}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
