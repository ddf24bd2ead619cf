"""Transfer 转移登记 for any cause; burdens follow the unit (Civil Code 208-209, 214, 229-230, 406; IR 27, 38).

Tax clearance is checked on entry, for the whole case (Deed Tax Law 11): see `dengbu.ledger.tax.tax`. An exchange
consists of two transfers in one case, each of which names the other's unit.
"""

from datetime import date
from typing import Literal

import msgspec

from dengbu.ledger.law import law
from dengbu.ledger.law.calendar import IsoDate, as_date, last_day, legal_date
from dengbu.ledger.law.verdict import Code
from dengbu.ledger.register import co_ownership
from dengbu.ledger.register.record import Record
from dengbu.ledger.register.shapes import Acknowledged, Holders, Mode, Refs, RightId, UnitCode
from dengbu.ledger.rules import parties, rights, roles, securing
from dengbu.ledger.rules.act import Act, ActEffects, ActKind, ActView, begin_ownership
from dengbu.ledger.rules.backing import Backing, Stated, both_sides, its_holders
from dengbu.ledger.rules.mortgages import on_unit
from dengbu.ledger.rules.predicates import (
    conversion_is_awaited,
    holder_is_repeated,
    land_term_is_over,
    named_unit,
    right_has_ended,
    right_is_a_usufruct,
    right_is_nowhere,
    right_of,
    shares_do_not_fit,
    stranger_consents,
    transfer_is_ordered,
    unit_is_disputed,
    unit_is_frozen,
    unit_is_unknown,
)
from dengbu.ledger.rules.rule import Rule, Title
from dengbu.ledger.rules.seizure_queue import PRE_SEIZURE, Document, effective_seizure
from dengbu.ledger.rules.taxes import required
from dengbu.ledger.rules.third_party import (
    clause_bars,
    notice_bars,
    objection_is_unacknowledged,
    old_mortgage_bars,
)

INHERITANCE, LEGACY, JUDGMENT, EXCHANGE, SHARES = (
    "inheritance",
    "legacy",
    "judgment",
    "exchange",
    "share-change",
)
PAID_FOR = ("sale", EXCHANGE, "contribution")  # a price is agreed
FROM_THE_DEAD = (INHERITANCE, LEGACY)
WITHOUT_THE_HOLDER = (INHERITANCE, LEGACY, JUDGMENT)  # the acquirer applies alone (Interim Regulation 14)
LEGACY_DAYS = 60  # Civil Code 1124: the time to accept


class Bequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The days on which a legatee learned of the legacy and accepted it."""

    known_on: IsoDate
    accepted_on: IsoDate


class Transfer(Act, frozen=True, forbid_unknown_fields=True, tag="transfer"):
    """Transfer a whole right to new holders.

    `consent` names the old holders that signed. `against` is the other unit of an exchange. `heirs` says how all
    heirs were ascertained and heard: by notarial deed or by the registry. `instrument` is the number of an
    effective judgment or award. `agreed` names holders of advance notices who agreed, and `acknowledged` the
    objections that the new holders know of.
    """

    unit: UnitCode
    right: RightId
    cause: Literal[
        "sale",
        "gift",
        "exchange",
        "contribution",
        "merger",
        "inheritance",
        "legacy",
        "judgment",
        "share-change",
    ]
    seller: Literal["person", "enterprise"]
    mode: Mode
    holders: Holders
    consent: Refs
    against: UnitCode | None = None
    heirs: Literal["notarised", "verified"] | None = None
    bequest: Bequest | None = None
    instrument: Document | None = None
    agreed: Refs = ()
    acknowledged: Acknowledged = ()


View = ActView[Transfer]


def consent_is_short(view: View) -> bool:
    """Too few holders agreed: an owner may transfer a share alone, the whole needs the co-owners (Civil Code 301, 305).

    If the policy follows the Urban Real Estate Law, the transfer of a share, too, needs every co-owner (38(4)).
    """
    right, act = right_of(view), view.act
    if right is None or act.cause in WITHOUT_THE_HOLDER:
        return False
    losing = co_ownership.losers(right, act.consent, act.mode, act.holders)
    if view.policy.consent != co_ownership.BY_LAW_OF_ALL:
        if act.cause == SHARES:
            return bool(losing)
        if right.mode == "shares" and not losing:
            return False
    return not co_ownership.may_transfer(right, act.consent, view.policy)


def survivor_loses(view: View) -> bool:
    """A succession takes more than one deceased holder's part: another holder loses something without having agreed."""
    right, act = right_of(view), view.act
    if right is None or act.cause not in FROM_THE_DEAD:
        return False
    return len(co_ownership.losers(right, act.consent, right.mode, act.holders)) > 1


