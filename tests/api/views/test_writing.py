"""Writes: waiting and pending, refusals with every reason, idempotency, preconditions, raw envelopes, limits."""

import secrets
import threading
from typing import Any

import pytest

from dengbu.api.views.writing import DRAFT_LIFE_MS
from dengbu.ledger.cases.cases import DESK
from dengbu.ledger.log.envelope import parse_envelope
from dengbu.ledger.log.receipt import verify
from dengbu.ledger.log.trust import parse_policy
from dengbu.nodes.home.clock import now_ms
from dengbu.nodes.home.config import Officer
from dengbu.nodes.private.vault import ORPHAN_LIFE_MS
from tests.api.town import UNITS, Town, loan, mortgage_of, sale_of
from tests.waiting import WAIT_S_MAX, until

UNKNOWN = "441302-20260101-999999"
REFUSED = {
    "district": "441302",
    "channel": "outlet",
    "acts": [{"act": "mortgage.discharge", "mortgage": "M-441302-20260101-999999-1"}],
}


def _count(city: Town) -> int:
    """Count final entries without those of the automatic desk, which may still be at work for an earlier test."""
    node = city.nodes["hz-registry"]
    entries = node.store.feed(-1)[: node.final_size]
    return sum(entry.envelope.body.officer != DESK for entry in entries)


def told(city: Town, place: str) -> dict[str, Any] | None:
    """Return what has become of an event of bank-a; None while that is open."""
    shown = city.caller("bank-a").get(place).get_json()
    return None if shown["status"] == "pending" else shown


def test_waiting_gets_201_with_result_and_a_receipt_that_verifies(city: Town) -> None:
    answer = city.mortgage(city.title())
    body = answer.get_json()
    assert (answer.status_code, body["status"], body["outcome"]) == (201, "final", "accepted")
    assert answer.headers["Location"] == f"/v1/cases/{body['result']['case']}"
    raw = city.caller("bank-a").get(body["receipt"]).data
    receipt = verify(raw, parse_policy(city.nodes["bank-a"].policy_text))
    assert receipt.entry.index == body["index"]
    assert receipt.entry.envelope.body.officer == "officer-01"
    case = city.entered("bank-a", body["result"]["case"])
    decided = verify(
        city.caller("bank-a").get(f"/v1/cases/{case['number']}/receipt").data,
        parse_policy(city.nodes["bank-a"].policy_text),
    )
    assert decided.entry.index == case["decided"]


def test_not_waiting_gets_202_and_the_location_answers(city: Town) -> None:
    title = city.title()
    act = mortgage_of(title)
    body = {"district": "441302", "channel": "outlet", "acts": [act], "private": loan(title)}
    answer = city.caller("bank-a").post("/v1/cases", body, wait=0)
    assert answer.status_code in (201, 202)
    found = answer.get_json()
    place = f"/v1/events/bank-a/{found['id']}"
    if answer.status_code == 202:
        assert answer.headers["Location"] == place
        assert answer.headers["Retry-After"] == "1"
    shown = until(lambda: told(city, place), "it is final")
    assert shown["status"] == "final"
    assert shown["outcome"] == "accepted"
    city.entered("bank-a", shown["result"]["case"])


def test_a_refusal_is_422_with_every_reason_and_its_receipt(city: Town) -> None:
    answer = city.caller("bank-a").post("/v1/cases", REFUSED, key="refusal-1")
    problem = answer.get_json()
    assert answer.status_code == 422
    assert problem["code"] == problem["reasons"][0]["name"] == "mortgage-unknown"
    for reason in problem["reasons"]:
        assert reason["law"]
        assert reason["title_zh"]
        assert reason["title_en"]
        assert isinstance(reason["code"], int)
    receipt = city.caller("bank-a").get(problem["receipt"])
    proved = verify(receipt.data, parse_policy(city.nodes["bank-a"].policy_text))
    assert proved.entry.decision["outcome"] == "refused"
    assert proved.entry.index == problem["index"]
    again = city.caller("bank-a").post("/v1/cases", REFUSED, key="refusal-1")
    assert (again.status_code, again.get_json()["index"]) == (422, problem["index"])
    shown = city.caller("bank-a").get("/v1/events/bank-a/refusal-1").get_json()
    assert (shown["outcome"], shown["reasons"]) == ("refused", problem["reasons"])


