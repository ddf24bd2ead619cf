"""What an entitled node finds before its institution signs: each doubt has its code, nothing else blocks."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import orjson
import pytest
from nacl.public import PrivateKey

from ledger.calendar import legal_date
from ledger.entry import Entry, make_leaf, parse_leaf
from ledger.envelope import parse_envelope, seal
from ledger.identifiers import citizen_check
from ledger.keys import Signer
from ledger.records import Case, Deal, Holder, Right, Seizure, Unit, Voucher
from ledger.register import MemoryRegister
from ledger.roles import ACT_ROLES
from nodes.checks import Checks
from nodes.clock import now_ms
from nodes.doubts import NOBODY, SHOWN, doubts
from nodes.holders import holder_ref
from nodes.identities import misdeclared
from nodes.package import Keyring, Package, PrivatePart, make_package, private_of
from nodes.parts import Part, Parties, Person
from nodes.problems import Blocked, Problem
from nodes.vault import Vault

NET = "huizhou.example/2026"
CASE = "441302-20261122-000001"
UNIT = "441302001001GB00001F00010001"
RIGHT = f"R-{UNIT}-1"
LAND, OTHER_LAND = "441302001001GB00001W00000000", "441302001001GB00002W00000000"
NOON = 1_795_320_000_000  # 2026-11-22 12:00 UTC+8
KEY = bytes(range(32))
NAMES = ("bank-a", "hz-registry", "hz-tax")
KEYS = {name: PrivateKey.generate() for name in NAMES}
PUBLICS = {name: bytes(key.public_key) for name, key in KEYS.items()}
SELLER = {"name": "陈文志", "id_type": "1", "id_no": "441302190001010019"}
BUYER = {"name": "李国华", "id_type": "1", "id_no": "44130219050505009x"}
ALL = ("bank-a", "hz-registry", "hz-tax")


def ref(person: dict[str, str], unit: str = UNIT) -> str:
    return holder_ref(KEY, unit, person["id_type"], person["id_no"])


TRANSFER = {
    "act": "transfer", "unit": UNIT, "right": RIGHT, "cause": "sale", "seller": "person", "mode": "single",
    "holders": [{"ref": ref(BUYER), "share": "1/1"}], "consent": [ref(SELLER)],
}  # fmt: skip
MORTGAGE = {"act": "mortgage.set", "unit": UNIT, "right": RIGHT, "mortgagee": "bank-a", "kind": "ordinary"}
PARTIES = {"transferors": [SELLER], "transferees": [BUYER]}
CONTRACT = {"price_fen": 120_000_000, "signed_on": "2026-11-20"}


class Town:
    """One node's checks over a vault, a register and a log that the test fills."""

    def __init__(self, home: Path, institution: str, role: str) -> None:
        self.register = MemoryRegister()
        self.vault = Vault(home / "vault.db")
        self.entries: list[Entry] = []
        self.institution = institution
        self.checks = Checks(
            role,
            Keyring(institution, KEYS[institution]),
            self.vault,
            lambda: self.register,
            lambda number: self.entries,
            KEY if role == "registry" else None,
        )
        holder = Holder(ref=ref(SELLER), share="1/1")
        self.register.apply(
            [Right(id=RIGHT, unit=UNIT, kind="ownership", mode="single", holders=(holder,), certificate="c",
                   since=1, time=1, cause="import", status="current")]
        )  # fmt: skip

    def apply(
        self, acts: list[dict[str, Any]], parts: dict[str, PrivatePart], *, keep: bool = True
    ) -> list[Package]:
        """An accepted application; with `keep`, its payloads arrived."""
        self.register.apply(
            [Case(number=CASE, actor="hz-registry", district="441302", channel="counter", acts=tuple(acts),
                  units=(UNIT,), state="accepted", applied=1, applied_at=1, event="", deal="cause" in acts[0])]
        )  # fmt: skip
        return self.log("case.apply", {"acts": acts}, parts, keep=keep)

    def assessed(self, version: int, gates: dict[str, str], state: str = "CLEARED") -> None:
        """The deal as the register has it: once cleared, with a payment voucher for each tax that is due."""
        due = [tax for tax, gate in gates.items() if gate == "due" and state == "CLEARED"]
        self.register.apply(
            [Deal(case=CASE, units=(UNIT,), state=state, version=version, binding="0" * 64,
                  required=tuple(gates), gates=gates, cleared={tax: f"V-{tax}" for tax in due})]
        )  # fmt: skip
        self.register.apply([Voucher(f"V-{tax}", tax, "payment", CASE, version, "issued") for tax in due])

    def log(
        self,
        event_type: str,
        data: dict[str, Any],
        parts: dict[str, PrivatePart],
        *,
        keep: bool = True,
        outcome: str = "accepted",
    ) -> list[Package]:
        """One entry of the case with its private parts."""
        event_id = f"e-{len(self.entries)}"
        made = [
            make_package(NET, "bank-a", event_id, name, part, PUBLICS) for name, part in sorted(parts.items())
        ]
        body = {"v": 1, "net": NET, "type": event_type, "id": event_id, "actor": "bank-a",
                "not_after": 10**12, "data": data}  # fmt: skip
        if made:
            body["private"] = private_of(made)
        decision: dict[str, Any] = {"outcome": outcome, "register": "0" * 64}
        if outcome == "refused":
            decision["reasons"] = [{"code": 1, "name": "x", "law": []}]
        envelope = parse_envelope(seal(body, [Signer(bytes(32))]))
        self.entries.append(parse_leaf(make_leaf(len(self.entries), 1, 1, "0" * 64, envelope, decision)))
        if keep:
            self.vault.put(made)
        return made

    def found(self, event_type: str, data: dict[str, Any] | None = None, **parts: PrivatePart) -> list[str]:
        """Codes of the problems before this node signs."""
        return [one.code for one in self.checks.before(event_type, data or {"case": CASE}, parts)]


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
    """A unit of a split, a merger or none, held by a person."""
    return {"unit": unit, "holders": [{"ref": ref(person, unit), "share": "1/1"}]}


