"""Envelopes: what is sealed reads back and verifies; any other shape or byte is refused."""

import hashlib
from typing import Any

import pytest

from dengbu.ledger.log.encoding import DEPTH_MAX, Malformed, canonical
from dengbu.ledger.log.envelope import (
    ENVELOPE_BYTES_MAX,
    PRIVATE_MAX,
    SIGNATURES_MAX,
    Envelope,
    Reference,
    add_signature,
    fits,
    parse_envelope,
    seal,
    signed_bytes,
)
from dengbu.ledger.log.keys import verify
from tests.ledger.small_log import NET, body, signer

BANK, REGISTRY = signer("event/bank-a"), signer("event/hz-registry")
PUBLICS = {one.key_id: one.public for one in (BANK, REGISTRY)}
RAW = seal(body(1), [BANK, REGISTRY])


def signed_well(envelope: Envelope) -> bool:
    return all(verify(PUBLICS[one.key], envelope.signed_bytes(one.key), one.raw) for one in envelope.sigs)


def test_what_is_sealed_reads_back() -> None:
    envelope = parse_envelope(RAW)
    assert envelope.raw == RAW
    assert envelope.hash == hashlib.sha256(RAW).digest()
    assert envelope.body_bytes == canonical(body(1))
    assert envelope.body.data == body(1)["data"]
    assert envelope.body.private[0].to == ("bank-a", "hz-registry")
    assert [one.key for one in envelope.sigs] == sorted(PUBLICS)
    assert signed_well(envelope)


def test_optional_parts_may_be_absent() -> None:
    short = {key: value for key, value in body(1).items() if key not in {"office", "officer", "private"}}
    envelope = parse_envelope(seal(short, [BANK]))
    assert (envelope.body.office, envelope.body.officer, envelope.body.private) == (None, None, ())
    assert signed_well(envelope)


def test_the_signed_bytes_name_tag_network_and_key() -> None:
    assert signed_bytes("net", "kid", b"{}") == b"dengbu-event/v1\nnet\nkid\n{}"


def test_a_signature_is_of_one_key_only() -> None:
    one, two = parse_envelope(RAW).sigs
    assert not verify(PUBLICS[one.key], parse_envelope(RAW).signed_bytes(two.key), one.raw)


def test_a_signature_can_be_added_once() -> None:
    both = add_signature(seal(body(1), [BANK]), REGISTRY)
    assert both == RAW == add_signature(seal(body(1), [REGISTRY]), BANK)
    with pytest.raises(Malformed, match="order"):
        add_signature(RAW, BANK)


def test_every_byte_counts() -> None:
    for place in range(len(RAW)):
        changed = bytearray(RAW)
        changed[place] ^= 0x01
        try:
            envelope = parse_envelope(bytes(changed))
        except Malformed:
            continue
        assert not all(
            one.key in PUBLICS and verify(PUBLICS[one.key], envelope.signed_bytes(one.key), one.raw)
            for one in envelope.sigs
        )


LEFT_OUT = object()
PRIVATE = body(1)["private"][0]


