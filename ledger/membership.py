"""Institutions and keys come and go: admission, suspension, keys added, rotated, revoked.

A quorum decides, not a role; only a rotation needs no quorum, for the old key vouches for the new one. Keys
live by log index: one registered at index i signs from i + 1 on, one that ends there has signed at i for the
last time.
"""

from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta

from ledger import law, offers, policies
from ledger.envelope import Hex64, InstitutionId
from ledger.offers import KeyOffer, Keys, Member
from ledger.records import Counter, Institution, Key, KeyClass, Role
from ledger.register import Register
from ledger.rule import Data, Effects, EventKind, Rule, View
from ledger.verdict import Code

Reason = Annotated[str, Meta(pattern=r"^[a-z0-9-]{1,64}\Z")]


class Admit(Data, frozen=True):
    """Admit an institution with its keys."""

    institution: Member
    keys: Keys


class Suspend(Data, frozen=True):
    """Suspend an institution: what it sends from here on is refused."""

    institution: InstitutionId
    reason: Reason


class KeyAdd(Data, frozen=True):
    """Register another key of an institution."""

    institution: InstitutionId
    key: KeyOffer


class KeyRotate(Data, frozen=True):
    """Replace a key by a new one of the same class; both sign, and no quorum is needed."""

    old: Hex64
    key: KeyOffer


class KeyRevoke(Data, frozen=True):
    """End a key."""

    key: Hex64
    reason: Reason


N = TypeVar("N", Suspend, KeyAdd)


def _is_admitted(view: View[Admit]) -> bool:
    return view.register.get(Institution, view.data.institution.id) is not None


def _is_a_second_registry(view: View[Admit]) -> bool:
    return view.data.institution.role == Role.REGISTRY


def _lacks_keys(view: View[Admit]) -> bool:
    return offers.lacks(view.data.keys)


def _admit(view: View[Admit]) -> Effects:
    new, index = view.data.institution, view.at.index
    records = offers.admitted(new, view.data.keys, index, since=index + 1)
    return Effects("recorded", (*records, _active(view.register, +1)), {"institution": new.id})


def _active(register: Register, change: int) -> Counter:
    name = offers.ACTIVE_INSTITUTIONS
    return Counter(name, offers.count(register, name) + change)


def _institution_is_unknown(view: View[N]) -> bool:
    return view.register.get(Institution, view.data.institution) is None


def _is_not_active(view: View[N]) -> bool:
    return not _institution_is_unknown(view) and not policies.is_active(view.register, view.data.institution)


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
    governing = offers.count(view.register, offers.ACTIVE_INSTITUTIONS) - 1
    return governing < policy.governance_quorum or len(rest) < policy.witness_quorum


def _suspend(view: View[Suspend]) -> Effects:
    found = view.register.get(Institution, view.data.institution)
    assert found is not None
    suspended = msgspec.structs.replace(found, status="suspended")
    return Effects("recorded", (suspended, _active(view.register, -1)), {"institution": found.id})


def _keys(view: View[Admit]) -> tuple[KeyOffer, ...]:
    return view.data.keys


def _key_offered(view: View[Any]) -> tuple[KeyOffer, ...]:
    return (view.data.key,)


def _is_log_key(view: View[KeyAdd]) -> bool:
    return view.data.key.cls == KeyClass.LOG


def _brings_a_log_key(view: View[Admit]) -> bool:
    return any(one.cls == KeyClass.LOG for one in view.data.keys)


def _add_key(view: View[KeyAdd]) -> Effects:
    institution, offer = view.data.institution, view.data.key
    key = offers.registered(institution, offer, view.at.index + 1)
    return Effects("recorded", (key, _counted(view.register, institution, offer.cls, +1)), {"key": key.id})


def _counted(register: Register, institution: str, cls: KeyClass, change: int) -> Counter:
    name = offers.counter_of(institution, cls)
    return Counter(name, offers.count(register, name) + change)


def _old(view: View[KeyRotate]) -> Key:
    found = view.register.get(Key, view.data.old)
    assert found is not None, "admission verified a signature by it"
    return found


def _class_changes(view: View[KeyRotate]) -> bool:
    return view.data.key.cls != _old(view).cls


def _rotates_the_log_key(view: View[KeyRotate]) -> bool:
    return _old(view).cls == KeyClass.LOG


