"""States in which a unit may be before something is asked for: each function puts a town into one of them."""

from collections.abc import Callable, Mapping
from typing import Any

from dengbu.ledger.register.record import Holder
from dengbu.ledger.register.records import Unit
from tests.worlds import DISTRICT, UNIT, World, codes, ref, the_right

Change = Callable[[World], Any]
PAPER = "(2026)粤1302执1号"


def nothing(town: World) -> None:
    """Leave the town as it is."""


def dispute(town: World, unit: str = UNIT) -> None:
    """Mark a unit disputed."""
    town.change(town.one(Unit, unit), disputed=True)


def joint(town: World) -> None:
    """Make the owner a joint owner with a spouse."""
    town.change(the_right(town), mode="joint", holders=(held("owner"), held("spouse")))


def by_shares(town: World) -> None:
    """Make the owner one of three equal co-owners."""
    thirds = tuple(held(who, "1/3") for who in ("owner", "two", "three"))
    town.change(the_right(town), mode="shares", holders=thirds)


def held(who: str, share: str = "1/1") -> Holder:
    """Return a holder as a right lists it."""
    return Holder(ref(who), share)


def end_right(town: World) -> None:
    """End the right, as a transfer elsewhere would."""
    town.change(the_right(town), status="ended")


def kept_out(town: World, actor: str, *acts: Mapping[str, Any], **more: Any) -> list[str]:
    """Return the reasons that bar an application; it is judged but not made."""
    data = {"district": DISTRICT, "channel": "counter", "acts": [dict(act) for act in acts]}
    return codes(town.judge(town.envelope(actor, "case.apply", data, **more)))
