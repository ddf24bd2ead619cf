"""Admission: whether an event may enter the log at all. An event that is not admitted leaves no entry.

It checks the network, the time, the shape, and who signed with which keys. `dengbu.ledger.transition.judge` then
decides whether the rules accept or refuse the event; either way it goes into the log.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import msgspec

from dengbu.ledger.catalogue import ACTS
from dengbu.ledger.law.calendar import DAY_MS
from dengbu.ledger.law.verdict import Code, name
from dengbu.ledger.law.wording import TEXT
from dengbu.ledger.log import keys
from dengbu.ledger.log.encoding import Malformed
from dengbu.ledger.log.envelope import Body, Envelope, convert
from dengbu.ledger.network.governance import Genesis, PolicySet
from dengbu.ledger.network.key_enrolment import admitted
from dengbu.ledger.network.keychange import KeyRotate
from dengbu.ledger.register.dated import before_of, in_set, row_in
from dengbu.ledger.register.members import LATER_ROLES, Institution, Key, KeyClass, Policy, Role
from dengbu.ledger.register.register import MemoryRegister, Overlay, Register
from dengbu.ledger.rules.act import Act, tag_of
from dengbu.ledger.rules.policies import as_of
from dengbu.ledger.rules.rule import Event, EventKind, LogPosition
from dengbu.ledger.rules.rule_sets import FIRST, NEWEST, UnknownRuleSet, named
from dengbu.ledger.transition import EVENTS, rule_set

# Founders and co-signers sign one after the other, by hand. A signed event should not stay usable for longer than this.
NOT_AFTER_MS_MAX = 30 * DAY_MS
GENESIS_INDEX = 0

Verify = Callable[[bytes, bytes, bytes], bool]


class NotAdmitted(Exception):
    """Raised for an event that must not enter the log: code, detail, and JSON pointer into the envelope ("": all)."""

    def __init__(self, code: Code, detail: str, where: str = "") -> None:
        super().__init__(code, detail, where)
        self.code = code
        self.detail = detail
        self.where = where

    def __str__(self) -> str:
        zh, en = TEXT[self.code]
        return f"{zh} {en} [{name(self.code)}] at {self.where or 'the top level'}: {self.detail}"


def admit(
    register: Register | None, net: str, envelope: Envelope, at: LogPosition, verify: Verify = keys.verify
) -> Event[Any]:
    """Return the event of an envelope as admitted at a place in the log; raise `NotAdmitted` if it must not enter.

    `register` is the state before that place, and None before entry 0. `verify(public, message, signature)` is a
    parameter so that the caller can cache verdicts on the same bytes.
    """
    body = envelope.body
    if body.net != net:
        raise NotAdmitted(Code.WRONG_NETWORK, f"this is {net}, the event is for {body.net}", "/body/net")
    check_time(body, at.time)
    data = _typed(body)
    _check_parts(body)
    known = _known(register, data, at)
    rules = rule_set(known, data).number
    data = _as_of(rules, body, data)
    actor = known.get(Institution, body.actor)
    if actor is None:
        raise NotAdmitted(Code.UNKNOWN_ACTOR, body.actor, "/body/actor")
    signing = _signing_keys(known, envelope, data, replace(at, rule_set=rules))
    for place, (signature, key) in enumerate(zip(envelope.sigs, signing, strict=True)):
        if not verify(bytes.fromhex(key.public), envelope.signed_bytes(key.id), signature.raw):
            raise NotAdmitted(Code.BAD_SIGNATURE, f"by key {key.id}", f"/sigs/{place}/sig")
    signers = tuple(sorted(dict.fromkeys(key.institution for key in signing)))
    if actor.id not in signers:
        raise NotAdmitted(Code.ACTOR_DID_NOT_SIGN, f"signed by {', '.join(signers)}", "/sigs")
    _check_recipients(known, body)
    return Event(envelope, data, signers, actor)


def check_time(body: Body, time: int) -> None:
    """Raise `NotAdmitted` if the event's `not_after` has passed, or lies too far ahead, at `time` (ms UTC)."""
    if body.not_after < time:
        raise NotAdmitted(Code.EXPIRED, f"{body.not_after} lies before {time}", "/body/not_after")
    if body.not_after - time > NOT_AFTER_MS_MAX:
        detail = f"{body.not_after} lies more than {NOT_AFTER_MS_MAX} ms after {time}"
        raise NotAdmitted(Code.NOT_AFTER_TOO_FAR, detail, "/body/not_after")


def _typed(body: Body) -> Any:
    kind = EVENTS.get(body.type)
    if kind is None:
        raise NotAdmitted(Code.UNKNOWN_TYPE, body.type, "/body/type")
    try:
        return convert(body.data, kind.data)
    except Malformed as fault:
        raise NotAdmitted(Code.MALFORMED_DATA, fault.message, f"/body/data{fault.where}") from fault


def _check_parts(body: Body) -> None:
    most = EVENTS[body.type].private_max
    if len(body.private) > most:
        detail = f"{body.type} has at most {most} private parts, not {len(body.private)}"
        raise NotAdmitted(Code.MALFORMED, detail, "/body/private")


def _as_of(rules: int, body: Body, data: Any) -> Any:
    """Return an event's data as a rule set reads them; raise `NotAdmitted` for anything that only a later set has.

    Software without that set could not read it.
    """
    if EVENTS[body.type].since > rules:
        raise NotAdmitted(Code.UNKNOWN_TYPE, body.type, "/body/type")
    brings_policy = isinstance(
        data, Genesis | PolicySet
    )  # it may choose an earlier set, whose fields it then has
    if brings_policy or rules != NEWEST.number:  # under the newest set, all that could be read has its shape
        _check_shape(rules, data, body.data, "/body/data")
    return msgspec.structs.replace(data, policy=as_of(body.data["policy"], rules)) if brings_policy else data


