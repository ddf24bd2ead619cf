"""The columns by which register rows are found, beside their key: copied from the record, and checked against
it.

Not indexes on JSON expressions: SQLite takes json_extract for unsafe in a schema it is told not to trust.
"""

from dengbu.ledger.register.records import Record

FACETS = ("status", "party", "unit", "certificate")

Facets = tuple[str | None, str | None, str | None, str | None]

# table -> the field that stands in each of FACETS
_FIELDS: dict[str, tuple[str | None, str | None, str | None, str | None]] = {
    "case": ("state", "actor", None, None),
    "deal": ("state", None, None, None),
    "mortgage": ("status", "mortgagee", "unit", "certificate"),
    "right": ("status", None, "unit", "certificate"),
    "seizure": ("status", "court", "unit", None),
}
_NONE: Facets = (None, None, None, None)


def facets(record: Record) -> Facets:
    """Status, party, unit and certificate of a record, where its table has them."""
    fields = _FIELDS.get(record.TABLE)
    if fields is None:
        return _NONE
    status, party, unit, certificate = fields
    return (
        getattr(record, status) if status else None,
        getattr(record, party) if party else None,
        getattr(record, unit) if unit else None,
        getattr(record, certificate) if certificate else None,
    )
