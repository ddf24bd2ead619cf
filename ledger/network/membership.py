"""Admission and suspension of institutions. A quorum decides, not a role."""

from typing import Any

import msgspec

from dengbu.ledger.law import law
from dengbu.ledger.law.verdict import Code
from dengbu.ledger.log.envelope import InstitutionId
from dengbu.ledger.network import key_enrolment, voting
from dengbu.ledger.network.key_enrolment import KeyOffer, Keys, Member
from dengbu.ledger.register.members import Institution, KeyClass, Role, Voter
from dengbu.ledger.register.records import Counter
from dengbu.ledger.register.register import Register
from dengbu.ledger.register.shapes import ListCode
from dengbu.ledger.rules import policies, roles
from dengbu.ledger.rules.rule import Compared, Data, Does, Effects, EventKind, Rule, Title, View


class Admit(Data, frozen=True):
    """Admit an institution with its keys."""

    institution: Member
    keys: Keys


class Suspend(Data, frozen=True):
    """Suspend an institution: every event that it sends from then on is refused."""

    institution: InstitutionId
    reason: ListCode


def _is_admitted(view: View[Admit]) -> bool:
    return view.register.get(Institution, view.data.institution.id) is not None


def _is_a_second_registry(view: View[Admit]) -> bool:
    return view.data.institution.role == Role.REGISTRY


def _lacks_keys(view: View[Admit]) -> bool:
    return key_enrolment.lacks(view.data.keys)


def _admit(view: View[Admit]) -> Effects:
    new, index = view.data.institution, view.at.index
    records = key_enrolment.admitted(new, view.data.keys, index, since=index + 1)
    votes = voting.change(view.register, _admitted_voters(view))
    return Effects("recorded", (*records, _active(view.register, +1), *votes), {"institution": new.id})


def _active(register: Register, change: int) -> Counter:
    name = key_enrolment.ACTIVE_INSTITUTIONS
    return Counter(name, key_enrolment.count(register, name) + change)


def _admitted_voters(view: View[Admit]) -> tuple[Voter, ...]:
    return voting.with_keys(view.register, view.data.institution.id, view.data.keys)


def _is_the_registry(view: View[Suspend]) -> bool:
    found = view.register.get(Institution, view.data.institution)
    return found is not None and found.role == Role.REGISTRY


def _breaks_a_quorum(view: View[Suspend]) -> bool:
    if not policies.is_active(view.register, view.data.institution):
        return False
    policy = policies.policy_in_force(view.register)
    rest = [
        one
        for one in policy.witnesses
        if one != view.data.institution and policies.is_active(view.register, one)
    ]
    governing = key_enrolment.count(view.register, key_enrolment.ACTIVE_INSTITUTIONS) - 1
    return governing < policy.governance_quorum or len(rest) < policy.witness_quorum


def _suspend(view: View[Suspend]) -> Effects:
    found = view.register.get(Institution, view.data.institution)
    assert found is not None
    suspended = msgspec.structs.replace(found, status="suspended")
    votes = voting.change(view.register, _remaining_voters(view))
    return Effects("recorded", (suspended, _active(view.register, -1), *votes), {"institution": found.id})


def _remaining_voters(view: View[Suspend]) -> tuple[Voter, ...]:
    return voting.without_vote(voting.voters(view.register), view.data.institution)


def _keys(view: View[Admit]) -> tuple[KeyOffer, ...]:
    return view.data.keys


def _brings_a_log_key(view: View[Admit]) -> bool:
    return any(one.cls == KeyClass.LOG for one in view.data.keys)


def _brings_two_votes(view: View[Admit]) -> bool:
    return len(voting.keys_of(view.data.keys, KeyClass.VOTE)) > 1


ADMIT_RULES: tuple[Rule[View[Admit]], ...] = (
    policies.QUORUM,
    Rule(Code.INSTITUTION_ADMITTED, (law.NET_1,), _is_admitted),
    Rule(Code.ONE_REGISTRY, (law.NET_1, law.CC_210), _is_a_second_registry),
    Rule(Code.KEYS_MISSING, (law.NET_4,), _lacks_keys),
    Rule(Code.LOG_KEY_FIXED, (law.NET_4,), _brings_a_log_key),
    voting.nobody_votes(_keys),
    Rule(Code.VOTE_KEY_HELD, (law.NET_6,), _brings_two_votes),
    *key_enrolment.rules(_keys),
)
SUSPEND_RULES: tuple[Rule[View[Suspend]], ...] = (
    policies.QUORUM,
    Rule(Code.INSTITUTION_UNKNOWN, (law.NET_1,), policies.institution_is_unknown),
    Rule(Code.INSTITUTION_NOT_ACTIVE, (law.NET_1,), policies.institution_is_not_active),
    Rule(Code.REGISTRY_NEEDED, (law.NET_1, law.CC_210), _is_the_registry),
    Rule(Code.QUORUM_LOST, (law.NET_3, law.NET_5), _breaks_a_quorum),
    voting.too_few(_remaining_voters),
)
KINDS: tuple[EventKind[Any], ...] = (
    EventKind(
        type="institution.admit",
        title=Title("机构加入", "admission of an institution"),
        senders=roles.ANY,
        signed_by=KeyClass.GOVERNANCE,
        open=True,
        compared=Compared.NOTHING,
        does=Does.NOTHING,
        parts={},
        data=Admit,
        rules=ADMIT_RULES,
        effects=_admit,
    ),
    EventKind(
        type="institution.suspend",
        title=Title("机构停权", "suspension of an institution"),
        senders=roles.ANY,
        signed_by=KeyClass.GOVERNANCE,
        open=True,
        compared=Compared.NOTHING,
        does=Does.NOTHING,
        parts={},
        data=Suspend,
        rules=SUSPEND_RULES,
        effects=_suspend,
    ),
)