NEXT = UNIT[:-1] + "2"
STAYING: list[tuple[str, dict[str, Any], dict[str, str], list[str]]] = [
    ("split", {"parts": [staying(SELLER, UNIT), staying(SELLER, NEXT)]}, SELLER, []),
    ("split", {"parts": [staying(SELLER, UNIT), staying(BUYER, NEXT)]}, SELLER, [NEXT]),
    ("split", {"parts": [staying(BUYER, UNIT), staying(BUYER, NEXT)]}, BUYER, [UNIT]),
    (
        "merge",
        {"sources": [{"unit": UNIT, "right": RIGHT}], "into": NEXT, **staying(SELLER, NEXT)},
        SELLER,
        [],
    ),
    (
        "merge",
        {"sources": [{"unit": UNIT, "right": RIGHT}], "into": NEXT, **staying(BUYER, NEXT)},
        SELLER,
        [NEXT],
    ),
    ("alter", {"use": "shop"}, SELLER, []),
    ("alter", {"use": "shop"}, BUYER, [UNIT]),
    ("alter", {"renamed": [{"old": ref(SELLER), "new": ref(BUYER)}]}, BUYER, []),
    ("alter", {"renamed": [{"old": ref(SELLER), "new": ref(BUYER)}]}, SELLER, [UNIT]),
]


@pytest.mark.parametrize(("what", "changed", "person", "wrong"), STAYING)
def test_an_act_that_keeps_the_holders_names_the_same_persons_on_every_unit(
    registry: Town, what: str, changed: dict[str, Any], person: dict[str, str], wrong: list[str]
) -> None:
    act = {"act": f"unit.{what}", "unit": UNIT, "right": RIGHT, **changed}
    part = PrivatePart({"holders": [person]}, ("hz-registry",))  # type: ignore[dict-item]
    found = registry.checks.before("case.apply", {"acts": [act]}, {"parties": part})
    assert [(one.code, one.where) for one in found] == [
        ("identity-mismatch", f"parties.holders {unit}") for unit in wrong
    ]


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
    """Acceptance case 4: 12,500 paid of 12,000."""
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
    problems = [Problem("a-b", "x", "甲", "first"), Problem("c-d", "y", "乙", "second")]
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


