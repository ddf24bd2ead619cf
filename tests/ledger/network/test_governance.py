"""The network's own events: founding, members, keys, policy; each refusal, and the attacks on the quorum."""

from collections.abc import Callable, Sequence
from typing import Any

import nacl.bindings
import pytest

from dengbu.ledger.log.envelope import Envelope, convert
from dengbu.ledger.log.keys import Signer
from dengbu.ledger.log.note import KeyKind, NoteVerifier, format_vkey
from dengbu.ledger.network.governance import Genesis
from dengbu.ledger.network.keychange import KeyRotate
from dengbu.ledger.register.members import Institution, Key, Policy
from dengbu.ledger.rules import policies
from dengbu.ledger.rules.rule import Event
from dengbu.ledger.transition import Decision, judge
from tests.worlds import MEMBERS, NET, World, codes, genesis_data, member, policy, public_keys, signer, world

ALL = tuple(sorted(MEMBERS))
SPARE = Signer(b"\x0b" * 32)
LOW_ORDER_ED25519 = "01" + "00" * 31  # the neutral element
LOW_ORDER_X25519 = "00" * 32


@pytest.fixture
def town() -> World:
    """A founded network of registry, tax bureau and two banks; three of them govern."""
    return world()


def key(cls: str = "event", public: str | None = None, alg: str = "Ed25519") -> dict[str, str]:
    """Return a key as an event offers it."""
    return {"cls": cls, "alg": alg, "public": public or SPARE.public.hex()}


def bank(
    name: str = "bank-c", role: str = "bank", keys: Sequence[dict[str, str]] | None = None
) -> dict[str, Any]:
    """Return the data of an admission."""
    made = {part: value for part, value in member(name, role).items() if part != "keys"}
    return {"institution": made, "keys": list(keys if keys is not None else public_keys(name))}


def with_keys(*more: dict[str, str]) -> list[dict[str, str]]:
    """Return the keys of bank-c and more."""
    return [*public_keys("bank-c"), *more]


# ---- genesis ------------------------------------------------------------------------------------------------------


def found(data: dict[str, Any], by: Sequence[str] = ALL) -> Decision:
    """Return the decision on a genesis signed by these founders."""
    return World().do(
        "hz-registry", "network.genesis", data, signers=[signer(one, "governance") for one in by]
    )


def changed(index: int = 0, **fields: Any) -> dict[str, Any]:
    """Return the usual genesis with one institution changed (0 is bank-a, 2 the registry)."""
    data = genesis_data()
    data["institutions"][index].update(fields)
    return data


def without(index: int, cls: str) -> dict[str, Any]:
    """Return the usual genesis without an institution's keys of one class."""
    kept = [one for one in genesis_data()["institutions"][index]["keys"] if one["cls"] != cls]
    return changed(index, keys=kept)


def with_policy(**fields: Any) -> dict[str, Any]:
    """Return the usual genesis with other values in its policy."""
    return genesis_data() | {"policy": policy() | fields}


def vkey(name: str = NET, kind: KeyKind = KeyKind.NOTE, public: bytes | None = None) -> dict[str, Any]:
    """Return the usual genesis with another log key."""
    verifier = NoteVerifier(name, kind, public or signer("hz-registry", "log").public)
    return genesis_data() | {"log": {"vkey": format_vkey(verifier)}}


def offered(index: int, *more: dict[str, str]) -> dict[str, Any]:
    """Return the usual genesis with more keys for one institution."""
    return changed(index, keys=[*genesis_data()["institutions"][index]["keys"], *more])


def test_the_genesis_brings_institutions_keys_and_policy(town: World) -> None:
    assert town.one(Institution, "hz-tax").admitted == 0
    assert town.one(Key, signer("hz-registry", "log").key_id).since == 0
    assert town.one(Policy, "current").witnesses == ALL
    assert town.decisions[0].result == {"institutions": 4, "policy": 1}


