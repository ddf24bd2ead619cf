"""The client against real node processes: every answer proved, and the whole log audited from outside."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from dengbu.api.client import (
    ApiError,
    Client,
    Conflict,
    NotFound,
    OutcomeUnknown,
    Rejected,
    load_key,
    new_key,
)
from dengbu.api.client.audit import audit
from dengbu.api.client.log import leaves
from dengbu.ledger.log.encoding import canonical, parse
from dengbu.scripts.net.homes import AUDITOR
from tests.scripts.small_town import WAIT_S, SmallTown, small_town

DUE = {"deed": 1_200_000, "iit": 1_200_000}
VOUCHERS = [{"tax": "deed", "number": "344010260000000001", "kind": "payment"},
            {"tax": "iit", "number": "344010260000000002", "kind": "payment"}]  # fmt: skip
TO = ["hz-registry", "hz-tax"]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallTown]:
    """Four running nodes and a few titles."""
    made = small_town(tmp_path_factory.mktemp("town"))
    with made.net:
        for _ in range(4):
            made.title()  # so that every test finds a log with something in it, whichever test runs first
        yield made


@pytest.fixture
def bank(town: SmallTown) -> Iterator[Client]:
    """An officer at an outlet of bank-a."""
    with town.net.client("bank-a") as client:
        yield client


@pytest.fixture
def auditor(town: SmallTown) -> Iterator[Client]:
    """The auditor of bank-a."""
    with town.net.client("bank-a", AUDITOR) as client:
        yield client


@pytest.fixture
def registry(town: SmallTown) -> Iterator[Client]:
    """An officer of the registry."""
    with town.net.client("hz-registry") as client:
        yield client


@pytest.fixture
def tax(town: SmallTown) -> Iterator[Client]:
    """An officer of the tax bureau."""
    with town.net.client("hz-tax") as client:
        yield client


def test_a_mortgage_from_application_to_entry(town: SmallTown, bank: Client) -> None:
    title = town.title()
    asked = town.mortgage(title)
    case = bank.cases.apply(**asked, key="loan-1", wait=WAIT_S)
    assert case.receipt().outcome == "accepted"
    assert case.receipt().data["acts"][0]["unit"] == title["unit"]
    assert len(case.receipt().cosigners) >= 3
    done = bank.cases.wait(case, timeout=WAIT_S)
    receipt = bank.cases.receipt(done)
    assert (done.state, receipt.outcome, receipt.case) == ("entered", "entered", case.number)
    assert receipt.result["mortgages"][0]["rank"] == 1
    assert [each.id for each in bank.mortgages.list() if each.unit == title["unit"]] == [
        receipt.result["mortgages"][0]["id"]
    ]
    again = bank.cases.apply(**asked, key="loan-1", wait=WAIT_S)
    assert (again.number, again.receipt().index) == (case.number, case.receipt().index)


def test_the_same_key_for_another_application_is_refused(town: SmallTown, bank: Client) -> None:
    bank.cases.apply(**town.mortgage(town.title()), key="loan-2", wait=WAIT_S)
    with pytest.raises(ApiError, match="idempotency-key-reused"):
        bank.cases.apply(**town.mortgage(town.title()), key="loan-2", wait=WAIT_S)


def test_a_sale_is_entered_only_when_its_tax_is_cleared(
    town: SmallTown, registry: Client, tax: Client, bank: Client
) -> None:
    title = town.title()
    number = str(registry.cases.apply(**town.sale(title), key="sale-1", wait=WAIT_S).number)
    with pytest.raises(Rejected) as caught:
        registry.cases.enter(number, wait=WAIT_S)
    assert "tax-not-cleared" in {reason["name"] for reason in caught.value.reasons}
    assert all(reason["law"] for reason in caught.value.reasons)
    assert caught.value.receipt is not None
    assert caught.value.receipt.outcome == "refused"
    private = {"amounts": {"value": {"due_fen": DUE}, "to": TO}}
    deal = tax.tax.assess(number, {"deed": "due", "iit": "due", "lvat": "none"}, private=private, wait=WAIT_S)
    assert (deal.state, deal.version) == ("ASSESSED", 1)
    private = {"payments": {"value": {"paid_fen": DUE}, "to": TO}}
    assert tax.tax.clear(number, VOUCHERS, private=private, wait=WAIT_S).state == "CLEARED"
    done = registry.cases.enter(number, wait=WAIT_S)
    assert (done.state, done.receipt().outcome) == ("entered", "entered")
    assert [item.outcome for item in registry.units.history(title["unit"])][-1] == "entered"
    with pytest.raises(NotFound):
        bank.cases.get(number)
    assert registry.units.get(title["unit"], at_index=done.applied).right["id"] == title["right"]
    assert registry.units.get(title["unit"]).right["id"] != title["right"]


def test_two_officers_cannot_decide_on_the_same_reading(town: SmallTown, registry: Client) -> None:
    case = registry.cases.apply(**town.sale(town.title()), wait=WAIT_S)
    read = registry.cases.get(str(case.number))
    registry.cases.withdraw(read, wait=WAIT_S)
    with pytest.raises(Conflict) as caught:
        registry.cases.enter(read, wait=WAIT_S)
    assert caught.value.status == 412


def test_waiting_for_a_case_nobody_decides_ends(town: SmallTown, registry: Client) -> None:
    case = registry.cases.apply(**town.sale(town.title()), wait=WAIT_S)
    with pytest.raises(OutcomeUnknown, match=str(case.number)):
        registry.cases.wait(case, timeout=1)


def test_a_stranger_and_another_institutions_bank_may_not(
    town: SmallTown, bank: Client, tmp_path: Path
) -> None:
    url = town.net.url("bank-a")
    with Client(url, key=new_key(tmp_path / "stranger.key")) as stranger, pytest.raises(ApiError) as caught:
        stranger.institutions.list()
    assert caught.value.status in (401, 403)
    with Client(url) as unsigned, pytest.raises(ApiError) as caught:
        unsigned.institutions.list()
    assert caught.value.status == 401
    with Client(url, key=load_key(town.net.client_key("bank-b"))) as other, pytest.raises(ApiError) as caught:
        other.institutions.list()
    assert caught.value.status in (401, 403)
    with pytest.raises(ApiError) as caught:
        bank.tax.assess("441302-20260101-000001", {"deed": "due"}, version=1)
    assert caught.value.status == 403


def test_the_feed_follows_and_resumes(town: SmallTown, registry: Client) -> None:
    seen = [item.index for item in registry.events(follow=False)]
    assert seen == sorted(set(seen))
    assert [item.index for item in registry.events(after=seen[2], follow=False)] == seen[3:]
    title = town.title()
    following = registry.events(after=seen[-1], unit=title["unit"])
    item = next(following)
    assert (item.type, item.units) == ("title.import", (title["unit"],))


def test_every_node_shows_one_log_and_it_stands(town: SmallTown) -> None:
    for id in town.net.members:
        with town.net.client(id, AUDITOR) as client:
            report = client.log.audit()
        assert report.fault is None
        assert report.checked == report.head.size
        assert report.register is not None


def test_entries_are_chained_and_proved(auditor: Client) -> None:
    entries = list(auditor.log.entries(0, 5))
    assert [entry.index for entry in entries] == list(range(5))
    assert all(after.time > before.time for before, after in pairwise(entries))


def test_an_audit_names_the_first_bad_entry(auditor: Client) -> None:
    head = auditor.log.checkpoint()
    honest = [leaf for _, leaf in leaves(auditor.transport, 0, head.size, head.size)]
    assert audit(head, honest).ok

    def altered(index: int, old: bytes, new: bytes) -> list[bytes]:
        assert old in honest[index]
        return [*honest[:index], honest[index].replace(old, new), *honest[index + 1 :]]

    recorded = next(n for n, leaf in enumerate(honest) if b'"outcome":"recorded"' in leaf and n > 1)
    for bad, index, field in (
        (altered(recorded, b'"outcome":"recorded"', b'"outcome":"accepted"'), recorded, "/decision/outcome"),
        (altered(recorded, b'"use":"dwelling"', b'"use":"shop"'), recorded, "/event"),
        (altered(0, b'"governance_quorum":3', b'"governance_quorum":1'), 0, "/event"),
        (honest[:recorded] + honest[recorded + 1 :], recorded, "/index"),
        ([honest[0], *honest[2:3], honest[1], *honest[3:]], 1, "/index"),
        (honest[:-1], head.size - 1, "/size"),
        ([*honest[:2], b"{}", *honest[3:]], 2, "/"),
    ):
        fault = audit(head, bad).fault
        assert fault is not None
        assert (fault.index, fault.field.startswith(field)) == (index, True), fault


def test_an_audit_finds_a_register_digest_that_is_not_ours(auditor: Client) -> None:
    head = auditor.log.checkpoint()
    honest = [leaf for _, leaf in leaves(auditor.transport, 0, head.size, head.size)]
    value = parse(honest[3], limit=65_535, depth=33)
    assert isinstance(value, dict)
    decision = value["decision"]
    assert isinstance(decision, dict)
    forged = canonical({**value, "decision": {**decision, "register": "0" * 64}})
    fault = audit(head, [*honest[:3], forged, *honest[4:]]).fault
    assert fault is not None
    assert (fault.index, fault.field) == (3, "/decision/register")


def test_an_audit_of_a_log_nobody_cosigned_fails_at_the_root(auditor: Client) -> None:
    head = auditor.log.checkpoint()
    honest = [leaf for _, leaf in leaves(auditor.transport, 0, head.size, head.size)]
    fault = audit(replace(head, root=bytes(32)), honest).fault
    assert fault is not None
    assert fault.field == "/root"


def test_a_court_joins_by_quorum_and_seizes(town: SmallTown, registry: Client) -> None:
    title = town.title()
    assert town.net.admit_court("hz-court").outcome == "recorded"
    data = {"unit": title["unit"], "document": "(2026)粤1302执1号", "until": "2028-06-30"}
    assert town.net.court_event("hz-court", "court.seize", data).outcome == "recorded"
    assert registry.units.get(title["unit"]).flags["seized"] is True
    with pytest.raises(Rejected) as caught:
        registry.cases.apply(**town.sale(title), wait=WAIT_S)
    assert "seized" in {reason["name"] for reason in caught.value.reasons}


def test_one_institution_alone_admits_nobody(town: SmallTown, registry: Client) -> None:
    from dengbu.scripts.net import homes

    member = homes.newcomer(
        town.net.layout, ("hz-court-2", "court", "法院", "Court"), town.net.members.values()
    )
    homes.join(town.net.layout, member, town.net.members.values())
    request = parse((Path(member.home) / "request.json").read_bytes(), limit=16_384)
    assert isinstance(request, dict)
    keys = request.pop("keys")
    event = canonical({"type": "institution.admit", "data": {"institution": request, "keys": keys}})
    signed = homes.sign(town.net.layout, "bank-a", event, "governance")
    with pytest.raises(Rejected) as caught:
        registry.events.submit(signed, wait=WAIT_S)
    assert [reason["name"] for reason in caught.value.reasons] == ["governance-quorum"]
