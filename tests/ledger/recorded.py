"""A world that keeps its log, and a random town of cases in it, for tests that count entries."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dengbu.ledger.log.entry import FIRST_PREV, Entry, leaf_prev, make_leaf, parse_leaf
from dengbu.ledger.register.members import Policy
from dengbu.ledger.register.records import Case, Deal, Right, Unit
from dengbu.ledger.transition import Decision
from tests.worlds import (
    DISTRICT,
    GOVERNORS,
    HOUR_MS,
    MEMBERS,
    START,
    World,
    genesis_data,
    holder,
    mortgage_act,
    policy,
    signer,
    transfer_act,
)

DESK = "desk"
UNITS = [f"441302001001GB00001F0001{place:04d}" for place in range(1, 41)]
OFFICES = [
    {"institution": "hz-registry", "office": "hall", "district": "441302"},
    {"institution": "hz-registry", "office": "zhongkai", "district": "441303"},
    {"institution": "hz-registry", "office": "daya-bay", "district": "441303"},
    {"institution": "bank-a", "office": "outlet-1", "district": "441302"},
    {"institution": "bank-b", "office": "outlet-1", "district": "441322"},
    {"institution": "bank-b", "office": "outlet-2", "district": "441302"},
]
FIRST: dict[str, Any] = {
    "offices": OFFICES,
    "mortgage_banks": ["bank-a", "bank-b", "bank-x"],
    "online_acts": ["mortgage.set"],
    "holidays": ["2026-11-24"],
    "workdays": ["2026-11-28"],
}


@dataclass
class Recorded(World):
    """A world whose decisions become the entries of a log."""

    entries: list[Entry] = field(default_factory=list)

    def do(self, actor: str, type_: str, data: Mapping[str, Any], **more: Any) -> Decision:
        at = self.at()
        envelope = self.envelope(actor, type_, data, **more)
        decision = self.judge(envelope)
        self.register.apply(decision.changes)
        self.index += 1
        self.time += 1000
        self.decisions.append(decision)
        prev = leaf_prev(self.entries[-1].raw) if self.entries else FIRST_PREV
        leaf = make_leaf(at.index, at.height, at.time, prev, envelope, decision.as_json("00" * 32))
        self.entries.append(parse_leaf(leaf))
        return decision


def recorded(start: int = START, **changed: Any) -> Recorded:
    """Found a network that keeps its log, beginning at an instant."""
    made = Recorded(time=start)
    data = genesis_data()
    data["policy"] = {**policy(), **FIRST, **changed}
    done = made.do(
        "hz-registry",
        "network.genesis",
        data,
        signers=[signer(institution, "governance") for institution in sorted(MEMBERS)],
    )
    assert done.outcome == "recorded", done.reasons
    return made


def busy_town(seed: int, steps: int) -> Recorded:
    """Return a random town in which everything that is counted happens."""
    chance = random.Random(seed)
    town = recorded()
    for unit in UNITS:
        town.title(unit, holders=[holder("owner")])
    for _ in range(steps):
        town.time += chance.choice((1, 1, 5, 24, 40)) * HOUR_MS // chance.choice((1, 7))
        chance.choice(STEPS)(town, chance)
    return town


def _apply(town: Recorded, chance: random.Random) -> None:
    right = town.one(Right, town.one(Unit, chance.choice(UNITS)).right)
    nowhere = [{"institution": "bank-a"}, {"institution": "hz-registry", "office": "tent"}]
    place = chance.choice([*OFFICES, *nowhere])
    by = place["institution"]
    bank = "bank-a" if by == "hz-registry" else by
    mortgage = mortgage_act(right, bank, consent=[] if chance.random() < 0.1 else [right.holders[0].ref])
    acts: list[dict[str, Any]] = [mortgage]
    if by == "hz-registry":
        acts = chance.choice(([transfer_act(right)], [mortgage, transfer_act(right)]))
    data: dict[str, Any] = {
        "district": DISTRICT,
        "channel": chance.choice(("counter", "outlet", "online")),
        "acts": acts,
    }
    if chance.random() < 0.4:
        data["shared"] = chance.sample(["id-card", "marriage", "licence"], chance.randint(1, 3))
    named = [by, bank] if mortgage in acts else [by]
    body = {"office": place["office"]} if "office" in place else {}
    signers = [signer(one, "event") for one in dict.fromkeys(named)]
    town.do(by, "case.apply", data, signers=signers, **body)


def _cases(town: Recorded, *states: str) -> list[Case]:
    found = [one for one in town.register.items().values() if isinstance(one, Case)]
    return [one for one in found if one.state in states]


def _pick(town: Recorded, chance: random.Random, *states: str) -> Case | None:
    found = _cases(town, *states)
    return chance.choice(found) if found else None


def _decide(town: Recorded, chance: random.Random) -> None:
    case = _pick(town, chance, "accepted")
    if case is None:
        return
    how = chance.choice(("enter", "enter", "enter", "enter", "refuse", "withdraw"))
    more: dict[str, Any] = (
        {"grounds": [{"law": "REG-22-1", "text_code": "illegal"}]} if how == "refuse" else {}
    )
    by = case.actor if how == "withdraw" else "hz-registry"
    officer = "window-1" if how == "refuse" else chance.choice((DESK, "window-1"))
    town.do(by, f"case.{how}", {"case": case.number, **more}, officer=officer)


def _clear(town: Recorded, chance: random.Random) -> None:
    case = _pick(town, chance, "accepted")
    if case is None or not case.deal:
        return
    version = town.one(Deal, case.number).version + 1
    gates = {"deed": "due", "iit": "due"}
    town.do("hz-tax", "tax.assess", {"case": case.number, "version": version, "gates": gates})
    town.time += HOUR_MS
    vouchers = [{"tax": one, "number": f"{one}-{case.number}-{version}", "kind": "payment"} for one in gates]
    town.do("hz-tax", "tax.clear", {"case": case.number, "version": version, "vouchers": vouchers})


def _wait(town: Recorded, chance: random.Random) -> None:
    case = _pick(town, chance, "accepted")
    if case is None:
        return
    if case.suspended:
        town.do("hz-registry", "case.resume", {"case": case.number})
        return
    ground = chance.choice(("requisition", "inspection"))
    town.do("hz-registry", "case.suspend", {"case": case.number, "ground": ground, "items": ["seal"]})


def _rate(town: Recorded, chance: random.Random) -> None:
    case = _pick(town, chance, "entered", "refused", "withdrawn", "accepted")
    if case is not None:
        town.do(case.actor, "case.rate", {"case": case.number, "score": chance.randint(1, 5)})


def _refund(town: Recorded, chance: random.Random) -> None:
    case = _pick(town, chance, "accepted", "entered")
    if case is not None:
        what, more = chance.choice((("refund-request", {"ground": "void"}), ("refund-decline", {})))
        town.do("hz-tax", f"tax.{what}", {"case": case.number, **more})


def _govern(town: Recorded, chance: random.Random) -> None:
    version = town.one(Policy, "current").version + 1
    new = {
        **policy(),
        **FIRST,
        "version": version,
        "limit_days": chance.randint(1, 8),
        "desk": chance.choice((["mortgage.set"], ["mortgage.set", "transfer"], [])),
    }
    if chance.random() < 0.5:
        new["limits"] = {"transfer": chance.randint(1, 12)}
    town.do(
        "hz-registry", "policy.set", {"policy": new}, signers=[signer(one, "governance") for one in GOVERNORS]
    )


def _hand_over(town: Recorded, chance: random.Random) -> None:
    case = _pick(town, chance, "accepted")
    if case is not None:
        doubts = chance.sample(["minor", "acted-for", "persons-alike"], chance.randint(1, 3))
        town.do(
            "hz-registry",
            "case.hand-over",
            {"case": case.number, "doubts": [*doubts, doubts[0]]},
            officer=DESK,
        )


STEPS = (
    _hand_over,
    *[_apply] * 8,
    *[_decide] * 10,
    *[_clear] * 3,
    *[_wait] * 3,
    *[_rate] * 3,
    _refund,
    _govern,
)
