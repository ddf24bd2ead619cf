"""A network on CometBFT, as real processes on loopback, with outlets that file mortgages while things go wrong."""

import sqlite3
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import requests

from dengbu.api.client import Client, DengbuError, OutcomeUnknown, Unreachable
from dengbu.api.client.errors import Unavailable
from dengbu.scripts.net import running
from dengbu.scripts.net.engines import COMETBFT
from dengbu.scripts.net.processes import python, spawn, started_at
from tests.scripts.small_town import SmallTown, small_town
from tests.waiting import until

REGISTRY, TAX, BANKS = "hz-registry", "hz-tax", ("bank-a", "bank-b")
FOUNDERS = (REGISTRY, TAX, *BANKS)
CLIENTS_A_BANK = 2
TITLES = 12
ASK_S = 5.0
DEADLINE_S = 60.0
RETRY_S = 0.2
PAUSE_S = 0.2  # of an outlet after an answer, about as long as the answer took

Cell = tuple[int, bytes]  # an entry's index and leaf


def report(line: str) -> None:
    """Print what was measured; pytest shows it with -s or when a test fails."""
    sys.stdout.write(line + "\n")


@dataclass
class Scene:
    """A network, and the titles on which outlets file mortgages."""

    town: SmallTown
    titles: list[dict[str, Any]]

    @property
    def net(self) -> Any:
        """The network."""
        return self.town.net

    def entries(self, id: str) -> dict[tuple[str, str], Cell]:
        """Return what a node has committed: index and leaf by actor and event id, read from its database."""
        path = Path(self.net.member(id).home) / "ledger.db"
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
            rows = database.execute("SELECT actor, event_id, idx, leaf FROM entries ORDER BY idx").fetchall()
        found = {(actor, event): (index, bytes(leaf)) for actor, event, index, leaf in rows}
        assert len(found) == len(rows), f"{id} has an event twice"
        assert [index for index, _ in found.values()] == list(range(len(rows)))
        return found

    def start_as(self, id: str, *module: str, environ: Mapping[str, str] | None = None) -> None:
        """Start a stopped member with another module (and its first words) for the node, or in another environment."""
        net = self.net
        member, log = running.forget(net.member(id)), net.layout.log(id)
        offset = log.stat().st_size
        secret = ("--passphrase-file", str(net.layout.passphrase))
        changed = [f"{name}={value}" for name, value in (environ or {}).items()]
        process = spawn(["env", *changed, *python(*module), "run", "--home", member.home, *secret], log)
        running._CHILDREN[process.pid] = process
        member = replace(member, pid=process.pid, started=started_at(process.pid))
        running.await_node(net.layout, member, offset, DEADLINE_S)
        net.members[id] = running.start_engine(net.layout, member) if member.rpc else member

    def rpc(self, id: str, question: str) -> Any:
        """Return what the CometBFT beside a node answers."""
        found = requests.get(f"http://{self.net.member(id).rpc}/{question}", timeout=ASK_S).json()
        return found["result"]

    def trouble(self, id: str) -> str | None:
        """Return why a node takes no events, by its health, or that it does not answer; None when it takes them."""
        try:
            check = self.checks(id)["engine"]
        except Unreachable as fault:
            return str(fault)
        return None if check["ok"] else str(check["value"])

    def checks(self, id: str) -> Mapping[str, Any]:
        """Return the checks of a node's health."""
        with self.net.client(id, timeouts=(ASK_S, ASK_S)) as client:
            return dict(client.health().checks)

    def agree(self, among: tuple[str, ...] = FOUNDERS) -> dict[tuple[str, str], Cell]:
        """Wait until these nodes have the same entries, all final under one checkpoint; return the entries."""

        def same() -> Any:
            heads = {self._head(id) for id in among}
            if len(heads) != 1 or None in heads:
                return None
            shown = [self.entries(id) for id in among]
            (head,) = heads
            whole = all(one == shown[0] for one in shown) and len(shown[0]) == head[0]  # type: ignore[index]
            return shown[0] if whole else None

        return until(same, "all nodes have the same entries and final checkpoint")

    def _head(self, id: str) -> tuple[int, bytes] | None:
        with self.net.client(id, timeouts=(ASK_S, ASK_S)) as client:
            try:
                found = client.log.checkpoint()
            except DengbuError:
                return None
        return found.size, found.root


