"""Exchange of ranks 抵押权顺位变更登记: two mortgages of a unit change places (Civil Code 409; IR 68)."""

from collections.abc import Iterator
from typing import Annotated

from msgspec import Meta

from dengbu.ledger.law import law
from dengbu.ledger.law.verdict import Code
from dengbu.ledger.log.envelope import Hex64
from dengbu.ledger.register import co_ownership
from dengbu.ledger.register.encumbrances import Mortgage
from dengbu.ledger.register.register import Register
from dengbu.ledger.register.shapes import HOLDERS_MAX, MortgageId
from dengbu.ledger.rules import mortgages, parties, rights, roles, securing
from dengbu.ledger.rules.act import Act, ActEffects, ActKind, ActView
from dengbu.ledger.rules.backing import Asked, Backing, Held, always, nothing
from dengbu.ledger.rules.predicates import (
    mortgage_is_discharged,
    mortgage_is_unknown,
    mortgage_of,
    mortgaged_unit,
    mortgagee_did_not_sign,
)
from dengbu.ledger.rules.rule import Rule, Title


class MortgageRank(Act, frozen=True, forbid_unknown_fields=True, tag="mortgage.rank"):
    """Exchange the ranks of two mortgages on one unit; `consent` are the holders of the mortgaged right that agreed."""

    mortgage: MortgageId
    other: MortgageId
    consent: Annotated[tuple[Hex64, ...], Meta(max_length=HOLDERS_MAX)]


View = ActView[MortgageRank]


def _pair(view: View) -> tuple[Mortgage, Mortgage] | None:
    """Both mortgages, if they are two active ones on the same unit, else None."""
    one, other = mortgage_of(view), view.register.get(Mortgage, view.act.other)
    if one is None or other is None or one.id == other.id:
        return None
    stand = one.status == other.status == "active" and one.unit == other.unit
    return (one, other) if stand else None


def other_is_elsewhere(view: View) -> bool:
    """The second mortgage is not another active one on the same unit."""
    one = mortgage_of(view)
    return one is not None and one.status == "active" and _pair(view) is None


def other_mortgagee_did_not_sign(view: View) -> bool:
    """The mortgagee of the second mortgage has not signed."""
    pair = _pair(view)
    return pair is not None and pair[1].mortgagee not in view.consents


def one_between_did_not_sign(view: View) -> bool:
    """A mortgagee ranking between the two has not signed; the log has no amounts that could show him unharmed."""
    pair = _pair(view)
    if pair is None:
        return False
    low, high = sorted(one.rank for one in pair)
    others = mortgages.on_unit(view.register, mortgages.unit_of(view.register, pair[0]))
    return any(low < one.rank < high and one.mortgagee not in view.consents for one in others)


def stranger_consents(view: View) -> bool:
    """Someone named as consenting is not a holder of the mortgaged right."""
    pair = _pair(view)
    return pair is not None and co_ownership.strangers(
        mortgages.right_under(view.register, pair[0]), view.act.consent
    )


def consent_is_short(view: View) -> bool:
    """Too few holders of the mortgaged right agreed."""
    pair = _pair(view)
    return pair is not None and mortgages.consent_is_short(view.register, pair[:1], view.act.consent)


RULES: tuple[Rule[View], ...] = (
    Rule(Code.MORTGAGE_UNKNOWN, (law.CC_216,), mortgage_is_unknown),
    Rule(Code.MORTGAGE_DISCHARGED, (law.CC_393,), mortgage_is_discharged),
    Rule(Code.RANK_ELSEWHERE, (law.CC_409, law.CC_414), other_is_elsewhere),
    Rule(Code.NOT_MORTGAGEE, (law.CC_409, law.IR_68), mortgagee_did_not_sign),
    Rule(Code.MORTGAGEE_DID_NOT_SIGN, (law.CC_409, law.IR_68), other_mortgagee_did_not_sign),
    Rule(Code.JUNIOR_CONSENT, (law.CC_409, law.IR_68), one_between_did_not_sign),
    Rule(Code.NOT_HOLDER, (law.CC_409,), stranger_consents),
    Rule(Code.CO_OWNER_CONSENT, (law.CC_409, law.CC_301), consent_is_short),
)


def effects(view: View) -> ActEffects:
    """Put each of the two rows in the other's place."""
    pair = _pair(view)
    assert pair is not None
    one, other = pair
    unit = mortgages.unit_of(view.register, one)
    exchanged = {one.id: other, other.id: one}
    rows = [exchanged.get(row.id, row) for row in mortgages.on_unit(view.register, unit)]
    shown = [{"id": one.id, "rank": other.rank}, {"id": other.id, "rank": one.rank}]
    return ActEffects(mortgages.in_order(unit, rows, view.at.index), {"mortgages": shown})


def _both(register: Register, act: MortgageRank) -> tuple[str, ...]:
    """Return the mortgagees of both mortgages."""
    return parties.mortgagees(register, act.mortgage, act.other)


def _row(held: Held, act: MortgageRank) -> Iterator[Asked]:
    """Ask for the holders of the unit that the mortgage is on."""
    found = held.register.get(Mortgage, act.mortgage)
    return mortgages.mortgagors(held, (found,) if found else ())


KIND = ActKind(
    type=MortgageRank,
    title=Title("抵押权顺位变更登记", "exchange of ranks"),
    applicants=roles.REGISTRY_BANK,
    about=("mortgage",),
    giving=("consent",),
    units=mortgaged_unit,
    parties=_both,
    discreet=True,
    secures=securing.nobody,
    ends=securing.none,
    begins=rights.none,
    disposes=True,
    taxed=False,
    backing=Backing(asks=_row, tells=always(None), paper=always(False), gives=nothing),
    rules=RULES,
    effects=effects,
)
