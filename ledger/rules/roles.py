"""The role matrix: which role may send which type of event, and apply for which act.

What is not in the tables is not allowed. Only the registry enters rights (Civil Code 210, 214), only the tax
bureau assesses, clears and refunds, only courts seize; mortgages may be applied for at a bank. Events of
governance may be sent by any member: there the quorum decides, not the role.
"""

from collections.abc import Mapping

from dengbu.ledger.register.records import Role

_ANY = tuple(Role)
_REGISTRY = (Role.REGISTRY,)
_REGISTRY_BANK = (Role.REGISTRY, Role.BANK)
_REGISTRY_COURT = (Role.REGISTRY, Role.COURT)
_TAX = (Role.TAX,)
_COURT = (Role.COURT,)

EVENT_ROLES: Mapping[str, tuple[Role, ...]] = {
    "network.genesis": _REGISTRY,
    "institution.admit": _ANY,
    "institution.suspend": _ANY,
    "key.add": _ANY,
    "key.rotate": _ANY,
    "key.replace": _ANY,
    "key.revoke": _ANY,
    "vote.report": _ANY,
    "policy.set": _ANY,
    "title.import": _REGISTRY,
    "case.apply": _REGISTRY_BANK,
    "case.review": _REGISTRY,
    "case.suspend": _REGISTRY,
    "case.resume": _REGISTRY_BANK,
    "case.hand-over": _REGISTRY,
    "case.enter": _REGISTRY,
    "case.refuse": _REGISTRY,
    "case.withdraw": _REGISTRY_BANK,
    "case.rate": _REGISTRY_BANK,
    "tax.assess": _TAX,
    "tax.clear": _TAX,
    "tax.refund-request": _TAX,
    "tax.refund": _TAX,
    "tax.refund-decline": _TAX,
    "tax.overpayment": _TAX,
    "tax.clawback": _TAX,
    "tax.clawback-paid": _TAX,
    "court.seize": _COURT,
    "court.pre-seize": _COURT,
    "court.renew": _COURT,
    "court.release": _COURT,
    "court.order": _COURT,
    "court.revoke-order": _COURT,
    "mark.set": _REGISTRY_COURT,
    "mark.lift": _REGISTRY_COURT,
    "objection.suit": _REGISTRY_COURT,
    "notice.ripen": _REGISTRY,
    "fault.tell": _REGISTRY,
    "fault.announce": _REGISTRY,
    "loss.announce": _REGISTRY,
    "payload.erase": _REGISTRY,
}

ACT_ROLES: Mapping[str, tuple[Role, ...]] = {
    "unit.first": _REGISTRY,
    "unit.alter": _REGISTRY,
    "unit.split": _REGISTRY,
    "unit.merge": _REGISTRY,
    "transfer": _REGISTRY,
    "transfer.order": _REGISTRY,
    "unit.deregister": _REGISTRY,
    "correction": _REGISTRY,
    "certificate.replace": _REGISTRY,
    "objection.note": _REGISTRY,
    "objection.close": _REGISTRY,
    "notice.set": _REGISTRY_BANK,
    "notice.convert": _REGISTRY_BANK,
    "notice.cancel": _REGISTRY_BANK,
    "habitation.set": _REGISTRY,
    "habitation.discharge": _REGISTRY,
    "easement.set": _REGISTRY,
    "easement.discharge": _REGISTRY,
    "mortgage.set": _REGISTRY_BANK,
    "mortgage.set-joint": _REGISTRY_BANK,
    "mortgage.discharge-joint": _REGISTRY_BANK,
    "mortgage.set-construction": _REGISTRY_BANK,
    "mortgage.convert": _REGISTRY_BANK,
    "mortgage.alter": _REGISTRY_BANK,
    "mortgage.rank": _REGISTRY_BANK,
    "mortgage.fix": _REGISTRY_BANK,
    "mortgage.transfer": _REGISTRY_BANK,
    "mortgage.discharge": _REGISTRY_BANK,
    "utilities.announce": _REGISTRY,
}


def may_send(role: Role, event_type: str) -> bool:
    """Whether an institution of this role may send events of this type."""
    return role in EVENT_ROLES.get(event_type, ())


def may_apply(role: Role, act: str) -> bool:
    """Whether an institution of this role may apply for this act."""
    return role in ACT_ROLES.get(act, ())
