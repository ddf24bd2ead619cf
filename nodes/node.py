"""The one object of a node process: everything above it (API, pages, command) talks to a `Node` and to nothing else."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from ledger.encoding import JSONValue
from ledger.entry import Entry
from ledger.register import Register
from nodes.application import Application, Head
from nodes.config import Client, Config
from nodes.engine import Engine, Ticket
from nodes.keystore import Keystore
from nodes.package import PrivatePart
from nodes.store import Store
from nodes.vault import Vault


@dataclass(frozen=True)
class Pending:
    """An event that this node has taken but that is not final yet."""

    actor: str
    event_id: str


@dataclass(frozen=True)
class Final:
    """An event whose entry a quorum has cosigned."""

    index: int
    entry: Entry


@dataclass(frozen=True)
class Check:
    """One line of a node's health: name, whether it is well, and the value that says so."""

    name: str
    ok: bool
    value: JSONValue
    degraded: bool = False


@dataclass(frozen=True)
class PrivatePayload:
    """One private part of a case as an entitled reader sees it."""

    name: str
    commitment: str
    index: int
    event_type: str
    value: JSONValue


class Node:
    """One institution's node: opened from its home folder, started, asked, stopped.

    Signing runs what only an entitled node can check first (architecture 6): `sign` raises `checks.Blocked` with all problems.
    `submit` is idempotent: the same bytes again give the same ticket and, later, the same final entry.
    """

    home: Path
    config: Config
    net: str
    institution: str
    role: str
    keystore: Keystore
    store: Store
    application: Application
    engine: Engine
    vault: Vault
    clients: Mapping[str, Client]  # by key id

    @classmethod
    def open(cls, home: Path, passphrase: bytes) -> Self:
        """Open a home: config, keys, ledger (checked before anything is served), vault. Nothing listens yet."""
        raise NotImplementedError

    def start(self) -> None:
        """Start engine, peer listener, delivery and desk threads."""
        raise NotImplementedError

    def stop(self) -> None:
        """Stop and join every thread, close every port and file; safe to call twice."""
        raise NotImplementedError

    @property
    def register(self) -> Register:
        """The committed register, for reading."""
        raise NotImplementedError

    @property
    def head(self) -> Head:
        """The committed head (size, root, height, time); what is final may be a little behind."""
        raise NotImplementedError

    @property
    def policy_text(self) -> str:
        """The tlog-policy file of the network, as clients keep it."""
        raise NotImplementedError

    def sign(
        self,
        event_type: str,
        data: Mapping[str, JSONValue],
        *,
        event_id: str,
        office: str | None = None,
        officer: str | None = None,
        private: Mapping[str, PrivatePart] | None = None,
        not_after: int | None = None,
    ) -> bytes:
        """A sealed envelope of this institution; raises Blocked when what only this node can check does not hold.

        not_after: UTC ms, by default EVENT_LIFE_MS from now. Private parts go to the vault with the envelope.
        The same event id signed again gives the stored bytes back if type, data and private values are the same.
        """
        raise NotImplementedError

    def cosign_event(self, raw: bytes) -> bytes:
        """Add this institution's event signature to another's envelope (mortgagee's consent, co-application)."""
        raise NotImplementedError

    def submit(self, raw: bytes) -> Ticket:
        """Deliver the private parts to entitled nodes, then hand the event to the engine. NotAdmitted, Unavailable."""
        raise NotImplementedError

    def wait_final(self, ticket: Ticket, timeout_s: float) -> Final | None:
        """The final entry of a submitted event, or None when the time is over: the outcome is then unknown, ask again."""
        raise NotImplementedError

    def outcome(self, actor: str, event_id: str) -> Pending | Final | None:
        """What became of an event; None if this node never saw it."""
        raise NotImplementedError

    def wait_beyond(self, size: int, timeout_s: float) -> int:
        """Wait until the final size is more than `size`, at most timeout_s; the final size now (for feeds)."""
        raise NotImplementedError

    def receipt(self, index: int) -> bytes | None:
        """A .tlog-proof receipt of an entry under the smallest final checkpoint that covers it; None if not final."""
        raise NotImplementedError

    def private(self, case: str, purpose: str, *, officer: str, office: str | None = None) -> tuple[PrivatePayload, ...]:
        """This institution's entitled payloads of a case; the access is on disk before this returns.

        ValueError for an empty purpose; KeyError for an unknown case.
        """
        raise NotImplementedError

    def holder_ref(self, unit: str, id_type: str, id_no: str) -> str:
        """The holder reference of a person at a unit; only the registry's node has the key (KeystoreError elsewhere)."""
        raise NotImplementedError

    def desk_worklist(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Cases the automatic desk left to a person: (case number, reasons)."""
        raise NotImplementedError

    def health(self) -> tuple[Check, ...]:
        """Checks db, disk, quorum, lag, halted, each with its value; ready when all are ok, degraded ones apart."""
        raise NotImplementedError

    changed: threading.Condition  # notified after every commit and every final checkpoint
