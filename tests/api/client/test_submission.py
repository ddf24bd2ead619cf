"""What was submitted, what the node says, and what the receipt proves must be one and the same event."""

import time
from pathlib import Path
from typing import Any

import pytest

from dengbu.api.client import ApiError, Client, NoPolicy, NotAnEvent, Rejected, TurnedAway, VerificationError
from tests.api.client.scripted import Reply, Scripted, problem, says
from tests.ledger.small_log import SmallLog, body, decision, signer

LOG = SmallLog(9)
NUMBER = 4
CASE = "441302-20261122-000004"
ACTS = body(NUMBER)["data"]["acts"]
ASKED: dict[str, Any] = {"district": "441302", "channel": "outlet", "acts": ACTS, "key": f"event-{NUMBER}"}
REFUSED: dict[str, Any] = {**ASKED, "acts": body(5)["data"]["acts"], "key": "event-5"}


def final(number: int = NUMBER, **members: Any) -> dict[str, Any]:
    """Return what an honest node says of an entry of the small log."""
    told = decision(number)
    said = {
        "status": "final",
        "actor": "bank-a",
        "id": f"event-{number}",
        "index": number,
        "height": 1,
        "time": 1,
    }
    return {**said, "outcome": told["outcome"], "result": told.get("result", {}), **members}


def pending() -> dict[str, Any]:
    return {"status": "pending", "actor": "bank-a", "id": f"event-{NUMBER}"}


@pytest.fixture
def bank(node: Scripted, policy: Path) -> Any:
    """A client of a node that shows the small log and knows the case."""
    node.show(LOG)
    node.on(
        f"GET /v1/cases/{CASE}",
        says({"number": CASE, "state": "accepted", "actor": "bank-a", "new": [1]}, ETag='"e-1"'),
    )
    with Client(node.url, key=signer("client"), policy=policy) as client:
        yield client


def test_a_case_comes_back_with_its_verified_receipt(node: Scripted, bank: Client) -> None:
    node.on("POST /v1/cases", says(final(), 201))
    case = bank.cases.apply(**ASKED)
    asked = len(node.asked)
    assert (case.number, case.state, case.etag, case.extra) == (CASE, "accepted", '"e-1"', {"new": [1]})
    assert case.receipt().index == NUMBER
    assert len(node.asked) == asked, "the receipt was verified already"
    post = node.asked[0]
    assert post.headers["Idempotency-Key"] == f"event-{NUMBER}"
    assert post.headers["Prefer"].startswith("wait=")


def test_a_pending_case_is_followed_until_final(node: Scripted, bank: Client) -> None:
    node.on("POST /v1/cases", says(pending(), 202))
    node.on(
        f"GET /v1/events/bank-a/event-{NUMBER}", says(pending()), problem(404, "not-found"), says(final())
    )
    assert bank.cases.apply(**ASKED).number == CASE


def turned_away() -> dict[str, Any]:
    return {
        **pending(),
        "status": "turned-away",
        "code": "expired",
        "number": 1109,
        "title_zh": "事件已过期",
        "title_en": "The event has expired",
        "detail": "1 lies before 2",
    }


def test_an_event_that_is_turned_away_while_it_is_followed_is_not_waited_for(
    node: Scripted, bank: Client
) -> None:
    node.on("POST /v1/cases", says(pending(), 202))
    node.on(f"GET /v1/events/bank-a/event-{NUMBER}", says(pending()), says(turned_away()))
    began = time.monotonic()
    with pytest.raises(
        TurnedAway, match="expired: 事件已过期 The event has expired: 1 lies before 2"
    ) as caught:
        bank.cases.apply(**ASKED, wait=60)
    assert time.monotonic() - began < 30
    assert (caught.value.code, caught.value.status) == ("expired", 400)
    assert "新编号" in caught.value.hint
    assert isinstance(caught.value, ApiError)


def test_that_it_was_turned_away_is_found_out_later_too(node: Scripted, bank: Client) -> None:
    node.on("POST /v1/cases", says(pending(), 202))
    node.on(f"GET /v1/events/bank-a/event-{NUMBER}", says(turned_away()))
    case = bank.cases.apply(**ASKED, wait=0)
    assert case.state == "pending"
    with pytest.raises(TurnedAway):
        case.receipt(wait=60)
    outcome = bank.events.get("bank-a", f"event-{NUMBER}")
    assert (outcome.turned_away, outcome.final, outcome.number) == (True, False, 1109)


