"""The formats that this software speaks and the newest rule set that it has."""

from dengbu.ledger.rules.rule_sets import NEWEST

FORMATS = ("dengbu-event/v1", "dengbu-http/v1")


def told() -> str:
    """Return one line with the formats, and the newest rule set by number and hash."""
    return f"{', '.join(FORMATS)}, 规则集 rule set {NEWEST.number} {NEWEST.hash}"