GENESIS: list[tuple[str, dict[str, Any], list[str]]] = [
    ("no registry", changed(2, role="bank"), ["not-authorised", "one-registry", "log-key-mismatch"]),
    ("two registries", changed(3, role="registry"), ["one-registry"]),
    ("no event key", without(0, "event"), ["keys-missing"]),
    ("no log key", without(2, "log"), ["log-key-mismatch"]),
    ("a bank with a log key", offered(0, key("log")), ["log-key-mismatch"]),
    ("a log key of another name", vkey(name="other.example"), ["log-key-mismatch"]),
    ("a log key that cosigns", vkey(kind=KeyKind.COSIGNATURE), ["log-key-mismatch"]),
    ("a log key nobody has", vkey(public=SPARE.public), ["log-key-mismatch"]),
    ("no vkey at all", genesis_data() | {"log": {"vkey": "nonsense"}}, ["log-key-mismatch"]),
    ("a key in two classes", offered(0, key("node", signer("bank-a", "event").public.hex())), ["key-used"]),
    (
        "a key of two institutions",
        offered(0, key("node", signer("bank-b", "node").public.hex())),
        ["key-used"],
    ),
    ("a low-order key", offered(0, key(public=LOW_ORDER_ED25519)), ["key-unsafe"]),
    ("an event key for opening", offered(0, key(alg="X25519")), ["key-algorithm"]),
    ("an envelope key for signing", offered(0, key("envelope")), ["key-algorithm"]),
    ("the second policy", with_policy(version=2), ["policy-version"]),
    ("two of four govern", with_policy(governance_quorum=2), ["governance-quorum-unsafe"]),
    ("five of four govern", with_policy(governance_quorum=5), ["governance-quorum-unsafe"]),
    ("two of four witness", with_policy(witness_quorum=2), ["witness-quorum-unsafe"]),
    ("no witnesses", with_policy(witnesses=[], witness_quorum=0), ["witness-quorum-unsafe"]),
    ("a witness nobody knows", with_policy(witnesses=[*ALL[1:], "bank-z"]), ["witness-unknown"]),
    ("a witness twice", with_policy(witnesses=[*ALL[1:], "hz-tax"]), ["witness-unknown"]),
    ("a witness that cannot cosign", without(0, "cosign"), ["witness-unknown"]),
]


@pytest.mark.parametrize(("what", "data", "expected"), GENESIS, ids=[row[0] for row in GENESIS])
def test_a_network_is_not_founded_so(what: str, data: dict[str, Any], expected: list[str]) -> None:
    done = found(data)
    assert codes(done) == expected
    assert done.changes == ()


def test_every_founder_signs() -> None:
    assert codes(found(genesis_data(), ALL[1:])) == ["founder-did-not-sign"]


def test_an_institution_is_founded_once() -> None:
    data = genesis_data()
    twin = {**member("bank-a", "bank"), "keys": public_keys("bank-c")}
    data["institutions"].append(twin)
    made = World().envelope("hz-registry", "network.genesis", data)
    assert "institution-admitted" in codes(judge_by_hand(World(), made, Genesis, ALL))


def judge_by_hand(town: World, envelope: Envelope, kind: type[Any], signers: tuple[str, ...]) -> Decision:
    """Apply the rules without admission, which would refuse this first: they are the second line of defence."""
    actor = Institution(envelope.body.actor, MEMBERS[envelope.body.actor], "", "", "active", 0)  # type: ignore[arg-type]
    event = Event(envelope, convert(envelope.body.data, kind), signers, actor)
    return judge(town.register, event, town.at())


def test_a_network_is_founded_once(town: World) -> None:
    made = town.envelope("hz-registry", "network.genesis", genesis_data())
    assert codes(judge_by_hand(town, made, Genesis, ALL))[0] == "network-exists"


# ---- the quorum ---------------------------------------------------------------------------------------------------

ADD = {"institution": "bank-a", "key": key()}
GOVERNED: list[tuple[str, dict[str, Any]]] = [
    ("institution.admit", bank()),
    ("institution.suspend", {"institution": "bank-b", "reason": "test"}),
    ("key.add", ADD),
    ("key.revoke", {"key": signer("bank-a", "event").key_id, "reason": "lost"}),
    ("policy.set", {"policy": policy() | {"version": 2}}),
]


