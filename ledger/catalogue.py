"""The catalogue of acts: adding an act is one file in `ledger/acts` and one line here."""

from typing import Any

from ledger.act import ActKind
from ledger.acts import (
    mortgage_alter,
    mortgage_discharge,
    mortgage_fix,
    mortgage_rank,
    mortgage_set,
    mortgage_transfer,
    transfer,
    unit_first,
)

AnyAct = (
    unit_first.UnitFirst
    | transfer.Transfer
    | mortgage_set.MortgageSet
    | mortgage_discharge.MortgageDischarge
    | mortgage_transfer.MortgageTransfer
    | mortgage_alter.MortgageAlter
    | mortgage_rank.MortgageRank
    | mortgage_fix.MortgageFix
)

ACTS: dict[str, ActKind[Any]] = {
    kind.tag: kind
    for kind in (
        unit_first.KIND,
        transfer.KIND,
        mortgage_set.KIND,
        mortgage_discharge.KIND,
        mortgage_transfer.KIND,
        mortgage_alter.KIND,
        mortgage_rank.KIND,
        mortgage_fix.KIND,
    )
}
