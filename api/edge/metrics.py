"""Figures for Prometheus, text format 0.0.4: counters, gauges and one histogram shape; labels name routes,
never ids."""

import threading
from collections.abc import Callable, Mapping

BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

Labels = tuple[tuple[str, str], ...]


def _labels(pairs: Labels) -> str:
    if not pairs:
        return ""
    quoted = (
        (name, value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")) for name, value in pairs
    )
    return "{" + ",".join(f'{name}="{value}"' for name, value in quoted) + "}"


class Metrics:
    """What this process counts. Gauges are functions, asked when somebody reads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._help: dict[str, tuple[str, str]] = {}
        self._counters: dict[str, dict[Labels, float]] = {}
        self._histograms: dict[str, dict[Labels, list[float]]] = {}
        self._gauges: dict[str, Callable[[], float | Mapping[Labels, float]]] = {}

    def counter(self, name: str, text: str) -> None:
        """Declare a counter."""
        self._help[name] = ("counter", text)
        self._counters[name] = {}

    def histogram(self, name: str, text: str) -> None:
        """Declare a histogram of seconds."""
        self._help[name] = ("histogram", text)
        self._histograms[name] = {}

    def gauge(self, name: str, text: str, read: Callable[[], float | Mapping[Labels, float]]) -> None:
        """Declare a gauge, read by the function."""
        self._help[name] = ("gauge", text)
        self._gauges[name] = read

    def count(self, name: str, **labels: str) -> None:
        """Add one to a counter."""
        key = tuple(sorted(labels.items()))
        with self._lock:
            series = self._counters[name]
            series[key] = series.get(key, 0) + 1

    def observe(self, name: str, seconds: float, **labels: str) -> None:
        """Put one duration into a histogram."""
        key = tuple(sorted(labels.items()))
        with self._lock:
            row = self._histograms[name].setdefault(key, [0.0] * (len(BUCKETS_S) + 2))
            for place, bound in enumerate(BUCKETS_S):
                row[place] += seconds <= bound
            row[-2] += 1
            row[-1] += seconds

    def _histogram_lines(self, name: str) -> list[str]:
        lines = []
        for key, row in sorted(self._histograms[name].items()):
            bounds = [*(str(bound) for bound in BUCKETS_S), "+Inf"]
            for bound, value in zip(bounds, row[:-1], strict=True):
                lines.append(f"{name}_bucket{_labels((*key, ('le', bound)))} {value:g}")
            lines.append(f"{name}_sum{_labels(key)} {row[-1]:.6f}")
            lines.append(f"{name}_count{_labels(key)} {row[-2]:g}")
        return lines

    def _gauge_lines(self, name: str) -> list[str]:
        value = self._gauges[name]()
        series = value if isinstance(value, Mapping) else {(): value}
        return [f"{name}{_labels(key)} {number:g}" for key, number in sorted(series.items())]

    def text(self) -> str:
        """All figures in the text format."""
        lines: list[str] = []
        with self._lock:
            for name, (kind, text) in self._help.items():
                lines += [f"# HELP {name} {text}", f"# TYPE {name} {kind}"]
                if kind == "counter":
                    series = sorted(self._counters[name].items())
                    lines += [f"{name}{_labels(key)} {value:g}" for key, value in series]
                elif kind == "histogram":
                    lines += self._histogram_lines(name)
                else:
                    lines += self._gauge_lines(name)
        return "\n".join(lines) + "\n"
