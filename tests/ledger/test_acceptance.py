"""Acceptance cases: what the law demands of the ledger, one line each. The last column lists every reason.

U is a unit held by A alone unless the line says otherwise; B1, B2 are banks, C1, C2 courts.
"""

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import pytest

from dengbu.ledger.admission import NotAdmitted
from dengbu.ledger.advisory.calculator import Transfer, may_claim
from dengbu.ledger.advisory.rates import ONLY_HOME
from dengbu.ledger.law.identifiers import citizen_check
from dengbu.ledger.law.verdict import name
from dengbu.ledger.log.envelope import parse_envelope
from dengbu.ledger.register.encumbrances import Mortgage, Seizure
from dengbu.ledger.register.records import Deal, Unit, Voucher
from dengbu.ledger.rules.payload_shapes import Person
from dengbu.ledger.transition import Decision
from dengbu.nodes.private.identities import bad_identities
from dengbu.nodes.private.manual_review import Shown, asking, doubts
from dengbu.nodes.private.parts import Part
from dengbu.nodes.private.tax_crosscheck import RELIEF_NOT_ELIGIBLE
from dengbu.nodes.store.block import Block
from tests.ledger.plays import (
    B1,
    B2,
    C1,
    C2,
    PAPER,
    A,
    R,
    T,
    W,
    assess,
    clear,
    cleared,
    discharge,
    sale,
    town_of,
)
from tests.nodes.homes import create, story, tell, when
from tests.worlds import (
    DAY_MS,
    DISTRICT,
    UNIT,
    UNIT_2,
    World,
    codes,
    holder,
    mortgage_act,
    ref,
    seize,
    signer,
    the_right,
    transfer_act,
)

Play = Callable[[World], Decision | list[str]]


def clean_sale(town: World) -> Decision:
    """Case 1: a cleared sale is entered; the same entry consumes the deal and its vouchers."""
    case = cleared(town)
    done = town.enter(case)
    assert town.one(Deal, case).state == "CONSUMED"
    assert town.one(Voucher, f"deed-{case}").state == "consumed"
    return done


def unpaid(town: World) -> Decision:
    """Case 2: the taxes are assessed but unpaid."""
    case = sale(town)
    assess(town, case, deed="due", iit="due")
    return town.enter(case)


def overpaid(town: World) -> Decision:
    """Case 4: an overpayment is paid back without touching the clearance."""
    case = cleared(town)
    data = {"case": case, "tax": "deed", "paid_on": "2026-11-22", "found_by": "bureau"}
    assert town.do(T, "tax.overpayment", data).outcome == "recorded"
    done = town.enter(case)
    assert town.one(Deal, case).repaid == ("deed",)
    return done


def applied_again(town: World) -> Decision:
    """Invariant b of the deal: the vouchers of a refused deal serve the same deal again, and no other."""
    first = cleared(town)
    grounds = [{"law": "REG-22-1", "text_code": "illegal"}]
    assert town.do(R, "case.refuse", {"case": first, "grounds": grounds}).outcome == "recorded"
    again = sale(town)
    assess(town, again, deed="due", iit="due")
    clear(town, again, *((tax, f"{tax}-{first}", "payment") for tax in ("deed", "iit")))
    done = town.enter(again)
    assert town.one(Deal, first).state == "CANCELLED"
    return done


def annulled(town: World, back: bool) -> Decision:
    """A judgment annuls an entered sale: the tax goes back once the title has."""
    case = cleared(town)
    assert town.enter(case).outcome == "entered"
    if back:
        again = town.accepted(R, transfer_act(the_right(town), A))
        town.clear(again)
        assert town.enter(again).outcome == "entered"
    return town.do(T, "tax.refund-request", {"case": case, "ground": "judgment-annulled"})


def requisition(town: World, answered: bool) -> Decision:
    """The registry requests missing papers, which may or may not come."""
    case = town.accepted(B1, mortgage_act(the_right(town)))
    asked = {"case": case, "ground": "requisition", "items": ["loan-contract"]}
    assert town.do(R, "case.suspend", asked).outcome == "recorded"
    if answered:
        assert town.do(B1, "case.resume", {"case": case}).outcome == "recorded"
    return town.enter(case)