def _check_shape(rules: int, typed: Any, given: Any, where: str) -> None:
    """Raise `NotAdmitted` unless a value, and all within it, has the shape that it has in the rule set."""
    if isinstance(typed, tuple):
        for place, one in enumerate(typed):
            _check_shape(rules, one, given[place], f"{where}/{place}")
    elif isinstance(typed, dict):
        for name_, one in typed.items():
            _check_shape(rules, one, given[name_], f"{where}/{name_}")
    elif isinstance(typed, Role):
        _check_since(rules, LATER_ROLES.get(typed, FIRST.number), "role", where)
    elif isinstance(typed, msgspec.Struct):
        if isinstance(typed, Act):
            _check_since(rules, ACTS[tag_of(typed)].since, "act", f"{where}/act")
        if isinstance(typed, Policy):
            rules = _chosen(typed, rules)
        for name_, before in before_of(type(typed)).items():
            if name_ in given:
                _check_member(rules, in_set(rules, Any, before), given[name_], f"{where}/{name_}")
        for name_ in typed.__struct_fields__:
            if name_ in given:
                _check_shape(rules, getattr(typed, name_), given[name_], f"{where}/{name_}")


def _check_since(rules: int, since: int, what: str, where: str) -> None:
    if since > rules:
        raise NotAdmitted(Code.MALFORMED_DATA, f"rule set {rules} has no such {what}", where)


def _check_member(rules: int, was: Any, given: Any, where: str) -> None:
    """Raise `NotAdmitted` unless the rule set has a member, whose type is `was` there, and it fits."""
    if was is None:
        raise NotAdmitted(Code.MALFORMED_DATA, f"rule set {rules} has no such member", where)
    try:
        convert(given, was)
    except Malformed as fault:
        detail = f"under rule set {rules}: {fault.message}"
        raise NotAdmitted(Code.MALFORMED_DATA, detail, f"{where}{fault.where}") from fault


def _chosen(policy: Policy, rules: int) -> int:
    """Return the number of the rule set whose fields a policy may have: the one it chooses, if that is earlier."""
    try:
        return min(rules, named(policy.rule_set).number)
    except UnknownRuleSet:
        return rules


def _known(register: Register | None, data: Any, at: LogPosition) -> Register:
    """The register of institutions and keys for judging this event, with those that the event itself brings.

    A genesis brings its founders, and a key rotation brings the new key.
    """
    if isinstance(data, Genesis):
        if at.index != GENESIS_INDEX:
            raise NotAdmitted(Code.NETWORK_EXISTS, f"this would be entry {at.index}", "/body/type")
        founders = MemoryRegister()
        for one in data.institutions:
            founders.apply(admitted(one, one.keys, GENESIS_INDEX, since=GENESIS_INDEX))
        return founders
    if register is None:
        return MemoryRegister()
    old = register.get(Key, data.old) if isinstance(data, KeyRotate) else None
    if old is None:
        return register
    rotated = Overlay(register)
    rotated.apply([Key(data.key.id, old.institution, old.cls, data.key.alg, data.key.public, since=at.index)])
    return rotated


def _signing_keys(known: Register, envelope: Envelope, data: Any, at: LogPosition) -> list[Key]:
    """Return the key of each signature, after the cheap checks and before any signature is verified.

    Raises `NotAdmitted`.
    """
    found: list[Key] = []
    for place, signature in enumerate(envelope.sigs):
        where = f"/sigs/{place}/key"
        key = known.get(Key, signature.key)
        if key is None:
            raise NotAdmitted(Code.UNKNOWN_KEY, signature.key, where)
        if at.index < key.since or (key.until is not None and at.index >= key.until):
            raise NotAdmitted(Code.KEY_NOT_VALID, f"{key.id} signs in {_span(key)}, not at {at.index}", where)
        wanted = _class_of(known, row_in(at.rule_set, EVENTS[envelope.body.type]), data)
        if key.cls != wanted or key.alg != signature.alg:
            raise NotAdmitted(Code.WRONG_KEY_CLASS, f"{key.id} is for {key.cls}, not {wanted}", where)
        found.append(key)
    if isinstance(data, KeyRotate) and [key.id for key in found] != sorted([data.old, data.key.id]):
        raise NotAdmitted(Code.NEW_KEY_DID_NOT_SIGN, f"{data.old} and {data.key.id} must sign", "/sigs")
    return found


def _span(key: Key) -> str:
    return f"entries {key.since} to {key.until - 1}" if key.until is not None else f"entries from {key.since}"


def _class_of(known: Register, kind: EventKind[Any], data: Any) -> KeyClass:
    """The class of key that must sign this type of event; a rotation is signed by the class that it rotates."""
    if isinstance(data, KeyRotate):
        old = known.get(Key, data.old)
        return old.cls if old else kind.signed_by
    return kind.signed_by


def _check_recipients(known: Register, body: Body) -> None:
    for place, part in enumerate(body.private):
        for nth, institution in enumerate(part.to):
            if known.get(Institution, institution) is None:
                where = f"/body/private/{place}/to/{nth}"
                raise NotAdmitted(Code.UNKNOWN_RECIPIENT, institution, where)
