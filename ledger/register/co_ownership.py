"""Co-ownership in exact fractions: who holds and who must consent (Civil Code 297-301, Urban Real Estate Law 38)."""

import itertools
from collections.abc import Sequence
from fractions import Fraction

from dengbu.ledger.law.values import fraction, sum_to_one
from dengbu.ledger.register.members import Policy
from dengbu.ledger.register.record import Holder
from dengbu.ledger.register.records import Right

WHOLE = "1/1"
TWO_THIRDS = Fraction(2, 3)
BY_LAW_OF_ALL = "urban-real-estate-law"


def badly_shared(mode: str, holders: Sequence[Holder]) -> bool:
    """Whether the shares do not fit the mode.

    A single holder has the whole ("1/1"). Joint holders are two or more, each with the whole. Holders by shares are
    two or more, whose shares add up to exactly one.
    """
    shares = [holder.share for holder in holders]
    if mode == "shares":
        return len(shares) < 2 or not sum_to_one(shares)
    wholes = all(share == WHOLE for share in shares)
    return not wholes or (len(shares) != 1 if mode == "single" else len(shares) < 2)


def repeated(holders: Sequence[Holder]) -> bool:
    """Whether a holder is named twice."""
    refs = sorted(holder.ref for holder in holders)
    return any(one == other for one, other in itertools.pairwise(refs))


def strangers(right: Right, consent: Sequence[str]) -> bool:
    """Whether someone named as consenting does not hold the right."""
    refs = [holder.ref for holder in right.holders]
    return any(ref not in refs for ref in consent)


def may_mortgage(right: Right, consent: Sequence[str]) -> bool:
    """Whether the consents suffice to mortgage the whole: all holders, or by shares at least two thirds (CC 301)."""
    if right.mode != "shares":
        return all(holder.ref in consent for holder in right.holders)
    agreed = [fraction(holder.share) for holder in right.holders if holder.ref in consent]
    return sum(share for share in agreed if share is not None) >= TWO_THIRDS


def is_the_same(right: Right, mode: str, holders: Sequence[Holder]) -> bool:
    """Whether the mode, the holders and their shares are those of the right."""
    held, given = (sorted((one.ref, one.share) for one in some) for some in (right.holders, holders))
    return (right.mode, held) == (mode, given)


def losers(right: Right, consent: Sequence[str], mode: str, after: Sequence[Holder]) -> tuple[Holder, ...]:
    """The holders who neither consent nor keep at least what they have.

    Joint holders have no shares to compare, so it is enough that they remain joint holders.
    """
    return tuple(
        one for one in right.holders if one.ref not in consent and not _stays(right.mode, one, mode, after)
    )


def _stays(had: str, holder: Holder, has: str, holders: Sequence[Holder]) -> bool:
    after = next((one for one in holders if one.ref == holder.ref), None)
    if after is None or had != has:
        return False
    before, now = fraction(holder.share), fraction(after.share)
    return before is not None and now is not None and now >= before


def may_transfer(right: Right, consent: Sequence[str], policy: Policy) -> bool:
    """Whether the consents suffice to transfer the whole; the policy says which of two statutes governs shares."""
    if policy.consent == BY_LAW_OF_ALL:
        return all(holder.ref in consent for holder in right.holders)
    return may_mortgage(right, consent)
