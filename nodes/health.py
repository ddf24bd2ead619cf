"""Whether a node is well: its checks, each with the value that was found."""

import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from dengbu.ledger.law.calendar import SECOND_MS
from dengbu.ledger.log.encoding import JSONValue
from dengbu.ledger.rules.policies import policy_in_force
from dengbu.ledger.rules.rule_sets import NEWEST, RuleSet, in_force
from dengbu.nodes.finality.readings import ahead
from dengbu.nodes.home.clock import now_ms
from dengbu.nodes.home.config import EVIDENCE_DIR
from dengbu.nodes.private.access_chain import ADVICE, Broken
from dengbu.nodes.store.connection import FatalStorage
from dengbu.nodes.wiring import Wiring

DISK_FREE_MIB_MIN = 256
EVIDENCE_SHOWN_MAX = 8
MIB = 2**20
LAG_ENTRIES_MAX = 10_000
FINAL_WAIT_S_MAX = 30  # when entries wait longer for a quorum, writers should come back later


@dataclass(frozen=True)
class Check:
    """One check: its name, whether it passes, its value; with `degraded`, reading still works if it fails."""

    name: str
    ok: bool
    value: JSONValue
    degraded: bool = False


class Checks(tuple[Check, ...]):
    """All checks of a node."""

    @property
    def is_ready(self) -> bool:
        """Whether the node is ready: every check passes that is not marked degraded."""
        return all(check.ok for check in self if not check.degraded)


class Waiting:
    """How long committed entries have been waiting for their quorum."""

    def __init__(self) -> None:
        self._since: float | None = None

    def seconds(self, size: int, final_size: int) -> int:
        """Return the seconds since all committed entries were last seen final; 0 when they are now."""
        if size <= final_size:
            self._since = None
            return 0
        if self._since is None:
            self._since = time.monotonic()
        return int(time.monotonic() - self._since)


class Health:
    """The checks of one node, over its parts."""

    def __init__(self, wiring: Wiring) -> None:
        self._wiring = wiring
        self._waiting = Waiting()

    def final_wait_s(self) -> int:
        """Return for how many seconds committed entries have been waiting for their quorum."""
        return self._waiting.seconds(self._wiring.application.head.size, self._wiring.engine.final_size)

    def checks(self) -> Checks:
        """Return every check."""
        parts = self._wiring
        engine, register, home = parts.engine, parts.application.register, parts.home.path
        size, final = parts.application.head.size, engine.final_size
        away = list(engine.away)
        waited, trouble = self.final_wait_s(), engine.trouble
        unreachable = parts.payloads.unreachable
        tolerance_ms = policy_in_force(register).clock_tolerance_s * SECOND_MS
        return Checks(
            (
                *check_storage(parts.store.size, lambda: parts.vault.scrubbed),
                check_disk(home),
                check_rules(in_force(register)),
                Check("engine", trouble is None, trouble or "running", degraded=True),
                Check("quorum", waited <= FINAL_WAIT_S_MAX, waited, degraded=True),
                Check("lag", size - final <= LAG_ENTRIES_MAX, size - final, degraded=True),
                Check("away", not away, away, degraded=True),
                check_clock(engine.readings.off(now_ms()), tolerance_ms),
                check_evidence(home),
                check_access_log(parts.access_log.broken, parts.access_log.head),
                Check("payloads", not unreachable, sorted(unreachable), degraded=True),
            )
        )


def check_storage(size: Callable[[], int], scrubbed: Callable[[], bool]) -> tuple[Check, Check]:
    """Check whether ledger and vault answer, and whether the bytes of erased payloads are gone."""
    try:
        entries, clean = size(), scrubbed()
    except FatalStorage as error:
        return Check("db", False, str(error)), Check("erasure", False, "unknown", degraded=True)
    return Check("db", True, entries), Check("erasure", clean, "done" if clean else "waiting", degraded=True)


def check_access_log(broken: Callable[[], Broken | None], head: Callable[[], tuple[int, str]]) -> Check:
    """Check the access log; while it fails verification no personal data is read, and all else goes on."""
    try:
        found = broken()
    except FatalStorage as error:
        return Check("access-log", False, str(error), degraded=True)
    if found is not None:
        return Check("access-log", False, f"{found}. {ADVICE}", degraded=True)
    return Check("access-log", True, head()[0], degraded=True)


def check_evidence(home: Path) -> Check:
    """Check for evidence against members; an operator looks into each file and moves it away when the matter is settled."""
    found = sorted(path.name for path in (home / EVIDENCE_DIR).glob("*.json"))
    return Check("evidence", not found, found[-EVIDENCE_SHOWN_MAX:], degraded=True)


def check_rules(rules: RuleSet) -> Check:
    """Check whether the rule set in force is the newest that this node has."""
    if rules is NEWEST:
        return Check("rules", True, rules.hash, degraded=True)
    told = (
        f"现行规则集 rule set {rules.number} is in force; 可表决启用 the members may vote for rule set {NEWEST.number}: "
        f"policy.set rule_set {NEWEST.hash}"
    )
    return Check("rules", False, told, degraded=True)


def check_clock(off: Mapping[str, int], tolerance_ms: int) -> Check:
    """Check this node's clock against those of others, by the median of `off`: how many ms it is ahead of each.

    The value also names the members apart by more than the tolerance. With nothing to compare, as on a quiet network, the check
    passes.
    """
    median = ahead(off)
    if median is None:
        return Check("clock", True, {"off_s": None, "against": []}, degraded=True)
    value: dict[str, JSONValue] = {"off_s": round(median / SECOND_MS), "against": sorted(off)}
    apart: dict[str, JSONValue] = {
        who: round(ms / SECOND_MS) for who, ms in sorted(off.items()) if abs(ms) > tolerance_ms
    }
    return Check(
        "clock", abs(median) <= tolerance_ms, value | ({"apart": apart} if apart else {}), degraded=True
    )


def check_disk(home: Path) -> Check:
    """Check the free space under a home, in MiB."""
    free = shutil.disk_usage(home).free // MIB
    return Check("disk", free >= DISK_FREE_MIB_MIN, free)
