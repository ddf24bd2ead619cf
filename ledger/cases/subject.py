"""What an event is about: its case and its units, from its data, the result of its decision and the register.

A refused event may name anything, so whatever is not in the register, or no text, is passed over.
"""

from collections.abc import Mapping
from typing import Any

from dengbu.ledger.cases.judging import typed, units_of
from dengbu.ledger.events.titles import units_in
from dengbu.ledger.register.encumbrances import Seizure
from dengbu.ledger.register.records import Case
from dengbu.ledger.register.register import Register


def case_number(data: Mapping[str, Any], result: Mapping[str, Any]) -> str | None:
    """Return the number of the case that an event opens or names; None without one."""
    number = result.get("case") or data.get("case")
    return number if isinstance(number, str) else None


def units_about(register: Register, data: Mapping[str, Any], result: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the units that an admitted event is about, each once.

    They are those of its case, or else of the acts it applies for; the units that it or its result names; and that of the
    seizure it names. `register` is one after the event, so that it has a case that the event opens.
    """
    number, seizure = case_number(data, result), data.get("seizure")
    case = register.get(Case, number) if number else None
    served = register.get(Seizure, seizure) if isinstance(seizure, str) else None
    found = [
        *(case.units if case else units_of(register, typed(data.get("acts", ())))),
        *units_in(data),
        *units_in(result),
        *(() if served is None else (served.unit,)),
    ]
    return tuple(dict.fromkeys(found))
