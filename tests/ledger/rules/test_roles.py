"""The role matrix, cell by cell: a role may send and apply for exactly what this page says."""

from typing import Any

import pytest

from dengbu.ledger.catalogue import ACTS
from dengbu.ledger.log.envelope import convert
from dengbu.ledger.register.members import Institution, Role
from dengbu.ledger.rules.rule import Event
from dengbu.ledger.transition import EVENTS, judge
from tests.worlds import (
    MEMBERS,
    UNIT,
    World,
    codes,
    genesis_data,
    holder,
    member,
    policy,
    public_keys,
    ref,
    signer,
    world,
)

# registry, tax, bank, court, notary, bureau, utility; + may, . may not
EVENT_TABLE = """
    network.genesis      + . . . . . .
    institution.admit    + + + + + + +
    institution.suspend  + + + + + + +
    key.add              + + + + + + +
    key.rotate           + + + + + + +
    key.replace          + + + + + + +
    key.revoke           + + + + + + +
    vote.report          + + + + + + +
    policy.set           + + + + + + +
    title.import         + . . . . . .
    title.import-batch   + . . . . . .
    case.apply           + . + . . . .
    case.review          + . . . . . .
    case.suspend         + . . . . . .
    case.resume          + . + . . . .
    case.hand-over       + . . . . . .
    case.enter           + . . . . . .
    case.refuse          + . . . . . .
    case.withdraw        + . + . . . .
    case.rate            + . + . . . .
    tax.assess           . + . . . . .
    tax.clear            . + . . . . .
    tax.refund-request   . + . . . . .
    tax.refund           . + . . . . .
    tax.refund-decline   . + . . . . .
    tax.overpayment      . + . . . . .
    tax.clawback         . + . . . . .
    tax.clawback-paid    . + . . . . .
    court.seize          . . . + . . .
    court.pre-seize      . . . + . . .
    court.renew          . . . + . . .
    court.release        . . . + . . .
    court.order          . . . + . . .
    court.revoke-order   . . . + . . .
    mark.set             + . . + . . .
    mark.lift            + . . + . . .
    objection.suit       + . . + . . .
    notice.ripen         + . . . . . .
    fault.tell           + . . . . . .
    fault.announce       + . . . . . .
    loss.announce        + . . . . . .
    payload.erase        + . . . . . .
"""
ACT_TABLE = """
    unit.first           + . . . . . .
    unit.alter           + . . . . . .
    unit.split           + . . . . . .
    unit.merge           + . . . . . .
    transfer             + . . . . . .
    transfer.order       + . . . . . .
    unit.deregister      + . . . . . .
    correction           + . . . . . .
    certificate.replace  + . . . . . .
    objection.note       + . . . . . .
    objection.close      + . . . . . .
    notice.set           + . + . . . .
    notice.convert       + . + . . . .
    notice.cancel        + . + . . . .
    habitation.set       + . . . . . .
    habitation.discharge + . . . . . .
    easement.set         + . . . . . .
    easement.discharge   + . . . . . .
    mortgage.set         + . + . . . .
    mortgage.set-joint   + . + . . . .
    mortgage.discharge-joint + . + . . . .
    mortgage.set-construction + . + . . . .
    mortgage.convert     + . + . . . .
    mortgage.alter       + . + . . . .
    mortgage.rank        + . + . . . .
    mortgage.fix         + . + . . . .
    mortgage.transfer    + . + . . . .
    mortgage.discharge   + . + . . . .
    utilities.announce   + . . . . . .
"""
MEMBER_OF = {
    Role.REGISTRY: "hz-registry",
    Role.TAX: "hz-tax",
    Role.BANK: "bank-b",
    Role.COURT: "court-1",
    Role.NOTARY: "notary-1",
    Role.BUREAU: "bureau-1",
    Role.UTILITY: "utility-1",
}
CASE = "441302-20261122-000001"


def cells(table: str) -> list[tuple[str, Role, bool]]:
    """Return every cell of a table."""
    rows = [line.split() for line in table.strip().splitlines()]
    return [(row[0], role, sign == "+") for row in rows for role, sign in zip(Role, row[1:], strict=True)]


def someone(institution: str) -> dict[str, Any]:
    """Return an institution as an admission describes it."""
    return {key: value for key, value in member(institution, "bank").items() if key != "keys"}


