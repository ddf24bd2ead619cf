"""Reading personal data: so many reads a minute for one key, whatever the route."""

import math

from flask import g

from dengbu.api.edge.errors import Problem
from dengbu.api.edge.state import state


def spend_personal_read() -> None:
    """Take one of the caller's reads of personal data; Problem too-many-requests when there is none left."""
    wait = state().limits.personal_reads.take(g.client.key)
    if wait:
        raise Problem("too-many-requests", headers={"Retry-After": str(math.ceil(wait))})
