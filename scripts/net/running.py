"""Starts and ends the processes of a network's members: each a node, some with a CometBFT beside it."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from dengbu.api.client import Client, DengbuError
from dengbu.scripts.net.engines import cometbft
from dengbu.scripts.net.homes import DevnetError, Layout, Member
from dengbu.scripts.net.processes import dengbu, end, send, spawn, started_at, wait_until

COMPLAINT_CHARACTERS = 2000
NODE, ENGINE = "node", "engine"
PARTS = (NODE, ENGINE)
ASK_S = 2.0
ORPHAN_S = 3.0  # CometBFT ends when its node is gone, but now and then hangs on its way out

_CHILDREN: dict[int, subprocess.Popen[bytes]] = {}  # kept so that this process reaps its children


def start_node(layout: Layout, member: Member) -> Member:
    """Start a member's node. An engine left behind by its last node is ended: it would not connect to this one."""
    end(processes_of(member, [ENGINE]), ORPHAN_S)
    member = forget(member)
    command = dengbu("node", "run", "--home", member.home, "--passphrase-file", str(layout.passphrase))
    process = spawn(command, layout.log(member.id))
    _CHILDREN[process.pid] = process
    return replace(member, pid=process.pid, started=started_at(process.pid))


def start_engine(layout: Layout, member: Member) -> Member:
    """Start the CometBFT beside a node that listens for it."""
    command = [str(cometbft()), "start", "--home", str(Path(member.home) / "cometbft")]
    process = spawn(command, layout.engine_log(member.id))
    _CHILDREN[process.pid] = process
    return replace(member, engine_pid=process.pid, engine_started=started_at(process.pid))


def await_node(layout: Layout, member: Member, offset: int, ready_s: float) -> None:
    """Wait for the ready line that a node prints into its log, beyond an offset. Raises `DevnetError`."""
    log = layout.log(member.id)
    ready = wait_until(lambda: _has_ready_line(log, offset) or not member.running, ready_s)
    if ready and member.running:
        return
    state = "启动超时 did not become ready in time" if member.running else "启动失败 ended at start"
    raise DevnetError(f"节点 {member.id} {state}; {log}:\n{_last_words(log, offset)}")


def await_engine(layout: Layout, member: Member, offset: int, ready_s: float) -> None:
    """Wait until a node takes events from its CometBFT; `offset` is where its log began. Raises `DevnetError`."""
    log = layout.engine_log(member.id)
    ready = wait_until(lambda: _takes_events(member) or not member.engine_running, ready_s)
    if ready and member.engine_running:
        return
    state = "未就绪 did not become ready in time" if member.engine_running else "启动失败 ended at start"
    raise DevnetError(f"共识引擎 the engine of {member.id} {state}; {log}:\n{_last_words(log, offset)}")


def processes_of(member: Member, parts: Iterable[str] = PARTS) -> list[tuple[int, int]]:
    """Return id and start time of each running process of a member."""
    found = []
    if NODE in parts and member.running:
        found.append((member.pid or 0, member.started or 0))
    if ENGINE in parts and member.engine_running:
        found.append((member.engine_pid or 0, member.engine_started or 0))
    return found


def signal_parts(member: Member, parts: Iterable[str], signum: signal.Signals) -> None:
    """Send a signal to the running parts of a member. Raises `DevnetError` if none of them runs."""
    found = processes_of(member, parts)
    if not found:
        raise DevnetError(f"节点未在运行 {member.id} is not running")
    for pid, started in found:
        send(pid, started, signum)


def kill(member: Member, parts: Iterable[str], grace_s: float) -> Member:
    """End processes as a power cut would (SIGKILL), wait until they are gone, and return the member without them."""
    found = processes_of(member, parts)
    signal_parts(member, parts, signal.SIGKILL)
    wait_until(lambda: not any(started_at(pid) == started for pid, started in found), grace_s)
    return forget(member)


def stop(members: Iterable[Member], grace_s: float) -> tuple[list[str], list[Member]]:
    """End members by SIGTERM, then by force; return the ids of those that were forced, and all members afterwards.

    Engines end first: a CometBFT that loses its node on its way out may hang.
    """
    chosen = list(members)
    owners = {pid: member.id for member in chosen for pid, _ in processes_of(member)}
    for member in chosen:
        for pid, started in processes_of(member):
            send(pid, started, signal.SIGCONT)  # a suspended process could not end
    killed = []
    for part in (ENGINE, NODE):
        killed += end([one for member in chosen for one in processes_of(member, [part])], grace_s)
    return sorted({owners[pid] for pid in killed}), [forget(member) for member in chosen]


def forget(member: Member) -> Member:
    """Return the member without the processes that have ended."""
    if not member.running:
        _reap(member.pid)
        member = replace(member, pid=None, started=None)
    if not member.engine_running:
        _reap(member.engine_pid)
        member = replace(member, engine_pid=None, engine_started=None)
    return member


def _reap(pid: int | None) -> None:
    child = _CHILDREN.pop(pid or 0, None)
    if child is not None:
        child.wait()


def _takes_events(member: Member) -> bool:
    with Client(member.url, timeouts=(ASK_S, ASK_S)) as client:
        try:
            checks = client.health().checks
        except DengbuError:
            return False
    return bool(checks["engine"]["ok"])


def _last_words(log: Path, offset: int) -> str:
    """Return the end of what this start has written, beyond an offset."""
    return log.read_bytes()[offset:].decode(errors="replace")[-COMPLAINT_CHARACTERS:].strip()


def _has_ready_line(log: Path, offset: int) -> bool:
    """Return whether a node has printed its ready line, one JSON object with "ready" in it."""
    with log.open("rb") as file:
        file.seek(offset)
        lines = file.read().split(b"\n")
    return any(line.startswith(b"{") and b'"ready"' in line for line in lines[:-1])
