"""Signed requests: the RFC's own example, an independent library in both directions, and every refusal."""

import base64
import json
import re
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from http_message_signatures import (
    HTTPMessageSigner,
    HTTPMessageVerifier,
    HTTPSignatureKeyResolver,
    InvalidSignature,
    algorithms,
)

from dengbu.ledger.log import httpsig
from dengbu.ledger.log.encoding import Malformed
from dengbu.ledger.log.httpsig import Unsigned, sign_request, signature_base, verify_request
from dengbu.ledger.log.keys import Signer, verify
from tests.vectors_dir import public_vectors

KEY = Signer(b"httpsig test key, never for use!")
OTHER = Signer(b"another test key, never for use!")
NOW = 1_795_305_600
NONCE = "nonce-0123456789abcdef"
BODY = '{"名":"值"}'.encode()
POST = ("POST", "127.0.0.1:8443", "/v1/events", "wait=3")
GET = ("GET", "node.example:8443", "/v1/units/441302001001GB00001F00010001", "")


def signed(
    request: tuple[str, str, str, str] = POST, body: bytes = BODY, **changed: object
) -> dict[str, str]:
    """Return the headers of a signed request."""
    given = {"created": NOW, "expires": NOW + 30, "nonce": NONCE} | changed
    content_type = "application/json" if body else None
    headers = sign_request(KEY, httpsig.Request(*request, body), content_type, **given)  # type: ignore[arg-type]
    return headers | ({"Content-Type": content_type} if content_type else {})


def check(
    headers: dict[str, str],
    request: tuple[str, str, str, str] = POST,
    body: bytes = BODY,
    now: int = NOW,
    key: Signer = KEY,
) -> httpsig.SignedRequest:
    """Verify a request as a server would."""
    return verify_request(key.public, httpsig.Request(*request, body), headers, now)


def test_the_signature_base_is_the_one_of_rfc_9421_b_2_6() -> None:
    vector = json.loads(public_vectors("http/rfc9421_b26.json").read_text())
    example = vector["b_2_6"]
    lines = example["signature_base"].split("\n")
    components = [tuple(re.fullmatch(r'"([^"]+)": (.*)', line).groups()) for line in lines[:-1]]  # type: ignore[union-attr]
    params = example["signature_input"].removeprefix("sig-b26=")
    base = signature_base(components, params)
    assert base.decode() == example["signature_base"]
    public = bytes.fromhex(vector["public_key_hex"])
    assert verify(public, base, base64.b64decode(example["signature"].split(":")[1]))


@pytest.mark.parametrize(("request_", "body"), [(POST, BODY), (GET, b"")])
def test_what_was_signed_verifies(request_: tuple[str, str, str, str], body: bytes) -> None:
    found = check(signed(request_, body), request_, body)
    assert found == httpsig.SignedRequest(KEY.key_id, NONCE, NOW, NOW + 30)


def message(request: tuple[str, str, str, str], headers: dict[str, str], body: bytes) -> SimpleNamespace:
    """Return a request in the form that the library expects."""
    method, authority, path, query = request
    url = f"http://{authority}{path}" + (f"?{query}" if query else "")
    return SimpleNamespace(method=method, url=url, headers={"Host": authority, **headers}, body=body)


@pytest.mark.parametrize(
    ("scheme", "named", "signed"),
    [
        ("http", "Node.example:80", "node.example"),
        ("https", "node.example:443", "node.example"),
        ("http", "node.example:443", "node.example:443"),
        ("https", "node.example:80", "node.example:80"),
        ("http", "node.example:8080", "node.example:8080"),
        ("http", "[::80]", "[::80]"),
        ("http", "[::1]:80", "[::1]"),
    ],
)
def test_an_authority_is_signed_without_the_default_port(scheme: str, named: str, signed: str) -> None:
    assert httpsig.authority_of(scheme, named) == signed


class Keys(HTTPSignatureKeyResolver):
    """Resolves one key by its id."""

    def resolve_private_key(self, key_id: str) -> Ed25519PrivateKey:
        assert key_id == KEY.key_id
        return Ed25519PrivateKey.from_private_bytes(b"httpsig test key, never for use!")

    def resolve_public_key(self, key_id: str) -> Ed25519PublicKey:
        assert key_id == KEY.key_id
        return Ed25519PublicKey.from_public_bytes(KEY.public)


ORACLE = {"signature_algorithm": algorithms.ED25519, "key_resolver": Keys()}


