"""The client keys that a node's API accepts, read again whenever `clients.json` changes, so that a key comes or goes at once."""

import json
import logging
import os
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dengbu.nodes.home.config import Client, ConfigError, read_clients

log = logging.getLogger("dengbu.clients")
Row = dict[str, Any]


class Clients:
    """The accepted keys by their ids; safe from any thread.

    A file that cannot be read leaves the keys as they were, and is complained of once: a slip of an editor shuts nobody out.
    """

    def __init__(self, path: Path, found: Mapping[str, Client]) -> None:
        self._path = path
        self._found = found
        self._seen = _signature(path)
        self._lock = threading.Lock()

    def get(self, key_id: str) -> Client | None:
        """Return who acts with a key; None if it is not accepted."""
        now = _signature(self._path)
        if now != self._seen:
            self._read(now)
        return self._found.get(key_id)

    def _read(self, now: tuple[int, ...]) -> None:
        with self._lock:
            if now == self._seen:
                return
            try:
                self._found = read_clients(self._path)
                log.info("clients.read", extra={"rows": len(self._found)})
            except (ConfigError, OSError) as error:
                log.error("clients.unreadable", extra={"why": str(error)})
            self._seen = now


def admit(path: Path, row: Row) -> None:
    """Add a client key to a file of them. Raises ConfigError for a row that is none, or a key that is there already."""
    _write(path, [*_rows(path), row])


def retire(path: Path, key_id: str) -> Row:
    """Remove a client key from a file of them; return its row. Raises ConfigError if it is not there."""
    rows = _rows(path)
    found = [row for row in rows if row["key"] == key_id]
    if not found:
        raise ConfigError(f"{path}: 没有此密钥 there is no client key {key_id}")
    _write(path, [row for row in rows if row["key"] != key_id])
    return found[0]


def listed(path: Path) -> list[Row]:
    """Return the rows of a file of client keys, in its order. Raises ConfigError."""
    return _rows(path)


def _rows(path: Path) -> list[Row]:
    if not path.exists():
        return []
    read_clients(path)  # raises for rows that are none
    rows: list[Row] = json.loads(path.read_bytes())
    return rows


def _write(path: Path, rows: list[Row]) -> None:
    """Replace the file as a whole, once what is to stand there can be read."""
    beside = path.with_name(path.name + ".new")
    beside.write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    try:
        if path.exists():
            beside.chmod(path.stat().st_mode & 0o777)
        read_clients(beside)
    except ConfigError as error:
        beside.unlink()
        raise ConfigError(str(error).replace(str(beside), str(path))) from None
    os.replace(beside, path)


def _signature(path: Path) -> tuple[int, ...]:
    """What changes when a file is replaced or written; empty if there is none."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return ()
    return (found.st_mtime_ns, found.st_size, found.st_ino)
