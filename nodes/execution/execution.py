"""Executes events one after another: admission, judgement, leaf, tree hashes. Nothing here writes to the store."""

from collections.abc import Iterable

from dengbu.ledger.admission import NotAdmitted, admit
from dengbu.ledger.cases.subject import case_number, units_about
from dengbu.ledger.law.verdict import Code
from dengbu.ledger.log.digest import MODULUS, RegisterDigest, row_term
from dengbu.ledger.log.encoding import Malformed
from dengbu.ledger.log.entry import Entry, leaf_prev, make_leaf, parse_leaf
from dengbu.ledger.log.envelope import Envelope
from dengbu.ledger.log.merkle import Frontier, leaf_hash
from dengbu.ledger.register.record import Record
from dengbu.ledger.register.records import Unit, encode
from dengbu.ledger.rules.rule import LogPosition
from dengbu.ledger.transition import EVENTS, Decision, judge
from dengbu.nodes.execution.cache import Overlay, RowSource
from dengbu.nodes.execution.divergence import Diverged, compare_leaves
from dengbu.nodes.execution.envelope_cache import Seen
from dengbu.nodes.store.block import Addition, Change, Finalized, Head, Row, Sealed


class Execution:
    """A run of entries on top of a head. The same events and times give the same result on every node."""

    def __init__(self, net: str, base: Head, frontier: Frontier, rows: RowSource, seen: Seen) -> None:
        self._net = net
        self._base = base
        self._seen = seen
        self._frontier = frontier.copy()
        self.register = Overlay(rows)
        self._total = base.digest.total
        self._prev = base.prev
        self._height, self._time = base.height, base.time
        self.additions: list[Addition] = []
        self.changes: list[Change] = []
        self.hashes: list[bytes] = []
        self._sealed: list[Sealed] = []

    @property
    def index(self) -> int:
        """The index of the next entry."""
        return self._frontier.size

    def begin(self, height: int, time: int) -> None:
        """Start a block. Raises `ValueError` unless its height and its time are both above the last block's."""
        if height <= self._height or time <= self._time:
            raise ValueError(
                f"block {height} at {time} ms does not follow block {self._height} at {self._time} ms; "
                "height and time must both rise"
            )
        self._height, self._time = height, time

    def step(self, envelope: Envelope) -> Addition:
        """Execute one event. Raises `NotAdmitted` if it may not enter the log, and then changes nothing."""
        at = LogPosition(index=self.index, height=self._height, time=self._time)
        register = self.register if at.index else None  # the genesis brings its own keys
        event = admit(register, self._net, envelope, at, verify=self._seen.verifier(envelope))
        self.register.read(EVENTS[envelope.body.type].reads(event.data))
        decision = judge(self.register, event, at)
        total, changes = self._changed(decision.changes, at.index)
        told = decision.as_json(RegisterDigest(total).hex())
        try:
            leaf = make_leaf(at.index, at.height, at.time, self._prev, envelope, told)
        except Malformed as fault:  # the entry would exceed the size limit
            raise NotAdmitted(Code.MALFORMED, fault.message, fault.where) from fault
        self._total = total
        for change in changes:
            self.register.put(change.table, change.key, change.row)
        self.changes += changes
        self.hashes += [node[2] for node in self._frontier.append(leaf_hash(leaf))]
        self._prev = leaf_prev(leaf)
        addition = self._addition(at, envelope, decision, leaf)
        self.additions.append(addition)
        return addition

    def repeat(self, theirs: Entry) -> None:
        """Execute another node's next entry at its height and time; a later height ends the block before it.

        Raises `Diverged` unless this node's entry is the same bytes.
        """
        if theirs.index != self.index:
            raise Diverged(self.index, "/index", self.index, theirs.index)
        if theirs.prev != self._prev:
            raise Diverged(self.index, "/prev", self._prev, theirs.prev)
        if theirs.height != self._height:
            if self.additions:
                self.seal()
            try:
                self.begin(theirs.height, theirs.time)
            except ValueError as fault:
                raise Diverged(theirs.index, "/height", str(fault), theirs.height) from fault
        try:
            ours = self.step(theirs.envelope)
        except NotAdmitted as fault:
            raise Diverged(theirs.index, "/event", f"not admitted: {fault}", "an entry of the log") from fault
        compare_leaves(theirs.index, ours.leaf, theirs.raw)

    def seal(self) -> None:
        """End the block."""
        digest = bytes.fromhex(RegisterDigest(self._total).hex())
        self._sealed.append(Sealed(self._height, self._time, self.index, self._frontier.root(), digest))

    def root(self) -> bytes:
        """Return the root after the last entry."""
        return self._frontier.root()

    def result(self, rejected: Iterable[tuple[bytes, NotAdmitted]] = ()) -> Finalized:
        """Return everything executed so far, ready to be committed."""
        root = self._sealed[-1].root if self._sealed else self._base.root
        digest = RegisterDigest(self._total)
        head = Head(self.index, root, self._height, self._time, digest, self._prev)
        return Finalized(
            base=self._base,
            head=head,
            additions=self.additions,
            hashes=self.hashes,
            changes=self.changes,
            blocks=self._sealed,
            rejected=tuple(rejected),
            frontier=self._frontier,
        )

    def _changed(self, records: Iterable[Record], index: int) -> tuple[int, list[Change]]:
        total = self._total
        changes = []
        last = {(record.TABLE, record.key): record for record in records}
        for (table, key), record in last.items():
            raw = encode(record)
            old = self.register.row(table, key)
            if old is not None:
                total -= old.term or row_term(table, key, old.raw)
            term = row_term(table, key, raw)
            total += term
            changes.append(Change(table, key, Row(index, raw, record, term), old))
        return total % MODULUS, changes

    def _addition(self, at: LogPosition, envelope: Envelope, decision: Decision, leaf: bytes) -> Addition:
        body = envelope.body
        # The units that it changed, and those that it concerned without changing them.
        changed = [record.code for record in decision.changes if isinstance(record, Unit)]
        units = (*changed, *units_about(self.register, body.data, decision.result))
        return Addition(
            index=at.index,
            height=at.height,
            time=at.time,
            actor=body.actor,
            event_id=body.id,
            type=body.type,
            outcome=decision.outcome,
            case=case_number(body.data, decision.result),
            units=tuple(sorted(set(units))),
            leaf=leaf,
        )


def parse_theirs(index: int, leaf: bytes) -> Entry:
    """Parse another node's entry for this index. Raises `Diverged` if the bytes are not an entry."""
    try:
        return parse_leaf(leaf)
    except Malformed as fault:
        raise Diverged(index, fault.where, "a well-formed entry", fault.message) from fault