def used_voucher(town: World) -> Decision:
    """Case 5: the voucher of one deal is cited for another."""
    first = cleared(town)
    assert town.enter(first).outcome == "entered"
    town.title(UNIT_2)
    second = sale(town, UNIT_2)
    assess(town, second, deed="due", iit="due")
    return clear(town, second, ("deed", f"deed-{first}", "payment"))


def spouses(town: World) -> Decision:
    """Case 8: nothing is due, as exemption vouchers show."""
    case = sale(town, cause="gift")
    assess(town, case, deed="due", iit="due")
    clear(town, case, ("deed", "MS-1", "exemption"), ("iit", "MS-2", "exemption"))
    return town.enter(case)


def heir(town: World, *vouchers: tuple[str, str, str]) -> Decision:
    """Cases 9 and 10: an heir applies alone."""
    case = sale(town, cause="inheritance", consent=[])
    assess(town, case, deed="due")
    if vouchers:
        assert clear(town, case, *vouchers).outcome == "recorded"
    return town.enter(case)


def enterprise(town: World, *vouchers: tuple[str, str, str]) -> Decision:
    """Cases 12 and 13: an enterprise sells."""
    case = sale(town, seller="enterprise")
    assess(town, case, deed="due", lvat="due")
    assert clear(town, case, *vouchers).outcome == "recorded"
    return town.enter(case)


def refund_pending(town: World) -> Decision:
    """Case 16: a refund has been requested before entry."""
    case = cleared(town)
    town.do(T, "tax.refund-request", {"case": case, "ground": "contract-rescinded"})
    return town.enter(case)


def refunded(town: World) -> Decision:
    """Case 17: the contract is rescinded before entry; the tax is paid back and its vouchers are void."""
    case = cleared(town)
    assert town.do(R, "case.withdraw", {"case": case}).outcome == "recorded"
    town.do(T, "tax.refund-request", {"case": case, "ground": "contract-rescinded"})
    done = town.do(T, "tax.refund", {"case": case})
    assert (town.one(Deal, case).state, town.case(case).state) == ("REFUNDED", "withdrawn")
    return done


def seized_before_entry(town: World) -> Decision:
    """Case 19: the seizure comes while the paid sale waits."""
    case = cleared(town)
    seize(town)
    return town.enter(case)


def discharge_under_seizure(town: World) -> Decision:
    """Case 21: B1 discharges its mortgage while the unit is seized."""
    mortgage = town.mortgage(B1)
    seize(town)
    return town.enter(town.accepted(B1, discharge(mortgage)))


def seizure_after_entry(town: World) -> Decision:
    """Case 23: five seconds after the transfer, the court names the debtor's old right."""
    old = the_right(town).id
    assert town.enter(cleared(town)).outcome == "entered"
    town.time += 5_000
    return seize(town, right=old)


def queue(town: World) -> Decision:
    """Case 25: a second and a third seizure wait in the order of service."""
    seize(town)
    second, third = seize(town, C2), seize(town, C2, document="(2026)粤1303执1号")
    assert [one.result["waiting_behind"] for one in (second, third)] == [1, 2]
    return third


def release(town: World) -> Decision:
    """Case 26: the next seizure in the queue binds at once."""
    first, second = seize(town), seize(town, C2)
    done = town.do(C1, "court.release", {"seizure": first.result["seizure"], "document": PAPER})
    assert town.one(Seizure, second.result["seizure"]).status == "effective"
    return done


def release_by_another(town: World) -> Decision:
    """Case 27: C2 tries to release C1's seizure."""
    return town.do(C2, "court.release", {"seizure": seize(town).result["seizure"], "document": PAPER})


def lapsed(town: World, waiting: bool) -> Decision:
    """Case 28: the last day of the only seizure has passed; or another one waited behind it."""
    case = cleared(town)
    seize(town, until="2026-11-30")
    if waiting:
        seize(town, C2)
    town.time += 9 * DAY_MS
    return town.enter(case)


