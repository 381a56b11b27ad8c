"""dvc.yaml says what the code does: dependencies, parameters, outputs and the roster."""

from __future__ import annotations

import ast
import importlib
import json
from functools import cache
from pathlib import Path
from typing import Any

import grimp
import pytest
import yaml

from mlrisk.forecast import roster
from mlrisk.params import Params

ROOT = Path(__file__).parents[1]
PIPELINE: dict[str, Any] = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))
STAGES: dict[str, Any] = PIPELINE["stages"]
CODE = (".py", ".j2")


@cache
def graph() -> grimp.ImportGraph:
    return grimp.build_graph("stages", "mlrisk", cache_dir=None)


def written(stage: dict[str, Any]) -> list[Any]:
    """Outputs of a stage, metrics among them."""
    return [*stage["outs"], *stage.get("metrics", [])]


def paths(items: list[Any]) -> list[str]:
    """Paths of a list of outputs, with or without settings."""
    return [item if isinstance(item, str) else next(iter(item)) for item in items]


def outputs() -> list[str]:
    """Every output of every stage, the matrix written out."""
    listed = [path for stage in STAGES.values() for path in paths(written(stage))]
    return [
        path.replace("${item.contender}", name)
        for path in listed
        for name in (roster.ROSTER if "${item" in path else [""])
    ]


def shown_by_stages() -> list[str]:
    return [path for stage in STAGES.values() for path in paths(stage.get("metrics", []))]


def module_path(module: str) -> Path:
    path = ROOT / Path(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def holds_code(file: Path) -> bool:
    """Whether a file has more in it than a docstring."""
    return len(ast.parse(file.read_text(encoding="utf-8")).body) > 1


def code_of(stage: str) -> set[str]:
    """Files of the project that a stage runs: its module and everything that imports lead to.

    The sources themselves are left out: the chosen one is the templated dependency.
    """
    imported = graph().find_upstream_modules(f"stages.{stage}")
    modules = {f"stages.{stage}", *imported}
    modules |= {module.rpartition(".")[0] for module in modules}
    sources = {
        module
        for module in modules
        if module.startswith("mlrisk.sources.")
        and not module.startswith("mlrisk.sources.documents.")
    }
    # Those that more than one source uses, or that have data as their input, are written out.
    shared = ("announcements", "base", "checks", "landing")
    modules -= sources - {f"mlrisk.sources.{name}" for name in shared}
    code = {file for file in map(module_path, modules) if holds_code(file)}
    templates = {template for file in code for template in file.parent.glob("*.j2")}
    return {f"{file.relative_to(ROOT)}" for file in code | templates}


def packages(stage: str) -> set[str]:
    """Packages that a stage depends on as a whole: a line of dvc.lock instead of one a module."""
    return {dep for dep in STAGES[stage]["deps"] if (ROOT / dep / "__init__.py").is_file()}


@pytest.mark.parametrize("stage", STAGES)
def test_dependencies_on_code_are_what_the_stage_imports(stage: str) -> None:
    listed = {dep for dep in STAGES[stage]["deps"] if dep.endswith(CODE)}
    whole = packages(stage)
    inside = {file for file in code_of(stage) if f"{Path(file).parent}" in whole}
    assert listed == code_of(stage) - inside
    assert whole == {f"{Path(file).parent}" for file in inside}
    assert not whole & {"mlrisk", "app"}, "a change anywhere would run the stage again"


@pytest.mark.parametrize("stage", STAGES)
def test_tracked_parameters_are_the_sections_the_stage_reads(stage: str) -> None:
    module = importlib.import_module(f"stages.{stage}")
    read = [
        kind
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, Params) and kind is not Params
    ]
    assert len(read) == 1, f"stages/{stage}.py declares what it reads in one class"
    tracked = {name.split(".")[0] for name in STAGES[stage]["params"]}
    assert tracked == set(read[0].model_fields)


def test_dependencies_on_data_are_outputs_of_other_stages() -> None:
    known = set(outputs())
    for name, stage in STAGES.items():
        for dep in stage["deps"]:
            if dep.endswith(CODE) or dep in packages(name) or dep == "${source.input}":
                continue
            served = (*roster.LEARNERS, *roster.MIXED)
            names = [dep.replace("${model.name}", model) for model in served]
            assert known.issuperset(names), f"{name}: {dep} is no stage's output"


