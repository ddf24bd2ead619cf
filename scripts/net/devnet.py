"""A local network, all on loopback: a `dengbu node run` process for each node, and a CometBFT if it orders.

`net.json` describes the network: it holds everything that another shell needs to use it or take it down.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from dengbu.api.client import Client, Outcome, load_key
from dengbu.ledger.register.members import Role
from dengbu.scripts.invocation import command
from dengbu.scripts.net import homes, running
from dengbu.scripts.net.engines import COMETBFT, SEQUENCER, cometbft
from dengbu.scripts.net.homes import OFFICER, SCOPES, DevnetError, Layout, Member
from dengbu.scripts.settings import NET_FILE

READY_S = 30.0
NET_FOLDER = "net"  # proposed inside a folder that is not empty
GRACE_S = 10.0
BANKS, BANKS_MIN, BANKS_MAX = 2, 1, 8
COURT_NAMES = ("惠州市中级人民法院(演示)", "Huizhou Intermediate Court (demo)")


class Devnet:
    """A network in a directory. A context manager takes it down at the end, and removes it if it was temporary."""

    def __init__(self, directory: Path, members: Iterable[Member], seed: int) -> None:
        self.directory = directory
        self.layout = Layout(directory)
        self.members = {member.id: member for member in members}
        self.seed = seed
        self.temporary = False

    @classmethod
    def create(
        cls,
        directory: str | Path | None = None,
        *,
        banks: int = BANKS,
        seed: int = 0,
        engine: str = SEQUENCER,
        port_base: int | None = None,
    ) -> Devnet:
        """Make homes, keys and genesis, in a temporary directory if none is given; nothing runs yet.

        Raises DevnetError, also for a directory with anything in it: a network is removed with its directory.
        """
        if engine == COMETBFT:
            cometbft()  # raises if it is missing
        if not BANKS_MIN <= banks <= BANKS_MAX:
            raise DevnetError(f"银行须为 {BANKS_MIN} 至 {BANKS_MAX} 家 from {BANKS_MIN} to {BANKS_MAX} banks")
        if directory is not None:
            _check_empty(Path(directory).absolute())
        place = Path(directory or tempfile.mkdtemp(prefix="dengbu-net-")).absolute()
        beside = engine == COMETBFT
        try:
            net = cls(place, homes.founders(Layout(place), banks, beside=beside, port_base=port_base), seed)
            net.temporary = directory is None
            net._found()
        except BaseException:
            Layout(place).remove()
            raise
        return net

    @classmethod
    def load(cls, directory: str | Path) -> Devnet:
        """Load the network described by a directory's net.json. Raises DevnetError."""
        path = Path(directory) / NET_FILE
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
            return cls(Path(directory).absolute(), [Member(**each) for each in found["nodes"]], found["seed"])
        except (FileNotFoundError, NotADirectoryError):
            raise DevnetError(f"没有本地网络 no network in {directory}", on(Path(directory), "up")) from None
        except OSError as error:
            raise DevnetError(f"无法读取网络描述 cannot read {path}: {error.strerror}") from error
        except (ValueError, KeyError, TypeError) as error:
            raise DevnetError(f"网络描述损坏 {path} is damaged ({error}); make a new network") from error

    def _found(self) -> None:
        try:
            homes.found(self.layout, list(self.members.values()))
            self.save()
        except OSError as error:
            raise DevnetError(
                f"无法创建网络 cannot make a network in {self.directory}: {error.strerror}: {error.filename}"
            ) from error

    @property
    def engine(self) -> str:
        """The name of the engine that orders the events."""
        return COMETBFT if any(member.rpc for member in self.members.values()) else SEQUENCER

    @property
    def policy_path(self) -> Path:
        """The policy file by which receipts of this network are verified."""
        return self.layout.policy

    def url(self, id: str) -> str:
        """Return the URL of a node's API."""
        return self.member(id).url

    def home(self, id: str) -> Path:
        """Return a node's home folder."""
        return Path(self.member(id).home)

    def client_key(self, id: str, scope: str = OFFICER) -> Path:
        """Return the file of the demo client key with a scope that a node accepts. Raises DevnetError."""
        if scope not in SCOPES:
            raise DevnetError(f"没有该权限 no scope {scope!r}; there are: {', '.join(SCOPES)}")
        return self.layout.client_key(self.member(id).id, scope)

    def client(self, id: str, scope: str = OFFICER, **options: Any) -> Client:
        """Return a client of a node, with its demo key of a scope and the network's policy."""
        key = load_key(self.client_key(id, scope))
        return Client(self.url(id), key=key, policy=self.policy_path, **options)

    def member(self, id: str) -> Member:
        """Return a member by id. Raises DevnetError naming the existing ones."""
        if id not in self.members:
            raise DevnetError(f"没有该节点 no node {id!r}; there are: {', '.join(self.members)}")
        return self.members[id]

    def by_role(self, role: str) -> list[Member]:
        """Return the members of a role, in order."""
        return [member for member in self.members.values() if member.role == role]

    def start(self, ids: Sequence[str] | None = None, *, ready_s: float = READY_S) -> None:
        """Start members (all by default) and wait until each is ready. Raises DevnetError with its last lines.

        Nodes start first, because each listens for the CometBFT beside it.
        """
        chosen = [self.member(id).id for id in (ids or self.members) if not self.member(id).complete]
        logs = {id: self.layout.log(id) for id in chosen}
        offsets = {id: log.stat().st_size if log.exists() else 0 for id, log in logs.items()}
        fresh = [id for id in chosen if not self.members[id].running]
        homes.check_ports(place for id in fresh for place in self.members[id].places)
        try:
            for id in fresh:
                self.members[id] = running.start_node(self.layout, self.members[id])
            self.save()
            for id in fresh:
                running.await_node(self.layout, self.members[id], offsets[id], ready_s)
            self._start_engines(chosen, ready_s)
        except BaseException:
            self.stop(chosen)
            raise

    def stop(self, ids: Sequence[str] | None = None, *, grace_s: float = GRACE_S) -> list[str]:
        """Stop members (all by default) by SIGTERM, then by force; return the ids of those that were forced."""
        chosen = [self.member(id) for id in (self.members if ids is None else ids)]
        forced, left = running.stop(chosen, grace_s)
        self._keep(left)
        return forced

    def kill(self, id: str, parts: Sequence[str] = running.PARTS) -> None:
        """End a member, or parts of it, as a power cut would (SIGKILL), and wait until it is gone."""
        self._keep([running.kill(self.member(id), parts, GRACE_S)])

    def admit_court(self, id: str) -> Outcome:
        """Have a court join: make its home, have the institutions sign its admission, and submit that.

        Its node is not started; `start([id])` does that.
        """
        members = list(self.members.values())
        who = (id, Role.COURT, *COURT_NAMES)
        court = homes.newcomer(self.layout, who, members, beside=self.engine == COMETBFT)
        homes.join(self.layout, court, members)
        request = json.loads((Path(court.home) / "request.json").read_bytes())
        keys = request.pop("keys")
        event = _event("institution.admit", {"institution": request, "keys": keys})
        for member in members:
            event = homes.sign(self.layout, member.id, event, "governance")
        outcome = self._submit(event)
        self.members[id] = court
        self.save()
        return outcome

    def court_event(self, id: str, type: str, data: dict[str, Any]) -> Outcome:
        """Sign an event with an institution's own key, as its own system would, and submit it at the registry."""
        return self._submit(homes.sign(self.layout, self.member(id).id, _event(type, data), "event"))

    def save(self) -> None:
        """Write net.json atomically."""
        content = {
            "nodes": [asdict(member) for member in self.members.values()],
            "clients": {
                id: {scope: str(self.client_key(id, scope)) for scope in SCOPES} for id in self.members
            },
            "policy": str(self.policy_path),
            "genesis": str(self.layout.genesis),
            "seed": self.seed,
        }
        beside = self.layout.new_net_file
        beside.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        beside.replace(self.layout.net_file)

    def remove(self) -> list[str]:
        """Remove the network and its directory; every node must have stopped.

        Whatever somebody else has put there stays, and so does the directory: the names of it are returned.
        """
        alive = [member.id for member in self.members.values() if running.processes_of(member)]
        if alive:
            raise DevnetError(f"节点仍在运行 still running: {', '.join(alive)}", on(self.directory, "down"))
        return self.layout.remove()

    def __enter__(self) -> Devnet:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        if self.temporary:
            self.remove()

    def _submit(self, event: bytes) -> Outcome:
        with self.client(self.by_role(Role.REGISTRY)[0].id) as client:
            outcome = client.events.submit(event, wait=READY_S)
        if not outcome.final:
            raise DevnetError(f"{READY_S:.0f} 秒内未会签完成 not final within {READY_S:.0f} s: {outcome.id}")
        return outcome

    def _start_engines(self, ids: Sequence[str], ready_s: float) -> None:
        beside = [id for id in ids if self.members[id].rpc and not self.members[id].engine_running]
        homes.check_ports(place for id in beside for place in self.members[id].engine_places)
        logs = {id: self.layout.engine_log(id) for id in beside}
        offsets = {id: log.stat().st_size if log.exists() else 0 for id, log in logs.items()}
        for id in beside:
            self.members[id] = running.start_engine(self.layout, self.members[id])
        self.save()
        if not all(member.complete for member in self.members.values()):
            return  # perhaps too few run to decide anything yet; the others are started later
        for id in beside:
            running.await_engine(self.layout, self.members[id], offsets[id], ready_s)

    def _keep(self, members: Iterable[Member]) -> None:
        self.members |= {member.id: member for member in members}
        if self.layout.net_file.exists():
            self.save()


