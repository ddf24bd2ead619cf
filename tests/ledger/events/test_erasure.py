"""payload.erase is recorded once; ordered again, it is refused."""

import pytest

from dengbu.ledger.admission import NotAdmitted
from dengbu.ledger.events.erasure import COMMITMENTS_MAX
from dengbu.ledger.law.verdict import Code
from dengbu.ledger.register.records import Erased
from dengbu.ledger.transition import Decision
from tests.worlds import World, codes, ref, world

A, B = ref("a"), ref("b")


@pytest.fixture
def town() -> World:
    """A founded network."""
    return world()


def erase(town: World, *commitments: str, by: str = "hz-registry") -> Decision:
    """Order an erasure; return the decision."""
    return town.do(by, "payload.erase", {"commitments": list(commitments), "ground": "purpose-ended"})


def test_an_erasure_is_recorded_with_the_entry_that_ordered_it(town: World) -> None:
    index = town.index
    assert erase(town, A, B).result == {"erased": 2}
    assert [town.one(Erased, one).index for one in (A, B)] == [index, index]


@pytest.mark.parametrize(
    ("commitments", "expected"),
    [
        ([A], ["already-erased"]),
        ([B, A], ["already-erased"]),
        ([B, B], ["commitment-repeated"]),
        ([A, A], ["commitment-repeated", "already-erased"]),
        ([B], []),
    ],
)
def test_nothing_is_erased_twice(town: World, commitments: list[str], expected: list[str]) -> None:
    erase(town, A)
    assert codes(erase(town, *commitments)) == expected
    assert expected == [] or town.register.get(Erased, B) is None


def test_only_the_registry_orders_it(town: World) -> None:
    assert codes(erase(town, A, by="bank-a")) == ["not-authorised"]


@pytest.mark.parametrize("commitments", [[], ["short"], [ref(str(n)) for n in range(COMMITMENTS_MAX + 1)]])
def test_an_order_out_of_shape_is_kept_out(town: World, commitments: list[str]) -> None:
    with pytest.raises(NotAdmitted) as raised:
        erase(town, *commitments)
    assert raised.value.code == Code.MALFORMED_DATA
