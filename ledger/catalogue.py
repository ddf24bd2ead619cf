"""The catalogue of acts: adding an act is one file in `ledger/acts` and one line here."""

from typing import Any

from ledger.act import ActKind
from ledger.acts import mortgage_discharge, mortgage_set, mortgage_transfer, transfer, unit_first

AnyAct = (
    unit_first.UnitFirst
    | transfer.Transfer
    | mortgage_set.MortgageSet
    | mortgage_discharge.MortgageDischarge
    | mortgage_transfer.MortgageTransfer
)

ACTS: dict[str, ActKind[Any]] = {
    kind.tag: kind
    for kind in (
        unit_first.KIND,
        transfer.KIND,
        mortgage_set.KIND,
        mortgage_discharge.KIND,
        mortgage_transfer.KIND,
    )
}
