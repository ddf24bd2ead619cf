"""Admission: every way in which an event is kept out of the log, and which signers are listed for those let in."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from dengbu.ledger.admission import NOT_AFTER_MS_MAX, NotAdmitted, admit
from dengbu.ledger.law.verdict import Code
from dengbu.ledger.log import keys
from dengbu.ledger.log.encoding import Malformed
from dengbu.ledger.log.envelope import Envelope, parse_envelope, seal, unsigned
from dengbu.ledger.log.keys import Signer
from dengbu.ledger.register.members import Institution, Key, Role
from dengbu.ledger.rules.rule import LogPosition
from dengbu.ledger.transition import judge
from tests.worlds import HOUR_MS, MEMBERS, NET, World, codes, genesis_data, public_keys, ref, signer, world

ERASE = {"commitments": [ref("payload")], "ground": "purpose-ended"}
SUSPEND = {"institution": "bank-b", "reason": "test"}
EVENT = signer("hz-registry", "event")
Make = Callable[[World], Envelope]


@pytest.fixture
def town() -> World:
    """A founded network."""
    return world()


def refusal(town: World, envelope: Envelope) -> NotAdmitted:
    """Return why an event is not admitted here."""
    with pytest.raises(NotAdmitted) as raised:
        town.admit(envelope)
    return raised.value


def erase(town: World, **more: Any) -> Envelope:
    """Return an ordinary event of the registry."""
    return town.envelope("hz-registry", "payload.erase", more.pop("data", ERASE), **more)


def forged(town: World) -> Envelope:
    """Return an event that names the registry's key over a signature by another key."""
    honest = erase(town)
    other = seal(honest_body(town), [Stranger(EVENT)])
    assert parse_envelope(other).body == honest.body
    return parse_envelope(other)


def honest_body(town: World) -> dict[str, Any]:
    """Return the body that `erase` seals."""
    return {
        "v": 1, "net": NET, "type": "payload.erase", "id": f"event-{town.ids}", "actor": "hz-registry",
        "not_after": town.time + HOUR_MS, "data": ERASE,
    }  # fmt: skip


class Stranger(Signer):
    """Signs with a key of its own under another key's id."""

    def __init__(self, shown: Signer) -> None:
        super().__init__(bytes(32))
        self.key_id = shown.key_id


REFUSED: list[tuple[str, Make, Code, str]] = [
    ("another network", lambda t: erase(t, net="other.example/x"), Code.WRONG_NETWORK, "/body/net"),
    ("expired by a millisecond", lambda t: erase(t, not_after=t.time - 1), Code.EXPIRED, "/body/not_after"),
    (
        "valid for too long",
        lambda t: erase(t, not_after=t.time + NOT_AFTER_MS_MAX + 1),
        Code.NOT_AFTER_TOO_FAR,
        "/body/not_after",
    ),
    ("no such type", lambda t: t.envelope("hz-registry", "case.destroy", {}), Code.UNKNOWN_TYPE, "/body/type"),
    ("a field missing", lambda t: erase(t, data={"ground": "x"}), Code.MALFORMED_DATA, "/body/data"),
    ("a field too many", lambda t: erase(t, data={**ERASE, "also": 1}), Code.MALFORMED_DATA, "/body/data"),
    (
        "a number for a text",
        lambda t: erase(t, data={**ERASE, "ground": 7}),
        Code.MALFORMED_DATA,
        "/body/data/ground",
    ),
    (
        "a text for a number",
        lambda t: t.envelope("hz-tax", "tax.assess", {"case": "1", "version": "1", "gates": {}}),
        Code.MALFORMED_DATA,
        "/body/data/version",
    ),
    (
        "a fault deep inside",
        lambda t: erase(t, data={**ERASE, "commitments": [ref("x"), "short"]}),
        Code.MALFORMED_DATA,
        "/body/data/commitments/1",
    ),
    (
        "an actor nobody knows",
        lambda t: t.envelope("bank-z", "case.enter", {"case": "441302-20261122-000001"}),
        Code.UNKNOWN_ACTOR,
        "/body/actor",
    ),
    (
        "a key nobody registered",
        lambda t: erase(t, signers=[signer("bank-z", "event")]),
        Code.UNKNOWN_KEY,
        "/sigs/0/key",
    ),
    ("a governance key on an ordinary event", lambda t: erase(t, signers=[signer("hz-registry", "governance")]),
     Code.WRONG_KEY_CLASS, "/sigs/0/key"),
    ("a cosigning key on an ordinary event", lambda t: erase(t, signers=[signer("hz-registry", "cosign")]),
     Code.WRONG_KEY_CLASS, "/sigs/0/key"),
    ("the log key on an ordinary event", lambda t: erase(t, signers=[signer("hz-registry", "log")]),
     Code.WRONG_KEY_CLASS, "/sigs/0/key"),
    ("a node key on an ordinary event", lambda t: erase(t, signers=[signer("hz-registry", "node")]),
     Code.WRONG_KEY_CLASS, "/sigs/0/key"),
    ("an event key on governance", lambda t: t.envelope("hz-tax", "institution.suspend", SUSPEND),
     Code.WRONG_KEY_CLASS, "/sigs/0/key"),
    ("a forged signature", forged, Code.BAD_SIGNATURE, "/sigs/0/sig"),
    ("another institution's signature", lambda t: erase(t, signers=[signer("bank-a", "event")]),
     Code.ACTOR_DID_NOT_SIGN, "/sigs"),
    ("signed by others only", lambda t: erase(t, signers=[signer("bank-a", "event"), signer("hz-tax", "event")]),
     Code.ACTOR_DID_NOT_SIGN, "/sigs"),
    ("a part for a stranger", lambda t: erase(t, private={"a": ["hz-tax"], "b": ["bank-a", "bank-z"]}),
     Code.UNKNOWN_RECIPIENT, "/body/private/1/to/1"),
    ("a second genesis",
     lambda t: t.envelope("hz-registry", "network.genesis", genesis_data(), signers=governors()),
     Code.NETWORK_EXISTS, "/body/type"),
]  # fmt: skip


