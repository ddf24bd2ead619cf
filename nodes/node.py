"""The one object of a node process: the API talks to a `Node` and to nothing below it."""

import logging
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from dengbu.ledger.log import receipt
from dengbu.ledger.log.checkpoint import parse_body
from dengbu.ledger.log.encoding import JSONValue
from dengbu.ledger.log.envelope import add_signature
from dengbu.ledger.log.merkle import prove_inclusion
from dengbu.ledger.log.note import split_note
from dengbu.ledger.log.trust import GROUP, format_policy
from dengbu.ledger.register.members import POLICY_KEY, Policy
from dengbu.ledger.register.register import Register
from dengbu.nodes.answers import AccessLogPage, Final, Ledger, Pending, TurnedAway
from dengbu.nodes.execution.application import Application, reused
from dengbu.nodes.failing import Failed, exit_process
from dengbu.nodes.figures import Figures
from dengbu.nodes.figures import read as read_figures
from dengbu.nodes.finality.engine import Engine, Ticket
from dengbu.nodes.finality.quorum import Quorum
from dengbu.nodes.health import Checks, Health
from dengbu.nodes.home import keystore as keys
from dengbu.nodes.home.clock import now_ms
from dengbu.nodes.home.config import Client, Config, Officer
from dengbu.nodes.home.keystore import Keystore
from dengbu.nodes.home.keystore import read_passphrase as read_passphrase
from dengbu.nodes.peer_client.freshness import Freshness, Recent
from dengbu.nodes.peer_server.lanes import Dispatcher, LaneLoad
from dengbu.nodes.precheck import Prechecked
from dengbu.nodes.private.access_log import AccessLog
from dengbu.nodes.private.findings import Blocked, Finding, worded
from dengbu.nodes.private.holders import holder_ref
from dengbu.nodes.private.package import PrivatePart, private_of
from dengbu.nodes.private.personal import PrivatePayload
from dengbu.nodes.private.tax_crosscheck import CrossCheck, cross_check, opened
from dengbu.nodes.store.block import Head
from dengbu.nodes.store.listings import Listings
from dengbu.nodes.store.store import Store
from dengbu.nodes.wiring import Wiring

SUBMITTED_MAX = 100_000  # events remembered as submitted here and not in the log yet
DELIVERY_WAIT_S = 2.0  # how long a submission waits for peers to take its payloads

log = logging.getLogger("dengbu.node")