def cause_does_not_fit(view: View) -> bool:
    """The cause does not fit the rest of the act.

    Shares change hands although no holder stays, an enterprise dies, a person merges, or a field is given that
    belongs to another cause.
    """
    right, act = right_of(view), view.act
    strange = [
        required(act.cause, act.seller, view.at.rule_set) is None,
        act.against is not None and act.cause != EXCHANGE,
        act.heirs is not None and act.cause not in FROM_THE_DEAD,
        act.bequest is not None and act.cause != LEGACY,
        act.instrument is not None and act.cause != JUDGMENT,
    ]
    if any(strange):
        return True
    if right is None or act.cause != SHARES:
        return False
    held = [one.ref for one in right.holders]
    return not any(one.ref in held for one in act.holders)


def nothing_changes(view: View) -> bool:
    """The mode, the holders and their shares stay the same."""
    right, act = right_of(view), view.act
    return right is not None and co_ownership.is_the_same(right, act.mode, act.holders)


def exchange_is_one_sided(view: View) -> bool:
    """The case does not also transfer the other unit in exchange for this one."""
    act = view.act
    if act.cause != EXCHANGE:
        return False
    others = [one for one in view.acts if isinstance(one, Transfer) and one.cause == EXCHANGE]
    return not any(one.unit == act.against and one.against == act.unit != one.unit for one in others)


def heirs_are_not_declared(view: View) -> bool:
    """Nobody has ascertained and heard all heirs."""
    return view.act.cause in FROM_THE_DEAD and view.act.heirs is None


def legacy_is_waived(view: View) -> bool:
    """The legatee did not accept within sixty days of learning of the legacy, or the days given are impossible."""
    if view.act.cause != LEGACY:
        return False
    if view.act.bequest is None:
        return True
    known, accepted = as_date(view.act.bequest.known_on), as_date(view.act.bequest.accepted_on)
    if known is None or accepted is None:
        return True
    return not known <= accepted <= min(_last_to_accept(view, known), legal_date(view.at.time))


def _last_to_accept(view: View, known: date) -> date:
    return last_day(known, LEGACY_DAYS, view.policy)


def instrument_is_missing(view: View) -> bool:
    """No effective judgment or award is named."""
    return view.act.cause == JUDGMENT and view.act.instrument is None


def notice_bars_transfer(view: View) -> bool:
    """The beneficiary of an advance notice has not agreed; an heir takes over the promise and is not barred."""
    return view.act.cause != INHERITANCE and notice_bars(view)


def objection_bars_transfer(view: View) -> bool:
    """An acquirer by agreement has not acknowledged an objection."""
    return view.act.cause not in WITHOUT_THE_HOLDER and objection_is_unacknowledged(view)


def seizure_bars_transfer(view: View) -> bool:
    """A seizure binds the unit; a pre-seizure lets it come into the debtor's name, and into no other."""
    unit = view.unit(view.act.unit)
    seizure = effective_seizure(view.register, unit, view.at.time) if unit else None
    if seizure is None:
        return False
    return seizure.kind != PRE_SEIZURE or seizure.debtor not in [one.ref for one in view.act.holders]


def clause_bars_transfer(view: View) -> bool:
    """A registered clause bars a transfer by agreement; a succession or a judgment needs no mortgagee's consent."""
    return view.act.cause not in WITHOUT_THE_HOLDER and clause_bars(view)


def old_mortgage_bars_transfer(view: View) -> bool:
    """The mortgagee of a mortgage from before the Civil Code has not signed a transfer by agreement."""
    return view.act.cause not in WITHOUT_THE_HOLDER and old_mortgage_bars(view)


