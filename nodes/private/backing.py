"""The parts of an application that state what its acts rest on (`dengbu.ledger.rules.backing`), and their shapes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

from dengbu.ledger.cases.judging import kind_of
from dengbu.ledger.catalogue import AnyAct
from dengbu.ledger.register.register import Register
from dengbu.ledger.rules.backing import Asked, Held, Stated
from dengbu.ledger.rules.payload_shapes import Agreement, Price, Terms


@dataclass(frozen=True)
class Telling:
    """A part that the application must have, and its shape."""

    part: str
    shape: type[msgspec.Struct]


TELLING: Mapping[Stated, Telling] = {
    Stated.TERMS: Telling("terms", Terms),
    Stated.PRICE: Telling("contract", Price),
    Stated.AGREEMENT: Telling("contract", Agreement),
}


def asked(register: Register, acts: Sequence[AnyAct]) -> list[Asked]:
    """Return the persons that the acts of a case ask for, each given the holders after the acts before it."""
    held = Held(register)
    found: list[Asked] = []
    for act in acts:
        row = kind_of(act).backing
        found.extend(row.asks(held, act))
        held.gain(row.gives(held, act))
    return found
