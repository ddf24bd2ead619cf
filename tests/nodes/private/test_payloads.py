"""Payload traffic between nodes: delivered when wanted, kept until acknowledged, and believed only after the check."""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from nacl.public import PrivateKey

from dengbu.ledger.log.encoding import Malformed, canonical
from dengbu.ledger.log.entry import Entry, make_leaf, parse_leaf
from dengbu.ledger.log.envelope import parse_envelope, seal
from dengbu.ledger.log.keys import Signer
from dengbu.nodes.private import payloads as payloads_module
from dengbu.nodes.private.package import Keyring, Package, PrivatePart, make_package, private_of
from dengbu.nodes.private.payloads import Payloads, Undelivered
from dengbu.nodes.private.vault import Vault
from tests.waiting import WAIT_S_MAX, until

NET = "huizhou.example/2026"
NAMES = ("bank-a", "bank-b", "hz-registry", "hz-tax")
KEYS = {name: PrivateKey.generate() for name in NAMES}
PUBLICS = {name: bytes(key.public_key) for name, key in KEYS.items()}
SECRET = "陈文志的住址"


def entry_of(
    package: Package, index: int = 5, *, to: tuple[str, ...] | None = None, name: str | None = None
) -> Entry:
    """Return an entry whose event names a package; with `to` or `name`, it names something slightly different."""
    private: Any = private_of([package])
    if to is not None:
        private[0]["to"] = sorted(to)
    if name is not None:
        private[0]["name"] = name
    body = {"v": 1, "net": NET, "type": "case.apply", "id": package.event, "actor": package.actor,
            "not_after": 10**12, "data": {}, "private": private}  # fmt: skip
    envelope = parse_envelope(seal(body, [Signer(bytes(32))]))
    decision = {"outcome": "accepted", "register": "0" * 64}
    return parse_leaf(make_leaf(index, 1, 1, "0" * 64, envelope, decision))


class Wire:
    """Carries bytes between the nodes of one process; a node may be cut off or give strange answers."""

    def __init__(self) -> None:
        self.nodes: dict[str, Payloads] = {}
        self.cut: set[str] = set()
        self.strange: bytes | None = None
        self.sent: list[tuple[str, bytes]] = []

    def carrier(self, own: str) -> "Carrier":
        """Return one node's way to the others."""
        return Carrier(self, own)


class Carrier:
    """One node's way to the others."""

    def __init__(self, wire: Wire, own: str) -> None:
        self.wire = wire
        self.own = own

    @property
    def institutions(self) -> list[str]:
        """All institutions but this one."""
        return [other for other in NAMES if other != self.own]

    def send_payloads(self, institution: str, body: bytes) -> bytes:
        """Hand a batch over."""
        if institution in self.wire.cut:
            raise Undelivered("cut off")
        self.wire.sent.append((institution, body))
        if self.wire.strange is not None:
            return self.wire.strange
        return self.wire.nodes[institution].receive(body, self.own)

    def fetch_payload(self, institution: str, commitment: str) -> bytes | None:
        """Ask for one payload."""
        if institution in self.wire.cut:
            raise Undelivered("cut off")
        return self.wire.nodes[institution].serve(commitment, self.own)


class World:
    """Four nodes' payload parts, joined by a wire, and a log that the test writes."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.wire = Wire()
        self.log: dict[tuple[str, str], Entry] = {}
        self.failures: list[BaseException] = []
        self.vaults = {name: Vault(home / f"{name}.db") for name in NAMES}
        for name in NAMES:
            self.open(name)

    def open(self, name: str) -> Payloads:
        """Open a node's payload part over its vault; it is not started yet."""
        made = Payloads(
            NET,
            Keyring(name, KEYS[name]),
            self.vaults[name],
            self.wire.carrier(name),
            self,
            self.failures.append,
        )
        self.wire.nodes[name] = made
        return made

    def envelope_keys(self) -> dict[str, bytes]:
        """Return the public key of every node: this world is the directory of all of them."""
        return PUBLICS

    def event(self, actor: str, event_id: str) -> Entry | None:
        """Return an entry that the test has put into the log."""
        return self.log.get((actor, event_id))

    def close(self) -> None:
        """Stop everything."""
        for node in self.wire.nodes.values():
            node.stop()
        for vault in self.vaults.values():
            vault.close()
        assert self.failures == []


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setattr(payloads_module, "RETRY_FIRST_S", 0.02)
    monkeypatch.setattr(payloads_module, "SEEK_S", 0.05)
    made = World(tmp_path)
    yield made
    made.close()


