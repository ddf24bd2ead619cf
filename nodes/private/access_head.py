"""The head of the access log, kept outside `vault.db` and signed: what finds a cut tail and a log written anew.

A chain of hashes shows where it was touched only to someone who kept a later head. The file beside `last-signed` holds
the number and hash of the last row under the node's key, so that whoever can write files, but has no key, cannot make
one. Signed are the bytes `dengbu-access-head/v1 LF canonical({accepted,base,hash,institution,n,seq})`.

A row is in the vault before its head is in the file: a chain that is longer than its head is a crash, or a copy of the
home that was made in the right order; one that is shorter was cut.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from dengbu.ledger.log.encoding import canonical
from dengbu.ledger.log.envelope import Hex64
from dengbu.ledger.log.keys import Signer, verify
from dengbu.nodes.home.config import ACCESS_HEAD_FILE, LEDGER_FILE, VAULT_FILE
from dengbu.nodes.store.slots import Slots

TAG = b"dengbu-access-head/v1\n"
FIRST_PREV = "0" * 64
FIRST_SEQ = 1
Count = Annotated[int, Meta(ge=0)]


class Head(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The last row's number and hash, and which writing of the file this is (`seq`, from 1).

    accepted: up to which row the operator has taken the log as it stands, 0 for none; base: what those rows hash to.
    """

    seq: Annotated[int, Meta(ge=FIRST_SEQ)]
    n: Count = 0
    hash: Hex64 = FIRST_PREV
    accepted: Count = 0
    base: Hex64 = FIRST_PREV


class _Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    head: Head
    sig: str


@dataclass(frozen=True)
class Kept:
    """What the file holds: the newest head, and whether both lines are as this node leaves them."""

    head: Head
    is_whole: bool


def read_head(path: Path, institution: str, public: bytes) -> Kept | None:
    """What a node keeps; None if there is no file, or no line in it that this key has signed."""
    heads = _slots(path, institution, public).read()
    if not heads:
        return None
    newest, *older = (one.seq for one in heads)
    return Kept(heads[0], older == [newest - 1] or (newest == FIRST_SEQ and older == [newest]))


class HeadFile:
    """The file of one node, and the key that signs it."""

    def __init__(self, path: Path, institution: str, signer: Signer) -> None:
        self.path = path
        self._institution = institution
        self._signer = signer
        self._slots = _slots(path, institution, signer.public)

    def read(self) -> Kept | None:
        """What is kept; None if there is no file, or no line in it that this node has signed."""
        return read_head(self.path, self._institution, self._signer.public)

    def create(self, head: Head) -> None:
        """Make the file, or make it anew."""
        self._slots.create(self._line(head))

    def write(self, head: Head) -> None:
        """Replace the older line; it is on the disk when this returns."""
        self._slots.write(self._line(head))

    def _line(self, head: Head) -> bytes:
        signature = self._signer.sign(_signed(self._institution, head))
        return msgspec.json.encode(_Line(head, signature.hex()))


def of_home(home: Path, institution: str, signer: Signer) -> HeadFile:
    """The file of a home: made where there was no ledger and no vault before, and never again."""
    found = HeadFile(home / ACCESS_HEAD_FILE, institution, signer)
    if not any((home / name).exists() for name in (LEDGER_FILE, VAULT_FILE, ACCESS_HEAD_FILE)):
        found.create(Head(FIRST_SEQ))
    return found


def _slots(path: Path, institution: str, public: bytes) -> Slots[Head]:
    def decode(raw: bytes) -> Head | None:
        try:
            line = msgspec.json.decode(raw, type=_Line)
            signature = bytes.fromhex(line.sig)
        except (msgspec.MsgspecError, ValueError):
            return None
        return line.head if verify(public, _signed(institution, line.head), signature) else None

    return Slots(path, decode, lambda head: head.seq)


def _signed(institution: str, head: Head) -> bytes:
    return TAG + canonical({"institution": institution, **msgspec.to_builtins(head)})
