"""What is counted, in Prometheus form: one registry per app, no text of any question."""

from collections.abc import Callable, Iterable

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from qa.engine import Engine

CONTENT_TYPE = CONTENT_TYPE_LATEST
# Seconds; the first two resolve an engine call, the rest are OpenTelemetry's for HTTP.
_BUCKETS = (
    0.001,
    0.0025,
    0.005,
    0.01,
    0.025,
    0.05,
    0.075,
    0.1,
    0.25,
    0.5,
    0.75,
    1,
    2.5,
    5,
    7.5,
    10,
)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"})


class Metrics:
    """The counters of one app."""

    def __init__(self, engine: Callable[[], Engine | None], waiting: Callable[[], int]) -> None:
        self.registry = CollectorRegistry(auto_describe=True)
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        self.registry.register(_IndexCollector(engine))
        labels = ("http_request_method", "http_route", "http_response_status_code")
        self._requests = Histogram(
            "http_server_request_duration_seconds",
            "Time from a request's head to its last byte, by route.",
            labels,
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self.active = Gauge(
            "http_server_active_requests", "Requests in progress.", registry=self.registry
        )
        self.stage = Histogram(
            "qa_stage_duration_seconds",
            "Time of one engine call, by stage.",
            ("stage",),
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self.answers = Counter(
            "qa_answers", "Questions answered or refused.", ("answerable",), registry=self.registry
        )
        queue = Gauge("qa_queue_depth", "Requests waiting for the engine.", registry=self.registry)
        queue.set_function(waiting)
        self.shed = Counter(
            "qa_shed", "Requests turned away, by reason.", ("reason",), registry=self.registry
        )

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one finished request; `route` is the template, never the path."""
        known = method if method in _METHODS else "_OTHER"
        self._requests.labels(known, route, str(status)).observe(seconds)

    def exposition(self) -> bytes:
        """Return everything as Prometheus reads it."""
        return generate_latest(self.registry)


class _IndexCollector(Collector):
    """Says what is loaded, at the time of the scrape."""

    def __init__(self, engine: Callable[[], Engine | None]) -> None:
        self._engine = engine

    def describe(self) -> Iterable[Metric]:
        return ()

    def collect(self) -> Iterable[Metric]:
        engine = self._engine()
        yield _gauge("qa_index_loaded", "1 once the index is loaded.", engine is not None)
        if engine is None:
            return
        labels = {"generation": engine.generation, "encoder": engine.encoder_name}
        yield _gauge("qa_index_info", "What is loaded.", 1, labels)
        yield _gauge("qa_index_passages", "Passages loaded.", len(engine.corpus.passages))
        yield _gauge("qa_index_stale", "1 when the sources changed.", bool(engine.stale_reason()))


def _gauge(name: str, help_: str, value: float, labels: dict[str, str] | None = None) -> Metric:
    gauge = GaugeMetricFamily(name, help_, labels=list(labels or {}))
    gauge.add_metric(list((labels or {}).values()), value)
    return gauge
