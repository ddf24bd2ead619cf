"""The state machine that an engine drives: check, finalize, commit; or, on a follower, replay and commit.

Only `commit` writes. `finalize` and `replay` may run any number of times on the same head and give the same result.
"""

from collections.abc import Sequence
from typing import Final

from dengbu.ledger.admission import NotAdmitted, admit, check_time
from dengbu.ledger.law.verdict import Code
from dengbu.ledger.log.encoding import Malformed
from dengbu.ledger.log.envelope import Envelope, parse_envelope
from dengbu.ledger.log.merkle import Frontier
from dengbu.ledger.rules.rule import LogPosition
from dengbu.ledger.rules.rule_sets import in_force
from dengbu.nodes.execution.cache import RegisterCache
from dengbu.nodes.execution.divergence import Diverged
from dengbu.nodes.execution.envelope_cache import Seen
from dengbu.nodes.execution.execution import Execution, parse_theirs
from dengbu.nodes.store.block import Block, Finalized
from dengbu.nodes.store.block import Head as Head
from dengbu.nodes.store.store import Store

Name = tuple[str, str]  # actor, event id


class Application:
    """One ledger: its store, and the register in memory. `check` is safe from any thread; the rest is the engine's.

    Raises `ValueError` for a store of another network, and `UnknownRuleSet` if this software lacks the rules in force.
    """

    def __init__(self, store: Store, net: str) -> None:
        if store.net() != net:
            raise ValueError(
                f"{store.path} belongs to network {store.net()!r}, not {net!r}; check the home and its config"
            )
        self.store: Final = store
        self.net: Final = net
        self.register: Final = RegisterCache(store)
        self._seen = Seen()
        self._frontier = Frontier.from_reader(store.head.size, store)
        in_force(self.register)

    @property
    def head(self) -> Head:
        """The head of the committed log."""
        return self.store.head

    def check(self, raw: bytes, now: int) -> tuple[Envelope, int | None]:
        """Return the envelope of an event that may be ordered, and the index of its entry if it is in the log already.

        An event in the log passes only if its bytes are the same; the index of a new event is None. `now` is UTC
        milliseconds. Raises `NotAdmitted`.
        """
        envelope = self.parse(raw)
        head = self.head
        at = LogPosition(index=head.size, height=head.height + 1, time=now)
        register = self.register if head.size else None
        admit(register, self.net, envelope, at, verify=self._seen.verifier(envelope))
        index = self.store.find(envelope.body.actor, envelope.body.id)
        found = self.store.entry(index) if index is not None else None
        if found is not None and found.envelope.raw != raw:
            raise reused(found.index)
        return envelope, index

    def recheck(self, raw: bytes, now: int) -> tuple[Envelope, int | None]:
        """Do as `check` for an event that has passed it, looking only whether it has expired. Raises `NotAdmitted`.

        The caller must `check` again once institutions or keys have changed.
        """
        envelope = self.parse(raw)
        check_time(envelope.body, now)
        return envelope, self.store.find(envelope.body.actor, envelope.body.id)

    def barred(self, raw: bytes) -> NotAdmitted | None:
        """Return why an event that once passed a check can never enter the log now; None if it still may, or is there.

        Every node can tell for itself: block times only rise, an ended key stays ended, and an id is used only once.
        """
        try:
            self.check(raw, self.head.time + 1)
        except NotAdmitted as fault:
            if fault.code is Code.NOT_AFTER_TOO_FAR or self.holds(raw):
                return None  # it may enter later, or is in the log already
            return fault
        return None

    def holds(self, raw: bytes) -> bool:
        """Return whether an event that once passed a check is in the log with these very bytes."""
        body = parse_envelope(raw).body
        index = self.store.find(body.actor, body.id)
        entry = self.store.entry(index) if index is not None else None
        return entry is not None and entry.envelope.raw == raw

    def finalize(self, block: Block) -> Finalized:
        """Execute a block on the committed head. Events that may not enter the log, or are in it, go to `rejected`.

        Raises `ValueError` if the height or time does not follow the head's.
        """
        rejected: list[tuple[bytes, NotAdmitted]] = []
        envelopes: list[Envelope] = []
        for raw in block.events:
            try:
                envelopes.append(self.parse(raw))
            except NotAdmitted as fault:
                rejected.append((raw, fault))
        execution = self._execution()
        execution.begin(block.height, block.time)
        with self.store.readers.snapshot():
            taken = self._taken(envelopes)
            for envelope in envelopes:
                name = (envelope.body.actor, envelope.body.id)
                try:
                    if name in taken:
                        raise reused(taken[name])
                    taken[name] = execution.step(envelope).index
                except NotAdmitted as fault:
                    rejected.append((envelope.raw, fault))
        execution.seal()
        return execution.result(rejected)

    def commit(self, finalized: Finalized) -> Head:
        """Write a finalized block; on return it is on the disk. Raises `Stale` or `FatalStorage`.

        Raises `UnknownRuleSet` once the block is on the disk if rules that this software lacks are in force after it:
        nothing may be signed over it.
        """
        head = self.store.commit(finalized)
        self.register.refresh(finalized.changes)
        self._frontier = finalized.frontier.copy()
        in_force(self.register)
        return head

    def replay(self, leaves: Sequence[bytes]) -> Finalized:
        """Execute entries that another node wrote, from the head on. Raises `Diverged` at the first that differs.

        The entries may end inside a block; a later call may bring the rest of it.
        """
        execution = self._execution()
        entries = [parse_theirs(execution.index + place, leaf) for place, leaf in enumerate(leaves)]
        with self.store.readers.snapshot():
            taken = self._taken([entry.envelope for entry in entries])
            for entry in entries:
                name = (entry.envelope.body.actor, entry.envelope.body.id)
                if name in taken:
                    raise Diverged(
                        entry.index, "/event/body/id", f"in the log at index {taken[name]}", name[1]
                    )
                execution.repeat(entry)
                taken[name] = entry.index
        execution.seal()
        return execution.result()

    def parse(self, raw: bytes) -> Envelope:
        """Parse an envelope, and check nothing else. Raises `NotAdmitted` if the bytes are not an envelope."""
        try:
            return self._seen.envelope(raw)
        except Malformed as fault:
            raise NotAdmitted(Code.MALFORMED, fault.message, fault.where) from fault

    def _execution(self) -> Execution:
        return Execution(self.net, self.head, self._frontier, self.register, self._seen)

    def _taken(self, envelopes: Sequence[Envelope]) -> dict[Name, int]:
        """Return the events among these that are in the log already, with their indexes."""
        return self.store.find_all([(envelope.body.actor, envelope.body.id) for envelope in envelopes])


def reused(index: int) -> NotAdmitted:
    """Return the refusal of an event whose actor and id the entry at this index already has."""
    return NotAdmitted(Code.REUSED_ID, f"the entry at index {index} has this actor and id", "/body/id")
