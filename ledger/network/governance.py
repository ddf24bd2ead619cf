"""The network's founding and its policy: entry 0, and every policy after it.

Institutions and keys come and go by the events of `dengbu.ledger.network.membership` and `keychange`.
"""

from typing import Annotated, Any, TypeVar

from msgspec import Meta

from dengbu.ledger.catalogue import acts_in
from dengbu.ledger.law import law
from dengbu.ledger.law.verdict import Code
from dengbu.ledger.log.encoding import Malformed
from dengbu.ledger.log.note import KeyKind, parse_vkey
from dengbu.ledger.network import key_enrolment, keychange, membership, reports, voting
from dengbu.ledger.network.key_enrolment import Founder, KeyOffer
from dengbu.ledger.register.members import POLICY_KEY, KeyClass, Policy, Role, Voter
from dengbu.ledger.register.records import Counter
from dengbu.ledger.register.register import Register
from dengbu.ledger.rules import policies, roles
from dengbu.ledger.rules.rule import Compared, Data, Does, Effects, EventKind, Rule, Title, View

FOUNDERS_MAX = 64


class Log(Data, frozen=True):
    """The log's public key, by which receipts are verified, as a vkey."""

    vkey: Annotated[str, Meta(max_length=512)]


class Genesis(Data, frozen=True):
    """Entry 0: the founding institutions with their keys, the first policy, and the log key."""

    institutions: Annotated[tuple[Founder, ...], Meta(min_length=1, max_length=FOUNDERS_MAX)]
    policy: Policy
    log: Log


class PolicySet(Data, frozen=True):
    """Put another complete policy in force, as the next version."""

    policy: Policy


P = TypeVar("P", Genesis, PolicySet)


def _offered(view: View[Genesis]) -> tuple[KeyOffer, ...]:
    return tuple(key for one in view.data.institutions for key in one.keys)


def _network_exists(view: View[Genesis]) -> bool:
    return view.at.index != 0 or view.register.get(Policy, POLICY_KEY) is not None


def _founder_is_repeated(view: View[Genesis]) -> bool:
    named = [one.id for one in view.data.institutions]
    return any(one in named[:place] for place, one in enumerate(named))


def _is_not_one_registry(view: View[Genesis]) -> bool:
    return [one.role for one in view.data.institutions].count(Role.REGISTRY) != 1


def _founder_lacks_keys(view: View[Genesis]) -> bool:
    return any(key_enrolment.lacks(one.keys) for one in view.data.institutions)


def _founder_did_not_sign(view: View[Genesis]) -> bool:
    return any(one.id not in view.event.signers for one in view.data.institutions)


def _vote_keys_are_uneven(view: View[Genesis]) -> bool:
    return voting.unevenly_offered(one.keys for one in view.data.institutions)


def _founding_voters(view: View[Genesis]) -> tuple[Voter, ...]:
    return voting.first(
        (one.id, key) for one in view.data.institutions for key in voting.keys_of(one.keys, KeyClass.VOTE)
    )


def _log_key_differs(view: View[Genesis]) -> bool:
    """There is not exactly one log key, held by the registry and equal to the vkey under the network's name."""
    held = [
        (one.role, key.public)
        for one in view.data.institutions
        for key in one.keys
        if key.cls == KeyClass.LOG
    ]
    try:
        stated = parse_vkey(view.data.log.vkey)
    except Malformed:
        return True
    named = (stated.name, stated.kind) == (view.event.envelope.body.net, KeyKind.NOTE)
    return not named or held != [(Role.REGISTRY, stated.public.hex())]


def _founding_quorum_is_unsafe(view: View[Genesis]) -> bool:
    return policies.governance_quorum_is_unsafe(view.data.policy, len(view.data.institutions))


def _founding_witness_is_unknown(view: View[Genesis]) -> bool:
    cosigners = [
        one.id for one in view.data.institutions if any(key.cls == KeyClass.COSIGN for key in one.keys)
    ]
    return policies.witness_is_unknown(view.data.policy.witnesses, cosigners.__contains__)


def _is_not_the_first_version(view: View[Genesis]) -> bool:
    return view.data.policy.version != 1


def _witness_quorum_is_unsafe(view: View[P]) -> bool:
    return policies.witness_quorum_is_unsafe(view.data.policy)


def _policy_is_invalid(view: View[P]) -> bool:
    return policies.is_invalid(view.data.policy, acts_in(view.at.rule_set))


