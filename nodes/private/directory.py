"""What the log says about payloads: the keys that they are sealed to, and the events that name them."""

from collections.abc import Sequence

from dengbu.ledger.log.entry import Entry
from dengbu.ledger.register.members import Institution, KeyClass
from dengbu.ledger.register.register import Register
from dengbu.nodes.store.listings import Listings
from dengbu.nodes.store.reads import Reads

MEMBERSHIP = ("key.", "institution.")  # events that change whose keys are valid


class Directory:
    """The members' envelope keys and the events in the log; safe from any thread."""

    def __init__(self, reads: Reads, register: Register) -> None:
        self._reads = reads
        self._register = register
        self._known: dict[str, bytes] | None = None

    def envelope_keys(self) -> dict[str, bytes]:
        """Return the X25519 key of each active institution; reread only after an entry about membership."""
        known = self._known
        if known is not None:
            return known
        found = {}
        for key in Listings(self._reads).public_keys():
            member = self._register.get(Institution, key.institution)
            if key.cls == KeyClass.ENVELOPE and key.until is None and member and member.status == "active":
                found[key.institution] = bytes.fromhex(key.public)
        self._known = found
        return found

    def event(self, actor: str, event_id: str) -> Entry | None:
        """Return the entry of an institution's event; None if it is not in the log."""
        index = self._reads.find(actor, event_id)
        return self._reads.entry(index) if index is not None else None

    def note(self, entries: Sequence[Entry]) -> None:
        """Take note of entries that came into the log."""
        if any(entry.envelope.body.type.startswith(MEMBERSHIP) for entry in entries):
            self._known = None
