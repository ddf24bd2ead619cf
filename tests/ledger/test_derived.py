"""Cases derived from the rules, not from a list: what happens when two rules meet.

One row is one case; the last column lists every reason, each with its article in docs/rules.md. U is a unit held by A
alone unless the line says otherwise, V a second one; B1, B2 are banks, C1, C2 courts.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from dengbu.ledger.register.encumbrances import Mortgage, Seizure
from dengbu.ledger.register.members import POLICY_KEY, Policy
from dengbu.ledger.register.records import Deal, Right, Unit
from dengbu.ledger.transition import Decision
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
from tests.worlds import (
    DAY_MS,
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

V, W_PART = UNIT_2, "441302001001GB00001F00010003"
X_PART = "441302001001GB00001F00010004"
Play = Callable[[World], Decision]


def at(town: World, day: str, hour: int = 9) -> None:
    """Move the clock to an hour of a day in China."""
    town.time = int(datetime.fromisoformat(f"{day}T{hour:02}:00+08:00").timestamp()) * 1000


def both(*institutions: str) -> list[Any]:
    """Return the event keys of the registry and those who sign with it."""
    return [signer(one, "event") for one in (R, *institutions)]


# ---- order of acceptance, and what comes between acceptance and entry ------------------------------------------------


def seized_between(town: World) -> Decision:
    """A mortgage is accepted, then C1's seizure is served (SEAL 23, 24; CC 399)."""
    case = town.accepted(B1, mortgage_act(the_right(town)))
    seize(town)
    return town.enter(case)


def released_between(town: World) -> Decision:
    """A mortgage is accepted, C1 seizes and releases before the entry: nothing stands in the way any more (SEAL 28)."""
    case = town.accepted(B1, mortgage_act(the_right(town)))
    served = seize(town)
    town.do(C1, "court.release", {"seizure": served.result["seizure"], "document": PAPER})
    return town.enter(case)


def seized_and_lapsed_between(town: World) -> Decision:
    """A paid sale waits; a seizure until the 30th binds on that day but not the day after (SEAL 27)."""
    case = cleared(town)
    seize(town, until="2026-11-30")
    at(town, "2026-11-30", 23)
    assert codes(town.enter(case)) == ["seized"]
    at(town, "2026-12-01", 0)
    return town.enter(case)


def mortgage_past_a_sale(town: World) -> Decision:
    """A sells, then mortgages; the mortgage is not entered before the sale (IR 67)."""
    sale(town)
    return town.enter(town.accepted(B1, mortgage_act(the_right(town))))


def mortgage_after_a_sale(town: World) -> Decision:
    """The sale is entered first, so the mortgagor no longer holds a current right."""
    case = cleared(town)
    loan = town.accepted(B1, mortgage_act(the_right(town)))
    assert codes(town.enter(case)) == []
    return town.enter(loan)


def mortgage_after_a_withdrawn_sale(town: World) -> Decision:
    """The sale is withdrawn, and the case that waited goes on."""
    case = sale(town)
    loan = town.accepted(B1, mortgage_act(the_right(town)))
    town.do(R, "case.withdraw", {"case": case})
    return town.enter(loan)


def discharge_past_a_sale(town: World) -> Decision:
    """A discharge disposes of nothing of A's, so it does not wait for a sale."""
    mortgage = town.mortgage(B1)
    sale(town)
    return town.enter(town.accepted(B1, discharge(mortgage)))


def two_buyers(town: World) -> Decision:
    """A sells twice; the second buyer has paid first, and still waits for the first (IR 67; CC 214)."""
    sale(town)
    second = town.accepted(R, transfer_act(the_right(town), "Y"))
    town.clear(second)
    return town.enter(second)


def two_buyers_settled(town: World) -> Decision:
    """The first sale is entered, so the second buyer's seller no longer holds anything."""
    first = cleared(town)
    second = town.accepted(R, transfer_act(the_right(town), "Y"))
    town.clear(second)
    assert codes(town.enter(first)) == []
    return town.enter(second)


def split_past_a_sale(town: World) -> Decision:
    """A sells U, then asks to split it: only the buyer may split what is sold."""
    sale(town)
    return town.enter(town.accepted(R, split(town)))


def clause_past_a_sale(town: World) -> Decision:
    """A and B1 agree on a clause against transfer after A has sold: the sale was accepted before it."""
    first = town.mortgage(B1)
    sale(town)
    act = {"act": "mortgage.alter", "mortgage": first, "consent": [ref(A)], "no_transfer": True}
    return town.enter(town.accepted(B1, act))


def policy_between(town: World) -> Decision:
    """Two of three sell; before the entry the policy begins to require all: the entry follows that day's policy."""
    case = town.accepted(R, transfer_act(the_right(town), consent=[ref(A), ref("two")]))
    town.clear(case)
    town.change(town.one(Policy, POLICY_KEY), **URE)
    return town.enter(case)


def cleared_after_withdrawal(town: World) -> Decision:
    """The case is withdrawn before the bureau clears it: nothing is left to clear."""
    case = sale(town)
    assess(town, case, deed="due", iit="due")
    town.do(R, "case.withdraw", {"case": case})
    return clear(town, case, ("deed", "V-1", "payment"))


def sold_on_in_one_case(town: World) -> Decision:
    """A sells the same right to X and to Y in one case: one of them would get nothing, so neither does."""
    return town.apply(
        R, transfer_act(the_right(town), "X"), transfer_act(the_right(town), "Y", mode="single", cause="gift")
    )


# ---- tax ------------------------------------------------------------------------------------------------------------


def heir_sells(town: World, *vouchers: tuple[str, str, str]) -> Decision:
    """An heir is registered and sells in one case: each transfer clears its deed tax (DT 1, 6, 11)."""
    old = the_right(town)
    acts = (
        transfer_act(old, "heir", cause="inheritance", consent=[]),
        transfer_act(old, "X", right=f"R-{UNIT}-2", consent=[ref("heir")]),
    )
    case = town.accepted(R, *acts)
    assess(town, case, deed="due", iit="due")
    done = clear(town, case, *vouchers)
    return town.enter(case) if done.outcome == "recorded" else done


HEIR, BUYER, INCOME = ("deed", "MS-1", "exemption"), ("deed", "V-1", "payment"), ("iit", "V-2", "payment")


