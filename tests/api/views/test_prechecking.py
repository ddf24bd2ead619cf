"""A pre-check says what then happens, and leaves nothing behind but its row in the access log."""

import secrets
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from dengbu.nodes.home.rate_limits import Rate, RateLimits
from tests.api.town import PEOPLE, Town, loan, mortgage_of, sale_of, town
from tests.waiting import until

Body = dict[str, Any]
Change = Callable[[Body], None]
TO = ["bank-a", "hz-registry"]


def application(title: Body) -> Body:
    """Return the application for a mortgage that the automatic desk enters."""
    return {"district": "441302", "channel": "outlet", "acts": [mortgage_of(title)], "private": loan(title)}


def checked(city: Town, body: Any, bank: str = "bank-a") -> TestResponse:
    """Pre-check an application at a bank, without an Idempotency-Key."""
    return city.caller(bank).call("POST", "/v1/cases?check=true", body)


def nothing(body: Body) -> None:
    """Leave the application as it is."""


def no_parties(body: Body) -> None:
    """Nobody is named."""
    del body["private"]["parties"]


def no_amount(body: Body) -> None:
    """The amount is missing."""
    del body["private"]["terms"]


def negative_amount(body: Body) -> None:
    """The amount is below zero."""
    body["private"]["terms"]["value"] = {"amount_fen": -5}


def hidden_from_the_registry(body: Body) -> None:
    """The registry may not read who the parties are."""
    body["private"]["parties"]["to"] = ["bank-a"]


def a_stranger(body: Body) -> None:
    """Somebody is named who does not hold the unit."""
    stranger = {name: PEOPLE[1][name] for name in ("name", "id_type", "id_no")}
    body["private"]["parties"]["value"] = {"mortgagors": [stranger]}


def a_stranger_consents(body: Body) -> None:
    """The consent is that of nobody who holds the unit."""
    body["acts"][0]["consent"] = ["0" * 64]


def unknown_right(body: Body) -> None:
    """There is no such right."""
    body["acts"][0]["right"] = "R-9"


def bad_number(body: Body) -> None:
    """A number fails its check digit."""
    body["private"]["parties"]["value"]["mortgagors"][0] |= {"id_type": "1", "id_no": "441302190001010018"}


def misshapen(body: Body) -> None:
    """The parties are a text."""
    body["private"]["parties"]["value"] = "x"


def payloads_kept(home: Path) -> int:
    """Return how many payloads a node keeps."""
    with closing(sqlite3.connect(home / "vault.db")) as db:
        return int(db.execute("SELECT count(*) FROM payloads").fetchone()[0])


CASES: list[tuple[Change, str, list[str]]] = [
    (nothing, "automatic", []),
    (no_parties, "person", ["parties-missing"]),
    (no_amount, "person", ["terms-missing"]),
    (negative_amount, "person", ["terms-shape"]),
    (hidden_from_the_registry, "person", ["parties-missing"]),
    (a_stranger_consents, "refused", ["not-holder", "co-owner-consent"]),
    (unknown_right, "refused", ["right-unknown"]),
    (bad_number, "blocked", ["bad-identity"]),
    (misshapen, "blocked", ["payload-shape"]),
]


@pytest.mark.parametrize(("change", "handling", "codes"), CASES, ids=[one[0].__name__ for one in CASES])
def test_it_says_what_then_happens(city: Town, change: Change, handling: str, codes: list[str]) -> None:
    body = application(city.title())
    change(body)
    answer = checked(city, body)
    assert answer.status_code == 200, answer.text
    found = answer.get_json()
    assert found["handling"] == handling, found
    told = {"refused": "reasons", "blocked": "problems"}.get(handling, "doubts")
    said = [one.get("name", one.get("code")) for one in found[told]]
    assert said == codes
    made = city.caller("bank-a").post("/v1/cases", body)
    if handling == "blocked":
        assert (made.status_code, [one["code"] for one in made.get_json()["problems"]]) == (409, said)
    elif handling == "refused":
        assert (made.status_code, [one["name"] for one in made.get_json()["reasons"]]) == (422, said)
    elif handling == "person":
        assert city.handed_over(made.get_json()["result"]["case"]) == said
    else:
        assert city.entered("bank-a", made.get_json()["result"]["case"])["state"] == "entered"


@pytest.mark.parametrize("at", ["bank-a", "hz-registry"])
def test_it_tells_nobody_whether_a_person_is_the_holder(city: Town, at: str) -> None:
    """At the registry a guess and the holder differ by a case that goes to a person, and by no word about persons."""
    title = city.title()
    body = application(title)
    if at == "hz-registry":
        body["acts"][0]["mortgagee"] = "bank-b"  # which has not signed: refused anyway
    holder = checked(city, body, at).get_json()
    a_stranger(body)
    guess = checked(city, body, at).get_json()
    assert "identity-mismatch" not in str(guess)
    if at == "bank-a":
        assert guess == holder
    else:
        assert [one["code"] for one in guess["doubts"]] == ["goes-to-a-person"]
        assert guess["problems"] == holder["problems"] == []