def _found(view: View[Genesis]) -> Effects:
    members = view.data.institutions
    records = [record for one in members for record in key_enrolment.admitted(one, one.keys, 0, since=0)]
    active = Counter(key_enrolment.ACTIVE_INSTITUTIONS, len(members))
    votes = voting.change(view.register, _founding_voters(view))
    result = {"institutions": len(members), "policy": view.data.policy.version}
    return Effects("recorded", (*records, active, view.data.policy, *votes), result)


def _is_not_the_next_version(view: View[PolicySet]) -> bool:
    return view.data.policy.version != policies.policy_in_force(view.register).version + 1


def _governance_quorum_is_unsafe(view: View[PolicySet]) -> bool:
    active = key_enrolment.count(view.register, key_enrolment.ACTIVE_INSTITUTIONS)
    return policies.governance_quorum_is_unsafe(view.data.policy, active)


def _may_witness(register: Register, institution: str) -> bool:
    cosigning = key_enrolment.counter_of(institution, KeyClass.COSIGN)
    return policies.is_active(register, institution) and key_enrolment.count(register, cosigning) > 0


def _witness_is_unknown(view: View[PolicySet]) -> bool:
    return policies.witness_is_unknown(
        view.data.policy.witnesses, lambda institution: _may_witness(view.register, institution)
    )


def _names_no_rule_set(view: View[PolicySet]) -> bool:
    """The policy names no rule set and would bring back the first one, which nobody means by leaving the field out."""
    return not (view.data.policy.rule_set or _policy_is_invalid(view))


def _set_policy(view: View[PolicySet]) -> Effects:
    return Effects("recorded", (view.data.policy,), {"policy": view.data.policy.version})


_SAFE_POLICY: tuple[Rule[View[Any]], ...] = (
    Rule(Code.WITNESS_QUORUM_UNSAFE, (law.NET_5,), _witness_quorum_is_unsafe),
    Rule(Code.POLICY_INVALID, (law.NET_3,), _policy_is_invalid),
)
GENESIS_RULES: tuple[Rule[View[Genesis]], ...] = (
    Rule(Code.NETWORK_EXISTS, (law.NET_1,), _network_exists),
    Rule(Code.INSTITUTION_ADMITTED, (law.NET_1,), _founder_is_repeated),
    Rule(Code.ONE_REGISTRY, (law.NET_1, law.CC_210), _is_not_one_registry),
    Rule(Code.FOUNDER_DID_NOT_SIGN, (law.NET_3,), _founder_did_not_sign),
    Rule(Code.KEYS_MISSING, (law.NET_4,), _founder_lacks_keys),
    *key_enrolment.rules(_offered),
    Rule(Code.VOTE_KEYS_UNEVEN, (law.NET_6,), _vote_keys_are_uneven),
    voting.too_few(_founding_voters),
    Rule(Code.LOG_KEY_MISMATCH, (law.NET_4,), _log_key_differs),
    Rule(Code.POLICY_VERSION, (law.NET_3,), _is_not_the_first_version),
    Rule(Code.GOVERNANCE_QUORUM_UNSAFE, (law.NET_3,), _founding_quorum_is_unsafe),
    Rule(Code.WITNESS_UNKNOWN, (law.NET_5,), _founding_witness_is_unknown),
    *_SAFE_POLICY,
)
POLICY_RULES: tuple[Rule[View[PolicySet]], ...] = (
    policies.QUORUM,
    Rule(Code.POLICY_VERSION, (law.NET_3,), _is_not_the_next_version),
    Rule(Code.GOVERNANCE_QUORUM_UNSAFE, (law.NET_3,), _governance_quorum_is_unsafe),
    Rule(Code.WITNESS_UNKNOWN, (law.NET_5,), _witness_is_unknown),
    *_SAFE_POLICY,
    Rule(Code.POLICY_INVALID, (law.NET_3,), _names_no_rule_set, since=2),
)

KINDS: tuple[EventKind[Any], ...] = (
    EventKind(
        type="network.genesis",
        title=Title("创世", "genesis"),
        senders=roles.REGISTRY,
        signed_by=KeyClass.GOVERNANCE,
        open=True,
        compared=Compared.NOTHING,
        does=Does.SETS_POLICY,
        parts={},
        data=Genesis,
        rules=GENESIS_RULES,
        effects=_found,
    ),
    *membership.KINDS,
    *keychange.KINDS,
    *reports.KINDS,
    EventKind(
        type="policy.set",
        title=Title("政策设定", "setting the policy"),
        senders=roles.ANY,
        signed_by=KeyClass.GOVERNANCE,
        open=True,
        compared=Compared.NOTHING,
        does=Does.SETS_POLICY,
        parts={},
        data=PolicySet,
        rules=POLICY_RULES,
        effects=_set_policy,
    ),
)