TITLE = {
    "unit": UNIT,
    "use": "dwelling",
    "area_cm2": 1,
    "right": {
        "mode": "single",
        "holders": [holder("x")],
        "certificate": "粤(2020)惠州市不动产权第0000001号",
        "registered_on": "2020-01-02",
    },
}
DATA: dict[str, dict[str, Any]] = {
    "network.genesis": genesis_data(),
    "institution.admit": {"institution": someone("bank-c"), "keys": public_keys("bank-c")},
    "institution.suspend": {"institution": "bank-b", "reason": "test"},
    "key.add": {"institution": "bank-b", "key": public_keys("bank-c", ["event"])[0]},
    "key.rotate": {"old": signer("bank-b", "event").key_id, "key": public_keys("bank-c", ["event"])[0]},
    "key.replace": {
        "old": signer("bank-b", "event").key_id,
        "key": {"cls": "event", "alg": "Ed25519", "public": signer("bank-b", "event 2").public.hex()},
    },
    "key.revoke": {"key": signer("bank-b", "event").key_id, "reason": "test"},
    "vote.report": {"key": signer("bank-b", "event").key_id, "height": 2, "kind": "double-sign"},
    "policy.set": {"policy": policy()},
    "title.import": TITLE,
    "title.import-batch": {"titles": [TITLE]},
    "case.apply": {
        "district": "441302",
        "channel": "counter",
        "acts": [{"act": "mortgage.discharge", "mortgage": "M-1"}],
    },
    "case.review": {"case": CASE},
    "case.suspend": {"case": CASE, "ground": "requisition", "items": ["survey-report"]},
    "case.resume": {"case": CASE},
    "case.enter": {"case": CASE},
    "case.refuse": {"case": CASE, "grounds": [{"law": "REG-22-1", "text_code": "illegal"}]},
    "case.withdraw": {"case": CASE},
    "case.hand-over": {"case": CASE, "doubts": ["minor"]},
    "case.rate": {"case": CASE, "score": 5},
    "tax.assess": {"case": CASE, "version": 1, "gates": {}},
    "tax.clear": {
        "case": CASE,
        "version": 1,
        "vouchers": [{"tax": "deed", "number": "1", "kind": "payment"}],
    },
    "tax.refund-request": {"case": CASE, "ground": "void"},
    "tax.refund": {"case": CASE},
    "tax.refund-decline": {"case": CASE},
    "tax.overpayment": {"case": CASE, "tax": "deed", "paid_on": "2026-11-01", "found_by": "bureau"},
    "tax.clawback": {"case": CASE, "ground": "use-changed"},
    "tax.clawback-paid": {"case": CASE, "vouchers": ["1"]},
    "court.seize": {"unit": UNIT, "document": "1", "until": "2027-01-01"},
    "court.renew": {"seizure": "S-1", "document": "1", "until": "2027-01-01"},
    "court.pre-seize": {"unit": UNIT, "debtor": "0" * 64, "document": "1", "until": "2027-01-01"},
    "court.order": {
        "unit": UNIT,
        "right": "R-1",
        "document": "1",
        "mode": "single",
        "holders": [holder("x")],
    },
    "court.revoke-order": {"order": "O-1", "document": "1"},
    "court.release": {"seizure": "S-1", "document": "1"},
    "mark.set": {"unit": UNIT, "kind": "freeze", "document": "1"},
    "mark.lift": {"mark": "K-1", "document": "1"},
    "objection.suit": {"objection": "O-1", "document": "1"},
    "notice.ripen": {"notice": "N-1", "on": "2026-11-01"},
    "fault.tell": {"unit": UNIT, "right": "R-1"},
    "fault.announce": {"fault": "F-1"},
    "loss.announce": {"unit": UNIT, "right": "R-1"},
    "payload.erase": {"commitments": [ref("x")], "ground": "purpose-ended"},
}
TRANSFER = {"unit": UNIT, "right": "R-1", "cause": "sale", "seller": "person", "mode": "single"}
PART = {"unit": UNIT, "use": "shop", "area_cm2": 1, "holders": [holder("x")]}
SOURCE = {"unit": UNIT, "right": "R-1", "consent": []}
SAMPLES: dict[str, dict[str, Any]] = {
    "unit.first": {"unit": UNIT, "use": "shop", "area_cm2": 1, "mode": "single", "holders": [holder("x")]},
    "unit.alter": {"unit": UNIT, "right": "R-1", "consent": [], "use": "shop"},
    "unit.split": {"unit": UNIT, "right": "R-1", "consent": [], "parts": [PART, PART]},
    "unit.merge": {
        "sources": [SOURCE, SOURCE], "into": UNIT, "use": "shop", "area_cm2": 1, "mode": "single", "holders": [holder("x")],
    },
    "unit.deregister": {"unit": UNIT, "right": "R-1", "cause": "loss", "consent": []},
    "correction": {"unit": UNIT, "right": "R-1", "consent": [], "use": "shop"},
    "certificate.replace": {"unit": UNIT, "right": "R-1", "cause": "damaged", "consent": []},
    "objection.note": {
        "unit": UNIT, "right": "R-1", "objector": ref("x"), "ground": "g", "refused": True, "shown": True,
    },
    "objection.close": {"objection": "O-1", "consent": []},
    "notice.set": {"unit": UNIT, "kind": "presale", "consent": [], "beneficiary": ref("x")},
    "notice.convert": {"notice": "N-1"},
    "notice.cancel": {"notice": "N-1", "consent": []},
    "transfer": {**TRANSFER, "holders": [holder("x")], "consent": []},
    "transfer.order": {
        "order": "O-1", "unit": UNIT, "right": "R-1", "cause": "court-order", "seller": "person", "mode": "single",
        "holders": [holder("x")],
    },
    "habitation.set": {
        "unit": UNIT, "right": "R-1", "ground": "contract", "taker": "person", "beneficiaries": ["0" * 64], "consent": [],
    },
    "habitation.discharge": {"usufruct": "R-1", "ground": "death", "consent": []},
    "easement.set": {
        "unit": UNIT, "right": "R-1", "consent": [],
        "dominant": {"unit": UNIT, "right": "R-1", "consent": []},
    },
    "easement.discharge": {"usufruct": "R-1", "ground": "expired", "consent": []},
    "mortgage.set": {
        "unit": UNIT, "right": "R-1", "mortgagee": "bank-a", "kind": "ordinary", "no_transfer": False, "consent": [],
    },
    "mortgage.set-joint": {
        "pieces": [{"unit": UNIT, "right": "R-1", "consent": []}] * 2, "mortgagee": "bank-a", "kind": "ordinary",
        "no_transfer": False,
    },
    "mortgage.discharge-joint": {"joint": "M-1", "units": [UNIT]},
    "mortgage.set-construction": {
        "unit": UNIT, "right": "R-1", "buildings": [UNIT], "mortgagee": "bank-a", "kind": "ordinary",
        "no_transfer": False, "permits": True, "consent": [],
    },
    "mortgage.convert": {"mortgage": "M-1", "unit": UNIT},
    "mortgage.alter": {"mortgage": "M-1", "consent": []},
    "mortgage.rank": {"mortgage": "M-1", "other": "M-2", "consent": []},
    "mortgage.fix": {"mortgage": "M-1", "ground": "period-over"},
    "mortgage.transfer": {"mortgage": "M-1", "to": "bank-a", "claim_assigned": True, "debtor_notified": True},
    "mortgage.discharge": {"mortgage": "M-1"},
    "utilities.announce": {"unit": UNIT, "accounts": [{"service": "water", "to": "hz-water"}]},
}  # fmt: skip


