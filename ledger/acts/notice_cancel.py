"""End of an advance notice 预告注销: its holder gives it up, or what was promised is gone (Civil Code 221; IR 89)."""

from collections.abc import Iterator

import msgspec

from dengbu.ledger.law import law
from dengbu.ledger.law.verdict import Code
from dengbu.ledger.register.notations import Notice
from dengbu.ledger.register.records import Unit
from dengbu.ledger.register.shapes import NoticeId, Refs
from dengbu.ledger.rules import parties, rights, roles, securing
from dengbu.ledger.rules.act import Act, ActEffects, ActKind, ActView
from dengbu.ledger.rules.backing import Asked, Backing, Held, always, nothing
from dengbu.ledger.rules.rule import Rule, Title
from dengbu.ledger.rules.third_party import (
    OF_BANKS,
    notice_has_ended,
    notice_is_unknown,
    notice_of,
    noticed_unit,
)


class NoticeCancel(Act, frozen=True, forbid_unknown_fields=True, tag="notice.cancel"):
    """Cancel a notice: its holder is in `consent`, or its bank signs."""

    notice: NoticeId
    consent: Refs


View = ActView[NoticeCancel]


def beneficiary_is_silent(view: View) -> bool:
    """The beneficiary of the notice has not applied for its end."""
    found = notice_of(view)
    return found is not None and found.beneficiary not in (*view.act.consent, *view.consents)


RULES: tuple[Rule[View], ...] = (
    Rule(Code.NOTICE_UNKNOWN, (law.CC_216,), notice_is_unknown),
    Rule(Code.NOTICE_ENDED, (law.CC_221,), notice_has_ended),
    Rule(Code.NOT_NOTICE_HOLDER, (law.IR_89, law.REG_14), beneficiary_is_silent),
)


def effects(view: View) -> ActEffects:
    """End the notice."""
    found = notice_of(view)
    assert found is not None
    unit = view.register.get(Unit, found.unit)
    assert unit is not None, "a notice is on a unit of the register"
    ended = msgspec.structs.replace(found, status="cancelled", ended=view.at.index)
    rest = tuple(one for one in unit.notices if one != found.id)
    changed = msgspec.structs.replace(unit, notices=rest, head=view.at.index)
    return ActEffects((ended, changed), {"cancelled": [found.id]})


def _promised(held: Held, act: NoticeCancel) -> Iterator[Asked]:
    """Ask for the beneficiary of a purchase notice, who gives it up; for a mortgage notice, the bank signs instead."""
    found = held.register.get(Notice, act.notice)
    if found is not None and found.kind not in OF_BANKS:
        yield Asked("holders", ((found.unit, (found.beneficiary,)),))


KIND = ActKind(
    type=NoticeCancel,
    title=Title("预告注销登记", "cancellation of an advance notice"),
    applicants=roles.REGISTRY_BANK,
    about=("notice",),
    giving=("consent",),
    units=noticed_unit,
    parties=parties.none,
    discreet=False,
    secures=securing.nobody,
    ends=securing.none,
    begins=rights.none,
    disposes=False,
    taxed=False,
    backing=Backing(asks=_promised, tells=always(None), paper=always(False), gives=nothing),
    rules=RULES,
    effects=effects,
)
