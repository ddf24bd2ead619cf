"""A full audit of the log that trusts no node.

Every entry is parsed and checked against the one before, its signatures are verified, and its event is judged again
under the same rules (`dengbu.ledger.transition`, on the auditor's own register, which starts empty). All entries
together must be what the quorum cosigned. The report names the first faulty entry, the field, and the expected value.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from dengbu.api.client.errors import RulesMissing
from dengbu.api.client.heads import Head
from dengbu.api.client.report import Fault, Report
from dengbu.ledger.admission import NotAdmitted, admit
from dengbu.ledger.log.digest import RegisterDigest
from dengbu.ledger.log.encoding import Malformed
from dengbu.ledger.log.entry import Entry, check_link, parse_leaf
from dengbu.ledger.log.merkle import Frontier, leaf_hash
from dengbu.ledger.register.records import encode
from dengbu.ledger.register.register import MemoryRegister
from dengbu.ledger.rules.rule import LogPosition
from dengbu.ledger.rules.rule_sets import UnknownRuleSet
from dengbu.ledger.transition import judge


class Auditor:
    """An audit that follows a log entry by entry, starting with entry 0."""

    def __init__(self, net: str) -> None:
        self._net = net
        self._register = MemoryRegister()
        self._digest = RegisterDigest()
        self._before: Entry | None = None
        self._frontier = Frontier()

    @property
    def checked(self) -> int:
        """The number of entries found correct so far."""
        return self._frontier.size

    @property
    def register_digest(self) -> str:
        """The digest of the register after the last correct entry."""
        return self._digest.hex()

    def root(self) -> bytes:
        """Return the root over the entries found correct so far."""
        return self._frontier.root()

    def check(self, leaf: bytes) -> Fault | None:
        """Check the next leaf; append it and return None if it is correct, or return its fault.

        Raises RulesMissing if this release cannot judge it, which says nothing for or against the log.
        """
        index = self.checked
        try:
            entry = parse_leaf(leaf)
            check_link(self._before, entry)
        except Malformed as fault:
            return Fault(index, fault.where or "/", str(fault))
        try:
            found = self._decision_fault(entry)
        except UnknownRuleSet as lacking:
            raise RulesMissing(index, str(lacking)) from lacking
        if found is None:
            self._frontier.append(leaf_hash(leaf))
            self._before = entry
        return found

    def _decision_fault(self, entry: Entry) -> Fault | None:
        at = LogPosition(entry.index, entry.height, entry.time)
        try:
            event = admit(self._register if entry.index else None, self._net, entry.envelope, at)
        except NotAdmitted as refusal:
            return Fault(
                entry.index, "/event", f"此事件不应入账 this event should not have entered the log: {refusal}"
            )
        except Malformed as fault:
            return Fault(entry.index, "/event" + fault.where, str(fault))
        decision = judge(self._register, event, at)
        digest = self._digest
        for record in decision.changes:
            old = self._register.get(type(record), record.key)
            digest = digest.replace(record.TABLE, record.key, encode(old) if old else None, encode(record))
        ours = decision.as_json(digest.hex())
        if ours != entry.decision:
            return _difference(entry.index, ours, entry.decision)
        self._register.apply(decision.changes)
        self._digest = digest
        return None


def audit(head: Head, leaves: Iterable[bytes]) -> Report:
    """Audit the log under a verified head, stopping at the first fault. Raises RulesMissing as `Auditor.check` does."""
    auditor = Auditor(head.origin)
    for leaf in leaves:
        fault = auditor.check(leaf)
        if fault is not None:
            return Report(auditor.checked, auditor.register_digest, head, fault)
    fault = None
    if auditor.checked != head.size:
        fault = Fault(
            auditor.checked, "/size", f"缺少条目 the log ends early: {auditor.checked} of {head.size} entries"
        )
    elif auditor.root() != head.root:
        fault = Fault(
            auditor.checked, "/root", "条目与会签的根不符 these entries are not the ones the quorum cosigned"
        )
    return Report(auditor.checked, auditor.register_digest, head, fault)


def _difference(index: int, ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> Fault:
    """Return a fault that names the first differing member of the decision."""
    name = next(name for name in sorted({**ours, **theirs}) if ours.get(name) != theirs.get(name))
    return Fault(
        index,
        f"/decision/{name}",
        f"重新执行的结果不同 re-execution gives {ours.get(name)!r}, the log says {theirs.get(name)!r}",
    )
