"""Cases: apply, read, decide and wait.

Every call that sends an event waits for the quorum and, if the client has a policy, verifies the receipt.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from dengbu.api.client.bundles import arranged
from dengbu.api.client.errors import NotFound, OutcomeUnknown, VerificationError
from dengbu.api.client.events import NotAnEvent
from dengbu.api.client.models import PENDING, Outcome, build
from dengbu.api.client.pages import pages
from dengbu.api.client.receipt import Receipt
from dengbu.api.client.receipts import Receipts
from dengbu.api.client.submission import WAIT_S, WAIT_STEP_S, Submission
from dengbu.api.client.transport import Transport
from dengbu.ledger.log.encoding import Malformed
from dengbu.ledger.log.envelope import parse_envelope
from dengbu.ledger.register.records import DECIDED


@dataclass(frozen=True, kw_only=True)
class Case:
    """A case as the register has it; `number` is None and `state` "pending" until its application is final.

    `outcome` is that of the event whose submission returned this Case, and `etag` is the version that a decision must
    name. Of a case read by its number, `doubts` say in words why a person decides (`handed_over`), `suspended_at` since when
    it waits (ms UTC), and `grounds` why an officer refused it. `extra` keeps members that this version does not know.
    """

    number: str | None
    state: str
    actor: str | None = None
    district: str | None = None
    channel: str | None = None
    office: str | None = None
    officer: str | None = None
    acts: tuple[Mapping[str, Any], ...] = ()
    units: tuple[str, ...] = ()
    applied: int | None = None
    applied_at: int | None = None
    decided: int | None = None
    decided_at: int | None = None
    event: str | None = None
    reviewed: bool = False
    suspended: str | None = None
    suspended_at: int | None = None
    requested: tuple[str, ...] = ()
    handed_over: tuple[str, ...] = ()
    doubts: tuple[Mapping[str, str], ...] = ()
    grounds: tuple[Mapping[str, str], ...] = ()
    shared: tuple[str, ...] = ()
    rating: int | None = None
    deal: Any = None
    version: int | None = None
    etag: str | None = None
    outcome: Outcome | None = None
    extra: Mapping[str, Any] = field(default_factory=dict, repr=False)
    _proof: _Proof | None = field(default=None, repr=False, compare=False)

    def receipt(self, wait: float = WAIT_S) -> Receipt:
        """Return the verified receipt of the event whose submission returned this Case, waiting up to `wait` seconds.

        For a case that was only read, it is the receipt of its decision, or of its acceptance while undecided.
        """
        if self._proof is None:
            raise VerificationError("no-proof", "此案件未与节点关联 this Case was not made by a client")
        return self._proof.receipt(self, wait)


@dataclass(frozen=True)
class _Proof:
    """The source of a Case's receipt, which is verified already or still to be fetched."""

    receipts: Receipts
    submission: Submission
    verified: Receipt | None = None

    def receipt(self, case: Case, wait: float) -> Receipt:
        if self.verified is not None:
            return self.verified
        if case.outcome is not None:
            return self.submission.receipt(case.outcome, wait)
        return self.receipts.of_case(str(case.number))


def application(
    district: str,
    channel: str,
    acts: Sequence[Mapping[str, Any]],
    private: Mapping[str, Mapping[str, Any]] | None,
    agents: Sequence[Mapping[str, Any]],
    shared: Sequence[str],
) -> dict[str, Any]:
    """Return the body of an application; empty optional members are left out."""
    body: dict[str, Any] = {"district": district, "channel": channel, "acts": list(acts)}
    if private:
        body["private"] = dict(private)
    if agents:
        body["agents"] = list(agents)
    if shared:
        body["shared"] = list(shared)
    return body


@dataclass(frozen=True, kw_only=True)
class Precheck:
    """What would become of an application, as of a log of `as_of` entries.

    `handling` is "automatic", "person" (for its `doubts`), "refused" (for its `reasons`) or "blocked": the institution itself would
    not sign it (for its `problems`). `extra` keeps members that this version does not know.
    """

    handling: str
    as_of: int
    reasons: tuple[Mapping[str, Any], ...] = ()
    problems: tuple[Mapping[str, Any], ...] = ()
    doubts: tuple[Mapping[str, Any], ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict, repr=False)


def listed(acts: Sequence[Mapping[str, Any]], bundle: str | None) -> list[Mapping[str, Any]]:
    """Return the acts of an application: in the order of the bundle that they form, else as they are given."""
    return list(acts) if bundle is None else list(arranged(bundle, acts))


