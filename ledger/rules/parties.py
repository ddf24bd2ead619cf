"""Parties to an act besides those that sign for it and the bank that it secures: they see its case, and all of the act."""

from typing import Any

from dengbu.ledger.register.encumbrances import Mortgage
from dengbu.ledger.register.register import Register


def none(register: Register, act: Any) -> tuple[str, ...]:
    """Return no institution, for an act that concerns only those that sign for it."""
    return ()


def mortgagee(register: Register, act: Any) -> tuple[str, ...]:
    """Return the mortgagee of the mortgage that the act names."""
    return mortgagees(register, act.mortgage)


def mortgagees(register: Register, *mortgages: str) -> tuple[str, ...]:
    """Return the mortgagees of these mortgages, as far as they exist."""
    found = [register.get(Mortgage, one) for one in mortgages]
    return tuple(one.mortgagee for one in found if one is not None)
