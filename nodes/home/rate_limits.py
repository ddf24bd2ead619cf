"""The table `[limits]` of `node.toml`: how often one client key may write, read personal data and try applications.

A key with the scope `system` speaks for a counter hall or a bank's system, any other for one person. A sale takes three
writes and three or four reads of personal data at the registry, so that a person's key does a hundred sales in a row
before it is slowed down to what a minute brings: 60 reads, as many as one looks at when one reads each of them. A system
imports titles and empties a night's worth of counters in a row; its reads are those of a hall with ten busy counters.
A pre-check is a reading of personal data; an application that is being put right asks about its unit a few times, and
whoever asks more often is trying the register out.
"""

from collections.abc import Iterator

import msgspec

BURST_MAX = 100_000
PER_MINUTE_MAX = 600_000


class Rate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """So many at once, refilled at so many a minute."""

    burst: int
    per_minute: int


OFFICER_WRITES = Rate(burst=600, per_minute=600)
SYSTEM_WRITES = Rate(burst=2_000, per_minute=60_000)
OFFICER_PERSONAL_READS = Rate(burst=600, per_minute=60)
SYSTEM_PERSONAL_READS = Rate(burst=2_000, per_minute=600)
UNIT_CHECKS = Rate(burst=20, per_minute=2)


class RateLimits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The rates of one node; each counts for one key by itself, and pre-checks for one key and unit."""

    officer_writes: Rate = OFFICER_WRITES
    system_writes: Rate = SYSTEM_WRITES
    officer_personal_reads: Rate = OFFICER_PERSONAL_READS
    system_personal_reads: Rate = SYSTEM_PERSONAL_READS
    unit_checks: Rate = UNIT_CHECKS


DEFAULTS = RateLimits()


def faults(limits: RateLimits) -> Iterator[str]:
    """Yield what is wrong with each value, naming the key and the range."""
    for name in limits.__struct_fields__:
        rate: Rate = getattr(limits, name)
        for part, value, most in (
            ("burst", rate.burst, BURST_MAX),
            ("per_minute", rate.per_minute, PER_MINUTE_MAX),
        ):
            if not 1 <= value <= most:
                yield f"limits.{name}.{part}: 须为 1 至 {most} must be 1 to {most}, not {value}"
