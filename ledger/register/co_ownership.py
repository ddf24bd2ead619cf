"""Who holds and who must agree: co-ownership as exact fractions (Civil Code 297-301, Urban Real Estate Law 38)."""

import itertools
from collections.abc import Sequence
from fractions import Fraction

from dengbu.ledger.law.values import fraction, sum_to_one
from dengbu.ledger.register.records import Holder, Policy, Right

WHOLE = "1/1"
TWO_THIRDS = Fraction(2, 3)
BY_LAW_OF_ALL = "urban-real-estate-law"


def badly_shared(mode: str, holders: Sequence[Holder]) -> bool:
    """Whether mode and shares do not fit: single one whole, joint several wholes, by shares several that make one."""
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
    """Whether someone named as consenting holds nothing."""
    refs = [holder.ref for holder in right.holders]
    return any(ref not in refs for ref in consent)


def may_mortgage(right: Right, consent: Sequence[str]) -> bool:
    """Whether those who consent may encumber the whole: all joint holders, or two thirds of the shares (CC 301)."""
    if right.mode != "shares":
        return all(holder.ref in consent for holder in right.holders)
    agreed = [fraction(holder.share) for holder in right.holders if holder.ref in consent]
    return sum(share for share in agreed if share is not None) >= TWO_THIRDS


def is_the_same(right: Right, mode: str, holders: Sequence[Holder]) -> bool:
    """Whether these holders, with their shares, are those of the right."""
    held, given = (sorted((one.ref, one.share) for one in some) for some in (right.holders, holders))
    return (right.mode, held) == (mode, given)


def losers(right: Right, consent: Sequence[str], mode: str, after: Sequence[Holder]) -> tuple[Holder, ...]:
    """The holders that neither consent nor stay with at least what they have.

    Joint holders have no shares to compare: that they stay joint holders is all that can be asked here.
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
    """Whether those who consent may transfer the whole; the policy says which of two statutes governs shares."""
    if policy.consent == BY_LAW_OF_ALL:
        return all(holder.ref in consent for holder in right.holders)
    return may_mortgage(right, consent)
