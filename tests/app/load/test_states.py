from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from app.faces.snapshot import LOCK_FILE, SnapshotError, load, lock_bytes, settled_outputs
from app.load import states
from mlrisk.params.sections import PARAMS_FILE


@pytest.fixture
def copied(computed: Path, tmp_path: Path) -> Path:
    return states.copy(computed, tmp_path / "copied")


def test_a_copy_is_a_run_that_can_be_served(computed: Path, copied: Path) -> None:
    found, wanted = load(copied), load(computed)
    assert found.version.dvc_lock == wanted.version.dvc_lock
    assert found.predictions.equals(wanted.predictions)


def test_changed_outputs_are_locked_wherever_they_are_named(copied: Path) -> None:
    before = states.hashes(copied)
    lock = lock_bytes(copied)
    card = copied / "models" / "volatility" / "model.json"
    card.write_text(card.read_text() + "\n")
    states.lock(copied, before)
    settled_outputs(lock_bytes(copied))
    now, then = (yaml.safe_load(text)["stages"] for text in (lock_bytes(copied), lock))
    changed = {
        (name, kind, one["path"])
        for name, stage in then.items()
        for kind in ("deps", "outs")
        for one, other in zip(stage.get(kind, ()), now[name].get(kind, ()), strict=True)
        if one != other
    }
    assert ("train", "outs", "models/volatility") in changed
    assert ("predict", "deps", "models/volatility") in changed
    assert {path for _, _, path in changed} == {"models/volatility"}


def test_an_output_that_was_not_locked_is_found(copied: Path) -> None:
    """What `lock` does is needed: otherwise a stage has not read what another one wrote."""
    stages = yaml.safe_load(lock_bytes(copied))
    outs = stages["stages"]["train"]["outs"]
    outs[0]["md5"] = "0" * 32
    with pytest.raises(SnapshotError, match=r"stage \w+ has not read models/volatility"):
        settled_outputs(yaml.safe_dump(stages).encode())


def test_an_exchange_ends_with_the_lock(
    copied: Path, computed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = states.copy(computed, tmp_path / "other")
    (other / "metrics" / "new.json").write_text("{}")
    (other / PARAMS_FILE).write_text((other / PARAMS_FILE).read_text() + "\n")
    (other / LOCK_FILE).write_bytes(lock_bytes(other) + b"\n")
    gone = copied / "plots" / "gone.csv"
    gone.write_text("a\n")
    replaced: list[str] = []
    real = Path.replace

    def replace(self: Path, target: Path) -> Path:
        replaced.append(target.name)
        return real(self, target)

    monkeypatch.setattr(Path, "replace", replace)
    assert states.exchange(other, copied) == 3
    assert sorted(replaced[:-1]) == ["new.json", PARAMS_FILE]
    assert replaced[-1] == LOCK_FILE
    assert not gone.exists()
    assert not list(copied.rglob(".tmp-*"))
    assert lock_bytes(copied) == lock_bytes(other)
