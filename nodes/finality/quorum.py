"""Whose cosignatures make a checkpoint final, and how far clocks may differ, by the policy and the cosigning keys."""

from collections.abc import Iterable

from dengbu.ledger.log.note import KeyKind, NoteVerifier
from dengbu.ledger.log.trust import GROUP, Group, Trust
from dengbu.ledger.register.members import POLICY_KEY, Key, KeyClass, Policy
from dengbu.nodes.store.block import Finalized
from dengbu.nodes.store.listings import Listings
from dengbu.nodes.store.reads import Reads

CONCERNED = ("key", "policy")  # register tables that say whose cosignatures suffice


class Quorum:
    """The quorum rule in force at the committed head, reread only after a block that touched it."""

    def __init__(self, reads: Reads, log: NoteVerifier) -> None:
        self._reads = reads
        self._log = log
        self.trust: Trust
        self.tolerance_ms: int
        self._read()

    @property
    def needed(self) -> int:
        """How many cosignatures suffice."""
        return self.trust.groups[GROUP].needed

    def note(self, committed: Finalized) -> None:
        """Take account of a committed block."""
        if any(change.table in CONCERNED for change in committed.changes):
            self._read()

    def _read(self) -> None:
        policy = self._reads.get(Policy, POLICY_KEY)
        self.trust = trust_by(self._log, policy, Listings(self._reads).public_keys())
        self.tolerance_ms = policy.clock_tolerance_s * 1_000 if policy else 0


def trust_by(log: NoteVerifier, policy: Policy | None, keys: Iterable[Key]) -> Trust:
    """Return whose cosignatures suffice by a policy, with the keys of its witnesses that have not ended."""
    named = policy.witnesses if policy else ()
    witnesses: dict[str, NoteVerifier] = {}
    for key in keys:
        if key.cls is KeyClass.COSIGN and key.until is None and key.institution in named:
            name, public = cosigner_name(log.name, key.institution), bytes.fromhex(key.public)
            witnesses[key.institution] = NoteVerifier(name, KeyKind.COSIGNATURE, public)
    needed = policy.witness_quorum if policy else 1  # an empty ledger has no policy and nothing final
    return Trust(log, witnesses, {GROUP: Group(needed, tuple(witnesses))}, GROUP)


def cosigner_name(net: str, institution: str) -> str:
    """Return the note key name of an institution's cosigning key."""
    return f"{net}/{institution}"