def test_it_leaves_nothing_but_a_row_in_the_access_log(city: Town) -> None:
    title = city.title()
    node = city.nodes["bank-a"]
    city.everywhere(node.head.size - 1)
    size, kept = node.head.size, payloads_kept(node.home)
    before = city.caller("bank-a", "auditor").get("/v1/access-log?limit=100").get_json()["head"]["n"]
    body = application(title)
    canary = "不应留存" + secrets.token_hex(8)
    body["private"]["terms"]["value"]["note"] = canary
    answer = city.caller("bank-a").post("/v1/cases?check=true", body, key="a-key-that-stays-free")
    assert answer.status_code == 200, answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.get_json()["as_of"] == node.head.size == size
    assert payloads_kept(node.home) == kept
    rows = city.caller("bank-a", "auditor").get(f"/v1/access-log?after={before}").get_json()["items"]
    assert [(one["purpose"], one["case"], one["officer"], one["fields"]) for one in rows] == [
        ("pre-check", "-", "officer-01", [title["unit"]])
    ]
    assert rows[0]["subjects"] == title["refs"]
    for folder in [one.home for one in city.nodes.values()]:
        assert not any(canary.encode() in path.read_bytes() for path in folder.glob("*.db*"))
    made = city.caller("bank-a").post("/v1/cases", body, key="a-key-that-stays-free")
    assert made.status_code == 201, made.text  # the key was not spent


def test_an_act_that_the_policy_leaves_to_people_and_a_signature_that_is_missing_are_told(city: Town) -> None:
    title, to = city.title(), ["hz-registry", "hz-tax"]
    ref = city.caller("hz-registry").post(
        "/v1/holder-references", {"unit": title["unit"], **{n: PEOPLE[1][n] for n in ("id_type", "id_no")}}
    )
    persons = [{name: one[name] for name in ("name", "id_type", "id_no")} for one in PEOPLE]
    private = {
        "parties": {"value": {"transferors": persons[:1], "transferees": persons[1:]}, "to": to},
        "contract": {"value": {"price_fen": 120_000_000}, "to": to},
    }
    sale = sale_of(title, ref.get_json()["ref"])
    body = {"district": "441302", "channel": "counter", "acts": [sale], "private": private}
    found = checked(city, body, "hz-registry").get_json()
    assert found["handling"] == "person"
    assert [(one["code"], one["where"]) for one in found["doubts"]] == [("not-for-the-desk", "transfer")]
    found = checked(city, {**body, "acts": [mortgage_of(title)]}, "hz-registry").get_json()
    assert [one["name"] for one in found["reasons"]] == ["mortgagee-did-not-sign"]


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        (lambda body: body.update(district="4413"), 422, "invalid-request"),
        (lambda body: body["acts"][0].pop("unit"), 422, "invalid-request"),
        (lambda body: body["acts"][0].update(act="mortgage.seize"), 422, "invalid-request"),
        (lambda body: body["private"]["terms"].update(to=["bank-z"]), 422, "invalid-request"),
        (lambda body: body.update(check=True), 422, "invalid-request"),
    ],
    ids=["district", "no unit", "no such act", "unknown recipient", "unknown member"],
)
def test_a_body_that_could_not_be_sent_is_refused_as_if_it_were(
    city: Town, change: Callable[[Body], object], status: int, code: str
) -> None:
    body = application(city.title())
    change(body)
    told = checked(city, body)
    assert (told.status_code, told.get_json()["code"]) == (status, code), told.text
    made = city.caller("bank-a").post("/v1/cases", body)
    assert (made.status_code, made.get_json()["code"]) == (status, code)
    assert told.get_json()["errors"] == made.get_json()["errors"]


@pytest.mark.parametrize("asked", ["yes", "", "2"])
def test_a_mistyped_check_is_an_error_and_no_application(city: Town, asked: str) -> None:
    body = application(city.title())
    answer = city.caller("bank-a").post(f"/v1/cases?check={asked}", body)
    assert answer.status_code == 422
    assert city.caller("bank-a").post("/v1/cases?chek=true", body).status_code == 422


def test_only_who_may_apply_may_ask(city: Town) -> None:
    body = application(city.title())
    assert checked(city, body, "hz-tax").status_code == 403
    assert city.caller("bank-a", "auditor").call("POST", "/v1/cases?check=true", body).status_code == 403


def test_it_is_counted_by_key_and_unit(tmp_path: Path) -> None:
    limits = RateLimits(unit_checks=Rate(burst=2, per_minute=1))
    with town(tmp_path, {"hz-registry": "registry", "bank-a": "bank", "bank-b": "bank"}, limits) as city:
        body, other = application(city.title()), application(city.title())
        assert [checked(city, body).status_code for _ in range(3)] == [200, 200, 429]
        stopped = checked(city, body)
        assert "unit-checks" in stopped.headers["RateLimit"]
        assert int(stopped.headers["Retry-After"]) > 0
        assert checked(city, other).status_code == 200
        assert checked(city, body, "bank-b").status_code == 200
        rows = city.caller("bank-a", "auditor").get("/v1/access-log").get_json()["items"]
        assert [one["purpose"] for one in rows] == ["pre-check"] * 3
        city.described.settle()
        until(lambda: city.nodes["bank-a"].final_size >= 3, "the titles are final")