@pytest.fixture(scope="module")
def town() -> World:
    """A network with an institution of every role."""
    made = world()
    for role, institution in MEMBER_OF.items():
        if institution not in MEMBERS:
            made.join(institution, role.value)
    return made


def refused_for(town: World, role: Role, event_type: str, data: dict[str, Any]) -> list[str]:
    """Return the reasons for which the rules refuse an event from this role's institution."""
    institution = MEMBER_OF[role]
    envelope = town.envelope(institution, event_type, data)
    actor = town.one(Institution, institution)
    event = Event(envelope, convert(envelope.body.data, EVENTS[event_type].data), (institution,), actor)
    return codes(judge(town.register, event, town.at()))


def test_every_type_and_every_act_has_its_row() -> None:
    assert sorted([row for row, _, _ in cells(EVENT_TABLE)][:: len(Role)]) == sorted(EVENTS) == sorted(DATA)
    assert sorted([row for row, _, _ in cells(ACT_TABLE)][:: len(Role)]) == sorted(ACTS) == sorted(SAMPLES)


@pytest.mark.parametrize(("event_type", "role", "allowed"), cells(EVENT_TABLE))
def test_a_role_may_send_what_the_table_says(town: World, event_type: str, role: Role, allowed: bool) -> None:
    assert (role in EVENTS[event_type].senders) is allowed
    assert ("not-authorised" in refused_for(town, role, event_type, DATA[event_type])) is not allowed


@pytest.mark.parametrize(("act", "role", "allowed"), cells(ACT_TABLE))
def test_a_role_may_apply_for_what_the_table_says(town: World, act: str, role: Role, allowed: bool) -> None:
    assert (role in ACTS[act].applicants) is allowed
    data = {"district": "441302", "channel": "counter", "acts": [{"act": act, **SAMPLES[act]}]}
    assert ("not-authorised" in refused_for(town, role, "case.apply", data)) is not allowed
