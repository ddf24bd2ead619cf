"""After any history of deals, each voucher serves one deal and is used once, and no title passes without its taxes."""

from collections import Counter
from collections.abc import Callable
from itertools import chain
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from dengbu.ledger.register.records import Case, Deal, Right, Voucher
from dengbu.ledger.register.register import MemoryRegister
from dengbu.ledger.tax import tax
from tests.worlds import World, codes, the_right, transfer_act, world

Step = Callable[[World], object]
HOLDERS = ("owner", "x")
ENTERED = (tax.CONSUMED, tax.CLAWBACK_DUE)


def everything(register: MemoryRegister, kind: type[Any]) -> list[Any]:
    """Return every record of a kind."""
    return [record for record in register.items().values() if isinstance(record, kind)]


def nth(town: World, place: int) -> str:
    """Return a case with a deal: the last one, one that was entered, or any."""
    deals = [one.case for one in everything(town.register, Deal)]
    entered = [one for one in deals if town.case(one).state == "entered"]
    if not deals:
        return "441302-20261122-999999"
    if place % 3 == 1:
        return str(deals[-1])
    found = entered if entered and place % 3 == 2 else deals
    return str(found[place % len(found)])


def sell(to: int) -> Step:
    """Sell the unit to one of two holders."""

    def step(town: World) -> object:
        right = the_right(town)
        return town.apply("hz-registry", transfer_act(right, HOLDERS[to % 2]))

    return step


def assess(place: int) -> Step:
    """Assess the next version."""

    def step(town: World) -> object:
        case = nth(town, place)
        deal = town.register.get(Deal, case)
        data = {
            "case": case,
            "version": deal.version + 1 if deal else 1,
            "gates": {"deed": "due", "iit": "due"},
        }
        return town.do("hz-tax", "tax.assess", data)

    return step


def clear(place: int, taxes: int, kind: str, fresh: bool) -> Step:
    """Clear one or both taxes, by fresh vouchers or by known ones."""

    def step(town: World) -> object:
        case = nth(town, place)
        deal, known = town.register.get(Deal, case), everything(town.register, Voucher)
        cited = [
            {"tax": one, "number": f"{one}-{len(town.decisions)}", "kind": kind}
            for one in (("deed", "iit"), ("deed",), ("iit",))[taxes % 3]
        ]
        if known and not fresh:
            idle = [one.case for one in everything(town.register, Deal) if one.state == tax.CLEARED]
            taken = [one for one in known if idle and one.case == idle[-1]] if taxes % 2 else []
            cited = [
                {"tax": one.tax, "number": one.number, "kind": one.kind}
                for one in taken or [known[place % len(known)]]
            ]
        data = {"case": case, "version": max(1, deal.version if deal else 1), "vouchers": cited}
        return town.do("hz-tax", "tax.clear", data)

    return step


def bureau(what: str, place: int) -> Step:
    """Have the bureau do something else on a deal."""

    def step(town: World) -> object:
        known = everything(town.register, Voucher)
        number = known[0].number if known and place % 4 == 0 else f"B-{len(town.decisions)}"
        more: dict[str, dict[str, Any]] = {
            "refund-request": {"ground": "judgment-annulled"},
            "overpayment": {"tax": "deed", "paid_on": "2026-11-20", "found_by": "bureau"},
            "clawback": {"ground": "use-changed"},
            "clawback-paid": {"vouchers": [number]},
        }
        return town.do("hz-tax", f"tax.{what}", {"case": nth(town, place), **more.get(what, {})})

    return step


def registry(what: str, place: int) -> Step:
    """Have the registry act on a case."""

    def step(town: World) -> object:
        more: dict[str, Any] = {
            "refuse": {"grounds": [{"law": "REG-22-1", "text_code": "illegal"}]},
            "suspend": {"ground": "requisition", "items": ["seal"]},
        }.get(what, {})
        return town.do("hz-registry", f"case.{what}", {"case": nth(town, place), **more})

    return step


def tidied(town: World) -> object:
    """Withdraw every case that is still open, so that the next can be entered."""
    open_ = [one.number for one in everything(town.register, Case) if one.state == "accepted"]
    return [town.do("hz-registry", "case.withdraw", {"case": number}) for number in open_]


PAID = (assess(1), clear(1, 0, "payment", fresh=True))
OPENED = (tidied, sell(1), *PAID)
SOLD = tuple((tidied, sell(to), *PAID, registry("enter", 1)) for to in (0, 1))
AGAIN = (  # a paid case is withdrawn, and its vouchers are cited in the next case
    *OPENED,
    registry("withdraw", 1),
    sell(1),
    assess(1),
    clear(1, 1, "payment", fresh=False),
)
RACE = (*OPENED, registry("review", 1), bureau("refund-request", 1), bureau("overpayment", 1))
SPARED = (*SOLD[1], bureau("clawback", 2), registry("withdraw", 2), bureau("clawback-paid", 2))
EXEMPT = (tidied, sell(1), assess(1), clear(1, 0, "exemption", fresh=True), bureau("overpayment", 1))
REPENTED = (
    *OPENED,
    bureau("refund-request", 1),
    registry("enter", 1),
    bureau("refund", 1),
    registry("enter", 1),
)
WAITING = (*OPENED, registry("suspend", 1), registry("enter", 1), registry("resume", 1))
KINDS = ("payment", "payment", "part", "exemption")
BUREAU = (
    "refund-request",
    "refund-request",
    "refund",
    "refund-decline",
    "overpayment",
    "clawback",
    "clawback-paid",
)
REGISTRY = ("enter", "enter", "review", "refuse", "withdraw", "suspend", "resume")