RULES: tuple[Rule[View], ...] = (
    Rule(Code.UNIT_UNKNOWN, (law.IR_24, law.CC_209), unit_is_unknown),
    Rule(Code.RIGHT_UNKNOWN, (law.CC_216,), right_is_nowhere),
    Rule(Code.RIGHT_NOT_TRANSFERABLE, (law.CC_369, law.CC_380, law.CC_381), right_is_a_usufruct),
    Rule(Code.RIGHT_ENDED, (law.CC_216,), right_has_ended),
    Rule(Code.NOT_HOLDER, (law.REG_14,), stranger_consents),
    Rule(Code.CAUSE_MISMATCH, (law.IR_27,), cause_does_not_fit),
    Rule(Code.NOTHING_CHANGES, (law.IR_27,), nothing_changes),
    Rule(Code.CO_OWNER_CONSENT, (law.CC_301, law.CC_305, law.URE_38_4), consent_is_short),
    Rule(Code.CO_OWNER_CONSENT, (law.CC_230, law.CC_301), survivor_loses),
    Rule(Code.EXCHANGE_ONE_SIDED, (law.IR_27, law.DT_4), exchange_is_one_sided),
    Rule(Code.HEIRS_NOT_DECLARED, (law.IR_14, law.CC_230), heirs_are_not_declared),
    Rule(Code.LEGACY_WAIVED, (law.CC_1124,), legacy_is_waived),
    Rule(Code.INSTRUMENT_MISSING, (law.REG_14, law.CC_229), instrument_is_missing),
    Rule(Code.HOLDER_REPEATED, (law.CC_298,), holder_is_repeated),
    Rule(Code.SHARES_SUM, (law.CC_298,), shares_do_not_fit),
    Rule(Code.LAND_TERM_OVER, (law.REG_22_3, law.CC_359), land_term_is_over),
    Rule(Code.DISPUTED, (law.URE_38_5, law.REG_22_2), unit_is_disputed),
    Rule(Code.SEIZED, (law.URE_38_2, law.SEAL_23), seizure_bars_transfer),
    Rule(Code.FROZEN, (law.URE_38_2, law.IR_19), unit_is_frozen),
    Rule(Code.ORDER_OPEN, (law.SEAL_23, law.IR_19), transfer_is_ordered),
    Rule(Code.ADVANCE_NOTICE, (law.CC_221, law.PI1_4), notice_bars_transfer),
    Rule(Code.OBJECTION_NOT_ACKNOWLEDGED, (law.IR_84,), objection_bars_transfer),
    Rule(Code.CONVERSION_AWAITED, (law.IR_77,), conversion_is_awaited),
    Rule(Code.MORTGAGEE_CONSENT, (law.SEC_43, law.CC_406), clause_bars_transfer),
    Rule(Code.MORTGAGEE_CONSENT, (law.MNR54,), old_mortgage_bars_transfer),
)


def effects(view: View) -> ActEffects:
    """End the old right and begin the new one under a new certificate; every mortgage follows (Civil Code 406)."""
    act, at = view.act, view.at
    unit, old = view.unit(act.unit), right_of(view)
    assert unit is not None
    assert old is not None
    nth = unit.rights_count + 1
    new, certificate, counter = begin_ownership(view, act.unit, act.mode, act.holders, nth)
    burdens: list[Record] = [
        msgspec.structs.replace(one, right=new.id) for one in on_unit(view.register, unit)
    ]
    changed = msgspec.structs.replace(unit, right=new.id, rights_count=nth, head=at.index)
    ended = msgspec.structs.replace(old, status="ended", ended=at.index)
    return ActEffects(
        (ended, new, *burdens, changed, certificate, counter),
        {"rights": [new.id], "certificates": [certificate.number]},
    )


def _told(act: Transfer) -> Stated | None:
    return Stated.PRICE if act.cause in PAID_FOR else None


def _is_shown(act: Transfer) -> bool:
    return act.cause in WITHOUT_THE_HOLDER


KIND = ActKind(
    type=Transfer,
    title=Title("转移登记", "transfer"),
    applicants=roles.REGISTRY,
    about=("right",),
    giving=("consent", "agreed"),
    units=named_unit,
    parties=parties.none,
    discreet=False,
    secures=securing.nobody,
    ends=securing.none,
    begins=rights.following,
    disposes=True,
    taxed=True,
    backing=Backing(asks=both_sides, tells=_told, paper=_is_shown, gives=its_holders),
    rules=RULES,
    effects=effects,
)
