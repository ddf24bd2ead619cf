"""The homes of a local network: its members, their addresses, and the files that `dengbu node` makes.

    directory/  net.json  policy.txt  genesis.json  passphrase  homes/<id>/  clients/<id>.<scope>.key  logs/<id>.log
                and of a kept demo  receipts/  titles.csv  titles-with-mistakes.csv  mortgage.json  sale.json

The demo keys and the passphrase are stored there in the clear: a network for trying out, never for production.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import subprocess
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from dengbu.api.client import new_key
from dengbu.ledger.register.members import Role
from dengbu.scripts.net.processes import ROOT, alive, dengbu, environ
from dengbu.scripts.settings import NET_FILE

LOOPBACK = "127.0.0.1"
PORTS, ENGINE_PORTS = 2, 2  # API and peers; p2p and RPC
PORT_MAX = 65_535
RECEIPTS = "receipts"
TITLES, MISTAKES, MORTGAGE, SALE = "titles.csv", "titles-with-mistakes.csv", "mortgage.json", "sale.json"
NET_NAME = "dengbu-local"
OFFICER, SYSTEM, AUDITOR = SCOPES = ("officer", "system", "auditor")  # what a client key may do at a node
# The minimum that a keystore accepts: these keys guard nothing, and a network should be up at once.
CHEAP_KDF = ("--kdf-ops", "2", "--kdf-mem-mib", "64")
BANK_NAMES = (
    ("惠州示范银行江北支行", "Huizhou Demo Bank, Jiangbei"),
    ("东江示范银行麦地支行", "Dongjiang Demo Bank, Maidi"),
)


class DevnetError(Exception):
    """The local network could not be made, started or found; the hint is the command that helps, if there is one."""

    def __init__(self, text: str, hint: str = "") -> None:
        super().__init__(text)
        self.hint = hint


class NodeDown(DevnetError):
    """A node of the local network that a command needs does not run."""


@dataclass(frozen=True)
class Member:
    """One node of the network: its institution, its addresses, and its processes while they run."""

    id: str
    role: str
    name_zh: str
    name_en: str
    url: str
    peer: str
    home: str
    p2p: str | None = None  # HOST:PORT of any CometBFT beside it, for the others ...
    rpc: str | None = None  # ... and for its node
    pid: int | None = None
    started: int | None = None
    engine_pid: int | None = None
    engine_started: int | None = None

    @property
    def running(self) -> bool:
        """Whether its node is running."""
        return alive(self.pid, self.started)

    @property
    def engine_running(self) -> bool:
        """Whether the CometBFT beside its node is running."""
        return alive(self.engine_pid, self.engine_started)

    @property
    def places(self) -> list[str]:
        """Where its node listens, each as HOST:PORT."""
        return [urlsplit(url).netloc for url in (self.url, self.peer)]

    @property
    def engine_places(self) -> list[str]:
        """Where any CometBFT beside it listens, each as HOST:PORT."""
        return [place for place in (self.p2p, self.rpc) if place]

    @property
    def complete(self) -> bool:
        """Whether all its processes are running."""
        return self.running and (self.rpc is None or self.engine_running)


@dataclass(frozen=True)
class KeyUser:
    """Who uses a demo client key, and the office (a counter or an outlet) where that is."""

    officer: str
    office: str


def _key_users(officer: str, office: str, system: str) -> dict[str, KeyUser]:
    return {
        OFFICER: KeyUser(officer, office),
        SYSTEM: KeyUser(system, office),
        AUDITOR: KeyUser("auditor-01", "audit-01"),
    }


# Role -> scope -> user. Each has a key of its own, with this one scope.
KEY_USERS: dict[str, dict[str, KeyUser]] = {
    Role.REGISTRY: _key_users("officer-01", "counter-01", "counter-system"),
    Role.TAX: _key_users("officer-01", "hall-01", "hall-system"),
    Role.BANK: _key_users("officer-01", "outlet-01", "outlet-system"),
    Role.COURT: _key_users("judge-01", "chamber-01", "court-system"),
}


@dataclass(frozen=True)
class Layout:
    """The paths in a network's directory."""

    directory: Path

    @property
    def net_file(self) -> Path:
        """The file that describes the network."""
        return self.directory / NET_FILE

    @property
    def new_net_file(self) -> Path:
        """The next description while it is being written."""
        return self.directory / (NET_FILE + ".new")

    @property
    def policy(self) -> Path:
        """The policy file by which receipts of this network are verified."""
        return self.directory / "policy.txt"

    @property
    def genesis(self) -> Path:
        """The genesis file."""
        return self.directory / "genesis.json"

    @property
    def receipts(self) -> Path:
        """The folder of the receipts that a kept demo leaves."""
        return self.directory / RECEIPTS

    @property
    def passphrase(self) -> Path:
        """The passphrase of every keystore of this network."""
        return self.directory / "passphrase"

    @property
    def homes(self) -> Path:
        """The folder of the nodes' homes."""
        return self.directory / "homes"

    def home(self, id: str) -> Path:
        """Return a node's home."""
        return self.homes / id

    def client_key(self, id: str, scope: str) -> Path:
        """Return the file of the demo client key with a scope that a node accepts."""
        return self.directory / "clients" / f"{id}.{scope}.key"

    def log(self, id: str) -> Path:
        """Return the file of a node's output."""
        return self.directory / "logs" / f"{id}.log"

    def engine_log(self, id: str) -> Path:
        """Return the file of the output of the CometBFT beside a node."""
        return self.directory / "logs" / f"{id}.engine.log"

    def remove(self) -> list[str]:
        """Remove what a network keeps here, then the directory; return the names of other files, for which it stays."""
        for folder in (self.homes, self.client_key("", "").parent, self.log("").parent, self.receipts):
            shutil.rmtree(folder, ignore_errors=True)
        own = (self.policy, self.genesis, self.passphrase, self.new_net_file, self.net_file)
        for file in (*own, *(self.directory / name for name in (TITLES, MISTAKES, MORTGAGE, SALE))):
            with suppress(OSError):
                file.unlink()
        with suppress(OSError):
            self.directory.rmdir()
        return sorted(one.name for one in self.directory.iterdir()) if self.directory.is_dir() else []