def part_paid(town: World, *then: str) -> tuple[str, Decision]:
    """Have a sale's deed tax paid in part, then let the bureau do more; return the case and the last decision."""
    case = sale(town)
    assess(town, case, deed="due", iit="due")
    done = clear(town, case, ("deed", "P-1", "part"), ("iit", "V-2", "payment"))
    for event in then:
        more = {"ground": "contract-rescinded"} if event == "tax.refund-request" else {}
        done = town.do(T, event, {"case": case, **more})
        assert done.outcome == "recorded", codes(done)
    return case, done


def part_paid_entered(town: World) -> Decision:
    """A part payment does not clear the tax (DT 11)."""
    return town.enter(part_paid(town)[0])


def part_paid_refunding(town: World) -> Decision:
    """The contract is rescinded after a part payment: a refund is pending, and the rest was never cleared."""
    return town.enter(part_paid(town, "tax.refund-request")[0])


def part_paid_refunded_and_sold_again(town: World) -> Decision:
    """After the refund the parties change their minds: a refunded voucher never clears anything again."""
    case, _ = part_paid(town, "tax.refund-request", "tax.refund")
    town.do(R, "case.withdraw", {"case": case})
    again = sale(town)
    assess(town, again, deed="due", iit="due")
    return clear(town, again, ("iit", "V-2", "payment"))


def mortgage_past_a_rescinded_sale(town: World, *then: str) -> Decision:
    """The contract is rescinded and the taxes are refunded or not yet; A then mortgages U (DT 12; IR 67)."""
    case = cleared(town)
    loan = town.accepted(B1, mortgage_act(the_right(town)))
    for event in then:
        more = {"ground": "contract-rescinded"} if event == "tax.refund-request" else {}
        assert codes(town.do(T, event, {"case": case, **more})) == []
    return town.enter(loan)


def refund_declined(town: World) -> Decision:
    """The bureau declines the refund: the part payment stands, the last part clears, the sale is entered."""
    case, _ = part_paid(town, "tax.refund-request", "tax.refund-decline")
    assert clear(town, case, ("deed", "P-2", "payment")).outcome == "recorded"
    return town.enter(case)


def refund_under_review(town: World) -> Decision:
    """While the registry reviews, no refund begins, because the clearance is locked."""
    case = cleared(town)
    town.do(R, "case.review", {"case": case})
    return town.do(T, "tax.refund-request", {"case": case, "ground": "contract-rescinded"})


def refused_after_review(town: World) -> Decision:
    """The registry refuses: the lock is lifted, and the tax may be refunded."""
    case = cleared(town)
    town.do(R, "case.review", {"case": case})
    town.do(R, "case.refuse", {"case": case, "grounds": [{"law": "REG-22-1", "text_code": "illegal"}]})
    return town.do(T, "tax.refund-request", {"case": case, "ground": "contract-rescinded"})


def seized_under_review(town: World) -> Decision:
    """A seizure stops a locked sale; a refund is possible once the case is withdrawn (SEAL 23)."""
    case = cleared(town)
    town.do(R, "case.review", {"case": case})
    seize(town)
    assert codes(town.enter(case)) == ["seized"]
    town.do(R, "case.withdraw", {"case": case})
    return town.do(T, "tax.refund-request", {"case": case, "ground": "contract-rescinded"})


def income_tax_left_out(town: World) -> Decision:
    """The bureau may not leave income tax out of a person's sale: even an exemption is shown (IIT 15)."""
    case = sale(town)
    return town.do(T, "tax.assess", {"case": case, "version": 1, "gates": {"deed": "due"}})


def one_voucher_for_two_taxes(town: World) -> Decision:
    """One number is one voucher for one tax."""
    case = sale(town)
    assess(town, case, deed="due", iit="due")
    return clear(town, case, ("deed", "V-1", "payment"), ("iit", "V-1", "payment"))


def reassessed(town: World) -> Decision:
    """Income tax is paid, then the bureau assesses anew: the old clearance belongs to another version."""
    case = sale(town)
    assess(town, case, deed="due", iit="due")
    clear(town, case, ("iit", "V-2", "payment"))
    town.do(T, "tax.assess", {"case": case, "version": 2, "gates": {"deed": "due", "iit": "due"}})
    cited = [{"tax": "deed", "number": "V-1", "kind": "payment"}]
    assert town.do(T, "tax.clear", {"case": case, "version": 2, "vouchers": cited}).outcome == "recorded"
    return town.enter(case)


def assessed_anew(town: World, *, withdrawn: bool = False) -> str:
    """Deed tax is paid, then assessed anew: the payment carries over. Return the case, open or withdrawn."""
    case = sale(town)
    assess(town, case, deed="due", iit="due")
    assert clear(town, case, ("deed", "V-1", "payment")).outcome == "recorded"
    anew = {"case": case, "version": 2, "gates": {"deed": "due", "iit": "due"}}
    assert town.do(T, "tax.assess", anew).outcome == "recorded"
    if withdrawn:
        town.do(R, "case.withdraw", {"case": case})
    return case


def refund_assessed_anew(town: World, *, withdrawn: bool) -> Decision:
    """Then the contract is rescinded, and the payment is refunded (DT 12)."""
    case = assessed_anew(town, withdrawn=withdrawn)
    done = town.do(T, "tax.refund-request", {"case": case, "ground": "contract-rescinded"})
    assert codes(town.do(T, "tax.refund", {"case": case})) == codes(done)
    return done


def sold_again_after_assessed_anew(town: World) -> Decision:
    """The same deal is applied for again, and the earlier payment clears it."""
    assessed_anew(town, withdrawn=True)
    again = sale(town)
    assess(town, again, deed="due", iit="due")
    return clear(town, again, ("deed", "V-1", "payment"), ("iit", "V-2", "payment"))


def one_tax_overpaid(town: World) -> Decision:
    """Too much deed tax was paid; it is paid back at once, whether or not income tax is paid (TAL 51)."""
    case = sale(town)
    assess(town, case, deed="due", iit="due")
    clear(town, case, ("deed", "V-1", "payment"))
    paid = {"tax": "deed", "paid_on": "2026-11-22", "found_by": "taxpayer"}
    return town.do(T, "tax.overpayment", {"case": case, **paid})


# ---- co-owners ------------------------------------------------------------------------------------------------------


def lend(*consent: str) -> Play:
    """Apply for a mortgage to B1 with these holders' consent."""
    return lambda town: town.apply(B1, mortgage_act(the_right(town), consent=[ref(one) for one in consent]))


def own_share(town: World) -> Decision:
    """A sells his third to X alone (CC 305)."""
    after = [holder("X", "1/3"), holder("two", "1/3"), holder("three", "1/3")]
    return town.apply(
        R, transfer_act(the_right(town), cause="share-change", mode="shares", holders=after, consent=[ref(A)])
    )


