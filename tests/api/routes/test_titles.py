"""Titles by the batch over the API: all or none, with the place of each that is refused, and each one found as a single one is."""

from typing import Any
from urllib.parse import quote

import pytest

from dengbu.ledger.events.title_batches import TITLES_MAX
from tests.api.town import PEOPLE, UNITS, Town
from tests.waiting import until

R = "hz-registry"
BATCHES = "/v1/title-batches"


def titles(city: Town, count: int, holders: int = 1) -> list[dict[str, Any]]:
    """Titles that no test has used."""
    found = []
    for _ in range(count):
        city.next_certificate += 1
        found.append(
            {
                "unit": UNITS[city.next_unit],
                "use": "dwelling",
                "area_cm2": 890_000,
                "mode": "single" if holders == 1 else "shares",
                "certificate": f"粤(2020)惠州市不动产权第{city.next_certificate:07d}号",
                "registered_on": "2020-05-06",
                "location": f"惠州市惠城区测试路 {city.next_unit} 号",
                "holders": [{**one, "share": f"1/{holders}"} for one in PEOPLE[:holders]],
            }
        )
        city.next_unit += 1
    return found


def post(city: Town, *some: dict[str, Any], key: str | None = None) -> Any:
    return city.caller(R).post(BATCHES, {"titles": list(some)}, key=key)


def test_each_title_of_a_batch_is_found_as_a_single_one_is(city: Town) -> None:
    some = titles(city, 3, holders=2)
    answer = post(city, *some)
    assert answer.status_code == 201, answer.text
    said = answer.get_json()
    assert (said["outcome"], said["result"]) == ("recorded", {"imported": 3})
    registry = city.caller(R)
    for title in some:
        unit = registry.get(f"/v1/units/{title['unit']}").get_json()
        assert (unit["head"], unit["right"]["certificate"]) == (said["index"], title["certificate"])
        (line,) = registry.get(f"/v1/units/{title['unit']}/history").get_json()["items"]
        assert (line["index"], line["type"]) == (said["index"], "title.import-batch")
        assert line["units"] == [one["unit"] for one in some]
        found = registry.get(f"/v1/certificates/{quote(title['certificate'])}").get_json()
        assert found["unit"] == title["unit"]
        asked = {**{name: PEOPLE[0][name] for name in ("id_type", "id_no")}, "unit": title["unit"]}
        ref = registry.post("/v1/holder-references", asked).get_json()["ref"]
        assert ref == unit["right"]["holders"][0]["ref"]
        (one,) = registry.get(f"/v1/events?unit={title['unit']}").get_json()["items"]
        assert one["index"] == said["index"]


def test_no_other_institution_sees_a_batch_or_gets_a_private_part(city: Town) -> None:
    said = post(city, *titles(city, 2)).get_json()
    city.everywhere(said["index"])
    for name, node in city.nodes.items():
        entry = node.ledger.entry(said["index"])
        assert entry is not None
        parts = entry.envelope.body.private
        assert [(one.name, one.to) for one in parts] == [("title-01", (R,)), ("title-02", (R,))]
        here = [node._wiring.vault.package(one.commitment) is not None for one in parts]
        assert here == [name == R] * 2
        line = city.caller(name).get(f"/v1/events?after={said['index'] - 1}&type=title.import-batch")
        assert bool(line.get_json()["items"]) == (name == R)
    assert city.caller("bank-a").post(BATCHES, {"titles": titles(city, 1)}).status_code == 403


@pytest.mark.parametrize("place", [1, 2, 3])
def test_a_refusal_names_the_places_and_enters_nothing(city: Town, place: int) -> None:
    (before,) = titles(city, 1)
    assert post(city, before).status_code == 201
    some = titles(city, 3)
    some[place - 1] |= {"certificate": before["certificate"], "registered_on": "2999-01-01"}
    answer = post(city, *some)
    assert answer.status_code == 422
    said = answer.get_json()
    assert [(one["name"], one["at"]) for one in said["reasons"]] == [
        ("certificate-used", {"titles": [place]}),
        ("bad-date", {"titles": [place]}),
    ]
    assert said["receipt"] == f"/v1/receipts/{said['index']}"
    for title in some:
        assert city.caller(R).get(f"/v1/units/{title['unit']}").status_code == 404
        (line,) = city.caller(R).get(f"/v1/events?unit={title['unit']}").get_json()["items"]
        assert (line["index"], line["outcome"]) == (said["index"], "refused")


