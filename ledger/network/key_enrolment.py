"""Institutions and keys as governance events offer them, and the conditions on a key that is to be registered."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Annotated, Any, Literal

import nacl.bindings
from msgspec import Meta

from dengbu.ledger.law import law
from dengbu.ledger.law.verdict import Code
from dengbu.ledger.log.encoding import Malformed
from dengbu.ledger.log.envelope import Hex64, InstitutionId
from dengbu.ledger.log.keys import ED25519, X25519, check_public, key_id
from dengbu.ledger.register.members import Institution, Key, KeyClass, Role
from dengbu.ledger.register.record import Record
from dengbu.ledger.register.records import Counter
from dengbu.ledger.register.register import Register
from dengbu.ledger.rules.rule import Data, Rule, View

Name = Annotated[str, Meta(min_length=1, max_length=64)]
KEYS_MAX = 16
ACTIVE_INSTITUTIONS = "institutions:active"
NEEDED: tuple[KeyClass, ...] = (KeyClass.GOVERNANCE, KeyClass.EVENT)
_PROBE = b"\x01" * 32  # any scalar will do: times a point of small order, each gives zero


class KeyOffer(Data, frozen=True):
    """A public key to be registered: class, algorithm, 32 bytes in hex."""

    cls: KeyClass
    alg: Literal["Ed25519", "X25519"]
    public: Hex64

    @property
    def id(self) -> str:
        """The key's id."""
        return key_id(self.alg, bytes.fromhex(self.public))


Keys = Annotated[tuple[KeyOffer, ...], Meta(min_length=1, max_length=KEYS_MAX)]


class Member(Data, frozen=True):
    """An institution to be admitted."""

    id: InstitutionId
    role: Role
    name_zh: Name
    name_en: Name


class Founder(Member, frozen=True):
    """An institution of the genesis with its keys."""

    keys: Keys


def counter_of(institution: str, cls: KeyClass) -> str:
    """The name of the counter of an institution's keys of a class that are not revoked."""
    return f"keys:{institution}:{cls}"


def count(register: Register, name: str) -> int:
    """A counter's value; zero if nothing was counted."""
    found = register.get(Counter, name)
    return found.value if found else 0


def is_used(register: Register, offer: KeyOffer) -> bool:
    """Whether these 32 bytes were ever registered as a key, for any institution and any algorithm."""
    public = bytes.fromhex(offer.public)
    return any(register.get(Key, key_id(alg, public)) is not None for alg in (ED25519, X25519))


def repeats(offers: Sequence[KeyOffer]) -> bool:
    """Whether a public key is offered twice."""
    return any(one == other for one, other in pairwise(sorted(one.public for one in offers)))


def has_wrong_algorithm(offer: KeyOffer) -> bool:
    """Whether class and algorithm do not fit: X25519 opens envelopes, Ed25519 signs everything else."""
    return (offer.cls == KeyClass.ENVELOPE) != (offer.alg == X25519)


def is_unsafe(offer: KeyOffer) -> bool:
    """Whether the bytes are a key in whose name anybody could sign, or whose envelopes anybody could open."""
    public = bytes.fromhex(offer.public)
    try:
        if offer.alg == ED25519:
            check_public(public)
        else:
            nacl.bindings.crypto_scalarmult(_PROBE, public)
    except (Malformed, RuntimeError):
        return True
    return False


def lacks(offers: Sequence[KeyOffer]) -> bool:
    """Whether the keys lack a class that every institution needs."""
    offered = [one.cls for one in offers]
    return any(cls not in offered for cls in NEEDED)


def admitted(member: Member, offers: Sequence[KeyOffer], index: int, since: int) -> tuple[Record, ...]:
    """The records of a new institution: itself, its keys valid from `since`, and the number of keys of each class."""
    institution = Institution(
        member.id, member.role, member.name_zh, member.name_en, status="active", admitted=index
    )
    keys = [registered(member.id, one, since) for one in offers]
    classes = [one.cls for one in offers]
    counts = [Counter(counter_of(member.id, cls), classes.count(cls)) for cls in KeyClass if cls in classes]
    return (institution, *keys, *counts)


def registered(institution: str, offer: KeyOffer, since: int) -> Key:
    """The record of an offered key."""
    return Key(offer.id, institution, offer.cls, offer.alg, offer.public, since)


def rules(offered: Callable[[View[Any]], tuple[KeyOffer, ...]]) -> tuple[Rule[View[Any]], ...]:
    """The rules of every event that offers keys."""

    def wrong_algorithm(view: View[Any]) -> bool:
        return any(has_wrong_algorithm(one) for one in offered(view))

    def used(view: View[Any]) -> bool:
        return repeats(offered(view)) or any(is_used(view.register, one) for one in offered(view))

    def unsafe(view: View[Any]) -> bool:
        return any(is_unsafe(one) for one in offered(view))

    return (
        Rule(Code.KEY_ALGORITHM, (law.NET_4,), wrong_algorithm),
        Rule(Code.KEY_USED, (law.NET_4,), used),
        Rule(Code.KEY_UNSAFE, (law.NET_4, law.ES_13), unsafe),
    )
