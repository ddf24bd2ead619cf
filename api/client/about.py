"""What this software speaks and judges by: formats, and the newest rule set that it keeps."""

from dengbu.ledger.rules.rule_sets import NEWEST

FORMATS = ("dengbu-event/v1", "dengbu-http/v1")


def told() -> str:
    """One line: the formats, and the newest rule set by number and hash."""
    return f"{', '.join(FORMATS)}, 规则集 rule set {NEWEST.number} {NEWEST.hash}"
