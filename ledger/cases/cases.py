"""Cases 案件: application, review, refusal and withdrawal. Entering a case is in `dengbu.ledger.cases.entering`.

The rules of the acts run twice: on application (admissibility) and, decisively, on entry. Only on entry are the order
of acceptance (IR 67) and tax clearance (Deed Tax Law 11) checked.
"""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from dengbu.ledger.cases import representation
from dengbu.ledger.cases.judging import kind_in, reasons_against, units_of
from dengbu.ledger.catalogue import AnyAct
from dengbu.ledger.law import law
from dengbu.ledger.law.calendar import legal_date
from dengbu.ledger.law.verdict import Code, Reason
from dengbu.ledger.register.members import KeyClass
from dengbu.ledger.register.record import Record
from dengbu.ledger.register.records import ACCEPTED, ENTERED, REFUSED, WITHDRAWN, Case, Counter, Unit
from dengbu.ledger.register.register import Register
from dengbu.ledger.register.shapes import ITEMS_MAX, CaseNumber, Channel, District, ListCode
from dengbu.ledger.rules import payload_shapes, roles
from dengbu.ledger.rules.act import tag_of
from dengbu.ledger.rules.competence import DECIDES, counties, is_foreign
from dengbu.ledger.rules.rule import Compared, Data, Does, Effects, EventKind, LogPosition, Rule, Title, View
from dengbu.ledger.tax import tax

ACTS_MAX = 16
GROUNDS_MAX = 16
DESK = "desk"  # the officer in whose name the automatic desk signs
UNNUMBERED = "?"  # a case not yet accepted; no act can name the ids made from it, which are not kept


class CaseApply(Data, frozen=True, forbid_unknown_fields=True):
    """An application: the deciding registry's district, the channel it came by, the acts.

    `shared` are the papers that the applicant was not asked for, because another institution's data show them (免证);
    `agents` act for a party.
    """

    district: District
    channel: Channel
    acts: Annotated[tuple[AnyAct, ...], Meta(min_length=1, max_length=ACTS_MAX)]
    shared: Annotated[tuple[ListCode, ...], Meta(max_length=ITEMS_MAX)] = ()
    agents: representation.Agents = ()


class CaseNamed(Data, frozen=True, forbid_unknown_fields=True):
    """A case by its number."""

    case: CaseNumber


class Ground(Data, frozen=True, forbid_unknown_fields=True):
    """One ground of an officer's refusal: article and a code of the registry's own list."""

    law: Annotated[str, Meta(min_length=1, max_length=64)]
    text_code: ListCode


class CaseRefuse(Data, frozen=True, forbid_unknown_fields=True):
    """An officer's refusal (Interim Regulation 22): all grounds at once."""

    case: CaseNumber
    grounds: Annotated[tuple[Ground, ...], Meta(min_length=1, max_length=GROUNDS_MAX)]


def found(view: View[Any]) -> Case | None:
    """The case that the event names, if there is one."""
    return view.register.get(Case, view.data.case)


# ---- case.apply ---------------------------------------------------------------------------------------------------


def district_is_foreign(view: View[CaseApply]) -> bool:
    """The district, or a unit's county, is another registry's."""
    return is_foreign(view.register, (view.data.district, *_counties(view)))


def district_is_elsewhere(view: View[CaseApply]) -> bool:
    """None of the case's units lies in the district that the application names."""
    found = _counties(view)
    return bool(found) and view.data.district not in found and not district_is_foreign(view)


def _counties(view: View[CaseApply]) -> tuple[str, ...]:
    return counties(units_of(view.register, view.data.acts))


def act_is_repeated(view: View[CaseApply]) -> bool:
    """The same act is asked for twice."""
    seen = [(tag_of(act), *_about(view, act)) for act in view.data.acts]
    return any(one in seen[:place] for place, one in enumerate(seen))


def _about(view: View[CaseApply], act: AnyAct) -> tuple[Any, ...]:
    kind = kind_in(view.at.rule_set, act)
    return (*(getattr(act, name) for name in kind.about), kind.units(view.register, act))


def actor_may_not_apply(view: View[CaseApply]) -> bool:
    """The institution's role may not apply for one of the acts."""
    rules, role = view.at.rule_set, view.event.actor.role
    return any(role not in kind_in(rules, act).applicants for act in view.data.acts)


