from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from app import readme
from tests.app import results

PROJECT = Path(__file__).parents[2]
MARKED = (
    "# Title\n<!-- results:default -->\nold\n<!-- /results:default -->\nbetween\n"
    + "".join(
        f"<!-- results:{name} -->\n<!-- /results:{name} -->\n"
        for name in readme.BLOCKS
        if name != "default"
    )
    + "end\n"
)


@pytest.fixture
def forecast() -> dict[str, Any]:
    return {
        "n_obs": 3853,
        "window_start": "2011-01-03",
        "window_end": "2026-04-24",
        "contenders": {
            "rv20": {"n_obs": 3853, "qlike": 0.62704, "rmse": 0.0123, "qlike_vs_rv20": 0.0},
            "har_vix": {"n_obs": 3853, "qlike": 0.36702, "rmse": 0.0096, "qlike_vs_rv20": -0.4147},
        },
        "model": {"name": "har_vix"},
        "gate": {"passed": True, "reasons": ["QLIKE is 41.5% below RV20"]},
    }


@pytest.fixture
def root(tmp_path: Path, forecast: dict[str, Any]) -> Path:
    window = {"start": "2007-04-11", "first_forecast": "2011-01-03", "as_of": "2026-05-01"}
    source = {"benchmark": "SPY", "digest": "sha256-" + "ab" * 32, "window": window}
    for path, values in (
        ("metrics/forecast.json", forecast),
        ("results/real.json", {"forecast": forecast, "source": source}),
    ):
        (tmp_path / path).parent.mkdir()
        (tmp_path / path).write_text(json.dumps(values))
    (tmp_path / "README.md").write_text(MARKED)
    return tmp_path


def test_the_projects_readme_quotes_its_figures() -> None:
    readme.check(PROJECT)


def test_writes_between_the_markers_and_nowhere_else(root: Path) -> None:
    assert readme.write(root)
    text = (root / "README.md").read_text()
    assert "old" not in text
    assert "\nbetween\n" in text
    assert text.endswith("-->\nend\n")
    assert "SPY, real data from 2007-04-11 to 2026-05-01 (`sha256-abababababab…`)" in text
    # The best QLIKE stands first.
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    assert [line.split(" | ")[0] for line in lines[2:4]] == ["| har_vix", "| rv20"]
    assert lines[2].startswith("| har_vix | 3,853 | 0.3670 | -41.5% | 0.00960 |")
    assert not readme.write(root)
    readme.check(root)


def test_regimes_are_quoted_where_there_are_any(root: Path, forecast: dict[str, Any]) -> None:
    path = root / "results" / "real.json"
    real = json.loads(path.read_text())
    path.write_text(json.dumps({**real, "regimes": results.regimes()}))
    (root / "metrics" / "regimes.json").write_text(json.dumps(results.regimes()))
    readme.write(root)
    text = (root / "README.md").read_text()
    assert text.count("| combination | temperature | 0.3400 |") == 2
    assert text.count("`.calibration=temperature`; gate passed") == 2
    readme.check(root)


def test_check_fails_when_a_figure_moves(root: Path) -> None:
    readme.write(root)
    path = root / "results" / "real.json"
    path.write_text(path.read_text().replace("0.36702", "0.36802"))
    with pytest.raises(readme.ReadmeError, match="Run `mlrisk readme`"):
        readme.check(root)


def test_a_missing_marker_is_named(root: Path) -> None:
    (root / "README.md").write_text("<!-- /results:real --> <!-- results:real -->")
    with pytest.raises(readme.ReadmeError, match="markers <!-- results:real -->"):
        readme.require_ready(root)


def test_missing_figures_say_how_to_get_them(root: Path) -> None:
    (root / "results" / "real.json").unlink()
    with pytest.raises(readme.ReadmeError, match=r"results/real\.json: not found. Run `make real"):
        readme.check(root)
