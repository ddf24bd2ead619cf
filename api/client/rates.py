"""The rate table and its calculator, for programs that estimate taxes before applying. The figures bind nobody."""

from dengbu.ledger.advisory.calculator import Line, NotCalculable, Transfer, calculate, may_claim
from dengbu.ledger.advisory.rates import CM2_PER_M2, RELIEFS, Rate

__all__ = [
    "CM2_PER_M2",
    "RELIEFS",
    "Line",
    "NotCalculable",
    "Rate",
    "Transfer",
    "calculate",
    "may_claim",
]