class Work:
    """Outlets that file mortgages at both banks, one after the other; each repeats its own key until it has an answer.

    `done` has what was told to be final: index by actor and key. `open` are the keys not yet answered.
    """

    def __init__(self, scene: Scene, name: str, banks: tuple[str, ...] = BANKS) -> None:
        self._scene = scene
        self._name = name
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self.done: dict[tuple[str, str], int] = {}
        self.open: set[tuple[str, str]] = set()
        self.unanswered: list[str] = []
        self.wrong: list[BaseException] = []
        self._threads = [
            threading.Thread(target=self._run, args=(bank, n))
            for bank in banks
            for n in range(CLIENTS_A_BANK)
        ]

    def __enter__(self) -> "Work":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join()

    def more(self, count: int = 8, banks: tuple[str, ...] = BANKS) -> float:
        """Wait until each of these banks has been told of `count` more final entries; return the seconds it took."""
        began = time.monotonic()
        before = {bank: self._told(bank) for bank in banks}
        until(
            lambda: self.wrong or all(self._told(bank) >= before[bank] + count for bank in banks),
            lambda: f"{count} more final entries at {banks}; last answers: {self.unanswered[-3:]}",
        )
        assert not self.wrong, self.wrong
        return time.monotonic() - began

    def check(self, among: tuple[str, ...] = FOUNDERS) -> None:
        """Check after the work: every node has each entry reported as final, where it was reported, and none twice."""
        assert not self.wrong, self.wrong
        assert not self.open, "a key was given up without an answer"
        entries = self._scene.agree(among)
        assert self.done
        assert {name: entries[name][0] for name in self.done} == self.done
        mine = {name for name in entries if name[1].startswith(f"{self._name}-")}
        assert mine == set(self.done)

    def _told(self, bank: str) -> int:
        return sum(actor == bank for actor, _ in list(self.done))

    def _run(self, bank: str, n: int) -> None:
        try:
            with self._scene.net.client(bank, timeouts=(ASK_S, ASK_S)) as client:
                number = 0
                while not self._stopping.is_set():
                    title = self._scene.titles[(number + n) % len(self._scene.titles)]
                    self._file(client, bank, f"{self._name}-{n}-{number}", title)
                    number += 1
                    self._stopping.wait(PAUSE_S)
        except BaseException as error:  # noqa: BLE001  (a thread tells the test what went wrong in it)
            self.wrong.append(error)

    def _file(self, client: Client, bank: str, key: str, title: Mapping[str, Any]) -> None:
        """File one application and repeat it until its outcome is known, even after the work has ended."""
        body = self._scene.town.mortgage(title, bank)
        with self._lock:
            self.open.add((bank, key))
        end = time.monotonic() + DEADLINE_S
        while time.monotonic() < end:
            try:
                outcome = client.cases.apply(key=key, wait=ASK_S, **body).outcome
            except (Unreachable, Unavailable, OutcomeUnknown) as fault:
                self.unanswered.append(str(fault))
            else:
                if outcome is not None and outcome.final and outcome.index is not None:
                    with self._lock:
                        self.done[(bank, key)] = outcome.index
                        self.open.discard((bank, key))
                    return
                self.unanswered.append("pending")
            self._stopping.wait(RETRY_S)


@contextmanager
def scene(directory: Path, engine: str = COMETBFT) -> Iterator[Scene]:
    """Run a network of four founders with a few titles; it is stopped at the end."""
    town = small_town(directory, engine, 2 * TITLES)
    with town.net:
        yield Scene(town, [town.title() for _ in range(TITLES)])
