"""The head of the access log, signed and kept outside `vault.db`, which reveals a cut tail or a rewritten log.

A hash chain shows where it was touched only to someone who kept a later head. The file beside `last-signed` holds the
number and hash of the last row, signed with the node's key, so that nobody who can write files but lacks the key can
forge one. The signed bytes are `dengbu-access-head/v1 LF canonical({accepted,base,hash,institution,n,seq})`.

A row reaches the vault before its head reaches the file. A chain longer than its head therefore means a crash, or a
copy of the home made in the right order; a shorter one was cut.
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
    """The last row's number and hash; `seq` counts the writings of the file, from 1.

    accepted: the last row that the operator has accepted as it stands, 0 for none; base: the hash of the accepted rows.
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
    """The newest head in the file; `is_whole` if the other line is the head before it, or the first head once more."""

    head: Head
    is_whole: bool


def read_head(path: Path, institution: str, public: bytes) -> Kept | None:
    """Return the head that a node keeps; None if there is no file, or no line in it signed by this key."""
    heads = _slots(path, institution, public).read()
    if not heads:
        return None
    newest, *older = (one.seq for one in heads)
    return Kept(heads[0], older == [newest - 1] or (newest == FIRST_SEQ and older == [newest]))


class HeadFile:
    """The head file of one node, and the key that signs it."""

    def __init__(self, path: Path, institution: str, signer: Signer) -> None:
        self.path = path
        self._institution = institution
        self._signer = signer
        self._slots = _slots(path, institution, signer.public)

    def read(self) -> Kept | None:
        """Return the kept head; None if there is no file, or no line in it signed by this node."""
        return read_head(self.path, self._institution, self._signer.public)

    def create(self, head: Head) -> None:
        """Create the file, or replace it."""
        self._slots.create(self._line(head))

    def write(self, head: Head) -> None:
        """Replace the older line; on return it is on the disk."""
        self._slots.write(self._line(head))

    def _line(self, head: Head) -> bytes:
        signature = self._signer.sign(_signed(self._institution, head))
        return msgspec.json.encode(_Line(head, signature.hex()))


def of_home(home: Path, institution: str, signer: Signer) -> HeadFile:
    """Return the head file of a home; it is created only if the home has no ledger and no vault yet."""
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
