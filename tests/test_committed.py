"""What is committed belongs together: lock, code, figures and README."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import yaml
from dvc.utils.serialize import load_yaml

from app import readme

ROOT = Path(__file__).parents[1]
# By DVC's own reader: to PyYAML, which reads YAML 1.1, DVC's `1e-05` is a text.
LOCK: dict[str, Any] = load_yaml(str(ROOT / "dvc.lock"))["stages"]


def test_the_readme_quotes_the_figures_as_they_are() -> None:
    readme.check(ROOT)


def test_the_lock_was_written_by_this_code_and_for_these_results() -> None:
    """Every file in git that the lock names is the one it was computed with or wrote."""
    stale = {
        item["path"]
        for stage in LOCK.values()
        for item in [*stage["deps"], *stage["outs"]]
        if (ROOT / item["path"]).suffix in {".py", ".j2", ".json"}
        and hashlib.md5((ROOT / item["path"]).read_bytes()).hexdigest() != item["md5"]
    }
    assert not stale, f"run `make run` and commit dvc.lock: {sorted(stale)} are not what it names"


def test_the_lock_was_written_for_these_parameters() -> None:
    tree = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    for name, stage in LOCK.items():
        for place, value in stage["params"]["params.yaml"].items():
            node = tree
            for key in place.split("."):
                node = node[key]
            assert node == value, f"{name}: {place} is not what dvc.lock names; run `make run`"
