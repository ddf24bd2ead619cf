"""The taxes to be cleared before an act is entered, by the cause of the transfer and the kind of seller."""

from collections.abc import Mapping
from typing import Literal, get_args

from dengbu.ledger.register.dated import Before, in_set

Tax = Literal["deed", "iit", "lvat"]
TAXES: tuple[Tax, ...] = get_args(Tax)
FoundBy = Literal["taxpayer", "bureau"]
TAXPAYER, BUREAU = FOUND_BY = get_args(FoundBy)  # who found an overpayment
BOUND = (
    "unit",
    "right",
    "cause",
    "seller",
    "mode",
    "holders",
)  # the fields of an act that are assessed; every taxed act has them

# The taxes to be cleared, by cause and seller: deed tax of the new holder (Deed Tax Law 11), income tax of a
# person who sells or gives (IIT 15), land VAT of an enterprise (LVAT 12). An exemption clears, "none" does not.
# A pair that is not here is impossible: only persons die, and only organisations merge.
REQUIRED: Mapping[tuple[str, str], tuple[Tax, ...]] = {
    ("sale", "person"): ("deed", "iit"),
    ("sale", "enterprise"): ("deed", "lvat"),
    ("gift", "person"): ("deed", "iit"),
    ("gift", "enterprise"): ("deed", "lvat"),
    ("exchange", "person"): ("deed", "iit"),
    ("exchange", "enterprise"): ("deed", "lvat"),
    ("contribution", "person"): ("deed", "iit"),
    ("contribution", "enterprise"): ("deed", "lvat"),
    ("merger", "enterprise"): ("deed", "lvat"),
    ("inheritance", "person"): ("deed",),
    ("legacy", "person"): ("deed",),
    ("judgment", "person"): ("deed", "iit"),
    ("judgment", "enterprise"): ("deed", "lvat"),
    ("share-change", "person"): ("deed", "iit"),
    ("share-change", "enterprise"): ("deed", "lvat"),
    ("court-order", "person"): ("deed", "iit"),
    ("court-order", "enterprise"): ("deed", "lvat"),
}
# What a pair required before a later rule set; None if it was impossible. A pair that becomes impossible stays above, and
# a rule refuses it from then on.
REQUIRED_BEFORE: Mapping[tuple[str, str], Before[tuple[Tax, ...] | None]] = {}


def required(cause: str, seller: str, rule_set: int) -> tuple[Tax, ...] | None:
    """Return the taxes to be cleared under the rule set with this number; None for a pair that is impossible."""
    pair = (cause, seller)
    return in_set(rule_set, REQUIRED.get(pair), REQUIRED_BEFORE.get(pair, ()))
