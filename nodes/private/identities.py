"""Checks the identity numbers in an incoming payload by their standards."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dengbu.ledger.catalogue import ACTS
from dengbu.ledger.law.calendar import legal_date
from dengbu.ledger.law.documents import OF_ORGANISATIONS, OF_PERSONS, document_kind, normal
from dengbu.ledger.law.identifiers import InvalidIdentifier, check_identity
from dengbu.ledger.rules.payload_shapes import Parties, Person
from dengbu.nodes.home.clock import now_ms
from dengbu.nodes.private.findings import Finding, said


def bad_identities(where: str, persons: Sequence[Person]) -> Iterator[Finding]:
    """Yield the problems with these persons' identity numbers; the text never repeats a number."""
    today = legal_date(now_ms())
    for place, person in enumerate(persons):
        try:
            check_identity(*normal(person.id_type, person.id_no), today)
        except InvalidIdentifier as fault:
            yield Finding("bad-identity", f"{where}[{place}]", fault.zh, fault.en)


def misdeclared(acts: Sequence[Mapping[str, Any]], parties: Parties) -> Iterator[Finding]:
    """Yield a problem if the declared kind of seller does not match the identity documents of the transferors.

    The taxes that gate the transfer depend on it (Individual Income Tax Law 15; Interim Regulation on Land VAT 12).
    Only a case with a single taxed act by which the seller himself disposes is checked: several have several transferors,
    and what an heir or a creditor takes is transferred by someone other than the person who shows documents.
    """
    kinds = [(act, ACTS[act["act"]]) for act in acts]
    sold = [act for act, kind in kinds if kind.taxed and kind.disposes]
    if len(sold) != 1:
        return
    other = OF_PERSONS if sold[0]["seller"] == "enterprise" else OF_ORGANISATIONS
    if any(document_kind(one.id_type) in other for one in parties.transferors):
        yield said("seller-kind", "parties.transferors")