class Cases:
    """Cases of one node, as `client.cases`."""

    def __init__(self, transport: Transport, submission: Submission, receipts: Receipts) -> None:
        self._transport = transport
        self._submission = submission
        self._receipts = receipts

    def apply(
        self,
        *,
        district: str,
        channel: str,
        acts: Sequence[Mapping[str, Any]],
        shared: Sequence[str] = (),
        private: Mapping[str, Mapping[str, Any]] | None = None,
        agents: Sequence[Mapping[str, Any]] = (),
        bundle: str | None = None,
        key: str | None = None,
        wait: float = WAIT_S,
    ) -> Case:
        """Apply for the registration of one or more acts, which are entered all or none.

        - `shared`: codes of papers that nobody was asked for, because another institution's data show them.
        - `private`: part name -> {"value": any JSON, "to": [institutions]}.
        - `agents`: agents of the parties, whose papers are among the private parts.
        - `bundle`: the name of the bundle that the acts form (dengbu.api.client.bundles). They are put in its order,
          and rights that do not exist yet are filled in.
        - `key`: idempotency key; the same key again returns the first case.
        - `wait`: seconds to wait for the quorum; with 0 the Case is returned at once, pending.
        """
        body = application(district, channel, listed(acts, bundle), private, agents, shared)
        return self._done(*self._submission.post("/v1/cases", body, key=key, wait=wait))

    def check(
        self,
        *,
        district: str,
        channel: str,
        acts: Sequence[Mapping[str, Any]],
        shared: Sequence[str] = (),
        private: Mapping[str, Mapping[str, Any]] | None = None,
        agents: Sequence[Mapping[str, Any]] = (),
        bundle: str | None = None,
    ) -> Precheck:
        """Return what would become of an application that `apply` takes; nothing is signed, sent or ordered.

        The node notes in its access log that it was asked, and counts it by key and unit.
        """
        body = application(district, channel, listed(acts, bundle), private, agents, shared)
        return build(Precheck, self._transport.post("/v1/cases?check=true", body).json())

    def submit(self, raw: bytes, *, wait: float = WAIT_S) -> Case:
        """Submit an application that all institutions involved have signed (`client.drafts`)."""
        try:
            body = parse_envelope(raw).body
        except Malformed as error:
            raise NotAnEvent(str(error)) from error
        return self._done(*self._submission.post_raw(raw, actor=body.actor, id=body.id, wait=wait))

    def get(self, number: str) -> Case:
        """Return the case with this number."""
        answer = self._transport.get(f"/v1/cases/{number}")
        return build(
            Case,
            answer.json(),
            etag=answer.headers.get("ETag"),
            _proof=_Proof(self._receipts, self._submission),
        )

    def list(
        self,
        *,
        state: str | None = None,
        act: str | None = None,
        mine: bool | None = None,
        order: str | None = None,
    ) -> Iterator[Case]:
        """Iterate over the cases that this institution may see, fetched page by page: the oldest first, or `order="newest"`."""
        query = {"state": state, "act": act, "mine": mine, "order": order}
        for item in pages(self._transport, "/v1/cases", query):
            yield build(Case, item, _proof=_Proof(self._receipts, self._submission))

    def review(self, case: Case | str, *, key: str | None = None, wait: float = WAIT_S) -> Case:
        """Take a case into review (registry); its tax clearance is locked from here on."""
        return self._act(case, "review", {}, key, wait, match=False)

    def suspend(
        self,
        case: Case | str,
        ground: str,
        items: Sequence[str],
        *,
        key: str | None = None,
        wait: float = WAIT_S,
    ) -> Case:
        """Stop a case's clock (registry); the ground is requisition, announcement, inspection or verification.

        `items` are the codes of what is asked for or awaited.
        """
        body = {"ground": ground, "items": list(items)}
        return self._act(case, "suspend", body, key, wait, match=False)

    def resume(
        self,
        case: Case | str,
        *,
        private: Mapping[str, Mapping[str, Any]] | None = None,
        key: str | None = None,
        wait: float = WAIT_S,
    ) -> Case:
        """Let a case's clock continue (the registry, or an applicant who answers a requisition)."""
        body = {"private": dict(private)} if private else {}
        return self._act(case, "resume", body, key, wait, match=False)

    def clock(self, case: Case | str, *, at: str | None = None) -> Any:
        """Return the case's clock, now or at the end of a day (ISO date): days used, last day, grounds of waiting."""
        return self._transport.get(f"/v1/cases/{self._number(case)}/clock", {"at": at}).json()

    def waiting(self, role: str) -> Iterator[Any]:
        """Iterate over undecided cases that wait for an institution of this role (registry, bank), page by page.

        At the registry each has `desk`: why the automatic desk left it to a person.
        """
        yield from pages(self._transport, f"/v1/worklists/{role}", {})

    def overdue(self, *, level: str = "yellow", at: str | None = None) -> Iterator[Any]:
        """Iterate over clocks of undecided cases, longest first (registry).

        They have used four fifths of their days, or all of them if `level` is "red".
        """
        yield from pages(self._transport, "/v1/worklists/overdue", {"level": level, "at": at})

    def enter(self, case: Case | str, *, key: str | None = None, wait: float = WAIT_S) -> Case:
        """Enter a case in the register (registry).

        Raises Rejected with every reason, or Conflict if the case has changed.
        """
        return self._act(case, "enter", {}, key, wait, match=True)

    def refuse(
        self,
        case: Case | str,
        grounds: Sequence[Mapping[str, str]],
        *,
        key: str | None = None,
        wait: float = WAIT_S,
    ) -> Case:
        """Refuse registration (registry), with grounds [{"law": article, "text_code": code}]."""
        return self._act(case, "refuse", {"grounds": list(grounds)}, key, wait, match=True)

    def withdraw(self, case: Case | str, *, key: str | None = None, wait: float = WAIT_S) -> Case:
        """Withdraw an application that is not decided."""
        return self._act(case, "withdraw", {}, key, wait, match=False)

    def rate(self, case: Case | str, score: int, *, key: str | None = None, wait: float = WAIT_S) -> Case:
        """Rate the handling of a decided case, once only, from 5 (best) to 1 (worst)."""
        return self._act(case, "rate", {"score": score}, key, wait, match=False)

    def wait(
        self,
        case: Case | str,
        *,
        timeout: float = 600,
        until: Sequence[str] = DECIDED,
        unless: Callable[[Case], bool] = lambda case: False,
    ) -> Case:
        """Wait until a case is in one of the states by a final entry; raise OutcomeUnknown after `timeout` seconds.

        A case of which `unless` is true before that is returned as it is: `lambda case: bool(case.handed_over)` stops waiting for
        the automatic desk once it has left the case to a person.
        """
        number, deadline = self._number(case), time.monotonic() + timeout
        after: int | None = None
        while True:
            found = self.get(number)
            reached = found.state in until
            last = found.applied if found.decided is None else found.decided
            # A state is visible as soon as it is committed; the loop then waits until its entry is final.
            if reached and (last is None or (after is not None and after >= last)):
                return found
            if not reached and unless(found):
                return found
            left = deadline - time.monotonic()
            if left <= 0:
                raise OutcomeUnknown(f"案件 {number} 仍为 is still {found.state}", number)
            if after is None:  # start the feed at the acceptance: no earlier entry can decide the case
                after = last - 1 if reached and last is not None else found.applied
            query = {"case": number, "after": after, "wait": max(1, int(min(left, WAIT_STEP_S)))}
            feed = self._transport.get("/v1/events", query, wait_s=min(left, WAIT_STEP_S)).json()
            after = int(feed["next_after"])

    def receipt(self, case: Case | str) -> Receipt:
        """Return the verified receipt of the case's decision, or of its acceptance while undecided."""
        return self._receipts.of_case(self._number(case))

    def private(self, case: Case | str, *, purpose: str) -> Any:
        """Return the personal data of a case to which this institution is entitled; the read is logged first."""
        return self._transport.get(f"/v1/cases/{self._number(case)}/private", {"purpose": purpose}).json()

    def _act(
        self,
        case: Case | str,
        act: str,
        body: Mapping[str, Any],
        key: str | None,
        wait: float,
        *,
        match: bool,
    ) -> Case:
        if match and not isinstance(case, Case):
            case = self.get(case)
        number = self._number(case)
        etag = case.etag if match and isinstance(case, Case) else None
        path = f"/v1/cases/{number}/{act}"
        return self._done(*self._submission.post(path, body, key=key, wait=wait, if_match=etag), number)

    def _done(self, outcome: Outcome, receipt: Receipt | None, number: str | None = None) -> Case:
        """Return the Case after an event: read again if the event is final, otherwise as far as the outcome tells."""
        proof = _Proof(self._receipts, self._submission, receipt)
        known = Case(
            number=number or outcome.result.get("case"),
            state=str(outcome.outcome) if outcome.final else PENDING,
            actor=outcome.actor
            if number is None
            else None,  # whoever acts on a case need not be its applicant
            event=outcome.id,
            outcome=outcome,
            _proof=proof,
        )
        if not outcome.final or known.number is None:
            return known
        try:
            return replace(self.get(known.number), outcome=outcome, _proof=proof)
        except NotFound:  # whoever may write a case need not be one who may read it
            return known

    @staticmethod
    def _number(case: Case | str) -> str:
        if isinstance(case, str):
            return case
        if case.number is None:
            raise OutcomeUnknown(
                "申请尚未会签完成，还没有案件编号 the application is not final yet, so it has no case number",
                case.event,
            )
        return case.number
