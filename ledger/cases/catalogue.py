"""The catalogue of acts: adding an act is one file in `ledger/acts` and one line here."""

from typing import Any

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
from dengbu.ledger.rules.act import ActKind

AnyAct = (
    unit_first.UnitFirst
    | unit_alter.UnitAlter
    | unit_split.UnitSplit
    | unit_merge.UnitMerge
    | transfer.Transfer
    | transfer_order.TransferOrder
    | unit_deregister.UnitDeregister
    | correction.Correction
    | certificate_replace.CertificateReplace
    | objection_note.ObjectionNote
    | objection_close.ObjectionClose
    | notice_set.NoticeSet
    | notice_convert.NoticeConvert
    | notice_cancel.NoticeCancel
    | habitation_set.HabitationSet
    | habitation_discharge.HabitationDischarge
    | easement_set.EasementSet
    | easement_discharge.EasementDischarge
    | mortgage_set.MortgageSet
    | mortgage_discharge.MortgageDischarge
    | mortgage_transfer.MortgageTransfer
    | mortgage_set_joint.MortgageSetJoint
    | mortgage_discharge_joint.MortgageDischargeJoint
    | mortgage_set_construction.MortgageSetConstruction
    | mortgage_convert.MortgageConvert
    | mortgage_alter.MortgageAlter
    | mortgage_rank.MortgageRank
    | mortgage_fix.MortgageFix
    | utilities_announce.UtilitiesAnnounce
)

ACTS: dict[str, ActKind[Any]] = {
    kind.tag: kind
    for kind in (
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
}

msgspec_warmup.ready()