def governors(*institutions: str) -> list[Signer]:
    """Return the governance keys of these institutions, or of all members."""
    return [signer(one, "governance") for one in institutions or sorted(MEMBERS)]


@pytest.mark.parametrize(("what", "make", "code", "where"), REFUSED, ids=[row[0] for row in REFUSED])
def test_an_event_is_kept_out(town: World, what: str, make: Make, code: Code, where: str) -> None:
    found = refusal(town, make(town))
    assert (found.code, found.where) == (code, where)
    assert code.name.lower().replace("_", "-") in str(found)


def test_an_event_is_let_in_and_names_its_signers_once(town: World) -> None:
    both = [signer("hz-tax", "event"), EVENT]
    event = town.admit(erase(town, signers=both, private={"a": ["bank-a"]}, not_after=town.time))
    assert event.signers == ("hz-registry", "hz-tax")
    assert (event.actor.id, event.actor.role) == ("hz-registry", Role.REGISTRY)
    assert event.data.commitments == (ref("payload"),)


def test_the_longest_term_is_let_in(town: World) -> None:
    assert town.admit(erase(town, not_after=town.time + NOT_AFTER_MS_MAX)).actor.id == "hz-registry"


def test_before_the_genesis_nobody_is_known() -> None:
    blank = World()
    with pytest.raises(NotAdmitted) as raised:
        admit(None, NET, erase(blank), blank.at())
    assert raised.value.code == Code.UNKNOWN_ACTOR


def test_the_genesis_is_signed_by_the_keys_it_brings() -> None:
    blank = World()
    made = blank.envelope("hz-registry", "network.genesis", genesis_data(), signers=governors())
    assert admit(None, NET, made, blank.at()).signers == tuple(sorted(MEMBERS))
    stranger = blank.envelope(
        "hz-registry", "network.genesis", genesis_data(), signers=[signer("bank-z", "event")]
    )
    with pytest.raises(NotAdmitted) as raised:
        admit(None, NET, stranger, blank.at())
    assert raised.value.code == Code.UNKNOWN_KEY


def test_every_bit_of_a_signature_counts(town: World) -> None:
    envelope = erase(town)
    place = envelope.raw.index(b'"sig":"') + len(b'"sig":"')
    for offset in (0, 20, 40, 84):
        flipped = bytearray(envelope.raw)
        flipped[place + offset] = ord("A") if flipped[place + offset] != ord("A") else ord("Q")
        assert refusal(town, parse_envelope(bytes(flipped))).code == Code.BAD_SIGNATURE


def test_one_bad_signature_among_good_ones_keeps_the_event_out(town: World) -> None:
    envelope = erase(town, signers=[EVENT, Stranger(signer("bank-a", "event"))])
    assert refusal(town, envelope).code == Code.BAD_SIGNATURE


def test_the_verdict_on_signatures_is_the_one_handed_in(town: World) -> None:
    asked: list[tuple[bytes, bytes, bytes]] = []

    def remembering(public: bytes, message: bytes, signature: bytes) -> bool:
        asked.append((public, message, signature))
        return keys.verify(public, message, signature)

    admit(town.register, NET, erase(town), town.at(), remembering)
    assert [public for public, _, _ in asked] == [EVENT.public]


# ---- keys live by log index ---------------------------------------------------------------------------------------


def index_at(town: World, index: int) -> LogPosition:
    """Return the log position of an index."""
    return LogPosition(index, index, town.time)


def test_a_key_signs_from_since_on_and_before_until(town: World) -> None:
    envelope = erase(town)
    town.change(town.one(Key, EVENT.key_id), since=10, until=20)
    for index, code in (
        (9, Code.KEY_NOT_VALID),
        (10, None),
        (19, None),
        (20, Code.KEY_NOT_VALID),
        (21, Code.KEY_NOT_VALID),
    ):
        try:
            admit(town.register, NET, envelope, index_at(town, index))
            found = None
        except NotAdmitted as refused:
            found = refused.code
        assert found == code, index