def test_an_event_that_was_taken_and_turned_away_says_so_with_its_code(city: Town) -> None:
    bank, sequencer = city.nodes["bank-a"], city.nodes["hz-registry"].engine
    held = threading.Event()
    sequencer._collect = lambda: held.set() or ()  # type: ignore[attr-defined]  # it takes, and orders nothing
    try:
        assert held.wait(WAIT_S_MAX)
        end = now_ms() + 1_000
        data = {"case": UNKNOWN}
        raw = bank.sign("case.withdraw", data, event_id="too-late", by=Officer("officer-01"), not_after=end)
        taken = city.caller("bank-a").post("/v1/events", raw, key="too-late", wait=0)
        assert (taken.status_code, taken.get_json()["status"]) == (202, "pending")
        until(lambda: now_ms() > end, "its time is over")
    finally:
        del sequencer._collect  # type: ignore[attr-defined]
    shown = until(lambda: told(city, taken.headers["Location"]), "its sender is told")
    assert (shown["status"], shown["code"], shown["number"]) == ("turned-away", "expired", 1109)
    assert shown["title_zh"]
    assert shown["title_en"]
    assert "index" not in shown
    again = city.caller("bank-a").post("/v1/events", raw, key="too-late")
    assert (again.status_code, again.get_json()["code"]) == (400, "expired")
    assert city.caller("bank-b").get(taken.headers["Location"]).status_code == 404


def test_a_write_without_an_idempotency_key_is_400(city: Town) -> None:
    for key in (None, "", "a b", "x" * 65):
        headers = {} if key is None else {"Idempotency-Key": key}
        answer = city.caller("bank-a").call("POST", "/v1/cases", REFUSED, headers)
        assert (answer.status_code, answer.get_json()["code"]) == (400, "idempotency-key-required")


def test_the_same_request_again_gets_the_same_entry_and_another_is_422(city: Town) -> None:
    title = city.title()
    act = mortgage_of(title)
    body = {"district": "441302", "channel": "outlet", "acts": [act], "private": loan(title)}
    caller, key = city.caller("bank-a"), f"same-{secrets.token_hex(4)}"
    first = caller.post("/v1/cases", body, key=key)
    city.entered("bank-a", first.get_json()["result"]["case"])
    again = caller.post("/v1/cases", body, key=key)
    assert (again.status_code, again.get_json()) == (first.status_code, first.get_json())
    other = caller.post("/v1/cases", {**body, "channel": "counter"}, key=key)
    assert (other.status_code, other.get_json()["code"]) == (422, "idempotency-key-reused")
    system = city.caller("bank-a", "system")
    assert (again := system.post("/v1/cases", body, key=key)).get_json() == first.get_json()
    assert again.status_code == first.status_code
    other = system.post("/v1/cases", {**body, "channel": "counter"}, key=key)
    assert (other.status_code, other.get_json()["code"]) == (422, "idempotency-key-reused")
    auditor = city.caller("bank-a", "auditor").post("/v1/cases", body, key=key)
    assert (auditor.status_code, auditor.get_json()["code"]) == (403, "forbidden")


def test_many_at_once_under_one_key_make_one_entry(city: Town) -> None:
    answers, before, key = [], _count(city), f"race-{secrets.token_hex(4)}"

    def send() -> None:
        answers.append(city.caller("bank-a").post("/v1/cases", REFUSED, key=key))

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    codes = {answer.get_json()["code"] for answer in answers}
    assert codes <= {"mortgage-unknown", "request-in-progress"}
    assert "mortgage-unknown" in codes
    (index,) = {answer.get_json()["index"] for answer in answers if answer.status_code == 422}
    city.everywhere(index)
    assert _count(city) == before + 1


def _open_case(city: Town) -> dict:
    """Return an application that the desk leaves to a person: a first registration."""
    ref = (
        city.caller("hz-registry")
        .call(
            "POST",
            "/v1/holder-references",
            {"unit": UNITS[city.next_unit], "id_type": "2", "id_no": "TEST0000009"},
        )
        .get_json()["ref"]
    )
    act = {
        "act": "unit.first",
        "unit": UNITS[city.next_unit],
        "use": "shop",
        "area_cm2": 100,
        "mode": "single",
        "holders": [{"ref": ref, "share": "1/1"}],
    }
    city.next_unit += 1
    answer = city.caller("hz-registry").post(
        "/v1/cases", {"district": "441302", "channel": "counter", "acts": [act]}
    )
    assert answer.status_code == 201, answer.text
    return answer.get_json()["result"]


