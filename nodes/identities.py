"""Identity numbers of the persons in a payload, checked by their standards where they come in."""

from collections.abc import Iterator, Sequence

from ledger.calendar import legal_date
from ledger.identifiers import InvalidIdentifier, check_identity
from nodes.clock import now_ms
from nodes.holders import plain
from nodes.parts import Person
from nodes.problems import Problem


def bad_identities(where: str, persons: Sequence[Person]) -> Iterator[Problem]:
    """What is wrong with these persons' identity numbers; what is said never repeats one."""
    today = legal_date(now_ms())
    for place, person in enumerate(persons):
        try:
            check_identity(plain(person.id_type), plain(person.id_no), today)
        except InvalidIdentifier as fault:
            yield Problem("bad-identity", f"{where}[{place}]", fault.zh, fault.en)
