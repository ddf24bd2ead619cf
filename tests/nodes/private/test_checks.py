"""What an entitled node finds before its institution signs: each doubt has its own code, and nothing else blocks."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import orjson
import pytest

from dengbu.ledger.register.record import Holder
from dengbu.ledger.register.records import Right, Unit
from dengbu.ledger.rules.payload_shapes import Parties, Person
from dengbu.nodes.private.findings import Blocked, Finding
from dengbu.nodes.private.identities import misdeclared
from dengbu.nodes.private.package import PrivatePart
from tests.nodes.one_node import (
    ALL,
    BUYER,
    CASE,
    CONTRACT,
    MORTGAGE,
    PARTIES,
    RIGHT,
    SELLER,
    TRANSFER,
    UNIT,
    Town,
    ref,
)


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Town]:
    town = Town(tmp_path, "hz-registry", "registry")
    yield town
    town.vault.close()


@pytest.fixture
def tax(tmp_path: Path) -> Iterator[Town]:
    town = Town(tmp_path, "hz-tax", "tax")
    yield town
    town.vault.close()


def sale(town: Town, parties: object = PARTIES, contract: object = CONTRACT) -> None:
    parts = {"parties": PrivatePart(parties, ALL), "contract": PrivatePart(contract, ALL)}  # type: ignore[arg-type]
    town.apply([TRANSFER], parts)


def test_a_sound_case_blocks_nothing(registry: Town) -> None:
    sale(registry)
    assert registry.found("case.enter") == []


def test_a_missing_payload_blocks(registry: Town) -> None:
    registry.apply(
        [MORTGAGE], {"terms": PrivatePart({"amount_fen": 1}, ("bank-a", "hz-registry"))}, keep=False
    )
    assert registry.found("case.enter") == ["payload-missing"]


def test_a_payload_of_others_does_not_block(registry: Town) -> None:
    registry.apply([MORTGAGE], {"terms": PrivatePart({"amount_fen": 1}, ("bank-a", "hz-tax"))}, keep=False)
    assert registry.found("case.enter") == []


def test_an_erased_payload_blocks_and_says_so(registry: Town) -> None:
    (package,) = registry.apply([MORTGAGE], {"terms": PrivatePart({"n": 1}, ("bank-a", "hz-registry"))})
    registry.vault.erase([package.commitment], 9)
    assert registry.found("case.enter") == ["payload-erased"]


def test_a_payload_that_was_changed_at_rest_blocks(registry: Town) -> None:
    (package,) = registry.apply([MORTGAGE], {"terms": PrivatePart({"n": 1}, ("bank-a", "hz-registry"))})
    row = orjson.loads(package.raw)
    row["event"] = "e-other"
    with registry.vault.transaction() as db:
        raw = orjson.dumps(row, option=orjson.OPT_SORT_KEYS)
        db.execute("UPDATE payloads SET package = ? WHERE commitment = ?", (raw, package.commitment))
    assert registry.found("case.enter") == ["payload-mismatch"]


def test_refused_entries_of_the_case_ask_for_nothing(registry: Town) -> None:
    sale(registry)
    part = {"parties": PrivatePart({"transferors": [BUYER]}, ALL)}
    registry.log("case.apply", {}, part, keep=False, outcome="refused")
    assert registry.found("case.enter") == []


@pytest.mark.parametrize(
    "parties",
    [
        {"transferors": [BUYER], "transferees": [BUYER]},
        {"transferors": [SELLER], "transferees": [SELLER]},
        {"transferors": [SELLER, BUYER], "transferees": [BUYER]},
        {"transferors": [SELLER], "transferees": [BUYER, BUYER]},
        {"transferors": [{**SELLER, "id_type": "3"}], "transferees": [BUYER]},
    ],
)
def test_persons_who_are_not_the_holders_block(registry: Town, parties: object) -> None:
    sale(registry, parties)
    assert set(registry.found("case.enter")) == {"identity-mismatch"}


@pytest.mark.parametrize(
    ("id_type", "id_no", "says"),
    [
        ("7", "91441300MA9000011T", "check character"),
        ("7", "91441300MA9000011", "18 characters, not 17"),
        ("7", SELLER["id_no"], "authority"),
        ("1", "441302190001010018", "check character"),
        ("1", "44130220991231001X", "future"),
        ("1", " \n", "18 characters"),
        ("8", "441302190001010019", "no such kind"),
    ],
)
@pytest.mark.parametrize("role", ["registry", "bank", "tax"])
def test_an_application_with_a_bad_identity_number_is_not_signed(
    tmp_path: Path, role: str, id_type: str, id_no: str, says: str
) -> None:
    town = Town(tmp_path, "bank-a", role)
    wrong = {"name": "某", "id_type": id_type, "id_no": id_no}
    part = PrivatePart({"transferees": [BUYER, wrong]}, ("bank-a",))  # type: ignore[dict-item]
    problems = town.checks.before("case.apply", {"acts": []}, {"parties": part})
    assert [(one.code, one.where) for one in problems] == [("bad-identity", "parties.transferees[1]")]
    assert says in problems[0].en
    assert id_no.strip() not in str(Blocked(problems)) or not id_no.strip()
    town.vault.close()


def test_rural_collectives_and_public_bodies_are_parties_too(registry: Town) -> None:
    for code in ("N2441322MF90000286", "12441300MB9X00074B", "Y1441300MJ900009XK"):
        part = PrivatePart({"mortgagors": [{"name": "某", "id_type": "7", "id_no": code}]}, ("hz-registry",))
        assert registry.found("case.apply", {"acts": []}, parties=part) == []


@pytest.mark.parametrize(
    "id_no", [" 44130219050505009X ", "44130219050505009x", "４４１３０２１９０５０５０５００９Ｘ"]
)
def test_the_same_number_written_otherwise_is_the_same_person(registry: Town, id_no: str) -> None:
    sale(registry, {"transferors": [SELLER], "transferees": [{**BUYER, "id_no": id_no}]})
    assert registry.found("case.enter") == []


def test_in_a_bundle_the_mortgagor_is_the_buyer(registry: Town) -> None:
    for mortgagor, expected in ((BUYER, []), (SELLER, ["identity-mismatch"])):
        registry.entries.clear()
        parties = PARTIES | {"mortgagors": [mortgagor]}
        registry.apply([TRANSFER, MORTGAGE], {"parties": PrivatePart(parties, ALL)})  # type: ignore[arg-type]
        assert registry.found("case.enter") == expected


def test_a_registry_does_not_apply_with_persons_who_are_not_the_holders(registry: Town) -> None:
    wrong = PrivatePart({"transferors": [BUYER]}, ("hz-registry",))
    assert registry.found("case.apply", {"acts": [TRANSFER]}, parties=wrong) == ["identity-mismatch"]
    right = PrivatePart({"transferors": [SELLER]}, ("hz-registry",))
    assert registry.found("case.apply", {"acts": [TRANSFER]}, parties=right) == []


def staying(person: dict[str, str], unit: str) -> dict[str, Any]:
    """Return a unit of a split or a merger, held by a person."""
    return {
        "unit": unit,
        "use": "shop",
        "area_cm2": 1,
        "holders": [{"ref": ref(person, unit), "share": "1/1"}],
    }


NEXT = UNIT[:-1] + "2"


def split(one: dict[str, str], other: dict[str, str]) -> dict[str, Any]:
    """Return a split into two units, held by these persons."""
    parts = [staying(one, UNIT), staying(other, NEXT)]
    return {"act": "unit.split", "unit": UNIT, "right": RIGHT, "consent": [], "parts": parts}


def merger(person: dict[str, str]) -> dict[str, Any]:
    """Return a merger into a unit that this person holds."""
    made = {name: value for name, value in staying(person, NEXT).items() if name != "unit"}
    sources = [{"unit": UNIT, "right": RIGHT, "consent": []}] * 2
    return {"act": "unit.merge", "sources": sources, "into": NEXT, "mode": "single", **made}


def alteration(**changed: Any) -> dict[str, Any]:
    """Return an alteration of the unit."""
    return {"act": "unit.alter", "unit": UNIT, "right": RIGHT, "consent": [], **changed}


RENAMED = {"renamed": [{"old": ref(SELLER), "new": ref(BUYER)}]}
STAYING: list[tuple[dict[str, Any], list[dict[str, str]], list[str]]] = [
    (split(SELLER, SELLER), [SELLER], []),
    (split(SELLER, BUYER), [SELLER], [NEXT]),
    (split(SELLER, BUYER), [SELLER, BUYER], [NEXT]),
    (split(BUYER, BUYER), [BUYER], [UNIT]),
    (merger(SELLER), [SELLER], []),
    (merger(BUYER), [SELLER], [NEXT]),
    (merger(BUYER), [SELLER, BUYER], [NEXT]),
    (alteration(use="shop"), [SELLER], []),
    (alteration(use="shop"), [BUYER], [UNIT]),
    (alteration(**RENAMED), [BUYER], []),
    (alteration(**RENAMED), [SELLER], [UNIT]),
]


@pytest.mark.parametrize(("act", "persons", "wrong"), STAYING)
def test_an_act_that_keeps_the_holders_names_the_same_persons_on_every_unit(
    registry: Town, act: dict[str, Any], persons: list[dict[str, str]], wrong: list[str]
) -> None:
    part = PrivatePart({"holders": persons}, ("hz-registry",))  # type: ignore[dict-item]
    found = registry.checks.before("case.apply", {"acts": [act]}, {"parties": part})
    assert [(one.code, one.where) for one in found] == [
        ("identity-mismatch", f"parties.holders {unit}") for unit in wrong
    ]


def test_acts_that_the_ledger_does_not_admit_are_compared_with_nobody(registry: Town) -> None:
    part = PrivatePart({"transferors": [BUYER]}, ("hz-registry",))
    for acts in ([{"act": "transfer"}], [{}], "x", None):
        assert registry.found("case.apply", {"acts": acts}, parties=part) == []


def test_an_imported_title_names_its_holders(registry: Town) -> None:
    data = {"unit": UNIT, "right": {"holders": [{"ref": ref(SELLER), "share": "1/1"}]}}
    nobody = {**SELLER, "id_no": "441302190001010018"}
    for person, expected in (
        (SELLER, []),
        (BUYER, ["identity-mismatch"]),
        (nobody, ["bad-identity", "identity-mismatch"]),
    ):
        title = PrivatePart({"location": "惠州市", "holders": [person]}, ("hz-registry",))
        assert registry.found("title.import", data, title=title) == expected


@pytest.mark.parametrize(
    "part",
    [{"parties": "x"}, {"parties": {"transferors": [{"name": 1}]}}, {"parties": {"transferors": SELLER}}],
)
def test_a_misshapen_part_blocks_without_repeating_its_content(registry: Town, part: dict[str, Any]) -> None:
    registry.apply([TRANSFER], {"parties": PrivatePart(part["parties"], ALL)})
    problems = registry.checks.before("case.enter", {"case": CASE}, {})
    assert [one.code for one in problems] == ["payload-shape"]
    assert SELLER["id_no"] not in str(Blocked(problems))


DUE = {"due_fen": {"deed": 1_200_000, "iit": 1_200_000}}
REGISTRY_TAX = ("hz-registry", "hz-tax")


def taxed(town: Town, *paid: dict[str, int], version: int = 1, due: object = DUE) -> None:
    sale(town)
    town.log("tax.assess", {"case": CASE, "version": 1}, {"amounts": PrivatePart(due, REGISTRY_TAX)})  # type: ignore[arg-type]
    for payment in paid:
        value: Any = {"paid_fen": payment}
        town.log("tax.clear", {"case": CASE, "version": 1}, {"payments": PrivatePart(value, REGISTRY_TAX)})
    town.assessed(version, {"deed": "due", "iit": "due"})


@pytest.mark.parametrize(
    ("paid", "expected"),
    [
        ([], ["paid-short", "paid-short"]),
        ([{"deed": 1_200_000}], ["paid-short"]),
        ([{"deed": 1_200_000, "iit": 1_199_999}], ["paid-short"]),
        ([{"deed": 1_200_000, "iit": 1_200_000}], []),
        ([{"deed": 1_200_000}, {"iit": 600_000}, {"iit": 600_000}], []),
        ([{"deed": 9_999_999, "iit": 1_200_000}], []),
    ],
)
def test_paid_must_reach_due_for_each_tax(
    registry: Town, paid: list[dict[str, int]], expected: list[str]
) -> None:
    taxed(registry, *paid)
    assert registry.found("case.enter") == expected


def test_only_the_current_assessment_counts(registry: Town) -> None:
    taxed(registry, {"deed": 1_200_000, "iit": 1_200_000}, version=2)
    more: Any = {"due_fen": {"deed": 1_500_000, "iit": 0}}
    registry.log("tax.assess", {"case": CASE, "version": 2}, {"amounts": PrivatePart(more, REGISTRY_TAX)})
    assert registry.found("case.enter") == ["paid-short"]
    registry.log(
        "tax.clear", {"case": CASE}, {"payments": PrivatePart({"paid_fen": {"deed": 300_000}}, REGISTRY_TAX)}
    )
    assert registry.found("case.enter") == []


def test_a_tax_that_is_not_due_is_not_asked_for(registry: Town) -> None:
    taxed(registry, {"deed": 1_200_000})
    registry.assessed(1, {"deed": "due", "iit": "none"})
    assert registry.found("case.enter") == []


def test_the_tax_bureau_clears_only_what_its_own_payments_cover(tax: Town) -> None:
    taxed(tax)
    tax.assessed(1, {"deed": "due", "iit": "due"}, "ASSESSED")
    vouchers = [{"tax": name, "number": name, "kind": "payment"} for name in ("deed", "iit")]
    data = {"case": CASE, "version": 1, "vouchers": vouchers}
    short = PrivatePart({"paid_fen": {"deed": 1_200_000}}, REGISTRY_TAX)
    assert tax.found("tax.clear", data, payments=short) == ["paid-short"]
    enough = PrivatePart({"paid_fen": {"deed": 1_200_000, "iit": 1_200_000}}, REGISTRY_TAX)
    assert tax.found("tax.clear", data, payments=enough) == []
    exempt = {**data, "vouchers": [vouchers[0], {**vouchers[1], "kind": "exemption"}]}
    assert tax.found("tax.clear", exempt, payments=short) == []  # an exemption needs no payment


def test_a_relief_that_the_buyer_cannot_claim_stops_the_assessment(tax: Town) -> None:
    """Acceptance case 13: a company claims the relief on homes."""
    company = {"name": "某公司", "id_type": "7", "id_no": "91441300MA9000011R"}
    tax.register.apply([Unit(code=UNIT, use="dwelling", area_cm2=980_000, status="active", head=1)])
    facts = {"signed_on": "2026-11-20", "relief": "only-home"}
    part = PrivatePart({"due_fen": {"deed": 1}, "facts": facts}, REGISTRY_TAX)  # type: ignore[dict-item]
    for buyer, expected in ((company, ["relief-not-eligible"]), (BUYER, [])):
        tax.entries.clear()
        sale(tax, {"transferors": [SELLER], "transferees": [buyer]})
        assert tax.found("tax.assess", {"case": CASE, "version": 1}, amounts=part) == expected


def test_an_assessment_that_differs_from_the_table_is_signed_with_a_warning(tax: Town) -> None:
    tax.register.apply([Unit(code=UNIT, use="dwelling", area_cm2=980_000, status="active", head=1)])
    sale(tax)
    tax.assessed(0, {}, "DECLARED")
    facts = {"signed_on": "2026-11-20", "relief": "only-home"}
    part = PrivatePart({"due_fen": {"deed": 1_250_000}, "facts": facts}, REGISTRY_TAX)  # type: ignore[dict-item]
    data = {"case": CASE, "version": 1, "gates": {"deed": "due"}}
    assert tax.found("tax.assess", data, amounts=part) == []
    warned = tax.checks.warnings("tax.assess", data, {"amounts": part})
    assert [(one.code, one.where) for one in warned] == [("differs-from-table", "deed")]
    assert "1" not in str(warned), "a warning names no amount"


def test_what_is_paid_back_may_not_reach_into_what_is_due(tax: Town) -> None:
    """Acceptance case 4: 12,500 was paid, of which 12,000 was due."""
    taxed(tax, {"deed": 1_250_000, "iit": 1_200_000})
    data = {"case": CASE, "tax": "deed", "paid_on": "2026-11-20", "found_by": "bureau"}
    for fen, expected in ((50_000, []), (50_001, ["paid-short"])):
        part = PrivatePart({"repaid_fen": {"deed": fen}}, REGISTRY_TAX)
        assert tax.found("tax.overpayment", data, repayment=part) == expected
    wrong = PrivatePart({"repaid": 1}, REGISTRY_TAX)
    assert tax.found("tax.overpayment", data, repayment=wrong) == ["payload-shape"]
    paid_back: Any = {"repaid_fen": {"deed": 50_000}}
    tax.log("tax.overpayment", data, {"repayment": PrivatePart(paid_back, REGISTRY_TAX)})
    again = PrivatePart({"repaid_fen": {"deed": 1}}, REGISTRY_TAX)
    assert tax.found("tax.overpayment", data, repayment=again) == ["paid-short"]


def test_before_clearance_the_rules_refuse_and_nothing_is_compared(registry: Town) -> None:
    taxed(registry)
    registry.assessed(1, {"deed": "due", "iit": "due"}, "ASSESSED")
    assert registry.found("case.enter") == []


def test_the_tax_bureau_assesses_a_declared_sale_only(tax: Town) -> None:
    tax.apply([TRANSFER], {})
    assert tax.found("tax.assess") == ["parties-missing", "price-missing"]
    tax.entries.clear()
    sale(tax, contract={"price": 1})
    assert tax.found("tax.assess") == ["payload-shape"]
    tax.entries.clear()
    sale(tax)
    assert tax.found("tax.assess") == []
    tax.entries.clear()
    tax.apply([{**TRANSFER, "cause": "gift"}], {"parties": PrivatePart(PARTIES, ALL)})  # type: ignore[arg-type]
    assert tax.found("tax.assess") == []


def test_other_events_are_left_to_the_rules(registry: Town, tax: Town) -> None:
    registry.apply([MORTGAGE], {"terms": PrivatePart({"n": 1}, ALL)}, keep=False)
    for event_type in ("case.refuse", "case.review", "case.withdraw", "tax.assess", "payload.erase"):
        assert registry.found(event_type) == []
    assert tax.found("case.enter") == []
    assert registry.found("case.enter", {"case": "unknown"}) == []


def test_blocked_lists_everything() -> None:
    problems = [Finding("a-b", "x", "甲", "first"), Finding("c-d", "y", "乙", "second")]
    assert str(Blocked(problems)) == "甲 first [a-b] x; 乙 second [c-d] y"
    assert Blocked(problems).problems == tuple(problems)


LICENCE = {"name": "测试集团", "id_type": "7", "id_no": "91441300MA9000011R"}
COLLECTIVE = {"name": "测试经济联合社", "id_type": "7", "id_no": "N2441322MF90000286"}
OLD_CODE = {"name": "测试机构", "id_type": "6", "id_no": "MA900001-1"}


@pytest.mark.parametrize("seller", [SELLER, LICENCE, COLLECTIVE])
@pytest.mark.parametrize("declared", ["person", "enterprise"])
def test_the_seller_is_what_his_papers_say(registry: Town, seller: dict[str, str], declared: str) -> None:
    holders = (Holder(ref=ref(seller), share="1/1"),)
    right = registry.register.get(Right, RIGHT)
    assert right is not None
    registry.register.apply([msgspec.structs.replace(right, holders=holders)])
    act = {**TRANSFER, "seller": declared, "consent": [ref(seller)]}
    parties = {"parties": PrivatePart({**PARTIES, "transferors": [seller]}, ("hz-registry",))}
    found = registry.found("case.apply", {"acts": [act]}, **parties)
    fits = (seller is SELLER) == (declared == "person")
    assert found == ([] if fits else ["seller-kind"])


def test_where_several_sell_in_a_case_the_papers_are_for_a_person_to_tell_apart(registry: Town) -> None:
    acts = [TRANSFER, {**TRANSFER, "seller": "enterprise"}]
    parties = Parties(transferors=(Person("x", "7", "y"),))
    assert list(misdeclared(acts, parties)) == []
