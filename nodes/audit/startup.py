"""The checks a node makes of its own ledger before it serves, signs or orders anything.

They are cheap compared with a full audit: hashes and the register digest, no signatures and no rules. They find damage
and edits. That the ledger as a whole was set back shows only in the last-signed file and, later, in what peers have
cosigned.
"""

import base64
import hashlib
import re
from collections.abc import Collection, Iterator

import msgspec

from dengbu.ledger.log.digest import MODULUS, RegisterDigest, row_term
from dengbu.ledger.log.encoding import Malformed
from dengbu.ledger.log.entry import FIRST_PREV
from dengbu.ledger.log.merkle import EMPTY_ROOT, Frontier, leaf_hash
from dengbu.ledger.register.records import decode
from dengbu.nodes.audit.kept_checkpoints import Broken, kept
from dengbu.nodes.audit.tampering import Tampered
from dengbu.nodes.finality.lastsigned import LastSigned
from dengbu.nodes.store.block import Sealed
from dengbu.nodes.store.reads import Reads
from dengbu.nodes.store.search_columns import Facets, facets

LEAVES_READ = 1_000
_CLOSING = re.compile(rb',"height":(\d+),"index":(\d+),"prev":"([0-9a-f]{64})","time":(\d+),"v":1\}\Z')
_REGISTER = re.compile(rb'\A\{"decision":\{.*?"register":"([0-9a-f]{64})"')
CLOSING_BYTES_MAX = 200
FETCH = "Keep this directory as evidence, start with an empty home, and fetch the log from the other nodes."
AUDIT = f"Run `dengbu audit --home DIR` to find the first bad entry. {FETCH}"


class Checked(msgspec.Struct, frozen=True):
    """The amounts that a start-up check covered."""

    entries: int
    rows: int
    blocks: int
    checkpoints: int


def check(reads: Reads, last_signed: LastSigned | None = None) -> Checked:
    """Check a ledger. Raises `Tampered` at the first fault, or `FatalStorage` if the database cannot be read."""
    _check_pages(reads)
    _check_net(reads)
    blocks = _blocks(reads)
    checkpoints = _checkpoints(reads)
    signed = last_signed.read() if last_signed else None
    wanted = {size for size, _ in checkpoints} | {block.size for block in blocks}
    roots, last_leaf = _check_log(reads, wanted | ({signed.size} if signed else set()))
    size = reads.size()
    _check_blocks(blocks, roots, size)
    rows = _check_register(reads, last_leaf, blocks[-1] if blocks else None)
    for covered, root in checkpoints:
        place = f"checkpoints, size {covered}"
        if covered > size:
            raise Tampered(place, f"it covers {covered} entries, the log has {size}", FETCH)
        if roots[covered] != root:
            raise Tampered(place, "it has another root than the log", AUDIT)
    if last_signed and signed:
        place = str(last_signed.path)
        if signed.size > size:
            raise Tampered(place, f"this node signed {signed.size} entries, the log has {size}", FETCH)
        if roots[signed.size].hex() != signed.root:
            raise Tampered(place, f"this node signed another root at {signed.size} entries", AUDIT)
    return Checked(size, rows, len(blocks), len(checkpoints))


def _check_net(reads: Reads) -> None:
    try:
        first = reads.entry(0)
    except Malformed as fault:
        raise Tampered("entries, idx 0", str(fault), AUDIT) from fault
    if first is not None and first.envelope.body.net != reads.net():
        raise Tampered(
            "meta, name net", f"it says {reads.net()!r}, entry 0 says {first.envelope.body.net!r}", AUDIT
        )


def _check_pages(reads: Reads) -> None:
    found = reads.readers.rows("PRAGMA integrity_check(3)")
    if found != [("ok",)]:
        raise Tampered(str(reads.path), "; ".join(str(row[0]) for row in found), FETCH)
    wrong = reads.readers.rows("PRAGMA foreign_key_check")
    if wrong:
        raise Tampered(
            f"{wrong[0][0]}, row {wrong[0][1]}", f"names a row of {wrong[0][2]} that is not there", AUDIT
        )


def _blocks(reads: Reads) -> list[Sealed]:
    rows = reads.readers.rows("SELECT seq, height, time, size, root, register FROM blocks ORDER BY seq")
    for place, row in enumerate(rows):
        if row[0] != place:
            raise Tampered(f"blocks, seq {place}", "the row is missing", AUDIT)
    return [Sealed(*row[1:]) for row in rows]


def _checkpoints(reads: Reads) -> list[tuple[int, bytes]]:
    """Return size and root of every stored checkpoint, as its note states them; the audit verifies signatures."""
    net = reads.net()
    found = []
    for size, note in _kept(reads):
        lines = bytes(note).split(b"\n", 3)
        try:
            origin, stated, root = lines[0].decode(), int(lines[1]), base64.b64decode(lines[2], validate=True)
        except (ValueError, IndexError):
            raise Tampered(f"checkpoints, size {size}", "the note is not a checkpoint", AUDIT) from None
        if (origin, stated) != (net, size):
            raise Tampered(f"checkpoints, size {size}", f"the note is of {origin!r} at size {stated}", AUDIT)
        found.append((size, root))
    return found


