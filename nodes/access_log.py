"""Who read which personal data, when and why: a hash chain in `vault.db`, written before an answer leaves.

Row: {n, time (UTC ms), index (size of the log then), officer, office, institution, purpose, case, subjects,
fields, prev}, its hash is SHA-256 of "dengbu-access/v1" LF and the row's canonical bytes, and `prev` is the
hash of the row before it. An edited, removed or inserted row breaks the chain at its place; a cut tail is
found by whoever kept a later head.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import orjson

from ledger.encoding import Malformed, canonical, parse
from nodes.clock import now_ms
from nodes.vault import Vault

TAG = b"dengbu-access/v1\n"
FIRST_PREV = "0" * 64
ROW_BYTES_MAX = 16_384
PURPOSE_CHARACTERS_MAX = 200


class Access(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One row of the log; `subjects` are holder references, never names."""

    n: int
    time: int
    index: int
    institution: str
    officer: str
    office: str | None
    purpose: str
    case: str
    subjects: tuple[str, ...]
    fields: tuple[str, ...]
    prev: str


@dataclass(frozen=True)
class Broken:
    """The first row that does not follow from the one before it."""

    n: int
    what: str


class AccessLog:
    """The access log of one node."""

    def __init__(self, vault: Vault, institution: str) -> None:
        self._vault = vault
        self._institution = institution

    def record(
        self,
        *,
        index: int,
        officer: str,
        office: str | None,
        purpose: str,
        case: str,
        subjects: Sequence[str],
        fields: Sequence[str],
    ) -> Access:
        """Append a row; it is on disk when this returns. ValueError without a purpose."""
        purpose = purpose.strip()
        if not 0 < len(purpose) <= PURPOSE_CHARACTERS_MAX:
            raise ValueError(
                f"须写明查询目的 state the purpose of the access, at most {PURPOSE_CHARACTERS_MAX} characters"
            )
        with self._vault.transaction() as db:
            last = db.execute("SELECT n, hash FROM access_log ORDER BY n DESC LIMIT 1").fetchone()
            n, prev = (last[0] + 1, last[1]) if last else (1, FIRST_PREV)
            row = Access(
                n=n,
                time=now_ms(),
                index=index,
                institution=self._institution,
                officer=officer,
                office=office,
                purpose=purpose,
                case=case,
                subjects=tuple(sorted(subjects)),
                fields=tuple(sorted(fields)),
                prev=prev,
            )
            raw = canonical(orjson.loads(msgspec.json.encode(row)))
            db.execute("INSERT INTO access_log VALUES (?, ?, ?)", (n, raw, _hash(raw)))
        return row

    def rows(self, *, after: int = 0, limit: int = 100, subject: str | None = None) -> tuple[Access, ...]:
        """Rows after a number, oldest first; with `subject`, only those about that holder reference."""
        found = self._vault.rows(
            "SELECT row FROM access_log WHERE n > ?1 AND (?2 = '' OR EXISTS ("
            "SELECT 1 FROM json_each(CAST(row AS TEXT), '$.subjects') WHERE value = ?2)) ORDER BY n LIMIT ?3",
            after,
            subject or "",
            limit,
        )
        return tuple(_row(raw) for (raw,) in found)

    def head(self) -> tuple[int, str]:
        """How many rows there are, and the hash of the last one."""
        found = self._vault.rows("SELECT n, hash FROM access_log ORDER BY n DESC LIMIT 1")
        return (int(str(found[0][0])), str(found[0][1])) if found else (0, FIRST_PREV)

    def verify(self) -> Broken | None:
        """Walk the whole chain; the first broken row, or None if every row follows."""
        expected, prev = 1, FIRST_PREV
        for n, raw, stored in self._vault.rows("SELECT n, row, hash FROM access_log ORDER BY n"):
            if n != expected:
                return Broken(expected, "缺行 the row is missing")
            try:
                row = _row(raw)
            except (Malformed, msgspec.ValidationError):
                return Broken(expected, "行不可读 the row cannot be read")
            if row.n != n or row.prev != prev:
                return Broken(expected, "与前一行不衔接 the row does not follow the one before it")
            assert isinstance(raw, bytes)
            if _hash(raw) != stored:
                return Broken(expected, "行内容被改动 the row is not the one that was hashed")
            expected, prev = expected + 1, str(stored)
        return None


def _row(raw: object) -> Access:
    assert isinstance(raw, bytes)
    value: Any = parse(raw, limit=ROW_BYTES_MAX)
    return msgspec.convert(value, Access)


def _hash(raw: bytes) -> str:
    return hashlib.sha256(TAG + raw).hexdigest()
