"""``mlrisk real``: the same DAG on a folder of real data, in a clone that is thrown away.

The clone has its own DVC cache, so no row of the data comes into the project's; only the metrics
come back. The data's path is in the environment and its content a parameter (``source.digest``).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from app import readme
from app.repository import FILES_ROOT, dvc, output, read_metrics, temporary_clone
from mlrisk.params.sections import PARAMS_FILE
from mlrisk.store import write_text


def write(root: Path, data: Path, overrides: Sequence[str]) -> dict[str, Any]:
    """Run the last commit on real data; write ``results/real.json`` and the README's table.

    Parameters
    ----------
    root : Path
        The repository; nothing else in it changes.
    data : Path
        Folder laid out as the ``files`` source reads it.
    overrides : sequence of str
        Settings beside ``source=files`` and the digest, such as ``roles.benchmark=QQQ``.

    Returns
    -------
    dict
        What was written: the metrics files by name, and ``source``.

    Raises
    ------
    ReadmeError
        Where the README has no markers or the default no figures; before anything runs.
    SourceError
        Where the folder is not laid out as it must be.
    RepositoryError
        Where the clone's DAG fails; nothing is written then.
    """
    readme.require_ready(root)
    results = results_of(root, data, overrides)
    readme.write(root, results)
    write_text(root / readme.REAL, json.dumps(results, indent=2) + "\n")
    return results


def results_of(root: Path, data: Path, overrides: Sequence[str]) -> dict[str, Any]:
    """The metrics of the last commit's DAG on a folder of real data, by name and sorted."""
    settings = ["source=files", f"source.digest={digest(data)}", *overrides]
    env = {FILES_ROOT: str(data.absolute())}
    with temporary_clone(root) as clone:
        # As a module and in the clone: its own code composes its own conf/.
        output([sys.executable, "-m", "app.cli", "compose", *settings], clone, env=env)
        dvc("repro", root=clone, capture=False, env=env)
        params = yaml.safe_load((clone / PARAMS_FILE).read_text(encoding="utf-8"))
        metrics = read_metrics(clone)
    source = {
        "benchmark": params["roles"]["benchmark"],
        "digest": params["source"]["digest"],
        "window": {name: params["source"][name] for name in ("start", "first_forecast", "as_of")},
    }
    return dict(sorted({**metrics, "source": source}.items()))


def digest(data: Path) -> str:
    """The hash of a data folder's manifest, as ``source.digest`` wants it.

    Raises
    ------
    SourceError
        Where the folder is missing or not laid out as it must be.
    """
    from mlrisk.sources import files

    return files.digest(files.manifest(data))
