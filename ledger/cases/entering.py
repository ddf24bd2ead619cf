"""case.enter 登簿: the registry enters a case, all its acts or none (Civil Code 214; Interim Regulation 21).

The rules of the acts decide here, and only here are the order of acceptance (IR 67) and tax clearance (Deed Tax Law 11)
checked. A refused entry leaves the case accepted.
"""

from dataclasses import dataclass

from dengbu.ledger.cases.cases import OPEN, CaseNamed, closed, found
from dengbu.ledger.cases.judging import Walk, acts_of, disposed, walk
from dengbu.ledger.cases.suspension import case_is_suspended
from dengbu.ledger.law import law
from dengbu.ledger.law.verdict import Code, Reason
from dengbu.ledger.register.members import KeyClass
from dengbu.ledger.register.records import ACCEPTED, ENTERED, Case, Unit
from dengbu.ledger.rules import in_force, roles, seizure_queue
from dengbu.ledger.rules.competence import DECIDES, is_foreign
from dengbu.ledger.rules.rule import Compared, Does, Effects, EventKind, Rule, Title, View
from dengbu.ledger.tax import tax


@dataclass(frozen=True, slots=True)
class EntryView(View[CaseNamed]):
    """What a rule about entering a case may look at: the open case and the judgement of its acts, or None."""

    case: Case | None = None
    walked: Walk | None = None


def _look(view: View[CaseNamed]) -> EntryView:
    case = found(view)
    if case is None or case.state != ACCEPTED:
        return EntryView(view.register, view.event, view.at)
    walked = walk(view.register, acts_of(case), case.number, case.consents, view.at)
    return EntryView(view.register, view.event, view.at, case, walked)


def district_is_given_up(view: EntryView) -> bool:
    """The case's district has passed to another registry since the case was accepted."""
    return view.case is not None and is_foreign(view.register, (view.case.district,))


def earlier_case_is_open(view: EntryView) -> bool:
    """A case accepted earlier disposes of a unit that this one disposes of, and may still be entered.

    A case whose taxes are refunded cannot be entered any more, since its contract has failed, so later cases need not
    wait for the registry to close it.
    """
    case = view.case
    return case is not None and any(_waits(view, case, code) for code in case.units)


def _waits(view: EntryView, case: Case, code: str) -> bool:
    register, rules = view.register, view.at.rule_set
    unit = register.get(Unit, code)
    assert unit is not None, "the units of an accepted case are in the register"
    ahead = unit.open_cases[: unit.open_cases.index(case.number)]
    if not ahead or code not in disposed(register, acts_of(case), rules):
        return False
    earlier = [one for number in ahead if (one := register.get(Case, number)) is not None]
    alive = [one for one in earlier if not tax.is_refunded(register, one.number)]
    return any(code in disposed(register, acts_of(one), rules) for one in alive)


RULES: tuple[Rule[EntryView], ...] = (
    *OPEN,
    DECIDES,
    Rule(Code.CASE_SUSPENDED, (law.REG_17,), case_is_suspended),
    Rule(Code.NOT_COMPETENT, (law.CC_210, law.REG_7), district_is_given_up),
    Rule(Code.EARLIER_CASE, (law.IR_67,), earlier_case_is_open),
)


def _reasons(view: EntryView) -> tuple[Reason, ...]:
    if view.case is None or view.walked is None:
        return ()
    return (*view.walked.reasons, *tax.tax_reasons(view.register, view.case, view.at))


def _effects(view: EntryView) -> Effects:
    case, walked, time = view.case, view.walked, view.at.time
    assert case is not None
    assert walked is not None
    overlay = walked.overlay
    overlay.apply(closed(overlay, case, ENTERED, view.at))
    overlay.apply(tax.consume(view.register, case.number))
    for code in case.units:
        unit = overlay.get(Unit, code)
        assert unit is not None
        overlay.apply(seizure_queue.refresh(overlay, unit, time))
        unit = overlay.get(Unit, code)
        assert unit is not None
        overlay.apply(in_force.refresh(overlay, unit, time))
    return Effects("entered", overlay.changes(), {"case": case.number, **walked.result})


KIND = EventKind(
    type="case.enter",
    title=Title("登簿", "entry"),
    senders=roles.REGISTRY,
    signed_by=KeyClass.EVENT,
    open=False,
    compared=Compared.PAID,
    does=Does.ENTERS,
    parts={},
    data=CaseNamed,
    rules=RULES,
    effects=_effects,
    reasons=_reasons,
    look=_look,
)
