"""The taxes on a transfer by the rate table: a cross-check for the tax bureau, which never replaces its assessment."""

from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from typing import Literal

from dengbu.ledger.advisory.rates import RELIEFS, TABLES, Charge, Kind, Rate
from dengbu.ledger.law.calendar import years_later
from dengbu.ledger.law.uses import DWELLING


@dataclass(frozen=True, slots=True)
class Transfer:
    """A transfer, as far as its taxes depend on it; money is in fen, area in cm2.

    `on` is the day of the contract, on which the tax arises (Deed Tax Law 9). `relief` is the code under which relief
    from deed tax is claimed. `held_since` is the day on which the seller acquired the unit and `cost_fen` the price
    paid for it; either is None if unknown.
    """

    on: date
    price_fen: int
    area_cm2: int
    use: str = DWELLING
    cause: str = "sale"
    buyer: Kind = "person"
    seller: Kind = "person"
    vat_included: bool = False
    relief: str | None = None
    held_since: date | None = None
    sole_home: bool = False
    cost_fen: int | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One tax: its base and amount in fen, and the row of the table that applies."""

    tax: Charge
    base_fen: int
    due_fen: int
    row: Rate


@dataclass(frozen=True, slots=True)
class Untold:
    """A tax for which no row of the table applies, and the missing datum with which one would; None if none would."""

    tax: Charge
    missing: Literal["held_since", "cost_fen"] | None


class NotCalculable(ValueError):
    """Raised if the table does not give the price without VAT; the text says what is needed, in Chinese and English."""


def may_claim(transfer: Transfer) -> bool:
    """Whether the claimed relief exists and may be claimed for this transfer; true if none is claimed."""
    if transfer.relief is None:
        return True
    found = RELIEFS.get(transfer.relief)
    if found is None:
        return False
    return (
        found.buyer in (None, transfer.buyer)
        and found.dwelling in (None, transfer.use == DWELLING)
        and (found.causes is None or transfer.cause in found.causes)
    )


def calculate(transfer: Transfer) -> tuple[Line, ...]:
    """Return the taxes for which the table has a row, in its order; `untold` returns the others.

    A relief that may not be claimed is ignored.

    Raises `NotCalculable` if the price includes VAT and the table has no rate by which to deduct it.
    """
    vat = rate_of("vat", transfer)
    if transfer.vat_included and vat is None:
        raise NotCalculable(
            "无法换算不含税价, 请给出不含增值税的价格或取得日期"
            " the price without VAT cannot be computed: give that price, or the day on which the seller acquired the unit"
        )
    net = transfer.price_fen
    if transfer.vat_included and vat is not None:
        rate = vat.rate
        net = _rounded(Fraction(transfer.price_fen * rate.denominator, rate.denominator + rate.numerator))
    found = ((tax, vat if tax == "vat" else rate_of(tax, transfer)) for tax in TABLES)
    return tuple(_line(tax, row, net, transfer) for tax, row in found if row is not None)


def untold(transfer: Transfer) -> tuple[Untold, ...]:
    """Return the taxes that `calculate` leaves out, in the order of the tables."""
    return tuple(Untold(tax, _missing(tax, transfer)) for tax in TABLES if rate_of(tax, transfer) is None)


def _missing(tax: Charge, transfer: Transfer) -> Literal["held_since", "cost_fen"] | None:
    if transfer.held_since is None and rate_of(tax, replace(transfer, held_since=transfer.on)) is not None:
        return "held_since"
    if transfer.cost_fen is None and rate_of(tax, replace(transfer, cost_fen=0)) is not None:
        return "cost_fen"
    return None


def rate_of(tax: Charge, transfer: Transfer) -> Rate | None:
    """The first row of a tax that fits the transfer, or None."""
    return next((row for row in TABLES[tax] if row.tax == tax and _fits(row, transfer)), None)


def _line(tax: Charge, row: Rate, net: int, transfer: Transfer) -> Line:
    if tax == "vat" and transfer.vat_included:
        return Line(tax, net, transfer.price_fen - net, row)
    base = max(0, net - (transfer.cost_fen or 0)) if row.of_gain else net
    return Line(tax, base, _rounded(base * row.rate), row)


def _fits(row: Rate, transfer: Transfer) -> bool:
    day = transfer.on.isoformat()
    return (
        row.since <= day <= (row.until or day)
        and (row.causes is None or transfer.cause in row.causes)
        and (row.relief is None or (row.relief == transfer.relief and may_claim(transfer)))
        and row.dwelling in (None, transfer.use == DWELLING)
        and row.buyer in (None, transfer.buyer)
        and row.seller in (None, transfer.seller)
        and (row.area_max_cm2 is None or transfer.area_cm2 <= row.area_max_cm2)
        and _held(row, transfer)
        and row.sole_home in (None, transfer.sole_home)
        and (not row.of_gain or transfer.cost_fen is not None)
    )


def _held(row: Rate, transfer: Transfer) -> bool:
    if row.held_min is None and row.held_below is None:
        return True
    since = transfer.held_since
    if since is None:
        return False
    if row.held_min is not None:
        return years_later(since, row.held_min) <= transfer.on
    return row.held_below is None or years_later(since, row.held_below) > transfer.on


def _rounded(amount: Fraction) -> int:
    """Round to the nearest fen, half a fen up."""
    return (2 * amount.numerator + amount.denominator) // (2 * amount.denominator)
