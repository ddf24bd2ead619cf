"""The event envelope: what an institution states, and the signatures on it.

    {"body":{v,net,type,id,actor,office?,officer?,not_after,data,private?},"sigs":[{alg,key,sig}]}

The envelope is canonical JSON. A signature covers the bytes `dengbu-event/v1 LF net LF key-id LF canonical(body)`.
"""

import base64
import hashlib
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Annotated, Any, Literal, TypeVar, cast

import msgspec
from msgspec import Meta

from dengbu.ledger.log.encoding import DEPTH_MAX, INT_MAX, Malformed, canonical, parse
from dengbu.ledger.log.keys import SIGNATURE_BYTES, Signer

T = TypeVar("T")

TAG = "dengbu-event/v1"
ENVELOPE_BYTES_MAX = 32_768
SIGNATURES_MAX = 16
PRIVATE_MAX = 64  # of any event; most types have fewer: see EventKind.private_max
ENTITLED_MAX = 64
REFERENCE_ALPHABET, REFERENCE_CHARACTERS_MAX = "A-Za-z0-9_.:-", 64

# The network's name is also the log's origin and key name, so it has no space and no "+" (C2SP signed-note). It is
# also the first part of cosigner names, so it is shorter than the 255 bytes of an origin.
NetName = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/-]{0,199}\Z")]
InstitutionId = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,31}\Z")]
EventType = Annotated[str, Meta(pattern=r"^(?=.{1,64}\Z)[a-z][a-z0-9-]*(\.[a-z][a-z0-9-]*)*\Z")]
Reference = Annotated[str, Meta(pattern=rf"^[{REFERENCE_ALPHABET}]{{1,{REFERENCE_CHARACTERS_MAX}}}\Z")]
PrivateName = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_-]{0,31}\Z")]
Hex64 = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]
# 64 bytes in padded standard base64; the last letter before the padding carries only two bits.
SignatureText = Annotated[str, Meta(pattern=r"^[A-Za-z0-9+/]{85}[AQgw]==\Z")]
Milliseconds = Annotated[int, Meta(ge=0, le=INT_MAX)]

_BODY = b'{"body":'
_SIGS = b',"sigs":'
_END = b"}"
_SIGS_OPEN = _SIGS + b"["
_SIGNATURE_CHARS = len('{"alg":"Ed25519","key":"","sig":""}') + 64 + 88 + len(",")  # or "]" after the last