def anothers_share(town: World) -> Decision:
    """A sells his third and a sixth of another holder's, who does not agree."""
    after = [holder("X", "1/2"), holder("two", "1/6"), holder("three", "1/3")]
    return town.apply(
        R, transfer_act(the_right(town), cause="share-change", mode="shares", holders=after, consent=[ref(A)])
    )


def widower(town: World, *consent: str) -> Decision:
    """A's wife dies and A takes the whole. Her heirs were heard; A must agree to what A gives up (CC 230)."""
    act = transfer_act(the_right(town), A, cause="inheritance", consent=[ref(one) for one in consent])
    return town.apply(R, act)


def stranger_takes_all(town: World) -> Decision:
    """An heir of W takes the whole, while A, who is alive, neither agrees nor remains a holder."""
    return town.apply(R, transfer_act(the_right(town), "heir", cause="inheritance", consent=[]))


def heir_unregistered_sells(town: World) -> Decision:
    """An heir sells before being entered in the book (CC 232)."""
    return town.apply(R, transfer_act(the_right(town), "X", consent=[ref("heir")]))


def shared(
    *holders: dict[str, str], mode: str = "shares", consent: tuple[str, ...] = (A, W), **more: Any
) -> Play:
    """A and W remain holders in another form: this is an alteration, without tax (IR 26)."""

    def play(town: World) -> Decision:
        act = {
            "act": "unit.alter",
            "unit": UNIT,
            "right": the_right(town).id,
            "consent": [ref(one) for one in consent],
        }
        done = town.apply(R, {**act, "sharing": {"mode": mode, "holders": list(holders)}, **more})
        if done.outcome == "refused":
            return done
        done = town.enter(done.result["case"])
        now = the_right(town)
        assert (now.mode, [{"ref": one.ref, "share": one.share} for one in now.holders]) == (
            mode,
            list(holders),
        )
        return done

    return play


# ---- mortgages ------------------------------------------------------------------------------------------------------


def joint_act(town: World) -> dict[str, Any]:
    """Return a joint mortgage for one claim of B1 on U and V."""
    town.title(V)
    pieces = [{"unit": one, "right": the_right(town, one).id, "consent": [ref(A)]} for one in (UNIT, V)]
    return {
        "act": "mortgage.set-joint", "pieces": pieces, "mortgagee": B1, "kind": "ordinary", "no_transfer": False,
    }  # fmt: skip


