"""The catalogue of acts: a new act is one file in `ledger/acts`, which holds its row, and its name here.

Whatever is said of all acts is derived from the rows: their roles, their titles, the page of rules, who may see a
case.
"""

import functools
import operator
from typing import TYPE_CHECKING, Any

from dengbu.ledger.acts import (
    certificate_replace,
    correction,
    easement_discharge,
    easement_set,
    habitation_discharge,
    habitation_set,
    mortgage_alter,
    mortgage_convert,
    mortgage_discharge,
    mortgage_discharge_joint,
    mortgage_fix,
    mortgage_rank,
    mortgage_set,
    mortgage_set_construction,
    mortgage_set_joint,
    mortgage_transfer,
    notice_cancel,
    notice_convert,
    notice_set,
    objection_close,
    objection_note,
    transfer,
    transfer_order,
    unit_alter,
    unit_deregister,
    unit_first,
    unit_merge,
    unit_split,
    utilities_announce,
)
from dengbu.ledger.log import msgspec_warmup
from dengbu.ledger.rules.act import Act, ActKind

KINDS: tuple[ActKind[Any], ...] = (
    unit_first.KIND,
    unit_alter.KIND,
    unit_split.KIND,
    unit_merge.KIND,
    transfer.KIND,
    transfer_order.KIND,
    unit_deregister.KIND,
    correction.KIND,
    certificate_replace.KIND,
    objection_note.KIND,
    objection_close.KIND,
    notice_set.KIND,
    notice_convert.KIND,
    notice_cancel.KIND,
    habitation_set.KIND,
    habitation_discharge.KIND,
    easement_set.KIND,
    easement_discharge.KIND,
    mortgage_set.KIND,
    mortgage_discharge.KIND,
    mortgage_transfer.KIND,
    mortgage_set_joint.KIND,
    mortgage_discharge_joint.KIND,
    mortgage_set_construction.KIND,
    mortgage_convert.KIND,
    mortgage_alter.KIND,
    mortgage_rank.KIND,
    mortgage_fix.KIND,
    utilities_announce.KIND,
)
ACTS: dict[str, ActKind[Any]] = {kind.tag: kind for kind in KINDS}
if TYPE_CHECKING:
    AnyAct = Act
else:  # msgspec tells them apart by their tags
    AnyAct = functools.reduce(operator.or_, (kind.type for kind in KINDS))

msgspec_warmup.ready()


def acts_in(rule_set: int) -> dict[str, ActKind[Any]]:
    """Return the acts that the rule set with this number knows, by their tags."""
    return {tag: kind for tag, kind in ACTS.items() if kind.since <= rule_set}
