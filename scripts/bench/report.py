"""The rest of a bench report: the machine, the percentiles, and each aim, met or missed."""

from __future__ import annotations

import os
import platform
import shutil
import sqlite3
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import psutil

from dengbu.scripts.net.engines import COMETBFT, SEQUENCER

ORDER_AIMS: dict[str, dict[str, tuple[str, float]]] = {
    SEQUENCER: {
        "closed_200_final_per_s": (">=", 500),
        "open_50_p50_ms": ("<=", 60),
        "open_50_p95_ms": ("<=", 100),
    },
    # The mark to beat: Hyperledger Fabric 3.1.5 with SmartBFT, measured on two cores with four orderers.
    COMETBFT: {
        "closed_200_final_per_s": (">=", 300),
        "open_50_p50_ms": ("<=", 84),
        "open_50_p95_ms": ("<=", 141),
    },
}
AIMS: dict[str, tuple[str, float]] = {
    "import_titles_per_s": (">=", 1667),  # a million in ten minutes
    "rejects": ("<=", 0),
    "ingest_per_s": (">=", 4000),
    "bytes_per_event_per_node": ("<=", 5000),
    "rss_mb_max": ("<=", 100),
}


def verdicts(figures: dict[str, Any], aims: Mapping[str, tuple[str, float]]) -> dict[str, dict[str, Any]]:
    """Return each aim beside its figure: met or not, and the ratio of figure to aim; None each if it was not measured."""
    found = {}
    for name, (relation, aim) in aims.items():
        value = figures[name]
        met = ratio = None
        if value is not None:
            met = value >= aim if relation == ">=" else value <= aim
            ratio = round(value / aim, 2) if aim else None
        found[name] = {"figure": value, "aim": f"{relation} {aim:g}", "ratio": ratio, "met": met}
    return found


def ran_out(name: str, submits: int, after_s: float, seconds: float, titles: int) -> str:
    """Return the line about a load that ended early, because a bank had mortgaged every title."""
    return (
        f"{name}: 产权用完，{after_s:.1f} 秒时提前结束(应为 {seconds:g} 秒)，提交 {submits} 件；每家银行对每个产权只抵押一次，"
        f"现有 {titles} 个，请以更大的 --units 重新运行。 The titles ran out after {after_s:.1f} of {seconds:g} s and "
        f"{submits} submits: a bank mortgages each of the {titles} once. Run again with more --units."
    )


def percentiles(latencies: Sequence[float]) -> dict[str, float | None]:
    """Return p50, p95 and p99 in ms; None each for fewer than two latencies."""
    if len(latencies) < 2:
        return {"p50_ms": None, "p95_ms": None, "p99_ms": None}
    cuts = statistics.quantiles(latencies, n=100, method="inclusive")
    return {"p50_ms": round(cuts[49], 1), "p95_ms": round(cuts[94], 1), "p99_ms": round(cuts[98], 1)}


def _cpu() -> str:
    """Return the model of the processor where the system tells it, else its kind."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.split(":", 1)[1].strip() for line in lines if "model name" in line), platform.machine())


def machine() -> dict[str, Any]:
    """Describe the machine that the figures were measured on."""
    return {
        "cpu": _cpu(),
        "cores": len(psutil.Process().cpu_affinity())
        if hasattr(psutil.Process, "cpu_affinity")
        else os.cpu_count(),
        "memory_mb": psutil.virtual_memory().total // 2**20,
        "system": platform.platform(),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "disk_free_mb": shutil.disk_usage("/tmp").free // 2**20,  # noqa: S108
        "load_before": os.getloadavg()[0],
    }