def test_no_two_stages_write_into_one_folder() -> None:
    listed = outputs()
    assert len(set(listed)) == len(listed)
    folders = [Path(path) for path in listed]
    for path in folders:
        assert not any(path in other.parents for other in folders)


def backtests(stage: str) -> list[str]:
    """Contenders whose walk-forward a stage reads."""
    deps = [Path(dep) for dep in STAGES[stage]["deps"]]
    return [dep.name for dep in deps if dep.parent == Path("data/backtest")]


def test_the_matrix_and_the_evaluation_name_the_whole_roster() -> None:
    assert STAGES["backtest"]["matrix"]["contender"] == list(roster.ROSTER)
    assert backtests("evaluate") == [*roster.ROSTER, *roster.MIXED]


def test_combinations_read_every_learner_and_write_what_the_roster_calls_mixed() -> None:
    assert backtests("combine") == list(roster.LEARNERS)
    written_ = [Path(path) for path in paths(STAGES["combine"]["outs"])]
    assert [f.name for f in written_ if f.parent.name == "backtest"] == list(roster.MIXED)


def test_only_evaluation_reads_the_truth() -> None:
    readers = [name for name, stage in STAGES.items() if "data/truth" in stage["deps"]]
    assert readers == ["evaluate", "regime_evaluate"]
    users = {
        f"{file.relative_to(ROOT)}"
        for folder in ("stages", "mlrisk")
        for file in (ROOT / folder).rglob("*.py")
        if "contracts.TRUTH" in file.read_text(encoding="utf-8")
        or "import TRUTH" in file.read_text(encoding="utf-8")
    }
    writers = {f for f in users if f.startswith("mlrisk/sources/")} | {"stages/ingest.py"}
    assert users - writers == {f"stages/{reader}.py" for reader in readers}


def test_nothing_is_persisted_or_always_run() -> None:
    text = (ROOT / "dvc.yaml").read_text(encoding="utf-8")
    assert "persist" not in text
    assert "always_changed" not in text


def test_metrics_and_plots_are_in_git_and_the_rest_is_not() -> None:
    for name, stage in STAGES.items():
        for item in written(stage):
            path = paths([item])[0]
            in_git = isinstance(item, dict) and item[path] == {"cache": False}
            assert in_git == path.startswith(("metrics/", "plots/")), f"{name}: {path}"
    shown = {*PIPELINE["metrics"], *shown_by_stages()}
    listed = {path for path in outputs() if path.startswith("metrics/")}
    assert shown == listed - {"metrics/forecast_by_window.json"}


def test_stages_that_write_data_stay_in_the_run_cache() -> None:
    """An output that is not cached and no metric keeps a stage from being restored."""
    kept_out = [
        name for name, stage in STAGES.items() if any(isinstance(o, dict) for o in stage["outs"])
    ]
    assert kept_out == ["evaluate", "regime_evaluate", "intervals", "explain", "rag_eval"]


def test_every_plot_has_a_committed_template_and_its_data() -> None:
    for plot in PIPELINE["plots"]:
        for name, settings in plot.items():
            template = ROOT / ".dvc" / "plots" / f"{settings['template']}.json"
            assert json.loads(template.read_text(encoding="utf-8")), name
            for path in settings["y"]:
                assert (ROOT / path).is_file(), f"{name}: {path}"
                assert len((ROOT / path).read_text(encoding="utf-8").splitlines()) <= 5000


def test_metrics_hold_six_significant_digits() -> None:
    for path in {*PIPELINE["metrics"], *shown_by_stages()}:
        text = (ROOT / path).read_text(encoding="utf-8")
        for number in _numbers(json.loads(text)):
            assert number == float(f"{number:.5e}"), f"{path}: {number}"


def _numbers(tree: Any) -> list[float]:
    match tree:
        case dict():
            return [number for item in tree.values() for number in _numbers(item)]
        case list():
            return [number for item in tree for number in _numbers(item)]
        case float():
            return [tree]
    return []
