"""What a request takes from its caller's limits, whatever the route: a write, a reading of personal data, a pre-check."""

import math
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from flask import g

from dengbu.api.edge.access import SYSTEM
from dengbu.api.edge.buckets import Buckets
from dengbu.api.edge.errors import Problem
from dengbu.api.edge.state import state

WRITES, PERSONAL_READS, UNIT_CHECKS = POLICIES = ("writes", "personal-reads", "unit-checks")

View = TypeVar("View", bound=Callable[..., Any])

_ATTRIBUTE = "dengbu_personal"


def spend_write() -> None:
    """Take one of the caller's writes. Raises Problem too-many-requests when none is left."""
    limits = state().limits
    _spend(WRITES, limits.system_writes if _is_system() else limits.officer_writes)


def spend_personal_read() -> None:
    """Take one of the caller's reads of personal data. Raises Problem too-many-requests when none is left."""
    limits = state().limits
    _spend(PERSONAL_READS, limits.system_personal_reads if _is_system() else limits.officer_personal_reads)


def spend_unit_check(unit: str) -> None:
    """Take one of the caller's pre-checks of a unit. Raises Problem too-many-requests when none is left."""
    _spend(UNIT_CHECKS, state().limits.unit_checks, unit)


def personal(view: View) -> View:
    """Declare that a route reads personal data: each call takes one of the caller's reads.

    The view then raises Problem too-many-requests when none is left.
    """

    @wraps(view)
    def counted(*args: Any, **kwargs: Any) -> Any:
        spend_personal_read()
        return view(*args, **kwargs)

    setattr(counted, _ATTRIBUTE, True)
    return cast(View, counted)


def is_personal(view: Any) -> bool:
    """Return whether a view function reads personal data."""
    return bool(getattr(view, _ATTRIBUTE, False))


def _is_system() -> bool:
    return SYSTEM in g.client.scopes


def _spend(policy: str, buckets: Buckets, about: str | None = None) -> None:
    spent = buckets.take(g.client.key if about is None else f"{g.client.key} {about}")
    g.setdefault("spent", []).append((policy, spent))
    if not spent.wait_s:
        return
    wait_s = math.ceil(spent.wait_s)
    raise Problem(
        "too-many-requests",
        f"此密钥的 {policy} 已用完:一次至多 {spent.rate.burst} 次,每分钟恢复 {spent.rate.per_minute} 次;请 {wait_s} 秒后再试。",
        f"This key has used up its {policy}: {spent.rate.burst} at once, {spent.rate.per_minute} more a minute; "
        f"try again in {wait_s} s.",
        headers={"Retry-After": str(wait_s)},
    )