@pytest.mark.parametrize(("type_", "data"), GOVERNED, ids=[row[0] for row in GOVERNED])
def test_three_of_four_govern_and_two_do_not(type_: str, data: dict[str, Any]) -> None:
    assert codes(world().govern(type_, data, ("hz-tax", "bank-a"))) == ["governance-quorum"]
    assert world().govern(type_, data, ("hz-tax", "bank-a", "hz-registry")).outcome == "recorded"


def test_two_keys_of_one_institution_count_once(town: World) -> None:
    second = Signer(b"\x0c" * 32)
    more = {"institution": "bank-a", "key": key("governance", second.public.hex())}
    assert town.govern("key.add", more).outcome == "recorded"
    padded = [second, signer("bank-a", "governance"), signer("hz-tax", "governance")]
    assert codes(town.do("bank-a", "key.add", ADD, signers=padded)) == ["governance-quorum"]


def test_a_suspended_institution_does_not_count(town: World) -> None:
    for name in ("bank-c", "bank-d"):
        town.join(name, "bank")
    assert (
        town.govern("institution.suspend", {"institution": "bank-c", "reason": "test"}).outcome == "recorded"
    )
    assert codes(town.govern("key.add", ADD, ("hz-tax", "bank-a", "bank-c"))) == ["governance-quorum"]
    assert town.govern("key.add", ADD, ("hz-tax", "bank-a", "bank-d")).outcome == "recorded"


# ---- institutions -------------------------------------------------------------------------------------------------

ADMIT: list[tuple[str, dict[str, Any], list[str]]] = [
    ("a member", bank("bank-a", keys=public_keys("bank-c")), ["institution-admitted"]),
    ("a member with its keys", bank("bank-a"), ["institution-admitted", "key-used"]),
    ("a second registry", bank(role="registry"), ["one-registry"]),
    ("no governance key", bank(keys=public_keys("bank-c", ["event", "node"])), ["keys-missing"]),
    ("a log key", bank(keys=with_keys(key("log"))), ["log-key-fixed"]),
    ("a key of a member", bank(keys=with_keys(public_keys("hz-tax", ["event"])[0])), ["key-used"]),
    ("a member's key to open with", bank(keys=with_keys(key("envelope", signer("hz-tax", "event").public.hex(), "X25519"))),
     ["key-used"]),
    ("a member's envelope key to sign with",
     bank(keys=with_keys(key("event", signer("hz-tax", "envelope").public.hex()))), ["key-used"]),
    ("one key in two classes", bank(keys=with_keys(key("node"), key("cosign"))), ["key-used"]),
    ("a low-order key", bank(keys=with_keys(key(public=LOW_ORDER_ED25519))), ["key-unsafe"]),
    ("a low-order envelope key", bank(keys=with_keys(key("envelope", LOW_ORDER_X25519, "X25519"))), ["key-unsafe"]),
    ("the wrong algorithm", bank(keys=with_keys(key("envelope"))), ["key-algorithm"]),
    ("a court", bank("court-1", "court"), []),
    ("a bureau", bank("bureau-1", "bureau"), []),
]  # fmt: skip


@pytest.mark.parametrize(("what", "data", "expected"), ADMIT, ids=[row[0] for row in ADMIT])
def test_admit(town: World, what: str, data: dict[str, Any], expected: list[str]) -> None:
    before = dict(town.register.items())
    assert codes(town.govern("institution.admit", data)) == expected
    assert expected == [] or dict(town.register.items()) == before


def test_a_new_institution_signs_from_the_next_entry_on(town: World) -> None:
    admitted = town.index
    town.join("court-1", "court")
    assert town.one(Key, signer("court-1", "event").key_id).since == admitted + 1
    assert town.one(Institution, "court-1").admitted == admitted


