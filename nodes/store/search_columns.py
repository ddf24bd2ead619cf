"""The columns, besides the key, by which register rows are found: copied from the record, and checked against it.

They are not indexes on JSON expressions because SQLite considers json_extract unsafe in an untrusted schema.
"""

from dengbu.ledger.register.record import Record

FACETS = ("status", "party", "unit", "certificate")

Facets = tuple[str | None, str | None, str | None, str | None]

# table -> the field that fills each of FACETS
_FIELDS: dict[str, tuple[str | None, str | None, str | None, str | None]] = {
    "case": ("state", "actor", None, None),
    "deal": ("state", None, None, None),
    "mortgage": ("status", "mortgagee", "unit", "certificate"),
    "right": ("status", None, "unit", "certificate"),
    "seizure": ("status", "court", "unit", None),
}
_NONE: Facets = (None, None, None, None)


def facets(record: Record) -> Facets:
    """Return status, party, unit and certificate of a record; None where its table has no such field."""
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
