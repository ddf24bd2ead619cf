"""Alteration 变更登记 of name, location, area, use, term or sharing; the holders stay (REG 14(4); IR 26, 37).

A change of name or identity number gives a holder another reference. The location itself is a private part of the
application; the register holds only a commitment to it.
"""

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from dengbu.ledger.law import law
from dengbu.ledger.law.calendar import IsoDate, as_date
from dengbu.ledger.law.uses import DWELLING
from dengbu.ledger.law.verdict import Code
from dengbu.ledger.log.envelope import Hex64
from dengbu.ledger.register import co_ownership
from dengbu.ledger.register.members import Institution, Role
from dengbu.ledger.register.notations import Mark
from dengbu.ledger.register.record import Holder
from dengbu.ledger.register.shapes import HOLDERS_MAX, AreaCm2, Holders, Refs, RightId, UnitCode, Use
from dengbu.ledger.rules import parties, rights, roles, securing, usufructs
from dengbu.ledger.rules.act import Act, ActEffects, ActKind, ActView, reissue
from dengbu.ledger.rules.backing import Asked, Backing, Held, References, always
from dengbu.ledger.rules.in_force import freezes
from dengbu.ledger.rules.predicates import (
    named_unit,
    right_has_ended,
    right_is_unknown,
    right_of,
    stranger_consents,
    unit_is_disputed,
    unit_is_unknown,
)
from dengbu.ledger.rules.rule import Rule, Title
from dengbu.ledger.rules.seizure_queue import effective_seizure

NAMES_FREE = "names-free"


class Renamed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A holder's reference before and after the change of name or identity number."""

    old: Hex64
    new: Hex64


