"""Executing the whole log again, from the first entry, and comparing everything the store holds with the result.

Nothing stored is trusted, and the register is rebuilt in memory (about 1 kB a row). A start-up check is many times
faster; this one also finds what a person with the operator's own keys could make consistent by hashes alone.
"""

from pathlib import Path
from time import perf_counter

import msgspec

from dengbu.ledger.log.trust import Trust
from dengbu.ledger.register.records import KeyClass
from dengbu.nodes.audit.reexecution import Fault as Fault
from dengbu.nodes.audit.reexecution import Retrace
from dengbu.nodes.home.config import ACCESS_HEAD_FILE, VAULT_FILE, read_config
from dengbu.nodes.private.access_chain import Broken, Tail, follow
from dengbu.nodes.private.access_head import read_head
from dengbu.nodes.store import listings
from dengbu.nodes.store.connection import FatalStorage, Readers
from dengbu.nodes.store.reads import Reads


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


def audit_access_log(home: Path, register: Reads) -> Broken | Tail | None:
    """What is wrong with the log of who read personal data here, or where it ends; None in a home that keeps none.

    The head that was kept outside is verified under the node key that the register has in force for the institution.
    """
    if not any((home / name).exists() for name in (VAULT_FILE, ACCESS_HEAD_FILE)):
        return None
    if not (home / VAULT_FILE).exists():
        return Broken(0, "vault.db 不在 is gone")
    institution = read_config(home).institution
    public = _node_key(register, institution)
    if public is None:
        return Broken(0, f"登记簿没有该机构的节点密钥 the register has no node key of {institution}")
    kept = read_head(
        home / ACCESS_HEAD_FILE, institution, public
    )  # before the rows, which may grow meanwhile
    readers = Readers(home / VAULT_FILE)
    try:
        return follow(lambda sql, *values: readers.rows(sql, values), kept)
    finally:
        readers.close()


def _node_key(register: Reads, institution: str) -> bytes | None:
    for key in listings.keys(register):
        if (key.institution, key.cls, key.until) == (institution, KeyClass.NODE, None):
            return bytes.fromhex(key.public)
    return None