def test_an_envelope_key_that_can_be_opened_with_is_let_in(town: World) -> None:
    public = nacl.bindings.crypto_scalarmult_base(b"\x05" * 32).hex()
    assert (
        town.govern("key.add", {"institution": "bank-a", "key": key("envelope", public, "X25519")}).outcome
        == "recorded"
    )


@pytest.mark.parametrize(
    ("what", "institution", "given", "expected"),
    [
        ("nobody", "bank-z", [], ["institution-unknown"]),
        ("the registry", "hz-registry", [], ["registry-needed"]),
        ("a founder: three witness on", "bank-b", [], []),
        ("a second founder: two witness on", "bank-b", ["bank-a"], ["quorum-lost"]),
        ("one suspended before", "bank-b", ["bank-b"], ["institution-not-active"]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_suspend(town: World, what: str, institution: str, given: list[str], expected: list[str]) -> None:
    for name in ("bank-c", "bank-d"):
        town.join(name, "bank")  # these govern but are no witnesses
    by = ("hz-registry", "hz-tax", "bank-c", "bank-d")
    for other in given:
        assert (
            town.govern("institution.suspend", {"institution": other, "reason": "test"}, by).outcome
            == "recorded"
        )
    assert (
        codes(town.govern("institution.suspend", {"institution": institution, "reason": "test"}, by))
        == expected
    )


def test_suspension_never_ends_the_governance_quorum(town: World) -> None:
    four = policy() | {"version": 2, "governance_quorum": 4}
    assert town.govern("policy.set", {"policy": four}, ALL).outcome == "recorded"
    town.change(town.one(Policy, "current"), witness_quorum=1)
    done = town.govern("institution.suspend", {"institution": "bank-b", "reason": "test"}, ALL)
    assert codes(done) == ["quorum-lost"]


# ---- keys ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("what", "institution", "offer", "expected"),
    [
        ("nobody's", "bank-z", key(), ["institution-unknown"]),
        ("a log key", "hz-registry", key("log"), ["log-key-fixed"]),
        ("used by the same", "bank-a", public_keys("bank-a", ["event"])[0], ["key-used"]),
        (
            "used in another class",
            "bank-a",
            key("node", signer("bank-a", "event").public.hex()),
            ["key-used"],
        ),
        ("used by another", "bank-a", public_keys("bank-b", ["event"])[0], ["key-used"]),
        ("low order", "bank-a", key(public=LOW_ORDER_ED25519), ["key-unsafe"]),
        ("low order to open with", "bank-a", key("envelope", LOW_ORDER_X25519, "X25519"), ["key-unsafe"]),
        ("wrong algorithm", "bank-a", key("envelope"), ["key-algorithm"]),
        ("a second event key", "bank-a", key(), []),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_add_a_key(
    town: World, what: str, institution: str, offer: dict[str, str], expected: list[str]
) -> None:
    assert codes(town.govern("key.add", {"institution": institution, "key": offer})) == expected


def test_a_suspended_institution_gets_no_key(town: World) -> None:
    town.change(town.one(Institution, "bank-b"), status="suspended")
    assert codes(town.govern("key.add", {"institution": "bank-b", "key": key()})) == [
        "institution-not-active"
    ]


def test_an_ended_key_stays_used(town: World) -> None:
    old = signer("bank-a", "event")
    town.govern("key.revoke", {"key": old.key_id, "reason": "lost"})
    assert codes(
        town.govern("key.add", {"institution": "bank-a", "key": public_keys("bank-a", ["event"])[0]})
    ) == ["key-used"]


@pytest.mark.parametrize(
    ("what", "named", "expected"),
    [
        ("unknown", SPARE, ["key-unknown"]),
        ("the log key", signer("hz-registry", "log"), ["log-key-fixed"]),
        ("the last that governs", signer("bank-a", "governance"), ["last-governance-key"]),
        ("an event key", signer("bank-a", "event"), []),
        ("a cosigning key", signer("bank-a", "cosign"), []),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_revoke(town: World, what: str, named: Signer, expected: list[str]) -> None:
    assert codes(town.govern("key.revoke", {"key": named.key_id, "reason": "lost"})) == expected


def test_a_key_is_revoked_once(town: World) -> None:
    data = {"key": signer("bank-a", "event").key_id, "reason": "lost"}
    town.govern("key.revoke", data)
    assert codes(town.govern("key.revoke", data)) == ["key-ended"]


def test_the_last_but_one_governance_key_may_go_and_then_no_more(town: World) -> None:
    town.govern("key.add", {"institution": "bank-a", "key": key("governance")})
    old, new = signer("bank-a", "governance"), SPARE
    assert (
        town.govern(
            "key.revoke", {"key": old.key_id, "reason": "lost"}, ("hz-registry", "hz-tax", "bank-b")
        ).outcome
        == "recorded"
    )
    done = town.govern(
        "key.revoke", {"key": old.key_id, "reason": "lost"}, ("hz-registry", "hz-tax", "bank-b")
    )
    assert codes(done) == ["key-ended"]
    done = town.govern(
        "key.revoke", {"key": new.key_id, "reason": "lost"}, ("hz-registry", "hz-tax", "bank-b")
    )
    assert codes(done) == ["last-governance-key"]


def rotate(town: World, institution: str, cls: str, new: Signer = SPARE, to: str | None = None) -> Decision:
    """Have an institution rotate one of its keys; return the decision."""
    old = signer(institution, cls)
    data = {"old": old.key_id, "key": key(to or cls, new.public.hex())}
    return town.do(institution, "key.rotate", data, signers=[old, new])


@pytest.mark.parametrize("cls", ["event", "governance", "cosign", "node"])
def test_a_rotation_needs_both_keys_and_no_quorum(town: World, cls: str) -> None:
    index = town.index
    assert rotate(town, "bank-a", cls).outcome == "recorded"
    old, new = town.one(Key, signer("bank-a", cls).key_id), town.one(Key, SPARE.key_id)
    assert (old.until, new.since, new.until) == (index + 1, index + 1, None)
    assert (new.institution, new.cls) == ("bank-a", cls)


def test_a_rotated_governance_key_still_counts_as_the_last(town: World) -> None:
    rotate(town, "bank-a", "governance")
    done = town.govern(
        "key.revoke", {"key": SPARE.key_id, "reason": "lost"}, ("hz-registry", "hz-tax", "bank-b")
    )
    assert codes(done) == ["last-governance-key"]


@pytest.mark.parametrize(
    ("what", "institution", "cls", "new", "to", "expected"),
    [
        ("to another class", "bank-a", "event", SPARE, "governance", ["key-class-changed"]),
        ("to opening", "bank-a", "event", SPARE, "envelope", ["key-class-changed", "key-algorithm"]),
        ("of the log key", "hz-registry", "log", SPARE, "log", ["log-key-fixed"]),
        ("to a key of its own", "bank-a", "event", signer("bank-a", "node"), "event", ["key-used"]),
        ("to another's key", "bank-a", "event", signer("bank-b", "event"), "event", ["key-used"]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_rotate(
    town: World, what: str, institution: str, cls: str, new: Signer, to: str, expected: list[str]
) -> None:
    assert codes(rotate(town, institution, cls, new, to)) == expected


def test_the_rules_alone_refuse_a_weak_new_key(town: World) -> None:
    data = {"old": signer("bank-a", "event").key_id, "key": key(public=LOW_ORDER_ED25519)}
    made = town.envelope("bank-a", "key.rotate", data)
    assert codes(judge_by_hand(town, made, KeyRotate, ("bank-a",))) == ["key-unsafe"]


# ---- policy -------------------------------------------------------------------------------------------------------

NEXT = {"version": 2}
COUNTER = {"institution": "hz-registry", "office": "counter-01", "district": "441302"}
POLICY: list[tuple[str, dict[str, Any], list[str]]] = [
    ("the same version", {"version": 1}, ["policy-version"]),
    ("a version left out", {"version": 3}, ["policy-version"]),
    ("two of four govern", {"governance_quorum": 2}, ["governance-quorum-unsafe"]),
    ("five of four govern", {"governance_quorum": 5}, ["governance-quorum-unsafe"]),
    ("two of four witness", {"witness_quorum": 2}, ["witness-quorum-unsafe"]),
    ("five of four witness", {"witness_quorum": 5}, ["witness-quorum-unsafe"]),
    ("a witness nobody knows", {"witnesses": [*ALL[1:], "bank-z"]}, ["witness-unknown"]),
    ("a witness twice", {"witnesses": [*ALL[1:], "hz-tax"]}, ["witness-unknown"]),
    ("no district", {"districts": []}, ["policy-invalid"]),
    ("a short district", {"districts": ["44130"]}, ["policy-invalid"]),
    ("a district in other digits", {"districts": ["４４１３０２"]}, ["policy-invalid"]),
    ("another law of consent", {"consent": "nobody"}, ["policy-invalid"]),
    ("a desk for an unknown act", {"desk": ["demolish"]}, ["policy-invalid"]),
    ("no certificate prefix", {"certificate_prefix": ""}, ["policy-invalid"]),
    ("a holiday that is no day", {"holidays": ["2026-02-30"]}, ["policy-invalid"]),
    ("a working day that is no day", {"workdays": ["today"]}, ["policy-invalid"]),
    ("a day of rest that is worked", {"holidays": ["2026-10-01"], "workdays": ["2026-10-01"]}, ["policy-invalid"]),
    ("a promise of no days", {"limit_days": 0}, ["policy-invalid"]),
    ("a promise beyond the law", {"limit_days": 31}, ["policy-invalid"]),
    ("a promise for an unknown act", {"limits": {"demolish": 5}}, ["policy-invalid"]),
    ("a promise beyond the law for one act", {"limits": {"transfer": 31}}, ["policy-invalid"]),
    ("too many days", {"holidays": ["2026-10-01"] * 401}, ["policy-invalid"]),
    ("habitation for whom", {"habitation_for": "cats"}, ["policy-invalid"]),
    ("an adverse change of no kind", {"adverse_changes": ["amount-doubled"]}, ["policy-invalid"]),
    ("consent before no day", {"mortgage_consent_before": "2021"}, ["policy-invalid"]),
    ("seizures of four years", {"seizure_term_years_max": 4}, ["policy-invalid"]),
    ("an alteration under seizure as one likes", {"altering_seized": "free"}, ["policy-invalid"]),
    ("less area than none", {"area_tolerance_ppm": -1}, ["policy-invalid"]),
    ("surveys a hundredth apart", {"area_tolerance_ppm": 10_000}, []),
    ("surveys further apart", {"area_tolerance_ppm": 10_001}, ["policy-invalid"]),
    ("clocks that agree within ten seconds", {"clock_tolerance_s": 10}, []),
    ("clocks that agree within ten minutes", {"clock_tolerance_s": 600}, []),
    ("clocks that agree to nine seconds", {"clock_tolerance_s": 9}, ["policy-invalid"]),
    ("clocks over ten minutes apart", {"clock_tolerance_s": 601}, ["policy-invalid"]),
    ("other counties and places", {"counties": ["330106"], "known_provinces": ["浙"], "known_places": ["杭州市"]}, []),
    ("no county", {"counties": []}, ["policy-invalid"]),
    ("a county of five digits", {"counties": ["44130"]}, ["policy-invalid"]),
    ("more counties than a city has", {"counties": [f"4413{n:02}" for n in range(65)]}, ["policy-invalid"]),
    ("no province", {"known_provinces": []}, ["policy-invalid"]),
    ("a province without a name", {"known_provinces": [""]}, ["policy-invalid"]),
    ("no place", {"known_places": []}, ["policy-invalid"]),
    ("a place without end", {"known_places": ["惠" * 33]}, ["policy-invalid"]),
    ("a rule set by no hash", {"rule_set": "the usual one"}, ["policy-invalid"]),
    ("a rule set by its hash", {"rule_set": "0a" * 32}, []),
    ("no notice of an error", {"fault_notice_days": 0}, ["policy-invalid"]),
    ("an announcement of no days", {"fault_announcement_days": 0}, ["policy-invalid"]),
    ("an announcement of over a year", {"loss_announcement_days": 251}, ["policy-invalid"]),
    ("seizures of no time", {"seizure_term_years_max": 0}, ["policy-invalid"]),
    ("an office nowhere", {"offices": [COUNTER | {"district": "44130"}]}, ["policy-invalid"]),
    ("an office of nobody", {"offices": [COUNTER | {"institution": ""}]}, ["policy-invalid"]),
    ("too many offices", {"offices": [COUNTER | {"office": f"o-{n}"} for n in range(401)]}, ["policy-invalid"]),
    ("an office without a name", {"offices": [COUNTER | {"office": "惠城"}]}, ["policy-invalid"]),
    ("an office twice", {"offices": [COUNTER, COUNTER | {"district": "441303"}]}, ["policy-invalid"]),
    ("a bank without a name", {"mortgage_banks": [""]}, ["policy-invalid"]),
    ("a bank twice", {"mortgage_banks": ["bank-a", "bank-a"]}, ["policy-invalid"]),
    ("too many banks", {"mortgage_banks": [f"bank-{n}" for n in range(201)]}, ["policy-invalid"]),
    ("an unknown act online", {"online_acts": ["demolish"]}, ["policy-invalid"]),
    ("a channel that is none", {"online_channels": ["On Line"]}, ["policy-invalid"]),
    ("too many channels", {"online_channels": [f"c{n}" for n in range(17)]}, ["policy-invalid"]),
    ("all at once", {"version": 9, "governance_quorum": 0, "witness_quorum": 0, "witnesses": ["x"], "desk": ["x"]},
     ["policy-version", "governance-quorum-unsafe", "witness-unknown", "witness-quorum-unsafe", "policy-invalid"]),
    ("four govern", {"governance_quorum": 4}, []),
    ("three witnesses, two suffice", {"witnesses": list(ALL[1:]), "witness_quorum": 2}, []),
    ("a holiday", {"holidays": ["2026-10-01"], "workdays": ["2026-10-10"]}, []),
    ("what efficiency is measured against", {
        "offices": [COUNTER, COUNTER | {"institution": "bank-a", "district": "440106"}], "mortgage_banks": ["bank-a", "bank-x"],
        "online_acts": ["mortgage.set"], "online_channels": ["online", "app"]}, []),
]  # fmt: skip


@pytest.mark.parametrize(("what", "fields", "expected"), POLICY, ids=[row[0] for row in POLICY])
def test_set_the_policy(town: World, what: str, fields: dict[str, Any], expected: list[str]) -> None:
    done = town.govern("policy.set", {"policy": policy() | NEXT | fields})
    assert codes(done) == expected
    assert town.one(Policy, "current").version == (1 if expected else 2)


def break_suspended(town: World) -> None:
    town.change(town.one(Institution, "bank-b"), status="suspended")


def break_cosign(town: World) -> None:
    town.govern("key.revoke", {"key": signer("bank-b", "cosign").key_id, "reason": "lost"})


@pytest.mark.parametrize("broken", [break_suspended, break_cosign])
def test_a_witness_is_active_and_has_a_key_to_cosign(town: World, broken: Callable[[World], None]) -> None:
    broken(town)
    assert codes(town.govern("policy.set", {"policy": policy() | NEXT})) == ["witness-unknown"]


@pytest.mark.parametrize(
    ("members", "smallest"), [(1, 1), (2, 2), (3, 2), (4, 3), (5, 4), (6, 4), (7, 5), (10, 7), (13, 9)]
)
def test_the_smallest_safe_witness_quorum(members: int, smallest: int) -> None:
    safe = [
        quorum
        for quorum in range(members + 2)
        if not policies.witness_quorum_is_unsafe(
            Policy(1, 1, quorum, tuple(f"w-{number}" for number in range(members)), ("441302",))
        )
    ]
    assert safe == list(range(smallest, members + 1))
