"""`dengbu demo`: the whole story on a local network of four node processes, in one command."""

from __future__ import annotations

import signal
import sys
import tempfile
import time
from pathlib import Path
from types import FrameType

import click

from dengbu.scripts import story
from dengbu.scripts.net.devnet import Devnet
from dengbu.scripts.net.engines import ENGINES, SEQUENCER
from dengbu.scripts.session import Session, networked
from dengbu.scripts.story.narrator import Narrator

UNITS_MIN, UNITS_MAX, UNITS_DEFAULT = 20, 100_000, 1_000


@click.command("demo")
@click.option(
    "--seed", type=int, default=20261122, show_default=True, help="城市的种子 seed of the made-up city."
)
@click.option(
    "--units",
    type=click.IntRange(UNITS_MIN, UNITS_MAX),
    default=UNITS_DEFAULT,
    show_default=True,
    help="单元数 units.",
)
@click.option(
    "--engine",
    type=click.Choice(ENGINES),
    default=SEQUENCER,
    show_default=True,
    help="排序引擎 the ordering engine.",
)
@click.option("--keep", is_flag=True, help="讲完后保留网络 leave the network up and say how to reach it.")
@networked
def command(session: Session, seed: int, units: int, engine: str, keep: bool) -> None:
    """演示 A registry, a tax bureau and two banks register a mortgage and a sale together; every answer is proved.

    \b
    示例 Examples:
      dengbu demo
      dengbu demo --keep --units 5000
      dengbu demo --engine cometbft
    """
    signal.signal(signal.SIGTERM, _interrupt)  # like Ctrl-C: nothing is left behind
    say = Narrator(as_json=session.as_json)
    began = time.monotonic()
    net = Devnet.create(session.net_directory if keep else None, banks=2, seed=seed, engine=engine)
    with tempfile.TemporaryDirectory(prefix="dengbu-demo-") as folder:
        try:
            made = time.monotonic()
            net.start()
            ready = time.monotonic()
            say.line(
                f"四个节点就绪：建网 {made - began:.1f} 秒，启动 {ready - made:.1f} 秒",
                f"four nodes ready: network made in {made - began:.1f} s, nodes started in {ready - made:.1f} s",
                made_s=round(made - began, 3),
                ready_s=round(ready - made, 3),
            )
            _tell(story.Story(net, say, seed, units, Path(folder)), keep)
        except BaseException:
            net.stop()
            net.remove()
            raise
        if keep:
            _say_how(session, net, say)
            return
        net.stop()
        net.remove()


def _tell(told: story.Story, keep: bool) -> None:
    story.tell(told)
    if keep:
        told.say.line(
            "场景 g、h 需要停止节点, --keep 时不演示", "scenes g and h stop nodes, so --keep leaves them out"
        )
    else:
        story.scene_tampering(told)
        told.net.stop()
        story.scene_offline(told)
    told.say.line(
        f"全部完成，共 {told.say.elapsed_s:.1f} 秒", f"the whole story took {told.say.elapsed_s:.1f} s"
    )


def _say_how(session: Session, net: Devnet, say: Narrator) -> None:
    """Say where the kept network is, with a command to copy for each node."""
    for member in net.members.values():
        if member.running:
            say.line(
                f"{member.id}: {member.url}",
                f"curl -s {member.url}/v1/checkpoint",
                node=member.id,
                url=member.url,
            )
    say.line(f"网络目录 {net.directory}", f"dengbu net status --net {net.directory}")
    say.line("结束网络", f"dengbu net down --remove --net {net.directory}")
    session.show(
        {"net": str(net.directory), "urls": {member.id: member.url for member in net.members.values()}}, []
    )


def _interrupt(signum: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(command.main())
