"""A pre-check 预检: what would become of an application now, and what its papers lack; nothing is signed, sent or ordered.

A draft that an automatic desk is to countersign asks the same question, so that both have one answer
(docs/adr/0015-one-question-for-pre-check-and-draft.md).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dengbu.ledger.cases.cases import APPLICATION, CaseApply
from dengbu.ledger.cases.judging import kind_of, units_of
from dengbu.ledger.catalogue import AnyAct
from dengbu.ledger.law.verdict import Reason
from dengbu.ledger.log.envelope import convert, unsigned
from dengbu.ledger.register.register import Register
from dengbu.ledger.rules.policies import policy_in_force
from dengbu.nodes.execution.application import Application
from dengbu.nodes.execution.rehearsal import rehearse
from dengbu.nodes.home import keystore as keys
from dengbu.nodes.home.clock import now_ms
from dengbu.nodes.home.config import Officer
from dengbu.nodes.home.opened import EVENT_LIFE_MS, OpenedHome
from dengbu.nodes.private.checks import Checks
from dengbu.nodes.private.findings import Finding
from dengbu.nodes.private.manual_review import Asking
from dengbu.nodes.private.package import PrivatePart, private_of
from dengbu.nodes.private.payloads import Payloads
from dengbu.nodes.private.personal import PersonalData

PURPOSE = "pre-check"
EVENT_ID = "pre-check"  # of an event that never is one
# Whether somebody is the holder is said to nobody who only asks: a person finds it out, in a case that is on the log.
UNSAID = ("identity-mismatch",)
TO_A_PERSON = Finding("goes-to-a-person", "parties", "转人工办理", "a person decides the case")


@dataclass(frozen=True, slots=True)
class Prechecked:
    """What would become of an application at the end of a log of `as_of` entries.

    `problems` keep this institution from signing it, `reasons` are those of the rules, and for `doubts` a person decides.
    """

    as_of: int
    reasons: tuple[Reason, ...]
    problems: tuple[Finding, ...]
    doubts: tuple[Finding, ...]

    @property
    def handling(self) -> str:
        """What would follow: `blocked`, `refused`, `person` or `automatic`, the first that applies."""
        if self.problems:
            return "blocked"
        if self.reasons:
            return "refused"
        return "person" if self.doubts else "automatic"


class Precheck:
    """Pre-checks the applications of one institution."""

    def __init__(
        self,
        home: OpenedHome,
        application: Application,
        checks: Checks,
        payloads: Payloads,
        personal: PersonalData,
    ) -> None:
        self._home = home
        self._application = application
        self._checks = checks
        self._payloads = payloads
        self._personal = personal

    def of(self, data: Mapping[str, Any], private: Mapping[str, PrivatePart], by: Officer) -> Prechecked:
        """Return what would become of an application; that it was asked is in the access log before this returns.

        Raises NotAdmitted for an event that cannot enter the log, Malformed for a part that cannot be sealed, or
        AccessLogBroken.
        """
        now = now_ms()
        as_of, register = self._application.head.size, self._application.register
        decision = rehearse(self._application, self._unsigned(data, private, by, now), now)
        wanted = convert(dict(data), CaseApply)
        asked = Asking(wanted.acts, units_of(register, wanted.acts), len(wanted.agents))
        self._personal.note(PURPOSE, by, acts=data["acts"], units=asked.units)
        problems, doubts = self._checks.of_application(asked, data, private)
        said = [one for one in problems if one.code not in UNSAID]
        kept_back = (TO_A_PERSON,) if len(said) < len(problems) else ()
        outside = tuple(_not_for_the_desk(register, wanted.acts))
        return Prechecked(as_of, decision.reasons, tuple(said), (*outside, *doubts, *kept_back))

    def _unsigned(
        self, data: Mapping[str, Any], private: Mapping[str, PrivatePart], by: Officer, now: int
    ) -> bytes:
        """Return the envelope that the institution would sign, with commitments that nobody keeps."""
        member = self._home.config.member
        optional = {
            "office": by.office,
            "officer": by.name,
            "private": private_of(self._payloads.make(EVENT_ID, private)),
        }
        body = {
            "v": 1,
            "net": member.net,
            "type": APPLICATION.type,
            "id": EVENT_ID,
            "actor": member.institution,
            "not_after": now + EVENT_LIFE_MS,
            "data": dict(data),
            **{name: value for name, value in optional.items() if value},
        }
        return unsigned(body, self._home.keystore.signer(keys.EVENT).key_id)


def _not_for_the_desk(register: Register, acts: Sequence[AnyAct]) -> Iterator[Finding]:
    desk = policy_in_force(register).desk
    for tag in dict.fromkeys(kind_of(act).tag for act in acts):
        if tag not in desk:
            words = (
                "政策未将此登记行为列入自动登簿",
                "the policy does not leave this act to the automatic desk",
            )
            yield Finding("not-for-the-desk", tag, *words)