def test_a_decision_names_the_version_it_saw(city: Town) -> None:
    registry, number = city.caller("hz-registry"), _open_case(city)["case"]
    place = f"/v1/cases/{number}"
    read = registry.get(place)
    etag = read.headers["ETag"]
    assert registry.get(place, If_None_Match=etag).status_code == 304
    missing = registry.post(f"{place}/enter")
    assert (missing.status_code, missing.get_json()["code"]) == (428, "precondition-required")
    assert registry.post(f"{place}/enter", If_Match="*").status_code == 428
    stale = registry.post(f"{place}/enter", If_Match='"v999"')
    assert (stale.status_code, stale.get_json()["code"]) == (412, "precondition-failed")
    assert stale.headers["ETag"] == etag
    weak = registry.post(f"{place}/enter", If_Match=f"W/{etag}")
    assert weak.status_code in (412, 428)
    assert registry.get(place).get_json()["state"] == "accepted"
    key = f"enter-{number}"
    done = registry.post(f"{place}/enter", If_Match=etag, key=key)
    assert done.status_code == 201, done.text
    assert registry.get(place).headers["ETag"] != etag
    assert registry.post(f"{place}/enter", If_Match=etag, key=key).get_json() == done.get_json()
    late = registry.post(
        f"{place}/refuse", {"grounds": [{"law": "REG-22-1", "text_code": "papers"}]}, If_Match=etag
    )
    assert late.status_code == 412


def test_an_officer_refuses_with_grounds_and_a_system_may_not(city: Town) -> None:
    number = _open_case(city)["case"]
    place = f"/v1/cases/{number}"
    etag = city.caller("hz-registry").get(place).headers["ETag"]
    grounds = {"grounds": [{"law": "REG-22-1", "text_code": "papers-missing"}]}
    assert (
        city.caller("hz-registry", "system").post(f"{place}/refuse", grounds, If_Match=etag).status_code
        == 403
    )
    assert (
        city.caller("hz-registry").post(f"{place}/refuse", {"grounds": []}, If_Match=etag).status_code == 422
    )
    assert city.caller("hz-registry").post(f"{place}/refuse", grounds, If_Match=etag).status_code == 201
    assert city.caller("hz-registry").get(place).get_json()["state"] == "refused"


def test_an_operation_without_a_body_takes_none(city: Town) -> None:
    number = _open_case(city)["case"]
    answer = city.caller("hz-registry").post(f"/v1/cases/{number}/review", {"force": True})
    assert (answer.status_code, answer.get_json()["code"]) == (422, "invalid-request")
    assert city.caller("hz-registry").post(f"/v1/cases/{number}/review", b"").status_code == 201
    assert city.caller("hz-registry").post(f"/v1/cases/{number}/withdraw").status_code == 201


def test_a_blocked_signature_is_409_with_all_problems(city: Town) -> None:
    title = city.title()
    person = {"name": "测试丙", "id_type": "2", "id_no": "TEST-STRANGER"}
    act = sale_of(title, "0" * 64)
    body = {
        "district": "441302",
        "channel": "counter",
        "acts": [act],
        "private": {
            "parties": {
                "value": {"transferors": [person], "transferees": [person]},
                "to": ["hz-registry", "hz-tax"],
            }
        },
    }
    before = _count(city)
    key = f"blocked-{secrets.token_hex(4)}"
    answer = city.caller("hz-registry").post("/v1/cases", body, key=key)
    problem = answer.get_json()
    assert (answer.status_code, problem["code"]) == (409, "blocked")
    assert {found["code"] for found in problem["problems"]} == {"identity-mismatch"}
    assert len(problem["problems"]) == 2
    assert "TEST-STRANGER" not in answer.text
    assert "测试丙" not in answer.text
    assert city.caller("hz-registry").get(f"/v1/events/hz-registry/{key}").status_code == 404
    assert _count(city) == before


def test_a_raw_envelope_is_taken_once_and_as_it_is(city: Town) -> None:
    node, caller = city.nodes["bank-a"], city.caller("bank-a")
    raw = node.sign("case.apply", REFUSED, event_id=f"raw-{secrets.token_hex(4)}")
    first = caller.call("POST", "/v1/events", raw, {"Prefer": "wait=10"})
    assert (first.status_code, first.get_json()["code"]) == (422, "mortgage-unknown")
    assert (
        caller.call("POST", "/v1/events", raw, {"Prefer": "wait=10"}).get_json()["index"]
        == first.get_json()["index"]
    )
    other = node.sign("case.apply", {**REFUSED, "channel": "counter"}, event_id=first.get_json()["id"])
    reused = caller.call("POST", "/v1/events", other, {"Prefer": "wait=10"})
    assert (reused.status_code, reused.get_json()["code"]) == (409, "reused-id")
    wrong = caller.call("POST", "/v1/events", raw, {"Idempotency-Key": "other"})
    assert (wrong.status_code, wrong.get_json()["code"]) == (400, "malformed-request")


