"""Shares of co-owners as exact fractions in lowest terms, never decimals."""

import re
from collections.abc import Sequence
from fractions import Fraction

SHARE_PATTERN = "[1-9][0-9]{0,8}/[1-9][0-9]{0,8}"  # of a share as it is written, reduced or not
_SHARE = re.compile(SHARE_PATTERN, re.ASCII)


def fraction(share: str) -> Fraction | None:
    """The exact value of a share such as "1/3", or None unless it is written in lowest terms and is at most one."""
    if _SHARE.fullmatch(share) is None:
        return None
    value = Fraction(share)
    written = f"{value.numerator}/{value.denominator}"
    return value if value <= 1 and written == share else None


def sum_to_one(shares: Sequence[str]) -> bool:
    """Whether all these shares are well-formed and add up to exactly one."""
    values = [fraction(share) for share in shares]
    return (
        all(value is not None for value in values)
        and sum(value for value in values if value is not None) == 1
    )
