"""The mortgages that an act gives and ends: what the automatic desk compares with those that a bank has already."""

from typing import Any

from dengbu.ledger.register.register import Register


def nobody(act: Any) -> None:
    """Return None, for an act that gives no mortgage and promises none."""
    return


def its_mortgagee(act: Any) -> str | None:
    """Return the institution to which the act gives or promises a mortgage, if there is one."""
    mortgagee: str | None = act.mortgagee
    return mortgagee


def none(register: Register, act: Any) -> tuple[str, ...]:
    """Return no mortgage, for an act that ends none."""
    return ()
