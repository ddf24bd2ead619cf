"""What a rule set changes keeps its earlier value beside it, so that what was judged under an earlier set stays as it was.

Three things change in this way: a fact of a row (`before` of `ActKind` and `EventKind`), the type of a member of an
act, an event or a part of one (`BEFORE` of its struct), and a row of a table such as that of taxes.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Protocol, TypeVar

T = TypeVar("T")

# Numbers of rule sets, ascending, each with the value before that set: ((3, X), (5, Y)) is X in sets 1 and 2, Y in sets
# 3 and 4, and today's value from set 5 on. For the type of a member, None means that there was no such member.
Before = tuple[tuple[int, T], ...]


class Row(Protocol):
    """A row some of whose facts have an earlier value; `before` holds it by the name of the fact."""

    @property
    def before(self) -> Mapping[str, Before[Any]]:
        """The earlier values."""


R = TypeVar("R", bound=Row)


def in_set(number: int, today: T, before: Before[T]) -> T:
    """Return a value as the rule set with this number has it."""
    return next((was for since, was in before if number < since), today)


def row_in(number: int, row: R) -> R:
    """Return a row as the rule set with this number has it."""
    was = {name: in_set(number, getattr(row, name), before) for name, before in row.before.items()}
    return replace(row, **was) if was else row  # type: ignore[type-var]


def before_of(struct: type[Any]) -> Mapping[str, Before[Any]]:
    """Return the earlier types of the members of a struct, with those that it has from its bases."""
    found: dict[str, Before[Any]] = {}
    for base in reversed(struct.__mro__):
        found |= vars(base).get("BEFORE", {})
    return found
