"""The roles that may send an event or apply for an act, in the groups that several rows share.

What no row allows is forbidden. Only the registry enters rights (Civil Code 210, 214), only the tax bureau assesses,
clears and refunds, and only courts seize; mortgages may be applied for at a bank. Any member may send events of
governance, since there the quorum decides, not the role.
"""

from dengbu.ledger.register.members import Role

ANY = tuple(Role)
REGISTRY = (Role.REGISTRY,)
REGISTRY_BANK = (Role.REGISTRY, Role.BANK)
REGISTRY_COURT = (Role.REGISTRY, Role.COURT)
TAX = (Role.TAX,)
COURT = (Role.COURT,)