PARTS = {"terms": PrivatePart({"amount_fen": 80_000_000, "note": SECRET}, ("bank-a", "hz-registry"))}


def send(world: World, event_id: str = "e-1", parts: dict[str, PrivatePart] | None = None) -> list[Package]:
    bank = world.wire.nodes["bank-a"]
    packages = bank.make(event_id, parts or PARTS)
    bank.keep(packages)
    return packages


def test_a_payload_reaches_the_entitled_node_and_nobody_else(world: World) -> None:
    world.wire.nodes["bank-a"].start()
    (package,) = send(world)
    assert world.wire.nodes["bank-a"].wait_delivered([package.commitment], WAIT_S_MAX)
    opened = world.vaults["hz-registry"].get(package.commitment, Keyring("hz-registry", KEYS["hz-registry"]))
    assert opened is not None
    assert opened.value == PARTS["terms"].value
    for other in ("bank-b", "hz-tax"):
        assert world.vaults[other].package(package.commitment) is None
    assert world.vaults["bank-a"].undelivered() == []


def test_delivery_waits_for_a_node_that_is_down_and_survives_a_restart(world: World) -> None:
    world.wire.cut.add("hz-registry")
    first = world.wire.nodes["bank-a"]
    first.start()
    (package,) = send(world)
    until(lambda: "hz-registry" in first.unreachable)
    assert first.wait_delivered([package.commitment], WAIT_S_MAX)  # a dead peer delays nobody
    first.stop()
    assert world.vaults["bank-a"].undelivered() == [("hz-registry", package.commitment)]

    second = world.open("bank-a")
    second.start()
    world.wire.cut.clear()
    until(lambda: world.vaults["hz-registry"].package(package.commitment) is not None)
    until(lambda: world.vaults["bank-a"].undelivered() == [])
    until(lambda: second.unreachable == {})


@pytest.mark.parametrize("answer", [b"", b"{}", b"not json", b'{"accepted":[],"refused":[],"v":1}', b"[]"])
def test_a_strange_answer_is_no_acknowledgement(world: World, answer: bytes) -> None:
    world.wire.strange = answer
    world.wire.nodes["bank-a"].start()
    (package,) = send(world)
    until(lambda: "hz-registry" in world.wire.nodes["bank-a"].unreachable)
    assert world.vaults["bank-a"].undelivered() == [("hz-registry", package.commitment)]
    world.wire.strange = None
    until(lambda: world.vaults["bank-a"].undelivered() == [])


def batch(*packages: Package | dict[str, Any]) -> bytes:
    rows = [orjson.loads(one.raw) if isinstance(one, Package) else one for one in packages]
    return canonical({"v": 1, "packages": rows})


def made(actor: str = "bank-a", net: str = NET, to: tuple[str, ...] = ("bank-a", "hz-registry")) -> Package:
    return make_package(net, actor, "e-9", "terms", PrivatePart({"n": 1}, to), PUBLICS)


def refused(world: World, body: bytes, sender: str = "bank-a", node: str = "hz-registry") -> list[str]:
    answer = orjson.loads(world.wire.nodes[node].receive(body, sender))
    assert answer["accepted"] == []
    return [one["code"] for one in answer["refused"]]


def test_what_is_not_from_its_writer_or_not_for_us_is_refused(world: World) -> None:
    assert refused(world, batch(made()), sender="bank-b") == ["writer"]
    assert refused(world, batch(made(net="other.example"))) == ["net"]
    assert refused(world, batch(made(to=("bank-a", "hz-tax")))) == ["to"]


