"""What the pipeline's container does to its volume before anything runs."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "deploy" / "pipeline"
RECORD = "results/track_record.jsonl"


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """The files of a commit, as they lie in the image."""
    files = {
        ".dvc/config": "[core]\n",
        ".dvc/config.local": "[core]\n    no_scm = true\n",
        ".dvcignore": ".venv/\n",
        "conf/config.yaml": "as_of: 1\n",
        "mlrisk/store.py": "one\n",
        "mlrisk/gone.py": "old\n",
        "dvc.lock": "lock\n",
        "metrics/forecast.json": "{}",
        "plots/evaluate/loss.csv": "1\n",
        "results/real.json": "{}",
        RECORD: "first\n",
    }
    for name, text in files.items():
        write(tmp_path / "image" / name, text)
    return tmp_path / "image"


@pytest.fixture
def volume(tmp_path: Path) -> Path:
    folder = tmp_path / "volume"
    folder.mkdir()
    return folder


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def start(image: Path, volume: Path, *arguments: str, code: int = 0) -> str:
    """Run the script in the volume, with a stand-in for mlrisk that tells what it was called."""
    program = image.parent / "bin" / "mlrisk"
    write(program, f'#!/bin/sh\necho "$PWD" "$@"\nexit {code}\n')
    program.chmod(0o755)
    environment = os.environ | {
        "MLRISK_IMAGE": str(image),
        "PATH": f"{program.parent}:{os.environ['PATH']}",
    }
    done = subprocess.run(
        [SCRIPT, *arguments],
        cwd=volume,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    assert done.returncode == code
    return done.stdout.rstrip("\n")


def files(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): path.read_text()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_an_empty_volume_gets_the_whole_commit(image: Path, volume: Path) -> None:
    assert start(image, volume, "run") == f"{volume} run"
    assert files(volume) == files(image)


def test_the_code_that_ends_it_is_that_of_the_run(image: Path, volume: Path) -> None:
    assert start(image, volume, "run", "--help", code=3) == f"{volume} run --help"


def test_sources_are_replaced_and_results_stay(image: Path, volume: Path) -> None:
    start(image, volume, "run")
    of_the_run = {
        "data/raw/market.parquet": "rows",
        "models/volatility/card.json": "{}",
        ".dvc/cache/files/md5/00/11": "rows",
        ".cache/mlrisk/fold": "fold",
        "dvc.lock": "lock of the run\n",
        "metrics/forecast.json": '{"of": "the run"}',
        "plots/evaluate/loss.csv": "2\n",
    }
    for name, text in of_the_run.items():
        write(volume / name, text)
    (image / "mlrisk" / "gone.py").unlink()
    for name, text in {
        "mlrisk/store.py": "two\n",
        "mlrisk/new/module.py": "new\n",
        "dvc.lock": "lock of the next commit\n",
        "metrics/forecast.json": '{"of": "the next commit"}',
    }.items():
        write(image / name, text)
    start(image, volume, "run")
    assert files(volume) == files(image) | of_the_run


@pytest.mark.parametrize(
    ("of_the_image", "of_the_volume", "kept"),
    [
        ("first\nsecond\n", "first\n", "first\nsecond\n"),
        ("first\n", "first\nsecond\n", "first\nsecond\n"),
        ("first\nother\n", "first\nsecond\n", "first\nsecond\n"),
        (None, "first\n", "first\n"),
        ("first\n", None, "first\n"),
    ],
)
def test_a_record_is_only_replaced_by_one_that_continues_it(
    image: Path, volume: Path, of_the_image: str | None, of_the_volume: str | None, kept: str
) -> None:
    start(image, volume, "run")
    for place, text in ((image / RECORD, of_the_image), (volume / RECORD, of_the_volume)):
        if text is None:
            place.unlink()
        else:
            write(place, text)
    write(image / "results" / "real.json", "[1]")
    start(image, volume, "run")
    assert (volume / RECORD).read_text() == kept
    assert (volume / "results" / "real.json").read_text() == "[1]"


def test_a_start_that_was_interrupted_is_made_good(image: Path, volume: Path) -> None:
    write(volume / ".tmp-metrics" / "part.json", "{")
    write(volume / "conf" / "config.yaml", "as_o")
    start(image, volume, "run")
    assert files(volume) == files(image)
