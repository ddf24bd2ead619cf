"""The automatic desk 自动登簿 enters the cases that the policy allows, and leaves all others to a person.

It runs on the registry's node, wakes when the log grows or a payload arrives, and tries each accepted case: every act
must be in the policy's `desk`, the checks must find nothing against signing, and a dry run of the rules must give
"entered". If something has yet to arrive or change, it tries again. On any doubt it hands the case over to a person for
good, and the log says why (`case.hand-over`). It never refuses (Personal Information Protection Law 24: a machine alone
may not refuse a decision with major effect).
"""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from dengbu.ledger.cases.cases import DESK
from dengbu.ledger.cases.subject import units_about
from dengbu.ledger.log.entry import Entry
from dengbu.ledger.register.members import POLICY_KEY, Policy
from dengbu.ledger.register.records import ACCEPTED, Case, Unit
from dengbu.ledger.register.register import Register
from dengbu.ledger.rules.rule import Does
from dengbu.ledger.transition import EVENTS

OFFICER = DESK
RETRY_S = 0.5
OVERDUE_S = 900.0  # longer than an event may wait to be ordered
OVERDUE_MAX = 64  # examined at a time; the oldest come first

log = logging.getLogger("dengbu.desk")


@dataclass(frozen=True)
class Left:
    """A case that the desk leaves to a person, with every reason it found."""

    case: str
    units: tuple[str, ...]
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Load:
    """Cases to be tried, cases sent and not decided yet, the age of the oldest of both, and cases left to a person."""

    queued: int
    sent: int
    oldest_s: float
    left: int


class Busy(Exception):
    """The engine takes no events just now; the desk tries the case again."""