APPLY: tuple[Rule[View[CaseApply]], ...] = (
    Rule(Code.NOT_AUTHORISED, (law.NET_2, law.REG_14), actor_may_not_apply),
    Rule(Code.NOT_COMPETENT, (law.CC_210, law.REG_7), district_is_foreign),
    Rule(Code.DISTRICT_ELSEWHERE, (law.CC_210, law.REG_7), district_is_elsewhere),
    Rule(Code.ACT_REPEATED, (law.REG_16,), act_is_repeated),
    *representation.RULES,
)


def _apply_reasons(view: View[CaseApply]) -> tuple[Reason, ...]:
    return reasons_against(view.register, view.data.acts, UNNUMBERED, view.event.signers, view.at)


def _next_number(register: Register, district: str, time: int) -> tuple[str, Counter]:
    day = f"{legal_date(time):%Y%m%d}"
    name = f"case:{district}:{day}"
    last = register.get(Counter, name)
    counter = Counter(name, last.value + 1 if last else 1)
    return f"{district}-{day}-{counter.value:06}", counter


def _accept(view: View[CaseApply]) -> Effects:
    data, at, body = view.data, view.at, view.event.envelope.body
    number, counter = _next_number(view.register, data.district, at.time)
    units = units_of(view.register, data.acts)
    case = Case(
        number=number,
        actor=view.event.actor.id,
        district=data.district,
        channel=data.channel,
        acts=tuple(body.data["acts"]),
        units=units,
        state=ACCEPTED,
        applied=at.index,
        applied_at=at.time,
        event=body.id,
        office=body.office,
        officer=body.officer,
        consents=view.event.signers,
        agents=representation.recorded(data.agents, body.private),
        shared=tuple(dict.fromkeys(data.shared)),
    )
    deal = tax.declare(case, body.private, at.rule_set)
    case = msgspec.structs.replace(case, deal=deal is not None)
    queued = [_queue(view, code, number) for code in units]
    records: tuple[Record, ...] = (counter, case, *queued) if deal is None else (counter, case, *queued, deal)
    result = {"case": number} if deal is None else {"case": number, "deal": True}
    return Effects("accepted", records, result)


def _queue(view: View[CaseApply], code: str, number: str) -> Unit:
    """Return the unit with the case at the end of its queue; an unregistered unit becomes pending."""
    unit = view.register.get(Unit, code)
    if unit is not None:
        return msgspec.structs.replace(unit, open_cases=(*unit.open_cases, number), head=view.at.index)
    first = next((act for act in view.data.acts if getattr(act, "unit", None) == code), None)
    return Unit(
        code=code,
        use=getattr(first, "use", ""),
        area_cm2=getattr(first, "area_cm2", 0),
        status="pending",
        head=view.at.index,
        open_cases=(number,),
    )


# ---- deciding -------------------------------------------------------------------------------------------------------


def case_is_unknown(view: View[Any]) -> bool:
    """There is no such case."""
    return found(view) is None


def case_is_decided(view: View[Any]) -> bool:
    """The case is entered, refused or withdrawn."""
    case = found(view)
    return case is not None and case.state != ACCEPTED


def case_is_entered(view: View[Any]) -> bool:
    """The case is entered: too late to withdraw."""
    case = found(view)
    return case is not None and case.state == ENTERED


def case_is_closed(view: View[Any]) -> bool:
    """The case was refused or withdrawn."""
    case = found(view)
    return case is not None and case.state in (REFUSED, WITHDRAWN)


def case_is_reviewed(view: View[Any]) -> bool:
    """The case is under review already."""
    case = found(view)
    return case is not None and case.reviewed


def officer_is_the_desk(view: View[Any]) -> bool:
    """The officer who refuses is the automatic desk, not a person."""
    return view.event.envelope.body.officer == DESK


def actor_is_no_party(view: View[Any]) -> bool:
    """The institution is neither the applicant nor the registry."""
    case = found(view)
    return case is not None and view.event.actor.id != case.actor and view.event.actor.role != "registry"


