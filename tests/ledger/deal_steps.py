"""The steps of a deal as tests take them: a sale applied for, assessed, cleared, refunded, brought to any state."""

from typing import Any

from dengbu.ledger.register.records import Deal, Right
from dengbu.ledger.tax import tax
from dengbu.ledger.transition import Decision
from tests.worlds import UNIT, World, codes, the_right, transfer_act

DUE = {"deed": "due", "iit": "due", "lvat": "none"}
NO_CASE = "441302-20261122-999999"
UNCLEARED = ["tax-not-cleared", "iit-not-cleared"]


def sale(town: World, unit: str = UNIT, **changed: Any) -> str:
    """Have a transfer accepted; return the case number."""
    return town.accepted(
        "hz-registry", act_of(town, unit, **changed), private={"contract": ["hz-registry", "hz-tax"]}
    )


def act_of(town: World, unit: str = UNIT, **changed: Any) -> dict[str, Any]:
    """Return a transfer of the current right on a unit."""
    right = the_right(town, unit)
    assert isinstance(right, Right)
    return transfer_act(right, **changed)


def assess(town: World, case: str, version: int = 1, **gates: str) -> Decision:
    """Have the bureau assess; return the decision."""
    return town.do("hz-tax", "tax.assess", {"case": case, "version": version, "gates": {**DUE, **gates}})


def voucher(of: str, number: str, kind: str = "payment") -> dict[str, str]:
    """Return a voucher as an event cites it."""
    return {"tax": of, "number": number, "kind": kind}


DEED, IIT = voucher("deed", "N-1"), voucher("iit", "N-2")


def clear(town: World, case: str, *vouchers: dict[str, str], version: int = 1) -> Decision:
    """Have the bureau clear the taxes; return the decision."""
    data = {"case": case, "version": version, "vouchers": list(vouchers or (DEED, IIT))}
    return town.do("hz-tax", "tax.clear", data)


def request_refund(town: World, case: str, ground: str = "contract-rescinded") -> Decision:
    """Have the bureau record that a refund is asked for; return the decision."""
    return town.do("hz-tax", "tax.refund-request", {"case": case, "ground": ground})


def refund(town: World, case: str) -> Decision:
    """Have the bureau refund; return the decision."""
    return town.do("hz-tax", "tax.refund", {"case": case})


def decline(town: World, case: str) -> Decision:
    """Have the bureau find no ground for a refund; return the decision."""
    return town.do("hz-tax", "tax.refund-decline", {"case": case})


def claw_back(town: World, case: str) -> Decision:
    """Have the bureau claim the tax that a relief had saved; return the decision."""
    return town.do("hz-tax", "tax.clawback", {"case": case, "ground": "use-changed"})


def registry(town: World, what: str, case: str) -> Decision:
    """Have the registry review, refuse or withdraw a case; return the decision."""
    grounds = {"grounds": [{"law": "REG-22-1", "text_code": "illegal"}]} if what == "refuse" else {}
    return town.do("hz-registry", f"case.{what}", {"case": case, **grounds})


def state(town: World, case: str) -> str:
    """Return the state of a deal."""
    return str(town.one(Deal, case).state)


def bring_to(town: World, wanted: str) -> str:
    """Make a sale and bring its deal to a state; return the case number."""
    case = sale(town)
    steps: dict[str, list[Any]] = {
        tax.DECLARED: [],
        tax.ASSESSED: [lambda: assess(town, case)],
        tax.PART_PAID: [lambda: assess(town, case), lambda: clear(town, case, DEED)],
        tax.CLEARED: [lambda: assess(town, case), lambda: clear(town, case)],
    }
    steps[tax.LOCKED] = [*steps[tax.CLEARED], lambda: registry(town, "review", case)]
    steps[tax.CONSUMED] = [*steps[tax.LOCKED], lambda: town.enter(case)]
    steps[tax.CANCELLED] = [lambda: registry(town, "withdraw", case)]
    steps[tax.REFUND_REQUESTED] = [*steps[tax.CLEARED], lambda: request_refund(town, case)]
    steps[tax.CLAWBACK_DUE] = [*steps[tax.CONSUMED], lambda: claw_back(town, case)]
    steps[tax.REFUNDED] = [*steps[tax.REFUND_REQUESTED], lambda: refund(town, case)]
    for step in steps[wanted]:
        done = step()
        assert done.outcome in ("recorded", "entered"), codes(done)
    assert state(town, case) == wanted
    return case


STATES = (
    tax.DECLARED, tax.ASSESSED, tax.PART_PAID, tax.CLEARED, tax.LOCKED,
    tax.CONSUMED, tax.CANCELLED, tax.REFUND_REQUESTED, tax.REFUNDED, tax.CLAWBACK_DUE,
)  # fmt: skip
