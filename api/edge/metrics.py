"""Figures for Prometheus (text format 0.0.4), in a registry for each app; labels name routes, never ids."""

from collections.abc import Callable, Iterable, Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.registry import Collector

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4
BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
disable_created_metrics()  # type: ignore[no-untyped-call]  # creation times beside the counters, which nobody reads


class Metrics:
    """The figures of one app. Gauges are functions, called when somebody reads."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "dengbu_http_requests_total",
            "Requests answered, by route template.",
            ("method", "route", "status"),
            registry=self._registry,
        )
        self._seconds = Histogram(
            "dengbu_http_request_seconds",
            "Time to answer, by route template.",
            ("route",),
            buckets=BUCKETS_S,
            registry=self._registry,
        )

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request that was answered, and the time it took."""
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def gauge(self, name: str, text: str, read: Callable[[], float]) -> None:
        """Declare a gauge whose value the function returns."""
        Gauge(name, text, registry=self._registry).set_function(read)

    def checks(self, read: Callable[[], Mapping[str, bool]]) -> None:
        """Declare the gauge of the checks; the function returns whether each holds, by name."""
        self._registry.register(_Checks(read))

    def text(self) -> bytes:
        """Return all figures in the text format."""
        return generate_latest(self._registry)


class _Checks(Collector):
    def __init__(self, read: Callable[[], Mapping[str, bool]]) -> None:
        self._read = read

    def describe(self) -> Iterable[GaugeMetricFamily]:
        yield GaugeMetricFamily(
            "dengbu_check_ok", "Whether a check of /readyz holds, by its name.", labels=("check",)
        )

    def collect(self) -> Iterable[GaugeMetricFamily]:
        for family in self.describe():
            for name, holds in self._read().items():
                family.add_metric((name,), float(holds))
            yield family