def test_without_waiting_the_receipt_is_lazy(node: Scripted, bank: Client) -> None:
    node.on("POST /v1/cases", says(pending(), 202))
    node.on(f"GET /v1/events/bank-a/event-{NUMBER}", says(pending()), says(final()))
    case = bank.cases.apply(**ASKED, wait=0)
    assert (case.number, case.state) == (None, "pending")
    assert "Prefer" not in node.asked[0].headers
    assert case.receipt(wait=5).case == CASE


LIES: dict[str, dict[str, Any]] = {
    "another entry": final(index=5),
    "another outcome": final(outcome="entered"),
    "another result": final(result={"case": "441302-20261122-000009"}),
    "another actor": final(actor="bank-b"),
    "another id": final(id="event-5"),
    "an index that is none": final(index=None),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_node_that_lies_about_the_entry_is_found_out(node: Scripted, bank: Client, lie: str) -> None:
    node.on("POST /v1/cases", says(LIES[lie], 201))
    with pytest.raises(VerificationError):
        bank.cases.apply(**ASKED)


@pytest.mark.parametrize(
    "change",
    [
        {"district": "441303"},
        {"channel": "counter"},
        {"acts": [{**ACTS[0], "unit": "x"}]},
        {"acts": ACTS * 2},
        {"acts": [{**ACTS[0], "consent": ["somebody"]}]},
    ],
)
def test_a_node_that_logged_something_else_is_found_out(
    node: Scripted, bank: Client, change: dict[str, Any]
) -> None:
    node.on("POST /v1/cases", says(final(), 201))
    with pytest.raises(VerificationError, match="not what was sent"):
        bank.cases.apply(**{**ASKED, **change})


def test_false_and_empty_members_may_be_left_out_on_the_log(node: Scripted, bank: Client) -> None:
    node.on("POST /v1/cases", says(final(), 201))
    acts = [{**ACTS[0], "no_transfer": False, "consent": []}]
    assert bank.cases.apply(**{**ASKED, "acts": acts}).number == CASE


def refusal(**members: Any) -> Reply:
    reasons = decision(5)["reasons"]
    return problem(
        422, "unit-seized", **{"reasons": reasons, "index": 5, "actor": "bank-a", "id": "event-5", **members}
    )


def test_a_refusal_is_proved_before_it_is_raised(node: Scripted, bank: Client) -> None:
    node.on("POST /v1/cases", refusal())
    with pytest.raises(Rejected) as caught:
        bank.cases.apply(**REFUSED)
    assert caught.value.receipt is not None
    assert caught.value.receipt.outcome == "refused"
    assert [reason["code"] for reason in caught.value.reasons] == [3001]


@pytest.mark.parametrize(
    "members",
    [
        {"index": 4},
        {"reasons": [{"code": 3002, "name": "other", "law": []}]},
        {"reasons": [*decision(5)["reasons"], {"code": 1, "name": "more", "law": []}]},
        {"index": 8},
    ],
)
def test_a_refusal_that_the_log_does_not_hold_is_a_lie(
    node: Scripted, bank: Client, members: dict[str, Any]
) -> None:
    node.on("POST /v1/cases", refusal(**members))
    with pytest.raises(VerificationError):
        bank.cases.apply(**REFUSED)


def test_a_refusal_found_while_following_is_raised_too(node: Scripted, bank: Client) -> None:
    node.on("POST /v1/cases", says({**pending(), "id": "event-5"}, 202))
    told = final(5, reasons=decision(5)["reasons"])
    node.on("GET /v1/events/bank-a/event-5", says(told))
    with pytest.raises(Rejected) as caught:
        bank.cases.apply(**REFUSED)
    assert caught.value.receipt is not None


def test_a_refusal_of_something_else_is_a_lie(node: Scripted, bank: Client) -> None:
    node.on("POST /v1/cases", refusal())
    with pytest.raises(VerificationError, match="not what was sent"):
        bank.cases.apply(**{**REFUSED, "acts": ACTS})


def test_a_decision_names_the_etag_it_was_made_on(node: Scripted, bank: Client) -> None:
    node.on(f"POST /v1/cases/{CASE}/enter", problem(412, "precondition-failed"))
    with pytest.raises(Exception, match="precondition-failed"):
        bank.cases.enter(CASE, key="k-1")
    asked = [each for each in node.asked if each.method == "POST"]
    assert asked[0].headers["If-Match"] == '"e-1"'
    assert asked[0].body == b""
    assert "Content-Type" not in asked[0].headers


def test_an_envelope_is_submitted_as_it_is(node: Scripted, bank: Client) -> None:
    raw = bank.receipts.get(NUMBER).verified.entry.envelope.raw
    node.on("POST /v1/events", says(final(), 201))
    outcome, receipt = bank.events.submit_proved(raw)
    assert (outcome.outcome, receipt is not None) == ("accepted", True)
    assert node.asked[-2].body == raw


def test_an_envelope_answered_with_another_is_a_lie(node: Scripted, bank: Client) -> None:
    raw = bank.receipts.get(NUMBER).verified.entry.envelope.raw.replace(
        b'"channel":"outlet"', b'"channel":"online"'
    )
    node.on("POST /v1/events", says(final(), 201))
    with pytest.raises(VerificationError):
        bank.events.submit(raw)


@pytest.mark.parametrize("raw", [b"", b"{}", b"\xff", b'{"body":{},"sigs":[]}'])
def test_what_is_no_event_is_not_sent(node: Scripted, bank: Client, raw: bytes) -> None:
    with pytest.raises(NotAnEvent):
        bank.events.submit(raw)
    assert node.asked == []


def test_without_a_policy_writes_work_and_receipts_do_not(node: Scripted) -> None:
    node.show(LOG)
    node.on("POST /v1/cases", says(final(), 201))
    node.on(f"GET /v1/cases/{CASE}", says({"number": CASE, "state": "accepted"}))
    with Client(node.url) as client:
        case = client.cases.apply(**ASKED)
        assert case.number == CASE
        with pytest.raises(NoPolicy):
            case.receipt()


def test_the_feed_resumes_where_it_was_left(node: Scripted, bank: Client) -> None:
    item = {
        "height": 1,
        "time": 1,
        "outcome": "accepted",
        "type": "case.apply",
        "units": ["u"],
        "later": True,
    }
    node.on(
        "GET /v1/events",
        says({"items": [{"index": 0, **item}, {"index": 2, **item}], "next_after": 3, "head": 6}),
        says({"items": [], "next_after": 4, "head": 6}),
        says({"items": [{"index": 5, **item}], "next_after": 5, "head": 6}),
    )
    found = list(bank.events(follow=False))
    assert [each.index for each in found] == [0, 2, 5]
    assert found[0].extra == {"later": True}
    assert [asked.target.split("after=")[1].split("&")[0] for asked in node.asked] == ["-1", "3", "4"]


def test_pages_are_read_to_the_end_and_no_page_twice(node: Scripted, bank: Client) -> None:
    case = {"number": CASE, "state": "accepted"}
    node.on(
        "GET /v1/cases",
        says({"items": [case], "next_cursor": "a"}),
        says({"items": [case, case], "next_cursor": "b"}),
        says({"items": [], "next_cursor": None}),
    )
    assert len(list(bank.cases.list(mine=True))) == 3
    assert "mine=true" in node.asked[0].target
    node.on("GET /v1/cases", says({"items": [case], "next_cursor": "a"}))
    with pytest.raises(VerificationError, match="same page"):
        list(bank.cases.list())


@pytest.mark.parametrize("answer", [[], None, "text", {"state": "accepted"}])
def test_an_answer_of_the_wrong_shape_is_not_believed(node: Scripted, bank: Client, answer: Any) -> None:
    node.on(f"GET /v1/cases/{CASE}", says(answer))
    with pytest.raises(VerificationError):
        bank.cases.get(CASE)


DATA: dict[str, Any] = body(NUMBER)["data"]


def test_what_was_stated_is_what_the_receipt_proves(node: Scripted, bank: Client) -> None:
    node.on("POST /v1/statements", says(final(), 201))
    outcome, receipt = bank.events.state("case.apply", DATA, key=f"event-{NUMBER}")
    assert receipt is not None
    assert (outcome.index, receipt.index, receipt.type) == (NUMBER, NUMBER, "case.apply")
    assert node.asked[0].headers["Idempotency-Key"] == f"event-{NUMBER}"


@pytest.mark.parametrize(
    ("type_", "data", "code"),
    [
        ("court.seize", DATA, "other-event"),
        ("case.apply", {**DATA, "district": "441399"}, "other-data"),
        ("case.apply", {**DATA, "until": "2027-12-31"}, "other-event"),
        ("case.apply", {"district": DATA["district"]}, "other-event"),
    ],
)
def test_a_statement_that_became_another_is_not_believed(
    node: Scripted, bank: Client, type_: str, data: dict[str, Any], code: str
) -> None:
    node.on("POST /v1/statements", says(final(), 201))
    with pytest.raises(VerificationError) as found:
        bank.events.state(type_, data, key=f"event-{NUMBER}")
    assert found.value.code == code


def test_a_statement_that_waits_is_pending(node: Scripted, bank: Client) -> None:
    node.on("POST /v1/statements", says(pending(), 202))
    outcome, receipt = bank.events.state("case.apply", DATA, key=f"event-{NUMBER}", wait=0)
    assert (outcome.status, receipt) == ("pending", None)
