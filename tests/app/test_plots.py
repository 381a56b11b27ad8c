"""The templates hold for the data that the stages write."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import vl_convert
import yaml
from dvc_render.vega import VegaRenderer

from app import plots

PROJECT = Path(__file__).parents[2]
TEMPLATES = PROJECT / ".dvc" / "plots"
ROWS: dict[str, tuple[str, str, list[dict[str, str]]]] = {
    "series": (
        "date",
        "qlike",
        [
            {"date": f"2024-0{month}-01", "contender": name, "qlike": f"0.{month}"}
            for name in ("rv20", "har")
            for month in range(1, 9)
        ],
    ),
    "bars": (
        "contribution",
        "feature",
        [{"feature": f"f{n:02d}", "contribution": f"{0.1 * n - 1:.2f}"} for n in range(30)],
    ),
    "recall": (
        "k",
        "recall",
        [
            {"kind": kind, "k": f"{k}", "recall": f"{1 - 0.5 / k:.2f}"}
            for kind in ("all", "dated")
            for k in range(1, 21)
        ],
    ),
    "histogram": (
        "pit",
        "density",
        [{"pit": f"0.{n}5", "density": f"{0.8 + 0.04 * n:.2f}"} for n in range(10)],
    ),
    "band": (
        "date",
        "difference",
        [
            {
                "date": f"2024-0{month}-01",
                "rival": name,
                "difference": f"{month}",
                "low": f"{month - 3}",
                "high": f"{month + 3}",
            }
            for name in ("rv20", "har")
            for month in range(1, 9)
        ],
    ),
    "calibration": (
        "forecast",
        "realized",
        [
            {"contender": name, "decile": str(n), "forecast": str(n), "realized": str(n + 1)}
            for name in ("rv20", "har")
            for n in range(1, 11)
        ],
    ),
    "ribbon": (
        "date",
        "index",
        [
            {
                "date": f"2024-0{month}-01",
                "until": f"2024-0{month + 2}-01" if month % 2 else "",
                "index": f"{100 + month}",
                "cluster": f"{month // 2 % 2}",
            }
            for month in range(1, 8)
        ],
    ),
    "probability": (
        "date",
        "probability",
        [
            {"date": f"2024-0{month}-01", "probability": f"{month}", "came": f"{month % 2 * 100}"}
            for month in range(1, 9)
        ],
    ),
    "heatmap": (
        "tomorrow",
        "today",
        [
            {
                "today": str(row),
                "tomorrow": str(column),
                "value": "95.25" if row == column else "-5",
            }
            for row in range(2)
            for column in range(2)
        ],
    ),
    "stacked": (
        "date",
        "contribution",
        [
            {"date": f"2024-0{month}-01", "group": name, "contribution": f"{sign}0.{month}"}
            for name, sign in (("implied volatility", ""), ("macro", "-"))
            for month in range(1, 9)
        ],
    ),
    "shap": (
        "contribution",
        "feature",
        [
            {"feature": name, "contribution": f"0.0{n}", "value_rank": f"0.{n}"}
            for name in ("vix", "rsi_spy_14")
            for n in range(1, 9)
        ],
    ),
}


def specification(template: str) -> dict[str, Any]:
    x, y, rows = ROWS[template]
    points = [{**row, "rev": revision} for revision in ("workspace", "main") for row in rows]
    renderer = VegaRenderer(
        points, template, template=template, template_dir=str(TEMPLATES), x=x, y=y, title="A title"
    )
    return renderer.get_filled_template()


@pytest.mark.parametrize("template", ROWS)
def test_a_template_fills_and_draws(template: str) -> None:
    filled = plots.styled(specification(template))
    assert "<DVC_METRIC" not in json.dumps(filled)
    drawn = vl_convert.vegalite_to_svg(filled)
    assert "A title" in drawn
    assert "main" in drawn
    assert "NaN" not in drawn


def test_bars_show_the_largest_by_size() -> None:
    drawn = vl_convert.vegalite_to_svg(specification("bars"))
    assert ">f00<" in drawn
    assert ">f29<" in drawn
    assert ">f10<" not in drawn
    assert drawn.index(">f29<") < drawn.index(">f00<")


def test_bands_stand_in_the_order_of_the_data() -> None:
    drawn = vl_convert.vegalite_to_svg(specification("band"))
    assert drawn.index(">rv20<") < drawn.index(">har<")
    # An area, a line and the zero line for two panels, two revisions each but for the last.
    areas = drawn.count('fill-opacity="0.16"')
    assert areas == 4


def test_panels_of_contenders_stand_in_the_order_of_the_data() -> None:
    drawn = vl_convert.vegalite_to_svg(specification("calibration"))
    assert drawn.index(">rv20<") < drawn.index(">har<")


def test_a_ribbon_is_drawn_where_a_stay_begins_and_an_event_where_it_came() -> None:
    drawn = vl_convert.vegalite_to_svg(specification("ribbon"))
    for colour in ("#9ecae1", "#fdd49e"):
        assert drawn.count(f'fill="{colour}"') == 2 * 2 + 1  # two stays, two revisions, the legend
    assert vl_convert.vegalite_to_svg(specification("probability")).count("#c9c9c9") == 2 * 4


def test_a_heatmap_says_its_numbers() -> None:
    drawn = vl_convert.vegalite_to_svg(specification("heatmap"))
    assert drawn.count(">95.25<") == 4
    assert drawn.count(">−5<") == 4


def test_every_plot_of_the_dag_names_a_template_of_the_project() -> None:
    listed = yaml.safe_load((PROJECT / "dvc.yaml").read_text())["plots"]
    named = {settings["template"] for plot in listed for settings in plot.values()}
    assert named == set(ROWS)
    assert {path.stem for path in TEMPLATES.glob("*.json")} == set(ROWS)
