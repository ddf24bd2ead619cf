"""The ledger's checks of identifiers, for programs that prepare applications and imports."""

from dengbu.ledger.law.identifiers import (
    InvalidIdentifier,
    check_certificate,
    check_citizen_id,
    check_identity,
    check_unit_code,
    check_uscc,
    citizen_check,
    organisation_check,
    plain_certificate,
    uscc_check,
)

__all__ = [
    "InvalidIdentifier",
    "check_certificate",
    "check_citizen_id",
    "check_identity",
    "check_unit_code",
    "check_uscc",
    "citizen_check",
    "organisation_check",
    "plain_certificate",
    "uscc_check",
]
