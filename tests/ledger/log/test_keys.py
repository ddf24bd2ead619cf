"""Ed25519: libsodium's verdict on every public vector, and which keys may be registered."""

import json
from typing import Any

import pytest

from dengbu.ledger.log.encoding import Malformed
from dengbu.ledger.log.keys import Signer, check_public, key_id, verify
from tests.ledger.small_log import signer
from tests.vectors_dir import public_vectors


def vectors(name: str) -> Any:
    return json.loads(public_vectors(f"ed25519/{name}").read_text())


def test_what_a_key_signs_verifies_and_nothing_else() -> None:
    one = signer("one")
    signature = one.sign(b"message")
    assert verify(one.public, b"message", signature)
    assert not verify(one.public, b"messagf", signature)
    assert not verify(signer("two").public, b"message", signature)
    for place in range(64):
        changed = bytearray(signature)
        changed[place] ^= 1
        assert not verify(one.public, b"message", bytes(changed))


def test_wrong_lengths_are_a_no_and_not_a_crash() -> None:
    one = signer("one")
    for public, signature in (
        (b"", bytes(64)),
        (one.public, b""),
        (one.public, bytes(63)),
        (one.public + b"x", bytes(64)),
    ):
        assert not verify(public, b"", signature)


def test_key_ids_depend_on_the_algorithm() -> None:
    one = signer("one")
    assert one.key_id == key_id("Ed25519", one.public) != key_id("X25519", one.public)
    assert len(one.key_id) == 64


@pytest.mark.parametrize("public", [b"", bytes(31), bytes(33), bytes(32), b"\xff" * 32])
def test_unsafe_keys_are_not_registered(public: bytes) -> None:
    with pytest.raises(Malformed, match="public-key"):
        check_public(public)


def test_a_proper_key_may_be_registered() -> None:
    check_public(signer("one").public)


def test_rfc_8032() -> None:
    for one in vectors("rfc8032_7_1.json")["vectors"]:
        key = Signer(bytes.fromhex(one["secret"]))
        message, signature = bytes.fromhex(one["message"]), bytes.fromhex(one["signature"])
        assert key.public.hex() == one["public"]
        assert key.sign(message) == signature
        assert verify(key.public, message, signature)


def test_speccheck_verdicts() -> None:
    cases, expected = vectors("speccheck_cases.json"), vectors("speccheck_expected.json")["pynacl"]
    verdicts = [
        verify(*(bytes.fromhex(case[name]) for name in ("pub_key", "message", "signature"))) for case in cases
    ]
    assert verdicts == expected
    assert len(cases) == 12


def test_wycheproof_verdicts() -> None:
    count = 0
    for group in vectors("wycheproof_ed25519_test.json")["testGroups"]:
        public = bytes.fromhex(group["publicKey"]["pk"])
        for one in group["tests"]:
            verdict = verify(public, bytes.fromhex(one["msg"]), bytes.fromhex(one["sig"]))
            assert verdict == (one["result"] == "valid"), one["tcId"]
            count += 1
    assert count == 151


def test_cctv_verdicts() -> None:
    found = vectors("cctv_subset.json")["vectors"]
    for one in found:
        verdict = verify(bytes.fromhex(one["key"]), one["msg"].encode(), bytes.fromhex(one["sig"]))
        assert verdict == one["pynacl"], one["number"]
    assert len(found) == 66


def test_signatures_that_split_libraries_are_refused() -> None:
    for one in vectors("consensus_split.json")["vectors"]:
        verdict = verify(*(bytes.fromhex(one[name]) for name in ("public", "msg", "sig")))
        assert verdict == one["pynacl"], one["id"]


def test_low_order_keys_are_not_registered() -> None:
    found = vectors("low_order_points.json")["low_order_encodings"]
    for text in found:
        with pytest.raises(Malformed):
            check_public(bytes.fromhex(text))
    assert len(found) == 14
