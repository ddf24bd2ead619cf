"""A private payload in transit and at rest: salt and value in a box, and its key wrapped for each entitled reader.

    {"v":1,"net","actor","event","name","commitment","to":[...],"wraps":{institution: base64},"box": base64}

The commitment on the log fixes the value, and every opening checks it, so neither a sender nor an edited vault can pass
off another value.
"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

import msgspec
import nacl.exceptions
import nacl.utils
from msgspec import Meta
from nacl.public import PrivateKey, PublicKey, SealedBox
from nacl.secret import SecretBox

from dengbu.ledger.log.commitment import SALT_BYTES, commit, commit_to_bytes
from dengbu.ledger.log.encoding import JSONValue, Malformed, canonical, encode, parse
from dengbu.ledger.log.entry import Entry
from dengbu.ledger.log.envelope import (
    ENTITLED_MAX,
    Hex64,
    InstitutionId,
    NetName,
    PrivateName,
    Reference,
    convert,
)

VALUE_BYTES_MAX = 65_536
# Base64 adds a third to the box; each wrap is 108 characters, and its institution's id at most 32.
PACKAGE_BYTES_MAX = 2 * VALUE_BYTES_MAX + ENTITLED_MAX * 256
KEY_BYTES = SecretBox.KEY_SIZE


class Unentitled(Exception):
    """This institution has no wrap in the package: it may carry the payload but not read it."""


@dataclass(frozen=True)
class PrivatePart:
    """One private part as an officer gives it: the value, and the institutions entitled to read it."""

    value: JSONValue
    to: tuple[str, ...]


class _Shape(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    v: Literal[1]
    net: NetName
    actor: InstitutionId
    event: Reference
    name: PrivateName
    commitment: Hex64
    to: Annotated[tuple[InstitutionId, ...], Meta(min_length=1, max_length=ENTITLED_MAX)]
    wraps: dict[InstitutionId, str]
    box: str


@dataclass(frozen=True)
class Package:
    """A parsed package; `raw` is its canonical bytes, `to` the institutions that the writer entitled."""

    raw: bytes
    net: str
    actor: str
    event: str
    name: str
    commitment: str
    to: tuple[str, ...]
    wraps: Mapping[str, bytes]
    box: bytes

    def is_named_in(self, entry: Entry, reader: str) -> bool:
        """Return whether an entry's event names this package and entitles the reader to it."""
        return any(
            part.name == self.name and part.commitment == self.commitment and reader in part.to
            for part in entry.envelope.body.private
        )


@dataclass(frozen=True)
class Opened:
    """An opened payload, already checked against its commitment."""

    package: Package
    salt: bytes
    value: JSONValue


@dataclass(frozen=True)
class Keyring:
    """An institution and the key that opens the wraps made for it."""

    institution: str
    key: PrivateKey

    def open(self, package: Package) -> Opened:
        """Open a package. Raises Unentitled without a wrap, Malformed if it does not open or misses its commitment."""
        wrap = package.wraps.get(self.institution)
        if wrap is None:
            raise Unentitled(
                f"本机构无权读取 {self.institution} is not entitled to payload {package.commitment}"
            )
        try:
            plain = SecretBox(SealedBox(self.key).decrypt(wrap)).decrypt(package.box)
        except (nacl.exceptions.CryptoError, ValueError, TypeError):
            raise Malformed(
                "package-closed", "/wraps", f"payload {package.commitment} does not open with our key"
            ) from None
        salt, value = plain[:SALT_BYTES], parse(plain[SALT_BYTES:], limit=VALUE_BYTES_MAX)
        if len(salt) != SALT_BYTES or _commitment(package, salt, value) != package.commitment:
            raise Malformed(
                "commitment", "/commitment", f"salt and value do not give the commitment {package.commitment}"
            )
        return Opened(package, salt, value)


def make_package(
    net: str, actor: str, event_id: str, name: str, part: PrivatePart, keys: Mapping[str, bytes]
) -> Package:
    """Commit to a value under a fresh salt and seal it for the entitled institutions.

    keys: X25519 public keys by institution id. Raises Malformed if an entitled institution has none, if nobody is
    entitled, or if the value is too large.
    """
    to, value = _entitled(name, part, keys), canonical(part.value)
    if len(value) > VALUE_BYTES_MAX:
        raise Malformed(
            "too-large", f"/private/{name}/value", f"{len(value)} bytes; at most {VALUE_BYTES_MAX}"
        )
    fresh = nacl.utils.random(SALT_BYTES + KEY_BYTES + SecretBox.NONCE_SIZE)
    salt, key, nonce = (
        fresh[:SALT_BYTES],
        fresh[SALT_BYTES : -SecretBox.NONCE_SIZE],
        fresh[-SecretBox.NONCE_SIZE :],
    )
    commitment = commit_to_bytes(net, actor, event_id, name, salt, value)
    wraps = {one: SealedBox(PublicKey(keys[one])).encrypt(key) for one in to}
    box = bytes(SecretBox(key).encrypt(salt + value, nonce))
    raw = encode(
        {
            "v": 1,
            "net": net,
            "actor": actor,
            "event": event_id,
            "name": name,
            "commitment": commitment,
            "to": list(to),
            "wraps": {one: _text(wrap) for one, wrap in wraps.items()},
            "box": _text(box),
        }
    )
    return Package(
        raw=raw,
        net=net,
        actor=actor,
        event=event_id,
        name=name,
        commitment=commitment,
        to=to,
        wraps=wraps,
        box=box,
    )


def _entitled(name: str, part: PrivatePart, keys: Mapping[str, bytes]) -> tuple[str, ...]:
    """Return the institutions entitled to a part, each once in order. Raises Malformed."""
    to, where = tuple(sorted(set(part.to))), f"/private/{name}/to"
    if not to:
        raise Malformed("to", where, "name at least one entitled institution")
    for institution in to:
        if institution not in keys:
            raise Malformed("to", where, f"{institution} is not an active member with an envelope key")
    return to


def parse_package(raw: bytes) -> Package:
    """Parse a package from canonical bytes, without opening it. Raises Malformed naming what is wrong."""
    return package_of(parse(raw, limit=PACKAGE_BYTES_MAX))


def package_of(value: JSONValue) -> Package:
    """Return the package of a JSON value that has been parsed canonically. Raises Malformed."""
    shape = convert(value, _Shape)
    if list(shape.to) != sorted(set(shape.to)) or sorted(shape.wraps) != list(shape.to):
        raise Malformed("to", "/to", "entitled institutions are unique, ascending, and each has one wrap")
    return Package(
        raw=canonical(value),
        net=shape.net,
        actor=shape.actor,
        event=shape.event,
        name=shape.name,
        commitment=shape.commitment,
        to=shape.to,
        wraps={one: _bytes(text, f"/wraps/{one}") for one, text in shape.wraps.items()},
        box=_bytes(shape.box, "/box"),
    )


def private_of(packages: Sequence[Package]) -> list[JSONValue]:
    """Return the `private` member of an event's body: name, commitment and `to` of each part, sorted by name."""
    return [
        {"name": package.name, "commitment": package.commitment, "to": list(package.to)}
        for package in sorted(packages, key=lambda package: package.name)
    ]


def _commitment(package: Package, salt: bytes, value: JSONValue) -> str:
    return commit(package.net, package.actor, package.event, package.name, salt, value)


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _bytes(text: str, where: str) -> bytes:
    try:
        raw = base64.b64decode(text, validate=True)
    except ValueError:
        raw = b""
    if not raw or _text(raw) != text:
        raise Malformed("base64", where, "not padded standard base64")
    return raw