def founders(
    layout: Layout, banks: int, *, beside: bool = False, port_base: int | None = None
) -> list[Member]:
    """Return a registry, a tax bureau and banks, each with its ports; `beside` adds the ports of a CometBFT.

    Ports are counted from `port_base`, or free ones if it is None. Raises DevnetError for a port in use.
    """
    who = [
        ("hz-registry", Role.REGISTRY, "惠州市不动产登记中心(演示)", "Huizhou Real Estate Registry (demo)"),
        ("hz-tax", Role.TAX, "惠州市税务局(演示)", "Huizhou Tax Bureau (demo)"),
    ]
    for n in range(banks):
        zh, en = BANK_NAMES[n] if n < len(BANK_NAMES) else (f"示范银行{n + 1}号", f"Demo Bank {n + 1}")
        who.append((f"bank-{chr(ord('a') + n)}", Role.BANK, zh, en))
    each_has = PORTS + ENGINE_PORTS * beside
    count = each_has * len(who)
    ports = _free_ports(count) if port_base is None else _ports_from(port_base, count)
    return [_member(layout, each, ports[each_has * n : each_has * (n + 1)]) for n, each in enumerate(who)]


def newcomer(
    layout: Layout, who: tuple[str, str, str, str], others: Iterable[Member], *, beside: bool = False
) -> Member:
    """Return a member that joins later. who: id, role, Chinese name, English name.

    Its ports are the next after those of the others, or free ones where one of these is in use.
    """
    count = PORTS + ENGINE_PORTS * beside
    used = [place for other in others for place in (*other.places, *other.engine_places)]
    try:
        ports = _ports_from(max(int(place.rpartition(":")[2]) for place in used) + 1, count)
    except DevnetError:
        ports = _free_ports(count)
    return _member(layout, who, ports)


