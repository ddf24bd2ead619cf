"""Signed HTTP requests: one fixed profile of RFC 9421 (message signatures) with RFC 9530 (content digest).

Covered are "@method" "@authority" "@path" "@query", and "content-type" "content-digest" when there is a body, in
this order. The parameters are created, expires, nonce, keyid, alg="ed25519" and tag="dengbu-http/v1", each exactly
once, in any order. A request carries one signature. The caller supplies the clock and remembers nonces.
"""

import base64
import hashlib
import re
from typing import Protocol

import msgspec

from dengbu.ledger.log.encoding import Malformed
from dengbu.ledger.log.keys import ED25519, SIGNATURE_BYTES, Signer, key_id, verify

TAG = "dengbu-http/v1"
ALG = "ed25519"  # the name in the RFC 9421 registry
LABEL = "dengbu"
LIFE_S_MAX = 60  # from created to expires
SKEW_S = 5  # how far the clocks of client and server may differ
FIELD_CHARS_MAX = 1_024
SECONDS_MAX = 10**11
DEFAULT_PORTS = {"http": ":80", "https": ":443"}
SIGNATURE_INPUT, SIGNATURE, CONTENT_DIGEST = "Signature-Input", "Signature", "Content-Digest"

_BARE = ("@method", "@authority", "@path", "@query")
_WITH_BODY = (*_BARE, "content-type", "content-digest")
_LABEL = r"([a-z*][a-z0-9_.*-]{0,31})"
_STRING = r'"[A-Za-z0-9_.:/+=-]{1,128}"'
_INPUT = re.compile(rf'{_LABEL}=\(((?:"[a-z@-]+" ?)*)\)((?:;[a-z]+=(?:[0-9]{{1,11}}|{_STRING}))+)', re.ASCII)
_PARAMETER = re.compile(r";([a-z]+)=([^;]+)", re.ASCII)
_SIGNATURE = re.compile(rf"{_LABEL}=:([A-Za-z0-9+/]+={{0,2}}):", re.ASCII)
_NONCE = re.compile(r"[A-Za-z0-9_.:/+=-]{16,64}", re.ASCII)
_SECONDS = re.compile(r"0|[1-9][0-9]*", re.ASCII)
_KEY_ID = re.compile(r"[0-9a-f]{64}", re.ASCII)
_PRINTABLE = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?|", re.ASCII)
_PARAMETERS = ("alg", "created", "expires", "keyid", "nonce", "tag")


class Unsigned(ValueError):
    """Raised for a request without a valid signature; `code` is stable, `str()` says why."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message

    def __str__(self) -> str:
        return f"请求签名无效 request signature refused [{self.code}]: {self.message}"


class Headers(Protocol):
    """Request headers, looked up by name in any case; an absent header is None."""

    def get(self, name: str, /) -> str | None: ...


class Request(msgspec.Struct, frozen=True):
    """The parts of a request that its signature covers, other than header fields.

    `authority` is that of `authority_of`; `path` and `query` (without "?") are as on the wire, and `body` is
    as it was before any decoding.
    """

    method: str
    authority: str
    path: str
    query: str
    body: bytes


class SignedRequest(msgspec.Struct, frozen=True):
    """The parameters of a signature; times are in UTC seconds. The caller must remember the nonce."""

    key_id: str
    nonce: str
    created: int
    expires: int


class _Input(msgspec.Struct, frozen=True):
    """A parsed Signature-Input; `params` is its text after the label, as it goes into the signature base."""

    label: str
    components: tuple[str, ...]
    signed: SignedRequest
    params: str


def authority_of(scheme: str, named: str) -> str:
    """Return a host and port as they are signed (RFC 9421 2.2.3): in lower case, without the scheme's default port."""
    return named.lower().removesuffix(DEFAULT_PORTS[scheme])


def content_digest(body: bytes) -> str:
    """The value of the Content-Digest header for a body (RFC 9530, sha-256)."""
    return f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"


def signature_base(components: list[tuple[str, str]], params: str) -> bytes:
    """Return the bytes that are signed (RFC 9421 2.5): one line for each component, then the parameters.

    Raises `Malformed` for a value that could break out of its line.
    """
    lines = []
    for name, value in components:
        if not _PRINTABLE.fullmatch(value):
            raise Malformed("component", name, "the value is not printable ASCII without space around it")
        lines.append(f'"{name}": {value}')
    return "\n".join([*lines, f'"@signature-params": {params}']).encode()


def sign_request(
    signer: Signer,
    request: Request,
    content_type: str | None,
    created: int,
    expires: int,
    nonce: str,
) -> dict[str, str]:
    """Return the headers that sign a request: Signature-Input, Signature and, with a body, Content-Digest.

    Times are in UTC seconds. `nonce` has 16..64 characters and must be new for this key. Raises `Malformed`.
    """
    if not _NONCE.fullmatch(nonce):
        raise Malformed("nonce", "nonce", "a nonce has 16..64 characters of A-Z a-z 0-9 _ . : / + = -")
    digest = content_digest(request.body) if request.body else None
    values = _components(request, content_type, digest)
    covered = " ".join(f'"{name}"' for name, _ in values)
    params = (
        f"({covered});created={created};expires={expires};"
        f'nonce="{nonce}";keyid="{signer.key_id}";alg="{ALG}";tag="{TAG}"'
    )
    signature = base64.b64encode(signer.sign(signature_base(values, params))).decode()
    headers = {SIGNATURE_INPUT: f"{LABEL}={params}", SIGNATURE: f"{LABEL}=:{signature}:"}
    return headers | ({CONTENT_DIGEST: digest} if digest else {})