# The rules that every decision on a case checks first.
OPEN: tuple[Rule[View[Any]], ...] = (
    Rule(Code.CASE_UNKNOWN, (law.REG_17,), case_is_unknown),
    Rule(Code.CASE_DECIDED, (law.REG_21,), case_is_decided),
)
REVIEW: tuple[Rule[View[CaseNamed]], ...] = (
    *OPEN,
    DECIDES,
    Rule(Code.ALREADY_REVIEWED, (law.REG_18,), case_is_reviewed),
)
REFUSE: tuple[Rule[View[CaseRefuse]], ...] = (
    *OPEN,
    DECIDES,
    Rule(Code.MACHINE_REFUSES, (law.PIPL_24,), officer_is_the_desk),
)
WITHDRAW: tuple[Rule[View[CaseNamed]], ...] = (
    Rule(Code.CASE_UNKNOWN, (law.REG_15,), case_is_unknown),
    Rule(Code.NOT_APPLICANT, (law.REG_15,), actor_is_no_party),
    Rule(Code.ALREADY_ENTERED, (law.REG_15, law.CC_214), case_is_entered),
    Rule(Code.CASE_DECIDED, (law.REG_15,), case_is_closed),
)


def closed(register: Register, case: Case, state: str, at: LogPosition) -> tuple[Record, ...]:
    """Return the records of a decided case: the case, and its units without it in their queues."""
    decided = msgspec.structs.replace(
        case, state=state, decided=at.index, decided_at=at.time, version=case.version + 1, suspended=None
    )
    units: list[Record] = []
    for code in case.units:
        unit = register.get(Unit, code)
        assert unit is not None
        rest = tuple(number for number in unit.open_cases if number != case.number)
        units.append(msgspec.structs.replace(unit, open_cases=rest, head=at.index))
    return (decided, *units)


def _review(view: View[CaseNamed]) -> Effects:
    case = found(view)
    assert case is not None
    reviewed = msgspec.structs.replace(case, reviewed=True, version=case.version + 1)
    return Effects("recorded", (reviewed, *tax.lock(view.register, case.number)), {"case": case.number})


def _end(view: View[Any], state: str) -> Effects:
    case = found(view)
    assert case is not None
    records = (*closed(view.register, case, state, view.at), *tax.unwind(view.register, case.number))
    return Effects("recorded", records, {"case": case.number, "state": state})


def _refuse(view: View[CaseRefuse]) -> Effects:
    return _end(view, REFUSED)


def _withdraw(view: View[CaseNamed]) -> Effects:
    return _end(view, WITHDRAWN)


APPLICATION: EventKind[Any] = EventKind(
    type="case.apply",
    title=Title("受理申请", "application for a case"),
    senders=roles.REGISTRY_BANK,
    signed_by=KeyClass.EVENT,
    open=False,
    compared=Compared.PARTIES,
    does=Does.ACCEPTS,
    parts={
        "parties": payload_shapes.Parties,
        "contract": payload_shapes.Contract,
        "terms": payload_shapes.Terms,
    },
    data=CaseApply,
    rules=APPLY,
    effects=_accept,
    reasons=_apply_reasons,
)

KINDS: tuple[EventKind[Any], ...] = (
    APPLICATION,
    EventKind(
        type="case.review",
        title=Title("进入审核", "review"),
        senders=roles.REGISTRY,
        signed_by=KeyClass.EVENT,
        open=False,
        compared=Compared.NOTHING,
        does=Does.NOTHING,
        parts={},
        data=CaseNamed,
        rules=REVIEW,
        effects=_review,
    ),
    EventKind(
        type="case.refuse",
        title=Title("不予登记", "refusal by an officer"),
        senders=roles.REGISTRY,
        signed_by=KeyClass.EVENT,
        open=False,
        compared=Compared.NOTHING,
        does=Does.REFUSES,
        parts={},
        data=CaseRefuse,
        rules=REFUSE,
        effects=_refuse,
    ),
    EventKind(
        type="case.withdraw",
        title=Title("撤回申请", "withdrawal"),
        senders=roles.REGISTRY_BANK,
        signed_by=KeyClass.EVENT,
        open=False,
        compared=Compared.NOTHING,
        does=Does.WITHDRAWS,
        parts={},
        data=CaseNamed,
        rules=WITHDRAW,
        effects=_withdraw,
    ),
)