# ---- doubts, which are for a person --------------------------------------------------------------------------------


def born(on: str) -> dict[str, str]:
    """A made-up person born on a day (YYYYMMDD), with a valid number."""
    body = f"441302{on}107"
    return {"name": f"测试{on}", "id_type": "1", "id_no": body + citizen_check(body)}


def doubted(town: Town, parties: object) -> list[str]:
    """The codes of the doubts about an advance notice with these parties."""
    town.apply([{"act": "notice.set", "unit": UNIT}], {"parties": PrivatePart(parties, (town.institution,))})
    return [one.code for one in town.checks.for_desk(CASE)[1]]


@pytest.mark.parametrize(("years", "expected"), [(17, ["minor"]), (19, [])])
def test_a_minor_is_for_a_person(registry: Town, years: int, expected: list[str]) -> None:
    assert doubted(registry, {"mortgagors": [born(f"{legal_date(now_ms()).year - years}0101")]}) == expected


@pytest.mark.parametrize(("on", "expected"), [("20081122", []), ("20081123", ["minor"]), ("20081345", [])])
def test_on_the_eighteenth_birthday_one_is_of_age(registry: Town, on: str, expected: list[str]) -> None:
    doubted(registry, {})
    case = registry.register.get(Case, CASE)
    assert case is not None
    part = Part("case.apply", "parties", None, {"mortgagors": [born(on)]})
    assert [one.code for one in doubts(registry.register, case, [part], NOON)] == expected


@pytest.mark.parametrize(("on", "expected"), [(LAND, ["land-seized"]), (OTHER_LAND, []), (UNIT, [])])
def test_a_building_on_seized_land_is_for_a_person(registry: Town, on: str, expected: list[str]) -> None:
    until, right = "2027-01-01", "R-1"
    seizure = Seizure(
        id="S-1", unit=on, court="c", document="1", until=until, since=1, served=NOON, status="effective"
    )
    unit = Unit(code=on, use="land", area_cm2=1, status="active", head=1, right=right, seizures=("S-1",))
    registry.register.apply([seizure, unit])
    doubted(registry, {})
    case = registry.register.get(Case, CASE)
    assert case is not None
    assert [one.code for one in doubts(registry.register, case, [], NOON, ("parties",))] == expected
    assert list(doubts(registry.register, case, [], NOON + 400 * 86_400_000, ("parties",))) == []


def test_a_minor_on_either_side_in_whatever_part_is_for_a_person(registry: Town) -> None:
    child = born(f"{legal_date(now_ms()).year - 3}0105")
    assert doubted(registry, {"transferors": [SELLER], "transferees": [child]}) == ["minor"]


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ({}, {}, []),
        ({}, {"name": "别人"}, ["persons-alike"]),
        ({}, {"id_no": "TEST-2"}, ["persons-alike"]),
        ({}, {"name": "别人", "id_no": "TEST-2"}, []),
    ],
)
def test_persons_that_may_be_taken_for_each_other_are_for_a_person(
    registry: Town, one: dict[str, str], other: dict[str, str], expected: list[str]
) -> None:
    person = {"name": "某人", "id_type": "2", "id_no": "TEST-1"}
    parties = {"transferors": [{**person, **one}], "transferees": [{**person, **other}]}
    assert doubted(registry, parties) == expected


def test_whoever_acts_for_another_is_looked_at_by_a_person(registry: Town) -> None:
    doubted(registry, {"holders": [SELLER]})
    case = registry.register.get(Case, CASE)
    assert case is not None
    agents = ({"by": "power", "party": "0" * 64}, {"by": "guardianship", "party": "1" * 64})
    registry.register.apply([msgspec.structs.replace(case, agents=agents)])
    assert [one.code for one in registry.checks.for_desk(CASE)[1]] == ["acted-for", "acted-for"]


def test_doubts_stop_nobody_from_signing(registry: Town) -> None:
    child = born(f"{legal_date(now_ms()).year - 3}0105")
    assert doubted(registry, {"holders": [child]}) == ["minor"]
    assert registry.found("case.enter") == []
    assert registry.checks.for_desk("441302-20261122-999999") == ((), ())


