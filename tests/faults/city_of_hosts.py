"""Four institutions on four hosts, founded and started as docs/deploy.md says."""

import json
import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from dengbu.api.client import Client, DengbuError, load_key
from dengbu.api.client.errors import Unavailable
from dengbu.ledger.log.merkle import Frontier, leaf_hash
from dengbu.scripts.net.engines import EngineMissing, cometbft
from dengbu.scripts.titles import city
from dengbu.scripts.titles.title_file import bounds_of_today, read_titles
from tests.docs import manual
from tests.faults.hosts import Host, Lan, missing
from tests.scripts.small_town import SmallTown
from tests.waiting import until

FOUNDERS = {"hz-registry": "registry", "hz-tax": "tax", "bank-a": "bank", "bank-b": "bank"}
REGISTRY = "hz-registry"
API = "http://127.0.0.1:8017"
NODE, ENGINE = "dengbu-node.service", "dengbu-engine.service"
PARTS = (NODE, ENGINE)
ASK_S = 5.0
TITLES = 16


def _missing() -> str | None:
    try:
        cometbft()
    except EngineMissing as fault:
        return str(fault)
    return missing()


_WHY = _missing()
needs_hosts = pytest.mark.skipif(_WHY is not None, reason=str(_WHY))


@dataclass
class City:
    """The hosts by institution, and what tests ask of their nodes."""

    hosts: Mapping[str, Host]
    lan: Lan
    engine: str

    def home(self, id: str) -> Path:
        """A node's home."""
        return self.hosts[id].machine / "var/lib/dengbu/node"

    @contextmanager
    def client(self, id: str, name: str = "desk", **options: Any) -> Iterator[Client]:
        """A client of a node, on its own host, with the key of this name: the API listens on loopback there."""
        key = load_key(self.hosts[id].machine / f"etc/dengbu/{name}.key")
        options = {"timeouts": (ASK_S, ASK_S), "policy": self.home(id) / "policy.txt", **options}
        with self.hosts[id].inside(), Client(API, key=key, **options) as client:
            yield client

    def do(self, block: str, id: str, **variables: str) -> str:
        """Run a shell block of the document on a host; return what it prints."""
        host = self.hosts[id]
        script = manual.moved(manual.blocks()[block], host.machine, self.engine)
        who = {
            "ID": id,
            "ROLE": FOUNDERS[id],
            "ADDRESS": host.address,
            "NAME_ZH": "演示",
            "NAME_EN": f"Demo {id}",
        }
        return host.run(
            script, host.machine, PYTHONPATH=str(manual.ROOT), HOME=str(host.machine), **who, **variables
        )

    def start(self, *ids: str) -> None:
        """Start node and engine of hosts as their units do, and wait until each node answers."""
        for id in ids:
            for unit in PARTS:
                self.begin(id, unit)
        for id in ids:
            until(lambda id=id: self.health(id), lambda id=id: f"{id} answers; {self.said(id)}")

    def begin(self, id: str, unit: str) -> None:
        """Start what a unit starts on its host."""
        host = self.hosts[id]
        told = {"CREDENTIALS_DIRECTORY": "/etc/dengbu", "AUTHORITY": f"{id}.example"}
        command = manual.start_command(unit, host.machine, self.engine, told)
        host.start(unit, command, host.machine / f"{unit}.log")

    def end(self, id: str) -> None:
        """End a host's engine, then its node."""
        self.hosts[id].end(ENGINE, NODE)

    def health(self, id: str) -> Mapping[str, Any] | None:
        """Return a node's checks; None when it does not answer."""
        with self.client(id) as client:
            try:
                return dict(client.health().checks)
            except DengbuError:
                return None

    def trouble(self, id: str) -> str | None:
        """Return why a node takes no events or they do not become final; None when all is well."""
        check = (self.health(id) or {"engine": {"ok": False, "value": "no answer"}})["engine"]
        return None if check["ok"] else str(check["value"])

    def age_s(self, id: str) -> float:
        """Return how old, in seconds, a node says the state is that it answers from."""
        with self.client(id) as client:
            said = client.transport.get("/v1/institutions").headers["Dengbu-As-Of"]
        return (datetime.now(UTC) - datetime.fromisoformat(said)).total_seconds()

    def entries(self, id: str) -> list[bytes]:
        """Return the leaves a node has committed, read from its database; fail if an event is among them twice."""
        with closing(sqlite3.connect(f"file:{self.home(id) / 'ledger.db'}?mode=ro", uri=True)) as database:
            rows = database.execute("SELECT actor, event_id, leaf FROM entries ORDER BY idx").fetchall()
        assert len({(actor, event) for actor, event, _ in rows}) == len(rows), f"{id} has an event twice"
        return [bytes(leaf) for _, _, leaf in rows]

    def names(self, id: str) -> list[tuple[str, str]]:
        """Return actor and event id of each entry a node has committed."""
        return [
            (body["actor"], body["id"])
            for body in (json.loads(one)["event"]["body"] for one in self.entries(id))
        ]

    def root(self, id: str, size: int) -> bytes:
        """Return the root of a node's first entries, computed here."""
        frontier = Frontier()
        for leaf in self.entries(id)[:size]:
            frontier.append(leaf_hash(leaf))
        return frontier.root()

    def head(self, id: str) -> tuple[int, bytes] | None:
        """Return size and root of what is final on a node, verified; None when it does not say."""
        with self.client(id) as client:
            try:
                found = client.log.checkpoint()
            except DengbuError:
                return None
        return found.size, found.root

    def agree(self, among: tuple[str, ...] = tuple(FOUNDERS)) -> int:
        """Wait until these nodes have the same entries, all final under one checkpoint; return how many there are."""

        def same() -> int | None:
            heads = {self.head(id) for id in among}
            logs = [self.entries(id) for id in among]
            (head, *others) = heads
            if others or head is None or any(one != logs[0] for one in logs) or len(logs[0]) != head[0]:
                return None
            return head[0]

        return int(until(same, lambda: [(id, self.head(id), self.trouble(id)) for id in among]))

    def said(self, id: str) -> str:
        """Return the last output of a host's processes."""
        logs = [self.hosts[id].machine / f"{unit}.log" for unit in PARTS]
        return "\n".join(path.read_text(errors="replace")[-1500:] for path in logs if path.exists())


