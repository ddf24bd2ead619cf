"""Acceptance cases: what the law wants of the ledger, one line each. The last column is every reason, or none if it succeeds.

U is a unit held by A alone unless the line says otherwise; B1, B2 are banks, C1, C2 courts.
"""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from ledger.admission import NotAdmitted
from ledger.records import Deal, Mortgage, Right, Seizure, Unit, Voucher
from ledger.transition import Decision
from ledger.verdict import name
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
    signer,
    transfer_act,
    world,
)

R, T, B1, B2, C1, C2 = "hz-registry", "hz-tax", "bank-a", "bank-b", "court-1", "court-2"
A, W = "owner", "spouse"
PAPER = "(2026)粤1302执保1号"
Play = Callable[[World], Decision]


def right(town: World, unit: str = UNIT) -> Right:
    """The current right on a unit."""
    found = town.one(Right, town.one(Unit, unit).right)
    assert isinstance(found, Right)
    return found


def town_of(mode: str = "single", *holders: Mapping[str, str], **policy: Any) -> World:
    """A network with U and the courts."""
    town = world(**policy)
    town.title(UNIT, mode, [dict(one) for one in holders] or [holder(A)])
    for court in (C1, C2):
        town.court(court)
    return town


def sale(town: World, unit: str = UNIT, **changed: Any) -> str:
    """An accepted sale of the whole; its case."""
    return town.accepted(R, transfer_act(right(town, unit), "X", **changed))


def assess(town: World, case: str, **gates: str) -> None:
    """The bureau says what is due."""
    done = town.do(T, "tax.assess", {"case": case, "version": 1, "gates": gates})
    assert done.outcome == "recorded", codes(done)


def clear(town: World, case: str, *vouchers: tuple[str, str, str]) -> Decision:
    """The bureau clears by vouchers (tax, number, kind)."""
    cited = [{"tax": tax, "number": number, "kind": kind} for tax, number, kind in vouchers]
    return town.do(T, "tax.clear", {"case": case, "version": 1, "vouchers": cited})


def cleared(town: World, unit: str = UNIT, **changed: Any) -> str:
    """A sale whose taxes are paid; its case."""
    case = sale(town, unit, **changed)
    town.clear(case)
    return case


def seize(
    town: World, court: str = C1, until: str = "2028-11-22", paper: str = PAPER, **more: str
) -> Decision:
    """A court seizes U."""
    return town.do(court, "court.seize", {"unit": UNIT, "document": paper, "until": until, **more})


def discharge(mortgage: str) -> dict[str, Any]:
    """A discharge."""
    return {"act": "mortgage.discharge", "mortgage": mortgage}


def clean_sale(town: World) -> Decision:
    """Case 1: enter a cleared sale; the deal and its vouchers are used up by the same entry."""
    case = cleared(town)
    done = town.enter(case)
    assert town.one(Deal, case).state == "CONSUMED"
    assert town.one(Voucher, f"deed-{case}").state == "consumed"
    return done


def unpaid(town: World) -> Decision:
    """Case 2."""
    case = sale(town)
    assess(town, case, deed="due", iit="due")
    return town.enter(case)


def overpaid(town: World) -> Decision:
    """Case 4: what was paid too much is paid back without touching the clearance."""
    case = cleared(town)
    data = {"case": case, "tax": "deed", "paid_on": "2026-11-22", "found_by": "bureau"}
    assert town.do(T, "tax.overpayment", data).outcome == "recorded"
    done = town.enter(case)
    assert town.one(Deal, case).repaid == ("deed",)
    return done


def applied_again(town: World) -> Decision:
    """Invariant b of the deal: the refused deal's vouchers serve the same deal, and then no other."""
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
    """A judgment annuls an entered sale: the tax comes back when the title has."""
    case = cleared(town)
    assert town.enter(case).outcome == "entered"
    if back:
        again = town.accepted(R, transfer_act(right(town), A))
        town.clear(again)
        assert town.enter(again).outcome == "entered"
    return town.do(T, "tax.refund-request", {"case": case, "ground": "judgment-annulled"})