def split(town: World, **changed: Any) -> dict[str, Any]:
    """Return a split of U in two."""
    area = town.one(Unit, UNIT).area_cm2
    parts = [
        {"unit": code, "use": "dwelling", "area_cm2": area // 2, "holders": [holder(A)]}
        for code in (W_PART, X_PART)
    ]
    return {
        "act": "unit.split", "unit": UNIT, "right": the_right(town).id, "consent": [ref(A)], "parts": parts, **changed,
    }  # fmt: skip


def split_of_a_joint(town: World, *banks: str) -> Decision:
    """One of two jointly mortgaged units is split: only with the bank, and the parts secure the claim as well."""
    town.entered(B1, joint_act(town))
    done = town.apply(R, split(town), signers=both(*banks))
    if done.outcome == "refused":
        return done
    done = town.enter(done.result["case"])
    rows = [town.one(Mortgage, town.one(Unit, code).mortgages[0]) for code in (V, W_PART, X_PART)]
    assert [(row.mortgagee, row.rank, row.status) for row in rows] == [(B1, 1, "active")] * 3
    assert len({row.joint for row in rows}) == 1
    return done


def ranks_after_a_split(town: World) -> Decision:
    """U is split with both banks' consent: the parts carry B2 before B1, as the book had them."""
    banks = [town.one(Mortgage, one).mortgagee for one in town.one(Unit, UNIT).mortgages]
    assert banks == [B2, B1]
    done = town.enter(town.apply(R, split(town), signers=both(B1, B2)).result["case"])
    for part in (W_PART, X_PART):
        rows = [town.one(Mortgage, one) for one in town.one(Unit, part).mortgages]
        assert [(row.rank, row.mortgagee) for row in rows] == [(1, B2), (2, B1)]
    return done


def split_after_an_exchange_of_ranks(town: World) -> Decision:
    """B1 and B2 exchange their ranks, and a split does not undo that (CC 409, 414)."""
    first, second = town.mortgage(B1), town.mortgage(B2)
    act = {"act": "mortgage.rank", "mortgage": first, "other": second, "consent": [ref(A)]}
    exchanged = town.apply(B1, act, signers=[signer(one, "event") for one in (B1, B2)])
    assert codes(town.enter(exchanged.result["case"])) == []
    return ranks_after_a_split(town)


def split_after_a_promised_mortgage(town: World) -> Decision:
    """B2 is promised a mortgage; B1's is entered; then B2's is entered with its notice's rank (SEC 52)."""
    act = {
        "act": "notice.set",
        "kind": "mortgage",
        "unit": UNIT,
        "right": the_right(town).id,
        "consent": [ref(A)],
    }
    notice = town.entered(B2, {**act, "mortgagee": B2}).result["notices"][0]
    two = [signer(one, "event") for one in (B1, B2)]
    done = town.apply(B1, mortgage_act(the_right(town)), signers=two)
    assert codes(town.enter(done.result["case"])) == []
    town.entered(B2, mortgage_act(the_right(town), B2), {"act": "notice.convert", "notice": notice})
    return ranks_after_a_split(town)


def two_banks(town: World, *banks: str) -> Decision:
    """Two mortgages in one case are two acts if they go to two banks (REG 16)."""
    acts = [mortgage_act(the_right(town), one) for one in banks]
    return town.apply(B1, *acts, signers=[signer(one, "event") for one in (B1, B2)])


def altered_under_an_order(town: World, amount: str) -> Decision:
    """A court has ordered the transfer of U; until then nobody may burden it further (SEAL 23)."""
    first = town.mortgage(B1)
    order(town, C1)
    return town.apply(B1, {"act": "mortgage.alter", "mortgage": first, "consent": [ref(A)], "amount": amount})


def partial_discharge_while_seized(town: World) -> Decision:
    """V is released from a joint claim while U is seized: a discharge harms no creditor (CC 393)."""
    done = town.entered(B1, joint_act(town))
    seize(town)
    joint = town.one(Mortgage, done.result["mortgages"][0]["id"]).joint
    done = town.enter(town.accepted(B1, {"act": "mortgage.discharge-joint", "joint": joint, "units": [V]}))
    assert len(town.one(Unit, UNIT).mortgages) == 1
    return done


def discharge_by_the_old_bank(town: World) -> Decision:
    """B1's claim has passed to B2, so B1 has nothing to discharge (CC 393, 407)."""
    mortgage = town.mortgage(B1)
    moved = {
        "act": "mortgage.transfer",
        "mortgage": mortgage,
        "to": B2,
        "claim_assigned": True,
        "debtor_notified": True,
    }
    done = town.apply(B1, moved, signers=[signer(one, "event") for one in (B1, B2)])
    assert codes(town.enter(done.result["case"])) == []
    assert town.one(Mortgage, mortgage).rank == 1
    return town.apply(B1, discharge(mortgage))


def raised_above_a_junior(town: World, *banks: str) -> Decision:
    """The first mortgage is raised: the second bank must agree (CC 409)."""
    first = town.mortgage(B1)
    town.mortgage(B2)
    act = {"act": "mortgage.alter", "mortgage": first, "consent": [ref(A)], "amount": "raised"}
    return town.apply(B1, act, signers=[signer(one, "event") for one in (B1, *banks)])


def altered_under_a_promise(town: World, *agreed: str, **changes: Any) -> Decision:
    """U is promised to X, then the mortgage on it is altered: what harms X needs X's agreement (CC 221)."""
    first = town.mortgage(B1)
    noted(town)
    act = {
        "act": "mortgage.alter",
        "mortgage": first,
        "consent": [ref(A)],
        "agreed": [ref(one) for one in agreed],
    }
    return town.apply(B1, {**act, **changes})


def lowered_while_seized(town: World) -> Decision:
    """A lowered amount harms nobody, and a seizure does not bar it."""
    first = town.mortgage(B1)
    seize(town)
    return town.apply(
        B1, {"act": "mortgage.alter", "mortgage": first, "consent": [ref(A)], "amount": "lowered"}
    )


def altered_after_the_sale(town: World, who: str) -> Decision:
    """带押过户, by alteration: after the transfer the buyer agrees, not the seller."""
    first = town.mortgage(B1)
    alter = {"act": "mortgage.alter", "mortgage": first, "consent": [ref(who)], "debtor": "replaced"}
    return town.apply(R, transfer_act(the_right(town), "X"), alter, signers=both(B1))


def heir_of_an_old_mortgage(town: World) -> Decision:
    """A mortgage of 2019 bars a transfer by agreement, not an inheritance (MNR54; CC 230)."""
    town.change(town.one(Mortgage, town.mortgage(B1)), entered_on="2019-03-04")
    return town.apply(R, transfer_act(the_right(town), "heir", cause="inheritance", consent=[]))


def mortgage_on_the_eve(town: World, day: str) -> Decision:
    """The old bank must consent for mortgages from before 2021-01-01, not for one of that day (MNR54)."""
    town.change(town.one(Mortgage, town.mortgage(B1)), entered_on=day)
    return town.apply(R, transfer_act(the_right(town)))


# ---- courts ---------------------------------------------------------------------------------------------------------


def order(town: World, by: str) -> Decision:
    """Have a court order the transfer of U to X; return the decision."""
    data = {
        "unit": UNIT,
        "right": the_right(town).id,
        "document": "(2026)执裁1号",
        "mode": "single",
        "holders": [holder("X")],
    }
    return town.do(by, "court.order", data)


def executed(town: World, given: Decision) -> Decision:
    """Execute an order with its taxes cleared; return the decision."""
    act = {
        "act": "transfer.order", "order": given.result["order"], "unit": UNIT, "right": the_right(town).id,
        "cause": "court-order", "seller": "person", "mode": "single", "holders": [holder("X")],
    }  # fmt: skip
    done = town.apply(R, act)
    if done.outcome == "refused":
        return done
    town.clear(done.result["case"])
    return town.enter(done.result["case"])


def order_over_anothers_seizure(town: World) -> Decision:
    """C2 orders the transfer of what C1 has seized: C1 must release it first (SEAL 23)."""
    seize(town)
    return executed(town, order(town, C2))


def frozen_and_ordered(town: World, *, first: str, by: str) -> Decision:
    """A freeze meets C1's order; the winner sells on. What bound the debtor does not bind the winner (SEAL 23, 27)."""
    mark = {"unit": UNIT, "kind": "freeze", "document": PAPER}
    if first == "freeze":
        town.do(by, "mark.set", mark)
    given = order(town, C1)
    if first == "order":
        town.do(by, "mark.set", mark)
    done = executed(town, given)
    return done if done.outcome == "refused" else town.apply(R, transfer_act(the_right(town), "Y"))


def seizure_after_the_order(town: World) -> Decision:
    """C1's order was served first: C2's later seizure does not stop it, and ends with the debtor's title (SEAL 23)."""
    given = order(town, C1)
    served = seize(town, C2)
    done = executed(town, given)
    assert town.one(Seizure, served.result["seizure"]).status != "effective"
    return done


def order_unpaid(town: World) -> Decision:
    """A court's order pays no tax, so the gate stands (STA notice [2021] no. 25)."""
    given = order(town, C1)
    act = {
        "act": "transfer.order", "order": given.result["order"], "unit": UNIT, "right": the_right(town).id,
        "cause": "court-order", "seller": "person", "mode": "single", "holders": [holder("X")],
    }  # fmt: skip
    return town.enter(town.accepted(R, act))


def renewed(town: World, day: str, *, waits: bool = False) -> Decision:
    """C1's seizure runs until 2026-11-30 and is renewed on a day (CPI 485)."""
    served = seize(town, until="2026-11-30")
    if waits:
        seize(town, C2)
    at(town, day, 23)
    return town.do(
        C1, "court.renew", {"seizure": served.result["seizure"], "document": PAPER, "until": "2027-11-30"}
    )


def term(until: str) -> Play:
    """A seizure from 2026-11-22 on may last three years at most (CPI 485)."""
    return lambda town: seize(town, until=until)


def waiting_term_runs_from_promotion(town: World) -> Decision:
    """C2's year begins when C1's seizure ends, not when C2's was served (SEAL 26): it bars a sale in that year."""
    seize(town, until="2027-11-22")
    seize(town, C2, until="2027-11-22")
    at(town, "2028-11-20")
    return town.apply(R, transfer_act(the_right(town)))


def waiting_releases_itself(town: World) -> Decision:
    """C2 releases while it waits, and C1's seizure still binds."""
    seize(town)
    served = seize(town, C2)
    town.do(C2, "court.release", {"seizure": served.result["seizure"], "document": PAPER})
    return town.apply(R, transfer_act(the_right(town)))


def heir_of_a_seized_unit(town: World) -> Decision:
    """The owner dies: the seizure remains and keeps the heir out of the book until it is lifted (URE 38)."""
    seize(town)
    return town.apply(R, transfer_act(the_right(town), "heir", cause="inheritance", consent=[]))


# ---- notices, objections, exchange, use -----------------------------------------------------------------------------


def noted(town: World, who: str = "X") -> str:
    """Enter an advance notice of a purchase of U; return its id."""
    act = {
        "act": "notice.set",
        "kind": "sale",
        "unit": UNIT,
        "right": the_right(town).id,
        "consent": [ref(A)],
    }
    return str(town.entered(R, {**act, "beneficiary": ref(who)}).result["notices"][0])


def second_promise(town: World) -> Decision:
    """U is promised to X, then to Y: X must agree (CC 221)."""
    noted(town)
    act = {
        "act": "notice.set",
        "kind": "sale",
        "unit": UNIT,
        "right": the_right(town).id,
        "consent": [ref(A)],
    }
    return town.apply(R, {**act, "beneficiary": ref("Y")})


def seizure_of_the_promised(town: World) -> Decision:
    """A notice does not keep a court out; afterwards X cannot take what was promised (CC 221; SEAL 23)."""
    notice = noted(town)
    assert codes(seize(town)) == []
    return town.apply(R, transfer_act(the_right(town), "X"), {"act": "notice.convert", "notice": notice})


def exchange(town: World, *, seized: bool) -> Decision:
    """A and the neighbour exchange U and V in one case; if one unit is seized, neither changes hands."""
    town.title(V, holders=[holder("neighbour")])
    here = transfer_act(the_right(town), cause="exchange", against=V, holders=[holder("neighbour")])
    there = transfer_act(the_right(town, V), cause="exchange", against=UNIT, holders=[holder(A)])
    case = town.accepted(R, here, there)
    town.clear(case)
    if seized:
        seize(town)
    held = dict(town.register.items())
    done = town.enter(case)
    if seized:
        assert dict(town.register.items()) == held
    return done


def suit_shown_late(town: World) -> Decision:
    """Z shows the suit on the sixteenth day: the objection has lapsed (CC 220)."""
    act = {
        "act": "objection.note",
        "unit": UNIT,
        "right": the_right(town).id,
        "objector": ref("Z"),
        "ground": "g",
    }
    done = town.entered(R, {**act, "refused": True, "shown": True})
    town.time += 16 * DAY_MS
    return town.do(R, "objection.suit", {"objection": done.result["objections"][0], "document": PAPER})


def lived_in(town: World) -> Decision:
    """A dwelling with a right of habitation is sold; that right continues against the buyer (CC 366, 368)."""
    act = {
        "act": "habitation.set",
        "unit": UNIT,
        "right": the_right(town).id,
        "ground": "contract",
        "taker": "person",
    }
    done = town.entered(R, {**act, "beneficiaries": [ref("P")], "consent": [ref(A)]})
    sold = town.enter(cleared(town))
    assert town.one(Right, done.result["habitations"][0]).status == "current"
    assert len(town.one(Unit, UNIT).habitations) == 1
    return sold


def lived_in_and_altered(town: World, until: str | None = None) -> Decision:
    """A dwelling becomes a shop while another has a right of habitation, or after it ended yesterday (CC 366, 370)."""
    act = {
        "act": "habitation.set",
        "unit": UNIT,
        "right": the_right(town).id,
        "ground": "contract",
        "taker": "person",
    }
    town.entered(
        R, {**act, "beneficiaries": [ref("P")], "consent": [ref(A)], **({"until": until} if until else {})}
    )
    town.time += 9 * DAY_MS
    alter = {"act": "unit.alter", "unit": UNIT, "right": the_right(town).id, "consent": [ref(A)]}
    assert codes(town.apply(R, {**alter, "area_cm2": 970_000})) == []
    return town.apply(R, {**alter, "use": "shop"})


def objected(town: World, *who: str) -> Decision:
    """These persons object to A's right in one case, on the same ground."""
    act = {"act": "objection.note", "unit": UNIT, "right": the_right(town).id, "ground": "g"}
    return town.apply(R, *({**act, "objector": ref(one), "refused": True, "shown": True} for one in who))


def lived_in_till(until: str | None) -> Callable[[World], object]:
    """P has a right of habitation in U until a day, and it is December."""

    def play(town: World) -> None:
        act = {"act": "habitation.set", "unit": UNIT, "right": the_right(town).id, "ground": "contract"}
        more = {"until": until} if until else {}
        town.entered(R, {**act, "taker": "person", "beneficiaries": [ref("P")], "consent": [ref(A)], **more})
        at(town, "2026-12-01")

    return play


def ordered(town: World) -> Decision:
    """C1 orders the transfer of U to X."""
    return order(town, C1)


OWNED = {"owners": {"mode": "single", "holders": [holder("Z")]}}


def land_till(day: str, use: str = "shop") -> Callable[[World], object]:
    """The land-use term ends on a day."""
    return lambda town: town.change(town.one(Unit, UNIT), land_until=day, use=use)


def after(before: Callable[[World], object], act: Callable[[World], dict[str, Any]], by: str = R) -> Play:
    """An act is applied for after something else has happened."""

    def play(town: World) -> Decision:
        before(town)
        return town.apply(by, act(town))

    return play


def sold(town: World) -> dict[str, Any]:
    """Return A's sale to X."""
    return transfer_act(the_right(town), "X")


def lent(town: World) -> dict[str, Any]:
    """Return A's mortgage to B1."""
    return mortgage_act(the_right(town))


def promised(town: World) -> dict[str, Any]:
    """Return A's promise to sell to X."""
    act = {"act": "notice.set", "unit": UNIT, "kind": "sale", "right": the_right(town).id}
    return {**act, "consent": [ref(A)], "beneficiary": ref("X")}


def renewed_land(town: World, day: str) -> Decision:
    """A shop's land-use term has ended; it is renewed, and then the shop is sold (CC 359; IR 26)."""
    land_till("2026-11-21")(town)
    act = {
        "act": "unit.alter",
        "unit": UNIT,
        "right": the_right(town).id,
        "consent": [ref(A)],
        "land_until": day,
    }
    done = town.apply(R, act)
    if done.outcome == "refused":
        return done
    assert codes(town.enter(done.result["case"])) == []
    assert town.one(Unit, UNIT).described is None
    return town.apply(R, sold(town))


def merged_land(town: World) -> Decision:
    """Two units with different land-use terms are merged: the new one has the shorter term (CC 377)."""
    town.title(V)
    for code, day in ((UNIT, "2060-01-01"), (V, "2050-01-01")):
        town.change(town.one(Unit, code), land_until=day)
    sources = [{"unit": code, "right": the_right(town, code).id, "consent": [ref(A)]} for code in (UNIT, V)]
    area = sum(town.one(Unit, code).area_cm2 for code in (UNIT, V))
    act = {"act": "unit.merge", "sources": sources, "into": W_PART, "use": "dwelling", "area_cm2": area}
    done = town.entered(R, {**act, "mode": "single", "holders": [holder(A)]})
    assert town.one(Unit, W_PART).land_until == "2050-01-01"
    return done


def corrected(*before: Callable[[World], object], **what: Any) -> Play:
    """What is named (by default the use) was wrong from the beginning; A agrees to correct it after later entries."""

    def play(town: World) -> Decision:
        for one in before:
            one(town)
        act = {"act": "correction", "unit": UNIT, "right": the_right(town).id, "consent": [ref(A)]}
        return town.apply(R, {**act, **(what or {"use": "shop"})})

    return play


def mortgaged(town: World) -> None:
    """B1 takes a mortgage."""
    town.mortgage(B1)


def mortgaged_and_free(town: World) -> None:
    """B1 had a mortgage, which is discharged."""
    town.entered(B1, discharge(town.mortgage(B1)))


def corrected_past_a_sale(town: World) -> Decision:
    """A correction of what is sold waits for the sale like any other act on the unit (IR 67)."""
    sale(town)
    act = {"act": "correction", "unit": UNIT, "right": the_right(town).id, "consent": [ref(A)], "use": "shop"}
    return town.enter(town.accepted(R, act))


def given_up_while(*before: Callable[[World], object], cause: str = "waiver", **more: Any) -> Play:
    """A's unit is deregistered after these things have happened to it."""

    def play(town: World) -> Decision:
        for one in before:
            one(town)
        act = {
            "act": "unit.deregister",
            "unit": UNIT,
            "right": the_right(town).id,
            "cause": cause,
            "consent": [ref(A)],
        }
        return town.apply(R, {**act, **more})

    return play


def retired_code(town: World) -> Decision:
    """U is split: its retired code can neither be sold nor be seized."""
    case = town.accepted(R, split(town))
    assert codes(town.enter(case)) == []
    assert codes(seize(town)) == ["unit-unknown"]
    return town.apply(R, transfer_act(town.one(Right, f"R-{UNIT}-1")))


def frozen_until(town: World, day: str) -> Decision:
    """A freeze binds through its last day."""
    mark = {"unit": UNIT, "kind": "freeze", "document": PAPER, "until": "2026-11-30"}
    assert codes(town.do(C1, "mark.set", mark)) == []
    at(town, day, 12)
    return town.apply(R, transfer_act(the_right(town)))


def annulled_and_back_under_a_mortgage(town: World) -> Decision:
    """X mortgages, then a judgment annuls the sale: the title goes back with the mortgage on it (CC 406)."""
    assert town.enter(cleared(town)).outcome == "entered"
    mortgage = town.mortgage(B1)
    back = town.accepted(R, transfer_act(the_right(town), A, cause="judgment", consent=[], instrument=PAPER))
    town.clear(back)
    done = town.enter(back)
    assert town.one(Mortgage, mortgage).right == the_right(town).id
    assert town.one(Deal, back).state == "CONSUMED"
    return done


JOINT = ("joint", holder(A), holder(W))
HALVES = ("shares", holder(A, "1/2"), holder(W, "1/2"))
THIRDS = ("shares", holder(A, "1/3"), holder("two", "1/3"), holder("three", "1/3"))
JUST_UNDER = ("shares", holder(A, "199999999/300000000"), holder("two", "100000001/300000000"))
EXACTLY = ("shares", holder(A, "2/3"), holder("two", "1/3"))
URE = {"consent": "urban-real-estate-law"}

CASES: list[tuple[str, tuple[Any, ...], dict[str, Any], Play, list[str]]] = [
    # order of acceptance, and what comes in between
    ("mortgage accepted, then seized: enter", (), {}, seized_between, ["seized"]),
    ("mortgage accepted, seized, released: enter", (), {}, released_between, []),
    ("paid sale, seizure lapsed yesterday: enter", (), {}, seized_and_lapsed_between, []),
    ("sale accepted before a mortgage: enter the mortgage", (), {}, mortgage_past_a_sale, ["earlier-case"]),
    ("sale entered before a mortgage: enter the mortgage", (), {}, mortgage_after_a_sale, ["right-ended"]),
    ("sale withdrawn before a mortgage: enter the mortgage", (), {}, mortgage_after_a_withdrawn_sale, []),
    ("sale accepted before a discharge: enter the discharge", (), {}, discharge_past_a_sale, []),
    ("two buyers, the second has paid: enter the second", (), {}, two_buyers, ["earlier-case"]),
    ("two buyers, the first is entered: enter the second", (), {}, two_buyers_settled, ["right-ended"]),
    ("sale accepted before a split: enter the split", (), {}, split_past_a_sale, ["earlier-case"]),
    ("sale accepted before a clause: enter the clause", (), {}, clause_past_a_sale, ["earlier-case"]),
    ("two of three sold, the policy changed: enter", THIRDS, {}, policy_between, ["co-owner-consent"]),
    ("one right sold twice in one case", (), {}, sold_on_in_one_case, ["act-repeated", "right-ended"]),
    ("withdrawn before it was cleared: clear", (), {}, cleared_after_withdrawal, ["case-decided", "deal-state"]),
    # tax
    ("heir sells, only the heir's exemption: enter", (), {}, lambda t: heir_sells(t, HEIR, INCOME), ["tax-not-cleared"]),
    ("heir sells, only the buyer's payment: enter", (), {}, lambda t: heir_sells(t, BUYER, INCOME), ["tax-not-cleared"]),
    ("heir sells, exemption and payment: enter", (), {}, lambda t: heir_sells(t, HEIR, BUYER, INCOME), []),
    ("heir sells, three vouchers for two transfers: clear", (), {},
     lambda t: heir_sells(t, HEIR, BUYER, ("deed", "V-3", "payment")), ["gate-cleared"]),
    ("deed tax paid in part: enter", (), {}, part_paid_entered, ["tax-not-cleared"]),
    ("part paid, refund pending: enter", (), {}, part_paid_refunding, ["tax-not-cleared", "tax-refund-pending"]),
    ("part paid, refunded, sold again: clear with the old voucher", (), {}, part_paid_refunded_and_sold_again, ["receipt-used"]),
    ("rescinded, refund asked for, then a mortgage: enter it", (), {},
     lambda t: mortgage_past_a_rescinded_sale(t, "tax.refund-request"), ["earlier-case"]),
    ("rescinded and refunded, then a mortgage: enter it", (), {},
     lambda t: mortgage_past_a_rescinded_sale(t, "tax.refund-request", "tax.refund"), []),
    ("part paid, refund declined, rest paid: enter", (), {}, refund_declined, []),
    ("cleared and under review: ask for a refund", (), {}, refund_under_review, ["deal-locked"]),
    ("cleared, reviewed, refused: ask for a refund", (), {}, refused_after_review, []),
    ("cleared, reviewed, seized, withdrawn: ask for a refund", (), {}, seized_under_review, []),
    ("a person sells: assess deed tax alone", (), {}, income_tax_left_out, ["gate-mandatory"]),
    ("one number for deed and income tax: clear", (), {}, one_voucher_for_two_taxes, ["receipt-used"]),
    ("assessed anew after income tax was paid: enter", (), {}, reassessed, ["iit-not-cleared"]),
    ("assessed anew after a payment, rescinded: ask for a refund", (), {}, lambda t: refund_assessed_anew(t, withdrawn=False), []),
    ("the same, withdrawn: ask for a refund", (), {}, lambda t: refund_assessed_anew(t, withdrawn=True), []),
    ("the same, sold again: clear with what was paid", (), {}, sold_again_after_assessed_anew, []),
    ("deed tax overpaid, income tax unpaid: pay back", (), {}, one_tax_overpaid, []),
    # co-owners
    ("two thirds exactly: mortgage by that one", EXACTLY, {}, lend(A), []),
    ("a hair less than two thirds: mortgage by that one", JUST_UNDER, {}, lend(A), ["co-owner-consent"]),
    ("thirds: A sells his own", THIRDS, {}, own_share, []),
    ("thirds, URE 38: A sells his own", THIRDS, URE, own_share, ["co-owner-consent"]),
    ("thirds: A sells more than his own", THIRDS, {}, anothers_share, ["co-owner-consent"]),
    ("A and W joint, W dies: A takes the whole and agrees", JOINT, {}, lambda t: widower(t, A), []),
    ("A and W joint, W dies: her heir takes the whole", JOINT, {}, stranger_takes_all, ["co-owner-consent"]),
    ("an heir not in the book sells", (), {}, heir_unregistered_sells, ["not-holder", "co-owner-consent"]),
    ("joint, from now on by shares", JOINT, {}, shared(holder(A, "3/4"), holder(W, "1/4")), []),
    ("joint, by shares, W silent", JOINT, {}, shared(holder(A, "3/4"), holder(W, "1/4"), consent=(A,)), ["co-owner-consent"]),
    ("joint, by shares that are short", JOINT, {}, shared(holder(A, "3/4"), holder(W, "1/5")), ["shares-sum"]),
    ("joint, by shares with X", JOINT, {}, shared(holder(A, "3/4"), holder("X", "1/4")), ["holders-differ"]),
    ("joint, from now on joint", JOINT, {}, shared(holder(A), holder(W), mode="joint"), ["nothing-changes"]),
    ("halves, from now on joint", HALVES, {}, shared(holder(A), holder(W), mode="joint"), []),
    ("joint, W renamed, by shares", JOINT, {},
     shared(holder(A, "3/4"), holder("W2", "1/4"), renamed=[{"old": ref(W), "new": ref("W2")}]), []),
    # mortgages
    ("joint on U and V: split U without B1", (), {}, split_of_a_joint, ["consent-missing"]),
    ("joint on U and V: split U with B1", (), {}, lambda t: split_of_a_joint(t, B1), []),
    ("joint on U and V, U seized: free V", (), {}, partial_discharge_while_seized, []),
    ("ranks exchanged: split", (), {}, split_after_an_exchange_of_ranks, []),
    ("a promised mortgage's rank: split", (), {}, split_after_a_promised_mortgage, []),
    ("mortgages to two banks in one case", (), {}, lambda t: two_banks(t, B1, B2), []),
    ("two mortgages to one bank in one case", (), {}, lambda t: two_banks(t, B1, B1), ["act-repeated"]),
    ("transfer ordered: raise the mortgage", (), {}, lambda t: altered_under_an_order(t, "raised"), ["order-open"]),
    ("transfer ordered: lower the mortgage", (), {}, lambda t: altered_under_an_order(t, "lowered"), []),
    ("claim gone from B1 to B2: discharge by B1", (), {}, discharge_by_the_old_bank, ["not-mortgagee"]),
    ("raise the first mortgage without the second bank", (), {}, raised_above_a_junior, ["junior-consent"]),
    ("raise the first mortgage with the second bank", (), {}, lambda t: raised_above_a_junior(t, B2), []),
    ("lower the amount of a seized unit's mortgage", (), {}, lowered_while_seized, []),
    ("promised to X: raise the mortgage", (), {}, lambda t: altered_under_a_promise(t, amount="raised"), ["advance-notice"]),
    ("promised to X, who agrees: raise it", (), {}, lambda t: altered_under_a_promise(t, "X", amount="raised"), []),
    ("promised to X: lower the mortgage", (), {}, lambda t: altered_under_a_promise(t, amount="lowered"), []),
    ("promised to X: a clause against transfer", (), {},
     lambda t: altered_under_a_promise(t, no_transfer=True), ["advance-notice"]),
    ("sale and alteration, the buyer agrees", (), {}, lambda t: altered_after_the_sale(t, "X"), []),
    ("sale and alteration, the seller agrees", (), {}, lambda t: altered_after_the_sale(t, A), ["not-holder", "co-owner-consent"]),
    ("mortgage of 2019: an heir", (), {}, heir_of_an_old_mortgage, []),
    ("mortgage of 2020-12-31: sale without the bank", (), {},
     lambda t: mortgage_on_the_eve(t, "2020-12-31"), ["mortgagee-consent"]),
    ("mortgage of 2021-01-01: sale without the bank", (), {}, lambda t: mortgage_on_the_eve(t, "2021-01-01"), []),
    # courts
    ("C1 seized: execute C2's order", (), {}, order_over_anothers_seizure, ["seized"]),
    ("C1 ordered, then C2 seized: execute", (), {}, seizure_after_the_order, []),
    ("C1 froze and ordered: the winner sells", (), {}, lambda t: frozen_and_ordered(t, first="freeze", by=C1), []),
    ("C1 ordered, then C2 froze: the winner sells", (), {}, lambda t: frozen_and_ordered(t, first="order", by=C2), []),
    ("C2 froze, then C1 ordered: execute", (), {}, lambda t: frozen_and_ordered(t, first="freeze", by=C2), ["frozen"]),
    ("C1 ordered, tax unpaid: execute", (), {}, order_unpaid, ["tax-not-cleared", "iit-not-cleared"]),
    ("renewed on the last day", (), {}, lambda t: renewed(t, "2026-11-30"), []),
    ("renewed the day after", (), {}, lambda t: renewed(t, "2026-12-01"), ["seizure-ended"]),
    ("renewed the day after, another waits", (), {}, lambda t: renewed(t, "2026-12-01", waits=True), ["seizure-ended"]),
    ("seized for three years to the day", (), {}, term("2029-11-22"), []),
    ("seized for a day more", (), {}, term("2029-11-23"), ["seizure-term-too-long"]),
    ("a waiting seizure's year, after the first ended: sale", (), {}, waiting_term_runs_from_promotion, ["seized"]),
    ("the waiting one is released: sale", (), {}, waiting_releases_itself, ["seized"]),
    ("seized, the owner dies: inheritance", (), {}, heir_of_a_seized_unit, ["seized"]),
    ("not first-registered: seize", (), {},
     lambda t: t.do(C1, "court.seize", {"unit": V, "document": PAPER, "until": "2027-01-01"}), ["unit-unknown"]),
    # notices, objections, exchange, use
    ("promised to X: promise to Y", (), {}, second_promise, ["advance-notice"]),
    ("promised to X, seized: convert", (), {}, seizure_of_the_promised, ["seized", "notice-mismatch"]),
    ("exchange, U seized: enter", (), {}, lambda t: exchange(t, seized=True), ["seized"]),
    ("exchange: enter", (), {}, lambda t: exchange(t, seized=False), []),
    ("objection, suit on the sixteenth day", (), {}, suit_shown_late, ["objection-ended"]),
    ("habitation, then sale: enter", (), {}, lived_in, []),
    ("habitation: make it a shop", (), {}, lived_in_and_altered, ["usufruct-stands"]),
    ("habitation that ended: make it a shop", (), {}, lambda t: lived_in_and_altered(t, "2026-11-30"), []),
    ("mortgaged since: correct the use", (), {}, corrected(mortgaged), ["later-disposal"]),
    ("mortgaged and free again: correct the use", (), {}, corrected(mortgaged_and_free), []),
    ("promised since: correct the use", (), {}, corrected(noted), ["later-disposal"]),
    ("lived in since: correct the use", (), {}, corrected(lived_in_till(None)), ["later-disposal"]),
    ("lived in since: correct the owner", (), {}, corrected(lived_in_till(None), **OWNED), ["later-disposal"]),
    ("lived in till yesterday: correct the owner", (), {}, corrected(lived_in_till("2026-11-30"), **OWNED), []),
    ("transfer ordered since: correct the owner", (), {}, corrected(ordered, **OWNED), ["later-disposal"]),
    ("a shop's land till yesterday: sale", (), {}, after(land_till("2026-11-21"), sold), ["land-term-over"]),
    ("a shop's land till today: sale", (), {}, after(land_till("2026-11-22"), sold), []),
    ("a dwelling's land till yesterday: sale", (), {}, after(land_till("2026-11-21", "dwelling"), sold), []),
    ("a shop's land till yesterday: mortgage", (), {}, after(land_till("2026-11-21"), lent, B1), ["land-term-over"]),
    ("a shop's land till yesterday: promise a sale", (), {}, after(land_till("2026-11-21"), promised), ["land-term-over"]),
    ("a shop's land till today: promise a sale", (), {}, after(land_till("2026-11-22"), promised), []),
    ("a shop's land renewed: sale", (), {}, lambda t: renewed_land(t, "2046-11-21"), []),
    ("a shop's land renewed to no day", (), {}, lambda t: renewed_land(t, "2046-02-30"), ["bad-date"]),
    ("a shop's land renewed to the day it had", (), {}, lambda t: renewed_land(t, "2026-11-21"), ["nothing-changes"]),
    ("land of two terms: merge", (), {}, merged_land, []),
    ("the only owner objects", (), {}, lambda t: objected(t, A), ["correction-not-refused"]),
    ("a joint owner objects", JOINT, {}, lambda t: objected(t, W), []),
    ("two object in one case", (), {}, lambda t: objected(t, "Y", "Z"), []),
    ("one objects twice in one case", (), {}, lambda t: objected(t, "Z", "Z"), ["act-repeated", "same-ground"]),
    ("seized since: correct the use", (), {}, corrected(seize), ["later-disposal"]),
    ("sale accepted before a correction: enter the correction", (), {}, corrected_past_a_sale, ["earlier-case"]),
    ("promised to X: give it up", (), {}, given_up_while(noted), ["consent-missing"]),
    ("promised to X, who agrees: give it up", (), {}, given_up_while(noted, agreed=[ref("X")]), []),
    ("seized: give it up", (), {}, given_up_while(seize), ["seized"]),
    ("mortgaged and burnt down", (), {}, given_up_while(mortgaged, cause="loss"), []),
    ("U was split: sell U", (), {}, retired_code, ["unit-unknown", "right-ended"]),
    ("frozen until 11-30: sale on that day", (), {}, lambda t: frozen_until(t, "2026-11-30"), ["frozen"]),
    ("frozen until 11-30: sale the day after", (), {}, lambda t: frozen_until(t, "2026-12-01"), []),
    ("annulled after X mortgaged: back by judgment", (), {}, annulled_and_back_under_a_mortgage, []),
]  # fmt: skip


@pytest.mark.parametrize(
    ("title", "policy", "play", "expected"), [row[1:] for row in CASES], ids=[row[0] for row in CASES]
)
def test_derived(title: tuple[Any, ...], policy: dict[str, Any], play: Play, expected: list[str]) -> None:
    done = play(town_of(*title, **policy))
    assert codes(done) == expected
    assert (done.outcome == "refused") is bool(expected)
    assert all(reason.law for reason in done.reasons), "a refusal without an article"
