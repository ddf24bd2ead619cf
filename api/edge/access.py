"""What each route requires of its caller: a scope of the key that signed the request, and a role of this institution.

Every route declares its access with `access(...)` or `public`; no app is made while a route declares none.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import Flask

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
class Requirement:
    """What a route requires: a scope of the caller's key, and a role of this node's institution."""

    scopes: frozenset[str]
    roles: frozenset[str] = ROLES

    @property
    def is_public(self) -> bool:
        """Whether anybody may ask, without signing."""
        return not self.scopes


PUBLIC = Requirement(frozenset())


def access(*scopes: str, roles: tuple[str, ...] = tuple(sorted(ROLES))) -> Callable[[View], View]:
    """Declare that a route is for client keys with one of the scopes, on nodes with one of the roles."""
    if not scopes or set(scopes) - set(SCOPES) or set(roles) - ROLES:
        raise ValueError(f"unknown access: {scopes} {roles}")

    def declare(view: View) -> View:
        setattr(view, _ATTRIBUTE, Requirement(frozenset(scopes), frozenset(roles)))
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


def access_of(view: Any) -> Requirement | None:
    """Return the access that a view function declared, or None if it declared none."""
    found = getattr(view, _ATTRIBUTE, None)
    return found if isinstance(found, Requirement) else None


def require_declared(app: Flask) -> None:
    """Raise RuntimeError naming every route of the app that declares no access, if there is one."""
    missing = sorted(name for name, view in app.view_functions.items() if access_of(view) is None)
    if missing:
        raise RuntimeError(f"routes without declared access: {', '.join(missing)}")
