from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
WORKFLOWS = sorted((PROJECT / ".github" / "workflows").glob("*.yml"))


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_follows_the_schema(workflow: Path) -> None:
    checker = Path(sys.executable).parent / "check-jsonschema"
    command = [str(checker), "--builtin-schema", "vendor.github-workflows", str(workflow)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_every_make_target_of_the_workflow_exists() -> None:
    targets = (PROJECT / "Makefile").read_text()
    called = {
        line.split("make ")[1].split()[0]
        for workflow in WORKFLOWS
        for line in workflow.read_text().splitlines()
        if line.strip().startswith(("run: make ", "make "))
    }
    assert called == {"env", "test", "run", "report"}
    assert all(f"\n{target}: " in targets for target in called)
