"""Refusals as numbered values: a number is never reused and never changes its meaning.

1xxx admission and authority, 2xxx cases, 3xxx units and rights, 4xxx mortgages, 5xxx tax, 6xxx courts, 7xxx the network.
The name of a code on the log is the enum's name in kebab case.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from ledger.law import Article


class Code(IntEnum):
    """Why something is not admitted (11xx) or refused."""

    MALFORMED = 1101
    WRONG_NETWORK = 1102
    UNKNOWN_ACTOR = 1103
    UNKNOWN_KEY = 1104
    KEY_NOT_VALID = 1105
    WRONG_KEY_CLASS = 1106
    BAD_SIGNATURE = 1107
    ACTOR_DID_NOT_SIGN = 1108
    EXPIRED = 1109
    NOT_AFTER_TOO_FAR = 1110
    UNKNOWN_TYPE = 1111
    MALFORMED_DATA = 1112
    UNKNOWN_RECIPIENT = 1113
    REUSED_ID = 1114
    NEW_KEY_DID_NOT_SIGN = 1115
    NOT_AUTHORISED = 1201
    INSTITUTION_SUSPENDED = 1202

    CASE_UNKNOWN = 2001
    CASE_DECIDED = 2002
    NOT_APPLICANT = 2003
    NOT_COMPETENT = 2004
    EARLIER_CASE = 2005
    ACT_REPEATED = 2006
    ALREADY_REVIEWED = 2007
    ALREADY_ENTERED = 2008
    CASE_SUSPENDED = 2040
    CASE_NOT_SUSPENDED = 2041

    BAD_UNIT_CODE = 3001
    UNIT_UNKNOWN = 3002
    UNIT_REGISTERED = 3003
    RIGHT_UNKNOWN = 3004
    RIGHT_ENDED = 3005
    CO_OWNER_CONSENT = 3006
    NOT_HOLDER = 3007
    SHARES_SUM = 3008
    DISPUTED = 3009
    SEIZED = 3010
    BAD_CERTIFICATE = 3011
    CERTIFICATE_USED = 3012
    HOLDER_REPEATED = 3013
    BAD_DATE = 3014
    NOTHING_CHANGES = 3020
    HOLDERS_DIFFER = 3021
    UNIT_REPEATED = 3022
    CONSENT_MISSING = 3023
    FROZEN = 3024
    MARK_UNKNOWN = 3025
    MARK_REPEATED = 3026
    MARK_ENDED = 3027
    NOT_WHO_MARKED = 3028

    MORTGAGEE_UNKNOWN = 4001
    MORTGAGEE_DID_NOT_SIGN = 4002
    MORTGAGE_UNKNOWN = 4003
    MORTGAGE_DISCHARGED = 4004
    NOT_MORTGAGEE = 4005
    MORTGAGEE_CONSENT = 4006
    CLAIM_NOT_ASSIGNED = 4007
    DEBTOR_NOT_NOTIFIED = 4008
    MORTGAGE_UNCHANGED = 4020
    JUNIOR_CONSENT = 4021
    RANK_ELSEWHERE = 4022
    NOT_MAXIMUM = 4023
    FIXING_EARLY = 4024
    FIXING_WITHOUT_SEIZURE = 4025
    CLAIM_NOT_FIXED = 4026
    NOT_SECURED = 4027
    OTHER_PARCEL = 4028
    PERMITS_MISSING = 4029
    CONVERSION_AWAITED = 4030
    NOT_UNDER_CONSTRUCTION = 4031

    TAX_NOT_CLEARED = 5001
    IIT_NOT_CLEARED = 5002
    LVAT_NOT_CLEARED = 5003
    RECEIPT_USED = 5004
    TAX_REFUND_PENDING = 5005
    TAX_REFUNDED = 5006
    DEAL_CANCELLED = 5007
    DEAL_CHANGED = 5008
    DEAL_UNKNOWN = 5009
    DEAL_STATE = 5010
    DEAL_LOCKED = 5011
    ASSESSMENT_VERSION = 5012
    GATE_MANDATORY = 5013
    GATE_NOT_DUE = 5014
    GATE_CLEARED = 5015
    TITLE_NOT_RESTORED = 5040
    REFUND_GROUND = 5041
    TAX_NOT_PAID = 5042
    PAYMENT_DATE = 5043
    OVERPAYMENT_LATE = 5044

    NOT_DEBTOR_PROPERTY = 6001
    SEIZURE_REPEATED = 6002
    SEIZURE_TERM_PAST = 6003
    SEIZURE_TERM_TOO_LONG = 6004
    SEIZURE_UNKNOWN = 6005
    NOT_SEIZING_COURT = 6006
    SEIZURE_ENDED = 6007
    SEIZURE_WAITS = 6008
    ORDER_REPEATED = 6020
    ORDER_UNKNOWN = 6021
    NOT_ORDERING_COURT = 6022
    ORDER_ENDED = 6023
    ORDER_DIFFERS = 6024
    ORDER_EARLIER = 6025
    ORDER_OPEN = 6026
    UNIT_RETIRED = 6027

    NETWORK_EXISTS = 7001
    ONE_REGISTRY = 7002
    FOUNDER_DID_NOT_SIGN = 7003
    LOG_KEY_MISMATCH = 7004
    LOG_KEY_FIXED = 7005
    GOVERNANCE_QUORUM = 7006
    GOVERNANCE_QUORUM_UNSAFE = 7007
    WITNESS_QUORUM_UNSAFE = 7008
    WITNESS_UNKNOWN = 7009
    POLICY_VERSION = 7010
    QUORUM_LOST = 7011
    INSTITUTION_UNKNOWN = 7012
    INSTITUTION_ADMITTED = 7013
    INSTITUTION_NOT_ACTIVE = 7014
    REGISTRY_NEEDED = 7015
    KEYS_MISSING = 7016
    KEY_USED = 7017
    KEY_UNSAFE = 7018
    KEY_ALGORITHM = 7019
    KEY_UNKNOWN = 7020
    KEY_ENDED = 7021
    KEY_CLASS_CHANGED = 7022
    LAST_GOVERNANCE_KEY = 7023
    POLICY_INVALID = 7024
    VOTERS_TOO_FEW = 7025
    VOTE_KEYS_UNEVEN = 7026
    NOBODY_VOTES = 7027
    VOTE_KEY_HELD = 7028
    QUORUM_REPLACES = 7029
    NOT_A_VOTE_KEY = 7030
    NOT_A_VOTER = 7031
    REPORT_REPEATED = 7032
    ALREADY_ERASED = 7101
    COMMITMENT_REPEATED = 7102


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason: code, articles, and where in the event it applies."""

    code: Code
    law: tuple[Article, ...]
    at: dict[str, Any] | None = None

    def as_json(self) -> dict[str, Any]:
        """The reason as it stands in a leaf."""
        found: dict[str, Any] = {
            "code": int(self.code),
            "name": name(self.code),
            "law": [one.id for one in self.law],
        }
        if self.at:
            found["at"] = self.at
        return found


def name(code: Code) -> str:
    """The code's name on the log: kebab case."""
    return code.name.lower().replace("_", "-")