def second_mortgage(town: World) -> Decision:
    """Case 31: the ledger does not ask what the unit is worth."""
    town.mortgage(B1)
    done = town.entered(B2, mortgage_act(the_right(town), B2))
    assert done.result["mortgages"][0]["rank"] == 2
    return done


def junior_moves_up(town: World) -> Decision:
    """Case 34: B1 discharges its mortgage, and B2's moves up in rank."""
    first, second = town.mortgage(B1), town.mortgage(B2)
    done = town.entered(B1, discharge(first))
    assert town.one(Mortgage, second).rank == 1
    return done


def imported_mortgage(town: World) -> Decision:
    """Case 45: a mortgage of 2019 is imported with the title; its bank has not agreed to the sale."""
    old = {
        "mortgagee": B1,
        "kind": "ordinary",
        "no_transfer": False,
        "certificate": "粤(2019)惠州市不动产证明第0000007号",
        "registered_on": "2019-03-04",
    }
    title = {
        "mode": "single",
        "holders": [holder(A)],
        "certificate": "粤(2018)惠州市不动产权第0000007号",
        "registered_on": "2018-03-04",
    }
    data = {"unit": UNIT_2, "use": "dwelling", "area_cm2": 1, "right": title, "mortgages": [old]}
    done = town.do(R, "title.import", data)
    assert done.outcome == "recorded", codes(done)
    return town.apply(R, transfer_act(the_right(town, UNIT_2)))


def clause(town: World, *signers: str) -> Decision:
    """Case 45: a registered clause against transfer."""
    town.mortgage(B1, no_transfer=True)
    return town.apply(
        R, transfer_act(the_right(town)), signers=[signer(one, "event") for one in (R, *signers)]
    )


def sold_under_mortgage(town: World, *signers: str) -> Decision:
    """Case 46: a transfer, the buyer's new mortgage and the discharge of the old one, in one case."""
    old = town.mortgage(B1)
    loan = mortgage_act(the_right(town), B2, right=f"R-{UNIT}-2", consent=[ref("X")])
    acts = (transfer_act(the_right(town), "X"), loan, discharge(old))
    before = dict(town.register.items())
    done = town.apply(R, *acts, signers=[signer(one, "event") for one in (R, *signers)])
    if done.outcome == "refused":
        assert dict(town.register.items()) == before
        return done
    town.clear(done.result["case"])
    done = town.enter(done.result["case"])
    new = done.result["mortgages"][0]["id"]
    assert town.one(Unit, UNIT).mortgages == (new,)
    assert (town.one(Mortgage, new).rank, town.one(Mortgage, old).status) == (1, "discharged")
    assert the_right(town).holders[0].ref == ref("X")
    return done


def lend(*consent: str) -> Play:
    """Apply for a mortgage to B1 with these holders' consent."""
    return lambda town: town.apply(B1, mortgage_act(the_right(town), consent=[ref(one) for one in consent]))


def sell(*consent: str, **changed: Any) -> Play:
    """Apply for a transfer with these holders' consent."""
    return lambda town: town.apply(
        R, transfer_act(the_right(town), consent=[ref(one) for one in consent], **changed)
    )


def bank_enters(town: World) -> Decision:
    """Case 54: a bank enters its own case."""
    return town.do(B1, "case.enter", {"case": town.accepted(B1, mortgage_act(the_right(town)))})


def withdraw(town: World, entered: bool) -> Decision:
    """Case 55: the bank withdraws its case before or after entry."""
    case = town.accepted(B1, mortgage_act(the_right(town)))
    if entered:
        town.enter(case)
    return town.do(B1, "case.withdraw", {"case": case})


# ---- other parts of the list -------------------------------------------------------------------------------------


def may_claim_a_home(town: World) -> list[str]:
    """Case 13: an enterprise claims a relief that only a family may claim."""
    bought = Transfer(date(2026, 11, 20), 120_000_000, 980_000, buyer="enterprise", relief=ONLY_HOME)
    return [] if may_claim(bought) else [RELIEF_NOT_ELIGIBLE.code]


def identity(code: str) -> Play:
    """Case 14: a buyer's unified social credit code is checked at intake."""
    return lambda town: [one.code for one in bad_identities("transferees", [Person("公司", "7", code)])]