def test_a_key_signs_from_the_entry_after_its_own(town: World) -> None:
    new = Signer(b"\x07" * 32)
    offer = {"cls": "event", "alg": "Ed25519", "public": new.public.hex()}
    added = town.index
    assert town.govern("key.add", {"institution": "hz-registry", "key": offer}).outcome == "recorded"
    envelope = erase(town, signers=[new])
    with pytest.raises(NotAdmitted) as raised:
        admit(town.register, NET, envelope, index_at(town, added))
    assert raised.value.code == Code.KEY_NOT_VALID
    assert admit(town.register, NET, envelope, index_at(town, added + 1)).signers == ("hz-registry",)


def test_a_revoked_key_is_refused_from_the_next_entry_on(town: World) -> None:
    revoked = town.index
    assert town.govern("key.revoke", {"key": EVENT.key_id, "reason": "lost"}).outcome == "recorded"
    envelope = erase(town)
    assert admit(town.register, NET, envelope, index_at(town, revoked)).actor.id == "hz-registry"
    assert refusal(town, envelope).code == Code.KEY_NOT_VALID


# ---- rotation -----------------------------------------------------------------------------------------------------

NEW = Signer(b"\x09" * 32)


def rotation(
    new: Signer = NEW, cls: str = "event", alg: str = "Ed25519", old: Signer = EVENT
) -> dict[str, Any]:
    """Return the data of a rotation."""
    return {"old": old.key_id, "key": {"cls": cls, "alg": alg, "public": new.public.hex()}}


@pytest.mark.parametrize(
    "signers", [[EVENT], [NEW], [EVENT, NEW, signer("bank-a", "event")]], ids=["old", "new", "more"]
)
def test_a_rotation_is_signed_by_both_keys_and_no_other(town: World, signers: list[Signer]) -> None:
    found = refusal(town, town.envelope("hz-registry", "key.rotate", rotation(), signers=signers))
    assert found.code == Code.NEW_KEY_DID_NOT_SIGN


@pytest.mark.parametrize(
    ("what", "actor", "data", "signers", "code"),
    [
        ("an unknown old key", "hz-registry", rotation(old=Signer(b"\x01" * 32)), [Signer(b"\x01" * 32), NEW],
         Code.UNKNOWN_KEY),
        ("an unknown old key, signed by a known one", "hz-registry", rotation(old=Signer(b"\x01" * 32)), [EVENT],
         Code.NEW_KEY_DID_NOT_SIGN),
        ("another institution's key", "hz-registry", rotation(old=signer("bank-a", "event")),
         [signer("bank-a", "event"), NEW], Code.ACTOR_DID_NOT_SIGN),
        ("a key for itself", "hz-registry", rotation(EVENT), [EVENT], Code.NEW_KEY_DID_NOT_SIGN),
        ("a key of another class beside", "hz-registry", rotation(), [signer("hz-registry", "node"), NEW],
         Code.WRONG_KEY_CLASS),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_a_rotation_is_kept_out(
    town: World, what: str, actor: str, data: dict[str, Any], signers: list[Signer], code: Code
) -> None:
    assert refusal(town, town.envelope(actor, "key.rotate", data, signers=signers)).code == code


def test_an_ended_key_rotates_nothing(town: World) -> None:
    town.govern("key.revoke", {"key": EVENT.key_id, "reason": "lost"})
    envelope = town.envelope("hz-registry", "key.rotate", rotation(), signers=[EVENT, NEW])
    assert refusal(town, envelope).code == Code.KEY_NOT_VALID


def test_an_envelope_key_cannot_sign_its_rotation(town: World) -> None:
    offered = public_keys("hz-registry", ["envelope"])[0]
    old = keys.key_id("X25519", bytes.fromhex(offered["public"]))
    data = {"old": old, "key": {**offered, "public": NEW.public.hex()}}
    shown = Stranger(EVENT)
    shown.key_id = old
    envelope = town.envelope("hz-registry", "key.rotate", data, signers=[shown])
    assert refusal(town, envelope).code == Code.WRONG_KEY_CLASS


# ---- what is let in and refused by rule ---------------------------------------------------------------------------


def test_a_suspended_institution_is_heard_and_refused(town: World) -> None:
    town.change(town.one(Institution, "hz-registry"), status="suspended")
    event = town.admit(erase(town))
    assert codes(judge(town.register, event, town.at())) == ["institution-suspended"]


def test_an_unsigned_envelope_is_well_formed_and_admitted_nowhere(town: World) -> None:
    body = msgspec.json.decode(erase(town).body_bytes)
    fault = refusal(town, parse_envelope(unsigned(body, EVENT.key_id)))
    assert (fault.code, fault.where) == (Code.BAD_SIGNATURE, "/sigs/0/sig")


def test_what_would_not_parse_is_not_written_unsigned_either(town: World) -> None:
    body = msgspec.json.decode(erase(town).body_bytes)
    with pytest.raises(Malformed):
        unsigned({**body, "id": "a b"}, EVENT.key_id)
