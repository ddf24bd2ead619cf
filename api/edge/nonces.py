"""The nonces of signed requests (RFC 9421), so that no request is taken twice."""

import itertools

from dengbu.api.edge.database import Database


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
