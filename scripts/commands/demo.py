"""`dengbu demo`: the whole story on a local network of four node processes, in one command."""

from __future__ import annotations

import signal
import sys
import tempfile
import time
import webbrowser
from pathlib import Path
from types import FrameType

import click

from dengbu.scripts import story
from dengbu.scripts.net.devnet import Devnet
from dengbu.scripts.net.engines import ENGINES, SEQUENCER
from dengbu.scripts.session import Session, networked, port_base
from dengbu.scripts.story import afterwards
from dengbu.scripts.story.narrator import Narrator
from dengbu.scripts.story.stage import REGISTRY

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
@click.option("--keep", is_flag=True, help="讲完后保留网络 leave the network up and say what to do with it.")
@click.option("--open", "open_", is_flag=True, help="并打开浏览器 and open the registry's page; with --keep.")
@port_base
@networked
def command(
    session: Session,
    seed: int,
    units: int,
    engine: str,
    keep: bool,
    open_: bool,
    port_base: int | None,
) -> None:
    """演示 A registry, a tax bureau and two banks register a mortgage and a sale together; every answer is proved.

    \b
    示例 Examples:
      dengbu demo
      dengbu demo --keep --net ./net --units 5000
      dengbu demo --keep --open --port-base 8100
      dengbu demo --engine cometbft
    """
    if not keep and (session.given("net") or open_):
        raise click.UsageError(
            "--net 与 --open 须与 --keep 同用 --net and --open go with --keep: otherwise the network is removed"
        )
    signal.signal(signal.SIGTERM, _interrupt)  # like Ctrl-C: nothing is left behind
    say = Narrator(as_json=session.as_json)
    began, place = time.monotonic(), session.net_directory if keep else None
    net = Devnet.create(place, banks=2, seed=seed, engine=engine, port_base=port_base)
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
            deeds, left = _tell(story.Story(net, say, seed, units, place or Path(folder)), keep)
        except BaseException:
            net.stop()
            net.remove()
            raise
        if left is not None:
            net.start()  # the court's node, too, which has joined meanwhile
            _say_how(session, net, deeds, left)
            if open_:
                webbrowser.open(net.url(REGISTRY))
            return
        net.stop()
        net.remove()


def _tell(told: story.Story, keep: bool) -> tuple[story.Deeds, story.Open | None]:
    deeds = story.tell(told)
    left = story.leave(told) if keep else None
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
    return deeds, left


def _say_how(session: Session, net: Devnet, deeds: story.Deeds, left: story.Open) -> None:
    """Say where everything is, and print a command to copy for each thing to try, by role."""
    todo = list(afterwards.steps(net, deeds, left))
    facts = {
        "net": str(net.directory),
        "urls": {member.id: member.url for member in net.members.values() if member.running},
        "units": {"mortgaged": deeds.mortgaged["unit"], "sold": deeds.sold["unit"]},
        "certificate": deeds.sold["certificate"],
        "policy": str(net.policy_path),
        "receipts": str(net.layout.receipts),
        "application": str(left.application),
        "sale_application": str(left.sale_application),
        "sale": left.sale,
        "commands": [step.line for _, these in todo for step in these],
    }
    session.show(facts, afterwards.page(net, deeds, todo))


def _interrupt(signum: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(command.main())
