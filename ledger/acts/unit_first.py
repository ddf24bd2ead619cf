"""First registration 首次登记: a unit and its first ownership right (Interim Regulation 14, 19; Civil Code 209, 231)."""

from collections.abc import Iterator

import msgspec

from dengbu.ledger.law import law
from dengbu.ledger.law.calendar import IsoDate, as_date, legal_date
from dengbu.ledger.law.uses import DWELLING
from dengbu.ledger.law.verdict import Code
from dengbu.ledger.register.records import Unit
from dengbu.ledger.register.shapes import AreaCm2, Holders, Mode, UnitCode, Use
from dengbu.ledger.rules import parties, rights, roles, securing
from dengbu.ledger.rules.act import Act, ActEffects, ActKind, ActView, begin_ownership
from dengbu.ledger.rules.backing import Asked, Backing, Held, always, its_holders, refs_of
from dengbu.ledger.rules.in_force import freezes
from dengbu.ledger.rules.predicates import (
    code_is_invalid,
    holder_is_repeated,
    named_unit,
    shares_do_not_fit,
    unit_is_taken,
)
from dengbu.ledger.rules.rule import Rule, Title
from dengbu.ledger.rules.third_party import in_book


class UnitFirst(Act, frozen=True, forbid_unknown_fields=True, tag="unit.first"):
    """Register a unit for the first time: use, area in cm2, holders by reference, and last day of the land-use term."""

    unit: UnitCode
    use: Use
    area_cm2: AreaCm2
    mode: Mode
    holders: Holders
    land_until: IsoDate | None = None


View = ActView[UnitFirst]


def its_code_is_invalid(view: View) -> bool:
    """The unit code is not valid (GB/T 37346)."""
    return code_is_invalid(view.register, view.act.unit)


def unit_is_registered(view: View) -> bool:
    """The unit, or a retired one of this code, is already in the register."""
    return unit_is_taken(view, view.act.unit)


def unit_is_disputed(view: View) -> bool:
    """A suit over ownership of the unit was accepted before its registration."""
    unit = in_book(view)
    return unit is not None and unit.status == "pending" and unit.disputed


def unit_is_frozen(view: View) -> bool:
    """An authority has frozen dispositions of the unit before its registration."""
    unit = in_book(view)
    return unit is not None and unit.status == "pending" and freezes(view.register, unit, view.at.time) != ()


def land_term_is_no_date(view: View) -> bool:
    """The last day of the land-use term does not exist."""
    return view.act.land_until is not None and as_date(view.act.land_until) is None


def land_term_is_over(view: View) -> bool:
    """The land-use term is over; for dwellings it renews itself (Civil Code 359)."""
    until = as_date(view.act.land_until or "")
    return until is not None and view.act.use != DWELLING and until < legal_date(view.at.time)


RULES: tuple[Rule[View], ...] = (
    Rule(Code.BAD_UNIT_CODE, (law.REG_18,), its_code_is_invalid),
    Rule(Code.UNIT_REGISTERED, (law.REG_10,), unit_is_registered),
    Rule(Code.DISPUTED, (law.REG_22_2,), unit_is_disputed),
    Rule(Code.FROZEN, (law.IR_19,), unit_is_frozen),
    Rule(Code.BAD_DATE, (law.REG_10,), land_term_is_no_date),
    Rule(Code.LAND_TERM_OVER, (law.REG_22_3, law.CC_359), land_term_is_over),
    Rule(Code.HOLDER_REPEATED, (law.CC_298,), holder_is_repeated),
    Rule(Code.SHARES_SUM, (law.CC_298,), shares_do_not_fit),
)


def effects(view: View) -> ActEffects:
    """Enter the unit, its first right, and a certificate."""
    act, at = view.act, view.at
    before = view.register.get(Unit, act.unit)
    right, certificate, counter = begin_ownership(view, act.unit, act.mode, act.holders, 1)
    pending = before or Unit(code=act.unit, use="", area_cm2=0, status="pending", head=at.index)
    unit = msgspec.structs.replace(  # notations from before stay on it
        pending,
        use=act.use,
        area_cm2=act.area_cm2,
        status="active",
        head=at.index,
        right=right.id,
        land_until=act.land_until,
        rights_count=1,
    )
    return ActEffects(
        (unit, right, certificate, counter), {"rights": [right.id], "certificates": [certificate.number]}
    )


def _holders(held: Held, act: UnitFirst) -> Iterator[Asked]:
    """Ask for the first holders of the unit."""
    yield Asked("transferees", ((act.unit, refs_of(act.holders)),))


KIND = ActKind(
    type=UnitFirst,
    title=Title("首次登记", "first registration"),
    applicants=roles.REGISTRY,
    about=(),
    giving=(),
    units=named_unit,
    parties=parties.none,
    discreet=False,
    secures=securing.nobody,
    ends=securing.none,
    begins=rights.first,
    disposes=True,
    taxed=False,
    backing=Backing(asks=_holders, tells=always(None), paper=always(False), gives=its_holders),
    rules=RULES,
    effects=effects,
)
