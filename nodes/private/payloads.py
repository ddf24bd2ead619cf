"""Moves private payloads: makes them, delivers them until acknowledged, checks arrivals, asks for missing ones.

The vault records what waits for delivery and what is missing, so both survive a crash. One thread for each peer sends
everything that waits for it in one request, so a slow or dead peer delays nobody else. Nothing here logs a value.
"""

import logging
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

from dengbu.ledger.log.encoding import JSONValue, Malformed, canonical, parse
from dengbu.ledger.log.entry import Entry
from dengbu.nodes.home.clock import now_ms
from dengbu.nodes.private.package import (
    Keyring,
    Package,
    PrivatePart,
    make_package,
    package_of,
    parse_package,
)
from dengbu.nodes.private.vault import Bound, Vault

BATCH_BYTES_MAX = 1_048_576
RETRY_FIRST_S = 0.25
RETRY_MAX_S = 15.0
SEEK_S = 5.0  # between two attempts to fetch missing payloads
HOUSEKEEPING_S = 600.0

log = logging.getLogger("dengbu.payloads")


class Undelivered(Exception):
    """A peer could not be reached or did not answer as agreed; the payload waits and is sent again."""


class Carrier(Protocol):
    """Carries payloads to and from other nodes, in signed requests."""

    @property
    def institutions(self) -> Iterable[str]:
        """The institutions whose nodes it can reach."""

    def send_payloads(self, institution: str, body: bytes) -> bytes:
        """POST the body to the peer's /payloads; return its answer. Raises Undelivered."""

    def fetch_payload(self, institution: str, commitment: str) -> bytes | None:
        """GET /payloads/<commitment> from the peer; return None if it does not give it. Raises Undelivered."""


class Directory(Protocol):
    """What the log says about payloads."""

    def envelope_keys(self) -> Mapping[str, bytes]:
        """Return the X25519 key of each institution that payloads may be sent to."""

    def event(self, actor: str, event_id: str) -> Entry | None:
        """Return the entry of an institution's event; None if it is not in the log."""


