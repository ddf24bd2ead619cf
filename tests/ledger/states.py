"""What may have happened to a unit before something is asked for: each leaves a town in one state."""

from collections.abc import Callable, Mapping
from typing import Any

from dengbu.ledger.register.records import Holder, Right, Unit
from tests.worlds import DISTRICT, UNIT, World, codes, ref

Change = Callable[[World], Any]
PAPER = "(2026)粤1302执1号"


def the_right(town: World, unit: str = UNIT) -> Right:
    """The current right on a unit."""
    found = town.one(Right, town.one(Unit, unit).right)
    assert isinstance(found, Right)
    return found


def nothing(town: World) -> None:
    """Leave the town as it is."""


def dispute(town: World, unit: str = UNIT) -> None:
    """Mark a unit disputed."""
    town.change(town.one(Unit, unit), disputed=True)


def seize(town: World, unit: str = UNIT, until: str = "2028-11-22") -> str:
    """Have court-1 seize a unit; the seizure's id."""
    if ("institution", "court-1") not in town.register.items():
        town.court()
    done = town.do("court-1", "court.seize", {"unit": unit, "document": PAPER, "until": until})
    assert done.outcome == "recorded", codes(done)
    return str(done.result["seizure"])


def joint(town: World) -> None:
    """Make the owner a joint owner with a spouse."""
    town.change(the_right(town), mode="joint", holders=(held("owner"), held("spouse")))


def by_shares(town: World) -> None:
    """Make the owner one of three by thirds."""
    thirds = tuple(held(who, "1/3") for who in ("owner", "two", "three"))
    town.change(the_right(town), mode="shares", holders=thirds)


def held(who: str, share: str = "1/1") -> Holder:
    """A holder as a right has it."""
    return Holder(ref(who), share)


def end_right(town: World) -> None:
    """End the right, as a transfer elsewhere would."""
    town.change(the_right(town), status="ended")


def kept_out(town: World, actor: str, *acts: Mapping[str, Any], **more: Any) -> list[str]:
    """What keeps an application out, if anything; it is judged and not made."""
    data = {"district": DISTRICT, "channel": "counter", "acts": [dict(act) for act in acts]}
    return codes(town.judge(town.envelope(actor, "case.apply", data, **more)))
