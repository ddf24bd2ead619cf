"""Changes of keys: a key is added, rotated, replaced or revoked.

A quorum decides, except on a rotation, where the old key vouches for the new one. Keys are valid by log index: one
that is registered at index i signs from i + 1 on, and one that ends at i signs at i for the last time.
"""

from typing import Any, TypeVar

import msgspec

from dengbu.ledger.law import law
from dengbu.ledger.law.verdict import Code
from dengbu.ledger.log.envelope import Hex64, InstitutionId
from dengbu.ledger.network import key_enrolment, voting
from dengbu.ledger.network.key_enrolment import KeyOffer
from dengbu.ledger.register.members import Key, KeyClass, Voter
from dengbu.ledger.register.records import Counter
from dengbu.ledger.register.register import Register
from dengbu.ledger.register.shapes import ListCode
from dengbu.ledger.rules import policies, roles
from dengbu.ledger.rules.rule import Compared, Data, Does, Effects, EventKind, Rule, Title, View


class KeyAdd(Data, frozen=True):
    """Register another key of an institution."""

    institution: InstitutionId
    key: KeyOffer


class KeyRotate(Data, frozen=True):
    """Replace a key by a new one of the same class; both sign, and no quorum is needed."""

    old: Hex64
    key: KeyOffer


class KeyReplace(Data, frozen=True):
    """Replace a key by a new one of the same class, by quorum: the old one may be lost, or kept elsewhere."""

    old: Hex64
    key: KeyOffer


class KeyRevoke(Data, frozen=True):
    """End a key."""

    key: Hex64
    reason: ListCode


K = TypeVar("K", KeyReplace, KeyRevoke)


def _key_offered(view: View[Any]) -> tuple[KeyOffer, ...]:
    return (view.data.key,)


def _is_log_key(view: View[KeyAdd]) -> bool:
    return view.data.key.cls == KeyClass.LOG


def _has_a_vote(view: View[KeyAdd]) -> bool:
    among = voting.voters(view.register)
    return view.data.key.cls == KeyClass.VOTE and voting.has_full_vote(among, view.data.institution)


def _voters_with_key(view: View[KeyAdd]) -> tuple[Voter, ...]:
    return voting.with_keys(view.register, view.data.institution, (view.data.key,))


def _add_key(view: View[KeyAdd]) -> Effects:
    institution, offer = view.data.institution, view.data.key
    key = key_enrolment.registered(institution, offer, view.at.index + 1)
    votes = voting.change(view.register, _voters_with_key(view))
    counted = _counted(view.register, institution, offer.cls, +1)
    return Effects("recorded", (key, counted, *votes), {"key": key.id})


def _counted(register: Register, institution: str, cls: KeyClass, change: int) -> Counter:
    name = key_enrolment.counter_of(institution, cls)
    return Counter(name, key_enrolment.count(register, name) + change)


def _old(view: View[KeyRotate]) -> Key:
    found = view.register.get(Key, view.data.old)
    assert found is not None, "admission verified a signature by it"
    return found


def _class_changes(view: View[KeyRotate]) -> bool:
    return view.data.key.cls != _old(view).cls


def _rotates_the_log_key(view: View[KeyRotate]) -> bool:
    return _old(view).cls == KeyClass.LOG


def _needs_a_quorum(view: View[KeyRotate]) -> bool:
    return _old(view).cls in (KeyClass.VOTE, KeyClass.LINK)


def _rotate(view: View[KeyRotate]) -> Effects:
    old, start = _old(view), view.at.index + 1
    new = key_enrolment.registered(old.institution, view.data.key, start)
    return Effects(
        "recorded", (msgspec.structs.replace(old, until=start), new), {"key": new.id, "old": old.id}
    )


def _key(view: View[K]) -> Key | None:
    """The key that is to end."""
    data = view.data
    return view.register.get(Key, data.old if isinstance(data, KeyReplace) else data.key)


def _key_is_unknown(view: View[K]) -> bool:
    return _key(view) is None


def _key_has_ended(view: View[K]) -> bool:
    key = _key(view)
    return key is not None and key.until is not None


def _ends_the_log_key(view: View[K]) -> bool:
    key = _key(view)
    return key is not None and key.cls == KeyClass.LOG


def _replacement_changes_class(view: View[KeyReplace]) -> bool:
    key = _key(view)
    return key is not None and key.cls != view.data.key.cls


def _replaces_for_a_suspended_one(view: View[KeyReplace]) -> bool:
    key = _key(view)
    return key is not None and not policies.is_active(view.register, key.institution)


def _replace(view: View[KeyReplace]) -> Effects:
    old, start = _key(view), view.at.index + 1
    assert old is not None
    new = key_enrolment.registered(old.institution, view.data.key, start)
    votes = voting.change(view.register, voting.with_keys(view.register, old.institution, (view.data.key,)))
    records = (msgspec.structs.replace(old, until=start), new, *votes)
    return Effects("recorded", records, {"key": new.id, "old": old.id})


