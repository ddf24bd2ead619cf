"""The canonical form: which values have one, which have none, and that it is RFC 8785."""

import json
import unicodedata
from typing import Any

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from dengbu.ledger.log.encoding import DEPTH_MAX, INT_MAX, Malformed, canonical, encode, parse
from tests.vectors_dir import public_vectors

LIMIT = 100_000
SAME_EVERY_RUN = settings(derandomize=True, deadline=None, max_examples=100)

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=6).map(
    lambda text: unicodedata.normalize("NFC", text)
)
keys = st.from_regex(r"\A[A-Za-z0-9_.-]{1,12}\Z")
scalars = st.none() | st.booleans() | st.integers(-INT_MAX, INT_MAX) | texts
values = st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(keys, inner), max_leaves=8)


def refusal(raw: bytes, limit: int = LIMIT) -> Malformed:
    with pytest.raises(Malformed) as refused:
        parse(raw, limit=limit)
    return refused.value


@SAME_EVERY_RUN
@given(values)
def test_the_form_reads_back_and_is_rfc_8785(value: Any) -> None:
    raw = canonical(value)
    assert parse(raw, limit=len(raw)) == value
    assert raw == rfc8785.dumps(value) == encode(value)


@SAME_EVERY_RUN
@given(values, st.data())
def test_no_other_bytes_have_the_same_value(value: Any, data: st.DataObject) -> None:
    raw = bytearray(canonical(value))
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        other = parse(bytes(raw), limit=LIMIT)
    except Malformed:
        return
    assert canonical(other) == bytes(raw)  # then it is another value, in its own canonical form
    assert json.dumps(other) != json.dumps(value)


@SAME_EVERY_RUN
@given(st.binary(max_size=60))
def test_no_bytes_do_worse_than_be_refused(raw: bytes) -> None:
    try:
        value = parse(raw, limit=LIMIT)
    except Malformed:
        return
    assert canonical(value) == raw


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "not-json"),
        (b"{", "not-json"),
        (b"\xff", "not-json"),
        (b'"\\ud800"', "not-json"),
        (b"NaN", "not-json"),
        (b"1.0", "type"),
        (b"-0.0", "type"),
        (b"1e2", "type"),
        (b"18446744073709551616", "type"),  # 2^64 is parsed as a float
        (b"9007199254740992", "integer-range"),
        (b"-9007199254740992", "integer-range"),
        (b" 1", "not-canonical"),
        (b"-0", "not-canonical"),
        (b'{"b":1,"a":2}', "not-canonical"),
        (b'{"a":1,"a":1}', "not-canonical"),
        (b'"\\u0061"', "not-canonical"),
        (b'"\\/"', "not-canonical"),
        (b'{"":1}', "key"),
        (b'{"a b":1}', "key"),
        ('{"权":1}'.encode(), "key"),
        (b"[" * (DEPTH_MAX + 1) + b"]" * (DEPTH_MAX + 1), "depth"),
        (b'{"a":' * (DEPTH_MAX + 1) + b"1" + b"}" * (DEPTH_MAX + 1), "depth"),
        (b"[" * 50_000, "not-json"),
        (b"[" * 40_000 + b"]" * 40_000, "not-json"),
        (b'"A\xcc\x8a"', "not-nfc"),
    ],
)
def test_what_the_gate_refuses(raw: bytes, code: str) -> None:
    fault = refusal(raw)
    assert fault.code == code
    assert code in str(fault)


def test_the_limits_themselves_are_allowed() -> None:
    raw = b"[" * DEPTH_MAX + b"]" * DEPTH_MAX
    parse(raw, limit=len(raw))
    assert refusal(raw, limit=len(raw) - 1).code == "too-large"
    assert parse(str(-INT_MAX).encode(), limit=99) == -INT_MAX


def test_the_place_of_a_fault_is_named() -> None:
    assert refusal(b'{"a":[1,{"b":1.5}]}').where == "/a/1/b"
    assert refusal(b'{"a":["A\xcc\x8a"]}').where == "/a/0"
    assert "the top level" in str(refusal(b"1.5"))


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (1.0, "type"),
        (float("nan"), "type"),
        ((1,), "type"),
        (b"x", "type"),
        (2**53, "integer-range"),
        ({1: 2}, "key"),
        ({"a": {"é": 1}}, "key"),
        ("\ud800", "not-unicode"),
        ("e\u0301", "not-nfc"),
        (type("Text", (str,), {})("x"), "type"),
    ],
)
def test_what_has_no_form(value: Any, code: str) -> None:
    with pytest.raises(Malformed) as refused:
        canonical(value)
    assert refused.value.code == code


# --- public vectors: all are used; those outside the profile must be refused ---

# french, structures and weird have keys outside the profile, values and structures hold floats (56.0, 4.50),
# unicode has a space in its key and a value in NFD, which RFC 8785 keeps and the profile refuses.
OUTSIDE = {"french": "key", "structures": "key", "unicode": "key", "values": "type", "weird": "key"}


@pytest.mark.parametrize("name", ["arrays", "french", "structures", "unicode", "values", "weird"])
def test_public_documents(name: str) -> None:
    folder = public_vectors("jcs")
    value = json.loads((folder / "input" / f"{name}.json").read_text(encoding="utf-8"))
    expected = bytes.fromhex("".join((folder / "outhex" / f"{name}.txt").read_text().split()))
    assert rfc8785.dumps(value) == expected  # a check of the oracle itself
    if name in OUTSIDE:
        with pytest.raises(Malformed) as refused:
            canonical(value)
        assert refused.value.code == OUTSIDE[name] == refusal(expected).code
        return
    assert canonical(value) == expected
    assert parse(expected, limit=LIMIT) == value


def test_public_edge_cases() -> None:
    cases = json.loads(public_vectors("jcs/edge_cases.json").read_text(encoding="utf-8"))
    for case in [*cases["must_reject"], *cases["same_value_different_bytes"]]:
        refusal(bytes.fromhex(case["input_hex"]))
    for case in cases["same_value_different_bytes"]:
        value = json.loads(case["jcs"])
        assert canonical(value) == case["jcs"].encode()
    for case in cases["key_order"]:  # non-ASCII keys, where UTF-16 and code points sort differently
        refusal(bytes.fromhex(case["jcs_hex"]))
        refusal(bytes.fromhex(case["orjson_hex"]))
    assert (len(cases["must_reject"]), len(cases["same_value_different_bytes"])) == (17, 11)


def test_public_numbers_are_outside_the_profile() -> None:
    """Of the ES6 numbers only the integers within 2^53-1 have a canonical form, and it is the published one."""
    lines = public_vectors("jcs/es6_numbers_10000.txt").read_text().split()
    inside = 0
    for _, text in (line.split(",") for line in lines):
        if text.lstrip("-").isdigit() and abs(int(text)) <= INT_MAX:
            assert canonical(parse(text.encode(), limit=LIMIT)) == text.encode()
            inside += 1
        else:
            assert refusal(text.encode()).code in {"type", "integer-range"}
    assert len(lines) == 10_000
    assert inside > 0