def found(city_: City) -> None:
    """Found the network as the document says; the files that people carry from one to the other are copied here."""
    here = {id: host.machine / "var/lib/dengbu/founding" for id, host in city_.hosts.items()}
    for id in FOUNDERS:
        city_.hosts[id].machine.mkdir(parents=True)
        city_.do("directories", id)
        city_.do("init", id)
        shutil.copy(city_.home(id) / "request.json", here[REGISTRY] / f"{id}.request.json")
    city_.do("propose", REGISTRY)
    file = here[REGISTRY] / "proposal.json"
    for id in FOUNDERS:
        if not (here[id] / file.name).exists():
            shutil.copy(file, here[id])
        city_.do("sign", id, FILE=file.name)
        file = here[id] / f"signed-by-{id}.json"
    shown = set()
    for id in FOUNDERS:
        shutil.copy(file, here[id] / "genesis.json")
        sums = [line.split()[0] for line in city_.do("join", id).splitlines()]
        shown.add(tuple(sums))
        city_.do("client", id)
    assert len(shown) == 1, "genesis, policy and the engine's genesis have the same sums everywhere"


@contextmanager
def city_of_hosts(files: Path, prefix: str) -> Iterator[City]:
    """Run four hosts; at the end nothing of them is left but files."""
    lan = Lan(prefix, len(FOUNDERS), files)
    made = City(dict(zip(FOUNDERS, lan.hosts, strict=True)), lan, str(cometbft()))
    try:
        lan.make()
        found(made)
        made.start(*FOUNDERS)
        for id in FOUNDERS:
            until(lambda id=id: made.trouble(id) is None, lambda id=id: made.trouble(id))
        yield made
    finally:
        lan.remove()


def town(city_: City, files: Path) -> SmallTown:
    """Titles to import on these hosts, and applications about them."""
    city.write_csv(files / "titles.csv", 7, 2 * TITLES)
    return SmallTown(city_, read_titles(files / "titles.csv", bounds_of_today()).titles)  # type: ignore[arg-type]


def submitted(city: City, id: str, key: str, body: Mapping[str, Any]) -> Unavailable | None:
    """Hand an application to a node without waiting for its outcome; return the error that refuses it, or None."""
    with city.client(id) as client:
        try:
            client.cases.apply(key=key, wait=0, **body)
        except Unavailable as fault:
            return fault
    return None
