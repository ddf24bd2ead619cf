"""Who may send an event or apply for an act, as its row says: the roles that rows share.

What no row allows is not allowed. Only the registry enters rights (Civil Code 210, 214), only the tax
bureau assesses, clears and refunds, only courts seize; mortgages may be applied for at a bank. Events of
governance may be sent by any member: there the quorum decides, not the role.
"""

from dengbu.ledger.register.records import Role

ANY = tuple(Role)
REGISTRY = (Role.REGISTRY,)
REGISTRY_BANK = (Role.REGISTRY, Role.BANK)
REGISTRY_COURT = (Role.REGISTRY, Role.COURT)
TAX = (Role.TAX,)
COURT = (Role.COURT,)
