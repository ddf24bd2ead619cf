"""`dengbu bench`: measures four nodes on this machine; reports machine, percentiles and aims."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import click

from dengbu.scripts.bench import bench
from dengbu.scripts.net.devnet import Devnet
from dengbu.scripts.net.engines import ENGINES, SEQUENCER
from dengbu.scripts.session import Session, local, table

VERDICTS = {True: "✓ 达标 met", False: "✗ 未达标 missed", None: "— 未测 not measured"}


@click.command("bench")
@click.option(
    "--seconds",
    type=click.FloatRange(1, 600),
    default=10.0,
    show_default=True,
    help="每项时长(秒) seconds of each load.",
)
@click.option(
    "--units",
    type=click.IntRange(50, 100_000),
    default=4_000,
    show_default=True,
    help="单元数 units, each mortgaged to a bank once.",
)
@click.option(
    "--events",
    type=click.IntRange(300, 10**6),
    default=12_000,
    show_default=True,
    help="单节点事件数 events for the measure of one node.",
)
@click.option("--seed", type=int, default=1, show_default=True, help="种子 seed.")
@click.option(
    "--engine",
    type=click.Choice(ENGINES),
    default=SEQUENCER,
    show_default=True,
    help="排序引擎 the ordering engine.",
)
@local
def command(session: Session, seconds: float, units: int, events: int, seed: int, engine: str) -> None:
    """性能 Measure this machine: final events a second, latency, ingest, audit, memory and disk, each beside its aim.

    \b
    示例 Examples:
      dengbu bench
      dengbu bench --seconds 30 --json
      dengbu bench --engine cometbft
    """
    with (
        tempfile.TemporaryDirectory(prefix="dengbu-bench-") as folder,
        Devnet.create(banks=2, seed=seed, engine=engine) as net,
    ):
        session.say("四个节点 four node processes …")
        net.start()
        report = bench.run(net, Path(folder), units=units, seconds=seconds, seed=seed, events=events)
    session.show(report, lines(report))


def lines(report: dict[str, Any]) -> list[str]:
    """Return the report as lines for people to read."""
    shown = [
        f"engine: {report['engine']}",
        *(f"{name}: {value}" for name, value in report["machine"].items()),
    ]
    aims = [
        [name, one["figure"], one["aim"], one["ratio"], VERDICTS[one["met"]]]
        for name, one in report["aims"].items()
    ]
    figures = [[name, value] for name, value in report["figures"].items() if name not in report["aims"]]
    return [
        *shown,
        *report["ran_out"],
        "",
        *table(aims, ["指标 figure", "实测 measured", "目标 aim", "比 ratio", ""]),
        "",
        *table(figures, ["其他 others", ""]),
    ]
