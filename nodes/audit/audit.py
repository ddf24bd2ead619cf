"""Executes the whole log again, from the first entry, and compares everything the store holds with the result.

Nothing stored is trusted, and the register is rebuilt in memory (about 1 kB a row). The start-up check is many times
faster; the audit also finds changes that someone with the operator's own keys has made consistent in all hashes.
"""

from pathlib import Path
from time import perf_counter

import msgspec

from dengbu.ledger.log.trust import Trust
from dengbu.ledger.register.members import KeyClass
from dengbu.nodes.audit.reexecution import Fault as Fault
from dengbu.nodes.audit.reexecution import Retrace
from dengbu.nodes.home.config import ACCESS_HEAD_FILE, VAULT_FILE, read_config
from dengbu.nodes.private.access_chain import Broken, Tail, follow
from dengbu.nodes.private.access_head import read_head
from dengbu.nodes.store.connection import FatalStorage, Readers
from dengbu.nodes.store.listings import Listings
from dengbu.nodes.store.reads import Reads


class Report(msgspec.Struct, frozen=True):
    """The amounts an audit covered until it ended or met the first fault. `seconds` is its duration."""

    entries: int
    changes: int
    blocks: int
    checkpoints: int
    root: str
    seconds: float
    fault: Fault | None

    @property
    def entries_per_second(self) -> int:
        """How many entries were executed per second."""
        return round(self.entries / self.seconds) if self.seconds else 0


def audit(reads: Reads, trust: Trust | None = None) -> Report:
    """Execute every entry again; with a trust policy, verify the checkpoints' signatures too."""
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
    return Report(
        entries=run.head.size,
        changes=run.changes,
        blocks=run.blocks,
        checkpoints=run.checkpoints,
        root=root,
        seconds=seconds,
        fault=fault,
    )


def audit_access_log(home: Path, register: Reads) -> Broken | Tail | None:
    """Return what is wrong with a home's access log, or where it ends; None if the home keeps none.

    The head kept outside the vault is verified with the institution's node key in force in the register.
    """
    if not any((home / name).exists() for name in (VAULT_FILE, ACCESS_HEAD_FILE)):
        return None
    if not (home / VAULT_FILE).exists():
        return Broken(0, "vault.db 不存在 is missing")
    institution = read_config(home).member.institution
    public = _node_key(register, institution)
    if public is None:
        return Broken(0, f"登记簿没有该机构的节点密钥 the register has no node key of {institution}")
    # Read before the rows, which may grow meanwhile.
    kept = read_head(home / ACCESS_HEAD_FILE, institution, public)
    readers = Readers(home / VAULT_FILE)
    try:
        return follow(lambda sql, *values: readers.rows(sql, values), kept)
    finally:
        readers.close()


def _node_key(register: Reads, institution: str) -> bytes | None:
    for key in Listings(register).public_keys():
        if (key.institution, key.cls, key.until) == (institution, KeyClass.NODE, None):
            return bytes.fromhex(key.public)
    return None