class Sharing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the same holders will hold: by shares if they held jointly before, or the reverse."""

    mode: Literal["joint", "shares"]
    holders: Holders


class UnitAlter(Act, frozen=True, forbid_unknown_fields=True, tag="unit.alter"):
    """Alter the fields that are given, and nothing else.

    `consent` names the holders that signed, `location` is a commitment, and `land_until` is the last day of the
    renewed land-use term.
    """

    unit: UnitCode
    right: RightId
    consent: Refs
    location: Hex64 | None = None
    area_cm2: AreaCm2 | None = None
    use: Use | None = None
    land_until: IsoDate | None = None
    sharing: Sharing | None = None
    renamed: Annotated[tuple[Renamed, ...], Meta(max_length=HOLDERS_MAX)] = ()


View = ActView[UnitAlter]


def _described(act: UnitAlter) -> dict[str, str | int]:
    asked = {"location": act.location, "area_cm2": act.area_cm2, "use": act.use}
    return {name: value for name, value in asked.items() if value is not None}


def _altered(act: UnitAlter) -> dict[str, str | int]:
    term = {} if act.land_until is None else {"land_until": act.land_until}
    return {**_described(act), **term}


def _is_about_the_unit(view: View) -> bool:
    return _altered(view.act) != {} or view.act.sharing is not None


def nothing_changes(view: View) -> bool:
    """No change is named, or one of them is what the register already says."""
    asked, renamed = _altered(view.act), view.act.renamed
    unit = view.unit(view.act.unit)
    if unit is None:
        return False
    said = any(getattr(unit, name) == value for name, value in asked.items())
    right, sharing = right_of(view), view.act.sharing
    same = sharing is not None and right is not None and sharing.mode == right.mode
    named = asked or renamed or sharing
    return said or same or any(one.old == one.new for one in renamed) or not named


def term_is_no_date(view: View) -> bool:
    """The last day of the land-use term does not exist."""
    return view.act.land_until is not None and as_date(view.act.land_until) is None


def renamed_are_no_holders(view: View) -> bool:
    """A renamed person holds nothing, is renamed twice, or gets a reference that another holder has as well."""
    right = right_of(view)
    if right is None:
        return False
    olds = [one.old for one in view.act.renamed]
    after = [holder.ref for holder in _holders(right.holders, view.act)]
    held = [holder.ref for holder in right.holders]
    repeated = any(ref in olds[:place] for place, ref in enumerate(olds))
    merged = any(ref in after[:place] for place, ref in enumerate(after))
    return repeated or merged or any(ref not in held for ref in olds)


def _holders(holders: tuple[Holder, ...], act: UnitAlter) -> tuple[Holder, ...]:
    new = {one.old: one.new for one in act.renamed}
    return tuple(Holder(new.get(one.ref, one.ref), one.share) for one in holders)


def sharers_are_others(view: View) -> bool:
    """The sharing names other persons than the holders under their new references, which would be a transfer."""
    right, sharing = right_of(view), view.act.sharing
    if right is None or sharing is None:
        return False
    after = sorted(one.ref for one in _holders(right.holders, view.act))
    return sorted(one.ref for one in sharing.holders) != after


def shares_do_not_fit(view: View) -> bool:
    """The shares do not add up to one, or do not fit the mode."""
    sharing = view.act.sharing
    return sharing is not None and co_ownership.badly_shared(sharing.mode, sharing.holders)


def consent_is_short(view: View) -> bool:
    """Someone whom the change concerns has not signed, or too few have for a change of the unit (Civil Code 301).

    It concerns the holders who are renamed and, if the sharing changes, all holders.
    """
    right = right_of(view)
    if right is None:
        return False
    concerned = [one.old for one in view.act.renamed]
    if view.act.sharing is not None:
        concerned += [one.ref for one in right.holders]
    silent = any(one not in view.act.consent for one in concerned)
    return silent or (_is_about_the_unit(view) and not co_ownership.may_mortgage(right, view.act.consent))


def disputed_unit_changes(view: View) -> bool:
    """Ownership is disputed and the unit would change; a change of name is still allowed."""
    return unit_is_disputed(view) and _is_about_the_unit(view)


def seizing_court_is_silent(view: View) -> bool:
    """A seizure binds the unit and its court has not signed; the policy may exempt changes of name."""
    unit = view.unit(view.act.unit)
    seizure = effective_seizure(view.register, unit, view.at.time) if unit else None
    if seizure is None or seizure.court in view.consents:
        return False
    return _is_about_the_unit(view) or view.policy.altering_seized != NAMES_FREE


def _agrees(view: View, freeze: Mark) -> bool:
    by = view.register.get(Institution, freeze.institution)
    return by is not None and by.role is Role.COURT and by.id in view.consents


def freezing_institution_is_silent(view: View) -> bool:
    """Dispositions are frozen and the court that froze them has not signed; the policy may exempt changes of name.

    The registry enters a freeze on the document of another authority, so its own signature on an application is not
    that authority's consent.
    """
    unit = view.unit(view.act.unit)
    frozen = freezes(view.register, unit, view.at.time) if unit else ()
    if all(_agrees(view, one) for one in frozen):
        return False
    return _is_about_the_unit(view) or view.policy.altering_seized != NAMES_FREE


def dwelling_is_lived_in(view: View) -> bool:
    """The unit would no longer be a dwelling, although a right of habitation stands on it."""
    unit = view.unit(view.act.unit)
    if unit is None or right_of(view) is None or view.act.use in (None, DWELLING):
        return False
    return bool(usufructs.habitations(view.register, unit, view.at.time))


RULES: tuple[Rule[View], ...] = (
    Rule(Code.UNIT_UNKNOWN, (law.IR_24, law.CC_209), unit_is_unknown),
    Rule(Code.RIGHT_UNKNOWN, (law.CC_216,), right_is_unknown),
    Rule(Code.RIGHT_ENDED, (law.CC_216,), right_has_ended),
    Rule(Code.NOT_HOLDER, (law.REG_14,), stranger_consents),
    Rule(Code.NOTHING_CHANGES, (law.REG_16, law.IR_26), nothing_changes),
    Rule(Code.BAD_DATE, (law.REG_10,), term_is_no_date),
    Rule(Code.HOLDERS_DIFFER, (law.IR_26,), renamed_are_no_holders),
    Rule(Code.HOLDERS_DIFFER, (law.IR_26, law.IR_27), sharers_are_others),
    Rule(Code.SHARES_SUM, (law.CC_298,), shares_do_not_fit),
    Rule(Code.CO_OWNER_CONSENT, (law.CC_301, law.IR_10), consent_is_short),
    Rule(Code.USUFRUCT_STANDS, (law.CC_366,), dwelling_is_lived_in),
    Rule(Code.DISPUTED, (law.REG_22_2,), disputed_unit_changes),
    Rule(Code.SEIZED, (law.SEAL_24,), seizing_court_is_silent),
    Rule(Code.FROZEN, (law.IR_19,), freezing_institution_is_silent),
)


def effects(view: View) -> ActEffects:
    """Alter the unit and its right, and issue a new certificate."""
    act, index = view.act, view.at.index
    unit, right = view.unit(act.unit), right_of(view)
    assert unit is not None
    assert right is not None
    changed = msgspec.structs.replace(unit, head=index, **_altered(act))
    if _described(act):
        changed = msgspec.structs.replace(changed, described=index)
    sharing = act.sharing
    mode = right.mode if sharing is None else sharing.mode
    holders = _holders(right.holders, act) if sharing is None else sharing.holders
    held = msgspec.structs.replace(right, mode=mode, holders=holders)
    altered, certificate, counter = reissue(view, held)
    return ActEffects(
        (changed, altered, certificate, counter),
        {"altered": [act.unit], "certificates": [certificate.number]},
    )


def _renamed(held: Held, act: UnitAlter) -> References:
    new = {one.old: one.new for one in act.renamed}
    return tuple(new.get(ref, ref) for ref in held.by_right(act.unit, act.right))


def _holders_after(held: Held, act: UnitAlter) -> Iterator[Asked]:
    """Ask for the holders of the unit under their new references."""
    yield Asked("holders", ((act.unit, _renamed(held, act)),))


def _is_renamed(act: UnitAlter) -> bool:
    """Return whether a paper must show that a renamed holder is the same person."""
    return bool(act.renamed)


def _gives(held: Held, act: UnitAlter) -> Mapping[str, References]:
    return {act.unit: _renamed(held, act)}


KIND = ActKind(
    type=UnitAlter,
    title=Title(
        "变更登记",
        "alteration",
        "姓名名称 name, 坐落 location, 面积 area, 用途 use, 期限 term, 共有方式 sharing",
    ),
    applicants=roles.REGISTRY,
    about=("right",),
    giving=("consent",),
    units=named_unit,
    parties=parties.none,
    discreet=False,
    secures=securing.nobody,
    ends=securing.none,
    begins=rights.none,
    disposes=True,
    taxed=False,
    backing=Backing(asks=_holders_after, tells=always(None), paper=_is_renamed, gives=_gives),
    rules=RULES,
    effects=effects,
)
