"""Whether a node is well: each check with the value that says so."""

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ledger.encoding import JSONValue
from nodes.config import EVIDENCE_DIR
from nodes.connection import FatalStorage

DISK_FREE_MIB_MIN = 256
EVIDENCE_SHOWN_MAX = 8
MIB = 2**20
LAG_ENTRIES_MAX = 10_000
FINAL_WAIT_S_MAX = 30  # entries that wait longer for a quorum mean that writers should come back later


@dataclass(frozen=True)
class Check:
    """One line of health: name, whether it is well, its value; `degraded`: if not, reading still works."""

    name: str
    ok: bool
    value: JSONValue
    degraded: bool = False


class Waiting:
    """How long committed entries have been waiting for their quorum."""

    def __init__(self) -> None:
        self._since: float | None = None

    def seconds(self, size: int, final_size: int) -> int:
        """Seconds since all committed entries were last final; 0 when they are."""
        if size <= final_size:
            self._since = None
            return 0
        if self._since is None:
            self._since = time.monotonic()
        return int(time.monotonic() - self._since)


def check_storage(size: Callable[[], int], scrubbed: Callable[[], bool]) -> tuple[Check, Check]:
    """Whether ledger and vault answer, and whether the bytes of erased payloads are gone."""
    try:
        entries, clean = size(), scrubbed()
    except FatalStorage as error:
        return Check("db", False, str(error)), Check("erasure", False, "unknown", degraded=True)
    return Check("db", True, entries), Check("erasure", clean, "done" if clean else "waiting", degraded=True)


def check_evidence(home: Path) -> Check:
    """Files that speak against a member: each wants an operator, who moves it away when the matter is settled."""
    found = sorted(path.name for path in (home / EVIDENCE_DIR).glob("*.json"))
    return Check("evidence", not found, found[-EVIDENCE_SHOWN_MAX:], degraded=True)


def check_rules(agreed: str, own: str) -> Check:
    """Whether this node judges by the rules that the policy in force names; a policy may name none."""
    if agreed in ("", own):
        return Check("rules", True, own, degraded=True)
    told = f"本节点规则集 this node has rule set {own}, 政策约定 the policy names {agreed}: install the agreed release"
    return Check("rules", False, told, degraded=True)


def check_disk(home: Path) -> Check:
    """Free space under a home, in MiB."""
    free = shutil.disk_usage(home).free // MIB
    return Check("disk", free >= DISK_FREE_MIB_MIN, free)
