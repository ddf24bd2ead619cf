"""Admission: whether an event may enter the log at all. An event that is not admitted leaves no entry.

It checks the network, the time, the shape, and who signed with which keys. `dengbu.ledger.transition.judge` then
decides whether the rules accept or refuse the event; either way it goes into the log.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from dengbu.ledger.cases.bundle import kind_of
from dengbu.ledger.cases.cases import CaseApply
from dengbu.ledger.law.calendar import DAY_MS
from dengbu.ledger.law.verdict import Code, name
from dengbu.ledger.law.wording import TEXT
from dengbu.ledger.log import keys
from dengbu.ledger.log.encoding import Malformed
from dengbu.ledger.log.envelope import Body, Envelope, convert
from dengbu.ledger.network.governance import Genesis, PolicySet
from dengbu.ledger.network.key_enrolment import admitted
from dengbu.ledger.network.keychange import KeyRotate
from dengbu.ledger.network.membership import Admit
from dengbu.ledger.register.members import LATER_FIELDS, LATER_ROLES
from dengbu.ledger.register.records import Institution, Key, KeyClass
from dengbu.ledger.register.register import MemoryRegister, Overlay, Register
from dengbu.ledger.rules.rule import Event, LogPosition
from dengbu.ledger.rules.rule_sets import FIRST, LATER_MEMBERS, UnknownRuleSet, named
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
    _check_rule_set(body, data, rule_set(known, data).number)
    actor = known.get(Institution, body.actor)
    if actor is None:
        raise NotAdmitted(Code.UNKNOWN_ACTOR, body.actor, "/body/actor")
    signing = _signing_keys(known, envelope, data, at)
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


def _check_rule_set(body: Body, data: Any, rules: int) -> None:
    """Raise `NotAdmitted` for anything that only a later rule set has; software without that set could not read it."""
    if EVENTS[body.type].since > rules:
        raise NotAdmitted(Code.UNKNOWN_TYPE, body.type, "/body/type")
    chosen = min(rules, _chosen(data, rules))
    for where, what, since in _dated(body, data):
        known = chosen if what == "field" else rules
        if since > known:
            detail = f"rule set {known} has no such {what}"
            raise NotAdmitted(Code.MALFORMED_DATA, detail, f"/body/data/{where}")


def _chosen(data: Any, rules: int) -> int:
    """Return the number of the rule set that a policy chooses; `rules` if there is none, or none that is kept here."""
    if not isinstance(data, Genesis | PolicySet):
        return rules
    try:
        return named(data.policy.rule_set).number
    except UnknownRuleSet:
        return rules


def _dated(body: Body, data: Any) -> Iterator[tuple[str, str, int]]:
    """Yield what may come later in the data: its place, its kind, and the number of the first rule set with it."""
    yield from _dated_members("", body.type, body.data)
    if isinstance(data, CaseApply):
        for place, act in enumerate(data.acts):
            kind = kind_of(act)
            yield f"acts/{place}/act", "act", kind.since
            yield from _dated_members(f"acts/{place}/", kind.tag, body.data["acts"][place])
    if isinstance(data, Genesis | PolicySet):
        for name_ in body.data["policy"]:
            yield f"policy/{name_}", "field", LATER_FIELDS.get(name_, FIRST.number)
    if isinstance(data, Genesis):
        for place, one in enumerate(data.institutions):
            yield f"institutions/{place}/role", "role", LATER_ROLES.get(one.role, FIRST.number)
    if isinstance(data, Admit):
        yield "institution/role", "role", LATER_ROLES.get(data.institution.role, FIRST.number)


def _dated_members(where: str, kind: str, given: Mapping[str, Any]) -> Iterator[tuple[str, str, int]]:
    for name_, since in LATER_MEMBERS.get(kind, {}).items():
        if name_ in given:
            yield f"{where}{name_}", "member", since


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
        wanted = _class_of(known, envelope.body.type, data)
        if key.cls != wanted or key.alg != signature.alg:
            raise NotAdmitted(Code.WRONG_KEY_CLASS, f"{key.id} is for {key.cls}, not {wanted}", where)
        found.append(key)
    if isinstance(data, KeyRotate) and [key.id for key in found] != sorted([data.old, data.key.id]):
        raise NotAdmitted(Code.NEW_KEY_DID_NOT_SIGN, f"{data.old} and {data.key.id} must sign", "/sigs")
    return found


def _span(key: Key) -> str:
    return f"entries {key.since} to {key.until - 1}" if key.until is not None else f"entries from {key.since}"


def _class_of(known: Register, event_type: str, data: Any) -> KeyClass:
    """The class of key that must sign this type of event; a rotation is signed by the class that it rotates."""
    if isinstance(data, KeyRotate):
        old = known.get(Key, data.old)
        return old.cls if old else EVENTS[event_type].signed_by
    return EVENTS[event_type].signed_by


def _check_recipients(known: Register, body: Body) -> None:
    for place, part in enumerate(body.private):
        for nth, institution in enumerate(part.to):
            if known.get(Institution, institution) is None:
                where = f"/body/private/{place}/to/{nth}"
                raise NotAdmitted(Code.UNKNOWN_RECIPIENT, institution, where)
