"""What the image is made of: bases, user, packages, files; read, without an engine."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path
from zipfile import ZipFile

import pytest
import yaml
from docker.utils.build import exclude_paths
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.dockerfile import FILE, ROOT, STAGES, told

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
DIGEST = re.compile(r"[\w./-]+:[\w.-]+@sha256:[0-9a-f]{64}")
BIN = Path(sys.executable).parent


def test_the_linter_finds_nothing() -> None:
    assert "\n\thadolint Dockerfile\n" in (ROOT / "Makefile").read_text()
    done = subprocess.run(
        [BIN / "hadolint", "Dockerfile"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_every_base_is_pinned_to_its_bytes() -> None:
    named = {name for _, name in STAGES}
    bases = [base for base, _ in STAGES if base not in named]
    assert bases
    assert all(DIGEST.fullmatch(base) for base in bases)
    minor = PROJECT["project"]["requires-python"].removeprefix("==").removesuffix("*")
    assert all(base.startswith(f"python:{minor}") for base in bases)


def test_the_image_runs_as_nobody_in_particular() -> None:
    assert told("USER") == ["10001:10001"]
    # DVC asks for the name of its user.
    assert any("useradd --uid 10001 --gid mlrisk" in rest for rest in told("RUN"))


def test_dependencies_come_from_the_lock_by_their_hashes() -> None:
    runs = [rest for word, rest in FILE if word == "RUN"]
    environment = " ".join(rest for word, rest in FILE if word == "ENV")
    assert "UV_REQUIRE_HASHES=1" in environment
    installs = [part for run in runs for part in run.split("&&") if " install " in f"{part} "]
    of_packages = [part for part in installs if "pip" in part]
    assert len(of_packages) == 3
    by_pip, by_uv, own = of_packages
    assert "--require-hashes --requirement uv.lock" in by_pip
    assert "--constraint requirements.lock --requirement pyproject.toml" in by_uv
    assert "--no-deps /dist/*.whl" in own


def needed(names: list[str]) -> set[str]:
    """Packages that requirements bring along, by the metadata of what is installed here."""
    excluded = {*PROJECT["tool"]["uv"]["exclude-dependencies"]}
    seen: set[tuple[str, str]] = set()
    queue = [Requirement(name) for name in names]
    while queue:
        wanted = queue.pop()
        name = canonicalize_name(wanted.name)
        for extra in ("", *wanted.extras):
            if (name, extra) in seen or name in excluded:
                continue
            seen.add((name, extra))
            try:
                found = [Requirement(text) for text in requires(name) or ()]
            except PackageNotFoundError:  # of another platform
                continue
            queue += [
                each for each in found if not each.marker or each.marker.evaluate({"extra": extra})
            ]
    return {name for name, _ in seen}


TOOLS = {"hypothesis", "locust", "moto", "mypy", "playwright", "pytest", "ruff", "schemathesis"}


def test_the_image_needs_no_tool_of_development_and_all_it_needs_is_locked() -> None:
    runtime = needed(PROJECT["project"]["dependencies"])
    declared = {
        canonicalize_name(Requirement(text).name) for text in PROJECT["dependency-groups"]["dev"]
    }
    assert declared > TOOLS
    assert runtime.isdisjoint(TOOLS)
    text = (ROOT / "requirements.lock").read_text()
    assert runtime <= set(re.findall(r"^([a-z0-9.-]+)==", text, re.MULTILINE))


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """What the builder is sent of a folder with everything in it that must not be sent."""
    folder = tmp_path_factory.mktemp("context")
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.splitlines()  # fmt: skip
    for path in [*listed, *UNWANTED]:
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.touch()
    patterns = [
        line
        for line in (ROOT / ".dockerignore").read_text().splitlines()
        if line and not line.startswith("#")
    ]
    return {path for path in exclude_paths(str(folder), patterns) if (folder / path).is_file()}


UNWANTED = (
    ".git/config",
    ".venv/bin/python",
    ".env",
    "keys.txt",
    "data/raw/market/year=2024/part-0.parquet",
    "models/volatility/card.json",
    ".dvc/cache/files/md5/00/11",
    ".dvc/tmp/lock",
    ".dvc/config.local",
    ".cache/mlrisk/fold",
    ".hypothesis/examples/a",
    "app/__pycache__/cli.cpython-311.pyc",
    "plots/.tmp-evaluate/loss.csv",
    "report/report.md",
)


def test_nothing_unwanted_is_sent_to_the_builder(context: set[str]) -> None:
    assert context.isdisjoint(UNWANTED)
    assert not [path for path in context if path.startswith(("tests/", ".github/", "docs/"))]


def test_all_that_a_container_reads_is_sent(context: set[str]) -> None:
    dag = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"].values()
    deps = {dep for stage in dag for dep in stage.get("do", stage)["deps"] if "${" not in dep}
    made = tuple(
        out if isinstance(out, str) else next(iter(out))
        for stage in dag
        for kind in ("outs", "metrics", "plots")
        for out in stage.get("do", stage).get(kind, ())
    )
    sources = {dep for dep in deps if not dep.startswith(("data/", "models/")) and dep not in made}
    assert {"mlrisk/store.py", "stages/ingest.py"} <= sources
    beside = {"dvc.yaml", "dvc.lock", "params.yaml", ".dvc/config", ".dvc/plots", ".dvcignore"}
    results, program = {"metrics", "plots", "results"}, {"app/cli/__init__.py", "README.md"}
    for needs in sources | beside | results | program:
        assert needs in context or any(path.startswith(f"{needs}/") for path in context), needs


def test_every_source_of_a_copy_exists(context: set[str]) -> None:
    copies = [rest.split() for word, rest in FILE if word == "COPY"]
    sources = [
        word for words in copies if not words[0].startswith("--from=") for word in words[:-1]
    ]
    assert sources
    assert all(source == "." or source in context for source in sources)


def test_the_wheel_has_the_files_beside_the_code(tmp_path: Path) -> None:
    for name in ("app", "mlrisk", "stages"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, tmp_path)
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", "dist"],
        cwd=tmp_path, capture_output=True, check=True,
    )  # fmt: skip
    with ZipFile(next((tmp_path / "dist").glob("*.whl"))) as wheel:
        packed = set(wheel.namelist())
    files = {
        path.relative_to(tmp_path).as_posix()
        for name in ("app", "mlrisk", "stages")
        for path in (tmp_path / name).rglob("*")
        if path.is_file()
    }
    assert files - packed == set()