@pytest.mark.parametrize(
    ("field", "value", "where"),
    [
        ("v", 2, "/body/v"),
        ("v", LEFT_OUT, "/body"),
        ("net", "", "/body/net"),
        ("net", "with space", "/body/net"),
        ("net", "with+plus", "/body/net"),
        ("net", NET + "\n", "/body/net"),
        ("net", "n" * 201, "/body/net"),
        ("type", "Case.apply", "/body/type"),
        ("type", "case..apply", "/body/type"),
        ("type", "case.apply\n", "/body/type"),
        ("type", "c" * 65, "/body/type"),
        ("id", "", "/body/id"),
        ("id", "a b", "/body/id"),
        ("id", "i" * 65, "/body/id"),
        ("id", "id\n", "/body/id"),
        ("actor", "Bank", "/body/actor"),
        ("actor", "-bank", "/body/actor"),
        ("actor", "b" * 33, "/body/actor"),
        ("office", None, "/body"),
        ("office", "", "/body/office"),
        ("officer", None, "/body"),
        ("officer", "张三", "/body/officer"),
        ("not_after", -1, "/body/not_after"),
        ("not_after", "1", "/body/not_after"),
        ("not_after", True, "/body/not_after"),
        ("data", [], "/body/data"),
        ("data", LEFT_OUT, "/body"),
        ("private", [], "/body"),
        ("private", None, "/body/private"),
        ("private", [{**PRIVATE, "commitment": "AB" * 32}], "/body/private/0/commitment"),
        ("private", [{**PRIVATE, "to": []}], "/body/private/0/to"),
        ("private", [{**PRIVATE, "to": ["hz-registry", "bank-a"]}], "/body/private/0/to"),
        ("private", [{**PRIVATE, "to": ["bank-a", "bank-a"]}], "/body/private/0/to"),
        ("private", [{**PRIVATE, "salt": "00"}], "/body/private/0"),
        ("private", [PRIVATE, PRIVATE], "/body/private"),
        ("private", [{**PRIVATE, "name": "b"}, {**PRIVATE, "name": "a"}], "/body/private"),
        ("private", [{**PRIVATE, "name": f"n{n:02d}"} for n in range(PRIVATE_MAX + 1)], "/body/private"),
        ("seq", 1, "/body"),
    ],
)
def test_other_bodies_are_refused(field: str, value: Any, where: str) -> None:
    changed: dict[str, Any] = {**body(1), field: value}
    if value is LEFT_OUT:
        del changed[field]
    with pytest.raises(Malformed) as refused:
        seal(changed, [BANK])
    assert refused.value.where == where, str(refused.value)


def enveloped(sigs: list[Any], **more: Any) -> bytes:
    return canonical({"body": body(1), "sigs": sigs, **more})


GOOD = {"alg": "Ed25519", "key": "0" * 64, "sig": "A" * 86 + "=="}


def test_a_well_formed_signature_list_is_well_formed() -> None:
    assert len(parse_envelope(enveloped([GOOD])).sigs) == 1
    many = [{**GOOD, "key": f"{number:064x}"} for number in range(SIGNATURES_MAX)]
    assert parse_envelope(enveloped(many)).body_bytes == canonical(body(1))


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"{}",
        enveloped([]),
        enveloped([GOOD], more=1),
        enveloped([{**GOOD, "alg": "SM2"}]),
        enveloped([{**GOOD, "alg": "EdDSA"}]),
        enveloped([{**GOOD, "key": "0" * 63}]),
        enveloped([{**GOOD, "key": "A" * 64}]),
        enveloped([{**GOOD, "sig": ""}]),
        enveloped([{**GOOD, "sig": "A" * 86}]),
        enveloped([{**GOOD, "sig": "A" * 85 + "B=="}]),
        enveloped([{**GOOD, "sig": "A" * 85 + "-=="}]),
        enveloped([{**GOOD, "sig": "A" * 86 + "==\n"}]),
        enveloped([{**GOOD, "kid": "x"}]),
        enveloped([GOOD, GOOD]),
        enveloped([{**GOOD, "key": "1" * 64}, GOOD]),
        enveloped([{**GOOD, "key": f"{number:064x}"} for number in range(SIGNATURES_MAX + 1)]),
        RAW + b"\n",
        RAW.replace(b'"body":', b'"body": '),
    ],
)
def test_other_envelopes_are_refused(raw: bytes) -> None:
    with pytest.raises(Malformed):
        parse_envelope(raw)


def nested(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


def test_a_text_fits_a_shape_as_a_whole_or_not_at_all() -> None:
    assert fits("t-1", Reference)
    for other in ("", "t 1", "t-1\n", "t" * 65, 1, None):
        assert not fits(other, Reference)


def test_size_and_depth_are_limited() -> None:
    room = ENVELOPE_BYTES_MAX - len(seal({**body(1), "data": {"x": ""}}, [BANK]))
    parse_envelope(seal({**body(1), "data": {"x": "y" * room}}, [BANK]))
    with pytest.raises(Malformed, match="too-large"):
        seal({**body(1), "data": {"x": "y" * (room + 1)}}, [BANK])
    outside = 3  # the envelope, its body, the data
    seal({**body(1), "data": {"x": nested(DEPTH_MAX - outside)}}, [BANK])
    with pytest.raises(Malformed, match="depth"):
        seal({**body(1), "data": {"x": nested(DEPTH_MAX - outside + 1)}}, [BANK])