class Desk:
    """Tries accepted cases one after another, in a thread of its own.

    look(case) -> (codes of the doubts that a person must decide, problems that prevent signing for now).
    hand_over(event id, data) -> the signed case.hand-over. rehearse(event id, data) -> (envelope, reasons): the
    signed case.enter and, from a dry run of the rules against the committed register, why it would not be
    entered (empty: it would be). submit(envelope) hands it to the engine; it raises Busy if that takes nothing now.
    """

    def __init__(
        self,
        register: Callable[[], Register],
        look: Callable[[str], tuple[Sequence[str], Sequence[object]]],
        hand_over: Callable[[str, dict[str, Any]], bytes],
        rehearse: Callable[[str, dict[str, Any]], tuple[bytes, tuple[str, ...]]],
        submit: Callable[[bytes], object],
        failed: Callable[[BaseException], None],
    ) -> None:
        self._register = register
        self._look = look
        self._hand_over = hand_over
        self._rehearse = rehearse
        self._submit = submit
        self._failed = failed
        self._changed = threading.Condition()
        self._queued: dict[str, float] = {}  # case to be tried -> monotonic time since when, oldest first
        self._left: dict[str, Left] = {}
        self._waiting: dict[str, set[str]] = {}  # unit -> cases left, to try again when the unit changes
        # Case submitted and not yet decided -> monotonic time, oldest first.
        self._sent: dict[str, float] = {}
        self._stopped = False
        self._thread = threading.Thread(name="desk", target=self._run)

    def start(self, cases: Iterable[str]) -> None:
        """Start the thread with the cases that are accepted and undecided now."""
        self._add(cases)
        self._thread.start()

    def stop(self) -> None:
        """End and join the thread."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        if self._thread.ident is not None:
            self._thread.join()

    def left(self) -> tuple[Left, ...]:
        """Return the cases left to a person, by number."""
        with self._changed:
            return tuple(self._left[number] for number in sorted(self._left))

    def load(self) -> Load:
        """Return how much the desk has to do."""
        with self._changed:
            oldest = [next(iter(one.values())) for one in (self._queued, self._sent) if one]
            age = time.monotonic() - min(oldest) if oldest else 0.0
            return Load(len(self._queued), len(self._sent), age, len(self._left))

    def note(self, entries: Sequence[Entry]) -> None:
        """Queue new cases, and earlier cases left whose unit, deal or policy an entry may have changed."""
        for entry in entries:
            body = entry.envelope.body
            does, result = EVENTS[body.type].does, entry.decision.get("result") or {}
            if entry.is_refused:
                if body.officer == OFFICER and does is Does.ENTERS:
                    self._decided(str(body.data["case"]))
                    self._add([str(body.data["case"])])  # something changed between rehearsal and decision
                continue
            if does in (Does.ENTERS, Does.HANDS_OVER):
                self._decided(str(body.data["case"]))
            if does is Does.ACCEPTS:
                self._add([str(result["case"])])
                continue  # nothing on its units has changed for earlier cases
            if does is Does.SETS_POLICY:
                self._add([left.case for left in self.left()])
                continue
            for unit in units_about(self._register(), body.data, result):
                self._add(self._waiting.get(unit, ()))
        self._add(self._overdue())

    def arrived(self) -> None:
        """Note that a payload has arrived: try the cases again that were left because one was missing."""
        self._add([one.case for one in self.left() if any("payload-missing" in why for why in one.reasons)])

    def _overdue(self) -> list[str]:
        """Return the cases whose event went to the engine long ago and is not in the log: it expired in the queue."""
        due = time.monotonic() - OVERDUE_S
        with self._changed:
            return [number for number, since in islice(self._sent.items(), OVERDUE_MAX) if since < due]

    def _add(self, cases: Iterable[str]) -> None:
        with self._changed:
            for number in tuple(cases):
                if number not in self._queued:
                    self._queued[number] = time.monotonic()
            self._changed.notify_all()

    def _run(self) -> None:
        try:
            while True:
                with self._changed:
                    self._changed.wait_for(lambda: self._stopped or bool(self._queued))
                    if self._stopped:
                        return
                    number = next(iter(self._queued))
                    del self._queued[number]
                try:
                    self._try(number)
                except Busy:
                    self._add([number])
                    with self._changed:
                        self._changed.wait_for(lambda: self._stopped, RETRY_S)
        except BaseException as error:  # noqa: BLE001  (a lost thread would be a silent failure)
            self._failed(error)

    def _try(self, number: str) -> None:
        self._decided(number)
        register = self._register()
        case = register.get(Case, number)
        if case is None or case.state != ACCEPTED:
            self._clear(number)
            return
        policy = register.get(Policy, POLICY_KEY)
        allowed = policy.desk if policy else ()
        outside = sorted({str(act["act"]) for act in case.acts} - set(allowed))
        if outside or case.handed_over:
            self._leave(case, tuple(f"not-for-the-desk {act}" for act in outside) or case.handed_over)
            return
        # Rehearse first: if another case is entered in between, the look then sees it, and not only the dry run.
        envelope, refusals = self._rehearse(_event_id(register, case), {"case": number})
        found, problems = self._look(number)
        doubts = tuple(dict.fromkeys(found))
        if doubts:
            self._leave(case, doubts)
            self._send(
                number, self._hand_over(f"desk-left:{number}", {"case": number, "doubts": list(doubts)})
            )
            return
        reasons = tuple(map(str, problems)) or refusals
        if reasons:
            self._leave(case, reasons)
            return
        self._clear(number)
        self._send(number, envelope)

    def _send(self, number: str, envelope: bytes) -> None:
        self._submit(envelope)
        log.info("desk.sent", extra={"case": number})
        with self._changed:
            self._sent[number] = time.monotonic()

    def _decided(self, number: str) -> None:
        """Note that no event is under way for the case any more."""
        with self._changed:
            self._sent.pop(number, None)

    def _leave(self, case: Case, reasons: tuple[str, ...]) -> None:
        left = Left(case.number, case.units, reasons)
        with self._changed:
            is_news = self._left.get(case.number) != left
            self._left[case.number] = left
            for unit in case.units:
                self._waiting.setdefault(unit, set()).add(case.number)
        if is_news:
            log.info("desk.left", extra={"case": case.number})

    def _clear(self, number: str) -> None:
        with self._changed:
            left = self._left.pop(number, None)
            for unit in left.units if left else ():
                self._waiting[unit].discard(number)
                if not self._waiting[unit]:
                    del self._waiting[unit]


def _event_id(register: Register, case: Case) -> str:
    """Return one event id for each state in which the case is tried, so that a state never gives a second entry."""
    heads = [unit.head for code in case.units if (unit := register.get(Unit, code))]
    return f"desk:{case.number}:{case.version}:{max(heads, default=0)}"
