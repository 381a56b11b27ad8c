"""Every chart is valid Vega-Lite, can be drawn in both themes, and says what it shows."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from importlib.resources import files
from typing import Any
from urllib.parse import quote

import jsonschema_rs
import pandas as pd
import pytest
import vl_convert

from app.faces.charts import contenders, drivers, history, intervals, regimes
from app.faces.charts.base import HOVER, NOTHING, VEGA_LITE, chart, records, svg
from app.faces.charts.palette import THEMES, Spec, themed
from app.faces.day import DayView, view
from app.faces.snapshot import Snapshot

Made = Callable[[Snapshot, DayView], Spec]

YEAR = pd.Timedelta(days=365)
RECORD = pd.DataFrame(
    {
        "date": pd.to_datetime(["2023-01-03", "2023-01-04", "2023-01-05"]),
        "running_n": pd.array([1, 2, None], dtype="Int64"),
        "running_qlike": [0.3, 0.35, None],
        "running_qlike_rv20": [0.5, 0.45, None],
    }
)
OF_RUN = {
    one.__name__: one
    for one in (
        drivers.groups_over_time,
        drivers.importance,
        regimes.transition_matrix,
        regimes.reliability,
        regimes.cluster_profile,
        contenders.losses,
        contenders.cumulative_difference,
        contenders.calibration,
        contenders.loss_over_time,
        intervals.coverage_over_time,
        intervals.pit,
    )
}
OF_DAY = {
    one.__name__: one for one in (drivers.waterfall, drivers.contributions, regimes.probabilities)
}
OF_BOTH: dict[str, Made] = {
    "forecast_history": lambda run, day: history.forecast_history(run, day.date, 60),
    "groups_of_day": drivers.groups_of_day,
    "ribbon": lambda run, day: regimes.ribbon(run, day.date - YEAR, day.date),
    "risk_off_history": lambda run, day: regimes.risk_off_history(run, day.date, 60),
}
CHARTS = [*OF_RUN, *OF_DAY, *OF_BOTH, "track_record"]


def made(name: str, run: Snapshot, day: DayView) -> Spec:
    if name in OF_RUN:
        return OF_RUN[name](run)
    if name in OF_DAY:
        return OF_DAY[name](day)
    return OF_BOTH[name](run, day) if name in OF_BOTH else history.track_record(RECORD)


@pytest.fixture(scope="module")
def valid() -> jsonschema_rs.Validator:
    path = files("altair") / "vegalite" / "v6" / "schema" / "vega-lite-schema.json"

    def escaped(part: dict[str, Any]) -> dict[str, Any]:
        """Names of definitions have characters that a reference must escape, and does not."""
        return {
            key: quote(one, "#/") if key == "$ref" and isinstance(one, str) else one
            for key, one in part.items()
        }

    return jsonschema_rs.validator_for(json.loads(path.read_text(), object_hook=escaped))


@pytest.fixture(scope="module")
def day(snapshot: Snapshot) -> DayView:
    return view(snapshot, snapshot.predictions["date"].iloc[-1])


@pytest.mark.parametrize("name", CHARTS)
def test_is_valid_and_draws_in_both_themes(
    name: str,
    snapshot: Snapshot,
    day: DayView,
    valid: jsonschema_rs.Validator,
    capfd: pytest.CaptureFixture[str],
) -> None:
    spec = made(name, snapshot, day)
    assert spec["width"] == "container"
    assert len(spec["description"]) > 40
    for theme in THEMES:
        look = themed(spec, theme)
        valid.validate(look)
        text = json.dumps({**look, "width": 350}, allow_nan=False)
        drawn = vl_convert.vegalite_to_svg(text, vl_version=VEGA_LITE, show_warnings=True)
        assert "color:" not in drawn
        assert "NaN" not in drawn
        assert "<text" in drawn
        assert (NOTHING in drawn) == (name == "coverage_over_time")
    told = capfd.readouterr()
    assert (told.out, told.err) == ("", "")


def emptied(snapshot: Snapshot) -> Snapshot:
    """A run whose every plot and metric is empty, as where a source lacks what they are made of."""
    metrics = {
        "forecast": {"window_start": "", "window_end": "", "contenders": {}, "reference": ""}
    }
    plots = {name: table.iloc[:0] for name, table in snapshot.plots.items()}
    return dataclasses.replace(snapshot, plots=plots, metrics=metrics)


@pytest.mark.parametrize("name", CHARTS)
def test_is_valid_without_rows(
    name: str, snapshot: Snapshot, valid: jsonschema_rs.Validator
) -> None:
    first = view(snapshot, snapshot.predictions["date"].iloc[0])
    bare = dataclasses.replace(first, contributions={}, regime_probs={}, intervals={})
    spec = themed(made(name, emptied(snapshot), bare), "light")
    valid.validate(spec)
    shown = {*OF_BOTH, "track_record"} - {"groups_of_day"}
    assert (NOTHING in json.dumps(spec)) == (name not in shown)


def test_the_schema_would_find_a_mistake(valid: jsonschema_rs.Validator) -> None:
    rows = pd.DataFrame({"a": [1]})
    spec = themed(chart("x", rows, 10, mark={"type": "barr"}, encoding={}), "light")
    with pytest.raises(jsonschema_rs.ValidationError):
        valid.validate(spec)


def test_a_picture_is_the_same_twice_and_has_no_layer_for_the_mouse(
    snapshot: Snapshot, day: DayView
) -> None:
    spec = history.forecast_history(snapshot, day.date, 30)
    assert any(layer.get("name") == HOVER for layer in spec["layer"])
    drawn = [svg(spec, "dark", 400) for _ in range(2)]
    assert drawn[0] == drawn[1]
    assert 'width="400"' in drawn[0]
    assert THEMES["dark"]["background"] in drawn[0]
    assert THEMES["dark"]["background"] not in svg(spec, "dark", 400, background=False)
    assert "aria-label" not in drawn[0]


def test_rows_are_what_json_can_hold() -> None:
    rows = pd.DataFrame(
        {
            "date": [pd.Timestamp("2024-01-02"), pd.NaT],
            "value": [1 / 3, float("nan")],
            "name": ["a", None],
            "flag": pd.array([True, None], dtype="boolean"),
        }
    )
    first: dict[str, Any] = {"date": "2024-01-02", "value": 0.3333333, "name": "a", "flag": True}
    assert records(rows) == [first, dict.fromkeys(first)]
