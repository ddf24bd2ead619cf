"""The rate limit on reading personal data, for one key over all routes."""

import math

from flask import g

from dengbu.api.edge.errors import Problem
from dengbu.api.edge.state import state


def spend_personal_read() -> None:
    """Take one of the caller's reads of personal data. Raises Problem too-many-requests when none is left."""
    wait = state().limits.personal_reads.take(g.client.key)
    if wait:
        raise Problem("too-many-requests", headers={"Retry-After": str(math.ceil(wait))})
