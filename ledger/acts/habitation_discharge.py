"""Discharge of a habitation 居住权注销登记: its term is over, or the beneficiary died or gives it up (CC 370; REG 14(5))."""

from collections.abc import Iterator
from typing import Literal

from dengbu.ledger.law import law
from dengbu.ledger.law.verdict import Code
from dengbu.ledger.register.records import Right
from dengbu.ledger.register.shapes import Refs, RightId
from dengbu.ledger.rules import parties, rights, roles, securing, usufructs
from dengbu.ledger.rules.act import Act, ActEffects, ActKind, ActView
from dengbu.ledger.rules.backing import Asked, Backing, Held, always, nothing, refs_of
from dengbu.ledger.rules.rule import Rule, Title
from dengbu.ledger.rules.usufructs import GIVEN_UP, HABITATION


class HabitationDischarge(Act, frozen=True, forbid_unknown_fields=True, tag="habitation.discharge"):
    """End a habitation; `consent` names the beneficiaries who give it up."""

    usufruct: RightId
    ground: Literal["expired", "death", "waiver", "agreement", "judgment", "lost"]
    consent: Refs


View = ActView[HabitationDischarge]


def is_unknown(view: View) -> bool:
    """There is no such habitation."""
    return usufructs.named(view, HABITATION) is None


def has_ended(view: View) -> bool:
    """The habitation is already discharged."""
    return usufructs.has_ended(view, HABITATION)


def is_not_over(view: View) -> bool:
    """The act claims that the term is over, but by the register it is not."""
    return usufructs.is_not_over(view, HABITATION)


def habitant_is_silent(view: View) -> bool:
    """The habitation is given up, but not by all beneficiaries."""
    found = usufructs.named(view, HABITATION)
    having = found.holders if found and view.act.ground in GIVEN_UP else ()
    return any(one.ref not in view.act.consent for one in having)


RULES: tuple[Rule[View], ...] = (
    Rule(Code.USUFRUCT_UNKNOWN, (law.CC_216,), is_unknown),
    Rule(Code.USUFRUCT_ENDED, (law.CC_370,), has_ended),
    Rule(Code.GROUND_NOT_SHOWN, (law.CC_370,), is_not_over),
    Rule(Code.USUFRUCT_CONSENT, (law.REG_14, law.CC_370), habitant_is_silent),
)


def effects(view: View) -> ActEffects:
    """End the right, and free the unit from it."""
    found = usufructs.named(view, HABITATION)
    assert found is not None
    return ActEffects(usufructs.ended(view, found), {"discharged": [found.id]})


def _habitants(held: Held, act: HabitationDischarge) -> Iterator[Asked]:
    """Ask for the beneficiaries who give up the right of habitation."""
    found = held.register.get(Right, act.usufruct)
    if found is not None and act.ground in GIVEN_UP:
        yield Asked("holders", ((found.unit, refs_of(found.holders)),))


KIND = ActKind(
    type=HabitationDischarge,
    title=Title("居住权注销登记", "discharge of a right of habitation"),
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
    backing=Backing(asks=_habitants, tells=always(None), paper=usufructs.rests_on_paper, gives=nothing),
    rules=RULES,
    effects=effects,
)