def requisition(town: World, answered: bool) -> Decision:
    """Papers are missing, and perhaps come."""
    case = town.accepted(B1, mortgage_act(right(town)))
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
    """Case 8: nothing to pay, shown by exemption vouchers."""
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
    """Case 16."""
    case = cleared(town)
    town.do(T, "tax.refund-request", {"case": case, "ground": "contract-rescinded"})
    return town.enter(case)


def refunded(town: World) -> Decision:
    """Case 17: rescinded before entry; paid back, and the vouchers are dead."""
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
    """Case 21."""
    mortgage = town.mortgage(B1)
    seize(town)
    return town.enter(town.accepted(B1, discharge(mortgage)))


def seizure_after_entry(town: World) -> Decision:
    """Case 23: five seconds after the transfer the court names the debtor's old right."""
    old = right(town).id
    assert town.enter(cleared(town)).outcome == "entered"
    town.time += 5_000
    return seize(town, right=old)


def queue(town: World) -> Decision:
    """Case 25: a second and a third seizure wait in the order of service."""
    seize(town)
    second, third = seize(town, C2), seize(town, C2, paper="(2026)粤1303执1号")
    assert [one.result["waiting_behind"] for one in (second, third)] == [1, 2]
    return third


def release(town: World) -> Decision:
    """Case 26: the next in the queue binds at once."""
    first, second = seize(town), seize(town, C2)
    done = town.do(C1, "court.release", {"seizure": first.result["seizure"], "document": PAPER})
    assert town.one(Seizure, second.result["seizure"]).status == "effective"
    return done


def release_by_another(town: World) -> Decision:
    """Case 27."""
    return town.do(C2, "court.release", {"seizure": seize(town).result["seizure"], "document": PAPER})


def lapsed(town: World, waiting: bool) -> Decision:
    """Case 28: the only seizure's last day has passed; or another waited behind it."""
    case = cleared(town)
    seize(town, until="2026-11-30")
    if waiting:
        seize(town, C2)
    town.time += 9 * DAY_MS
    return town.enter(case)


def second_mortgage(town: World) -> Decision:
    """Case 31: nobody asks what the unit is worth."""
    town.mortgage(B1)
    done = town.entered(B2, mortgage_act(right(town), B2))
    assert done.result["mortgages"][0]["rank"] == 2
    return done


def junior_moves_up(town: World) -> Decision:
    """Case 34."""
    first, second = town.mortgage(B1), town.mortgage(B2)
    done = town.entered(B1, discharge(first))
    assert town.one(Mortgage, second).rank == 1
    return done


def imported_mortgage(town: World) -> Decision:
    """Case 45: a mortgage of 2019 comes in with the title; its bank did not agree to the sale."""
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
    return town.apply(R, transfer_act(right(town, UNIT_2)))


def clause(town: World, *signers: str) -> Decision:
    """Case 45: a registered clause against transfer."""
    town.mortgage(B1, no_transfer=True)
    return town.apply(R, transfer_act(right(town)), signers=[signer(one, "event") for one in (R, *signers)])


def sold_under_mortgage(town: World, *signers: str) -> Decision:
    """Case 46: transfer, the buyer's new mortgage, discharge of the old, in one case."""
    old = town.mortgage(B1)
    loan = mortgage_act(right(town), B2, right=f"R-{UNIT}-2", consent=[ref("X")])
    acts = (transfer_act(right(town), "X"), loan, discharge(old))
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
    assert right(town).holders[0].ref == ref("X")
    return done


def lend(*consent: str) -> Play:
    """Apply for a mortgage to B1 with these holders' consent."""
    return lambda town: town.apply(B1, mortgage_act(right(town), consent=[ref(one) for one in consent]))


def sell(*consent: str, **changed: Any) -> Play:
    """Apply for a transfer with these holders' consent."""
    return lambda town: town.apply(
        R, transfer_act(right(town), consent=[ref(one) for one in consent], **changed)
    )


