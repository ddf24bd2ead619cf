"""case.hand-over 转人工: the automatic desk leaves a case to a person, and the log says why (PIPL 24).

The desk enters a case or hands it over; it never refuses. A case that only has to wait (for tax, or for an earlier
case) is not handed over.
"""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from dengbu.ledger.cases.cases import OPEN, found
from dengbu.ledger.law import law
from dengbu.ledger.law.verdict import Code
from dengbu.ledger.register.members import KeyClass
from dengbu.ledger.register.shapes import CaseNumber, ListCode
from dengbu.ledger.rules import roles
from dengbu.ledger.rules.competence import DECIDES
from dengbu.ledger.rules.rule import Compared, Data, Does, Effects, EventKind, Rule, Title, View

DOUBTS_MAX = 32


class HandOver(Data, frozen=True, forbid_unknown_fields=True):
    """A handover of a case, with the code of every doubt."""

    case: CaseNumber
    doubts: Annotated[tuple[ListCode, ...], Meta(min_length=1, max_length=DOUBTS_MAX)]


def case_is_handed_over(view: View[Any]) -> bool:
    """The case has already been handed over to a person."""
    case = found(view)
    return case is not None and bool(case.handed_over)


RULES: tuple[Rule[View[HandOver]], ...] = (
    *OPEN,
    DECIDES,
    Rule(Code.ALREADY_HANDED_OVER, (law.PIPL_24,), case_is_handed_over),
)


def _hand_over(view: View[HandOver]) -> Effects:
    case = found(view)
    assert case is not None
    doubts = tuple(dict.fromkeys(view.data.doubts))
    changed = msgspec.structs.replace(case, handed_over=doubts, version=case.version + 1)
    return Effects("recorded", (changed,), {"case": case.number})


KIND = EventKind(
    type="case.hand-over",
    title=Title("转人工", "handover to a person"),
    senders=roles.REGISTRY,
    signed_by=KeyClass.EVENT,
    open=False,
    compared=Compared.NOTHING,
    does=Does.HANDS_OVER,
    parts={},
    data=HandOver,
    rules=RULES,
    effects=_hand_over,
)
