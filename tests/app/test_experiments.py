from __future__ import annotations

from pathlib import Path

import pytest

from app import compose
from app.experiments import PACKAGE_LINE, Experiment, ExperimentError, experiments

PROJECT = Path(__file__).parents[2]
EXPERIMENTS = list(experiments(PROJECT))


@pytest.mark.parametrize("experiment", EXPERIMENTS, ids=lambda experiment: experiment.name)
def test_composes_to_something_else_than_the_default(experiment: Experiment) -> None:
    assert experiment.command == f"dvc exp run -S experiment={experiment.name}"
    assert experiment.purpose
    changed = compose.composed(PROJECT, [f"experiment={experiment.name}"])
    assert changed != compose.composed(PROJECT)


def test_an_experiment_overrides_every_group() -> None:
    params = compose.composed(PROJECT, ["experiment=sp500"])
    assert "benchmark: SPX" in params
    assert "as_of: '2018-12-31'" in params


def test_a_file_without_its_command_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "conf" / "experiment"
    folder.mkdir(parents=True)
    (folder / "odd.yaml").write_text(f"{PACKAGE_LINE}\n# dvc exp run -S experiment=other\n")
    with pytest.raises(ExperimentError, match=r"odd\.yaml: .* experiment=odd"):
        list(experiments(tmp_path))
