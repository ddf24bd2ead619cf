"""Queries to the register other than by key: worklists, a bank's mortgages, a unit's rights, certificates.

Pages follow the row id, which numbers the rows in the order of their first appearance in the log, the same on every
node.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from dengbu.ledger.log.encoding import INT_MAX
from dengbu.ledger.register.encumbrances import Mortgage, Seizure
from dengbu.ledger.register.members import Institution, Key
from dengbu.ledger.register.record import Record
from dengbu.ledger.register.records import Case, Deal, Right, decode
from dengbu.nodes.store.reads import Reads

LIST_ROWS_MAX = 200
COUNTED_MAX = 10_000

R = TypeVar("R", bound=Record)


@dataclass(frozen=True)
class Page(Generic[R]):
    """Some records, and the cursor that continues after them (None if there are no more)."""

    records: tuple[R, ...]
    next: int | None


class Listings:
    """The listings of one ledger; safe from any thread."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    def cases(
        self,
        *,
        state: str | None = None,
        actor: str | None = None,
        act: str | None = None,
        after: int = 0,
        limit: int = LIST_ROWS_MAX,
        newest: bool = False,
    ) -> Page[Case]:
        """Return cases in the order of their acceptance, by state, applicant institution or kind of act.

        With `newest` the order is the other way round, and `after` 0 still the beginning.
        """
        return self._page(Case, {"status": state, "party": actor}, after, limit, act, newest=newest)

    def deals(self, *, state: str | None = None, after: int = 0, limit: int = LIST_ROWS_MAX) -> Page[Deal]:
        """Return deals in the order in which they were opened."""
        return self._page(Deal, {"status": state}, after, limit)

    def mortgages(
        self,
        *,
        mortgagee: str | None = None,
        status: str | None = None,
        unit: str | None = None,
        after: int = 0,
        limit: int = LIST_ROWS_MAX,
    ) -> Page[Mortgage]:
        """Return mortgages in the order of their entry."""
        return self._page(Mortgage, {"party": mortgagee, "status": status, "unit": unit}, after, limit)

    def seizures(
        self,
        *,
        unit: str | None = None,
        court: str | None = None,
        status: str | None = None,
        after: int = 0,
        limit: int = LIST_ROWS_MAX,
    ) -> Page[Seizure]:
        """Return seizures in the order of service."""
        return self._page(Seizure, {"unit": unit, "party": court, "status": status}, after, limit)

    def institutions(self) -> tuple[Institution, ...]:
        """Return every institution, in the order of admission."""
        return self._all(Institution)

    def public_keys(self) -> tuple[Key, ...]:
        """Return every public key ever registered, in the order of registration."""
        return self._all(Key)

    def certificate(self, number: str) -> Right | Mortgage | None:
        """Return the right or the mortgage that a certificate number stands for; None if there is none."""
        filters: dict[str, str | None] = {"certificate": number}
        for right in self._page(Right, filters, 0, 1).records:
            return right
        for mortgage in self._page(Mortgage, filters, 0, 1).records:
            return mortgage
        return None

    def count(self, kind: type[Record], states: Iterable[str]) -> int:
        """Return how many records have one of these states, read from the index; at most COUNTED_MAX of each state."""
        sql = "SELECT count(*) FROM (SELECT 1 FROM register WHERE tbl = ? AND status = ? LIMIT ?)"
        return sum(self._reads.readers.rows(sql, (kind.TABLE, state, COUNTED_MAX))[0][0] for state in states)

    def _all(self, kind: type[R]) -> tuple[R, ...]:
        sql = "SELECT id, CAST(value AS BLOB) FROM register WHERE tbl = ? ORDER BY id"
        return _decoded(kind, self._reads.readers.rows(sql, (kind.TABLE,)))

    def _page(
        self,
        kind: type[R],
        facets: dict[str, str | None],
        after: int,
        limit: int,
        act: str | None = None,
        *,
        newest: bool = False,
    ) -> Page[R]:
        beyond, order = ("id < ?", "DESC") if newest else ("id > ?", "ASC")
        where = [f"tbl = '{kind.TABLE}'", beyond]
        values: list[str | int] = [after or (INT_MAX if newest else 0)]
        for field, value in facets.items():
            if value is not None:
                where.append(f"{field} = ?")
                values.append(value)
        if act is not None:
            where.append(
                "EXISTS (SELECT 1 FROM json_each(register.value, '$.acts') AS a WHERE json_extract(a.value, '$.act') = ?)"
            )
            values.append(act)
        limit = max(1, min(limit, LIST_ROWS_MAX))
        sql = f"SELECT id, CAST(value AS BLOB) FROM register WHERE {' AND '.join(where)} ORDER BY id {order} LIMIT ?"  # noqa: S608
        rows = self._reads.readers.rows(sql, [*values, limit + 1])
        return Page(_decoded(kind, rows[:limit]), rows[limit - 1][0] if len(rows) > limit else None)


def _decoded(kind: type[R], rows: Sequence[tuple[int, bytes]]) -> tuple[R, ...]:
    return tuple(decode(kind.TABLE, raw) for _, raw in rows)  # type: ignore[misc]  # the table holds this kind only
