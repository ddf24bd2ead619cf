"""What an institution signs by hand: others' sealed events, events written by a person, and what it must not sign."""

import json
from typing import Any

import pytest

from dengbu.ledger.admission import NOT_AFTER_MS_MAX
from dengbu.ledger.log.encoding import Malformed
from dengbu.ledger.log.envelope import ENVELOPE_BYTES_MAX, parse_envelope, seal
from dengbu.ledger.rules.rule_sets import UnknownRuleSet
from dengbu.nodes.home.clock import now_ms
from dengbu.nodes.home.keystore import EVENT, GOVERNANCE, Keystore
from dengbu.nodes.home.opened import EVENT_LIFE_MS
from dengbu.nodes.sign import MEMBERS, UnsignableFile, sign
from tests.worlds import NET, policy, seed, signer

SUSPEND = {"type": "institution.suspend", "data": {"institution": "bank-b", "reason": "检查"}}


def keys(institution: str) -> Keystore:
    """Return the keys of an institution of the test network."""
    return Keystore(institution, {cls: seed(institution, cls) for cls in (EVENT, GOVERNANCE)})


def signed(value: Any, by: str = "hz-registry", cls: str = GOVERNANCE) -> bytes:
    """Sign a JSON value or a file's bytes; return the result."""
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return sign(raw, keys(by), cls, NET)


def test_an_event_by_hand_is_completed_and_sealed() -> None:
    before = now_ms()
    sealed = parse_envelope(signed(SUSPEND))
    assert (sealed.body.actor, sealed.body.net, sealed.body.type) == ("hz-registry", NET, SUSPEND["type"])
    assert before + NOT_AFTER_MS_MAX <= sealed.body.not_after <= now_ms() + NOT_AFTER_MS_MAX
    assert [one.key for one in sealed.sigs] == [signer("hz-registry", GOVERNANCE).key_id]


def test_what_the_person_wrote_is_kept() -> None:
    given = {
        **SUSPEND,
        "id": "ev-mine",
        "not_after": 1_800_000_000_000,
        "officer": "chief",
        "office": "hall-1",
    }
    body = parse_envelope(signed(given, cls=EVENT)).body
    assert (body.id, body.not_after, body.officer, body.office) == (
        "ev-mine",
        1_800_000_000_000,
        "chief",
        "hall-1",
    )


def test_an_event_of_daily_work_lives_as_long_as_a_node_lets_its_own() -> None:
    before = now_ms()
    body = parse_envelope(signed(SUSPEND, cls=EVENT)).body
    assert before + EVENT_LIFE_MS <= body.not_after <= now_ms() + EVENT_LIFE_MS


def test_two_events_of_the_same_words_are_two() -> None:
    first, second = (parse_envelope(signed(SUSPEND)).body.id for _ in range(2))
    assert first != second


def test_others_add_their_signatures_to_the_same_body() -> None:
    first = signed(SUSPEND)
    second = signed(first + b"\n", by="hz-tax")
    both = parse_envelope(second)
    assert both.body == parse_envelope(first).body
    assert {one.key for one in both.sigs} == {
        signer(one, GOVERNANCE).key_id for one in ("hz-registry", "hz-tax")
    }


def test_nobody_signs_the_same_twice() -> None:
    with pytest.raises(Malformed):
        signed(signed(SUSPEND))


def test_an_event_of_another_network_is_not_signed() -> None:
    raw = sign(json.dumps(SUSPEND).encode(), keys("hz-registry"), GOVERNANCE, "other.example/net")
    with pytest.raises(UnsignableFile, match=r"other\.example/net"):
        signed(raw, by="hz-tax")


def test_rules_that_this_software_lacks_are_not_voted_for() -> None:
    lacking = {"type": "policy.set", "data": {"policy": policy(version=2, rule_set="e" * 64)}}
    with pytest.raises(UnknownRuleSet):
        signed(lacking)
    body = {"v": 1, "net": NET, "actor": "hz-tax", "id": "ev-1", "not_after": now_ms() + 1000, **lacking}
    with pytest.raises(UnknownRuleSet):
        signed(seal(body, [signer("hz-tax", GOVERNANCE)]))


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"", "JSON"),
        (b"{", "JSON"),
        (b"[]", "JSON"),
        (b"null", "JSON"),
        (b"{}", ", ".join(MEMBERS)),
        (b'{"type": "policy.set"}', ", ".join(MEMBERS)),
        (b'{"data": {}}', ", ".join(MEMBERS)),
        (b'{"type": "policy.set", "data": {}, "actor": "hz-tax"}', ", ".join(MEMBERS)),
        (b'{"type": "policy.set", "data": {}, "net": "other.example/net"}', ", ".join(MEMBERS)),
        (b" " + b"x" * ENVELOPE_BYTES_MAX, "JSON"),
        (b"x" * (ENVELOPE_BYTES_MAX + 1), str(ENVELOPE_BYTES_MAX)),
    ],
)
def test_what_is_no_event_is_not_signed_and_the_reason_is_told(raw: bytes, says: str) -> None:
    with pytest.raises(UnsignableFile, match=says):
        signed(raw)
