"""Access per route, for signed requests (RFC 9421) by the keys of clients.json, and the nonces of those requests.

Every route declares its access with `access(...)` or `public`; no app is made while a route declares none.
"""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import Flask

from dengbu.api.edge.database import Database
from dengbu.ledger.register.dated import row_in
from dengbu.ledger.register.members import Role
from dengbu.ledger.rules.rule_sets import KEPT
from dengbu.ledger.transition import EVENTS
from dengbu.nodes.home.config import SCOPES

View = TypeVar("View", bound=Callable[..., Any])

OFFICER, SYSTEM, AUDITOR = SCOPES
ROLES = frozenset(role.value for role in Role)

_ATTRIBUTE = "dengbu_access"


@dataclass(frozen=True, slots=True)
class Access:
    """What a route requires: a scope of the caller's key, and a role of this node's institution."""

    scopes: frozenset[str]
    roles: frozenset[str] = ROLES

    @property
    def is_public(self) -> bool:
        """Whether anybody may ask, without signing."""
        return not self.scopes


PUBLIC = Access(frozenset())


def access(*scopes: str, roles: tuple[str, ...] = tuple(sorted(ROLES))) -> Callable[[View], View]:
    """Declare that a route is for client keys with one of the scopes, on nodes with one of the roles."""
    if not scopes or set(scopes) - set(SCOPES) or set(roles) - ROLES:
        raise ValueError(f"unknown access: {scopes} {roles}")

    def declare(view: View) -> View:
        setattr(view, _ATTRIBUTE, Access(frozenset(scopes), frozenset(roles)))
        return view

    return declare


def senders(event_type: str) -> tuple[str, ...]:
    """Return the roles that may send an event of this type under any rule set: of the nodes whose route sends it."""
    allowed = [role for one in KEPT for role in row_in(one.number, EVENTS[event_type]).senders]
    return tuple(dict.fromkeys(allowed))


def public(view: View) -> View:
    """Declare that a route answers anybody."""
    setattr(view, _ATTRIBUTE, PUBLIC)
    return view


def access_of(view: Any) -> Access | None:
    """Return the access that a view function declared, or None if it declared none."""
    found = getattr(view, _ATTRIBUTE, None)
    return found if isinstance(found, Access) else None


def require_declared(app: Flask) -> None:
    """Raise RuntimeError naming every route of the app that declares no access, if there is one."""
    missing = sorted(name for name, view in app.view_functions.items() if access_of(view) is None)
    if missing:
        raise RuntimeError(f"routes without declared access: {', '.join(missing)}")


class Nonces:
    """Nonces seen, per key, until they expire. The insert is the check, so two threads cannot both be first."""

    PURGE_EVERY = 512

    def __init__(self, database: Database) -> None:
        self._database = database
        self._taken = itertools.count()

    def take(self, key: str, nonce: str, expires: int, now: int) -> bool:
        """Return True the first time a key shows a nonce; `expires` and `now` in UTC seconds."""
        if next(self._taken) % self.PURGE_EVERY == 0:
            self._database.run("DELETE FROM nonces WHERE expires < ?", now)
        return self._database.run("INSERT OR IGNORE INTO nonces VALUES (?, ?, ?)", key, nonce, expires) == 1