def test_a_batch_has_at_most_so_many_titles(city: Town) -> None:
    most = titles(city, TITLES_MAX + 1)
    answer = post(city, *most)
    assert answer.status_code == 422
    (fault,) = answer.get_json()["errors"]
    assert (fault["pointer"], str(TITLES_MAX) in fault["detail"]) == ("#/titles", True)
    assert [one["pointer"] for one in post(city).get_json()["errors"]] == ["#/titles"]
    answer = post(city, *most[:-1])
    assert (answer.status_code, answer.get_json()["result"]) == (201, {"imported": TITLES_MAX})


def test_what_does_not_fit_into_an_event_is_said_before_anything_is_signed(city: Town) -> None:
    big = titles(city, 40, holders=2)
    for title in big:
        title["holders"] = [{**PEOPLE[0], "id_no": f"TEST{n:07}", "share": "1/10"} for n in range(10)]
    size = city.nodes[R].head.size
    answer = post(city, *big[:30])
    assert (answer.status_code, answer.get_json()["code"]) == (422, "invalid-request")
    assert "too-large" in answer.get_json()["detail_en"]
    for title in big:
        title["location"] = "路" * 200
    assert post(city, *big).get_json()["code"] == "body-too-large"
    assert city.nodes[R].head.size == size


def test_a_wrong_member_is_named_by_its_title(city: Town) -> None:
    some = titles(city, 3)
    some[1]["holders"][0]["id_no"] = ""
    some[2]["area_cm2"] = 0
    faults = post(city, *some).get_json()["errors"]
    assert {one["pointer"] for one in faults} == {"#/titles/1/holders/0/id_no", "#/titles/2/area_cm2"}
    some = titles(city, 2)
    some[1]["holders"][0] |= {"id_type": "1", "id_no": "441302190001010018"}
    answer = post(city, *some)
    assert (answer.status_code, answer.get_json()["code"]) == (409, "blocked")
    assert [one["where"] for one in answer.get_json()["problems"]] == ["title-02.holders[0]"]


def test_titles_that_were_imported_before_are_told_apart_from_changed_ones(city: Town) -> None:
    one, two, three, four = titles(city, 4)
    first = post(city, one, two, key="import-first").get_json()
    single = city.caller(R).post("/v1/titles", three).get_json()
    assert post(city, one, two, key="import-first").get_json() == first
    size = city.nodes[R].head.size
    answer = post(city, two, four, three, one)
    assert (answer.status_code, answer.get_json()["code"]) == (409, "already-imported")
    assert answer.get_json()["imported"] == [
        {"place": 1, "index": first["index"]},
        {"place": 3, "index": single["index"]},
        {"place": 4, "index": first["index"]},
    ]
    assert city.nodes[R].head.size == size
    for changed in ({"area_cm2": 1}, {"location": "另一处"}, {"holders": [{**PEOPLE[1], "share": "1/1"}]}):
        answer = post(city, four, {**two, **changed})
        assert answer.status_code == 422
        assert [reason["at"] for reason in answer.get_json()["reasons"]] == [{"titles": [2]}] * 2


def test_the_private_part_of_one_title_is_erased_and_the_others_stay(city: Town) -> None:
    some = titles(city, 3)
    said = post(city, *some).get_json()
    node = city.nodes[R]
    entry = node.ledger.entry(said["index"])
    assert entry is not None
    parts = [one.commitment for one in entry.envelope.body.private]
    raw = node.sign(
        "payload.erase",
        {"commitments": [parts[1]], "ground": "retention-over"},
        event_id=f"erase-{said['id'][-8:]}",
    )
    assert node.wait_final(node.submit(raw), 30) is not None
    until(lambda: node._wiring.vault.erased(parts[1]), "the part is erased")
    assert [node._wiring.vault.package(one) is not None for one in parts] == [True, False, True]
    answer = post(city, *some[::2], *titles(city, 1))
    assert [one["place"] for one in answer.get_json()["imported"]] == [1, 2]
    names = [one["name"] for one in post(city, some[1]).get_json()["reasons"]]
    assert names == ["unit-registered", "certificate-used"], (
        "what is erased is no longer known to be the same"
    )