def bank_enters(town: World) -> Decision:
    """Case 54: a bank enters its own case."""
    return town.do(B1, "case.enter", {"case": town.accepted(B1, mortgage_act(right(town)))})


def withdraw(town: World, entered: bool) -> Decision:
    """Case 55."""
    case = town.accepted(B1, mortgage_act(right(town)))
    if entered:
        town.enter(case)
    return town.do(B1, "case.withdraw", {"case": case})


JOINT = ("joint", holder(A), holder(W))
THIRDS = ("shares", holder(A, "1/3"), holder("two", "1/3"), holder("three", "1/3"))
URE = {"consent": "urban-real-estate-law"}
PAID = (("deed", "N-1", "payment"), ("lvat", "N-2", "payment"))
SHORT = [holder("x", "1/3"), holder("y", "1/3"), holder("z", "33/100")]

CASES: list[tuple[str, str, str, tuple[Any, ...], dict[str, str], Play, list[str]]] = [
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
    ("16", "refund requested", "enter the transfer", (), {}, refund_pending, ["tax-refund-pending"]),
    ("17", "contract rescinded before entry", "refund", (), {}, refunded, []),
    ("17b", "annulled after entry, title back", "ask for a refund", (), {}, lambda t: annulled(t, back=True), []),
    ("17c", "annulled after entry", "ask for a refund", (), {}, lambda t: annulled(t, back=False), ["title-not-restored"]),
    ("19", "C1 seized", "enter the transfer", (), {}, seized_before_entry, ["seized"]),
    ("20", "C1 seized", "new mortgage", (), {}, lambda t: (seize(t), t.apply(B1, mortgage_act(right(t))))[1], ["seized"]),
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
    ("45a", "registered clause", "transfer without B1", (), {}, clause, ["mortgagee-consent"]),
    ("45b", "registered clause", "transfer, B1 signs", (), {}, lambda t: clause(t, B1), []),
    ("45c", "mortgage of 2019", "transfer without B1", (), {}, imported_mortgage, ["mortgagee-consent"]),
    ("46a", "mortgage of B1", "the bundle, B1 missing", (), {}, lambda t: sold_under_mortgage(t, B2), ["not-mortgagee"]),
    ("46b", "mortgage of B1", "the bundle, all sign", (), {}, lambda t: sold_under_mortgage(t, B1, B2), []),
    ("54", "a bank's node", "enter a case", (), {}, bank_enters, ["not-authorised"]),
    ("R17a", "papers are missing", "enter", (), {}, lambda t: requisition(t, answered=False), ["case-suspended"]),
    ("R17b", "papers have come", "enter", (), {}, lambda t: requisition(t, answered=True), []),
    ("55a", "accepted", "withdraw", (), {}, lambda t: withdraw(t, entered=False), []),
    ("55b", "entered", "withdraw", (), {}, lambda t: withdraw(t, entered=True), ["already-entered"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("given", "event", "title", "policy", "play", "expected"),
    [row[1:] for row in CASES],
    ids=[f"case {row[0]}" for row in CASES],
)
def test_acceptance(
    given: str, event: str, title: tuple[Any, ...], policy: dict[str, str], play: Play, expected: list[str]
) -> None:
    done = play(town_of(*title, **policy))
    assert codes(done) == expected, f"{given}: {event}"
    assert (done.outcome == "refused") is bool(expected)
    assert all(reason.law for reason in done.reasons), "a refusal without an article"


def test_case_58_a_revoked_key_signs_nothing() -> None:
    town = town_of()
    revoked = town.govern("key.revoke", {"key": signer(B1, "event").key_id, "reason": "lost"})
    assert revoked.outcome == "recorded", codes(revoked)
    data = {"district": DISTRICT, "channel": "outlet", "acts": [mortgage_act(right(town))]}
    with pytest.raises(NotAdmitted) as refused:
        town.do(B1, "case.apply", data)
    assert name(refused.value.code) == "key-not-valid"