def key_id_of(headers: Headers) -> str | None:
    """Return the id of the key that a request claims to be signed with, or None if it is unsigned.

    Raises `Malformed`. Nothing is verified.
    """
    if headers.get(SIGNATURE_INPUT) is None and headers.get(SIGNATURE) is None:
        return None
    return _parse_input(headers).signed.key_id


def verify_request(public: bytes, request: Request, headers: Headers, now: int) -> SignedRequest:
    """Verify a request against the 32-byte key it names; `now` is in UTC seconds.

    Its authority is this server's own name, not the one the caller claims. Raises `Malformed` for fields outside
    the profile and `Unsigned` if they do not hold. The caller must check afterwards that the nonce is new.
    """
    given = _parse_input(headers)
    signed = given.signed
    if signed.key_id != key_id(ED25519, public):
        raise Unsigned("key", "the signature names another key")
    _check_time(signed, now)
    body = request.body
    wanted = _WITH_BODY if body else _BARE
    if given.components != wanted:
        raise Unsigned("components", f"the signature must cover exactly {' '.join(wanted)}")
    # The digest counts as the caller gave it until the signature holds, so that nobody without a key makes us hash a body.
    digest = (headers.get(CONTENT_DIGEST) or "") if body else None
    values = _components(request, headers.get("Content-Type"), digest)
    base = signature_base(values, given.params)
    if not verify(public, base, _parse_signature(headers, given.label)):
        raise Unsigned("signature", "the signature does not verify; was the request changed on its way?")
    if body and digest != content_digest(body):
        raise Unsigned("digest", "Content-Digest is not the sha-256 of the body")
    return signed


def _components(request: Request, content_type: str | None, digest: str | None) -> list[tuple[str, str]]:
    values = [request.method, request.authority.lower(), request.path or "/", f"?{request.query}"]
    if digest is not None:
        values += [content_type or "", digest]
    return list(zip(_WITH_BODY, values, strict=False))


def _check_time(signed: SignedRequest, now: int) -> None:
    if not 0 < signed.expires - signed.created <= LIFE_S_MAX:
        raise Unsigned("lifetime", f"a signature expires 1..{LIFE_S_MAX} s after it was created")
    if signed.created > now + SKEW_S:
        raise Unsigned("future", "the signature was created in the future; check the clocks")
    if signed.expires < now - SKEW_S:
        raise Unsigned("expired", "the signature has expired; sign again, and check the clocks")


def _field(headers: Headers, name: str, form: re.Pattern[str]) -> re.Match[str]:
    """Match a header against the only spelling the profile allows; raise `Malformed` for any other.

    Two signatures, or a repeated header, do not match.
    """
    value = headers.get(name)
    if value is None:
        raise Malformed("signature-field", name, "the header is missing")
    match = form.fullmatch(value.strip(" ")) if len(value) <= FIELD_CHARS_MAX else None
    if match is None:
        raise Malformed("signature-field", name, "the header is not one signature of this profile")
    return match


def _parse_input(headers: Headers) -> _Input:
    match = _field(headers, SIGNATURE_INPUT, _INPUT)
    label, covered, parameters = match.groups()
    found = _PARAMETER.findall(parameters)
    values = dict(found)
    if len(found) != len(values) or tuple(sorted(values)) != _PARAMETERS:
        raise Malformed("signature-field", SIGNATURE_INPUT, f"expected once each: {' '.join(_PARAMETERS)}")
    if values["alg"] != f'"{ALG}"' or values["tag"] != f'"{TAG}"':
        raise Malformed("signature-field", SIGNATURE_INPUT, f'expected alg="{ALG}" and tag="{TAG}"')
    created, expires = (_seconds(values[name]) for name in ("created", "expires"))
    key, nonce = _text(values["keyid"], _KEY_ID), _text(values["nonce"], _NONCE)
    names = tuple(name.strip('"') for name in covered.split(" "))
    if covered != " ".join(f'"{name}"' for name in names):
        raise Malformed("signature-field", SIGNATURE_INPUT, "one space between components")
    params = match.group()[len(label) + 1 :]
    return _Input(label, names, SignedRequest(key, nonce, created, expires), params)


def _seconds(value: str) -> int:
    if not _SECONDS.fullmatch(value) or int(value) > SECONDS_MAX:
        raise Malformed("signature-field", SIGNATURE_INPUT, "created and expires are plain UTC seconds")
    return int(value)


def _text(value: str, form: re.Pattern[str]) -> str:
    text = value.strip('"')
    if value != f'"{text}"' or not form.fullmatch(text):
        raise Malformed("signature-field", SIGNATURE_INPUT, "keyid is 64 hex digits, nonce 16..64 characters")
    return text


def _parse_signature(headers: Headers, label: str) -> bytes:
    named, field = _field(headers, SIGNATURE, _SIGNATURE).groups()
    try:
        raw = base64.b64decode(field, validate=True)
    except ValueError:
        raw = b""
    if named != label or len(raw) != SIGNATURE_BYTES or base64.b64encode(raw).decode() != field:
        raise Malformed("signature-field", SIGNATURE, "expected 64 bytes under the label of the input")
    return raw
