"""Entries: one spelling, the envelope's own bytes inside, and a chain that cannot be rearranged."""

from typing import Any

import msgspec
import pytest

from dengbu.ledger.log.encoding import DEPTH_MAX, Malformed, canonical
from dengbu.ledger.log.entry import (
    FIRST_PREV,
    LEAF_BYTES_MAX,
    check_link,
    leaf_prev,
    make_leaf,
    parse_leaf,
    read_leaf,
)
from dengbu.ledger.log.envelope import ENVELOPE_BYTES_MAX, parse_envelope, seal
from tests.ledger.small_log import SmallLog, body, decision, signer

BANK = signer("event/bank-a")
ENVELOPE = parse_envelope(seal(body(1), [BANK]))
REFUSED = decision(2)


def leaf(made: dict[str, Any]) -> bytes:
    return make_leaf(7, 4, 99, "ab" * 32, ENVELOPE, made)


@pytest.mark.parametrize("number", [1, 2])
def test_an_entry_reads_back(number: int) -> None:
    raw = leaf(decision(number))
    entry = parse_leaf(raw)
    assert (entry.index, entry.height, entry.time, entry.prev) == (7, 4, 99, "ab" * 32)
    assert entry.envelope == ENVELOPE
    assert entry.decision == decision(number)
    assert entry.raw == raw


def test_the_leaf_is_the_canonical_form_of_the_whole() -> None:
    whole = {
        "v": 1,
        "index": 7,
        "height": 4,
        "time": 99,
        "prev": "ab" * 32,
        "event": msgspec.json.decode(ENVELOPE.raw),
        "decision": REFUSED,
    }
    assert leaf(REFUSED) == canonical(whole)


def test_every_byte_counts() -> None:
    raw = leaf(REFUSED)
    for place in range(len(raw)):
        changed = bytearray(raw)
        changed[place] ^= 0x01
        try:
            entry = parse_leaf(bytes(changed))
        except Malformed:
            continue
        assert entry != parse_leaf(raw)
        assert leaf_prev(bytes(changed)) != leaf_prev(raw)


@pytest.mark.parametrize(
    "made",
    [
        {},
        {**REFUSED, "outcome": "perhaps"},
        {**REFUSED, "outcome": "entered"},
        {**REFUSED, "reasons": []},
        {**REFUSED, "reasons": [{}]},
        {**REFUSED, "reasons": [{**REFUSED["reasons"][0], "title": "x"}]},
        {**REFUSED, "reasons": [{**REFUSED["reasons"][0], "name": "Unit Seized"}]},
        {**REFUSED, "reasons": [{**REFUSED["reasons"][0], "code": "3001"}]},
        {"outcome": "refused", "register": "00" * 32},
        {"outcome": "entered"},
        {"outcome": "entered", "register": "00" * 31},
        {"outcome": "entered", "register": "00" * 32, "result": []},
        {"outcome": "entered", "register": "00" * 32, "more": 1},
        {"outcome": "entered", "register": "00" * 32, "result": {"x": 1.5}},
    ],
)
def test_other_decisions_are_refused(made: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        leaf(made)
    if "1.5" not in str(made):
        raw = leaf(REFUSED).replace(canonical(REFUSED), canonical(made))
        with pytest.raises(Malformed):
            parse_leaf(raw)


@pytest.mark.parametrize(
    ("index", "height", "time", "prev"),
    [
        (-1, 0, 0, FIRST_PREV),
        (0, -1, 0, FIRST_PREV),
        (0, 0, -1, FIRST_PREV),
        (0, 0, 0, ""),
        (2**53, 0, 0, FIRST_PREV),
    ],
)
def test_other_places_are_refused(index: int, height: int, time: int, prev: str) -> None:
    with pytest.raises(Malformed):
        make_leaf(index, height, time, prev, ENVELOPE, REFUSED)


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        (b'"v":1}', b'"v":2}', "/v"),
        (b'"v":1}', b'"v":1,"w":1}', ""),
        (b'"actor":"bank-a"', b'"actor":"Bank-a"', "/event/body/actor"),
        (b'"prev":"ab', b'"prev":"AB', "/prev"),
        (b'"index":7', b'"index":null', "/index"),
    ],
)
def test_the_place_of_a_fault_is_named(old: bytes, new: bytes, where: str) -> None:
    raw = leaf(REFUSED)
    assert old in raw
    with pytest.raises(Malformed) as refused:
        parse_leaf(raw.replace(old, new))
    assert refused.value.where == where


def test_the_largest_envelope_fits_and_a_larger_entry_does_not() -> None:
    room = ENVELOPE_BYTES_MAX - len(seal({**body(1), "data": {"x": ""}}, [BANK]))
    largest = parse_envelope(seal({**body(1), "data": {"x": "y" * room}}, [BANK]))
    raw = make_leaf(0, 0, 0, FIRST_PREV, largest, REFUSED)
    assert parse_leaf(raw).envelope == largest
    wordy = {"outcome": "entered", "register": "00" * 32, "result": {"x": "y" * (LEAF_BYTES_MAX - len(raw))}}
    with pytest.raises(Malformed, match="too-large"):
        make_leaf(0, 0, 0, FIRST_PREV, largest, {**wordy, "result": {"x": "y" * LEAF_BYTES_MAX}})
    assert len(make_leaf(0, 0, 0, FIRST_PREV, largest, wordy)) <= LEAF_BYTES_MAX


def test_the_deepest_envelope_fits() -> None:
    value: Any = 1
    for _ in range(DEPTH_MAX - 3):
        value = [value]
    deepest = parse_envelope(seal({**body(1), "data": {"x": value}}, [BANK]))
    assert parse_leaf(make_leaf(0, 0, 0, FIRST_PREV, deepest, REFUSED)).envelope == deepest


def test_the_links_of_a_log_hold() -> None:
    before = None
    for raw in SmallLog(7).leaves:
        entry = parse_leaf(raw)
        check_link(before, entry)
        before = entry


def test_a_rearranged_chain_is_noticed() -> None:
    one, two, three = (parse_leaf(raw) for raw in SmallLog(3).leaves)
    assert one.height == two.height < three.height
    wrong = [
        (None, two, "chain-index"),
        (one, three, "chain-index"),
        (two, two, "chain-index"),
        (None, msgspec.structs.replace(one, prev="00" * 31 + "01"), "chain-prev"),
        (one, msgspec.structs.replace(two, prev=FIRST_PREV), "chain-prev"),
        (msgspec.structs.replace(one, raw=one.raw + b" "), two, "chain-prev"),
        (one, msgspec.structs.replace(two, time=two.time + 1), "chain-time"),
        (two, msgspec.structs.replace(three, time=two.time), "chain-time"),
        (two, msgspec.structs.replace(three, height=two.height), "chain-time"),
        (two, msgspec.structs.replace(three, time=two.time - 1), "chain-time"),
    ]
    for before, entry, code in wrong:
        with pytest.raises(Malformed) as refused:
            check_link(before, entry)
        assert refused.value.code == code


def test_a_leaf_of_ones_own_reads_as_it_parses() -> None:
    for raw in (leaf(decision(1)), leaf(REFUSED)):
        assert read_leaf(raw) == parse_leaf(raw)


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"{}", b"7", b'{"v":1}'])
def test_bytes_that_are_no_entry_do_not_read(raw: bytes) -> None:
    with pytest.raises(Malformed):
        read_leaf(raw)
