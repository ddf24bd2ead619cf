"""Evidence of a log's misbehaviour, kept in files forever: what was shown, what was expected, who signed."""

import base64
import os
import re
import threading
from collections.abc import Mapping
from pathlib import Path

import orjson

from dengbu.ledger.log.encoding import JSONValue

FORK, DIVERGENCE, FORGED = "fork", "divergence", "forged"
ROLLBACK, WITHHELD = "rollback", "withheld"
CONTRADICTION, DOUBLE_SIGN = "contradiction", "double-sign"
AHEAD = "ahead"  # dated ahead of this node's clock: cosigned once the clock has caught up
HALTING = (FORK, DIVERGENCE, FORGED)  # after these the node no longer follows the log
_NAME = re.compile(r"[0-9]{13}-([a-z]+(?:-[a-z]+)*)(-[0-9]+)?\.json", re.ASCII)


class Evidence:
    """The evidence folder of a home. Files are only ever added."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = threading.Lock()

    def keep(self, kind: str, now_ms: int, facts: Mapping[str, JSONValue | bytes]) -> Path:
        """Write `<utc ms>-<kind>.json` atomically, synced to the disk, and return its path; bytes become base64."""
        self.folder.mkdir(mode=0o700, exist_ok=True)
        value = {"v": 1, "kind": kind, "utc_ms": now_ms} | {key: _shown(fact) for key, fact in facts.items()}
        raw = orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS)
        with self._lock:
            path, number = self.folder / f"{now_ms:013}-{kind}.json", 1
            while path.exists():
                number += 1
                path = self.folder / f"{now_ms:013}-{kind}-{number}.json"
            beside = path.with_name(path.name + ".new")
            with beside.open("wb") as file:
                file.write(raw + b"\n")
                file.flush()
                os.fsync(file.fileno())
            beside.rename(path)
        return path

    def halting(self) -> Path | None:
        """Return the oldest file that forbids following the log until an operator moves it away, or None."""
        for path in sorted(self.folder.glob("*.json")):
            found = _NAME.fullmatch(path.name)
            if found and found[1] in HALTING:
                return path
        return None


def _shown(fact: JSONValue | bytes) -> JSONValue:
    return base64.b64encode(fact).decode() if isinstance(fact, bytes) else fact
