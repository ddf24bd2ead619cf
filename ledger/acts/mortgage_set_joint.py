"""Joint mortgage 共同抵押权首次登记: one claim secured on several units, with a row and a rank on each (CC 395, 402, 414)."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from dengbu.ledger.law import law
from dengbu.ledger.law.verdict import Code
from dengbu.ledger.log.envelope import Hex64, InstitutionId
from dengbu.ledger.register.encumbrances import Joint
from dengbu.ledger.register.register import Overlay, Register
from dengbu.ledger.register.shapes import HOLDERS_MAX, Acknowledged, MortgageForm, Refs, RightId, UnitCode
from dengbu.ledger.rules import mortgages, parties, predicates, rights, roles, securing, third_party
from dengbu.ledger.rules.act import Act, ActEffects, ActKind, ActView
from dengbu.ledger.rules.backing import Asked, Backing, Held, Stated, always, by, nothing
from dengbu.ledger.rules.rule import Rule, Title

PIECES_MAX = 50


class Piece(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One of the units: its right, and the holders of it that agreed."""

    unit: UnitCode
    right: RightId
    consent: Annotated[tuple[Hex64, ...], Meta(max_length=HOLDERS_MAX)]
    agreed: Refs = ()
    acknowledged: Acknowledged = ()


class MortgageSetJoint(Act, frozen=True, forbid_unknown_fields=True, tag="mortgage.set-joint"):
    """Set a mortgage for one claim on several rights, with a single amount that is not divided among them."""

    pieces: Annotated[tuple[Piece, ...], Meta(min_length=2, max_length=PIECES_MAX)]
    mortgagee: InstitutionId
    kind: MortgageForm
    no_transfer: bool


View = ActView[MortgageSetJoint]


def on_a_piece(refuses: Callable[[ActView[Any]], bool]) -> Callable[[View], bool]:
    """Return a predicate that is true if the given one, which is about one unit, is true of any of the units."""

    def on_any(view: View) -> bool:
        return any(refuses(replace(view, act=piece)) for piece in view.act.pieces)  # type: ignore[arg-type]

    return on_any


def unit_is_repeated(view: View) -> bool:
    """A unit is named twice."""
    codes = [piece.unit for piece in view.act.pieces]
    return any(code in codes[:place] for place, code in enumerate(codes))


RULES: tuple[Rule[View], ...] = (
    Rule(Code.UNIT_UNKNOWN, (law.IR_24, law.CC_209), on_a_piece(predicates.unit_is_unknown)),
    Rule(Code.UNIT_REPEATED, (law.REG_10,), unit_is_repeated),
    Rule(Code.RIGHT_UNKNOWN, (law.CC_216,), on_a_piece(predicates.right_is_unknown)),
    Rule(Code.RIGHT_ENDED, (law.CC_216,), on_a_piece(predicates.right_has_ended)),
    Rule(Code.NOT_HOLDER, (law.CC_395,), on_a_piece(predicates.stranger_consents)),
    Rule(Code.CO_OWNER_CONSENT, (law.CC_301, law.IR_10), on_a_piece(predicates.consent_to_burden_is_short)),
    Rule(Code.NOT_MORTGAGEABLE, (law.CC_399,), on_a_piece(predicates.land_is_not_mortgageable)),
    Rule(Code.LAND_TERM_OVER, (law.REG_22_3, law.CC_359), on_a_piece(predicates.land_term_is_over)),
    Rule(Code.DISPUTED, (law.CC_399_4, law.REG_22_2), on_a_piece(predicates.unit_is_disputed)),
    Rule(Code.SEIZED, (law.CC_399_5, law.SEAL_24), on_a_piece(predicates.unit_is_seized)),
    Rule(Code.ORDER_OPEN, (law.SEAL_23, law.IR_19), on_a_piece(predicates.transfer_is_ordered)),
    Rule(Code.FROZEN, (law.CC_399_5, law.IR_19), on_a_piece(predicates.unit_is_frozen)),
    Rule(Code.ADVANCE_NOTICE, (law.CC_221, law.PI1_4), on_a_piece(third_party.notice_bars)),
    Rule(Code.OBJECTION_NOT_ACKNOWLEDGED, (law.IR_84,), on_a_piece(third_party.objection_is_unacknowledged)),
    Rule(Code.CONVERSION_AWAITED, (law.IR_77,), on_a_piece(predicates.conversion_is_awaited)),
    Rule(Code.MORTGAGEE_UNKNOWN, (law.NET_1,), predicates.lender_is_unknown),
    Rule(Code.MORTGAGEE_DID_NOT_SIGN, (law.CC_400, law.REG_14), predicates.lender_did_not_sign),
)


def effects(view: View) -> ActEffects:
    """Enter a row with its certificate on each unit, at the next rank there, and the joint mortgage that holds them."""
    act, overlay = view.act, Overlay(view.register)
    made = replace(view, register=overlay)
    joint = f"M-{view.number}-{view.ordinal}"
    rows = []
    for nth, piece in enumerate(act.pieces, 1):
        unit = made.unit(piece.unit)
        assert unit is not None
        row, certificate, counter = mortgages.begin(
            made, f"{joint}-{nth}", unit, act.mortgagee, act.kind, act.no_transfer, joint=joint
        )
        laden = msgspec.structs.replace(unit, mortgages=(*unit.mortgages, row.id), head=view.at.index)
        overlay.apply((row, laden, certificate, counter))
        rows.append(row)
    overlay.apply((Joint(joint, tuple(row.id for row in rows)),))
    result = {
        "joint": [joint],
        "mortgages": [{"id": row.id, "rank": row.rank} for row in rows],
        "certificates": [row.certificate for row in rows],
    }
    return ActEffects(overlay.changes(), result)


def units(register: Register, act: MortgageSetJoint) -> tuple[str, ...]:
    """Every unit that is to secure the claim."""
    return tuple(piece.unit for piece in act.pieces)


def _pieces(held: Held, act: MortgageSetJoint) -> Iterator[Asked]:
    """Ask for the holders of each unit, who may differ from unit to unit."""
    for piece in act.pieces:
        yield from by("mortgagors")(held, piece)


KIND = ActKind(
    type=MortgageSetJoint,
    title=Title("共同抵押权首次登记", "first registration of a joint mortgage"),
    applicants=roles.REGISTRY_BANK,
    about=("mortgagee",),
    giving=("consent", "agreed"),
    units=units,
    parties=parties.none,
    discreet=True,
    secures=securing.its_mortgagee,
    ends=securing.none,
    begins=rights.none,
    disposes=True,
    taxed=False,
    backing=Backing(asks=_pieces, tells=always(Stated.TERMS), paper=always(False), gives=nothing),
    rules=RULES,
    effects=effects,
)