class Signature(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One signature on a body: algorithm, key id, and 64 bytes in base64."""

    alg: Literal["Ed25519"]
    key: Hex64
    sig: SignatureText

    @property
    def raw(self) -> bytes:
        """The 64 bytes of the signature."""
        return base64.b64decode(self.sig)


class Private(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A private payload of the event: its name, its commitment, and the institutions entitled to it."""

    name: PrivateName
    commitment: Hex64
    to: Annotated[tuple[InstitutionId, ...], Meta(min_length=1, max_length=ENTITLED_MAX)]


class Body(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The signed statement: `actor` makes it, `id` is its idempotency key, and `not_after` (ms UTC) its deadline."""

    v: Literal[1]
    net: NetName
    type: EventType
    id: Reference
    actor: InstitutionId
    not_after: Milliseconds
    data: dict[str, Any]
    office: Reference | None = None
    officer: Reference | None = None
    private: Annotated[tuple[Private, ...], Meta(max_length=PRIVATE_MAX)] = ()


class EnvelopeShape(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The JSON of an envelope: a body and the signatures on it."""

    body: Body
    sigs: Annotated[tuple[Signature, ...], Meta(min_length=1, max_length=SIGNATURES_MAX)]


class Envelope(msgspec.Struct, frozen=True):
    """A well-formed envelope: its bytes, its parts and the SHA-256 of the bytes. The signatures are unverified."""

    raw: bytes
    body: Body
    body_bytes: bytes
    sigs: tuple[Signature, ...]
    hash: bytes

    def signed_bytes(self, key_id: str) -> bytes:
        """Return the bytes that a signature by this key covers."""
        return signed_bytes(self.body.net, key_id, self.body_bytes)


def parse_envelope(raw: bytes) -> Envelope:
    """Parse an envelope; raise `Malformed` with the first fault. No signature is verified."""
    return envelope_of(raw, parse(raw, limit=ENVELOPE_BYTES_MAX))


def envelope_of(raw: bytes, value: Any) -> Envelope:
    """Return the envelope for canonical bytes and their value, both of which the caller has already checked.

    Raises `Malformed` if the value is not an envelope.
    """
    shape = convert(value, EnvelopeShape)
    body = value["body"]
    if None in (body.get("office", ""), body.get("officer", "")) or body.get("private", True) == []:
        raise Malformed(
            "shape", "/body", "an absent office, officer or private is left out, not null or empty"
        )
    _check_sorted([part.name for part in shape.body.private], "/body/private", "names")
    for place, part in enumerate(shape.body.private):
        _check_sorted(part.to, f"/body/private/{place}/to", "institutions")
    _check_sorted([one.key for one in shape.sigs], "/sigs", "key ids")
    # In canonical bytes the body lies between the opening and the signatures, whose lengths are known.
    body_bytes = raw[len(_BODY) : -(len(_SIGS_OPEN) + len(shape.sigs) * _SIGNATURE_CHARS + len(_END))]
    return Envelope(raw, shape.body, body_bytes, shape.sigs, hashlib.sha256(raw).digest())


def signed_bytes(net: str, key_id: str, body_bytes: bytes) -> bytes:
    """Return the bytes that a key signs. They include its id, so no signature can be passed off as another key's."""
    return f"{TAG}\n{net}\n{key_id}\n".encode() + body_bytes


def seal(body: dict[str, Any], signers: Sequence[Signer]) -> bytes:
    """Return the envelope of a body signed with these keys; raise `Malformed` if it would not parse."""
    body_bytes = canonical(body, DEPTH_MAX - 1)  # the envelope nests it once more
    net = str(body.get("net"))
    sigs = [_sign(net, body_bytes, signer) for signer in signers]
    raw = _assemble(body_bytes, sigs)
    if len(raw) > ENVELOPE_BYTES_MAX:
        raise Malformed("too-large", "", f"{len(raw)} bytes; at most {ENVELOPE_BYTES_MAX} are allowed")
    envelope_of(raw, {"body": body, "sigs": sorted(sigs, key=_key_of)})
    return raw


def unsigned(body: dict[str, Any], key_id: str) -> bytes:
    """Return the envelope of a body under a signature of zero bytes in a key's name, for a dry run: no node admits it.

    Raises `Malformed` if it would not parse.
    """
    nothing = {"alg": "Ed25519", "key": key_id, "sig": base64.b64encode(bytes(SIGNATURE_BYTES)).decode()}
    raw = _assemble(canonical(body), [nothing])
    parse_envelope(raw)
    return raw


def add_signature(raw: bytes, signer: Signer) -> bytes:
    """Return the envelope with one more signature; raise `Malformed` if this key has already signed it."""
    envelope = parse_envelope(raw)
    sigs: list[dict[str, Any]] = [{"alg": one.alg, "key": one.key, "sig": one.sig} for one in envelope.sigs]
    sigs.append(_sign(envelope.body.net, envelope.body_bytes, signer))
    signed = _assemble(envelope.body_bytes, sigs)
    parse_envelope(signed)
    return signed


def convert(value: Any, kind: type[T]) -> T:
    """Convert a parsed JSON value to a type; raise `Malformed` with the JSON pointer of the fault."""
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as fault:
        message, _, path = str(fault).partition(" - at `$")
        where = path.rstrip("`").replace("[", "/").replace("]", "").replace(".", "/")
        raise Malformed("shape", where, message) from None


def fits(value: object, kind: Any) -> bool:
    """Whether a value has a shape, such as `Reference`."""
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError:
        return False
    return True


def _sign(net: str, body_bytes: bytes, signer: Signer) -> dict[str, Any]:
    signature = signer.sign(signed_bytes(net, signer.key_id, body_bytes))
    return {"alg": "Ed25519", "key": signer.key_id, "sig": base64.b64encode(signature).decode()}


def _assemble(body_bytes: bytes, sigs: Iterable[dict[str, Any]]) -> bytes:
    return _BODY + body_bytes + _SIGS + canonical(sorted(sigs, key=_key_of)) + _END


def _key_of(signature: dict[str, Any]) -> str:
    return cast(str, signature["key"])


def _check_sorted(names: Sequence[str], where: str, what: str) -> None:
    for before, after in pairwise(names):
        if before >= after:
            raise Malformed(
                "order", where, f"{what} must be unique and ascending; {after!r} follows {before!r}"
            )
