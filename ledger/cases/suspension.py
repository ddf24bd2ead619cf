"""Suspension of a case 中止计时: the registry waits for something, and its clock stands still.

A requisition 补正 names everything that is missing, once (Interim Regulation 17); a later one may ask again for what
has not come, and for nothing else. Announcements, on-site inspections and checks with other institutions take no
working days either. A suspended case cannot be entered, but may be withdrawn or refused. Its clock is computed in
`dengbu.ledger.advisory.clocks`.
"""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from dengbu.ledger.cases.cases import OPEN, CaseNamed, actor_is_no_party, found
from dengbu.ledger.law import law
from dengbu.ledger.law.verdict import Code
from dengbu.ledger.register.members import KeyClass
from dengbu.ledger.register.records import ACCEPTED
from dengbu.ledger.register.shapes import ITEMS_MAX, REQUISITION, CaseNumber, ListCode, StandsStill
from dengbu.ledger.rules import roles
from dengbu.ledger.rules.competence import DECIDES
from dengbu.ledger.rules.rule import Compared, Data, Does, Effects, EventKind, Rule, Title, View


class CaseSuspend(Data, frozen=True, forbid_unknown_fields=True):
    """A suspension: the registry waits for papers (requisition), an announcement, an inspection or another institution.

    `items` are the codes of what it waits for.
    """

    case: CaseNumber
    ground: StandsStill
    items: Annotated[tuple[ListCode, ...], Meta(min_length=1, max_length=ITEMS_MAX)]


def case_is_suspended(view: View[Any]) -> bool:
    """The case waits for something."""
    case = found(view)
    return case is not None and case.suspended is not None


def case_is_not_suspended(view: View[Any]) -> bool:
    """The case waits for nothing."""
    case = found(view)
    return case is not None and case.state == ACCEPTED and case.suspended is None


def something_is_added(view: View[CaseSuspend]) -> bool:
    """An earlier requisition did not ask for something that this one asks for."""
    case, data = found(view), view.data
    if case is None or data.ground != REQUISITION or not case.requested:
        return False
    return any(one not in case.requested for one in data.items)


def only_the_registry_resumes(view: View[Any]) -> bool:
    """The applicant may only answer a requisition; only the registry may resume after any other suspension."""
    case = found(view)
    if case is None or case.suspended in (None, REQUISITION):
        return False
    return view.event.actor.role != "registry"


SUSPEND: tuple[Rule[View[CaseSuspend]], ...] = (
    *OPEN,
    DECIDES,
    Rule(Code.CASE_SUSPENDED, (law.REG_17,), case_is_suspended),
    Rule(Code.NOT_TOLD_AT_ONCE, (law.REG_17,), something_is_added),
)
RESUME: tuple[Rule[View[CaseNamed]], ...] = (
    *OPEN,
    Rule(Code.NOT_APPLICANT, (law.REG_17,), actor_is_no_party),
    Rule(Code.NOT_AUTHORISED, (law.NET_2, law.REG_18), only_the_registry_resumes),
    Rule(Code.CASE_NOT_SUSPENDED, (law.REG_17,), case_is_not_suspended),
)


def _suspend(view: View[CaseSuspend]) -> Effects:
    case, data = found(view), view.data
    assert case is not None
    asked = case.requested or (data.items if data.ground == REQUISITION else ())
    changed = msgspec.structs.replace(
        case, suspended=data.ground, requested=tuple(dict.fromkeys(asked)), version=case.version + 1
    )
    return Effects("recorded", (changed,), {"case": case.number, "suspended": data.ground})


def _resume(view: View[CaseNamed]) -> Effects:
    case = found(view)
    assert case is not None
    changed = msgspec.structs.replace(case, suspended=None, version=case.version + 1)
    return Effects("recorded", (changed,), {"case": case.number})


KINDS: tuple[EventKind[Any], ...] = (
    EventKind(
        type="case.suspend",
        title=Title(
            "中止计时",
            "suspension",
            "补正 requisition, 公告 announcement, 实地查看 inspection, 核验 verification",
        ),
        senders=roles.REGISTRY,
        signed_by=KeyClass.EVENT,
        open=False,
        compared=Compared.NOTHING,
        does=Does.SUSPENDS,
        parts={},
        data=CaseSuspend,
        rules=SUSPEND,
        effects=_suspend,
    ),
    EventKind(
        type="case.resume",
        title=Title("恢复计时", "resumption"),
        senders=roles.REGISTRY_BANK,
        signed_by=KeyClass.EVENT,
        open=False,
        compared=Compared.NOTHING,
        does=Does.RESUMES,
        parts={},
        data=CaseNamed,
        rules=RESUME,
        effects=_resume,
    ),
)