@pytest.mark.parametrize(("request_", "body"), [(POST, BODY), (GET, b"")])
def test_an_independent_library_accepts_ours(request_: tuple[str, str, str, str], body: bytes) -> None:
    now = int(datetime.now(UTC).timestamp())  # the library itself asks the wall clock
    headers = signed(request_, body, created=now, expires=now + 30)
    verifier = HTTPMessageVerifier(**ORACLE)
    needed = ("@method", "@authority", "@path", "@query") + (
        ("content-type", "content-digest") if body else ()
    )
    (found,) = verifier.verify(
        message(request_, headers, body),
        expect_tag=httpsig.TAG,
        require_components=needed,
        body=body or None,
    )
    assert found.nonce == NONCE
    with pytest.raises(InvalidSignature):
        verifier.verify(
            message(("PUT", *request_[1:]), headers, body), expect_tag=httpsig.TAG, body=body or None
        )


@pytest.mark.parametrize(("request_", "body"), [(POST, BODY), (GET, b"")])
def test_ours_accepts_the_library(request_: tuple[str, str, str, str], body: bytes) -> None:
    headers = {"Content-Type": "application/json"} if body else {}
    theirs = message(request_, headers, body)
    covered = ("@method", "@authority", "@path", "@query") + (
        ("content-type", "content-digest") if body else ()
    )
    HTTPMessageSigner(**ORACLE).sign(
        theirs,
        key_id=KEY.key_id,
        created=datetime.fromtimestamp(NOW, UTC),
        expires=datetime.fromtimestamp(NOW + 30, UTC),
        nonce=NONCE,
        tag=httpsig.TAG,
        covered_component_ids=covered,
        body=body or None,
    )
    assert check(theirs.headers, request_, body).nonce == NONCE


CHANGES = {
    "method": {"request": ("PUT", *POST[1:])},
    "authority": {"request": ("POST", "127.0.0.1:8444", *POST[2:])},
    "path": {"request": (*POST[:2], "/v1/events/", POST[3])},
    "percent-encoded path": {"request": (*POST[:2], "/v1/%65vents", POST[3])},
    "query": {"request": (*POST[:3], "wait=4")},
    "no query": {"request": (*POST[:3], "")},
    "body": {"body": BODY + b" "},
    "no body": {"body": b""},
    "expired": {"now": NOW + 36},
    "too early": {"now": NOW - 6},
    "another key": {"key": OTHER},
}


@pytest.mark.parametrize("changed", CHANGES.values(), ids=CHANGES)
def test_any_change_on_the_way_is_refused(changed: dict[str, object]) -> None:
    with pytest.raises(Unsigned):
        check(signed(), **changed)  # type: ignore[arg-type]


def test_a_refusal_says_its_code_and_why() -> None:
    with pytest.raises(Unsigned) as refused:
        check(signed(), key=OTHER)
    fault = refused.value
    assert f"[{fault.code}]" in str(fault)
    assert str(fault).endswith(fault.message)


def swap(old: str, new: str, header: str = "Signature-Input") -> dict[str, str]:
    """Return headers with one text replaced by another."""
    headers = signed()
    assert old in headers[header]
    return headers | {header: headers[header].replace(old, new)}


EDITS = {
    "created later": swap(f"created={NOW}", f"created={NOW + 1}"),
    "expires later": swap(f"expires={NOW + 30}", f"expires={NOW + 31}"),
    "lives too long": signed(expires=NOW + 61),
    "expires before created": signed(expires=NOW - 1),
    "other nonce": swap(NONCE, NONCE[::-1]),
    "other key id": swap(KEY.key_id, OTHER.key_id),
    "other content type": signed() | {"Content-Type": "text/plain"},
    "digest of another body": signed() | {"Content-Digest": httpsig.content_digest(b"{}")},
    "body not covered": swap(' "content-type" "content-digest"', ""),
    "components in another order": swap('"@method" "@authority"', '"@authority" "@method"'),
    "one component fewer": swap('"@query" ', ""),
    "one component twice": swap('"@query"', '"@query" "@query"'),
}


@pytest.mark.parametrize("headers", EDITS.values(), ids=EDITS)
def test_edited_headers_are_refused(headers: dict[str, str]) -> None:
    with pytest.raises(Unsigned):
        check(headers)


