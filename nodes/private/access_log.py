"""Records who read which personal data, when and why: a hash chain in `vault.db`, written before an answer leaves.

A row is {n, time (UTC ms), index (size of the log then), officer, office, institution, purpose, case, subjects,
fields, prev}. Its hash is SHA-256 of "dengbu-access/v1" LF and the row's canonical bytes, and `prev` is the hash of the
previous row. An edited, removed or inserted row breaks the chain at its place; a cut tail or a rewritten log does not
match the head that is kept outside (`nodes/private/access_head.py`).

While the log is broken nothing is read: `record` refuses, and so does everything that has to record first.
"""

import logging
import os
import threading
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import msgspec
import orjson

from dengbu.ledger.log.encoding import Malformed, canonical
from dengbu.nodes.home.clock import now_ms
from dengbu.nodes.home.config import VAULT_FILE, Officer
from dengbu.nodes.home.keystore import NODE, Keystore
from dengbu.nodes.private.access_chain import Access, Broken, Tail, follow, hash_of, last_row, read_row, total
from dengbu.nodes.private.access_head import FIRST_PREV, FIRST_SEQ, Head, HeadFile, of_home
from dengbu.nodes.private.vault import Vault
from dengbu.nodes.store.connection import FatalStorage, lock_home
from dengbu.nodes.store.reads import Reads

PURPOSE_CHARACTERS_MAX = 200
OPERATOR = "operator"
NO_CASE = "-"  # stands in a row that is about no case

log = logging.getLogger("dengbu.access")


class AccessLogBroken(Exception):
    """The access log is broken, and nothing may be read until an operator has dealt with it."""

    def __init__(self, broken: Broken) -> None:
        super().__init__(str(broken))
        self.broken = broken


