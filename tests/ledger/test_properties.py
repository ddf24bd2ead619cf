"""Invariants that hold after any history, whatever was asked for and whatever was refused."""

from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from dengbu.ledger.law.calendar import legal_date
from dengbu.ledger.register.encumbrances import Mortgage, Seizure
from dengbu.ledger.register.records import Case, Certificate, Deal, Right, Unit, Voucher
from dengbu.ledger.register.register import MemoryRegister
from tests.worlds import (
    COURTS,
    DAY_MS,
    UNIT,
    World,
    codes,
    holder,
    mortgage_act,
    ref,
    signer,
    transfer_act,
    world,
)

Step = Callable[[World], object]
BANKS = ("bank-a", "bank-b")
SHARES = (
    ("single", ("1/1",)),
    ("joint", ("1/1", "1/1")),
    ("shares", ("1/2", "1/4", "1/4")),
    ("shares", ("1/3", "1/3", "1/3")),
    ("shares", ("1/3", "33/100", "1/3")),
)
PEOPLE = ("owner", "x", "y", "z")


def everything(register: MemoryRegister, kind: type[Any]) -> list[Any]:
    """Return every record of a kind."""
    return [record for record in register.items().values() if isinstance(record, kind)]


def nth(found: list[Any], place: int) -> Any:
    """Return one of these, or None if there are none."""
    return found[place % len(found)] if found else None


def current(town: World, place: int) -> Right:
    """Return a right on U, mostly the current one."""
    rights = everything(town.register, Right)
    return rights[-1] if place % 5 else nth(rights, place)


def sell(place: int, shares: int, everyone: bool) -> Step:
    """Apply for a transfer, in shares that may or may not add up."""
    mode, parts = SHARES[shares % len(SHARES)]
    takers = PEOPLE[place % 2 :]  # with or without the first owner
    holders = [holder(who, part) for who, part in zip(takers, parts, strict=False)]

    def step(town: World) -> object:
        right = current(town, place)
        consent = [one.ref for one in right.holders] if everyone else [ref(PEOPLE[place % 4])]
        signing = BANKS if shares % 6 else ()  # the banks mostly agree
        keys = [signer(one, "event") for one in ("hz-registry", *signing)]
        act = transfer_act(right, mode=mode, holders=holders, consent=consent)
        return town.apply("hz-registry", act, signers=keys)

    return step


def lend(place: int, bank: int, clause: bool) -> Step:
    """Apply for a mortgage."""
    return lambda town: town.apply(
        BANKS[bank % 2], mortgage_act(current(town, place), BANKS[bank % 2], no_transfer=clause)
    )


def discharge(place: int, bank: int) -> Step:
    """Apply for a discharge by this bank or the other, and enter it."""

    def step(town: World) -> object:
        found = nth(everything(town.register, Mortgage), place)
        done = town.apply(
            BANKS[bank % 2], {"act": "mortgage.discharge", "mortgage": found.id if found else "M-0"}
        )
        return town.enter(done.result["case"]) if done.result else done

    return step


def move(place: int) -> Step:
    """Apply for the transfer of a mortgage to the other bank."""

    def step(town: World) -> object:
        found = nth(everything(town.register, Mortgage), place)
        act = {
            "act": "mortgage.transfer",
            "mortgage": found.id if found else "M-0",
            "to": BANKS[place % 2],
            "claim_assigned": True,
            "debtor_notified": place % 7 != 0,
        }
        return town.apply("bank-a", act, signers=[signer(one, "event") for one in BANKS])

    return step


