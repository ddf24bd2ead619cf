"""Habitation 居住权首次登记: the right to live in another's dwelling, from its registration on (Civil Code 366-368, 371)."""

from collections.abc import Iterator
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from dengbu.ledger.law import law
from dengbu.ledger.law.calendar import IsoDate
from dengbu.ledger.law.uses import DWELLING
from dengbu.ledger.law.verdict import Code
from dengbu.ledger.log.envelope import Hex64
from dengbu.ledger.register import co_ownership
from dengbu.ledger.register.record import Holder
from dengbu.ledger.register.records import Right
from dengbu.ledger.register.shapes import Acknowledged, Refs, RightId, UnitCode
from dengbu.ledger.rules import parties, rights, roles, securing, usufructs
from dengbu.ledger.rules.act import OTHER_RIGHTS, Act, ActEffects, ActKind, ActView, issue
from dengbu.ledger.rules.backing import Asked, Backing, Held, Stated, by, nothing
from dengbu.ledger.rules.predicates import (
    consent_to_burden_is_short,
    conversion_is_awaited,
    named_unit,
    right_has_ended,
    right_is_unknown,
    right_of,
    stranger_consents,
    transfer_is_ordered,
    unit_is_disputed,
    unit_is_frozen,
    unit_is_seized,
    unit_is_unknown,
)
from dengbu.ledger.rules.rule import Rule, Title
from dengbu.ledger.rules.third_party import notice_bars, objection_is_unacknowledged

BENEFICIARIES_MAX = 16
CONTRACT, PERSONS = "contract", "persons"


class HabitationSet(Act, frozen=True, forbid_unknown_fields=True, tag="habitation.set"):
    """Let others live in a dwelling until a last day, or for life; `consent` names the holders that agreed by contract.

    Under a will or a judgment the beneficiaries apply alone. `taker` says what they are.
    """

    unit: UnitCode
    right: RightId
    ground: Literal["contract", "will", "judgment"]
    taker: Literal["person", "enterprise"]
    beneficiaries: Annotated[tuple[Hex64, ...], Meta(min_length=1, max_length=BENEFICIARIES_MAX)]
    consent: Refs
    until: IsoDate | None = None
    agreed: Refs = ()
    acknowledged: Acknowledged = ()


View = ActView[HabitationSet]


def consent_is_short(view: View) -> bool:
    """The habitation is granted by contract, but too few holders agreed."""
    return view.act.ground == CONTRACT and consent_to_burden_is_short(view)


def is_no_dwelling(view: View) -> bool:
    """The unit is not used as a dwelling."""
    unit = view.unit(view.act.unit)
    return unit is not None and unit.use != DWELLING


def taker_is_no_person(view: View) -> bool:
    """The beneficiary is an enterprise, and the policy admits only natural persons."""
    return view.act.taker != "person" and view.policy.habitation_for == PERSONS


def beneficiary_is_repeated(view: View) -> bool:
    """A beneficiary is named twice."""
    return co_ownership.repeated(_beneficiaries(view))


def beneficiary_holds(view: View) -> bool:
    """A beneficiary is already a holder of the dwelling."""
    right = right_of(view)
    held = [one.ref for one in right.holders] if right else []
    return any(one in held for one in view.act.beneficiaries)


def term_is_wrong(view: View) -> bool:
    """The last day does not exist or is not in the future."""
    return usufructs.term_is_wrong(view)


def another_lives_there(view: View) -> bool:
    """A habitation already stands on the dwelling."""
    unit = view.unit(view.act.unit)
    return unit is not None and bool(usufructs.habitations(view.register, unit, view.at.time))


def _beneficiaries(view: View) -> tuple[Holder, ...]:
    return tuple(Holder(one, co_ownership.WHOLE) for one in view.act.beneficiaries)


RULES: tuple[Rule[View], ...] = (
    Rule(Code.UNIT_UNKNOWN, (law.IR_24, law.CC_209), unit_is_unknown),
    Rule(Code.RIGHT_UNKNOWN, (law.CC_216,), right_is_unknown),
    Rule(Code.RIGHT_ENDED, (law.CC_216,), right_has_ended),
    Rule(Code.NOT_HOLDER, (law.CC_367,), stranger_consents),
    Rule(Code.CO_OWNER_CONSENT, (law.CC_301, law.CC_367), consent_is_short),
    Rule(Code.NOT_DWELLING, (law.CC_366,), is_no_dwelling),
    Rule(Code.HABITANT_NOT_PERSON, (law.CC_366,), taker_is_no_person),
    Rule(Code.HOLDER_REPEATED, (law.CC_367,), beneficiary_is_repeated),
    Rule(Code.HABITANT_IS_HOLDER, (law.CC_366,), beneficiary_holds),
    Rule(Code.USUFRUCT_TERM, (law.CC_367, law.CC_370), term_is_wrong),
    Rule(Code.DISPUTED, (law.REG_22_2,), unit_is_disputed),
    Rule(Code.SEIZED, (law.SEAL_24,), unit_is_seized),
    Rule(Code.ORDER_OPEN, (law.SEAL_23, law.IR_19), transfer_is_ordered),
    Rule(Code.FROZEN, (law.IR_19,), unit_is_frozen),
    Rule(Code.ADVANCE_NOTICE, (law.CC_221, law.PI1_4), notice_bars),
    Rule(Code.OBJECTION_NOT_ACKNOWLEDGED, (law.IR_84,), objection_is_unacknowledged),
    Rule(Code.CONVERSION_AWAITED, (law.IR_77,), conversion_is_awaited),
    Rule(Code.HABITATION_EXISTS, (law.CC_366,), another_lives_there),
)


def effects(view: View) -> ActEffects:
    """Enter a right of the beneficiaries on the unit, junior to everything already there, and its certificate."""
    act, at = view.act, view.at
    unit = view.unit(act.unit)
    assert unit is not None
    name = f"R-{view.number}-{view.ordinal}"
    certificate, counter = issue(view, OTHER_RIGHTS, name, act.unit)
    made = Right(
        id=name,
        unit=act.unit,
        kind=usufructs.HABITATION,
        mode="single" if len(act.beneficiaries) == 1 else "joint",
        holders=_beneficiaries(view),
        certificate=certificate.number,
        since=at.index,
        time=at.time,
        cause=view.number,
        status="current",
        until=act.until,
    )
    laden = msgspec.structs.replace(unit, habitations=(*unit.habitations, name), head=at.index)
    return ActEffects(
        (made, laden, certificate, counter), {"habitations": [name], "certificates": [certificate.number]}
    )


def _grantors_and_takers(held: Held, act: HabitationSet) -> Iterator[Asked]:
    """Ask for those who grant a right of habitation by contract, and for its beneficiaries."""
    if act.ground == CONTRACT:
        yield from by("grantors")(held, act)
    yield Asked("takers", ((act.unit, act.beneficiaries),))


def _told(act: HabitationSet) -> Stated | None:
    return Stated.AGREEMENT if act.ground == CONTRACT else None


def _is_shown(act: HabitationSet) -> bool:
    return act.ground != CONTRACT


KIND = ActKind(
    type=HabitationSet,
    title=Title("居住权首次登记", "first registration of a right of habitation"),
    applicants=roles.REGISTRY,
    about=("right", "ground"),
    giving=("consent", "agreed"),
    units=named_unit,
    parties=parties.none,
    discreet=False,
    secures=securing.nobody,
    ends=securing.none,
    begins=rights.none,
    disposes=True,
    taxed=False,
    backing=Backing(asks=_grantors_and_takers, tells=_told, paper=_is_shown, gives=nothing),
    rules=RULES,
    effects=effects,
)
