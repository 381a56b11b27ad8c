"""Runs every stage of the DAG in one process, in the folder it is started in.

A stage of the small repository computes for less time than an interpreter takes to start.
dvc.yaml has the stages in an order in which each finds its inputs.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import yaml


def commands() -> list[list[str]]:
    """Module and arguments of each stage."""
    stages = yaml.safe_load(Path("dvc.yaml").read_text(encoding="utf-8"))["stages"]
    found = []
    for stage in stages.values():
        _, _, module, *arguments = stage["cmd"].split()
        items = [[]] if "matrix" not in stage else [[item] for item in stage["matrix"]["contender"]]
        found += [[module, *(item if arguments else [])] for item in items]
    return found


def main() -> None:
    sys.path.insert(0, str(Path.cwd()))
    for command in commands():
        sys.argv = command
        importlib.import_module(command[0]).main()


if __name__ == "__main__":
    main()
