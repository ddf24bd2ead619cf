"""What looks like a person's number in an id, and what does not although it is made of digits."""

import random
import uuid

import pytest

from dengbu.api.edge.personal_numbers import looks_personal
from dengbu.ledger.law.identifiers import citizen_check

BODY = "11010519491231002"
CITIZEN = BODY + citizen_check(BODY)
SEED = 20261122


@pytest.mark.parametrize(
    "number",
    [
        CITIZEN,
        CITIZEN.lower(),
        BODY + "1",
        "110105491231002",
        "13800000000",
        "8613800000000",
        "008619912345678",
    ],
)
@pytest.mark.parametrize("around", ["{}", "loan-{}", "{}-1", "id:{}", "tel{}", "x.{}_y", "客户{}"])
def test_a_number_is_found_wherever_it_stands(number: str, around: str) -> None:
    assert looks_personal(around.format(number))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "loan-20261122-17",
        "441302-20261122-000001",
        "import-441302001001GB00001F00010001-2",
        "1795305600000",  # a time in ms
        "1795305600123456789",  # in ns
        "12800000000",  # no mobile number begins so
        "138000000001",
        "11010519491331002X",  # a thirteenth month
        "110105491232002",  # the 32nd of a month
        "91441300MA4UXXXX1A",  # an organisation
        "0x13800000000f",
        f"a{CITIZEN}",  # inside hexadecimal digits
    ],
)
def test_what_is_no_number_of_a_person_is_left_alone(text: str) -> None:
    assert not looks_personal(text)


def test_random_ids_never_look_personal() -> None:
    """Ids as programs make them: whoever uses them must not be refused once in ten thousand times."""
    chance = random.Random(SEED)
    made = (uuid.UUID(int=chance.getrandbits(128), version=4) for _ in range(100_000))
    found = [
        one for each in made for one in (str(each), each.hex, f"py-{each.hex[:16]}") if looks_personal(one)
    ]
    assert found == [], SEED