def test_a_part_of_another_shape_raises_no_doubt_of_its_own(registry: Town) -> None:
    assert doubted(registry, {"transferors": 1}) == []


def act_of(kind: str) -> dict[str, Any]:
    """An act of a kind, as far as the desk's doubts look at it."""
    return {"act": kind, "unit": UNIT, "right": RIGHT, "holders": [{"ref": ref(BUYER), "share": "1/1"}],
            "seller": "person", "parts": [], "sources": [], "into": UNIT}  # fmt: skip


def desk_doubts(town: Town, acts: list[dict[str, Any]], parties: object) -> list[str]:
    """The codes of the doubts about acts; None: the application has no part `parties`."""
    parts = {} if parties is None else {"parties": PrivatePart(parties, ("hz-registry",))}  # type: ignore[arg-type]
    town.apply(acts, parts)
    return [one.code for one in town.checks.for_desk(CASE)[1]]


@pytest.mark.parametrize("kind", sorted(ACT_ROLES))
@pytest.mark.parametrize("parties", [None, {}, {"mortgagors": [], "transferees": []}])
def test_what_shows_the_desk_no_person_is_for_a_person(registry: Town, kind: str, parties: object) -> None:
    institutions_alone = (
        "mortgage.discharge",
        "mortgage.discharge-joint",
        "mortgage.transfer",
        "utilities.announce",
    )
    expected = [] if kind in institutions_alone else ["parties-missing"]
    assert desk_doubts(registry, [act_of(kind)], parties) == expected


def test_the_table_of_whom_acts_need_names_acts_and_roles_that_there_are() -> None:
    assert {*SHOWN, *NOBODY} <= set(ACT_ROLES)
    assert not set(SHOWN) & set(NOBODY)
    assert {role for roles in SHOWN.values() for role in roles} <= set(Parties.__struct_fields__)


@pytest.mark.parametrize("kind", sorted(SHOWN))
def test_each_role_that_an_act_needs_must_be_shown(registry: Town, kind: str) -> None:
    needed = {role: [SELLER] for role in SHOWN[kind]}
    assert desk_doubts(registry, [act_of(kind)], needed) == []
    for left_out in needed:
        rest = {role: [SELLER] for role in Parties.__struct_fields__ if role != left_out}
        registry.entries.clear()
        assert desk_doubts(registry, [act_of(kind)], rest) == ["parties-missing"]


@pytest.mark.parametrize("kind", sorted(set(ACT_ROLES) - set(SHOWN) - set(NOBODY)))
def test_for_other_acts_a_person_in_any_role_will_do(registry: Town, kind: str) -> None:
    assert desk_doubts(registry, [act_of(kind)], {"holders": [SELLER]}) == []


def test_one_act_of_a_bundle_that_shows_nobody_is_enough(registry: Town) -> None:
    acts = [act_of("mortgage.discharge"), act_of("mortgage.set")]
    assert desk_doubts(registry, acts, {"transferors": [SELLER]}) == ["parties-missing"]


def test_parties_sent_to_others_alone_show_the_desk_nobody(registry: Town) -> None:
    registry.apply([MORTGAGE], {"parties": PrivatePart({"mortgagors": [SELLER]}, ("bank-a", "hz-tax"))})
    assert [one.code for one in registry.checks.for_desk(CASE)[1]] == ["parties-missing"]


def test_parties_that_have_not_arrived_are_waited_for(registry: Town) -> None:
    part = {"parties": PrivatePart({"mortgagors": [SELLER]}, ("hz-registry",))}
    registry.apply([MORTGAGE], part, keep=False)
    problems, found = registry.checks.for_desk(CASE)
    assert ([one.code for one in problems], found) == (["payload-missing"], ())


def test_another_part_that_has_not_arrived_hides_no_doubt(registry: Town) -> None:
    registry.apply([MORTGAGE], {"terms": PrivatePart({"amount_fen": 1}, ("hz-registry",))}, keep=False)
    problems, found = registry.checks.for_desk(CASE)
    assert [one.code for one in (*problems, *found)] == ["payload-missing", "parties-missing"]