def promised(town: World, on: str | None = None) -> str:
    """Enter an advance notice of X's purchase of U, with the day it can be registered from, if any. Return its id."""
    act = {
        "act": "notice.set",
        "kind": "sale",
        "unit": UNIT,
        "right": the_right(town).id,
        "consent": [ref(A)],
    }
    notice = str(town.entered(R, {**act, "beneficiary": ref("X")}).result["notices"][0])
    if on is not None:
        assert town.do(R, "notice.ripen", {"notice": notice, "on": on}).outcome == "recorded"
    return notice


def under_notice(*acts: Callable[[World], dict[str, Any]], by: str = R) -> Play:
    """Case 40: these acts are applied for while X's notice is in force."""
    return lambda town: (promised(town), town.apply(by, *(one(town) for one in acts)))[1]


def at(town: World, day: str) -> None:
    """Move the clock to nine in the morning of a day in China."""
    town.time = int(datetime.fromisoformat(f"{day}T09:00+08:00").timestamp()) * 1000


def notice_lapses(town: World, day: str) -> Decision:
    """Case 41: X's notice could be registered from 2026-01-10 on; nothing happens until this day."""
    at(town, "2026-01-10")
    promised(town, "2026-01-10")
    at(town, day)
    return town.apply(R, transfer_act(the_right(town), "Y"))


def objection_lapses(town: World, day: str, *, again: bool = False) -> Decision:
    """Case 43: Z objects on 2026-09-20 and shows no suit; then A sells, or Z objects again on the same ground."""
    at(town, "2026-09-20")
    act = {
        "act": "objection.note",
        "unit": UNIT,
        "right": the_right(town).id,
        "objector": ref("Z"),
        "ground": "owner",
    }
    objection = {**act, "refused": True, "shown": True}
    town.entered(R, objection)
    at(town, day)
    return town.apply(R, objection if again else transfer_act(the_right(town)))


def construction_over_a_presold_flat(town: World) -> Decision:
    """Case 49: the developer lists a flat on which X has a notice."""
    flat, land = f"{PARCEL}F00010001", town.title(f"{PARCEL}W00000000", holders=[holder("developer")])
    notice = {
        "act": "notice.set",
        "kind": "presale",
        "unit": flat,
        "consent": [ref("developer")],
        "filed": True,
    }
    town.entered(R, {**notice, "beneficiary": ref("X")})
    act = {"act": "mortgage.set-construction", "unit": land.unit, "right": land.id, "buildings": [flat]}
    act |= {"mortgagee": B1, "kind": "ordinary", "no_transfer": False, "permits": True}
    return town.apply(B1, {**act, "consent": [ref("developer")]})


def habitation(town: World) -> dict[str, Any]:
    """Return a right of habitation for P in U."""
    act = {
        "act": "habitation.set",
        "unit": UNIT,
        "right": the_right(town).id,
        "ground": "contract",
        "taker": "person",
    }
    return {**act, "beneficiaries": [ref("P")], "consent": [ref(A)]}


def habitation_in_a_shop(town: World) -> Decision:
    """Case 51: U is a shop."""
    town.change(town.one(Unit, UNIT), use="shop")
    return town.apply(R, habitation(town))


def habitation_is_sold(town: World) -> Decision:
    """Case 51: P sells the right of habitation."""
    name_of = town.entered(R, habitation(town)).result["habitations"][0]
    return town.apply(R, transfer_act(the_right(town), right=name_of, consent=[]))


def sent_again(changed: bool) -> Play:
    """Case 52: an application is sent again under its id, unchanged or changed; there is only one entry."""

    def play(town: World) -> list[str]:
        with TemporaryDirectory() as home:
            application = create(Path(home))
            tell(application, story()[:2])
            made = World(index=2, time=when(2))
            data = {"district": DISTRICT, "channel": "outlet", "acts": [discharge("M-1")]}
            first, other = (
                made.envelope(B1, "case.apply", {**data, "channel": way}, id="loan-1").raw
                for way in ("outlet", "counter")
            )
            tell(application, (first,))
            finalized = application.finalize(Block(4, when(3), (other if changed else first,)))
            application.store.close()
            assert list(finalized.entries) == []
            return [name(fault.code) for raw, fault in finalized.rejected if raw != first]

    return play


