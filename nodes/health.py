"""Whether a node is well: each check with the value that says so."""

import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from dengbu.ledger.log.encoding import JSONValue
from dengbu.ledger.rules.rule_sets import NEWEST, RuleSet
from dengbu.nodes.home.config import EVIDENCE_DIR
from dengbu.nodes.private.access_chain import ADVICE, Broken
from dengbu.nodes.store.connection import FatalStorage

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


def check_access_log(broken: Callable[[], Broken | None], head: Callable[[], tuple[int, str]]) -> Check:
    """Whether the log of what is read stands; while it does not, no personal data is read, and all else goes on."""
    try:
        found = broken()
    except FatalStorage as error:
        return Check("access-log", False, str(error), degraded=True)
    if found is not None:
        return Check("access-log", False, f"{found}. {ADVICE}", degraded=True)
    return Check("access-log", True, head()[0], degraded=True)


def check_evidence(home: Path) -> Check:
    """Files that speak against a member: each wants an operator, who moves it away when the matter is settled."""
    found = sorted(path.name for path in (home / EVIDENCE_DIR).glob("*.json"))
    return Check("evidence", not found, found[-EVIDENCE_SHOWN_MAX:], degraded=True)


def check_rules(in_force: RuleSet) -> Check:
    """Which rule set is in force, and whether it is the newest of those that this node keeps."""
    if in_force is NEWEST:
        return Check("rules", True, in_force.hash, degraded=True)
    told = (
        f"现行规则集 rule set {in_force.number} is in force; 可表决启用 the members may vote for rule set {NEWEST.number}: "
        f"policy.set rule_set {NEWEST.hash}"
    )
    return Check("rules", False, told, degraded=True)


def check_clock(off: Mapping[str, int], tolerance_ms: int) -> Check:
    """This node's clock against those of others (`off`: by how many ms it is ahead of each): their median, and who is apart.

    Unknown counts as well: on a quiet network there may be nothing to compare with yet.
    """
    if not off:
        return Check("clock", True, {"off_s": None, "against": []}, degraded=True)
    median = sorted(off.values())[len(off) // 2]
    value: dict[str, JSONValue] = {"off_s": round(median / 1_000), "against": sorted(off)}
    apart: dict[str, JSONValue] = {
        who: round(ms / 1_000) for who, ms in sorted(off.items()) if abs(ms) > tolerance_ms
    }
    return Check(
        "clock", abs(median) <= tolerance_ms, value | ({"apart": apart} if apart else {}), degraded=True
    )


def check_disk(home: Path) -> Check:
    """Free space under a home, in MiB."""
    free = shutil.disk_usage(home).free // MIB
    return Check("disk", free >= DISK_FREE_MIB_MIN, free)
