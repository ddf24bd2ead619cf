"""Advance notice 预告登记: a promised purchase or mortgage bars other dispositions (Civil Code 221; IR 85-89).

The unit of a presale is not in the register yet: its developer agrees, and the presale contract is on file (IR 86).
"""

from collections.abc import Iterator
from typing import Literal

import msgspec

from dengbu.ledger.law import law
from dengbu.ledger.law.calendar import legal_date
from dengbu.ledger.law.verdict import Code
from dengbu.ledger.log.envelope import Hex64, InstitutionId
from dengbu.ledger.register import co_ownership
from dengbu.ledger.register.notations import Notice
from dengbu.ledger.register.records import Right, Unit
from dengbu.ledger.register.shapes import Acknowledged, Refs, RightId, UnitCode
from dengbu.ledger.rules import parties, rights, roles, securing
from dengbu.ledger.rules.act import OTHER_RIGHTS, Act, ActEffects, ActKind, ActView, issue
from dengbu.ledger.rules.backing import Asked, Backing, Held, References, Stated, by, nothing
from dengbu.ledger.rules.in_force import freezes, notices
from dengbu.ledger.rules.predicates import (
    code_is_invalid,
    land_is_not_mortgageable,
    land_term_is_over,
    may_take_mortgages,
    named_unit,
    transfer_is_ordered,
    unit_is_taken,
)
from dengbu.ledger.rules.rule import Rule, Title
from dengbu.ledger.rules.seizure_queue import effective_seizure
from dengbu.ledger.rules.third_party import (
    OF_BANKS,
    clause_bars,
    in_book,
    notice_bars,
    objection_is_unacknowledged,
    old_mortgage_bars,
)

PRESALE, SALE, MORTGAGE, PRESALE_MORTGAGE = "presale", "sale", "mortgage", "presale-mortgage"
BEFORE_REGISTRATION = (PRESALE, PRESALE_MORTGAGE)


class NoticeSet(Act, frozen=True, forbid_unknown_fields=True, tag="notice.set"):
    """Note a promise: of a purchase to `beneficiary`, or of a mortgage to `mortgagee`.

    `consent` names those who grant it: holders of `right`, the developer of a presale, or the buyer that mortgages
    his presale. `filed` is true if the presale contract is on file, `alone` if it lets the buyer apply alone and the
    developer did not apply.
    """

    unit: UnitCode
    kind: Literal["presale", "sale", "mortgage", "presale-mortgage"]
    consent: Refs
    right: RightId | None = None
    beneficiary: Hex64 | None = None
    mortgagee: InstitutionId | None = None
    filed: bool = False
    alone: bool = False
    agreed: Refs = ()
    acknowledged: Acknowledged = ()


View = ActView[NoticeSet]


def parties_do_not_fit(view: View) -> bool:
    """A buyer, a bank or a right is given where the kind of notice has none, or is missing where it has one.

    A purchase has a buyer, a mortgage a bank, and a registered unit a right.
    """
    act = view.act
    of_bank, before = act.kind in OF_BANKS, act.kind in BEFORE_REGISTRATION
    fits = (act.mortgagee is not None) is of_bank and (act.beneficiary is None) is of_bank
    return not fits or (act.right is None) is not before


def promises_himself(view: View) -> bool:
    """The beneficiary is already the only holder of the right."""
    right = _right(view)
    return right is not None and [one.ref for one in right.holders] == [view.act.beneficiary]


def presold_code_is_invalid(view: View) -> bool:
    """The code of a unit to be built is not valid (GB/T 37346)."""
    return view.act.kind in BEFORE_REGISTRATION and code_is_invalid(view.register, view.act.unit)


def unit_is_unknown(view: View) -> bool:
    """The unit has no first registration: only a presale may be noted."""
    return view.act.kind not in BEFORE_REGISTRATION and view.unit(view.act.unit) is None


def presold_unit_is_registered(view: View) -> bool:
    """The unit is already registered, so it can be sold but not presold."""
    return view.act.kind in BEFORE_REGISTRATION and unit_is_taken(view, view.act.unit)


def _right(view: View) -> Right | None:
    return None if view.act.right is None else view.right(view.act.unit, view.act.right)


def right_is_unknown(view: View) -> bool:
    """There is no such right on the unit."""
    return view.act.right is not None and _right(view) is None