class Node:
    """One institution's node: opened from its home folder, started, used, stopped.

    `sign` first runs the checks that only an entitled node can make, and raises Blocked with every problem found.
    `submit` is idempotent: the same bytes again give the same ticket and, later, the same final entry.
    """

    def __init__(self, wiring: Wiring) -> None:
        self._wiring = wiring
        self.home: Path = wiring.home.path
        self.config: Config = wiring.home.config
        self.net: str = self.config.member.net
        self.institution: str = self.config.member.institution
        self.role: str = self.config.member.role
        self.ledger: Ledger = wiring.store
        self.listings: Listings = wiring.listings
        # The parts of the node, for itself and for tests that look inside; the API must not use them.
        self.keystore: Keystore = wiring.home.keystore
        self.store: Store = wiring.store
        self.application: Application = wiring.application
        self.engine: Engine = wiring.engine
        self.access_log: AccessLog = wiring.access_log
        self._submitted = Recent(SUBMITTED_MAX)
        self._health = Health(wiring)
        self._fresh = Freshness()
        self._open = True

    @classmethod
    def open(cls, home: Path, passphrase: bytes, failed: Failed = exit_process) -> Self:
        """Open a home: config, keys, ledger (checked before anything is served), vault. Nothing listens yet.

        Raises ConfigError, KeystoreError, Tampered, FatalStorage, StoreInUse or UnknownRuleSet when the home cannot be used.
        `failed` is called, in a thread of the node, when the node cannot continue.
        """
        return cls(Wiring(home, passphrase, failed))

    def start(self) -> None:
        """Start engine, peer listener, delivery and desk."""
        self._wiring.start()
        self.access_log.tell()
        log.info("node.started", extra={"institution": self.institution, "size": self.head.size})

    def stop(self) -> None:
        """Stop and join every thread, close every port and file; safe to call twice."""
        if not self._open:
            return
        self._open = False
        self._wiring.stop()
        log.info("node.stopped", extra={"institution": self.institution})

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def engine_name(self) -> str:
        """The name of the engine that orders the events."""
        return self.config.orderer.engine

    @property
    def register(self) -> Register:
        """The committed register, for reading."""
        return self.application.register

    @property
    def head(self) -> Head:
        """The committed head (size, root, height, time); the final entries may be a little behind it."""
        return self.application.head

    @property
    def final_size(self) -> int:
        """How many entries the newest final checkpoint covers."""
        return self.engine.final_size

    @property
    def as_of(self) -> int:
        """When this node's state was last known to be that of the others, in UTC ms."""
        return self._fresh.as_of(self.engine.trouble, self.head.time, now_ms())

    def now_ms(self) -> int:
        """Return the time of this node's clock in UTC ms."""
        return now_ms()

    def client(self, key_id: str) -> Client | None:
        """Return who acts with this key at the API; None if the key is not registered here."""
        return self._wiring.home.clients.get(key_id)

    @property
    def policy_text(self) -> str:
        """The tlog-policy file as clients keep it: the founders', or that of the policy now in force."""
        policy, founded = self.register.get(Policy, POLICY_KEY), self._wiring.home.trust
        trust = Quorum(self.store, founded.log).trust
        if policy is None or (policy.version == 1 and trust.witnesses == founded.witnesses):
            return self._wiring.home.policy_text
        return format_policy(trust.log, trust.witnesses, trust.groups[GROUP].needed)

    def sign(
        self,
        event_type: str,
        data: Mapping[str, JSONValue],
        *,
        event_id: str,
        by: Officer | None = None,
        private: Mapping[str, PrivatePart] | None = None,
        not_after: int | None = None,
    ) -> bytes:
        """Return a sealed envelope of this institution.

        not_after: UTC ms, by default `home.opened.EVENT_LIFE_MS` from now. Private parts go to the vault under fresh salts,
        so signing again makes another envelope; keep the first one to submit it again. Raises Blocked when a check fails
        that only this node can make, and Malformed for values outside the formats.
        """
        problems = self._wiring.checks.before(event_type, data, private or {})
        if problems:
            raise Blocked(problems)
        packages = self._wiring.payloads.make(event_id, private or {})
        optional = {
            "office": by and by.office,
            "officer": by and by.name,
            "private": private_of(packages),
            "not_after": not_after,
        }
        given = {name: value for name, value in optional.items() if value}
        raw = self._wiring.home.seal({"type": event_type, "id": event_id, "data": dict(data), **given})
        if packages:
            self._wiring.payloads.keep(packages)
        return raw

    def cosign_event(self, raw: bytes) -> bytes:
        """Return another's envelope with this institution's event signature added, as when a mortgagee consents."""
        return add_signature(raw, self.keystore.signer(keys.EVENT))

    def submit(self, raw: bytes) -> Ticket:
        """Deliver private parts to the entitled nodes and hand the event to the engine. Raises NotAdmitted or Unavailable."""
        body = self.application.parse(raw).body
        if body.actor == self.institution and body.private:
            commitments = [part.commitment for part in body.private]
            self._wiring.payloads.wait_delivered(commitments, DELIVERY_WAIT_S)
        ticket = self.engine.submit(raw)
        self._submitted.add((body.actor, body.id))
        return ticket

    def wait_final(self, ticket: Ticket, timeout_s: float) -> Final | None:
        """Wait for the final entry of a submitted event; None when the time is up, and the outcome unknown: ask again.

        Raises NotAdmitted if the event was turned away after the ticket was given, or if another event has taken its id.
        """
        index = self.engine.wait_final(ticket, timeout_s)
        entry = self.store.entry(index) if index is not None else None
        if entry is not None and entry.envelope.hash.hex() != ticket.hash:
            raise reused(entry.index)
        return Final(entry.index, entry) if entry else None

    def outcome(self, actor: str, event_id: str) -> Pending | Final | TurnedAway | None:
        """Return what became of an event; None if this node does not know it."""
        why = self.engine.turned_away(actor, event_id)
        index = self.store.find(actor, event_id)
        if index is None and why is not None:
            return TurnedAway(actor, event_id, why)
        if index is None:
            return Pending(actor, event_id) if (actor, event_id) in self._submitted else None
        entry = self.store.entry(index) if index < self.final_size else None
        return Final(index, entry) if entry else Pending(actor, event_id)

    def wait_beyond(self, size: int, timeout_s: float) -> int:
        """Wait until more than `size` entries are final, or timeout_s seconds; return how many are final."""
        return self.engine.wait_size(size, timeout_s)

    def receipt(self, index: int) -> bytes | None:
        """Return a receipt of an entry under the smallest final checkpoint that covers it; None if it is not final."""
        note = self.store.checkpoint_covering(index)
        leaf = self.store.leaf(index)
        if note is None or leaf is None:
            return None
        size = parse_body(split_note(note)[0]).size
        return receipt.make(leaf, index, prove_inclusion(index, size, self.store), note)

    def private(self, case: str, purpose: str, by: Officer) -> tuple[PrivatePayload, ...]:
        """Return the payloads of a case that this institution may read; the access is on disk before this returns.

        Raises ValueError for an empty purpose, KeyError for an unknown case, AccessLogBroken while the access log fails
        verification.
        """
        return self._wiring.personal.of_case(case, purpose, by)

    def precheck(
        self, data: Mapping[str, JSONValue], private: Mapping[str, PrivatePart], by: Officer
    ) -> Prechecked:
        """Return what would become of an application of this institution; nothing is signed, sent or ordered.

        Raises NotAdmitted, Malformed or AccessLogBroken.
        """
        return self._wiring.precheck.of(data, private, by)

    def access_log_page(self, *, after: int, limit: int, subject: str | None) -> AccessLogPage:
        """Return rows of the access log after a number, oldest first; with `subject`, only those about that holder."""
        rows = self.access_log.rows(after=after, limit=limit, subject=subject)
        broken = self.access_log.broken()
        return AccessLogPage(rows, *self.access_log.head(), broken)

    def warnings(
        self, event_type: str, data: Mapping[str, JSONValue], private: Mapping[str, PrivatePart]
    ) -> tuple[Finding, ...]:
        """Return the tax cross-check's warnings about an event before it is signed; they stop nothing."""
        return self._wiring.checks.warnings(event_type, data, private)

    def cross_check(self, case: str, purpose: str, by: Officer) -> CrossCheck:
        """Apply the tax rate table to a case's payloads; as it reads them, it is logged and refused like `private`."""
        payloads = self.private(case, purpose, by)
        return cross_check(self.register, case, opened(payloads, self._wiring.case_entries(case)))

    def holder_ref(self, unit: str, id_type: str, id_no: str) -> str:
        """Return the holder reference of a person at a unit. Raises KeystoreError on nodes other than the registry's."""
        return holder_ref(self.keystore.holder_key, unit, id_type, id_no)

    def imported(self, titles: Sequence[tuple[Mapping[str, Any], JSONValue]]) -> list[int | None]:
        """Return for each title, by data and private part, the index of the entry that imported this very one, or None."""
        return self._wiring.earlier_imports.find(titles)

    def desk_worklist(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Return the cases that the automatic desk left to a person: (case number, reasons in words with their codes)."""
        desk = self._wiring.desk
        return tuple((one.case, tuple(map(worded, one.reasons))) for one in desk.left()) if desk else ()

    def peer_lanes(self) -> dict[str, LaneLoad]:
        """The load of each lane of the listener for other nodes."""
        return self._wiring.listener.loads()

    def workers(self, threads: Mapping[str, int], choose: Callable[[Any], str]) -> Dispatcher:
        """Return threads for the listener of the API, in lanes by name, like those of the listener for other nodes."""
        return Dispatcher(threads, choose)

    def figures(self) -> Figures:
        """What an operator watches, read now."""
        return read_figures(self._wiring, self.as_of, self._health.final_wait_s())

    def health(self) -> Checks:
        """Return every check of the node."""
        return self._health.checks()