def any_steps(which: int, place: int, detail: int) -> tuple[Step, ...]:
    """Return the steps that three numbers stand for: what succeeds more often has more numbers."""
    if which < 4:
        return SOLD[detail % 2]
    if which < 6:
        return (bureau(BUREAU[detail % len(BUREAU)], place),)
    if which < 8:
        return (registry(REGISTRY[detail % len(REGISTRY)], place),)
    if which < 10:
        first = clear(1, place, KINDS[detail % len(KINDS)], fresh=True)
        return (tidied, sell(1), assess(1), first, clear(1, detail, "payment", fresh=place % 2 > 0))
    return (AGAIN, RACE, WAITING, REPENTED, SPARED, EXEMPT, PAID, (sell(detail),), (assess(place),))[
        which - 10
    ]


numbers = st.integers(0, 59)
steps = st.builds(any_steps, st.integers(0, 18), numbers, numbers)


def every_voucher_serves_one_deal(register: MemoryRegister) -> None:
    """Each voucher is cited by exactly the deal that it names, and its state follows from that deal's."""
    deals, vouchers = everything(register, Deal), everything(register, Voucher)
    cited = Counter(number for deal in deals for number in (*deal.cleared.values(), *deal.others))
    assert cited == Counter(one.number for one in vouchers)
    for deal in deals:
        case = register.get(Case, deal.case)
        assert case is not None
        entered = deal.state in ENTERED or (deal.state == tax.REFUND_REQUESTED and case.state == "entered")
        expected = "refunded" if deal.state == tax.REFUNDED else "consumed" if entered else "issued"
        for number in (*deal.cleared.values(), *deal.others):
            voucher = register.get(Voucher, number)
            assert voucher is not None
            assert (voucher.case, voucher.state) == (deal.case, expected), deal


def no_title_passes_without_its_taxes(register: MemoryRegister) -> None:
    """Every right by transfer has the deal of an entered case, with each tax cleared under the last version."""
    for right in everything(register, Right):
        if right.cause == "import":
            continue
        deal, case = register.get(Deal, right.cause), register.get(Case, right.cause)
        assert deal is not None
        assert case is not None
        assert case.state == "entered"
        assert deal.state in (*ENTERED, tax.REFUND_REQUESTED, tax.REFUNDED)
        assert tax.is_cleared(deal)
        assert all(one in deal.cleared for one in deal.required)


def states_fit(register: MemoryRegister) -> None:
    """An undecided case has no consumed deal; an entered one has nothing open; an ended one has nothing locked."""
    for deal in everything(register, Deal):
        case = register.get(Case, deal.case)
        assert case is not None
        if case.state == "accepted":
            assert deal.state not in (*ENTERED, tax.CANCELLED)
        elif case.state == "entered":
            assert deal.state in (*ENTERED, tax.REFUND_REQUESTED, tax.REFUNDED)
        else:
            assert deal.state not in (tax.DECLARED, tax.ASSESSED, tax.LOCKED, *ENTERED)
            assert case.suspended is None
        assert (deal.state == tax.LOCKED) <= case.reviewed


REACHED = (  # histories that reach none of these prove little
    "PART_PAID", "CLEARED", "LOCKED", "CONSUMED", "CANCELLED", "REFUND_REQUESTED", "REFUNDED", "CLAWBACK_DUE",
    "receipt-used", "gate-cleared", "deal-locked", "case-suspended", "title-not-restored", "tax-not-paid",
    "tax-refund-pending", "tax-refunded", "taken over", "restored",
)  # fmt: skip


def test_after_any_history_every_voucher_serves_one_deal() -> None:
    reached: Counter[str] = Counter()

    @settings(derandomize=True, deadline=None, max_examples=60)
    @given(st.lists(steps, min_size=15, max_size=25))
    def after(history: list[tuple[Step, ...]]) -> None:
        town = world()
        town.title()
        for step in chain.from_iterable(history):
            before = {one.number: one.case for one in everything(town.register, Voucher)}
            step(town)
            every_voucher_serves_one_deal(town.register)
            no_title_passes_without_its_taxes(town.register)
            states_fit(town.register)
            reached.update(one.state for one in everything(town.register, Deal))
            moved = [
                one
                for one in everything(town.register, Voucher)
                if before.get(one.number, one.case) != one.case
            ]
            reached.update("taken over" for _ in moved)
            reached.update(
                "restored"
                for one in everything(town.register, Deal)
                if one.state == tax.REFUND_REQUESTED and town.case(one.case).state == "entered"
            )
        reached.update(name for one in town.decisions for name in codes(one))

    after()
    assert [name for name in REACHED if not reached[name]] == [], reached
