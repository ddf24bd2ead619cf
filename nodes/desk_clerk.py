"""The clerk of the automatic desk at its node: finds and checks cases, rehearses their entry, and signs and submits its events."""

import logging
from typing import Any

from dengbu.ledger.admission import NotAdmitted
from dengbu.ledger.cases import entering, handover
from dengbu.ledger.law.verdict import name as code_name
from dengbu.ledger.log.envelope import parse_envelope
from dengbu.ledger.register.records import ACCEPTED, Case
from dengbu.ledger.rules.competence import deciding
from dengbu.nodes.desk.desk import OFFICER, Busy
from dengbu.nodes.execution.application import Application
from dengbu.nodes.execution.rehearsal import rehearse
from dengbu.nodes.finality.engine import Engine, Unavailable, named
from dengbu.nodes.home.clock import now_ms
from dengbu.nodes.home.opened import OpenedHome
from dengbu.nodes.private.checks import Checks
from dengbu.nodes.private.findings import LASTING, Finding
from dengbu.nodes.store.listings import Listings

log = logging.getLogger("dengbu.node")


class DeskClerk:
    """The node as its automatic desk sees it."""

    def __init__(self, home: OpenedHome, application: Application, checks: Checks, engine: Engine) -> None:
        self._home = home
        self._application = application
        self._checks = checks
        self._engine = engine

    def accepted(self) -> list[str]:
        """Return the numbers of the cases that are accepted and undecided."""
        listings, after = Listings(self._application.store), 0
        found: list[str] = []
        while True:
            page = listings.cases(state=ACCEPTED, after=after)
            found += [case.number for case in page.records]
            if page.next is None:
                return found
            after = page.next

    def look(self, number: str) -> tuple[list[str], tuple[Finding, ...]]:
        """Return the codes of what a person must look at, and the problems that prevent entering the case for now."""
        problems, doubts = self._checks.for_desk(number)
        unsound = [one for one in problems if one.code in LASTING]
        return [one.code for one in (*unsound, *doubts)], problems

    def hand_over(self, event_id: str, data: dict[str, Any]) -> bytes:
        """Return the signed case.hand-over."""
        return self._seal(handover.KIND.type, event_id, data)

    def rehearse(self, event_id: str, data: dict[str, Any]) -> tuple[bytes, tuple[str, ...]]:
        """Return the signed case.enter, and why the case would not be entered now (empty if it would be)."""
        raw = self._seal(entering.KIND.type, event_id, data)
        try:
            decision = rehearse(self._application, raw, now_ms())
        except NotAdmitted as refusal:
            return raw, (str(refusal),)
        return raw, tuple(code_name(reason.code) for reason in decision.reasons)

    def submit(self, raw: bytes) -> None:
        """Hand an event to the engine. Raises Busy if the engine takes none now."""
        try:
            self._engine.submit(raw)
        except Unavailable as error:
            raise Busy(str(error)) from error
        except NotAdmitted as refusal:  # the same state was submitted before
            about = named(parse_envelope(raw))
            log.info("desk.not-admitted", extra={**about, "code": code_name(refusal.code)})

    def _seal(self, event_type: str, event_id: str, data: dict[str, Any]) -> bytes:
        """Sign an event of the desk, placed in the first office that decides for the case's district."""
        register = self._application.register
        case = register.get(Case, str(data["case"]))
        offices = deciding(register, case) if case else None
        place = {"office": offices[0]} if offices else {}
        return self._home.seal(
            {"type": event_type, "id": event_id, "officer": OFFICER, "data": data, **place}
        )
