"""Opened private parts, read in the shapes of `dengbu.ledger.rules.payload_shapes`."""

from dataclasses import dataclass
from typing import TypeVar

import msgspec

from dengbu.ledger.log.encoding import JSONValue
from dengbu.ledger.rules.rule import Does
from dengbu.ledger.transition import EVENTS
from dengbu.nodes.private.findings import Finding

T = TypeVar("T")


@dataclass(frozen=True)
class Part:
    """An opened part: the type of its event, its name, the assessment's version if the event has one, and the value."""

    event_type: str
    name: str
    version: int | None
    value: JSONValue

    @property
    def is_of_application(self) -> bool:
        """Whether it came with the application, not later."""
        return EVENTS[self.event_type].does is Does.ACCEPTS

    @property
    def is_expected(self) -> bool:
        """Whether its event's row has a part of this name."""
        return self.name in EVENTS[self.event_type].parts


class Misshapen(Exception):
    """A part lacks the shape that its name requires; the text never repeats its content."""


def shaped(part: Part, name: str, kind: type[T]) -> T | None:
    """Return the typed value of a part; None if it has another name. Raises Misshapen."""
    if part.name != name:
        return None
    try:
        return msgspec.convert(part.value, kind)
    except msgspec.ValidationError:  # its text could carry personal data
        raise Misshapen(f"{name} is not shaped as {kind.__name__}") from None


def looked_into(part: Part, name: str, kind: type[T]) -> T | Finding | None:
    """Do as `shaped`, but return a problem instead of raising Misshapen."""
    try:
        return shaped(part, name, kind)
    except Misshapen as fault:
        return Finding("payload-shape", name, "材料结构不符", f"the payload {fault}")