def _kept(reads: Reads) -> Iterator[tuple[int, bytes]]:
    try:
        for size, _, note in kept(reads.readers):
            yield size, note
    except Broken as found:
        raise Tampered(found.place, found.problem, AUDIT) from found


def _check_log(reads: Reads, wanted: Collection[int]) -> tuple[dict[int, bytes], bytes]:
    """Check every leaf against its columns, the chain and the hashes; return the wanted roots and the last leaf."""
    frontier = Frontier()
    roots = {0: EMPTY_ROOT}
    prev, leaf, wanted_position = FIRST_PREV, b"", 0
    stored = _hashes(reads)
    for index, height, time, leaf in _entries(reads):
        place = f"entries, idx {frontier.size}"
        if index != frontier.size:
            raise Tampered(place, f"the row is missing; the next one is {index}", AUDIT)
        closing = _CLOSING.search(leaf[-CLOSING_BYTES_MAX:])
        if closing is None:
            raise Tampered(place, "the leaf is not an entry", AUDIT)
        if [int(closing[part]) for part in (1, 2, 4)] != [height, index, time]:
            raise Tampered(place, "height, index or time in the leaf differ from the columns", AUDIT)
        if closing[3].decode() != prev:
            raise Tampered(place, f"its prev is not the hash of entry {index - 1}", AUDIT)
        for level, subtree, value in frontier.append(leaf_hash(leaf)):
            position, found = next(stored, (None, b""))
            place = f"hashes, level {level}, index {subtree} (entry {index})"
            if position != wanted_position:
                raise Tampered(place, f"position {wanted_position} is missing", AUDIT)
            if found != value:
                raise Tampered(place, "is not the hash of its leaves", AUDIT)
            wanted_position += 1
        prev = hashlib.sha256(leaf).hexdigest()
        if frontier.size in wanted:
            roots[frontier.size] = frontier.root()
    extra = next(stored, None)
    if extra is not None:
        raise Tampered(f"hashes, position {extra[0]}", f"the log has only {frontier.size} entries", AUDIT)
    return roots, leaf


def _entries(reads: Reads) -> Iterator[tuple[int, int, int, bytes]]:
    start = -1
    sql = "SELECT idx, height, time, leaf FROM entries WHERE idx > ? ORDER BY idx LIMIT ?"
    while rows := reads.readers.rows(sql, (start, LEAVES_READ)):
        yield from rows
        start = rows[-1][0]


def _hashes(reads: Reads) -> Iterator[tuple[int, bytes]]:
    start = -1
    sql = "SELECT position, hash FROM hashes WHERE position > ? ORDER BY position LIMIT ?"
    while rows := reads.readers.rows(sql, (start, LEAVES_READ)):
        yield from rows
        start = rows[-1][0]


def _check_blocks(blocks: list[Sealed], roots: dict[int, bytes], size: int) -> None:
    before = 0
    for seq, block in enumerate(blocks):
        place = f"blocks, seq {seq}"
        if not before <= block.size <= size:
            raise Tampered(place, f"says size {block.size}; the log has {size}", AUDIT)
        if roots[block.size] != block.root:
            raise Tampered(place, f"its root is not that of the first {block.size} entries", AUDIT)
        before = block.size
    if before != size:
        raise Tampered("blocks", f"the last row ends at {before}, the log has {size} entries", AUDIT)


def _check_register(reads: Reads, last_leaf: bytes, last_block: Sealed | None) -> int:
    """Check the register, in one scan, against the digest in the last entry; return the number of rows."""
    total = count = 0
    sql = (
        "SELECT id, tbl, key, CAST(value AS BLOB), status, party, unit, certificate FROM register"
        " WHERE id > ? ORDER BY id LIMIT ?"
    )
    start = -1
    while rows := reads.readers.rows(sql, (start, LEAVES_READ)):
        for start, table, key, raw, *columns in rows:  # noqa: B007  # the last id continues the scan
            total += row_term(table, key, raw)
            if tuple(columns) != _facets(table, raw):
                raise Tampered(
                    f"register, {table} {key}",
                    "status, party, unit or certificate differ from its value",
                    AUDIT,
                )
        count += len(rows)
    digest = RegisterDigest(total % MODULUS)
    found = _REGISTER.search(last_leaf)
    stated = found[1].decode() if found else RegisterDigest().hex()
    if digest.hex() != stated:
        problem = (
            f"its digest is {digest.hex()}, the last entry says {stated}: a row was changed, added or removed"
        )
        raise Tampered("register", problem, AUDIT)
    if last_block is not None and last_block.register.hex() != stated:
        raise Tampered("blocks, last row", "its register digest is not that of the last entry", AUDIT)
    if reads.load_head().digest != digest:
        raise Tampered("meta, name digest", "the kept sum is not that of the register", AUDIT)
    return count


def _facets(table: str, raw: bytes) -> Facets | None:
    try:
        return facets(decode(table, raw))
    except (msgspec.MsgspecError, KeyError):
        return None
