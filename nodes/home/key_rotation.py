"""Rotation of a key of a home: the next keystore is made beside the one in use, and takes its place once the log has the new key.

keystore.json  in use        keystore.next.json  the same with one new key        rotation.json  the sealed event key.rotate

The files are written before anything is sent, so that a run that was cut short is taken up where it ended, and no key that is on
the log is ever missing. The keystore that was replaced stays as keystore.<id of the new key>.old.json.
"""

import os
from pathlib import Path

from dengbu.ledger.log.envelope import parse_envelope, seal
from dengbu.nodes.home.clock import now_ms
from dengbu.nodes.home.keystore import (
    COSIGN,
    ED25519,
    EVENT,
    FILE_NAME,
    GOVERNANCE,
    Keystore,
    KeystoreError,
    create_next,
    load,
)
from dengbu.nodes.home.opened import EVENT_LIFE_MS

NEXT, SEALED = "keystore.next.json", "rotation.json"
# The log's key is fixed; a node's key also signs the head of its access log, and an envelope key cannot sign for its successor.
ROTATED = (EVENT, GOVERNANCE, COSIGN)
SHORT = 12


def prepare(home: Path, cls: str, net: str, passphrase: bytes) -> bytes:
    """Make the next key of a class and return the event that rotates to it, sealed by both; the same again until it expires.

    Raises KeystoreError, also while a rotation of another class is under way.
    """
    old = load(home / FILE_NAME, passphrase)
    if not (home / NEXT).exists():
        create_next(home / FILE_NAME, home / NEXT, cls, passphrase)
    new = load(home / NEXT, passphrase)
    changed = [each for each in old.classes if each in ROTATED and _id(old, each) != _id(new, each)]
    if changed != [cls]:
        raise KeystoreError(
            f"另一次轮换未完成 a rotation of {', '.join(changed)} is under way in {home / NEXT}; finish it first"
        )
    return _kept(home / SEALED, _id(new, cls)) or _seal(home, old, new, cls, net)


def id_of_next(home: Path, cls: str, passphrase: bytes) -> str:
    """Return the id of the key that the next keystore has of a class."""
    return _id(load(home / NEXT, passphrase), cls)


def adopt(home: Path, cls: str, passphrase: bytes) -> Path:
    """Put the next keystore in use, once the log has its key; return where the one before it is kept."""
    kept = home / f"keystore.{id_of_next(home, cls, passphrase)[:SHORT]}.old.json"
    if not kept.exists():
        os.link(home / FILE_NAME, kept)
    os.replace(home / NEXT, home / FILE_NAME)
    (home / SEALED).unlink(missing_ok=True)
    folder = os.open(home, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return kept


def _id(keys: Keystore, cls: str) -> str:
    return keys.signer(cls).key_id


def _kept(path: Path, new: str) -> bytes | None:
    """Return the event that an earlier run sealed by this new key, unless there is none or its time is over."""
    if not path.exists():
        return None
    raw = path.read_bytes()
    envelope = parse_envelope(raw)
    current = envelope.body.not_after > now_ms() and new in [one.key for one in envelope.sigs]
    return raw if current else None


def _seal(home: Path, old: Keystore, new: Keystore, cls: str, net: str) -> bytes:
    not_after = now_ms() + EVENT_LIFE_MS
    key = {"cls": cls, "alg": ED25519, "public": new.signer(cls).public.hex()}
    body = {
        "v": 1,
        "net": net,
        "type": "key.rotate",
        "id": f"rotate-{_id(new, cls)[:SHORT]}-{not_after}",
        "actor": old.institution,
        "not_after": not_after,
        "data": {"old": _id(old, cls), "key": key},
    }
    raw = seal(body, [old.signer(cls), new.signer(cls)])
    beside = home / f"{SEALED}.new"
    beside.write_bytes(raw)
    beside.replace(home / SEALED)
    return raw