def test_private_parts_of_a_draft_are_kept_as_long_as_it_may_be_submitted() -> None:
    assert DRAFT_LIFE_MS <= ORPHAN_LIFE_MS


def test_an_application_is_drafted_by_one_and_countersigned_by_others(city: Town) -> None:
    before = _count(city)
    drafted = city.caller("hz-registry").post("/v1/drafts", REFUSED, key="draft-1")
    assert drafted.status_code == 200
    again = city.caller("hz-registry").post("/v1/drafts", REFUSED, key="draft-1")
    assert again.data == drafted.data, "a retry gets the same bytes"
    both = city.caller("bank-a").call("POST", "/v1/drafts/countersign", drafted.data)
    signed = parse_envelope(both.data)
    assert signed.body_bytes == parse_envelope(drafted.data).body_bytes
    assert len(signed.sigs) == 2
    assert _count(city) == before, "nothing is submitted"
    sent = city.caller("hz-registry").call("POST", "/v1/events", both.data, {"Prefer": "wait=10"})
    assert sent.get_json()["code"] == "mortgage-unknown"


def test_an_agent_is_named_with_the_application_and_brings_the_paper(city: Town) -> None:
    title, registry = city.title(), city.caller("hz-registry")
    act = {"act": "mortgage.set", "unit": title["unit"], "right": title["right"], "mortgagee": "bank-a"}
    act |= {"kind": "ordinary", "no_transfer": False, "consent": title["refs"]}
    agent = {
        "by": "power",
        "party": title["refs"][0],
        "agent": "0" * 64,
        "principal": "person",
        "form": "notarised",
    }
    agent |= {"scope": ["mortgage.set"], "until": "2099-12-31", "paper": "power"}
    asked = {"district": "441302", "channel": "counter", "acts": [act], "agents": [agent]}
    told = registry.post("/v1/cases", asked).get_json()
    assert [one["name"] for one in told["reasons"]] == ["agency-paper", "mortgagee-did-not-sign"]
    person = {"name": "测试甲", "id_type": "2", "id_no": "TEST0000001"}
    paper = {
        "parties": {"value": {"mortgagors": [person]}, "to": ["hz-registry"]},
        "terms": {"value": {"amount_fen": 1}, "to": ["hz-registry"]},
        "power": {"value": {"notary": "(2026)粤惠证字第1号"}, "to": ["hz-registry"]},
    }
    done = city.caller("bank-a").post("/v1/cases", {**asked, "private": paper}).get_json()
    case = done["result"]["case"]
    shown = registry.get(f"/v1/cases/{case}").get_json()
    assert (shown["agents"][0]["by"], len(shown["agents"][0]["paper"])) == ("power", 64)
    assert city.handed_over(case) == ["acted-for"]  # the desk leaves a case with an agent to a person
    city.everywhere(city.nodes["hz-registry"].head.size - 1)
    wrong = registry.post("/v1/cases", {**asked, "agents": [{**agent, "until": "soon"}]})
    assert wrong.status_code == 422
    assert "agents" in wrong.text


def test_only_an_officer_countersigns_and_only_an_application_of_this_network(city: Town) -> None:
    bank = city.caller("bank-a")
    drafted = city.caller("hz-registry").post("/v1/drafts", REFUSED).data
    other = city.nodes["bank-b"].sign("case.withdraw", {"case": UNKNOWN}, event_id="w-1")
    foreign = drafted.replace(b"/town", b"/twon")
    twice = bank.call("POST", "/v1/drafts/countersign", drafted).data
    target = "/v1/drafts/countersign"
    answers = [bank.call("POST", target, raw).status_code for raw in (other, foreign, twice, b"{}")]
    assert answers == [400, 400, 422, 422]
    assert city.caller("bank-a", "system").call("POST", target, drafted).status_code == 403
    assert city.caller("hz-tax").call("POST", target, drafted).status_code == 403
    assert city.caller("hz-tax").post("/v1/drafts", REFUSED).status_code == 403


def test_an_event_that_is_not_admitted_leaves_no_entry(city: Town) -> None:
    node, caller, before = city.nodes["bank-a"], city.caller("bank-a"), _count(city)
    raw = node.sign("case.apply", REFUSED, event_id=f"bad-{secrets.token_hex(4)}")
    cases = {
        b"{}": 422,
        raw + b" ": 422,
        raw.replace(b'"outlet"', b'"counter"'): 403,
        node.sign("case.apply", REFUSED, event_id="late-1", not_after=1): 400,
        node.sign("no.such-type", {}, event_id="type-1"): 400,
        node.sign("case.apply", {"acts": 1}, event_id="shape-1"): 400,
    }
    for envelope, status in cases.items():
        answer = caller.call("POST", "/v1/events", envelope)
        assert answer.status_code == status, answer.text
        assert answer.content_type == "application/problem+json"
    assert _count(city) == before


