"""A local network: homes made by `python -m nodes`, one `python -m api run` process a node, all on loopback.

    directory/  net.json  policy.txt  genesis.json  passphrase  homes/<id>/  clients/<id>.key  logs/<id>.log

`net.json` says all that another shell needs to use the network or take it down. The demo keys lie beside it
in the clear: this is for trying out, never for production.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from signal import SIGKILL
from typing import Any
from urllib.parse import urlsplit

from api.client import Client, load_key, new_key
from scripts.processes import ROOT, alive, end, python, send, spawn, started_at, wait_until

NET_FILE = "net.json"
LOOPBACK = "127.0.0.1"
READY_S = 30.0
GRACE_S = 10.0
NET_NAME = "dengbu-local"
# The floor of what a keystore accepts: these keys guard nothing, and a network should be there at once.
CHEAP_KDF = ("--kdf-ops", "2", "--kdf-mem-mib", "64")
BANKS_MIN, BANKS_MAX = 1, 8
BANK_NAMES = (
    ("惠州示范银行江北支行", "Huizhou Demo Bank, Jiangbei"),
    ("东江示范银行麦地支行", "Dongjiang Demo Bank, Maidi"),
)


class DevnetError(Exception):
    """The local network could not be made, started or found; the text says what to do."""


@dataclass(frozen=True)
class Member:
    """One node of the network: who it is, where it answers, and its process while it runs."""

    id: str
    role: str
    name_zh: str
    name_en: str
    url: str
    peer: str
    home: str
    pid: int | None = None
    started: int | None = None

    @property
    def running(self) -> bool:
        """Whether its process lives."""
        return alive(self.pid, self.started)


@dataclass(frozen=True)
class Desk:
    """Who uses a demo client key: officer and office (a counter or an outlet), and what for."""

    officer: str
    office: str
    scopes: tuple[str, ...]


DESKS = {
    "registry": Desk("officer-01", "counter-01", ("officer", "system", "auditor")),
    "tax": Desk("officer-01", "hall-01", ("officer", "system")),
    "bank": Desk("outlet-system", "outlet-01", ("officer", "system")),
    "court": Desk("judge-01", "chamber-01", ("officer", "system")),
}


class Devnet:
    """A network in a directory; as a context manager it is taken down, and removed if it was temporary."""

    def __init__(
        self, directory: Path, members: Iterable[Member], clients: dict[str, str], seed: int
    ) -> None:
        self.directory = directory
        self.members = {member.id: member for member in members}
        self.clients = clients
        self.seed = seed
        self.temporary = False

    @classmethod
    def create(cls, directory: str | Path | None = None, *, banks: int = 2, seed: int = 0) -> Devnet:
        """Make homes, keys and genesis; nothing runs yet. Without a directory, in a temporary one."""
        if not BANKS_MIN <= banks <= BANKS_MAX:
            raise DevnetError(
                f"银行数量须为 {BANKS_MIN} 至 {BANKS_MAX} banks must be {BANKS_MIN} to {BANKS_MAX}"
            )
        place = Path(directory or tempfile.mkdtemp(prefix="dengbu-net-")).absolute()
        try:
            net = cls(place, _members(place, banks), {}, seed)
            net.temporary = directory is None
            net._make()
        except BaseException:
            if directory is None:
                shutil.rmtree(place, ignore_errors=True)
            raise
        return net

    @classmethod
    def load(cls, directory: str | Path) -> Devnet:
        """The network described by a directory's net.json."""
        path = Path(directory) / NET_FILE
        try:
            found = json.loads(path.read_text())
            members = [Member(**each) for each in found["nodes"]]
            return cls(Path(directory).absolute(), members, found["clients"], found["seed"])
        except FileNotFoundError:
            raise DevnetError(f"没有本地网络 no network in {directory}; make one: dengbu net up") from None
        except (ValueError, KeyError, TypeError) as error:
            raise DevnetError(
                f"网络描述损坏 {path} is damaged: {error}; make a new one: dengbu net up"
            ) from error

    @property
    def policy_path(self) -> Path:
        """The policy file by which receipts of this network are verified."""
        return self.directory / "policy.txt"

    @property
    def genesis_path(self) -> Path:
        """The genesis file."""
        return self.directory / "genesis.json"

    def url(self, id: str) -> str:
        """Where a node's API answers."""
        return self.member(id).url

    def home(self, id: str) -> Path:
        """A node's home folder."""
        return Path(self.member(id).home)

    def client_key(self, id: str) -> Path:
        """The demo client key that a node accepts."""
        self.member(id)
        return Path(self.clients[id])

    @property
    def passphrase_path(self) -> Path:
        """The passphrase of every keystore of this network."""
        return self.directory / "passphrase"

    def log(self, id: str) -> Path:
        """The file that holds what a node printed."""
        return self.directory / "logs" / f"{id}.log"

    def client(self, id: str, **options: Any) -> Client:
        """A client of a node, with its demo key and the network's policy."""
        return Client(
            self.member(id).url, key=load_key(self.client_key(id)), policy=self.policy_path, **options
        )

    def member(self, id: str) -> Member:
        """A member by id; DevnetError names those there are."""
        if id not in self.members:
            raise DevnetError(f"没有该节点 no node {id!r}; there are: {', '.join(self.members)}")
        return self.members[id]

    def by_role(self, role: str) -> list[Member]:
        """Members of a role, in order."""
        return [member for member in self.members.values() if member.role == role]

    def start(self, ids: Sequence[str] | None = None, *, ready_s: float = READY_S) -> None:
        """Start nodes (all by default) and wait until each is ready; DevnetError shows its last lines."""
        chosen = [self.member(id) for id in (ids or self.members) if not self.member(id).running]
        offsets = {member.id: _size(self.log(member.id)) for member in chosen}
        try:
            for member in chosen:
                self._spawn(member)
            self.save()
            for member in chosen:
                self._await_ready(member.id, offsets[member.id], ready_s)
        except BaseException:
            self.stop([member.id for member in chosen])
            raise

    def stop(self, ids: Sequence[str] | None = None, *, grace_s: float = GRACE_S) -> list[str]:
        """Stop nodes (all by default), by SIGTERM and then by force; the ids of those that were forced."""
        chosen = [self.member(id) for id in (self.members if ids is None else ids)]
        running = {member.pid: member for member in chosen if member.running}
        killed = end([(pid, member.started or 0) for pid, member in running.items() if pid], grace_s)
        self._forget(chosen)
        return [running[pid].id for pid in killed]

    def kill(self, id: str) -> None:
        """End a node as a power cut would (SIGKILL) and wait until it is gone."""
        member = self.member(id)
        if not member.running or member.pid is None or member.started is None:
            raise DevnetError(f"节点未在运行 {id} is not running")
        send(member.pid, member.started, SIGKILL)
        wait_until(lambda: not member.running, GRACE_S)
        self._forget([member])

    def admit_home(self, id: str, role: str, name_zh: str, name_en: str) -> Member:
        """Make home and client key of an institution outside the genesis: a quorum must admit it first."""
        api, peer = _free_ports(2)
        member = _member(self.directory, (id, role, name_zh, name_en), api, peer)
        _finish(_init(self, member))
        self._give_client_key(member)
        shutil.copy(self.genesis_path, Path(member.home) / self.genesis_path.name)
        self.members[id] = member
        self.save()
        return member

    def save(self) -> None:
        """Write net.json, whole or not at all."""
        content = {
            "nodes": [asdict(member) for member in self.members.values()],
            "clients": self.clients,
            "policy": str(self.policy_path),
            "genesis": str(self.genesis_path),
            "seed": self.seed,
        }
        beside = self.directory / (NET_FILE + ".new")
        beside.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n")
        beside.replace(self.directory / NET_FILE)

    def remove(self) -> None:
        """Remove the directory; every node must have stopped."""
        running = [member.id for member in self.members.values() if member.running]
        if running:
            raise DevnetError(f"节点仍在运行 still running: {', '.join(running)}; stop them: dengbu net down")
        shutil.rmtree(self.directory, ignore_errors=True)

    def __enter__(self) -> Devnet:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        if self.temporary:
            self.remove()

    def _make(self) -> None:
        if (self.directory / NET_FILE).exists():
            raise DevnetError(
                f"目录已有网络 a network is in {self.directory}; choose another, or: dengbu net down"
            )
        for name in ("homes", "clients", "logs"):
            (self.directory / name).mkdir(parents=True, exist_ok=True)
        _write_secret(self.passphrase_path, secrets.token_urlsafe(24) + "\n")
        for process in [_init(self, member) for member in self.members.values()]:
            _finish(process)
        _finish(_genesis(self))
        for member in self.members.values():
            self._give_client_key(member)
        self.save()

    def _give_client_key(self, member: Member) -> None:
        desk = DESKS[member.role]
        path = self.directory / "clients" / f"{member.id}.key"
        signer = new_key(path)
        row = {"key": signer.key_id, "public": signer.public.hex(), **asdict(desk)}
        (Path(member.home) / "clients.json").write_text(json.dumps([row], indent=1) + "\n")
        self.clients[member.id] = str(path)

    def _spawn(self, member: Member) -> None:
        command = python("api", "run", "--home", member.home, "--passphrase-file", str(self.passphrase_path))
        process = spawn(command, self.log(member.id))
        self.members[member.id] = replace(member, pid=process.pid, started=started_at(process.pid))
        _CHILDREN[process.pid] = process

    def _await_ready(self, id: str, offset: int, ready_s: float) -> None:
        member, log = self.members[id], self.log(id)
        ready = wait_until(lambda: _is_ready(log, offset) or not member.running, ready_s)
        if not ready or not member.running:
            said = log.read_text(errors="replace")[-2000:].strip()
            state = "启动超时 did not become ready in time" if member.running else "启动失败 ended at start"
            raise DevnetError(f"节点 {id} {state}; {log}:\n{said}")

    def _forget(self, members: Sequence[Member]) -> None:
        for member in members:
            child = _CHILDREN.pop(member.pid or 0, None)
            if child is not None:
                child.wait()
            self.members[member.id] = replace(self.members[member.id], pid=None, started=None)
        if (self.directory / NET_FILE).exists():
            self.save()