def _voters_without_key(view: View[KeyRevoke]) -> tuple[Voter, ...]:
    among, key = voting.voters(view.register), _key(view)
    voted = key is not None and any(one.key == key.id for one in among)
    return voting.without_vote(among, key.institution) if key is not None and voted else among


def _is_the_last_to_govern(view: View[KeyRevoke]) -> bool:
    key = _key(view)
    if key is None or key.until is not None or key.cls != KeyClass.GOVERNANCE:
        return False
    return key_enrolment.count(view.register, key_enrolment.counter_of(key.institution, key.cls)) <= 1


def _revoke(view: View[KeyRevoke]) -> Effects:
    key = _key(view)
    assert key is not None
    ended = msgspec.structs.replace(key, until=view.at.index + 1)
    votes = voting.change(view.register, _voters_without_key(view))
    counted = _counted(view.register, key.institution, key.cls, -1)
    return Effects("recorded", (ended, counted, *votes), {"key": key.id})


ADD_RULES: tuple[Rule[View[KeyAdd]], ...] = (
    policies.QUORUM,
    Rule(Code.INSTITUTION_UNKNOWN, (law.NET_1,), policies.institution_is_unknown),
    Rule(Code.INSTITUTION_NOT_ACTIVE, (law.NET_1,), policies.institution_is_not_active),
    Rule(Code.LOG_KEY_FIXED, (law.NET_4,), _is_log_key),
    voting.nobody_votes(_key_offered),
    Rule(Code.VOTE_KEY_HELD, (law.NET_6,), _has_a_vote),
    *key_enrolment.rules(_key_offered),
)
ROTATE_RULES: tuple[Rule[View[KeyRotate]], ...] = (
    Rule(Code.LOG_KEY_FIXED, (law.NET_4,), _rotates_the_log_key),
    Rule(Code.QUORUM_REPLACES, (law.NET_6,), _needs_a_quorum),
    Rule(Code.KEY_CLASS_CHANGED, (law.NET_4,), _class_changes),
    *key_enrolment.rules(_key_offered),
)
REVOKE_RULES: tuple[Rule[View[KeyRevoke]], ...] = (
    policies.QUORUM,
    Rule(Code.KEY_UNKNOWN, (law.NET_4,), _key_is_unknown),
    Rule(Code.KEY_ENDED, (law.NET_4,), _key_has_ended),
    Rule(Code.LOG_KEY_FIXED, (law.NET_4,), _ends_the_log_key),
    Rule(Code.LAST_GOVERNANCE_KEY, (law.NET_4,), _is_the_last_to_govern),
    voting.too_few(_voters_without_key),
)
REPLACE_RULES: tuple[Rule[View[KeyReplace]], ...] = (
    policies.QUORUM,
    Rule(Code.KEY_UNKNOWN, (law.NET_4,), _key_is_unknown),
    Rule(Code.KEY_ENDED, (law.NET_4,), _key_has_ended),
    Rule(Code.LOG_KEY_FIXED, (law.NET_4,), _ends_the_log_key),
    Rule(Code.INSTITUTION_NOT_ACTIVE, (law.NET_1,), _replaces_for_a_suspended_one),
    Rule(Code.KEY_CLASS_CHANGED, (law.NET_4,), _replacement_changes_class),
    *key_enrolment.rules(_key_offered),
)

KINDS: tuple[EventKind[Any], ...] = (
    EventKind(
        type="key.add",
        title=Title("密钥登记", "a new key"),
        senders=roles.ANY,
        signed_by=KeyClass.GOVERNANCE,
        open=True,
        compared=Compared.NOTHING,
        does=Does.NOTHING,
        parts={},
        data=KeyAdd,
        rules=ADD_RULES,
        effects=_add_key,
    ),
    EventKind(
        type="key.rotate",
        title=Title("密钥轮换", "rotation of a key"),
        senders=roles.ANY,
        signed_by=KeyClass.EVENT,  # or by the class that it rotates
        open=True,
        compared=Compared.NOTHING,
        does=Does.NOTHING,
        parts={},
        data=KeyRotate,
        rules=ROTATE_RULES,
        effects=_rotate,
    ),
    EventKind(
        type="key.replace",
        title=Title("由治理法定数更换密钥", "replacement of a key by quorum"),
        senders=roles.ANY,
        signed_by=KeyClass.GOVERNANCE,
        open=True,
        compared=Compared.NOTHING,
        does=Does.NOTHING,
        parts={},
        data=KeyReplace,
        rules=REPLACE_RULES,
        effects=_replace,
    ),
    EventKind(
        type="key.revoke",
        title=Title("密钥撤销", "revocation of a key"),
        senders=roles.ANY,
        signed_by=KeyClass.GOVERNANCE,
        open=True,
        compared=Compared.NOTHING,
        does=Does.NOTHING,
        parts={},
        data=KeyRevoke,
        rules=REVOKE_RULES,
        effects=_revoke,
    ),
)
