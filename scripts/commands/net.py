"""`dengbu net`: a local network of node processes."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import click

from dengbu.api.client import Client, DengbuError
from dengbu.scripts.exits import EXIT_UNREACHABLE, EXIT_UNVERIFIED
from dengbu.scripts.net.devnet import BANKS, BANKS_MAX, BANKS_MIN, Devnet, on
from dengbu.scripts.net.engines import ENGINES, SEQUENCER
from dengbu.scripts.net.homes import DevnetError, Member
from dengbu.scripts.net.running import processes_of
from dengbu.scripts.session import Session, networked, port_base, table
from dengbu.scripts.settings import NET_FILE

STATUS_TIMEOUT_S = 3.0
LINES = 20
FOLLOW_S = 0.2


@click.group("net")
def command() -> None:
    """本地网络 A local network: registry, tax bureau and banks, each a process of its own.

    \b
    示例 Examples:
      dengbu net up --banks 3
      dengbu net status
      dengbu net kill hz-tax        断电 as a power cut would
      dengbu net up                 再次启动 start what has stopped
      dengbu net down --remove
    """


@command.command("up")
@click.option(
    "--banks", type=click.IntRange(BANKS_MIN, BANKS_MAX), help=f"银行数量 banks; {BANKS} if not said."
)
@click.option("--seed", type=int, help="演示数据的种子 seed of demo data.")
@click.option(
    "--engine", type=click.Choice(ENGINES), help=f"排序引擎 the ordering engine; {SEQUENCER} if not said."
)
@port_base
@networked
def up(
    session: Session, banks: int | None, seed: int | None, engine: str | None, port_base: int | None
) -> None:
    """创建并启动 Make the network if there is none, and start every node that is not running.

    The options say what a new network is to be: a network that is there already stays as it is.

    \b
    示例 Examples:
      dengbu net up --net ./net --banks 2
      dengbu net up --net ./net --port-base 8100
      dengbu net up --net ./bft --engine cometbft
    """
    began = time.monotonic()
    directory = session.net_directory
    given = {"banks": banks, "seed": seed, "engine": engine, "port_base": port_base}
    asked: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    if not (directory / NET_FILE).exists():
        session.say(f"创建网络 making a network in {directory} …")
        net = Devnet.create(directory, **asked)
    else:
        net = Devnet.load(directory)
        if asked:
            raise DevnetError(
                f"网络已存在, 不能更改 the network in {directory} is there already, and stays as it was made",
                on(directory, "up"),
            )
    made = time.monotonic()
    net.start()
    ready = time.monotonic()
    session.say(f"就绪 ready: 创建 made {made - began:.1f} s, 启动 started {ready - made:.1f} s")
    lines = [f"{member.id:<12} {member.url}  {member.name_zh}" for member in net.members.values()]
    lines += [
        "",
        f"curl {next(iter(net.members.values())).url}/v1/checkpoint",
        on(directory, "status"),
        on(directory, "down"),
    ]
    session.show(_facts(net), lines)


@command.command("status")
@networked
def status(session: Session) -> None:
    """状态 Show every node: process, log size, root, readiness; exit 4 if a node is down, 3 if two nodes differ.

    \b
    示例 Example:
      dengbu net status --json
    """
    net = Devnet.load(session.net_directory)
    rows = [_row(net, member) for member in net.members.values()]
    agree = _agree(rows)
    shown = [
        (row["id"], row["role"], row["url"], _state(row), row["size"], (row["root"] or "")[:16])
        for row in rows
    ]
    session.show(
        {"nodes": rows, "agree": agree},
        [
            *table(shown, ("节点 node", "角色 role", "地址 URL", "状态 state", "条目 size", "根 root")),
            ""
            if agree
            else "⚠ 条目数相同而根不同 two roots at the same size: this is a fork; stop and compare evidence",
        ],
    )
    down = [row["id"] for row in rows if not row["running"] or not row.get("engine_running", True)]
    if down:
        session.say(f"未在运行 not running: {', '.join(down)}\nhint: {on(net.directory, 'up')}")
    if not agree:
        raise SystemExit(EXIT_UNVERIFIED)
    if not all(row["ready"] for row in rows):
        raise SystemExit(EXIT_UNREACHABLE)


@command.command("down")
@click.option(
    "--remove", is_flag=True, help="并删除网络及其目录 remove the network and its directory as well."
)
@networked
def down(session: Session, remove: bool) -> None:
    """停止 Stop every node; from any shell.

    \b
    示例 Example:
      dengbu net down --remove
    """
    net = Devnet.load(session.net_directory)
    stopped = [member.id for member in net.members.values() if processes_of(member)]
    killed = net.stop()
    left = net.remove() if remove else []
    said = f"已停止 stopped: {', '.join(stopped) or '-'}"
    forced = [f"强制结束 had to be killed: {', '.join(killed)}"] if killed else []
    again = (on(net.directory, "up"), on(net.directory, "down", "--remove"))
    gone = (
        [f"已删除 removed {net.directory}"]
        if remove
        else [f"再次启动 start it again: {again[0]}", f"删除 remove it: {again[1]}"]
    )
    if left:
        gone = [f"已删除网络; 目录保留 removed the network; {net.directory} stays with: {', '.join(left)}"]
    facts = {"stopped": stopped, "killed": killed, "removed": remove, "left": left}
    session.show(facts, [said, *forced, *gone])


@command.command("kill")
@click.argument("node")
@networked
def kill(session: Session, node: str) -> None:
    """断电 End one node at once, as a power cut would (SIGKILL).

    \b
    示例 Example:
      dengbu net kill hz-tax && dengbu net up
    """
    net = Devnet.load(session.net_directory)
    net.kill(node)
    session.show(
        {"killed": node}, [f"已强制结束 killed {node}; 重新启动 start it again: {on(net.directory, 'up')}"]
    )


@command.command("logs")
@click.argument("node")
@click.option("--engine", is_flag=True, help="共识引擎的日志 the output of the CometBFT beside it.")
@click.option("-n", "lines", type=click.IntRange(1), default=LINES, show_default=True, help="行数 lines.")
@click.option("-f", "--follow", is_flag=True, help="持续显示 go on as the file grows.")
@networked
def logs(session: Session, node: str, engine: bool, lines: int, follow: bool) -> None:
    """日志 Show a node's output.

    \b
    示例 Example:
      dengbu net logs hz-registry -f
    """
    net = Devnet.load(session.net_directory)
    net.member(node)
    path = net.layout.engine_log(node) if engine else net.layout.log(node)
    text = path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
    session.show({"node": node, "lines": text.splitlines()[-lines:]}, text.splitlines()[-lines:])
    if follow:
        _follow(path, len(text.encode()))


def _follow(path: Path, offset: int) -> None:
    with path.open("rb") as file:
        file.seek(offset)
        while True:
            click.echo(file.read().decode(errors="replace"), nl=False)
            time.sleep(FOLLOW_S)


def _facts(net: Devnet) -> dict[str, Any]:
    nodes = [
        {"id": member.id, "role": member.role, "url": member.url, "pid": member.pid}
        | ({"engine_pid": member.engine_pid} if member.rpc else {})
        for member in net.members.values()
    ]
    return {"directory": net.directory, "nodes": nodes, "policy": net.policy_path}


def _row(net: Devnet, member: Member) -> dict[str, Any]:
    row: dict[str, Any] = {"id": member.id, "role": member.role, "url": member.url, "pid": member.pid}
    row |= {
        "running": member.running,
        "ready": False,
        "degraded": None,
        "size": None,
        "root": None,
        "cosigners": [],
    }
    if member.rpc:
        row |= {"engine_pid": member.engine_pid, "engine_running": member.engine_running, "trouble": None}
    if not member.running:
        return row
    with Client(member.url, policy=net.policy_path, timeouts=(STATUS_TIMEOUT_S, STATUS_TIMEOUT_S)) as client:
        try:
            health = client.health()
            head = client.log.checkpoint()
        except DengbuError as error:
            return {**row, "error": str(error)}
    if member.rpc:
        row["trouble"] = None if health.checks["engine"]["ok"] else health.checks["engine"]["value"]
    return {
        **row,
        "ready": health.ready,
        "degraded": health.degraded,
        "size": head.size,
        "root": head.root.hex(),
        "cosigners": [name for name, _ in head.cosigners],
    }


def _state(row: dict[str, Any]) -> str:
    if not row["running"]:
        return "已停止 stopped"
    if "error" in row:
        return f"无应答 no answer ({row['error'][:40]})"
    if not row.get("engine_running", True):
        return "共识引擎已停止 engine stopped"
    if row.get("trouble"):
        return f"只读 read only ({row['trouble'][:40]})"
    return "就绪 ready" if row["ready"] else "未就绪 not ready"


def _agree(rows: list[dict[str, Any]]) -> bool:
    """Return whether all nodes with the same number of entries have the same root."""
    roots: dict[int, str] = {}
    return all(
        roots.setdefault(row["size"], row["root"]) == row["root"] for row in rows if row["size"] is not None
    )