_CHILDREN: dict[int, subprocess.Popen[bytes]] = {}  # so that this process reaps the nodes that it started


def _members(directory: Path, banks: int) -> list[Member]:
    who = [
        ("hz-registry", "registry", "惠州市不动产登记中心(演示)", "Huizhou Real Estate Registry (demo)"),
        ("hz-tax", "tax", "惠州市税务局(演示)", "Huizhou Tax Bureau (demo)"),
    ]
    for n in range(banks):
        zh, en = BANK_NAMES[n] if n < len(BANK_NAMES) else (f"示范银行{n + 1}号", f"Demo Bank {n + 1}")
        who.append((f"bank-{chr(ord('a') + n)}", "bank", zh, en))
    ports = _free_ports(2 * len(who))
    return [_member(directory, each, *ports[2 * n : 2 * n + 2]) for n, each in enumerate(who)]


def _member(directory: Path, who: tuple[str, str, str, str], api: int, peer: int) -> Member:
    home = str(directory / "homes" / who[0])
    return Member(*who, url=f"http://{LOOPBACK}:{api}", peer=f"http://{LOOPBACK}:{peer}", home=home)


def _free_ports(count: int) -> list[int]:
    """Ports that are free now, all different."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind((LOOPBACK, 0))
        return [each.getsockname()[1] for each in sockets]


def _init(net: Devnet, member: Member) -> subprocess.Popen[str]:
    who = ("--institution", member.id, "--role", member.role)
    names = ("--name-zh", member.name_zh, "--name-en", member.name_en)
    secret = ("--passphrase-file", str(net.passphrase_path))
    return _run("init", "--home", member.home, *who, *names, *secret, *CHEAP_KDF)


def _genesis(net: Devnet) -> subprocess.Popen[str]:
    members = list(net.members.values())
    listen = [part for member in members for part in ("--listen", _listen(member))]
    out = ("--out", str(net.genesis_path), "--policy-out", str(net.policy_path))
    secret = ("--passphrase-file", str(net.passphrase_path))
    homes = [member.home for member in members]
    return _run("genesis", "--net", NET_NAME, *out, *secret, *listen, "--homes", *homes)


def _listen(member: Member) -> str:
    """A member's addresses as `python -m nodes` takes them: ID=HOST:API_PORT:PEER_PORT."""
    ports = [str(urlsplit(url).port) for url in (member.url, member.peer)]
    return f"{member.id}={':'.join((LOOPBACK, *ports))}"


def _run(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        python("nodes", *arguments), text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT
    )


def _finish(process: subprocess.Popen[str]) -> str:
    out, err = process.communicate()
    if process.returncode:
        raise DevnetError(
            f"命令失败 failed ({process.returncode}): {process.args}\n{err.strip() or out.strip()}"
        )
    return out


def _is_ready(log: Path, offset: int) -> bool:
    """Whether a node has printed its ready line: one JSON object with "ready" in it."""
    with log.open("rb") as file:
        file.seek(offset)
        lines = file.read().split(b"\n")
    return any(line.startswith(b"{") and b'"ready"' in line for line in lines[:-1])


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _write_secret(path: Path, text: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