NO_PROFILE = {
    "no signature": {k: v for k, v in signed().items() if k != "Signature"},
    "no input": {k: v for k, v in signed().items() if k != "Signature-Input"},
    "no headers": {},
    "other tag": swap(httpsig.TAG, "other/v1"),
    "no tag": swap(f';tag="{httpsig.TAG}"', ""),
    "no alg": swap(';alg="ed25519"', ""),
    "other alg": swap('alg="ed25519"', 'alg="hmac-sha256"'),
    "no nonce": swap(f';nonce="{NONCE}"', ""),
    "short nonce": swap(NONCE, "short"),
    "no expires": swap(f";expires={NOW + 30}", ""),
    "nonce twice": swap(f';nonce="{NONCE}"', f';nonce="{NONCE}";nonce="{NONCE}"'),
    "unknown parameter": swap(";alg=", ";x=1;alg="),
    "created as text": swap(f"created={NOW}", f'created="{NOW}"'),
    "created with a sign": swap(f"created={NOW}", f"created=+{NOW}"),
    "created with leading zero": swap(f"created={NOW}", f"created=0{NOW}"),
    "created in other digits": swap(f"created={NOW}", "created=١٧٩٥٣٠٥٦٠٠"),
    "key id in capitals": swap(KEY.key_id, KEY.key_id.upper()),
    "two signatures": swap("dengbu=(", "dengbu=(),two=("),
    "other label": swap("dengbu=", "other=", "Signature"),
    "signature without end": swap("==:", "", "Signature"),
    "signature in url-safe letters": signed() | {"Signature": "dengbu=:" + "-_" * 43 + "==:"},
    "signature too short": signed() | {"Signature": "dengbu=:AAAA:"},
    "signature not canonical": signed() | {"Signature": "dengbu=:" + "A" * 85 + "B==:"},
    "line feed": swap(";alg=", "\n;alg="),
    "two spaces": swap('"@method" ', '"@method"  '),
    "no space between components": swap('"@method" ', '"@method"'),
    "a space after the last component": swap('"content-digest")', '"content-digest" )'),
    "signature with broken padding": signed() | {"Signature": "dengbu=:AAAAA:"},
    "a long header": signed() | {"Signature-Input": signed()["Signature-Input"] + " " * 2_000},
}


@pytest.mark.parametrize("headers", NO_PROFILE.values(), ids=NO_PROFILE)
def test_whatever_is_not_the_profile_is_refused(headers: dict[str, str]) -> None:
    with pytest.raises((Malformed, Unsigned)):
        check(headers)


@pytest.mark.parametrize("value", ["a\nb", " a", "a ", "é", "a\x7f"])
def test_no_value_can_break_out_of_its_line(value: str) -> None:
    with pytest.raises(Malformed):
        sign_request(KEY, httpsig.Request("GET", "a", value, "", b""), None, NOW, NOW + 1, NONCE)


def test_flipping_any_bit_of_the_signature_is_refused() -> None:
    headers = signed()
    raw = base64.b64decode(headers["Signature"][len("dengbu=:") : -1])
    for place in range(8 * len(raw)):
        flipped = bytearray(raw)
        flipped[place // 8] ^= 1 << place % 8
        bad = {**headers, "Signature": f"dengbu=:{base64.b64encode(flipped).decode()}:"}
        with pytest.raises(Unsigned):
            check(bad)


BY_NOBODY = {
    "no signature of the key": signed() | {"Signature": "dengbu=:" + "A" * 86 + "==:"},
    "digest edited": signed() | {"Content-Digest": httpsig.content_digest(b"{}")},
    "digest left out": {name: value for name, value in signed().items() if name != "Content-Digest"},
    "time edited": swap(f"created={NOW}", f"created={NOW + 1}"),
}


@pytest.mark.parametrize("headers", BY_NOBODY.values(), ids=BY_NOBODY)
def test_no_body_is_hashed_before_the_signature_holds(headers: dict[str, str]) -> None:
    """Key ids are public: otherwise anybody could have a node hash as much as it takes. The body is another one, too."""
    with pytest.raises(Unsigned) as refused:
        check(headers, body=b"another body")
    assert refused.value.code == "signature"
    with pytest.raises(Unsigned) as refused:
        check(signed(), body=b"another body")
    assert refused.value.code == "digest"


def test_the_named_key_is_told_before_anything_is_verified() -> None:
    assert httpsig.key_id_of(signed()) == KEY.key_id
    assert httpsig.key_id_of({}) is None
    with pytest.raises(Malformed):
        httpsig.key_id_of({"Signature": "x"})


@pytest.mark.parametrize(
    "nonce", ["", "short", "x" * 65, "with a space in the nonce", "umlaut-ü-in-the-nonce"]
)
def test_a_request_is_not_signed_with_a_nonce_outside_the_profile(nonce: str) -> None:
    with pytest.raises(Malformed, match="nonce"):
        signed(nonce=nonce)
