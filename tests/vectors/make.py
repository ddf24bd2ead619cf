"""Write the golden vectors beside this file: `python -m tests.vectors.make`. Every run writes the same bytes."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from dengbu.ledger.log.checkpoint import cosignature_line, sign_checkpoint
from dengbu.ledger.log.commitment import commit
from dengbu.ledger.log.digest import RegisterDigest, row_term
from dengbu.ledger.log.encoding import Malformed, canonical, parse
from dengbu.ledger.log.entry import leaf_prev, parse_leaf
from dengbu.ledger.log.envelope import parse_envelope, seal
from dengbu.ledger.log.merkle import Frontier, NodeId, leaf_hash, prove_consistency
from dengbu.ledger.log.note import format_vkey
from dengbu.ledger.log.receipt import ReceiptRefused, make, verify
from dengbu.ledger.log.tiles import bundle, entries_path, tile_nodes, tile_path, tile_width
from tests.ledger.small_log import (
    COSIGNED_S,
    COSIGNERS,
    INSTITUTIONS,
    LOG,
    NET,
    POLICY,
    SmallLog,
    body,
    signer,
    trust,
)
from tests.vectors import story
from tests.worlds import NET as WORLD_NET

FOLDER = Path(__file__).parent
SIZE = 7
RECEIPT_INDEX = 5
GATE_LIMIT = 1000
DIGITS_SIZE = 600  # a log whose leaf i is the decimal digits of i: two full tiles and a partial one
WIDTHS = [  # size of the log, level, tile
    (0, 0, 0),
    (255, 0, 0),
    (256, 0, 0),
    (256, 0, 1),
    (256, 1, 0),
    (600, 0, 2),
    (600, 0, 3),
    (65_535, 1, 0),
    (65_536, 1, 0),
    (65_536, 2, 0),
    (70_000, 0, 273),
    (70_000, 1, 1),
    (2**40, 4, 0),
]


def encoding() -> Any:
    values: list[Any] = [
        None,
        [True, False, 0, -1, 9007199254740991],
        {"b": 1, "a": [], "A": {}, "a.b-c_0": "x"},
        '引号" 反斜线\\ 斜线/ \u0007\u001f\n\u007f\u2028😀',
    ]
    refused = [
        ('{"a":1,"a":1}', "duplicate key"),
        ('{"b":1,"a":1}', "key order"),
        ('{"a": 1}', "white space"),
        ("1.0", "a float"),
        ("-0", "minus zero"),
        ("9007199254740992", "beyond 2^53-1"),
        ('"\\u0061"', "an escape that must be literal"),
        ('"\\/"', "an escaped slash"),
        ('"e\u0301"', "not in normal form C"),
        ('{"权":1}', "a key outside A-Z a-z 0-9 _ . -"),
        ("[" * 33 + "]" * 33, "deeper than 32"),
        ("\ufeff1", "byte order mark"),
    ]
    return {
        "accepted": [{"value": value, "canonical": canonical(value).decode()} for value in values],
        "refused": [{"text": text, "why": why, "code": gate_code(text)} for text, why in refused],
    }


def keys() -> Any:
    labels = ["log", *(f"cosign/{name}" for name in INSTITUTIONS), "event/bank-a", "event/hz-registry"]
    return {label: {"public": signer(label).public.hex(), "key_id": signer(label).key_id} for label in labels}


def envelope() -> Any:
    signers = [signer("event/bank-a"), signer("event/hz-registry")]
    made = parse_envelope(seal(body(1), signers))
    return {
        "body": body(1),
        "body_canonical": made.body_bytes.decode(),
        "signed": [
            {"key": one.key, "message": made.signed_bytes(one.key).decode(), "sig": one.sig}
            for one in made.sigs
        ],
        "envelope": made.raw.decode(),
        "sha256": made.hash.hex(),
    }


def chain() -> Any:
    log = SmallLog(SIZE)
    frontier = Frontier()
    entries = []
    for leaf in log.leaves:
        frontier.append(leaf_hash(leaf))
        entry = parse_leaf(leaf)
        entries.append(
            {
                "index": entry.index,
                "prev": entry.prev,
                "leaf": leaf.decode(),
                "sha256": leaf_prev(leaf),
                "leaf_hash": leaf_hash(leaf).hex(),
                "root_so_far": frontier.root().hex(),
            }
        )
    proofs = [
        {"old": old, "new": new, "proof": [value.hex() for value in prove_consistency(old, new, log)]}
        for new in range(1, SIZE + 1)
        for old in range(1, new + 1)
    ]
    return {"entries": entries, "consistency": proofs}


def commitment() -> Any:
    value = {"holders": [{"id_no": "000000000000000000", "name": "样例"}]}
    salt = bytes(range(32))
    made = commit(NET, "hz-registry", "event-1", "title", salt, value)
    return {
        "net": NET,
        "actor": "hz-registry",
        "event_id": "event-1",
        "name": "title",
        "salt": salt.hex(),
        "value": value,
        "commitment": made,
    }


def digest() -> Any:
    steps: list[tuple[str, str, str | None, str | None]] = [
        ("unit", "441302001001GB00001F00000001", None, '{"status":"active"}'),
        ("right", "R-441302001001GB00001F00000001-1", None, '{"kind":"ownership"}'),
        ("unit", "441302001001GB00001F00000001", '{"status":"active"}', '{"status":"retired"}'),
        ("right", "R-441302001001GB00001F00000001-1", '{"kind":"ownership"}', None),
    ]
    running, made = RegisterDigest(), []
    for table, key, old, new in steps:
        running = running.replace(table, key, old and old.encode(), new and new.encode())
        step = {"table": table, "key": key, "old": old, "new": new, "register": running.hex()}
        made.append(step)
    term = row_term("unit", "441302001001GB00001F00000001", b'{"status":"active"}')
    return {"empty": RegisterDigest().hex(), "first_term": f"{term:0512x}", "steps": made}


def checkpoint() -> Any:
    head = SmallLog(SIZE).checkpoint()
    return {
        "log_vkey": format_vkey(LOG.verifier),
        "body": head.body().decode(),
        "signed_by_log": sign_checkpoint(head, LOG).decode(),
        "cosignatures": [
            {
                "vkey": format_vkey(one.verifier),
                "time": COSIGNED_S + place,
                "line": cosignature_line(head.body(), one, COSIGNED_S + place).decode(),
            }
            for place, one in enumerate(COSIGNERS)
        ],
        "policy": POLICY,
    }


def receipt() -> Any:
    log = SmallLog(SIZE)
    raw = log.receipt(RECEIPT_INDEX)
    bad = {
        "leaf exchanged": make(log.leaves[4], RECEIPT_INDEX, log.hashes(RECEIPT_INDEX), log.note()),
        "index edited": raw.replace(b"index 5", b"index 4"),
        "size edited": raw.replace(b"\n7\n", b"\n8\n"),
        "a hash dropped": make(
            log.leaves[RECEIPT_INDEX], RECEIPT_INDEX, log.hashes(RECEIPT_INDEX)[1:], log.note()
        ),
        "two cosigners of three": make(
            log.leaves[RECEIPT_INDEX], RECEIPT_INDEX, log.hashes(RECEIPT_INDEX), log.note(COSIGNERS[:2])
        ),
        "a line twice": raw + raw.splitlines(keepends=True)[-1],
        "CRLF": raw.replace(b"\n", b"\r\n"),
    }
    return {
        "policy": POLICY,
        "receipt": raw.decode(),
        "leaf": log.leaves[RECEIPT_INDEX].decode(),
        "refused": [
            {"why": why, "code": receipt_code(text), "receipt": text.decode()} for why, text in bad.items()
        ],
    }


def tiles() -> Any:
    return {
        "paths": {
            "level 0, tile 1234067": tile_path(0, 1_234_067),
            "level 0, tile 273, 112 wide": tile_path(0, 273, 112),
            "entries, bundle 0, 7 wide": entries_path(0, SIZE),
        },
        "bundle": bundle(SmallLog(2).leaves).hex(),
        "widths": [
            {"size": size, "level": level, "n": n, "width": tile_width(size, level, n)}
            for size, level, n in WIDTHS
        ],
        "digits": {"size": DIGITS_SIZE, "tiles": digits_tiles()},
    }


def digits_tiles() -> Any:
    """Return the last tile of level 0 and the only tile of level 1 of the log of digits."""
    hashes: dict[NodeId, bytes] = {}
    frontier = Frontier()
    for number in range(DIGITS_SIZE):
        for level, index, value in frontier.append(leaf_hash(str(number).encode())):
            hashes[level, index] = value
    made = {}
    for level, n in ((0, 2), (1, 0)):
        width = tile_width(DIGITS_SIZE, level, n)
        made[tile_path(level, n, width)] = b"".join(
            hashes[node] for node in tile_nodes(level, n, width)
        ).hex()
    return made


def decisions() -> Any:
    return {"net": WORLD_NET, "events": story.tell()}


def gate_code(text: str) -> str:
    try:
        parse(text.encode(), limit=GATE_LIMIT)
    except Malformed as fault:
        return fault.code
    raise AssertionError(f"{text} was accepted")


def receipt_code(raw: bytes) -> str:
    try:
        verify(raw, trust())
    except ReceiptRefused as fault:
        return fault.code
    raise AssertionError("a bad receipt was accepted")


FILES: Mapping[str, Callable[[], Any]] = {
    f"{part.__name__}.json": part
    for part in (encoding, keys, envelope, chain, commitment, digest, checkpoint, receipt, tiles, decisions)
}


def text_of(name: str) -> str:
    """Return the content of one vector file."""
    return json.dumps(FILES[name](), ensure_ascii=False, indent=1) + "\n"


def main() -> None:
    for name in FILES:
        (FOLDER / name).write_text(text_of(name), encoding="utf-8")


if __name__ == "__main__":
    main()
