from __future__ import annotations

from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from app.api.access_log import Served
from app.api.monitoring import Monitor
from app.api.problems import ProblemError
from app.faces.snapshot import Snapshot
from mlrisk.errors import MlriskError


def figures(monitor: Monitor) -> dict[tuple[str, tuple[str, ...]], float]:
    """Values by name and labels, as Prometheus reads the page."""
    return {
        (sample.name, tuple(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(monitor.page().decode())
        for sample in family.samples
    }


def test_counts_requests_by_route_and_status() -> None:
    monitor = Monitor()
    for status, seconds in ((200, 0.004), (200, 0.030), (404, 0.001), (None, 0.2)):
        monitor.began()
        monitor.ended(Served("GET", "/features", status, seconds, 10, {}))
    monitor.began()
    found = figures(monitor)
    assert found["mlrisk_http_requests_total", ("GET", "/features", "200")] == 2
    assert found["mlrisk_http_requests_total", ("GET", "/features", "404")] == 1
    assert found["mlrisk_http_requests_total", ("GET", "/features", "0")] == 1
    assert found["mlrisk_http_request_seconds_count", ("/features",)] == 4
    assert found["mlrisk_http_request_seconds_sum", ("/features",)] == pytest.approx(0.235)
    assert found["mlrisk_http_requests_in_flight", ()] == 1


def test_the_bound_of_a_forecast_is_the_bound_of_a_bucket() -> None:
    monitor = Monitor()
    monitor.ended(Served("POST", "/predict", 200, 0.0199, 10, {}))
    monitor.ended(Served("POST", "/predict", 200, 0.0201, 10, {}))
    # The order of the labels in a line is the route, then the bound, or the other way round.
    within = {
        labels: value
        for (name, labels), value in figures(monitor).items()
        if name == "mlrisk_http_request_seconds_bucket" and "0.02" in labels
    }
    assert list(within.values()) == [1]


def test_counts_readings_and_failures(tmp_path: Path) -> None:
    monitor = Monitor()
    assert figures(monitor)["mlrisk_reloads_total", ("failed",)] == 0

    def load(root: Path) -> str:
        if not root.exists():
            raise MlriskError("nothing there")
        return root.name

    read = monitor.counted(load)
    assert read(tmp_path) == tmp_path.name
    with pytest.raises(MlriskError):
        read(tmp_path / "none")
    found = figures(monitor)
    assert (
        found["mlrisk_reloads_total", ("read",)],
        found["mlrisk_reloads_total", ("failed",)],
    ) == (
        1,
        1,
    )


def test_shows_what_is_served(snapshot: Snapshot) -> None:
    monitor = Monitor()
    monitor.watch(lambda: snapshot, lambda: None)
    found = figures(monitor)
    last = snapshot.predictions.iloc[-1]
    assert found["mlrisk_forecast_rv_5d", ()] == last["rv_5d_hat"]
    for regime in ("calm", "transition", "risk_off"):
        chance = found["mlrisk_forecast_regime_probability", (regime,)]
        assert chance == last[f"regime_probs.{regime}"]
    known = found["mlrisk_as_of_timestamp_seconds", ()]
    assert known == last["date"].timestamp() + 22 * 3600
    assert found["mlrisk_reload_pending", ()] == 0
    info = [labels for name, labels in found if name == "mlrisk_model_info"]
    assert [snapshot.version.model_version in labels for labels in info] == [True]


def test_says_that_nothing_is_served() -> None:
    def none() -> Snapshot:
        raise ProblemError("not-ready", "It is being read.")

    monitor = Monitor()
    monitor.watch(none, lambda: "params.yaml: not found")
    found = figures(monitor)
    assert found["mlrisk_reload_pending", ()] == 1
    assert ("mlrisk_forecast_rv_5d", ()) not in found


def test_two_applications_count_for_themselves() -> None:
    one, other = Monitor(), Monitor()
    one.ended(Served("GET", "/features", 200, 0.1, 1, {}))
    assert ("mlrisk_http_requests_total", ("GET", "/features", "200")) not in figures(other)
