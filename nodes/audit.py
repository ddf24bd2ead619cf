"""Executing the whole log again, from the first entry, and comparing everything the store holds with the result.

Nothing stored is trusted, and the register is rebuilt in memory (about 1 kB a row). A start-up check is many times
faster; this one also finds what a person with the operator's own keys could make consistent by hashes alone.
"""

from time import perf_counter

import msgspec

from ledger.trust import Trust
from nodes.connection import FatalStorage
from nodes.reads import Reads
from nodes.retrace import Fault as Fault
from nodes.retrace import Retrace


class Report(msgspec.Struct, frozen=True):
    """What an audit went through until it ended or met the first fault. `seconds` is how long it took."""

    entries: int
    changes: int
    blocks: int
    checkpoints: int
    root: str
    seconds: float
    fault: Fault | None

    @property
    def entries_per_second(self) -> int:
        """How many entries were executed a second."""
        return round(self.entries / self.seconds) if self.seconds else 0


def audit(reads: Reads, trust: Trust | None = None) -> Report:
    """Execute every entry again; with a trust policy, final checkpoints' signatures are verified too."""
    started = perf_counter()
    run = Retrace(reads, trust)
    fault = None
    try:
        run.everything()
    except Fault as found:
        fault = found
    except (FatalStorage, msgspec.MsgspecError) as found:
        fault = Fault(run.head.size, str(reads.path), f"cannot be read: {found}")
    root = run.head.root.hex()
    seconds = perf_counter() - started
    return Report(run.head.size, run.changes, run.blocks, run.checkpoints, root, seconds, fault)