def given_up(*banks: str) -> Play:
    """Case 57: A gives up a unit on which B1 has a mortgage."""

    def play(town: World) -> Decision:
        town.mortgage(B1)
        act = {
            "act": "unit.deregister",
            "unit": UNIT,
            "right": the_right(town).id,
            "cause": "waiver",
            "consent": [ref(A)],
        }
        return town.apply(R, act, signers=[signer(one, "event") for one in (R, *banks)])

    return play


def desk_doubts(town: World) -> Decision:
    """Case 59: a minor sells; the desk hands the case over, and a person decides."""
    case = cleared(town)
    body = "441302201501011"
    minor = Person("某人", "1", f"{body}00{citizen_check(body + '00')}")
    grown = Person("买受人", "2", "TEST-1")
    sides = {"transferors": [msgspec.to_builtins(minor)], "transferees": [msgspec.to_builtins(grown)]}
    shown = Shown(
        (
            Part("case.apply", "parties", None, sides),
            Part("case.apply", "contract", None, {"price_fen": 120_000_000}),
        )
    )
    found = [one.code for one in doubts(town.register, asking(town.case(case)), shown, town.time)]
    assert found == ["minor"]
    assert codes(town.do(R, "case.hand-over", {"case": case, "doubts": found}, officer="desk")) == []
    grounds = [{"law": "REG-22-1", "text_code": "illegal"}]
    assert codes(town.do(R, "case.refuse", {"case": case, "grounds": grounds}, officer="desk")) == [
        "machine-refuses"
    ]
    return town.enter(case)


def revoked_key(town: World) -> Decision:
    """Case 58: the bank's key was revoked."""
    town.govern("key.revoke", {"key": signer(B1, "event").key_id, "reason": "lost"})
    return town.apply(B1, mortgage_act(the_right(town)))


def altered_after_signing(town: World) -> Decision:
    """Case 58: one byte of a signed application has been altered."""
    data = {"district": DISTRICT, "channel": "outlet", "acts": [mortgage_act(the_right(town))]}
    raw = town.envelope(B1, "case.apply", data).raw.replace(b'"outlet"', b'"ouTlet"')
    return town.judge(parse_envelope(raw.replace(b'"ouTlet"', b'"outlit"')))


PARCEL = "441302001001GB00009"
NATIONAL_DAY = {
    "holidays": [f"2026-10-0{day}" for day in range(1, 8)],
    "workdays": ["2026-09-20", "2026-10-10"],
}
JOINT = ("joint", holder(A), holder(W))
THIRDS = ("shares", holder(A, "1/3"), holder("two", "1/3"), holder("three", "1/3"))
URE = {"consent": "urban-real-estate-law"}
PAID = (("deed", "N-1", "payment"), ("lvat", "N-2", "payment"))
SHORT = [holder("x", "1/3"), holder("y", "1/3"), holder("z", "33/100")]

