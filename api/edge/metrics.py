"""Figures for Prometheus, text format 0.0.4, in a registry of one app's own; labels name routes, codes and institutions,
never a case or a person."""

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.registry import Collector

from dengbu.nodes.peer_server.lanes import LaneLoad

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4
METHODS, OTHER = frozenset({"GET", "HEAD", "POST"}), "other"  # a stranger's own words make no series
BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
disable_created_metrics()  # type: ignore[no-untyped-call]  # creation times beside the counters, which nobody reads


class Answered(NamedTuple):
    """A request that was answered: `problem` is its code, empty if there was none; `limits` those that stopped it."""

    method: str
    route: str
    status: int
    seconds: float
    problem: str
    limits: tuple[str, ...]


class Metrics:
    """The figures of one app. Gauges are functions, called when somebody reads."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._requests = Counter(
            "dengbu_http_requests_total",
            "已答复的请求,按路由 Requests answered, by route template.",
            ("method", "route", "status"),
            registry=self._registry,
        )
        self._seconds = Histogram(
            "dengbu_http_request_seconds",
            "答复用时,按路由 Time to answer, by route template.",
            ("route",),
            buckets=BUCKETS_S,
            registry=self._registry,
        )
        self._problems = Counter(
            "dengbu_http_problems_total",
            "以错误答复的请求,按代码 Requests answered with a problem, by its code.",
            ("code",),
            registry=self._registry,
        )
        self._limited = Counter(
            "dengbu_http_rate_limited_total",
            "因超过频率上限而拒绝的请求 Requests refused by a rate limit, by its policy.",
            ("policy",),
            registry=self._registry,
        )

    def answered(self, request: Answered) -> None:
        """Count a request that was answered, and the time it took."""
        method = request.method if request.method in METHODS else OTHER
        self._requests.labels(method, request.route, str(request.status)).inc()
        self._seconds.labels(request.route).observe(request.seconds)
        if request.problem:
            self._problems.labels(request.problem).inc()
        for policy in request.limits:
            self._limited.labels(policy).inc()

    def expect(self, policies: Iterable[str]) -> None:
        """Show the limits at zero before any of them has stopped a request."""
        for policy in policies:
            self._limited.labels(policy)

    def gauge(self, name: str, text: str, read: Callable[[], float]) -> None:
        """Declare a gauge whose value the function returns."""
        Gauge(name, text, registry=self._registry).set_function(read)

    def build(self, **labels: str) -> None:
        """Declare what runs here, as labels of a gauge that is always 1."""
        text = "本节点的版本与身份 Version and identity of this node."
        Gauge("dengbu_build_info", text, tuple(labels), registry=self._registry).labels(**labels).set(1)

    def checks(self, read: Callable[[], Mapping[str, bool]]) -> None:
        """Declare the gauge of the checks; the function returns whether each holds, by name."""
        self._registry.register(_Checks(read))

    def lanes(self, read: Callable[[], Mapping[tuple[str, str], LaneLoad]]) -> None:
        """Declare the gauges of the threads, read by the function: loads by listener and lane."""
        self._registry.register(_Lanes(read))

    def register(self, collector: Collector) -> None:
        """Declare the metrics of another collector."""
        self._registry.register(collector)

    def text(self) -> bytes:
        """Return all figures in the text format."""
        return generate_latest(self._registry)


class _Checks(Collector):
    def __init__(self, read: Callable[[], Mapping[str, bool]]) -> None:
        self._read = read

    def describe(self) -> Iterable[GaugeMetricFamily]:
        yield GaugeMetricFamily(
            "dengbu_check_ok",
            "readyz 的检查是否正常(1/0) Whether a check of /readyz holds, by its name.",
            labels=("check",),
        )

    def collect(self) -> Iterable[GaugeMetricFamily]:
        for family in self.describe():
            for name, holds in self._read().items():
                family.add_metric((name,), float(holds))
            yield family


class _Lanes(Collector):
    _TEXTS = (
        ("dengbu_threads", "各通道的线程 Threads of a lane."),
        ("dengbu_threads_busy", "正在办理请求的线程 Threads at work."),
        ("dengbu_queued_requests", "等待线程的请求 Requests that wait for a thread."),
    )

    def __init__(self, read: Callable[[], Mapping[tuple[str, str], LaneLoad]]) -> None:
        self._read = read

    def describe(self) -> Iterable[GaugeMetricFamily]:
        return [GaugeMetricFamily(name, text, labels=("listener", "lane")) for name, text in self._TEXTS]

    def collect(self) -> Iterable[GaugeMetricFamily]:
        loads = self._read()
        for place, family in enumerate(self.describe()):
            for labels, load in loads.items():
                family.add_metric(labels, load[place])
            yield family
