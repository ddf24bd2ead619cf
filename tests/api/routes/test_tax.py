"""The tax side over the API: private parts, warnings that stop nothing, and what can follow an entry."""

from typing import Any

from tests.api.town import Town, sale_of

BOTH = ["hz-registry", "hz-tax"]
SELLER = {"name": "测试甲", "id_type": "2", "id_no": "TEST0000001"}
BUYER = {"name": "测试丁", "id_type": "2", "id_no": "TEST0000004"}
YUAN = 100
DUE = {"deed": 12_000 * YUAN, "iit": 12_000 * YUAN}


def private(**parts: Any) -> dict[str, Any]:
    """Return private parts for registry and tax bureau."""
    return {name: {"value": value, "to": BOTH} for name, value in parts.items()}


def sale(city: Town, title: dict[str, Any] | None = None) -> str:
    """Apply for the sale of a flat of 89 square metres for 1,200,000 yuan; return the case number."""
    registry, title = city.caller("hz-registry"), title or city.title()
    asked = {"unit": title["unit"], "id_type": "2", "id_no": BUYER["id_no"]}
    ref = registry.call("POST", "/v1/holder-references", asked).get_json()["ref"]
    act = sale_of(title, ref)
    told = private(
        parties={"transferors": [SELLER], "transferees": [BUYER]}, contract={"price_fen": 1_200_000 * YUAN}
    )
    body = {"district": "441302", "channel": "counter", "acts": [act], "private": told}
    applied = registry.post("/v1/cases", body).get_json()
    city.everywhere(applied["index"])
    return str(applied["result"]["case"])


def act(city: Town, number: str, what: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """Have the tax bureau do something that must be recorded; return the answer."""
    answer = city.caller("hz-tax").post(f"/v1/cases/{number}/tax/{what}", body)
    assert answer.status_code == 201, answer.text
    found = answer.get_json()
    city.everywhere(found["index"])
    return dict(found)


def assessed(city: Town, number: str, due: dict[str, int]) -> dict[str, Any]:
    """Have the bureau assess a first home; return the answer."""
    facts = {"signed_on": "2026-11-20", "relief": "only-home", "held_since": "2020-05-06"}
    amounts = {"due_fen": due, "facts": facts}
    version = city.caller("hz-tax").get(f"/v1/deals/{number}").get_json()["version"] + 1
    body = {"version": version, "gates": {"deed": "due", "iit": "due"}, "private": private(amounts=amounts)}
    return act(city, number, "assess", body)


def cited(number: str, *vouchers: tuple[str, str, str], version: int, **paid: int) -> dict[str, Any]:
    """Return the body of a clearance with what was paid."""
    listed = [{"tax": tax, "number": f"{number[-6:]}-{name}", "kind": kind} for tax, name, kind in vouchers]
    return {"version": version, "vouchers": listed, "private": private(payments={"paid_fen": paid})}


def test_an_assessment_is_compared_with_the_table_and_goes_through_all_the_same(city: Town) -> None:
    number, tax = sale(city), city.caller("hz-tax")
    warned = assessed(city, number, {"deed": 15_000 * YUAN, "iit": 12_000 * YUAN})["warnings"]
    assert [(one["code"], one["where"]) for one in warned] == [("differs-from-table", "deed")]
    place = f"/v1/cases/{number}/tax/check?purpose=tax-assessment"
    before = city.caller("hz-tax", "auditor").get("/v1/access-log").get_json()["head"]["n"]
    checked = tax.get(place)
    assert checked.headers["Cache-Control"] == "no-store"
    lines = {line["tax"]: line for line in checked.get_json()["lines"]}
    assert (lines["deed"]["due_fen"], lines["deed"]["assessed_fen"]) == (12_000 * YUAN, 15_000 * YUAN)
    assert lines["deed"]["rate"] == "1/100"
    rows = city.caller("hz-tax", "auditor").get(f"/v1/access-log?after={before}").get_json()["items"]
    assert [(row["purpose"], row["case"]) for row in rows] == [("tax-assessment", number)]
    assert "warnings" not in assessed(city, number, DUE)
    assert tax.get(place).get_json()["warnings"] == []
    assert tax.get(f"/v1/cases/{number}/tax/check").status_code == 422
    assert city.caller("bank-a").get(place).status_code == 403


def test_from_parts_to_entry_and_what_may_follow(city: Town) -> None:
    number, registry, tax = sale(city), city.caller("hz-registry"), city.caller("hz-tax")
    assessed(city, number, DUE)
    first = act(city, number, "clear", cited(number, ("deed", "1", "part"), version=1, deed=5_000 * YUAN))
    assert first["result"]["state"] == "PART_PAID"
    short = tax.post(
        f"/v1/cases/{number}/tax/clear", cited(number, ("deed", "2", "payment"), version=1, deed=1)
    )
    assert (short.status_code, short.get_json()["problems"][0]["code"]) == (409, "paid-short")
    rest = cited(
        number,
        ("deed", "2", "payment"),
        ("iit", "3", "payment"),
        version=1,
        deed=7_500 * YUAN,
        iit=12_000 * YUAN,
    )
    cleared = act(city, number, "clear", rest)
    assert cleared["result"]["state"] == "CLEARED"
    assert [(one["code"], one["where"]) for one in cleared["warnings"]] == [("overpaid", "deed")]
    act(city, number, "refund-request", {"ground": "contract-rescinded"})
    assert act(city, number, "refund-decline")["result"]["state"] == "CLEARED"
    place = f"/v1/cases/{number}"
    entered = registry.post(f"{place}/enter", If_Match=registry.get(place).headers["ETag"])
    assert entered.status_code == 201, entered.text
    city.everywhere(entered.get_json()["index"])
    over = {
        "tax": "deed",
        "paid_on": "2026-11-01",
        "found_by": "bureau",
        "private": private(repayment={"repaid_fen": {"deed": 500 * YUAN}}),
    }
    assert act(city, number, "overpayment", over)["result"]["state"] == "CONSUMED"
    assert tax.get(f"/v1/deals/{number}").get_json()["repaid"] == ["deed"]
    assert act(city, number, "clawback", {"ground": "use-changed"})["result"]["state"] == "CLAWBACK_DUE"
    assert number in tax.get("/v1/worklists/tax").text
    assert number in tax.get("/v1/deals?state=CLAWBACK_DUE").text
    paid = act(city, number, "clawback-paid", {"vouchers": [f"{number[-6:]}-9"]})
    assert paid["result"]["state"] == "CONSUMED"
    refused = tax.post(f"{place}/tax/refund-request", {"ground": "judgment-annulled"})
    assert (refused.status_code, refused.get_json()["code"]) == (422, "title-not-restored")