def _rotate(view: View[KeyRotate]) -> Effects:
    old, start = _old(view), view.at.index + 1
    new = offers.registered(old.institution, view.data.key, start)
    return Effects(
        "recorded", (msgspec.structs.replace(old, until=start), new), {"key": new.id, "old": old.id}
    )


def _key(view: View[KeyRevoke]) -> Key | None:
    return view.register.get(Key, view.data.key)


def _key_is_unknown(view: View[KeyRevoke]) -> bool:
    return _key(view) is None


def _key_has_ended(view: View[KeyRevoke]) -> bool:
    key = _key(view)
    return key is not None and key.until is not None


def _revokes_the_log_key(view: View[KeyRevoke]) -> bool:
    key = _key(view)
    return key is not None and key.cls == KeyClass.LOG


def _is_the_last_to_govern(view: View[KeyRevoke]) -> bool:
    key = _key(view)
    if key is None or key.until is not None or key.cls != KeyClass.GOVERNANCE:
        return False
    return offers.count(view.register, offers.counter_of(key.institution, key.cls)) <= 1


def _revoke(view: View[KeyRevoke]) -> Effects:
    key = _key(view)
    assert key is not None
    ended = msgspec.structs.replace(key, until=view.at.index + 1)
    return Effects(
        "recorded", (ended, _counted(view.register, key.institution, key.cls, -1)), {"key": key.id}
    )


ADMIT_RULES: tuple[Rule[View[Admit]], ...] = (
    policies.QUORUM,
    Rule(Code.INSTITUTION_ADMITTED, (law.NET_1,), _is_admitted),
    Rule(Code.ONE_REGISTRY, (law.NET_1, law.CC_210), _is_a_second_registry),
    Rule(Code.KEYS_MISSING, (law.NET_4,), _lacks_keys),
    Rule(Code.LOG_KEY_FIXED, (law.NET_4,), _brings_a_log_key),
    *offers.rules(_keys),
)
SUSPEND_RULES: tuple[Rule[View[Suspend]], ...] = (
    policies.QUORUM,
    Rule(Code.INSTITUTION_UNKNOWN, (law.NET_1,), _institution_is_unknown),
    Rule(Code.INSTITUTION_NOT_ACTIVE, (law.NET_1,), _is_not_active),
    Rule(Code.REGISTRY_NEEDED, (law.NET_1, law.CC_210), _is_the_registry),
    Rule(Code.QUORUM_LOST, (law.NET_3, law.NET_5), _breaks_a_quorum),
)
ADD_RULES: tuple[Rule[View[KeyAdd]], ...] = (
    policies.QUORUM,
    Rule(Code.INSTITUTION_UNKNOWN, (law.NET_1,), _institution_is_unknown),
    Rule(Code.INSTITUTION_NOT_ACTIVE, (law.NET_1,), _is_not_active),
    Rule(Code.LOG_KEY_FIXED, (law.NET_4,), _is_log_key),
    *offers.rules(_key_offered),
)
ROTATE_RULES: tuple[Rule[View[KeyRotate]], ...] = (
    Rule(Code.LOG_KEY_FIXED, (law.NET_4,), _rotates_the_log_key),
    Rule(Code.KEY_CLASS_CHANGED, (law.NET_4,), _class_changes),
    *offers.rules(_key_offered),
)
REVOKE_RULES: tuple[Rule[View[KeyRevoke]], ...] = (
    policies.QUORUM,
    Rule(Code.KEY_UNKNOWN, (law.NET_4,), _key_is_unknown),
    Rule(Code.KEY_ENDED, (law.NET_4,), _key_has_ended),
    Rule(Code.LOG_KEY_FIXED, (law.NET_4,), _revokes_the_log_key),
    Rule(Code.LAST_GOVERNANCE_KEY, (law.NET_4,), _is_the_last_to_govern),
)

KINDS: tuple[EventKind[Any], ...] = (
    EventKind("institution.admit", Admit, ADMIT_RULES, _admit),
    EventKind("institution.suspend", Suspend, SUSPEND_RULES, _suspend),
    EventKind("key.add", KeyAdd, ADD_RULES, _add_key),
    EventKind("key.rotate", KeyRotate, ROTATE_RULES, _rotate),
    EventKind("key.revoke", KeyRevoke, REVOKE_RULES, _revoke),
)
