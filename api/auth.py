"""Who is asking, and whether they may: signed requests (RFC 9421) by the keys of clients.json, and access per route.

Every route declares its access with `access(...)` or `public`; an app with a route that declares none is not made.
"""

import sqlite3
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from flask import Flask, current_app, g, request

from api import logs
from api.errors import Problem
from api.limits import Buckets
from ledger import httpsig
from ledger.encoding import Malformed
from nodes.config import Client

View = TypeVar("View", bound=Callable[..., Any])

OFFICER, SYSTEM, AUDITOR = "officer", "system", "auditor"
SCOPES = (OFFICER, SYSTEM, AUDITOR)
REGISTRY, TAX, BANK, COURT, NOTARY, BUREAU = "registry", "tax", "bank", "court", "notary", "bureau"
ROLES = frozenset({REGISTRY, TAX, BANK, COURT, NOTARY, BUREAU})

_ATTRIBUTE = "dengbu_access"


@dataclass(frozen=True, slots=True)
class Access:
    """What a route asks of its caller: a scope of the client key, and a role of this node's institution."""

    scopes: frozenset[str]
    roles: frozenset[str] = ROLES

    @property
    def is_public(self) -> bool:
        """Whether anybody may ask, unsigned."""
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


def public(view: View) -> View:
    """Declare that a route answers anybody."""
    setattr(view, _ATTRIBUTE, PUBLIC)
    return view


def access_of(view: Any) -> Access | None:
    """What a view function declared."""
    found = getattr(view, _ATTRIBUTE, None)
    return found if isinstance(found, Access) else None


def require_declared(app: Flask) -> None:
    """RuntimeError naming every route of the app that declares no access."""
    missing = sorted(name for name, view in app.view_functions.items() if access_of(view) is None)
    if missing:
        raise RuntimeError(f"routes without declared access: {', '.join(missing)}")


class Nonces:
    """Nonces seen, on disk, so that a restart does not open the window again; forgotten when they expire.

    One row per key and nonce; the insert is the check, so two threads cannot both be first.
    """

    PURGE_EVERY = 512

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.execute(
            "CREATE TABLE IF NOT EXISTS nonces"
            " (key TEXT, nonce TEXT, expires INTEGER, PRIMARY KEY (key, nonce)) STRICT, WITHOUT ROWID"
        )
        self._taken = 0

    def take(self, key: str, nonce: str, expires: int, now: int) -> bool:
        """True the first time a key shows a nonce; `expires` and `now` in UTC seconds."""
        with self._lock:
            self._taken += 1
            if self._taken % self.PURGE_EVERY == 1:
                self._db.execute("DELETE FROM nonces WHERE expires < ?", (now,))
            done = self._db.execute("INSERT OR IGNORE INTO nonces VALUES (?, ?, ?)", (key, nonce, expires))
            return done.rowcount == 1

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()


def client() -> Client:
    """The client whose key signed this request."""
    found = g.client
    assert isinstance(found, Client)
    return found