class Payloads:
    """One node's payload traffic."""

    def __init__(
        self,
        net: str,
        keyring: Keyring,
        vault: Vault,
        carrier: Carrier,
        directory: Directory,
        failed: Callable[[BaseException], None],
    ) -> None:
        self._net = net
        self._keyring = keyring
        self._vault = vault
        self._carrier = carrier
        self._directory = directory
        self._failed = failed
        self._changed = threading.Condition()
        self._stopped = threading.Event()
        peers = tuple(carrier.institutions)
        self._waiting: dict[str, set[str]] = {peer: set() for peer in peers}
        self._down: dict[str, str] = {}  # peer -> why it could not be reached last time
        self._arrived: list[Callable[[Sequence[Package]], None]] = []
        for institution, commitment in vault.undelivered():
            self._waiting.setdefault(institution, set()).add(commitment)
        names = [("payloads-seek", self._seek, ())]
        self._threads = [threading.Thread(name=name, target=run, args=args) for name, run, args in names]
        self._threads += [
            threading.Thread(name=f"payloads-{peer}", target=self._deliver, args=(peer,)) for peer in peers
        ]

    def start(self) -> None:
        """Start delivering payloads and asking for missing ones."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End and join the threads; what waits stays in the vault."""
        self._stopped.set()
        with self._changed:
            self._changed.notify_all()
        for thread in self._threads:
            if thread.ident is not None:
                thread.join()

    def on_arrival(self, listener: Callable[[Sequence[Package]], None]) -> None:
        """Call the listener with each batch of packages that comes in."""
        self._arrived.append(listener)

    @property
    def unreachable(self) -> dict[str, str]:
        """Peers that could not be reached last time, each with the reason."""
        return dict(self._down)

    @property
    def undelivered(self) -> dict[str, int]:
        """How many payloads wait for each peer."""
        with self._changed:
            return {peer: len(waiting) for peer, waiting in self._waiting.items()}

    def make(self, event_id: str, private: Mapping[str, PrivatePart]) -> list[Package]:
        """Make the packages for an own event's private parts. Raises Malformed naming a part that cannot be sealed."""
        keys = self._directory.envelope_keys()
        own = self._keyring.institution
        return [
            make_package(self._net, own, event_id, name, part, keys) for name, part in sorted(private.items())
        ]

    def keep(self, packages: Sequence[Package]) -> None:
        """Keep an own event's packages, and queue them for the entitled peers."""
        own = self._keyring.institution
        self._vault.put(packages, deliver_for=own)
        with self._changed:
            for package in packages:
                for institution in package.to:
                    if institution != own:
                        self._waiting.setdefault(institution, set()).add(package.commitment)
            self._changed.notify_all()

    def wait_delivered(self, commitments: Sequence[str], timeout_s: float) -> bool:
        """Wait until every peer that is not known to be down has these payloads; return whether they have in time."""
        wanted = set(commitments)

        def done() -> bool:
            return self._stopped.is_set() or not any(
                wanted & waiting for peer, waiting in self._waiting.items() if peer not in self._down
            )

        with self._changed:
            return self._changed.wait_for(done, timeout_s)

    def receive(self, raw: bytes, sender: str) -> bytes:
        """Take a peer's batch; return an answer naming what was accepted, and what was refused with a code.

        Raises Malformed if the batch as a whole has the wrong shape.
        """
        value = parse(raw, limit=BATCH_BYTES_MAX)
        rows = value.get("packages") if isinstance(value, dict) and value.get("v") == 1 else None
        if not isinstance(rows, list):
            raise Malformed("shape", "/packages", 'expected {"packages":[...],"v":1}')
        good: list[Package] = []
        refused: list[JSONValue] = []
        for place, row in enumerate(rows):
            try:
                package = package_of(row)
                self._check(package, sender)
            except Malformed as fault:
                named = row.get("commitment") if isinstance(row, dict) else None
                refused.append({"place": place, "commitment": str(named), "code": fault.code})
            else:
                good.append(package)
        self._vault.put(good)
        for listener in self._arrived if good else ():
            listener(good)
        accepted: list[JSONValue] = [package.commitment for package in good]
        return canonical({"v": 1, "accepted": accepted, "refused": refused})

    def serve(self, commitment: str, requester: str) -> bytes | None:
        """Return a package for a peer that is entitled to it; None for all others, whether or not it is here."""
        package = self._vault.package(commitment)
        if package is None or requester not in package.to:
            return None
        entry = self._directory.event(package.actor, package.event)
        if entry and not package.is_named_in(entry, requester):
            return None
        return package.raw

    def note(self, entries: Sequence[Entry], upto: int) -> None:
        """Take note of new log entries: bind their payloads, and record which are missing."""
        own = self._keyring.institution
        bound = []
        for entry in entries:
            body = entry.envelope.body
            if not body.private:
                continue
            wanted = {
                part.commitment: tuple(
                    sorted({body.actor, *part.to} - {own}, key=lambda one: one != body.actor)
                )
                for part in body.private
                if own in part.to
            }
            commitments = [one.commitment for one in body.private if own == body.actor or own in one.to]
            if commitments:  # the vault has no others
                bound.append(Bound(entry.index, tuple(commitments), wanted))
        if bound:
            self._vault.bind(bound, upto)

    def _check(self, package: Package, sender: str) -> None:
        """Raise Malformed unless a package comes from its writer, is for this node and opens.

        If the log has its event already, the event must name it.
        """
        if package.net != self._net:
            raise Malformed("net", "/net", "the package is of another network")
        if sender != package.actor:
            raise Malformed("writer", "/actor", "a package is delivered by its writer's node")
        self._check_content(package)

    def _check_content(self, package: Package) -> None:
        if self._keyring.institution not in package.to:
            raise Malformed("to", "/to", "this institution is not entitled to the package")
        self._keyring.open(package)
        entry = self._directory.event(package.actor, package.event)
        if entry and not package.is_named_in(entry, self._keyring.institution):
            raise Malformed("not-named", "/commitment", "the event in the log does not name this payload")

    def _deliver(self, peer: str) -> None:
        pause = RETRY_FIRST_S
        try:
            while not self._stopped.is_set():
                with self._changed:
                    self._changed.wait_for(lambda: self._stopped.is_set() or bool(self._waiting[peer]))
                if self._stopped.is_set():
                    return
                try:
                    self._deliver_once(peer)
                    pause = RETRY_FIRST_S
                except Undelivered as error:
                    self._mark(peer, str(error))
                    self._stopped.wait(pause)
                    pause = min(2 * pause, RETRY_MAX_S)
        except BaseException as error:  # noqa: BLE001  (a lost thread would be a silent failure)
            self._failed(error)

    def _deliver_once(self, peer: str) -> None:
        batch: list[Package] = []
        size = 0
        for package in self._vault.outbox(peer):
            size += len(package.raw) + 1
            if batch and size > BATCH_BYTES_MAX - 64:
                break
            batch.append(package)
        if batch:
            body = b'{"packages":[' + b",".join(package.raw for package in batch) + b'],"v":1}'
            done = self._settled(peer, batch, self._carrier.send_payloads(peer, body))
            self._vault.delivered(peer, done)
        else:
            done = list(self._waiting[peer])  # erased or expired in the meantime
        with self._changed:
            self._waiting[peer].difference_update(done)
            self._down.pop(peer, None)
            self._changed.notify_all()

    def _settled(self, peer: str, batch: Sequence[Package], answer: bytes) -> list[str]:
        """Return the commitments that need not be sent again: those the peer accepted or refused."""
        try:
            value: Any = parse(answer, limit=BATCH_BYTES_MAX)
            refused = {str(row["commitment"]): str(row["code"]) for row in value["refused"]}
            settled = {*map(str, value["accepted"]), *refused}
        except (Malformed, KeyError, TypeError) as error:
            raise Undelivered(f"{peer} answered outside the agreed form") from error
        for package in batch:
            if code := refused.get(package.commitment):
                about = {"actor": package.actor, "event_id": package.event, "commitment": package.commitment}
                log.warning("payload.refused", extra={"peer": peer, **about, "code": code})
        done = [package.commitment for package in batch if package.commitment in settled]
        if not done:
            raise Undelivered(f"{peer} settled nothing of what was sent")
        return done

    def _mark(self, peer: str, why: str) -> None:
        with self._changed:
            if peer not in self._down:
                log.warning("payload.peer-unreachable", extra={"peer": peer, "why": why})
            self._down[peer] = why
            self._changed.notify_all()

    def _seek(self) -> None:
        clean = 0.0
        try:
            while not self._stopped.wait(SEEK_S):
                for commitment, sources in self._vault.wanted():
                    self._ask(commitment, sources)
                clean += SEEK_S
                if clean >= HOUSEKEEPING_S:
                    clean = 0.0
                    self._vault.expire_orphans(now_ms())
        except BaseException as error:  # noqa: BLE001  (as above)
            self._failed(error)

    def _ask(self, commitment: str, sources: Sequence[str]) -> None:
        for source in sources:
            if self._stopped.is_set():
                return
            try:
                raw = self._carrier.fetch_payload(source, commitment)
                if raw is None:
                    continue
                package = parse_package(raw)
                if package.commitment != commitment:
                    continue
                self._check_content(package)
            except (Undelivered, Malformed) as error:
                log.info(
                    "payload.not-fetched", extra={"peer": source, "commitment": commitment, "why": str(error)}
                )
                continue
            self._vault.put([package])
            for listener in self._arrived:
                listener([package])
            return
