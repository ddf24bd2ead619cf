"""The automatic desk over the API: what an outlet's key can read and send mortgages no one's home."""

from typing import Any
from urllib.parse import quote

import pytest

from tests.api.town import PEOPLE, Town, loan

TO = ["bank-a", "hz-registry"]
NUMBERS = [{"amount_fen": 1.5}, {"amount_fen": 2**53}]  # the ledger has no format for these


def part(value: Any, to: list[str] = TO) -> dict[str, Any]:
    """Return a private part."""
    return {"value": value, "to": to}


def test_a_certificate_number_is_not_enough_and_the_worklist_says_why(city: Town) -> None:
    title, bank = city.title(), city.caller("bank-a")
    read = bank.get(f"/v1/certificates/{quote(title['certificate'])}").get_json()
    act = {"act": "mortgage.set", "unit": title["unit"], "right": read["right"], "mortgagee": "bank-a"}
    act |= {"kind": "ordinary", "no_transfer": False, "consent": [one["ref"] for one in read["holders"]]}
    asked = {"district": "441302", "channel": "outlet", "acts": [act]}
    answer = bank.post("/v1/cases", asked)
    assert answer.status_code == 201, answer.text
    number = answer.get_json()["result"]["case"]
    assert city.handed_over(number) == ["parties-missing", "terms-missing"]
    rows = city.caller("hz-registry").get("/v1/worklists/registry?limit=100").get_json()["items"]
    (shown,) = (row for row in rows if row["number"] == number)
    parties, terms = shown["desk"]
    assert "申报材料未列明当事人" in parties
    assert "[parties-missing]" in parties
    assert "amount secured" in terms


@pytest.mark.parametrize(
    ("changed", "doubts"),
    [
        ({"parties": part({"mortgagors": []})}, ["parties-missing"]),
        ({"parties": part({"mortgagors": PEOPLE[:1]})}, ["identity-mismatch"]),
        ({"parties": part({"mortgagors": [*PEOPLE, {**PEOPLE[0], "id_no": "TEST-X"}]})}, ["identity-mismatch", "persons-alike"]),
        ({"parties": part({"mortgagors": PEOPLE}, ["bank-a"])}, ["parties-missing"]),
        ({"terms": part({"amount_fen": 1}, ["bank-a"])}, ["terms-missing"]),
        *(({"terms": part(one)}, ["terms-shape"]) for one in ({"amount_fen": 0}, {"amount_fen": -5}, {"amount_fen": True},
                                                              {"amount_fen": "80"}, {}, [], "x", None)),
    ],
)  # fmt: skip
def test_two_co_owners_are_both_named_and_the_amount_is_told(
    city: Town, changed: dict[str, Any], doubts: list[str]
) -> None:
    title = city.title(holders=2)
    answer = city.mortgage(title, private={**loan(title), **changed})
    assert answer.status_code == 201, answer.text
    assert city.handed_over(answer.get_json()["result"]["case"]) == doubts


@pytest.mark.parametrize("terms", NUMBERS)
def test_an_amount_that_no_format_has_is_not_even_sent(city: Town, terms: dict[str, Any]) -> None:
    title = city.title()
    answer = city.mortgage(title, private={**loan(title), "terms": part(terms)})
    assert (answer.status_code, answer.get_json()["code"]) == (422, "invalid-request")


def test_a_second_mortgage_of_the_bank_is_for_a_person(city: Town) -> None:
    title = city.title()
    first = city.mortgage(title).get_json()["result"]["case"]
    city.entered("bank-a", first)
    second = city.mortgage(title).get_json()["result"]["case"]
    assert city.handed_over(second) == ["second-mortgage"]
    other = city.title()
    city.entered("bank-b", city.mortgage(other, "bank-b").get_json()["result"]["case"])
    city.entered("bank-a", city.mortgage(other).get_json()["result"]["case"])
