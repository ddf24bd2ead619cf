"""`dengbu doctor`: finds what on this machine could keep a node or a client from working."""

from __future__ import annotations

import platform
import shutil
import socket
import sqlite3
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path

import click

from dengbu.api.client import Client, DengbuError
from dengbu.scripts import extras
from dengbu.scripts.exits import EXIT_ERROR, EXIT_UNVERIFIED
from dengbu.scripts.net.devnet import Devnet, on
from dengbu.scripts.net.engines import EngineMissing, cometbft
from dengbu.scripts.net.homes import LOOPBACK
from dengbu.scripts.session import Session, remote
from dengbu.scripts.settings import NET_FILE

PYTHON_MIN = (3, 11)
# Before this version, two connections writing and checkpointing at once could damage a WAL database (sqlite.org).
SQLITE_WAL_FIXED = (3, 51, 3)
SQLITE_MIN = (3, 37, 0)  # STRICT tables
DISK_MIN_BYTES = 1 << 30
CLOCK_SKEW_S_MAX = 5.0
TIMEOUT_S = 3.0
ACCESS_LOG = "access-log"
LOG_OF_A_SERVICE = "journalctl -u dengbu-node"  # as docs/deploy.md sets a node up


@dataclass(frozen=True)
class Diagnosis:
    """The result of one check: ok, warn or fail, what was found, and what to do."""

    name: str
    state: str
    found: str
    hint: str = ""
    exit: int = EXIT_ERROR  # exit code of the command if this check fails


@click.command("doctor")
@remote
def command(session: Session) -> None:
    """自检 Check Python, SQLite, clock, ports, disk, packages and the nodes.

    Exit 1 if something fails, 3 if an access log fails verification.

    \b
    示例 Example:
      dengbu doctor --json
    """
    findings = [*_machine(session.net_directory), *_nodes(session)]
    marks = {"ok": "✓", "warn": "!", "fail": "✗"}
    lines = [
        f"{marks[each.state]} {each.name:<10} {each.found}"
        + (f"\n    hint: {each.hint}" if each.hint else "")
        for each in findings
    ]
    failed = [each.exit for each in findings if each.state == "fail"]
    session.show({"ok": not failed, "checks": findings}, lines)
    if failed:
        sys.exit(max(failed))


def _machine(directory: Path) -> Iterator[Diagnosis]:
    good = sys.version_info >= PYTHON_MIN
    yield Diagnosis(
        "python",
        "ok" if good else "fail",
        platform.python_version(),
        "" if good else "Python 3.11 或更新 or newer",
    )
    yield _sqlite(sqlite3.sqlite_version_info)
    yield _disk(directory)
    yield _port()
    year = time.gmtime().tm_year
    yield Diagnosis(
        "clock",
        "ok" if year >= 2026 else "fail",
        time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "" if year >= 2026 else "校准时钟 set the clock: signatures are valid for a minute only",
    )
    yield _engine()
    yield _packages()


def _sqlite(version: tuple[int, int, int]) -> Diagnosis:
    text = ".".join(map(str, version))
    if version < SQLITE_MIN:
        return Diagnosis("sqlite", "fail", text, "需要 3.37 以上(STRICT 表) 3.37 or newer is needed")
    fixed = version >= SQLITE_WAL_FIXED
    note = (
        ""
        if fixed
        else "有 WAL 复位缺陷 has the WAL-reset bug; a node avoids it by its one writer connection"
    )
    return Diagnosis("sqlite", "ok" if fixed else "warn", text, note)


def _engine() -> Diagnosis:
    """Look for CometBFT; only networks ordered by it need it, so its absence is not a fault."""
    try:
        return Diagnosis("cometbft", "ok", str(cometbft()))
    except EngineMissing as fault:
        return Diagnosis("cometbft", "ok", "未安装 not installed", str(fault))


def _disk(directory: Path) -> Diagnosis:
    place = next(each for each in (directory, *directory.parents) if each.exists())
    free = shutil.disk_usage(place).free
    enough = free >= DISK_MIN_BYTES
    return Diagnosis(
        "disk",
        "ok" if enough else "warn",
        f"{free >> 20} MiB 可用 free at {place}",
        "" if enough else "腾出空间 make room",
    )


def _port() -> Diagnosis:
    try:
        with socket.create_server((LOOPBACK, 0)) as server:
            return Diagnosis(
                "ports", "ok", f"可监听 can listen on {LOOPBACK}, for example {server.getsockname()[1]}"
            )
    except OSError as error:
        return Diagnosis("ports", "fail", str(error), "允许监听回环地址 allow listening on loopback")


def _packages() -> Diagnosis:
    """Check the installed packages; those who only use other people's nodes need no extra but `cli`."""
    wanted = [name for extra in (extras.BASE, "cli") for name in extras.missing(extra)]
    if wanted:
        found = f"缺少 missing: {', '.join(wanted)}"
        return Diagnosis("packages", "fail", found, f'pip install "{extras.DISTRIBUTION}[cli]"')
    absent = [extra for extra in extras.OURS if extras.missing(extra)]
    if absent:
        found = f"未安装附加组件 not installed: {', '.join(absent)}"
        return Diagnosis("packages", "ok", found, f'pip install "{extras.DISTRIBUTION}[{",".join(absent)}]"')
    return Diagnosis("packages", "ok", f"附加组件齐全 all extras are installed: {', '.join(extras.OURS)}")


def _nodes(session: Session) -> Iterator[Diagnosis]:
    directory = session.net_directory
    if session.setting("url"):
        yield _node("node", session.setting("url"), LOG_OF_A_SERVICE)
    elif (directory / NET_FILE).exists():
        for member in Devnet.load(directory).members.values():
            if member.running:
                yield _node(member.id, member.url, on(directory, "logs", member.id))
            else:
                yield Diagnosis(member.id, "fail", "未在运行 not running", on(directory, "up"))
    else:
        yield Diagnosis("node", "ok", "未配置节点 no node configured", on(session.net_directory, "up"))


def _node(name: str, url: str, log: str) -> Diagnosis:
    """Ask a node for its health; `log` is the command that shows what it logged."""
    with Client(url, timeouts=(TIMEOUT_S, TIMEOUT_S)) as client:
        try:
            health = client.health()
            answered = client.transport.get("/healthz", accept="text/plain", tries=1)
        except DengbuError as error:
            return Diagnosis(name, "fail", str(error), f"检查节点日志 look at its log: {log}")
    date = answered.headers.get("Date")
    skew = abs(parsedate_to_datetime(date).timestamp() - time.time()) if date else 0.0
    if skew > CLOCK_SKEW_S_MAX:
        return Diagnosis(
            name, "fail", f"时钟相差 clocks differ by {skew:.0f} s", "校准两端时钟 set both clocks (NTP)"
        )
    told = health.checks.get(ACCESS_LOG)
    if told and not told.get("ok"):
        found = f"访问日志核验未通过 the access log fails verification: {told.get('value')}"
        return Diagnosis(
            name, "fail", found, "保留证据 keep the evidence; docs/deploy.md, 9", EXIT_UNVERIFIED
        )
    bad = [check for check, said in health.checks.items() if not said.get("ok")]
    if not health.ready:
        return Diagnosis(name, "warn", f"未就绪 not ready: {', '.join(bad)}", log)
    return Diagnosis(
        name,
        "warn" if health.degraded else "ok",
        f"{url} 就绪 ready" + (f", 降级 degraded: {', '.join(bad)}" if bad else ""),
    )