class AccessLog:
    """The access log of one node, verified when this object is made; safe from any thread."""

    def __init__(self, vault: Vault, institution: str, head_file: HeadFile) -> None:
        self._vault = vault
        self._institution = institution
        self._file = head_file
        self._lock = threading.Lock()
        kept = self._file.read()
        self._head = kept.head if kept else Head(FIRST_SEQ)
        found = follow(vault.rows, kept)
        self._broken = found if isinstance(found, Broken) else None
        self._tail = found if isinstance(found, Tail) else Tail(0, FIRST_PREV)
        if self._broken is None and self._tail.n > self._head.n:
            # The process ended between a row and its head, or this home was restored from a copy.
            log.warning("access-log.head-behind", extra={"rows": self._tail.n - self._head.n})
            self._keep(self._tail)

    def record(
        self,
        by: Officer,
        purpose: str,
        *,
        index: int,
        case: str,
        subjects: Sequence[str],
        fields: Sequence[str],
    ) -> Access:
        """Append a row; on return the row and its head are on the disk.

        Raises ValueError without a purpose, AccessLogBroken while the log is broken, or FatalStorage.
        """
        purpose = purpose.strip()
        if not 0 < len(purpose) <= PURPOSE_CHARACTERS_MAX:
            raise ValueError(
                f"须写明查询目的 state the purpose of the access, at most {PURPOSE_CHARACTERS_MAX} characters"
            )
        with self._lock:
            self._check_tail()
            if self._broken is not None:
                raise AccessLogBroken(self._broken)
            row = Access(
                n=self._tail.n + 1,
                time=now_ms(),
                index=index,
                institution=self._institution,
                officer=by.name,
                office=by.office,
                purpose=purpose,
                case=case,
                subjects=tuple(sorted(subjects)),
                fields=tuple(sorted(fields)),
                prev=self._tail.hash,
            )
            try:
                self._append(row)
                self._keep(self._tail)
            except FatalStorage:
                again = "写入时存储故障，请重启节点 the storage failed while this row was written: restart the node"
                self._broken = Broken(row.n, again)
                raise
        return row

    def rows(self, *, after: int = 0, limit: int = 100, subject: str | None = None) -> tuple[Access, ...]:
        """Return the rows after a number, oldest first; with `subject`, only those about that holder reference.

        Unreadable rows are left out; `broken` names the first.
        """
        found = self._vault.rows(
            "SELECT row FROM access_log WHERE n > ?1 AND (?2 = '' OR CASE WHEN json_valid(CAST(row AS TEXT)) THEN EXISTS ("
            "SELECT 1 FROM json_each(CAST(row AS TEXT), '$.subjects') WHERE value = ?2) ELSE 0 END) ORDER BY n LIMIT ?3",
            after,
            subject or "",
            limit,
        )
        readable = []
        for (raw,) in found:
            try:
                readable.append(read_row(raw))
            except (Malformed, msgspec.ValidationError):
                continue
        return tuple(readable)

    def head(self) -> tuple[int, str]:
        """Return how many rows this node has written, and the hash of the last one."""
        with self._lock:
            return self._tail.n, self._tail.hash

    def broken(self) -> Broken | None:
        """Return what is wrong, as found at the start or in the last row now; None if nothing is."""
        with self._lock:
            self._check_tail()
            return self._broken

    def accept(self, index: int) -> Broken | None:
        """Accept the rows as they stand, for good; return what was broken, None if nothing was.

        The rows stay and remain visible, and the next row states what was broken. From here on one hash over all of
        them protects them.
        """
        with self._lock:
            broken = self._broken
            if broken is None:
                return None
            last = last_row(self._vault.rows)
            base = total(self._vault.rows, last)
            told = f"运维确认后续写 the operator accepted the log as it stands: {broken}"
            self._append(
                Access(
                    n=last + 1,
                    time=now_ms(),
                    index=index,
                    institution=self._institution,
                    officer=OPERATOR,
                    office=None,
                    purpose=told[:PURPOSE_CHARACTERS_MAX],
                    case=NO_CASE,
                    subjects=(),
                    fields=(),
                    prev=base,
                )
            )
            self._head = Head(FIRST_SEQ, self._tail.n, self._tail.hash, last, base)
            self._file.create(self._head)
            self._broken = None
            return broken

    def _append(self, row: Access) -> None:
        raw = canonical(orjson.loads(msgspec.json.encode(row)))
        with self._vault.transaction() as db:
            db.execute("INSERT INTO access_log VALUES (?, ?, ?)", (row.n, raw, hash_of(raw)))
        self._tail = Tail(row.n, hash_of(raw))

    def _keep(self, tail: Tail) -> None:
        head = msgspec.structs.replace(self._head, seq=self._head.seq + 1, n=tail.n, hash=tail.hash)
        self._file.write(head)
        self._head = head

    def _check_tail(self) -> None:
        """Mark the log broken unless its last row is the one this node wrote: the file was changed behind its back."""
        if self._broken is not None:
            return
        sql = "SELECT CAST(n AS INTEGER), CAST(hash AS BLOB) FROM access_log ORDER BY n DESC LIMIT 1"
        last, stored = (self._vault.rows(sql) or [(0, FIRST_PREV.encode())])[0]
        n, tail = int(str(last)), self._tail
        if n < tail.n:
            self._broken = Broken(n + 1, f"末尾被截去 the end was cut off; the last row was {tail.n}")
        elif n > tail.n:
            self._broken = Broken(tail.n + 1, "不是本节点写入的行 this node did not write the row")
        elif stored != tail.hash.encode():
            self._broken = Broken(n, "行内容被改动 the row is not the one that this node wrote")
        self.tell()

    def tell(self) -> None:
        """Report in the node's own log what is broken, if anything is."""
        if self._broken is not None:
            log.critical("access-log.broken", extra={"broken": str(self._broken)})


def accept_log(home: Path, keys: Keystore) -> Broken | None:
    """Accept the access log of a home whose node is stopped; return what was broken, None if nothing was.

    Raises StoreInUse while the node runs, because it holds the log's end in memory.
    """
    descriptor = lock_home(home)
    try:
        head_file = of_home(home, keys.institution, keys.signer(NODE))
        with closing(Vault(home / VAULT_FILE)) as vault, Reads(home) as reads:
            return AccessLog(vault, keys.institution, head_file).accept(reads.size())
    finally:
        os.close(descriptor)
