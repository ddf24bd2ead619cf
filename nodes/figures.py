"""The figures of a node that its operator watches, read from its parts when somebody asks.

Nothing is scanned for them: counts come from memory or from the length of a short index range, sizes from the files.
"""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dengbu.ledger.law.calendar import SECOND_MS
from dengbu.ledger.log.note import TIME_BYTES, split_note
from dengbu.ledger.register.records import ACCEPTED, Case, Deal
from dengbu.ledger.rules.policies import policy_in_force
from dengbu.ledger.rules.rule_sets import in_force
from dengbu.ledger.tax.tax import WAITING
from dengbu.nodes.finality.readings import ahead
from dengbu.nodes.home.clock import now_ms
from dengbu.nodes.home.config import DATABASES
from dengbu.nodes.wiring import Wiring

BESIDE = ("", "-wal")
COSIGNATURE_BYTES = TIME_BYTES + 64


@dataclass(frozen=True)
class Figures:
    """The figures of a node at one moment. Ages are in seconds; None if there is nothing to measure yet."""

    entries: int
    final_entries: int
    height: int
    behind_entries: int
    state_age_s: float
    final_wait_s: int
    checkpoint_age_s: float | None
    cosignatures: int
    cosignatures_needed: int
    members_away: int
    clock_offset_s: float | None
    events_waiting: int
    events_oldest_s: float
    desk_queued: int
    desk_sent: int
    desk_oldest_s: float
    desk_left: int
    cases_open: int
    tax_waiting: int
    payloads_undelivered: Mapping[str, int]
    payloads_missing: int
    peers_reachable: Mapping[str, bool]
    access_log_rows: int
    disk_free_bytes: int
    disk_bytes: int
    file_bytes: Mapping[str, int]
    rule_set: int


def read(parts: Wiring, as_of_ms: int, final_wait_s: int) -> Figures:
    """Read the figures of a node. as_of_ms: when it was last in step; final_wait_s: how long entries wait for a quorum."""
    engine, home, register = parts.engine, parts.home.path, parts.application.register
    head, final = parts.application.head, engine.final_size
    last = parts.store.last_checkpoint()
    times = cosigned_at(last[1]) if last else ()
    now = now_ms()
    ahead_ms = ahead(engine.readings.off(now))
    waiting, oldest_s = engine.waiting
    desk = parts.desk.load() if parts.desk else None
    unreachable, undelivered = {*parts.payloads.unreachable, *engine.away}, parts.payloads.undelivered
    disk = shutil.disk_usage(home)
    return Figures(
        entries=head.size,
        final_entries=final,
        height=head.height,
        behind_entries=engine.progress.behind,
        state_age_s=max(0, now - as_of_ms) / SECOND_MS,
        final_wait_s=final_wait_s,
        checkpoint_age_s=max(0.0, now / SECOND_MS - max(times)) if times else None,
        cosignatures=len(times),
        cosignatures_needed=policy_in_force(register).witness_quorum,
        members_away=len(engine.away),
        clock_offset_s=None if ahead_ms is None else ahead_ms / SECOND_MS,
        events_waiting=waiting,
        events_oldest_s=oldest_s,
        desk_queued=desk.queued if desk else 0,
        desk_sent=desk.sent if desk else 0,
        desk_oldest_s=desk.oldest_s if desk else 0.0,
        desk_left=desk.left if desk else 0,
        cases_open=parts.listings.count(Case, (ACCEPTED,)),
        tax_waiting=parts.listings.count(Deal, WAITING),
        payloads_undelivered=undelivered,
        payloads_missing=len(parts.vault.wanted()),
        peers_reachable={peer: peer not in unreachable for peer in sorted(parts.home.config.endpoints.peers)},
        access_log_rows=parts.access_log.head()[0],
        disk_free_bytes=disk.free,
        disk_bytes=disk.total,
        file_bytes=file_bytes(home),
        rule_set=in_force(register).number,
    )


def cosigned_at(note: bytes) -> tuple[int, ...]:
    """Return when each cosignature on a kept checkpoint was made, in UTC seconds; it was verified before it was kept."""
    _, lines = split_note(note)
    signatures = [line.signature for line in lines if len(line.signature) == COSIGNATURE_BYTES]
    return tuple(int.from_bytes(signature[:TIME_BYTES], "big") for signature in signatures)


def file_bytes(home: Path) -> dict[str, int]:
    """Return the bytes of each database of a home, its write-ahead log included."""
    sizes = {}
    for path in sorted(home.glob(DATABASES)):
        beside = [path.with_name(path.name + end) for end in BESIDE]
        sizes[path.name] = sum(one.stat().st_size for one in beside if one.exists())
    return sizes
