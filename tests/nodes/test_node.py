"""Nodes that work together: from an outlet's filing to an entry cosigned by all, with payloads apart from the log."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dengbu.ledger.admission import NotAdmitted
from dengbu.ledger.law.calendar import legal_date
from dengbu.ledger.law.identifiers import citizen_check
from dengbu.ledger.law.verdict import Code
from dengbu.ledger.log import receipt
from dengbu.ledger.log.envelope import parse_envelope
from dengbu.ledger.log.trust import parse_policy
from dengbu.ledger.register.encumbrances import Mortgage
from dengbu.ledger.register.records import Case
from dengbu.ledger.rules.rule_sets import NEWEST
from dengbu.nodes.answers import Pending, TurnedAway
from dengbu.nodes.audit.audit import audit
from dengbu.nodes.finality.engine import ticket_of
from dengbu.nodes.home.clock import now_ms
from dengbu.nodes.home.config import ConfigError, Officer
from dengbu.nodes.home.keystore import KeystoreError
from dengbu.nodes.node import Node
from dengbu.nodes.private.findings import Blocked
from dengbu.nodes.private.package import PrivatePart
from dengbu.nodes.store.connection import StoreInUse
from dengbu.nodes.store.reads import Reads
from tests.nodes.town import FOUNDERS, PASSPHRASE, SELLER, Town, found, running
from tests.waiting import WAIT_S_MAX, until

UNITS = tuple(f"441302001001GB{n:05}F00010001" for n in range(1, 30))


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with running(tmp_path_factory.mktemp("town")) as made:
        yield made


@pytest.fixture
def unit(town: Town, request: pytest.FixtureRequest) -> str:
    town.used = getattr(town, "used", 0) + 1  # type: ignore[attr-defined]
    return UNITS[town.used]  # type: ignore[attr-defined]


def title(town: Town, unit: str) -> str:
    return town.title(unit, number=UNITS.index(unit) + 1)


def scan(home: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(home.rglob("*")) if path.is_file())


def test_a_mortgage_filed_at_an_outlet_is_entered_by_the_automatic_desk(town: Town, unit: str) -> None:
    applied = town.mortgage(unit, title(town, unit))
    assert applied.decision["outcome"] == "accepted", applied.decision
    number = applied.decision["result"]["case"]
    bank = town["bank-a"]
    until(lambda: getattr(bank.register.get(Case, number), "state", None) == "entered", "never entered")
    mortgage = bank.register.get(Mortgage, f"M-{number}-1") or bank.register.get(Mortgage, f"M-{number}-0")
    assert mortgage is not None
    assert (mortgage.rank, mortgage.mortgagee, mortgage.status) == (1, "bank-a", "active")


def test_a_receipt_from_any_node_verifies_under_the_policy(town: Town, unit: str) -> None:
    title(town, unit)
    index = town["hz-registry"].store.find("hz-registry", f"t-{town._count}")
    assert index is not None
    for node in town.nodes.values():
        until(lambda node=node: node.wait_beyond(index, 1.0) > index)  # type: ignore[misc]
        raw = node.receipt(index)
        assert raw is not None
        proven = receipt.verify(raw, parse_policy(node.policy_text))
        assert proven.entry.index == index
        assert len(proven.cosigners) >= 3
    assert town["bank-a"].receipt(10**6) is None


def test_payloads_rest_with_the_entitled_only(town: Town, unit: str) -> None:
    applied = town.mortgage(unit, title(town, unit))
    _, part = applied.envelope.body.private
    assert town["hz-registry"]._wiring.vault.package(part.commitment) is not None
    for other in ("hz-tax", "bank-b"):
        assert town[other]._wiring.vault.package(part.commitment) is None
    for institution, home in town.homes.items():
        assert "合同条款".encode() not in scan(home), institution
        assert SELLER["id_no"].encode() not in scan(home), institution


def test_reading_a_payload_is_logged_first_and_needs_a_purpose(town: Town, unit: str) -> None:
    applied = town.mortgage(unit, title(town, unit))
    number = applied.decision["result"]["case"]
    bank = town["bank-a"]
    before = bank.access_log.head()[0]
    _, payload = bank.private(number, "贷后核对", Officer("o-1", "outlet-1"))
    assert payload.value == {"amount_fen": 80_000_000, "canary": "合同条款"}
    row = bank.access_log.rows(after=before)[0]
    assert (row.case, row.purpose, row.officer, row.fields) == (
        number,
        "贷后核对",
        "o-1",
        ("parties", "terms"),
    )
    assert row.subjects == (town["hz-registry"].holder_ref(unit, SELLER["id_type"], SELLER["id_no"]),)
    with pytest.raises(ValueError, match="purpose"):
        bank.private(number, " ", Officer("o-1"))
    with pytest.raises(KeyError):
        bank.private("441302-20200101-999999", "x", Officer("o-1"))
    assert bank.access_log.head()[0] == before + 1
    until(lambda: town["bank-b"].register.get(Case, number) is not None)
    assert town["bank-b"].private(number, "好奇", Officer("o-9")) == ()


def test_a_minors_mortgage_is_handed_over_on_the_log_and_a_person_enters_it(town: Town, unit: str) -> None:
    body = f"441302{legal_date(now_ms()).year - 9}0105101"
    child = {"name": "未成年人", "id_type": "1", "id_no": body + citizen_check(body)}
    right = town.title(unit, child, number=UNITS.index(unit) + 1)
    registry = town["hz-registry"]
    ref = registry.holder_ref(unit, child["id_type"], child["id_no"])
    act = {"act": "mortgage.set", "unit": unit, "right": right, "mortgagee": "bank-a", "kind": "ordinary",
           "no_transfer": False, "consent": [ref]}  # fmt: skip
    parties = PrivatePart({"mortgagors": [child]}, ("bank-a", "hz-registry"))
    terms = PrivatePart({"amount_fen": 1}, ("bank-a", "hz-registry"))
    data = {"district": "441302", "channel": "outlet", "acts": [act]}
    applied = town.do("bank-a", "case.apply", data, {"parties": parties, "terms": terms})
    number = applied.decision["result"]["case"]
    until(lambda: getattr(registry.register.get(Case, number), "handed_over", ()) == ("minor",))
    case = registry.register.get(Case, number)
    assert case is not None
    assert case.state == "accepted"
    assert dict(registry.desk_worklist())[number] == ("当事人未满十八周岁 a party is under eighteen [minor]",)
    assert town.do("hz-registry", "case.enter", {"case": number}).decision["outcome"] == "entered"


def test_a_sale_waits_for_its_tax_and_the_desk_leaves_it_to_a_person(town: Town, unit: str) -> None:
    right = title(town, unit)
    number = town.sale(unit, right).decision["result"]["case"]
    registry, tax = town["hz-registry"], town["hz-tax"]
    until(lambda: number in dict(registry.desk_worklist()))
    refused = town.do("hz-registry", "case.enter", {"case": number})
    assert refused.decision["outcome"] == "refused"
    until(lambda: tax.register.get(Case, number) is not None)

    to = ("hz-registry", "hz-tax")
    due = {"due_fen": {"deed": 1_200_000, "iit": 1_200_000}}
    assess = {"case": number, "version": 1, "gates": {"deed": "due", "iit": "due"}}
    assert (
        town.do("hz-tax", "tax.assess", assess, {"amounts": PrivatePart(due, to)}).decision["outcome"]
        != "refused"
    )
    vouchers = [
        {"tax": name, "number": f"3440{unit[14:19]}{n}", "kind": "payment"}
        for n, name in enumerate(("deed", "iit"))
    ]
    clear = {"case": number, "version": 1, "vouchers": vouchers}
    short = {"payments": PrivatePart({"paid_fen": {"deed": 1_200_000, "iit": 1}}, to)}
    with pytest.raises(Blocked, match="paid-short"):
        tax.sign("tax.clear", clear, event_id="short", private=short)
    paid = {"payments": PrivatePart({"paid_fen": due["due_fen"]}, to)}
    assert town.do("hz-tax", "tax.clear", clear, paid).decision["outcome"] != "refused"
    until(lambda: registry.register.get(Case, number) is not None)
    entered = town.do("hz-registry", "case.enter", {"case": number})
    assert entered.decision["outcome"] == "entered", entered.decision


def test_nothing_is_signed_while_a_payload_is_missing(town: Town, unit: str) -> None:
    right = title(town, unit)
    number = town.sale(unit, right).decision["result"]["case"]
    registry = town["hz-registry"]
    entry = registry.store.feed(-1, case=number)[0]
    lost = entry.envelope.body.private[0].commitment
    package = registry._wiring.vault.package(lost)
    assert package is not None
    with registry._wiring.vault.transaction() as db:
        db.execute("DELETE FROM payloads WHERE commitment = ?", (lost,))
    with pytest.raises(Blocked, match="payload-missing"):
        registry.sign("case.enter", {"case": number}, event_id="blocked-1")
    registry._wiring.vault.put([package])
    registry.sign("case.enter", {"case": number}, event_id="blocked-2")


def test_an_erased_payload_is_gone_from_every_home(town: Town, unit: str) -> None:
    applied = town.mortgage(unit, title(town, unit))
    _, part = applied.envelope.body.private
    package = town["bank-a"]._wiring.vault.package(part.commitment)
    assert package is not None
    town.do("hz-registry", "payload.erase", {"commitments": [part.commitment], "ground": "purpose-ended"})
    for name in ("bank-a", "hz-registry"):
        vault = town[name]._wiring.vault
        until(lambda vault=vault: vault.erased(part.commitment) and vault.scrubbed)  # type: ignore[misc]
        remaining = scan(town.homes[name])
        for trace in (package.raw[100:164], package.raw[-160:-96]):
            assert trace not in remaining
    number = applied.decision["result"]["case"]
    states = {one.name: one.state for one in town["bank-a"].private(number, "核查", Officer("o-1"))}
    assert states["terms"] == "erased"
    assert states["parties"] != "erased"


def test_the_same_bytes_again_are_the_same_entry(town: Town, unit: str) -> None:
    title(town, unit)
    registry = town["hz-registry"]
    index = registry.store.find("hz-registry", f"t-{town._count}")
    assert index is not None
    entry = registry.store.entry(index)
    assert entry is not None
    size = registry.head.size
    again = registry.wait_final(registry.submit(entry.envelope.raw), WAIT_S_MAX)
    assert again is not None
    assert again.index == index
    assert registry.head.size == size
    assert registry.outcome("hz-registry", f"t-{town._count}") == again
    assert registry.outcome("hz-registry", "never-heard-of") is None


def test_a_node_that_was_away_catches_up_and_gets_its_payloads(town: Town, unit: str) -> None:
    right = title(town, unit)
    town.close("hz-tax")
    number = town.sale(unit, right).decision["result"]["case"]  # three of four are still enough
    tax = town.open("hz-tax")
    until(lambda: tax.register.get(Case, number) is not None, "the tax node never caught up")
    until(lambda: tax.head.root == town["hz-registry"].head.root)
    commitments = [part.commitment for part in tax.store.feed(-1, case=number)[0].envelope.body.private]
    until(
        lambda: all(tax._wiring.vault.package(one) is not None for one in commitments), "payloads never came"
    )


def test_without_a_quorum_nothing_is_final_and_it_goes_on_when_one_is_back(town: Town, unit: str) -> None:
    for name in ("bank-a", "bank-b"):
        town.close(name)
    registry = town["hz-registry"]
    raw = registry.sign("title.import", {"unit": unit, "use": "dwelling", "area_cm2": 1, "right": {
        "mode": "single", "holders": [{"ref": "a" * 64, "share": "1/1"}], "registered_on": "2020-05-06",
        "certificate": "粤(2020)惠州市不动产权第9999999号"}}, event_id="no-quorum")  # fmt: skip
    ticket = registry.submit(raw)
    assert registry.wait_final(ticket, 1.0) is None
    assert registry.outcome("hz-registry", "no-quorum") == Pending("hz-registry", "no-quorum")
    for name in ("bank-a", "bank-b"):
        town.open(name)
    assert registry.wait_final(ticket, WAIT_S_MAX) is not None


def test_health_tells_each_check_with_its_value(town: Town) -> None:
    for node in town.nodes.values():
        checks = {check.name: check for check in node.health()}
        assert sorted(checks) == [
            "access-log",
            "away",
            "clock",
            "db",
            "disk",
            "engine",
            "erasure",
            "evidence",
            "lag",
            "payloads",
            "quorum",
            "rules",
        ]
        assert checks["db"].ok
        assert checks["disk"].ok
        assert (checks["rules"].ok, checks["rules"].value) == (True, NEWEST.hash)


def test_health_compares_the_clock_with_those_of_who_cosign(town: Town, unit: str) -> None:
    def known(node: Node) -> Any:
        """Return what a node compares its clock with, once that is a quorum."""
        (check,) = (check for check in node.health() if check.name == "clock")
        value: Any = check.value
        return (check.ok, value) if len(value["against"]) >= 2 else None

    title(town, unit)
    for node in town.nodes.values():
        until(lambda node=node: known(node) is not None, "it hears of their clocks")  # type: ignore[misc]
        ok, value = known(node)
        assert ok
        assert set(town.nodes) - {node.institution} >= set(value["against"])
        assert abs(value["off_s"]) <= 2


def test_who_submitted_what_was_turned_away_is_told_at_the_member_s_node(town: Town, unit: str) -> None:
    bank, sequencer = town["bank-a"], town["hz-registry"].engine
    right = title(town, unit)
    held = threading.Event()
    sequencer._collect = lambda: held.set() or ()  # type: ignore[attr-defined]  # it takes, and orders nothing
    assert held.wait(WAIT_S_MAX)
    act = {"act": "mortgage.set", "unit": unit, "right": right, "mortgagee": "bank-a", "kind": "ordinary",
           "no_transfer": False, "consent": []}  # fmt: skip
    data = {"district": "441302", "channel": "outlet", "acts": [act]}
    end = now_ms() + 1_000
    raw = bank.sign("case.apply", data, event_id="too-late", not_after=end)
    ticket = bank.submit(raw)
    assert bank.outcome("bank-a", "too-late") == Pending("bank-a", "too-late")
    until(lambda: now_ms() > end, "its time is over")
    del sequencer._collect  # type: ignore[attr-defined]
    until(lambda: isinstance(bank.outcome("bank-a", "too-late"), TurnedAway), "it is told")
    told = bank.outcome("bank-a", "too-late")
    assert isinstance(told, TurnedAway)
    assert told.why.code is Code.EXPIRED
    with pytest.raises(NotAdmitted, match="expired"):
        bank.wait_final(ticket, WAIT_S_MAX)
    assert town["bank-b"].outcome("bank-a", "too-late") is None, "it never saw it"


def test_another_event_under_the_same_id_is_no_outcome_of_this_one(town: Town, unit: str) -> None:
    title(town, unit)
    bank = town["bank-a"]
    first = bank.sign("case.withdraw", {"case": "441302-20261122-999999"}, event_id="taken")
    assert bank.wait_final(bank.submit(first), WAIT_S_MAX) is not None
    other = parse_envelope(bank.sign("case.withdraw", {"case": "441302-20261122-888888"}, event_id="taken"))
    with pytest.raises(NotAdmitted, match="reused-id"):
        bank.wait_final(ticket_of(other), WAIT_S_MAX)


def test_every_ledger_passes_its_audit(town: Town) -> None:
    size = town["hz-registry"].final_size
    for name, node in town.nodes.items():
        until(lambda node=node: node.final_size >= size)  # type: ignore[misc]
        with Reads(town.homes[name]) as reads:
            assert audit(reads, parse_policy(node.policy_text)).fault is None


def test_one_home_is_opened_by_one_process_only(town: Town) -> None:
    with pytest.raises(StoreInUse):
        Node.open(town.homes["bank-a"], PASSPHRASE)


def test_a_home_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    homes = found(tmp_path / "one")
    with pytest.raises(KeystoreError):
        Node.open(homes["bank-a"], b"wrong")
    (homes["bank-b"] / "keystore.json").replace(homes["bank-a"] / "keystore.json")
    with pytest.raises(ConfigError, match="bank-b"):
        Node.open(homes["bank-a"], PASSPHRASE)
    other = found(tmp_path / "two")
    Node.open(homes["hz-tax"], PASSPHRASE).stop()
    for name in ("genesis.json", "policy.txt"):
        (homes["hz-tax"] / name).write_bytes((other["hz-tax"] / name).read_bytes())
    with pytest.raises(ConfigError, match="genesis"):
        Node.open(homes["hz-tax"], PASSPHRASE)


def test_stopping_leaves_no_thread_and_may_be_repeated(tmp_path: Path) -> None:
    before = set(threading.enumerate())
    with running(tmp_path) as town:
        nodes = list(town.nodes.values())
        assert len(nodes) == len(FOUNDERS)
        nodes[0].stop()
        nodes[0].stop()
    left = [thread.name for thread in set(threading.enumerate()) - before if thread.is_alive()]
    assert left == []
