"""payload.erase 删除隐私材料: the registry orders a private payload erased; its commitment stays on the log.

Nodes destroy the wrapped keys and salts of the commitments named here. Nobody can open these commitments any more,
but every proof still verifies.
"""

from typing import Annotated, Any

from msgspec import Meta

from dengbu.ledger.law import law
from dengbu.ledger.law.verdict import Code
from dengbu.ledger.log.envelope import Hex64
from dengbu.ledger.register.members import KeyClass
from dengbu.ledger.register.records import Erased
from dengbu.ledger.register.shapes import ListCode
from dengbu.ledger.rules import roles
from dengbu.ledger.rules.rule import Compared, Data, Does, Effects, EventKind, Rule, Title, View

COMMITMENTS_MAX = 64


class Erase(Data, frozen=True):
    """Erase the payloads behind these commitments, on a ground named by a code."""

    commitments: Annotated[tuple[Hex64, ...], Meta(min_length=1, max_length=COMMITMENTS_MAX)]
    ground: ListCode


def _is_repeated(view: View[Erase]) -> bool:
    named = view.data.commitments
    return any(one in named[:place] for place, one in enumerate(named))


def _is_erased(view: View[Erase]) -> bool:
    return any(view.register.get(Erased, one) is not None for one in view.data.commitments)


def _erase(view: View[Erase]) -> Effects:
    records = tuple(Erased(one, view.at.index) for one in view.data.commitments)
    return Effects("recorded", records, {"erased": len(records)})


RULES: tuple[Rule[View[Erase]], ...] = (
    Rule(Code.COMMITMENT_REPEATED, (law.PIPL_47,), _is_repeated),
    Rule(Code.ALREADY_ERASED, (law.PIPL_47,), _is_erased),
)

KINDS: tuple[EventKind[Any], ...] = (
    EventKind(
        type="payload.erase",
        title=Title("删除隐私材料", "erasure of private payloads"),
        senders=roles.REGISTRY,
        signed_by=KeyClass.EVENT,
        open=False,
        compared=Compared.NOTHING,
        does=Does.ERASES,
        parts={},
        data=Erase,
        rules=RULES,
        effects=_erase,
    ),
)
