"""Transfer 转移登记 by sale, gift or inheritance; burdens follow the unit (Civil Code 208-209, 214, 230, 406).

That its taxes are cleared is asked at entry, for the whole case (Deed Tax Law 11): see `ledger.tax`.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from ledger import holding, law
from ledger.act import Act, ActEffects, ActKind, ActView, begin_ownership
from ledger.court import PRE_SEIZURE, effective_seizure
from ledger.envelope import Hex64
from ledger.predicates import (
    conversion_is_awaited,
    holder_is_repeated,
    named_unit,
    right_has_ended,
    right_is_unknown,
    right_of,
    shares_do_not_fit,
    stranger_consents,
    transfer_is_ordered,
    unit_is_disputed,
    unit_is_frozen,
    unit_is_unknown,
)
from ledger.records import Mortgage, Record
from ledger.rule import Rule
from ledger.shapes import HOLDERS_MAX, Holders, Mode, RightId, UnitCode
from ledger.verdict import Code


class Transfer(Act, frozen=True, forbid_unknown_fields=True, tag="transfer"):
    """Transfer a whole right to new holders; `consent` are the old holders that signed, none for an inheritance."""

    unit: UnitCode
    right: RightId
    cause: Literal["sale", "gift", "inheritance"]
    seller: Literal["person", "enterprise"]
    mode: Mode
    holders: Holders
    consent: Annotated[tuple[Hex64, ...], Meta(max_length=HOLDERS_MAX)]


View = ActView[Transfer]


def consent_is_short(view: View) -> bool:
    """Too few holders agreed; heirs apply alone, for the holder is dead (Interim Regulation 14): see the next rule."""
    right = right_of(view)
    if right is None or view.act.cause == "inheritance":
        return False
    return not holding.may_transfer(right, view.act.consent, view.policy)


def survivor_loses(view: View) -> bool:
    """An inheritance takes more than one dead holder's part: another holder neither agrees nor keeps what is his."""
    right = right_of(view)
    if right is None or view.act.cause != "inheritance":
        return False
    return not holding.may_inherit(right, view.act.consent, view.act.holders)


def seizure_bars_transfer(view: View) -> bool:
    """A seizure binds the unit; a pre-seizure lets it come into the debtor's name, and into no other."""
    unit = view.unit(view.act.unit)
    seizure = effective_seizure(view.register, unit, view.at.time) if unit else None
    if seizure is None:
        return False
    return seizure.kind != PRE_SEIZURE or seizure.debtor not in [one.ref for one in view.act.holders]


def clause_bars_transfer(view: View) -> bool:
    """A mortgagee with a registered clause against transfer has not signed."""
    return any(one.no_transfer for one in _silent(view))


def old_mortgage_bars_transfer(view: View) -> bool:
    """The mortgagee of a mortgage entered before the Civil Code has not signed."""
    before = view.policy.mortgage_consent_before
    return any(one.entered_on < before and not one.no_transfer for one in _silent(view))


def _silent(view: View) -> list[Mortgage]:
    """Mortgages on the unit whose mortgagee has not signed; succession needs nobody's consent."""
    unit = view.unit(view.act.unit)
    if unit is None or view.act.cause == "inheritance":
        return []
    return [one for one in view.mortgages(unit) if one.mortgagee not in view.consents]


RULES: tuple[Rule[View], ...] = (
    Rule(Code.UNIT_UNKNOWN, (law.IR_24, law.CC_209), unit_is_unknown),
    Rule(Code.RIGHT_UNKNOWN, (law.CC_216,), right_is_unknown),
    Rule(Code.RIGHT_ENDED, (law.CC_216,), right_has_ended),
    Rule(Code.NOT_HOLDER, (law.REG_14,), stranger_consents),
    Rule(Code.CO_OWNER_CONSENT, (law.CC_301, law.URE_38_4), consent_is_short),
    Rule(Code.CO_OWNER_CONSENT, (law.CC_230, law.CC_301), survivor_loses),
    Rule(Code.HOLDER_REPEATED, (law.CC_298,), holder_is_repeated),
    Rule(Code.SHARES_SUM, (law.CC_298,), shares_do_not_fit),
    Rule(Code.DISPUTED, (law.URE_38_5, law.REG_22_2), unit_is_disputed),
    Rule(Code.SEIZED, (law.URE_38_2, law.SEAL_23), seizure_bars_transfer),
    Rule(Code.FROZEN, (law.URE_38_2, law.IR_19), unit_is_frozen),
    Rule(Code.ORDER_OPEN, (law.SEAL_23, law.IR_19), transfer_is_ordered),
    Rule(Code.CONVERSION_AWAITED, (law.IR_77,), conversion_is_awaited),
    Rule(Code.MORTGAGEE_CONSENT, (law.SEC_43, law.CC_406), clause_bars_transfer),
    Rule(Code.MORTGAGEE_CONSENT, (law.MNR54,), old_mortgage_bars_transfer),
)


def enter(view: View) -> ActEffects:
    """The old right ends, the new one begins under a new certificate, every mortgage follows (Civil Code 406)."""
    act, at = view.act, view.at
    unit, old = view.unit(act.unit), right_of(view)
    assert unit is not None
    assert old is not None
    nth = unit.rights_count + 1
    new, certificate, counter = begin_ownership(view, act.unit, act.mode, act.holders, nth)
    burdens: list[Record] = [msgspec.structs.replace(one, right=new.id) for one in view.mortgages(unit)]
    changed = msgspec.structs.replace(unit, right=new.id, rights_count=nth, head=at.index)
    ended = msgspec.structs.replace(old, status="ended", ended=at.index)
    return ActEffects(
        (ended, new, *burdens, changed, certificate, counter),
        {"rights": [new.id], "certificates": [certificate.number]},
    )


KIND = ActKind("transfer", Transfer, RULES, enter, named_unit, disposes=True)