def found(layout: Layout, members: Sequence[Member]) -> None:
    """Make every home (in parallel), the genesis that all sign, and client keys for each."""
    for folder in (layout.homes, layout.client_key("x", OFFICER).parent, layout.log("x").parent):
        folder.mkdir(parents=True, exist_ok=True)
    with os.fdopen(
        os.open(layout.passphrase, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
    ) as file:
        file.write(secrets.token_urlsafe(24) + "\n")
    _init(layout, members)
    listen = [part for member in members for part in ("--listen", _listen(member), *_engine_listen(member))]
    out = ("--out", str(layout.genesis), "--policy-out", str(layout.policy))
    homes = [member.home for member in members]
    run("node", "genesis", "--net", NET_NAME, *out, *_secret(layout), *listen, *homes)
    for member in members:
        _give_client_keys(layout, member)


def join(layout: Layout, member: Member, others: Sequence[Member]) -> None:
    """Make the home of a newcomer; a quorum has yet to admit it."""
    _init(layout, [member])
    known = ("--genesis", str(layout.genesis), "--policy", str(layout.policy))
    peers = [part for other in others for part in ("--peer", f"{other.id}={other.peer}")]
    engines = [part for other in others if other.p2p for part in ("--engine-peer", f"{other.id}={other.p2p}")]
    listen = ("--listen", _listen(member), *_engine_listen(member))
    more = engines if member.p2p else []
    run("node", "join", "--home", member.home, *known, *listen, *peers, *more)
    _give_client_keys(layout, member)


def sign(layout: Layout, id: str, event: bytes, cls: str) -> bytes:
    """Seal an event file, or sign it once more, with an institution's event or governance key; return the bytes."""
    home = str(layout.home(id))
    return run("keys", "sign", "--home", home, "--class", cls, *_secret(layout), "-", stdin=event)


def run(*arguments: str, stdin: bytes | None = None) -> bytes:
    """Run a command of `dengbu`; return its output. Raises DevnetError with its error text."""
    done = subprocess.run(
        dengbu(*arguments), input=stdin, capture_output=True, cwd=ROOT, env=environ(), check=False
    )
    if done.returncode:
        raise DevnetError(
            f"命令失败 failed: dengbu {' '.join(arguments[:2])}\n{done.stderr.decode().strip()}"
        )
    return done.stdout


def _init(layout: Layout, members: Sequence[Member]) -> None:
    processes = [
        subprocess.Popen(
            dengbu(
                *("node", "init", "--home", member.home, "--institution", member.id, "--role", member.role),
                *("--name-zh", member.name_zh, "--name-en", member.name_en, *_secret(layout), *CHEAP_KDF),
                *(("--engine", "cometbft") if member.p2p else ()),
            ),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            cwd=ROOT,
            env=environ(),
        )
        for member in members
    ]
    said = [
        process.communicate()[1].decode().strip() for process in processes
    ]  # wait for all before complaining
    for process, complaint in zip(processes, said, strict=True):
        if process.returncode:
            raise DevnetError(f"无法生成密钥 could not make keys: {complaint}")


def _secret(layout: Layout) -> tuple[str, str]:
    return ("--passphrase-file", str(layout.passphrase))


def _listen(member: Member) -> str:
    """Return a member's addresses as `dengbu node` takes them: ID=HOST:API_PORT:PEER_PORT."""
    ports = [str(urlsplit(url).port) for url in (member.url, member.peer)]
    return f"{member.id}={':'.join((LOOPBACK, *ports))}"


def _engine_listen(member: Member) -> tuple[str, ...]:
    """Return a member's engine addresses as an option of `dengbu node`: ID=HOST:P2P_PORT:RPC_PORT."""
    if member.p2p is None or member.rpc is None:
        return ()
    ports = [address.rpartition(":")[2] for address in (member.p2p, member.rpc)]
    return ("--engine-listen", f"{member.id}={':'.join((LOOPBACK, *ports))}")


def _member(layout: Layout, who: tuple[str, str, str, str], ports: Sequence[int]) -> Member:
    api, peer, *engine = ports
    made = Member(
        *who,
        url=f"http://{LOOPBACK}:{api}",
        peer=f"http://{LOOPBACK}:{peer}",
        home=str(layout.home(who[0])),
    )
    if not engine:
        return made
    p2p, rpc = engine
    return replace(made, p2p=f"{LOOPBACK}:{p2p}", rpc=f"{LOOPBACK}:{rpc}")


def check_ports(addresses: Iterable[str]) -> None:
    """Raise DevnetError naming the first of these addresses (HOST:PORT) on which somebody else listens."""
    for address in addresses:
        host, _, port = address.rpartition(":")
        with socket.socket() as one:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                one.bind((host, int(port)))
            except OSError as error:
                raise DevnetError(f"端口被占用 {address} is in use: {error.strerror}") from error


def _ports_from(base: int, count: int) -> list[int]:
    """Return consecutive ports. Raises DevnetError if one is in use or there are not as many."""
    if not 0 < base <= PORT_MAX - count + 1:
        raise DevnetError(f"起始端口须为 1 至 {PORT_MAX - count + 1} the port base must lie in this range")
    check_ports(f"{LOOPBACK}:{base + n}" for n in range(count))
    return list(range(base, base + count))


def _free_ports(count: int) -> list[int]:
    """Return ports that are free now, all different."""
    from dengbu.nodes.founding.addresses import free_ports  # of the extra `node`, which a local network needs

    return free_ports(count)


def _give_client_keys(layout: Layout, member: Member) -> None:
    rows = []
    for scope, user in KEY_USERS[member.role].items():
        signer = new_key(layout.client_key(member.id, scope))
        rows.append({"key": signer.key_id, "public": signer.public.hex(), **asdict(user), "scopes": [scope]})
    (Path(member.home) / "clients.json").write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