def on(directory: Path, verb: str, *words: str) -> str:
    """Return a command line of `dengbu net` about the network in a directory, to be copied."""
    return command("net", verb, *words, "--net", directory)


def _check_empty(place: Path) -> None:
    """Raise DevnetError if there is a network in a place for a new one, or anything else."""
    if (place / NET_FILE).exists():
        raise DevnetError(f"目录已有网络 a network is in {place}", _ways_on(place))
    try:
        found = sorted(each.name for each in place.iterdir())
    except FileNotFoundError:
        return
    except OSError as error:
        raise DevnetError(f"无法创建网络 cannot make a network in {place}: {error.strerror}") from error
    if found:
        raise DevnetError(
            f"目录非空, 不在其中创建网络 {place} is not empty ({found[0]}): a network is made in a folder of its own",
            on(place / NET_FOLDER, "up"),
        )


def _ways_on(directory: Path) -> str:
    """Return what can be done with a network that is there already: as it runs or as it is down."""
    members = Devnet.load(directory).members.values()
    if all(member.running for member in members):
        return f"查看 look at it: {on(directory, 'status')}; 停止并删除 or remove it: {on(directory, 'down', '--remove')}"
    return f"启动 start it: {on(directory, 'up')}; 删除 or remove it: {on(directory, 'down', '--remove')}"


def _event(type: str, data: dict[str, Any]) -> bytes:
    return json.dumps({"type": type, "data": data}, ensure_ascii=False).encode()