def test_personal_data_needs_a_purpose_and_is_logged_first(city: Town) -> None:
    title = city.title()
    person = {"name": "测试甲", "id_type": "2", "id_no": "TEST0000001"}
    number = city.mortgage(title).get_json()["result"]["case"]
    city.entered("bank-a", number)
    place = f"/v1/cases/{number}/private"
    for query in ("", "?purpose=", "?purpose=curiosity"):
        assert city.caller("bank-a").get(place + query).status_code == 422
    assert city.caller("bank-a", "auditor").get(f"{place}?purpose=audit").status_code == 403
    before = city.caller("bank-a", "auditor").get("/v1/access-log").get_json()["head"]["n"]
    answer = city.caller("bank-a").get(f"{place}?purpose=loan-review")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.get_json()["items"][0]["value"]["mortgagors"] == [person]
    rows = city.caller("bank-a", "auditor").get(f"/v1/access-log?after={before}").get_json()["items"]
    assert [(row["officer"], row["purpose"], row["case"]) for row in rows] == [
        ("officer-01", "loan-review", number)
    ]
    assert "测试甲" not in str(rows)
    assert city.caller("bank-b").get(f"{place}?purpose=loan-review").status_code == 404


def test_tax_is_assessed_and_cleared_over_the_api(city: Town) -> None:
    title = city.title()
    registry, tax = city.caller("hz-registry"), city.caller("hz-tax")
    buyer = {"name": "测试丁", "id_type": "2", "id_no": "TEST0000004"}
    asked = {"unit": title["unit"], "id_type": "2", "id_no": buyer["id_no"]}
    ref = registry.call("POST", "/v1/holder-references", asked).get_json()["ref"]
    act = sale_of(title, ref)
    seller = {"name": "测试甲", "id_type": "2", "id_no": "TEST0000001"}
    both = ["hz-registry", "hz-tax"]
    applied = registry.post(
        "/v1/cases",
        {
            "district": "441302",
            "channel": "counter",
            "acts": [act],
            "private": {
                "parties": {"value": {"transferors": [seller], "transferees": [buyer]}, "to": both},
                "contract": {"value": {"price_fen": 100}, "to": both},
            },
        },
    )
    number = applied.get_json()["result"]["case"]
    city.everywhere(applied.get_json()["index"])
    assert number in tax.get("/v1/worklists/tax").text
    assert city.caller("bank-a").get(f"/v1/deals/{number}").status_code == 403
    deal = tax.get(f"/v1/deals/{number}").get_json()
    version = deal["version"]
    assessed = {
        "version": version + 1,
        "gates": {"deed": "due", "iit": "due"},
        "private": {"amounts": {"value": {"due_fen": {"deed": 3, "iit": 1}}, "to": both}},
    }
    answer = tax.post(f"/v1/cases/{number}/tax/assess", assessed)
    assert answer.status_code == 201, answer.text
    place = f"/v1/cases/{number}"
    city.everywhere(answer.get_json()["index"])
    early = registry.post(f"{place}/enter", If_Match=registry.get(place).headers["ETag"])
    assert early.status_code == 422
    assert "tax-not-cleared" in [reason["name"] for reason in early.get_json()["reasons"]]
    cleared = {
        "version": version + 1,
        "vouchers": [
            {"tax": tax_, "number": f"V-TEST-{tax_}", "kind": "payment"} for tax_ in ("deed", "iit")
        ],
        "private": {"payments": {"value": {"paid_fen": {"deed": 3, "iit": 1}}, "to": both}},
    }
    answer = tax.post(f"/v1/cases/{number}/tax/clear", cleared)
    assert answer.status_code == 201, answer.text
    city.everywhere(answer.get_json()["index"])
    done = registry.post(f"{place}/enter", If_Match=registry.get(place).headers["ETag"])
    assert done.status_code == 201, done.text


@pytest.mark.parametrize("act", ["assess", "clear", "refund"])
def test_tax_acts_on_no_case_are_404(city: Town, act: str) -> None:
    bodies = {
        "assess": {"version": 1, "gates": {"deed": "due"}},
        "refund": {},
        "clear": {"version": 1, "vouchers": [{"tax": "deed", "number": "1", "kind": "payment"}]},
    }
    answer = city.caller("hz-tax").post(f"/v1/cases/441302-20260101-999999/tax/{act}", bodies[act])
    assert answer.status_code == 404
