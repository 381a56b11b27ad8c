"""Counters for Prometheus, in a registry of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict
from pathlib import Path
from typing import TypeVar

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.registry import Collector

from app.api.access_log import Served
from app.api.problems import ProblemError
from app.faces.snapshot import Snapshot
from mlrisk.calendar import INFORMATION_HOUR
from mlrisk.contracts import REGIMES
from mlrisk.errors import MlriskError

T = TypeVar("T")

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
"""Upper bounds in seconds; 20 ms is what 95 % of forecasts keep."""


class Monitor:
    """What is counted of one application.

    Names begin with ``mlrisk_``; units are seconds and shares. The age of the forecast is
    ``time() - mlrisk_as_of_timestamp_seconds``: an age that is exported grows old by itself.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.requests = Counter(
            "mlrisk_http_requests",
            "Requests that were answered or given up, status 0 where the client had left.",
            ("method", "route", "status"),
            registry=self.registry,
        )
        self.seconds = Histogram(
            "mlrisk_http_request_seconds",
            "From the end of a request's header to the end of its answer.",
            ("route",),
            buckets=BUCKETS,
            registry=self.registry,
        )
        self.in_flight = Gauge(
            "mlrisk_http_requests_in_flight",
            "Requests that are being answered.",
            registry=self.registry,
        )
        self.reloads = Counter(
            "mlrisk_reloads",
            "Readings of what the DAG wrote, the first one included.",
            ("outcome",),
            registry=self.registry,
        )
        for outcome in ("read", "failed"):
            self.reloads.labels(outcome)

    def began(self) -> None:
        """A request has begun."""
        self.in_flight.inc()

    def ended(self, served: Served) -> None:
        """A request has ended, in whatever way."""
        self.in_flight.dec()
        self.requests.labels(served.method, served.route, served.status or 0).inc()
        self.seconds.labels(served.route).observe(served.seconds)

    def counted(self, load: Callable[[Path], T]) -> Callable[[Path], T]:
        """A ``load`` as ``Live`` takes it, whose readings and failures are counted."""

        def read(root: Path) -> T:
            try:
                found = load(root)
            except MlriskError:
                self.reloads.labels("failed").inc()
                raise
            self.reloads.labels("read").inc()
            return found

        return read

    def watch(self, current: Callable[[], Snapshot], problem: Callable[[], str | None]) -> None:
        """Show what is served, as it is at the moment of asking.

        Parameters
        ----------
        current : callable
            What is served; raises ``ProblemError`` where nothing is.
        problem : callable
            Why what lies in the repository now is not served; None where it is.
        """
        self.registry.register(_Forecast(current, problem))

    def page(self) -> bytes:
        """Everything in Prometheus' text format."""
        return generate_latest(self.registry)


class _Forecast(Collector):
    """The served forecast as gauges."""

    def __init__(self, current: Callable[[], Snapshot], problem: Callable[[], str | None]) -> None:
        self._current, self._problem = current, problem

    def describe(self) -> Iterable[Metric]:
        return ()

    def collect(self) -> Iterable[Metric]:
        yield GaugeMetricFamily(
            "mlrisk_reload_pending",
            "1 where what lies in the repository cannot be served: an earlier run is, or nothing.",
            value=float(self._problem() is not None),
        )
        try:
            snapshot = self._current()
        except ProblemError:
            return
        made, day = snapshot.version, snapshot.predictions.iloc[-1]
        yield InfoMetricFamily(
            "mlrisk_model",
            "What the numbers were made with.",
            value={name: value or "" for name, value in asdict(made).items()},
        )
        yield GaugeMetricFamily(
            "mlrisk_as_of_timestamp_seconds",
            "When the newest forecast's inputs were known: 22:00 UTC of its session.",
            value=(day["date"].tz_localize("UTC") + INFORMATION_HOUR).timestamp(),
        )
        yield GaugeMetricFamily(
            "mlrisk_forecast_rv_5d",
            "Newest forecast of the five-session volatility.",
            value=day["rv_5d_hat"],
        )
        chances = GaugeMetricFamily(
            "mlrisk_forecast_regime_probability",
            "Newest probabilities of the regimes.",
            labels=["regime"],
        )
        for regime in REGIMES:
            chances.add_metric([regime], day[f"regime_probs.{regime}"])
        yield chances
