"""Private payloads: made, packed for entitled institutions, checked on arrival, delivered until acknowledged."""

from dataclasses import dataclass

from ledger.encoding import JSONValue


@dataclass(frozen=True)
class PrivatePart:
    """What an officer gives for one private part: the value and the institutions entitled to read it."""

    value: JSONValue
    to: tuple[str, ...]
