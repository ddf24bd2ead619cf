"""Follows the rows of the access log one by one, and finds where the chain breaks or ends."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from dengbu.ledger.log.encoding import Malformed, parse
from dengbu.nodes.private.access_head import FIRST_PREV, Kept
from dengbu.nodes.store.connection import FatalStorage

TAG = b"dengbu-access/v1\n"
TOTAL_TAG = b"dengbu-access-accepted/v1\n"
ROWS_READ = 1_000
_LOWEST = -(2**63)

ADVICE = (
    "停止节点，保留 vault.db 与 access-head 作证据，查明经过，有备份则恢复 vault.db，然后运行 "
    "stop the node, keep vault.db and access-head as evidence, find out what happened, restore vault.db if there is a "
    "backup, then run: dengbu node accept-access-log --home DIR --passphrase-file FILE"
)
NO_HEAD = (
    "没有本节点签名的链头(access-head)：被删除、被改动，或本目录来自没有链头的版本 "
    "there is no head signed by this node (access-head): it was removed or changed, or this home comes from a version "
    "without one"
)
CHANGED_SINCE = "运维已确认的行又被改动 rows that the operator had accepted were changed afterwards"
BEFORE_THE_FIRST = "第 1 行之前插入了行 a row was inserted before row 1"

Rows = Callable[..., list[tuple[Any, ...]]]  # runs SQL with its values on a vault -> rows


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
class Tail:
    """The end of a chain: the last row's number (0 for none) and hash."""

    n: int
    hash: str


@dataclass(frozen=True)
class Broken:
    """The first row at which verification of the log fails (0: the log as a whole), and what is wrong there."""

    n: int
    what: str

    def __str__(self) -> str:
        return f"第 {self.n} 行 row {self.n}: {self.what}"


def hash_of(raw: bytes) -> str:
    """Return the hash of a row's canonical bytes, in hex."""
    return hashlib.sha256(TAG + raw).hexdigest()


def read_row(raw: object) -> Access:
    """Parse a row. Raises Malformed or msgspec's ValidationError."""
    if not isinstance(raw, bytes):
        raise Malformed("shape", "", "a row is bytes")
    return msgspec.convert(parse(raw, limit=len(raw)), Access)


def follow(rows: Rows, kept: Kept | None) -> Broken | Tail:
    """Walk the whole log against the kept head; return the first fault, or else the end of the log."""
    if kept is None:
        return Broken(0, NO_HEAD)
    head = kept.head
    try:
        if total(rows, head.accepted) != head.base:
            return Broken(head.accepted, CHANGED_SINCE if head.accepted else BEFORE_THE_FIRST)
        tail = Tail(head.accepted, head.base)
        for row in _pages(rows, head.accepted + 1):
            found = _next(tail, *row)
            if isinstance(found, Broken):
                return found
            tail = found
            if tail.n == head.n and tail.hash != head.hash:
                return Broken(
                    tail.n,
                    "与签名的链头不符，此行或更早的行被重写 does not match the signed head: the log was rewritten from "
                    "this row or an earlier one",
                )
    except FatalStorage as fault:
        return Broken(0, str(fault))
    if tail.n < head.n:
        return Broken(
            tail.n + 1,
            f"末尾被截去，共 {head.n - tail.n} 行 the end was cut off; the last row was {head.n}",
        )
    if tail.n == head.n and not kept.is_whole:
        return Broken(
            tail.n + 1,
            "access-head 中有一行被改动，末行可能被截去 a line of access-head was changed: the last row may have been cut off",
        )
    return tail


def _next(tail: Tail, n: int, raw: object, stored: bytes) -> Broken | Tail:
    """Return the end of the chain after one more row, or what is wrong with that row."""
    expected = tail.n + 1
    if n != expected:
        return Broken(expected, "缺行 the row is missing")
    try:
        row = read_row(raw)
    except (Malformed, msgspec.ValidationError):
        return Broken(expected, "行不可读 the row cannot be read")
    assert isinstance(raw, bytes), "or it could not be read"
    if hash_of(raw).encode() != stored:
        return Broken(expected, "行内容被改动 the row does not match its hash")
    if row.n != n:
        return Broken(
            expected, f"插入或移动过行 rows were inserted or moved: this row says that it is row {row.n}"
        )
    if row.prev != tail.hash:
        return Broken(
            expected,
            "与前一行不衔接，两行之一被替换 does not follow the row before it: one of the two was replaced",
        )
    return Tail(n, hash_of(raw))


def last_row(rows: Rows) -> int:
    """Return the highest row number; 0 if there are no rows."""
    return int(rows("SELECT coalesce(max(CAST(n AS INTEGER)), 0) FROM access_log")[0][0])


def total(rows: Rows, upto: int) -> str:
    """Return one hash over all rows up to a number, as they stand; FIRST_PREV if there are none."""
    made, any_row = hashlib.sha256(TOTAL_TAG), False
    for n, raw, stored in _pages(rows, _LOWEST):
        if n > upto:
            break
        any_row = True
        for part in (str(n).encode(), raw or b"", stored or b""):
            made.update(len(part).to_bytes(8) + part)
    return made.hexdigest() if any_row else FIRST_PREV


def _pages(rows: Rows, start: int) -> Iterator[tuple[int, Any, Any]]:
    """Yield the number, bytes and stored hash of each row from a number on, as long as the numbers rise."""
    sql = (
        "SELECT CAST(n AS INTEGER), CAST(row AS BLOB), CAST(hash AS BLOB) FROM access_log"
        " WHERE n >= ? ORDER BY n LIMIT ?"
    )
    while page := rows(sql, start, ROWS_READ):
        yield from page
        if page[-1][0] < start:
            return
        start = page[-1][0] + 1