def decide(place: int, how: str) -> Step:
    """Enter, review, refuse or withdraw a case, with its taxes cleared first or not."""

    def step(town: World) -> object:
        waiting = [one for one in everything(town.register, Case) if one.state == "accepted"]
        case = nth(waiting[:1] if place % 3 else everything(town.register, Case), place)
        if case is None:
            return None
        if how == "enter" and case.deal and place % 5:
            gates = {"deed": "due", "iit": "due"}
            town.do("hz-tax", "tax.assess", {"case": case.number, "version": 1, "gates": gates})
            serial = case.number if place % 4 else "again"  # now and then a number that other cases cite too
            cited = [{"tax": tax, "number": f"{tax}-{serial}", "kind": "payment"} for tax in ("deed", "iit")]
            town.do("hz-tax", "tax.clear", {"case": case.number, "version": 1, "vouchers": cited})
        grounds = {"grounds": [{"law": "REG-22-1", "text_code": "illegal"}]} if how == "refuse" else {}
        return town.do("hz-registry", f"case.{how}", {"case": case.number, **grounds})

    return step


def seize(court: int, days: int) -> Step:
    """Seize the unit for some days."""

    def step(town: World) -> object:
        until = legal_date(town.time + (1 + days % 4) * DAY_MS).isoformat()
        data = {"unit": UNIT, "document": f"no. {len(town.decisions)}", "until": until}
        return town.do(COURTS[court % 2], "court.seize", data)

    return step


def release(place: int, court: int) -> Step:
    """Release a seizure by its court or another."""

    def step(town: World) -> object:
        found = nth(everything(town.register, Seizure), place)
        data = {"seizure": found.id if found else "S-0", "document": "lifted"}
        by = found.court if found and court % 4 else COURTS[court % 2]
        return town.do(by, "court.release", data)

    return step


def wait(days: int) -> Step:
    """Let days pass."""

    def step(town: World) -> object:
        town.time += days * DAY_MS
        return None

    return step


def at_once(ask: Step) -> Step:
    """Ask, and enter the case that has waited longest."""

    def step(town: World) -> object:
        ask(town)
        return decide(1, "enter")(town)

    return step


numbers = st.integers(0, 59)
entering = st.builds(decide, numbers, st.just("enter"))
selling = st.builds(sell, numbers, numbers, st.just(True))
lending = st.builds(lend, numbers, numbers, st.just(False))
steps = st.one_of(  # what succeeds more often is listed more often
    *(entering, st.builds(at_once, selling), st.builds(at_once, lending)) * 3,
    *(selling, lending, st.builds(discharge, numbers, numbers), st.builds(release, numbers, numbers)) * 2,
    *(st.builds(wait, st.integers(1, 9)),) * 3,
    st.builds(sell, numbers, numbers, st.booleans()),
    st.builds(lend, numbers, numbers, st.booleans()),
    st.builds(move, numbers),
    st.builds(decide, numbers, st.sampled_from(["review", "refuse", "withdraw"])),
    st.builds(seize, numbers, numbers),
)


def founded() -> World:
    """Return a network with courts and one title."""
    town = world()
    for court in COURTS:
        town.court(court)
    town.title()
    return town


def rights_are_whole(register: MemoryRegister) -> None:
    """Each unit has one current right; a right's shares add up to one; its certificate names no other record."""
    for unit in everything(register, Unit):
        now = [
            one for one in everything(register, Right) if one.unit == unit.code and one.status == "current"
        ]
        assert [one.id for one in now] == [unit.right]
    for right in everything(register, Right):
        if right.mode == "shares":
            assert sum(Fraction(one.share) for one in right.holders) == 1
        else:
            assert all(one.share == "1/1" for one in right.holders)
    issued = everything(register, Certificate)
    rows = [*everything(register, Right), *everything(register, Mortgage)]
    assert sorted(one.of for one in issued) == sorted(one.id for one in rows)
    assert all(register.get(Certificate, one.certificate).of == one.id for one in rows)  # type: ignore[union-attr]


def ranks_are_contiguous(register: MemoryRegister) -> None:
    """The active mortgages of a unit rank 1 to n in the unit's order, on its current right."""
    for unit in everything(register, Unit):
        active = [
            one for one in everything(register, Mortgage) if one.unit == unit.code and one.status == "active"
        ]
        active.sort(key=lambda one: one.rank)
        assert [one.rank for one in active] == list(range(1, len(active) + 1))
        assert tuple(one.id for one in active) == unit.mortgages
        assert all(one.right == unit.right for one in active)