def right_has_ended(view: View) -> bool:
    """The right has ended."""
    right = _right(view)
    return right is not None and right.status != "current"


def stranger_consents(view: View) -> bool:
    """Someone named as consenting is not a holder."""
    right = _right(view)
    return right is not None and co_ownership.strangers(right, view.act.consent)


def consent_is_short(view: View) -> bool:
    """Too few holders agreed to sell or to mortgage."""
    right, act = _right(view), view.act
    if right is None:
        return False
    if act.kind == MORTGAGE:
        return not co_ownership.may_mortgage(right, act.consent)
    return not co_ownership.may_transfer(right, act.consent, view.policy)


def developer_is_silent(view: View) -> bool:
    """The developer has not applied, and the contract does not let the buyer apply alone."""
    return view.act.kind == PRESALE and not (view.act.consent or view.act.alone)


def contract_is_not_filed(view: View) -> bool:
    """The presale contract is not on file with the housing authority."""
    return view.act.kind == PRESALE and not view.act.filed


def presale_is_not_noted(view: View) -> bool:
    """The buyer who mortgages a presale has no advance notice of it."""
    if view.act.kind != PRESALE_MORTGAGE:
        return False
    unit = in_book(view)
    found = notices(view.register, unit, view.at.time) if unit else ()
    return not any(one.kind == PRESALE and one.beneficiary in view.act.consent for one in found)


def mortgage_is_impossible(view: View) -> bool:
    """A mortgage is promised on land that the law does not allow to be mortgaged."""
    return view.act.kind in OF_BANKS and land_is_not_mortgageable(view)


def expired_land_is_promised(view: View) -> bool:
    """The land-use term of a registered unit is over, so what is promised could not be registered."""
    return view.act.kind not in BEFORE_REGISTRATION and land_term_is_over(view)


def unit_is_disputed(view: View) -> bool:
    """Ownership is disputed."""
    unit = in_book(view)
    return unit is not None and unit.disputed


def unit_is_seized(view: View) -> bool:
    """A seizure binds the unit, registered or not."""
    unit = in_book(view)
    return unit is not None and effective_seizure(view.register, unit, view.at.time) is not None


def unit_is_frozen(view: View) -> bool:
    """An authority has frozen dispositions of the unit."""
    unit = in_book(view)
    return unit is not None and freezes(view.register, unit, view.at.time) != ()


def clause_bars_sale(view: View) -> bool:
    """A sale is promised against a registered clause whose mortgagee has not signed."""
    return view.act.kind == SALE and clause_bars(view)


def old_mortgage_bars_sale(view: View) -> bool:
    """A sale is promised over a mortgage from before the Civil Code whose mortgagee has not signed."""
    return view.act.kind == SALE and old_mortgage_bars(view)


def mortgagee_is_unknown(view: View) -> bool:
    """The mortgagee is not an active bank."""
    bank = view.act.mortgagee
    return bank is not None and not may_take_mortgages(view.register, bank)


def mortgagee_did_not_sign(view: View) -> bool:
    """The bank's signature is not on the application."""
    return view.act.mortgagee is not None and view.act.mortgagee not in view.consents


