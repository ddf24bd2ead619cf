"""Double votes that the engine has proven: each is kept as evidence, logged as an alarm and reported in the ledger."""

import logging
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from dengbu.ledger.log.encoding import JSONValue
from dengbu.nodes.engines.cometbft.adaptor import Offence
from dengbu.nodes.engines.cometbft.members import Members
from dengbu.nodes.finality import evidence
from dengbu.nodes.finality.evidence import Evidence
from dengbu.nodes.store.reads import Reads

REPORT = "vote.report"
OFFICER = "engine"

log = logging.getLogger("dengbu.cometbft")


@dataclass(frozen=True)
class Reporter:
    """The institution that reports offences, its way of signing an event, and its folder of evidence."""

    institution: str
    seal: Callable[[Mapping[str, JSONValue]], bytes]
    evidence: Evidence


class Offences:
    """The offences still to be reported. `submit` takes a report for ordering."""

    def __init__(
        self,
        reads: Reads,
        members: Members,
        reporter: Reporter,
        now_ms: Callable[[], int],
        submit: Callable[[bytes], object],
    ) -> None:
        self._reads = reads
        self._members = members
        self._institution = reporter.institution
        self._evidence = reporter.evidence
        self._now_ms = now_ms
        self._seal = reporter.seal
        self._submit = submit
        self._waiting: deque[Offence] = deque()

    def add(self, offences: Sequence[Offence]) -> None:
        """Queue the offences that a block proves."""
        self._waiting.extend(offences)

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def report(self) -> None:
        """Report the oldest offence; it stays queued if that fails."""
        self._report(self._waiting[0])
        self._waiting.popleft()

    def _report(self, offence: Offence) -> None:
        voter = self._members.voters.get(offence.address)
        facts: dict[str, JSONValue | bytes] = {
            "address": offence.address.hex(),
            "height": offence.height,
            "institution": voter.institution if voter else "no longer a voter",
        }
        path = self._evidence.keep(evidence.DOUBLE_SIGN, self._now_ms(), facts)
        log.critical("vote.double-sign", extra={"evidence": str(path), "height": offence.height})
        if voter is None or not self._votes():
            return
        event_id = f"{REPORT}:{voter.key[:16]}:{offence.height}"
        if self._reads.find(self._institution, event_id) is not None:
            return
        data: dict[str, JSONValue] = {
            "key": voter.key,
            "height": offence.height,
            "kind": evidence.DOUBLE_SIGN,
        }
        self._submit(self._seal({"type": REPORT, "id": event_id, "officer": OFFICER, "data": data}))

    def _votes(self) -> bool:
        return any(one.institution == self._institution for one in self._members.voters.values())