def test_a_value_that_misses_its_commitment_is_refused(world: World) -> None:
    package = made()
    row = orjson.loads(package.raw)
    other = orjson.loads(made().raw)
    assert refused(world, batch({**row, "commitment": "0" * 64})) == ["commitment"]
    assert refused(world, batch({**row, "event": "e-10"})) == ["commitment"]
    assert refused(world, batch({**row, "box": other["box"]})) == ["package-closed"]
    assert refused(world, batch({**row, "wraps": other["wraps"]})) == ["package-closed"]
    assert world.vaults["hz-registry"].package(package.commitment) is None


def test_one_bad_package_does_not_hold_up_the_others(world: World) -> None:
    good, bad = made(), made(to=("bank-a",))
    answer = orjson.loads(world.wire.nodes["hz-registry"].receive(batch(good, bad), "bank-a"))
    assert answer["accepted"] == [good.commitment]
    assert [one["place"] for one in answer["refused"]] == [1]


@pytest.mark.parametrize("change", [{"name": "other"}, {"to": ("bank-a",)}])
def test_a_payload_that_the_event_in_the_log_does_not_name_is_refused(
    world: World, change: dict[str, Any]
) -> None:
    package = made()
    world.log["bank-a", "e-9"] = entry_of(package, **change)
    assert refused(world, batch(package)) == ["not-named"]


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'{"v":1}', b'{"packages":{},"v":1}', b'{"packages":[],"v":2}', b"{" * 90]
)
def test_a_malformed_batch_is_refused_whole(world: World, body: bytes) -> None:
    with pytest.raises(Malformed):
        world.wire.nodes["hz-registry"].receive(body, "bank-a")


def test_a_batch_over_the_limit_is_refused(world: World) -> None:
    with pytest.raises(Malformed, match="too-large"):
        world.wire.nodes["hz-registry"].receive(b" " * (payloads_module.BATCH_BYTES_MAX + 1), "bank-a")


def test_a_missing_payload_is_asked_for_once_the_log_names_it(world: World) -> None:
    packages = send(world)  # the bank's node is not started, so nothing is delivered
    registry = world.wire.nodes["hz-registry"]
    registry.note([entry_of(packages[0])], 6)
    assert world.vaults["hz-registry"].wanted() == [(packages[0].commitment, ("bank-a",))]
    registry.start()
    until(lambda: world.vaults["hz-registry"].wanted() == [])
    assert world.vaults["hz-registry"].package(packages[0].commitment) is not None


def test_only_the_entitled_are_served(world: World) -> None:
    packages = send(world)
    bank, commitment = world.wire.nodes["bank-a"], packages[0].commitment
    assert bank.serve(commitment, "hz-registry") == packages[0].raw
    assert bank.serve(commitment, "bank-b") is None
    assert bank.serve("0" * 64, "hz-registry") is None
    world.log["bank-a", "e-1"] = entry_of(packages[0], to=("bank-a", "hz-tax"))
    assert bank.serve(commitment, "hz-registry") is None  # the log has the last word on who is entitled


def test_arrivals_are_announced(world: World) -> None:
    seen: list[str] = []
    world.wire.nodes["hz-registry"].on_arrival(
        lambda packages: seen.extend(one.commitment for one in packages)
    )
    package = made()
    world.wire.nodes["hz-registry"].receive(batch(package), "bank-a")
    assert seen == [package.commitment]


def test_large_payloads_go_in_several_batches(world: World) -> None:
    parts = {f"p{n}": PrivatePart({"pad": "x" * 60_000}, ("bank-a", "hz-registry")) for n in range(16)}
    for event in ("e-1", "e-2"):
        send(world, event, parts)
    world.wire.nodes["bank-a"].start()
    until(lambda: world.vaults["bank-a"].undelivered() == [])
    assert len(world.wire.sent) > 1
    assert all(len(body) <= payloads_module.BATCH_BYTES_MAX for _, body in world.wire.sent)


def test_nothing_secret_is_logged(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    world.wire.cut.add("hz-registry")
    world.wire.nodes["bank-a"].start()
    (package,) = send(world)
    until(lambda: "hz-registry" in world.wire.nodes["bank-a"].unreachable)
    row = orjson.loads(package.raw)
    refused(world, batch({**row, "commitment": "0" * 64}))
    text = "".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records)
    assert "peer-unreachable" in text
    assert SECRET not in text
    assert "80000000" not in text
