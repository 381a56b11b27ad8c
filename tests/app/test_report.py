from __future__ import annotations

import json
import re
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from app import compose, report, repository
from app.repository import RepositoryError
from tests.app import results

Commit = Callable[[Path, str], str]


def section(page: str, title: str) -> str:
    return page.split(f"## {title}\n")[1].split("\n## ", maxsplit=1)[0].strip()


def test_says_what_a_change_does(toy: Path, tmp_path: Path) -> None:
    compose.write(toy, ["model=xgboost", "features=price_only"])
    repository.dvc("repro", "--quiet", root=toy)
    page = report.write(toy, "main", tmp_path / "report").read_text()

    head = repository.git("rev-parse", "HEAD", root=toy)[:10]
    assert page.startswith(f"# {head} with uncommitted changes against main ({head})\n")
    assert "| model.name | champion | xgboost |" in page
    assert re.search(r"\| features.columns \| \d+ items \| .*−vix3m", page)
    figures = section(page, "Figures")
    assert "| model.qlike | 0.385 | 0.335 | -0.05 | -13.0% |" in figures
    assert "model.rmse" not in figures
    size = r"\| features_daily \| 10 \| \d+ → \d+ \| 2024-01-02 \| 2024-01-11 \|"
    assert re.search(size, section(page, "Data"))
    assert "| `data/features_daily` | features | `" in section(page, "Outputs")
    # The toy keeps no forecasts.
    assert "volatility: not compared with main: " in section(page, "Forecasts")
    for name in ("loss", "importance"):
        assert f"![{name}](plots/{name}.png)" in section(page, "Plots")
        width, height = _size(tmp_path / "report" / "plots" / f"{name}.png")
        assert width > 400
        assert height > 100


def test_against_itself_nothing_changed(
    toy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.plots.specifications", lambda *_: {})
    page = report.write(toy, "HEAD", tmp_path / "report").read_text()
    assert "uncommitted" not in page
    for title in ("Settings", "Figures", "Data", "Outputs"):
        assert section(page, title) == "No change."


def test_headlines_stand_open_and_the_rest_is_folded(
    toy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.plots.specifications", lambda *_: {})
    (toy / "metrics" / "forecast.json").write_text(json.dumps(results.forecast()))
    (toy / "metrics" / "regimes.json").write_text(json.dumps(results.regimes()))
    page = report.write(toy, "HEAD", tmp_path / "report").read_text()
    assert "\nGate of volatility: passed, local level passed" in page
    assert "\nGate of regimes: passed: AUC of risk-off is 0.900" in page
    assert "Is anything that was tried better than har_vix?" in section(page, "Tests")
    assert "| combination | temperature | 0.3400 |" in section(page, "Regimes")
    opened, folded = section(page, "Figures").split("<details>", maxsplit=1)
    assert "| discovery.switches_a_year | – | 7.25 |" in folded.split("</details>")[1]
    assert "| model.qlike |" in opened
    assert "| gate.local.passed |" in opened
    assert "superiority" not in opened
    assert "metrics/forecast.json (" in folded
    assert " more changed)</summary>" in folded
    assert "| superiority.rivals.rv20.mean_difference | – | 0.24 |" in folded
    assert "| windows.years_won.har_vix.won | – | 14 |" in folded


def test_against_a_commit_before_the_dag(toy: Path, tmp_path: Path) -> None:
    tree = repository.git("hash-object", "-t", "tree", "-w", "/dev/null", root=toy)
    empty = repository.git("commit-tree", tree, "-m", "Empty", root=toy)
    page = report.write(toy, empty, tmp_path / "report").read_text()
    assert "| model.name | – | champion |" in page
    assert "![loss](plots/loss.png)" in page


def test_a_missing_plot_is_named(toy: Path, tmp_path: Path) -> None:
    (toy / "plots" / "evaluate" / "loss.csv").unlink()
    with pytest.raises(RepositoryError, match=r"loss\.csv.*Run `dvc repro`"):
        report.write(toy, "HEAD", tmp_path / "report")


def test_changed_leaves_come_and_go() -> None:
    old = report.flatten({"a": {"b": 1, "c": None}, "d": [1]})
    new = report.flatten({"a": {"b": 2}, "d": [1], "e": 0})
    assert list(report.changes(old, new)) == [("a.b", 1, 2), ("e", None, 0), ("a.c", None, None)]


def _size(picture: Path) -> tuple[int, int]:
    data = picture.read_bytes()
    assert data.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", data[16:24])
    return width, height
