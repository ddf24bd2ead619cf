"""The formats that this software speaks and the newest rule set that it has."""

from dengbu.ledger.log import envelope, httpsig
from dengbu.ledger.rules.rule_sets import NEWEST

FORMATS = (envelope.TAG, httpsig.TAG)


def told() -> str:
    """Return one line with the formats, and the newest rule set by number and hash."""
    return f"{', '.join(FORMATS)}, 规则集 rule set {NEWEST.number} {NEWEST.hash}"