RULES: tuple[Rule[View], ...] = (
    Rule(Code.NOTICE_PARTIES, (law.CC_221, law.IR_85), parties_do_not_fit),
    Rule(Code.NOTICE_PARTIES, (law.CC_221,), promises_himself),
    Rule(Code.BAD_UNIT_CODE, (law.REG_18,), presold_code_is_invalid),
    Rule(Code.UNIT_UNKNOWN, (law.IR_24, law.CC_209), unit_is_unknown),
    Rule(Code.UNIT_REGISTERED, (law.IR_86,), presold_unit_is_registered),
    Rule(Code.RIGHT_UNKNOWN, (law.CC_216,), right_is_unknown),
    Rule(Code.RIGHT_ENDED, (law.CC_216,), right_has_ended),
    Rule(Code.NOT_HOLDER, (law.REG_14,), stranger_consents),
    Rule(Code.CO_OWNER_CONSENT, (law.CC_301, law.URE_38_4), consent_is_short),
    Rule(Code.CONSENT_MISSING, (law.IR_86,), developer_is_silent),
    Rule(Code.CONTRACT_NOT_FILED, (law.IR_86,), contract_is_not_filed),
    Rule(Code.PRESALE_NOT_NOTED, (law.IR_85,), presale_is_not_noted),
    Rule(Code.LAND_TERM_OVER, (law.REG_22_3, law.CC_359), expired_land_is_promised),
    Rule(Code.NOT_MORTGAGEABLE, (law.CC_399,), mortgage_is_impossible),
    Rule(Code.DISPUTED, (law.REG_22_2,), unit_is_disputed),
    Rule(Code.SEIZED, (law.SEAL_24,), unit_is_seized),
    Rule(Code.ORDER_OPEN, (law.SEAL_23, law.IR_19), transfer_is_ordered),
    Rule(Code.FROZEN, (law.IR_19,), unit_is_frozen),
    Rule(Code.ADVANCE_NOTICE, (law.CC_221, law.IR_85), notice_bars),
    Rule(Code.OBJECTION_NOT_ACKNOWLEDGED, (law.IR_84,), objection_is_unacknowledged),
    Rule(Code.MORTGAGEE_CONSENT, (law.SEC_43, law.CC_406), clause_bars_sale),
    Rule(Code.MORTGAGEE_CONSENT, (law.MNR54,), old_mortgage_bars_sale),
    Rule(Code.MORTGAGEE_UNKNOWN, (law.NET_1,), mortgagee_is_unknown),
    Rule(Code.MORTGAGEE_DID_NOT_SIGN, (law.CC_400, law.REG_14), mortgagee_did_not_sign),
)


def effects(view: View) -> ActEffects:
    """Enter the notice and its certificate on the unit, which is pending if it is presold."""
    act, at = view.act, view.at
    before = in_book(view)
    unit = before or Unit(code=act.unit, use="", area_cm2=0, status="pending", head=at.index)
    name = f"N-{view.number}-{view.ordinal}"
    certificate, counter = issue(view, OTHER_RIGHTS, name, act.unit)
    notice = Notice(
        id=name,
        unit=act.unit,
        kind=act.kind,
        beneficiary=str(act.beneficiary or act.mortgagee),
        entered_on=legal_date(at.time).isoformat(),
        certificate=certificate.number,
        case=view.number,
        since=at.index,
        status="noted",
    )
    changed = msgspec.structs.replace(unit, notices=(*unit.notices, name), head=at.index)
    return ActEffects(
        (notice, changed, certificate, counter),
        {"notices": [name], "certificates": [certificate.number]},
    )


def _promising(held: Held, act: NoticeSet) -> Iterator[Asked]:
    """Ask for both sides of an advance notice.

    The grantor is a holder, a developer, or the buyers of a presale who promise a bank a mortgage.
    """
    if act.kind not in BEFORE_REGISTRATION:
        yield from by("grantors")(held, act)
    elif buyers := _presold(held, act):
        yield Asked("grantors", ((act.unit, buyers), (act.unit, act.consent)))
    elif act.consent:
        yield Asked("grantors", ((act.unit, act.consent),))
    if act.beneficiary is not None:
        yield Asked("takers", ((act.unit, (act.beneficiary,)),))


def _presold(held: Held, act: NoticeSet) -> References:
    unit = held.register.get(Unit, act.unit) if act.kind != PRESALE else None
    found = [held.register.get(Notice, one) for one in unit.notices] if unit else []
    return tuple(one.beneficiary for one in found if one is not None and one.kind == PRESALE)


def _told(act: NoticeSet) -> Stated:
    return Stated.TERMS if act.kind in OF_BANKS else Stated.PRICE


def _is_shown(act: NoticeSet) -> bool:
    """Return whether only a paper shows who promises, since the register does not show the developer of a presale."""
    return act.kind == PRESALE


KIND = ActKind(
    type=NoticeSet,
    title=Title("预告登记", "advance notice", "预售 presale, 买卖 sale, 抵押 mortgage"),
    applicants=roles.REGISTRY_BANK,
    about=("right", "beneficiary", "mortgagee"),
    giving=("consent", "agreed"),
    units=named_unit,
    parties=parties.none,
    discreet=False,
    secures=securing.its_mortgagee,
    ends=securing.none,
    begins=rights.none,
    disposes=True,
    taxed=False,
    backing=Backing(asks=_promising, tells=_told, paper=_is_shown, gives=nothing),
    rules=RULES,
    effects=effects,
)
