"""Discharge of an easement 地役权注销登记: struck from both units (Civil Code 384-385; IR 28)."""

from collections.abc import Iterator
from typing import Literal

from dengbu.ledger.law import law
from dengbu.ledger.law.verdict import Code
from dengbu.ledger.register import co_ownership
from dengbu.ledger.register.records import Right, Unit
from dengbu.ledger.register.shapes import Refs, RightId
from dengbu.ledger.rules import parties, rights, roles, securing, usufructs
from dengbu.ledger.rules.act import Act, ActEffects, ActKind, ActView
from dengbu.ledger.rules.backing import Asked, Backing, Held, always, nothing
from dengbu.ledger.rules.mortgages import on_unit
from dengbu.ledger.rules.rule import Rule, Title
from dengbu.ledger.rules.usufructs import EASEMENT, GIVEN_UP


class EasementDischarge(Act, frozen=True, forbid_unknown_fields=True, tag="easement.discharge"):
    """End an easement; `consent` names holders of the dominant unit who give it up. For `breach` see Civil Code 384."""

    usufruct: RightId
    ground: Literal["expired", "waiver", "agreement", "breach", "judgment"]
    consent: Refs


View = ActView[EasementDischarge]


def is_unknown(view: View) -> bool:
    """There is no such easement."""
    return usufructs.named(view, EASEMENT) is None


def has_ended(view: View) -> bool:
    """The easement is already discharged."""
    return usufructs.has_ended(view, EASEMENT)


def is_not_over(view: View) -> bool:
    """The act claims that the term is over, but by the register it is not."""
    return usufructs.is_not_over(view, EASEMENT)


def _given_up(view: View) -> Unit | None:
    """The dominant unit, if the easement is in force and is given up, else None."""
    found = usufructs.named(view, EASEMENT)
    if found is None or found.status != "current" or view.act.ground not in GIVEN_UP:
        return None
    return view.unit(found.dominant or "")


def _holders(view: View) -> Right | None:
    unit = _given_up(view)
    return view.right(unit.code, unit.right) if unit and unit.right else None


def stranger_consents(view: View) -> bool:
    """Someone named as consenting is not a holder of the dominant unit."""
    right = _holders(view)
    return right is not None and co_ownership.strangers(right, view.act.consent)


def consent_is_short(view: View) -> bool:
    """Too few holders of the dominant unit give the easement up."""
    right = _holders(view)
    return right is not None and not co_ownership.may_mortgage(right, view.act.consent)


def mortgagee_is_silent(view: View) -> bool:
    """A mortgagee of the dominant unit, which is worth less without the easement, has not signed."""
    unit = _given_up(view)
    rows = on_unit(view.register, unit) if unit else ()
    return any(one.mortgagee not in view.consents for one in rows)


RULES: tuple[Rule[View], ...] = (
    Rule(Code.USUFRUCT_UNKNOWN, (law.CC_216,), is_unknown),
    Rule(Code.USUFRUCT_ENDED, (law.CC_385,), has_ended),
    Rule(Code.GROUND_NOT_SHOWN, (law.CC_377, law.CC_384), is_not_over),
    Rule(Code.NOT_HOLDER, (law.REG_14,), stranger_consents),
    Rule(Code.CO_OWNER_CONSENT, (law.CC_301, law.REG_14), consent_is_short),
    Rule(Code.MORTGAGEE_CONSENT, (law.IR_28,), mortgagee_is_silent),
)


def effects(view: View) -> ActEffects:
    """End the right, and free both units from it."""
    found = usufructs.named(view, EASEMENT)
    assert found is not None
    return ActEffects(usufructs.ended(view, found), {"discharged": [found.id]})


def _served(held: Held, act: EasementDischarge) -> Iterator[Asked]:
    """Ask for the holders of the dominant unit, who give up the easement."""
    found = held.register.get(Right, act.usufruct)
    if found is not None and act.ground in GIVEN_UP:
        yield Asked("holders", ((str(found.dominant), held.of_unit(found.dominant)),))


KIND = ActKind(
    type=EasementDischarge,
    title=Title("地役权注销登记", "discharge of an easement"),
    applicants=roles.REGISTRY,
    about=("usufruct", "ground"),
    giving=("consent",),
    units=usufructs.units_named,
    parties=parties.none,
    discreet=False,
    secures=securing.nobody,
    ends=securing.none,
    begins=rights.none,
    disposes=False,
    taxed=False,
    backing=Backing(asks=_served, tells=always(None), paper=usufructs.rests_on_paper, gives=nothing),
    rules=RULES,
    effects=effects,
)