def queues_are_true(register: MemoryRegister) -> None:
    """A unit's open cases are the undecided ones in order of acceptance; its seizures are the live ones by service."""
    for unit in everything(register, Unit):
        cases = [
            one for one in everything(register, Case) if one.state == "accepted" and unit.code in one.units
        ]
        cases.sort(key=lambda one: one.applied)
        assert tuple(one.number for one in cases) == unit.open_cases
        live = [one for one in everything(register, Seizure) if one.status in ("effective", "waiting")]
        live.sort(key=lambda one: one.since)
        assert tuple(one.id for one in live) == unit.seizures
        assert [one.status for one in live] == [
            "effective" if place == 0 else "waiting" for place in range(len(live))
        ]


def taxes_are_paid_once(register: MemoryRegister) -> None:
    """A right by transfer rests on a consumed deal, whose vouchers cover what the law requires and serve no other."""
    vouchers = everything(register, Voucher)
    consumed = [one for one in everything(register, Deal) if one.state == "CONSUMED"]
    rested_on = [number for deal in consumed for number in deal.cleared.values()]
    assert sorted(rested_on) == sorted(one.number for one in vouchers if one.state == "consumed")
    for deal in consumed:
        assert all(tax in deal.cleared for tax in deal.required)
        rows = [(tax, register.get(Voucher, number)) for tax, number in deal.cleared.items()]
        assert all(row and (row.tax, row.case) == (tax, deal.case) for tax, row in rows)
    transferred = [one for one in everything(register, Right) if one.cause != "import"]
    assert sorted(one.cause for one in transferred) == sorted(deal.case for deal in consumed)


def what_happened(town: World) -> list[str]:
    """Count what a history came to: outcomes by type of result, and the names of all reasons."""
    entered = [one for one in town.decisions if one.outcome == "entered"]
    return [part for one in entered for part in one.result] + [
        name for one in town.decisions for name in codes(one)
    ]


REACHED = (  # histories that reach none of these prove little
    "rights", "mortgages", "discharged", "seized", "earlier-case", "right-ended", "not-mortgagee", "shares-sum",
    "co-owner-consent", "mortgagee-consent", "receipt-used", "tax-not-cleared", "mortgage-discharged",
)  # fmt: skip


def test_after_any_history_the_book_is_in_order() -> None:
    reached: Counter[str] = Counter()

    @settings(derandomize=True, deadline=None, max_examples=80)
    @given(st.lists(steps, min_size=25, max_size=40))
    def after(history: list[Step]) -> None:
        town = founded()
        for step in history:
            step(town)
            rights_are_whole(town.register)
            ranks_are_contiguous(town.register)
            queues_are_true(town.register)
            taxes_are_paid_once(town.register)
        for decision in town.decisions:
            assert (decision.outcome == "refused") is bool(decision.reasons)
            assert decision.outcome != "refused" or (decision.changes, decision.result) == ((), {})
        reached.update(what_happened(town))

    after()
    assert [name for name in REACHED if not reached[name]] == [], reached


class Watched(World):
    """A world that judges everything twice and checks that judging writes nothing."""

    def judge(self, envelope: Any) -> Any:
        """Return the decision, having found it twice over an unchanged register."""
        before = dict(self.register.items())
        decision = super().judge(envelope)
        assert super().judge(envelope) == decision
        assert self.register.items() == before
        return decision


@settings(derandomize=True, deadline=None, max_examples=25)
@given(st.lists(steps, min_size=15, max_size=25))
def test_judging_writes_nothing_and_says_the_same_again(history: list[Step]) -> None:
    town = founded()
    watched = Watched(town.register, town.index, town.time, town.ids, town.decisions)
    for step in history:
        step(watched)
