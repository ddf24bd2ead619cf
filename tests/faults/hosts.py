"""Separate hosts on one machine: a network namespace for each, and two switches joined by a cable.

    host 1  host 2                    host 3  host 4
      |       |                         |       |
     [ left switch ] ---- trunk ---- [ right switch ]

Cutting a cable is taking the switch's end of it down, as nobody tells the host. Both switches are in a namespace too, so
that deleting the namespaces leaves nothing behind.
"""

import ctypes
import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from dengbu.scripts.net.processes import end, spawn, started_at

CLONE_NEWNET = 0x40000000
NAMESPACES = Path("/run/netns")
TRUNK = "trunk"
SWITCHES = ("left", "right")
END_S = 10.0
COMMAND_S = 120.0
_libc = ctypes.CDLL(None, use_errno=True)


def missing() -> str | None:
    """Return why this machine cannot have separate hosts; None if it can."""
    if os.geteuid() != 0:
        return "network namespaces need root"
    if shutil.which("ip") is None:
        return "there is no `ip` (iproute2)"
    probe = Lan(f"dbtest-{os.getpid()}-p", 1)
    try:
        probe.make()
    except subprocess.CalledProcessError as fault:
        return f"no network namespaces here: {' '.join(fault.cmd)}: {fault.stderr.strip()}"
    finally:
        probe.remove()
    return None


@dataclass
class Host:
    """A machine with one address. Its files lie under a folder; its processes are those that were started on it."""

    number: int
    namespace: str
    machine: Path
    processes: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)

    @property
    def address(self) -> str:
        """Its address on the network."""
        return f"10.77.0.{self.number}"

    @contextmanager
    def inside(self) -> Iterator[None]:
        """Put this thread on this host: what it opens in the meantime, it opens there."""
        with open("/proc/thread-self/ns/net") as own, open(NAMESPACES / self.namespace) as there:
            _enter(there)
            try:
                yield
            finally:
                _enter(own)

    def run(self, script: str, cwd: Path, **variables: str) -> str:
        """Run a shell script on this host; return what it prints. Raises AssertionError with its output if it fails."""
        done = subprocess.run(
            ["ip", "netns", "exec", self.namespace, "bash", "-euo", "pipefail", "-c", script],
            capture_output=True,
            text=True,
            cwd=cwd,
            env={**os.environ, **variables},
            timeout=COMMAND_S,
            check=False,
        )
        assert done.returncode == 0, f"{self.namespace}: {script}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def start(self, name: str, command: Sequence[str], log: Path) -> None:
        """Start a process on this host under a name."""
        self.processes[name] = spawn(["ip", "netns", "exec", self.namespace, *command], log)

    def kill(self, name: str) -> None:
        """Kill a process, as a power cut would."""
        process = self.processes.pop(name)
        process.kill()
        process.wait()

    def end(self, *names: str) -> None:
        """End processes by name, in this order; name those that listen last."""
        for name in names:
            process = self.processes.pop(name, None)
            if process is not None:
                started = started_at(process.pid)
                end([(process.pid, started)] if started else [], END_S)
                process.wait()


class Lan:
    """The network of some hosts; `make` raises CalledProcessError."""

    def __init__(self, prefix: str, count: int, files: Path = Path("/nonexistent")) -> None:
        self._switches = f"{prefix}-net"
        self.hosts = [Host(n, f"{prefix}-{n}", files / f"host-{n}") for n in range(1, count + 1)]

    def make(self) -> None:
        """Make the switches, the hosts and the cables."""
        _ip("netns", "add", self._switches)
        for switch in SWITCHES:
            self._here("link", "add", switch, "type", "bridge")
            self._here("link", "set", switch, "up")
        self._here("link", "add", TRUNK, "type", "veth", "peer", "name", f"{TRUNK}-2")
        for cable, switch in ((TRUNK, "left"), (f"{TRUNK}-2", "right")):
            self._here("link", "set", cable, "master", switch, "up")
        for host in self.hosts:
            self._connect(host)

    def remove(self) -> None:
        """End what still runs on the hosts, and remove hosts and switches."""
        for host in self.hosts:
            host.end(*reversed(list(host.processes)))
        for namespace in (*(host.namespace for host in self.hosts), self._switches):
            if (NAMESPACES / namespace).exists():
                _ip("netns", "del", namespace)

    @contextmanager
    def cut(self, cable: str) -> Iterator[None]:
        """Pull a cable, and plug it in again at the end: the trunk, or a host's by its number."""
        self._here("link", "set", cable, "down")
        try:
            yield
        finally:
            self._here("link", "set", cable, "up")

    def _connect(self, host: Host) -> None:
        cable = str(host.number)
        _ip("netns", "add", host.namespace)
        self._here("link", "add", cable, "type", "veth", "peer", "name", "eth0", "netns", host.namespace)
        side = SWITCHES[host.number * 2 > len(self.hosts)]
        self._here("link", "set", cable, "master", side, "up")
        _ip("-n", host.namespace, "addr", "add", f"{host.address}/24", "dev", "eth0")
        for device in ("lo", "eth0"):
            _ip("-n", host.namespace, "link", "set", device, "up")

    def _here(self, *arguments: str) -> None:
        _ip("-n", self._switches, *arguments)


def cable(host: Host) -> str:
    """Return the name of a host's cable."""
    return str(host.number)


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True, text=True)


def _enter(namespace: IO[str]) -> None:
    if _libc.setns(namespace.fileno(), CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")