CASES: list[tuple[str, str, str, tuple[Any, ...], dict[str, Any], Play, list[str]]] = [
    ("1", "taxes cleared", "enter the transfer", (), {}, clean_sale, []),
    ("2", "assessed, unpaid", "enter the transfer", (), {}, unpaid, ["tax-not-cleared", "iit-not-cleared"]),
    ("4", "more paid than due", "enter the transfer", (), {}, overpaid, []),
    ("5", "voucher consumed by another deal", "clear with it", (), {}, used_voucher, ["receipt-used"]),
    ("5b", "voucher of the same deal, refused before", "enter the transfer", (), {}, applied_again, []),
    ("8", "spouses, exempt", "enter the transfer", (), {}, spouses, []),
    ("9", "legal heir, exempt", "enter the inheritance", (), {}, lambda t: heir(t, ("deed", "MS-1", "exemption")), []),
    ("10", "legatee without voucher", "enter the inheritance", (), {}, heir, ["tax-not-cleared"]),
    ("12", "enterprise sells, land VAT missing", "enter", (), {}, lambda t: enterprise(t, PAID[0]), ["lvat-not-cleared"]),
    ("13", "enterprise sells, all paid", "enter", (), {}, lambda t: enterprise(t, *PAID), []),
    ("13b", "enterprise buys a dwelling", "claims relief for homes", (), {}, may_claim_a_home, ["relief-not-eligible"]),
    ("14a", "buyer's code, right", "any application", (), {}, identity("91441300MA9000011R"), []),
    ("14b", "buyer's code, wrong check", "any application", (), {}, identity("91441300MA9000011T"), ["bad-identity"]),
    ("14c", "buyer's code, 17 characters", "any application", (), {}, identity("91441300MA9000011"), ["bad-identity"]),
    ("16", "refund requested", "enter the transfer", (), {}, refund_pending, ["tax-refund-pending"]),
    ("17", "contract rescinded before entry", "refund", (), {}, refunded, []),
    ("17b", "annulled after entry, title back", "ask for a refund", (), {}, lambda t: annulled(t, back=True), []),
    ("17c", "annulled after entry", "ask for a refund", (), {}, lambda t: annulled(t, back=False), ["title-not-restored"]),
    ("19", "C1 seized", "enter the transfer", (), {}, seized_before_entry, ["seized"]),
    ("20", "C1 seized", "new mortgage", (), {}, lambda t: (seize(t), t.apply(B1, mortgage_act(the_right(t))))[1], ["seized"]),
    ("21", "C1 seized, mortgage of B1", "discharge by B1", (), {}, discharge_under_seizure, []),
    ("23", "transfer entered", "C1 seizes the seller's right", (), {}, seizure_after_entry, ["not-debtor-property"]),
    ("25", "C1 seized", "C2 seizes, twice", (), {}, queue, []),
    ("26", "C2 waits behind C1", "C1 releases", (), {}, release, []),
    ("27", "C1 seized", "C2 releases", (), {}, release_by_another, ["not-seizing-court"]),
    ("28a", "C1's last day has passed", "enter the transfer", (), {}, lambda t: lapsed(t, waiting=False), []),
    ("28b", "the same, C2 waited", "enter the transfer", (), {}, lambda t: lapsed(t, waiting=True), ["seized"]),
    ("30", "clean", "C1 seizes for four years", (), {}, lambda t: seize(t, until="2030-11-22"), ["seizure-term-too-long"]),
    ("31", "B1 has rank 1", "mortgage to B2", (), {}, second_mortgage, []),
    ("33", "mortgage of B1", "discharge by B2", (), {}, lambda t: t.apply(B2, discharge(t.mortgage(B1))), ["not-mortgagee"]),
    ("34", "B1 rank 1, B2 rank 2", "B1 discharges", (), {}, junior_moves_up, []),
    ("36a", "A and W joint", "mortgage by A", JOINT, {}, lend(A), ["co-owner-consent"]),
    ("36b", "A and W joint", "transfer by A", JOINT, {}, sell(A), ["co-owner-consent"]),
    ("37a", "three thirds", "mortgage by two", THIRDS, {}, lend(A, "two"), []),
    ("37b", "three thirds", "transfer by two", THIRDS, {}, sell(A, "two"), []),
    ("37c", "three thirds, URE 38", "transfer by two", THIRDS, URE, sell(A, "two"), ["co-owner-consent"]),
    ("37d", "three thirds, URE 38", "mortgage by two", THIRDS, URE, lend(A, "two"), []),
    ("39", "clean", "transfer to 1/3, 1/3, 33/100", (), {}, sell(A, mode="shares", holders=SHORT), ["shares-sum"]),
    ("40a", "notice of X", "transfer A to Y", (), {}, under_notice(lambda t: transfer_act(the_right(t), "Y")), ["advance-notice"]),
    ("40b", "notice of X", "mortgage", (), {}, under_notice(lambda t: mortgage_act(the_right(t)), by=B1), ["advance-notice"]),
    ("40c", "notice of X", "transfer A to X", (), {}, under_notice(lambda t: transfer_act(the_right(t), "X")), []),
    ("40d", "notice of X, who agrees", "transfer A to Y", (), {},
     under_notice(lambda t: transfer_act(the_right(t), "Y", agreed=[ref("X")])), []),
    ("41a", "ripe 01-10, 90th day", "transfer 04-10", (), {}, lambda t: notice_lapses(t, "2026-04-10"), ["advance-notice"]),
    ("41b", "ripe 01-10, a day later", "transfer 04-11", (), {}, lambda t: notice_lapses(t, "2026-04-11"), []),
    ("43a", "objection 09-20, no suit", "transfer 10-08", (), NATIONAL_DAY,
     lambda t: objection_lapses(t, "2026-10-08"), ["objection-not-acknowledged"]),
    ("43b", "objection 09-20, no suit", "transfer 10-09", (), NATIONAL_DAY, lambda t: objection_lapses(t, "2026-10-09"), []),
    ("43c", "objection lapsed", "the same again", (), NATIONAL_DAY,
     lambda t: objection_lapses(t, "2026-10-09", again=True), ["same-ground"]),
    ("45a", "registered clause", "transfer without B1", (), {}, clause, ["mortgagee-consent"]),
    ("45b", "registered clause", "transfer, B1 signs", (), {}, lambda t: clause(t, B1), []),
    ("45c", "mortgage of 2019", "transfer without B1", (), {}, imported_mortgage, ["mortgagee-consent"]),
    ("46a", "mortgage of B1", "the bundle, B1 missing", (), {}, lambda t: sold_under_mortgage(t, B2), ["not-mortgagee"]),
    ("46b", "mortgage of B1", "the bundle, all sign", (), {}, lambda t: sold_under_mortgage(t, B1, B2), []),
    ("49", "presale notice on a flat", "construction mortgage", (), {}, construction_over_a_presold_flat, ["advance-notice"]),
    ("51a", "a shop", "habitation", (), {}, habitation_in_a_shop, ["not-dwelling"]),
    ("51b", "a dwelling", "habitation", (), {}, lambda t: t.apply(R, habitation(t)), []),
    ("51c", "a habitation", "transfer of it", (), {}, habitation_is_sold, ["right-not-transferable"]),
    ("52a", "sent before", "the same again", (), {}, sent_again(changed=False), []),
    ("52b", "sent before", "other content, same id", (), {}, sent_again(changed=True), ["reused-id"]),
    ("54", "a bank's node", "enter a case", (), {}, bank_enters, ["not-authorised"]),
    ("R17a", "papers are missing", "enter", (), {}, lambda t: requisition(t, answered=False), ["case-suspended"]),
    ("R17b", "papers have come", "enter", (), {}, lambda t: requisition(t, answered=True), []),
    ("55a", "accepted", "withdraw", (), {}, lambda t: withdraw(t, entered=False), []),
    ("55b", "entered", "withdraw", (), {}, lambda t: withdraw(t, entered=True), ["already-entered"]),
    ("57a", "mortgage of B1", "A gives U up, B1 silent", (), {}, given_up(), ["consent-missing"]),
    ("57b", "mortgage of B1", "A gives U up, B1 signs", (), {}, given_up(B1), []),
    ("58a", "revoked key", "any application", (), {}, revoked_key, ["key-not-valid"]),
    ("58b", "altered after signing", "any application", (), {}, altered_after_signing, ["bad-signature"]),
    ("59", "a minor sells", "automatic desk, then a person", (), {}, desk_doubts, []),
]  # fmt: skip


@pytest.mark.parametrize(
    ("given", "event", "title", "policy", "play", "expected"),
    [row[1:] for row in CASES],
    ids=[f"case {row[0]}" for row in CASES],
)
def test_acceptance(
    given: str, event: str, title: tuple[Any, ...], policy: dict[str, Any], play: Play, expected: list[str]
) -> None:
    town = town_of(*title, **policy)
    try:
        done = play(town)
    except NotAdmitted as fault:
        done = [name(fault.code)]
    found = done if isinstance(done, list) else codes(done)
    assert found == expected, f"{given}: {event}"
    if isinstance(done, Decision):
        assert (done.outcome == "refused") is bool(expected)
        assert all(reason.law for reason in done.reasons), "a refusal without an article"
