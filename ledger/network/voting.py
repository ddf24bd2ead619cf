"""Votes on the order of events: who has one, what it weighs, and how an institution loses it.

Nobody ever holds a third of the weight. While fewer than four institutions have a full vote, those that lost theirs
keep the least weight: with three votes of 10 and one of 1, nobody holds a third (10 of 31), and the three together
decide (30 of 31).
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from dengbu.ledger.law import law
from dengbu.ledger.law.verdict import Code
from dengbu.ledger.network.key_enrolment import KeyOffer
from dengbu.ledger.register.members import VOTERS_KEY, KeyClass, Voter, Voters
from dengbu.ledger.register.register import Register
from dengbu.ledger.rules.rule import Rule, View

FULL_WEIGHT = 10
LEAST_WEIGHT = 1
FULL_VOTERS_MIN = 4  # 3f + 1 with f = 1


def voters(register: Register) -> tuple[Voter, ...]:
    """The voters in order of institution; none in a network whose members do not vote on the order."""
    found = register.get(Voters, VOTERS_KEY)
    return found.voters if found else ()


def has_full_vote(among: Iterable[Voter], institution: str) -> bool:
    """Whether an institution has a vote of full weight."""
    return any(one.institution == institution and one.weight == FULL_WEIGHT for one in among)


def first(offered: Iterable[tuple[str, KeyOffer]]) -> tuple[Voter, ...]:
    """The voters at a founding, from pairs of institution and vote key."""
    return _weighed([_voter(institution, key) for institution, key in offered], [])


def with_vote(among: Sequence[Voter], institution: str, key: KeyOffer) -> tuple[Voter, ...]:
    """The voters once this institution votes with this key and no other."""
    others = [one for one in among if one.institution != institution]
    full, reserve = _parted(others)
    return _weighed([*full, _voter(institution, key)], reserve)


def with_keys(register: Register, institution: str, offered: Iterable[KeyOffer]) -> tuple[Voter, ...]:
    """The voters once an institution also has these keys."""
    among = voters(register)
    for one in keys_of(offered, KeyClass.VOTE):
        among = with_vote(among, institution, one)
    return among


def without_vote(among: Sequence[Voter], institution: str) -> tuple[Voter, ...]:
    """The voters once this institution has lost its full vote."""
    full, reserve = _parted(among)
    kept = [one for one in full if one.institution != institution]
    return _weighed(kept, [*reserve, *(one for one in full if one.institution == institution)])


def holds_a_third(among: Sequence[Voter]) -> bool:
    """Whether a single voter could stop the others; False if nobody votes."""
    total = sum(one.weight for one in among)
    return any(3 * one.weight >= total for one in among)


def keys_of(offered: Iterable[KeyOffer], cls: KeyClass) -> list[KeyOffer]:
    """The offered keys of a class."""
    return [one for one in offered if one.cls == cls]


def unevenly_offered(founders: Iterable[Sequence[KeyOffer]]) -> bool:
    """Whether some founder offers a vote or link key, but not every founder offers exactly one of each."""
    counts = [(len(keys_of(one, KeyClass.VOTE)), len(keys_of(one, KeyClass.LINK))) for one in founders]
    return any(count != (0, 0) for count in counts) and any(count != (1, 1) for count in counts)


def change(register: Register, changed: tuple[Voter, ...]) -> tuple[Voters, ...]:
    """Return the record of the voters if they have changed, otherwise nothing."""
    return () if changed == voters(register) else (Voters(changed),)


def _voter(institution: str, key: KeyOffer) -> Voter:
    return Voter(institution, key.id, key.public, FULL_WEIGHT)


def _parted(among: Iterable[Voter]) -> tuple[list[Voter], list[Voter]]:
    """The voters of full weight, and the others."""
    full = [one for one in among if one.weight == FULL_WEIGHT]
    return full, [one for one in among if one.weight != FULL_WEIGHT]


def _weighed(full: Sequence[Voter], reserve: Iterable[Voter]) -> tuple[Voter, ...]:
    """Return the voters in order of institution; the reserve votes, with least weight, if full votes are too few."""
    needed = reserve if len(full) < FULL_VOTERS_MIN else ()
    least = [Voter(one.institution, one.key, one.public, LEAST_WEIGHT) for one in needed]
    return tuple(sorted([*full, *least], key=lambda one: one.institution))


def nobody_votes(offered: Callable[[View[Any]], Sequence[KeyOffer]]) -> Rule[View[Any]]:
    """Return the rule that refuses vote and link keys in a network whose members do not vote on the order."""

    def refuses(view: View[Any]) -> bool:
        brought = any(one.cls in (KeyClass.VOTE, KeyClass.LINK) for one in offered(view))
        return brought and not voters(view.register)

    return Rule(Code.NOBODY_VOTES, (law.NET_6,), refuses)


def too_few(changed: Callable[[View[Any]], Sequence[Voter]]) -> Rule[View[Any]]:
    """Return the rule that refuses if anybody would hold a third; `changed` gives the voters as they would be."""
    return Rule(Code.VOTERS_TOO_FEW, (law.NET_6,), lambda view: holds_a_third(changed(view)))
