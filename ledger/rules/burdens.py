"""Burdens on a unit that is split or merged: who must consent, and how they continue (IR 26; Civil Code 414).

The rows on the old unit end as carried. Each successor unit has rows of its own, in the same order, that name the old
ones as their origin.
"""

import heapq
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from dengbu.ledger.register.encumbrances import Mortgage, Seizure
from dengbu.ledger.register.record import Record
from dengbu.ledger.register.records import Right, Unit
from dengbu.ledger.register.register import Overlay
from dengbu.ledger.rules.act import OTHER_RIGHTS, ActView, issue
from dengbu.ledger.rules.in_force import notices, objections
from dengbu.ledger.rules.mortgages import joined, on_unit
from dengbu.ledger.rules.seizure_queue import effective_seizure, queue

CARRIED = "carried"


def consent_is_missing(view: ActView[Any], unit: Unit) -> bool:
    """Whether a mortgagee of the unit has not signed the application."""
    return any(one.mortgagee not in view.consents for one in on_unit(view.register, unit))


def promise_stands(view: ActView[Any], unit: Unit) -> bool:
    """Whether an advance notice on the unit is in force; a holder who agrees cancels it in the same case."""
    return bool(notices(view.register, unit, view.at.time))


def objection_stands(view: ActView[Any], unit: Unit) -> bool:
    """Whether an objection is in force on the unit."""
    return bool(objections(view.register, unit, view.at.time))


def court_is_silent(view: ActView[Any], unit: Unit) -> bool:
    """Whether a seizure binds the unit and its court has not signed the application."""
    seizure = effective_seizure(view.register, unit, view.at.time)
    return seizure is not None and seizure.court not in view.consents


def conversion_is_awaited(view: ActView[Any], unit: Unit) -> bool:
    """Whether the unit will carry a construction mortgage, or bears one that covers unfinished units."""
    return bool(unit.awaiting) or any(one.covers for one in on_unit(view.register, unit))


@dataclass(frozen=True, slots=True)
class Draft:
    """An act that is being entered: a view that includes its changes so far, and the overlay that holds them."""

    view: ActView[Any]
    overlay: Overlay


def draft(view: ActView[Any]) -> Draft:
    """Begin a draft of an act, without any changes yet."""
    overlay = Overlay(view.register)
    return Draft(replace(view, register=overlay), overlay)


def carry(made: Draft, old: tuple[Unit, ...], to: tuple[Unit, ...]) -> tuple[str, ...]:
    """Carry all mortgages and seizures of the old units to each new unit, and return the new certificate numbers."""
    # Mortgages of one old unit keep their order of rank, which may have been agreed or come from an advance notice;
    # those of several old units are put together in the order of registration.
    mortgages = list(heapq.merge(*(on_unit(made.view.register, unit) for unit in old), key=_registered))
    seizures = [one for unit in old for one in queue(made.view.register, unit, made.view.at.time)]
    seizures.sort(key=lambda one: (one.served, one.since))
    numbers = tuple(number for unit in to for number in _burdened(made, unit, mortgages, seizures))
    index = made.view.at.index
    made.overlay.apply(msgspec.structs.replace(one, status=CARRIED, ended=index) for one in mortgages)
    for rank, one in enumerate(mortgages, 1):
        rows = tuple(_row_id(made, unit, rank) for unit in to)
        made.overlay.apply(joined(made.overlay, one, rows))
    made.overlay.apply(msgspec.structs.replace(one, status=CARRIED) for one in seizures)
    return numbers


def _burdened(made: Draft, unit: Unit, mortgages: list[Mortgage], seizures: list[Seizure]) -> tuple[str, ...]:
    numbers = []
    for rank, one in enumerate(mortgages, 1):
        mortgage = _row_id(made, unit, rank)
        certificate, counter = issue(made.view, OTHER_RIGHTS, mortgage, unit.code)
        assert unit.right is not None
        row = msgspec.structs.replace(
            one,
            id=mortgage,
            unit=unit.code,
            right=unit.right,
            rank=rank,
            certificate=certificate.number,
            origin=one.id,
        )
        made.overlay.apply((row, certificate, counter))
        numbers.append(certificate.number)
    waiting = [_seizure(made, unit, one, nth) for nth, one in enumerate(seizures, 1)]
    made.overlay.apply(waiting)
    laden = msgspec.structs.replace(
        unit,
        mortgages=tuple(_row_id(made, unit, rank) for rank in range(1, len(mortgages) + 1)),
        seizures=tuple(one.id for one in waiting),
    )
    made.overlay.apply((laden,))
    return tuple(numbers)


def _registered(one: Mortgage) -> tuple[str, int, int]:
    return (one.entered_on, one.since, one.rank)


def _row_id(made: Draft, unit: Unit, rank: int) -> str:
    return f"M-{made.view.number}-{made.view.ordinal}-{unit.code}-{rank}"


def _seizure(made: Draft, unit: Unit, one: Seizure, nth: int) -> Seizure:
    return msgspec.structs.replace(
        one,
        id=f"S-{made.view.at.index}-{unit.code}-{nth}",
        unit=unit.code,
        status="effective" if nth == 1 else "waiting",
        origin=one.id,
    )


def retired(view: ActView[Any], unit: Unit, right: Right, successors: tuple[str, ...]) -> tuple[Record, ...]:
    """Return the records that retire a unit that was split, merged or lost, with nothing on it and its right ended."""
    gone = msgspec.structs.replace(
        unit,
        status="retired",
        head=view.at.index,
        right=None,
        mortgages=(),
        seizures=(),
        notices=(),
        marks=(),
        habitations=(),
        easements=(),
        successors=successors,
    )
    return (gone, msgspec.structs.replace(right, status="ended", ended=view.at.index))
