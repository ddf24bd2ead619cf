"""Which members vote and may connect according to the register, under the names that CometBFT uses."""

from collections.abc import Mapping

from dengbu.ledger.register.members import VOTERS_KEY, Institution, KeyClass, Voter, Voters
from dengbu.nodes.engines.cometbft.files import address
from dengbu.nodes.store.block import Finalized
from dengbu.nodes.store.listings import Listings
from dengbu.nodes.store.reads import Reads

_CONCERNED = ("key", "institution", "voters")  # register tables


class Members:
    """The voters and links in the committed register, reread only after a block that touched them. Thread-safe."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads
        self.links: Mapping[str, str] = {}  # node id -> institution
        self.voters: Mapping[bytes, Voter] = {}  # address -> voter
        self._read()

    def note(self, committed: Finalized) -> None:
        """Take account of a committed block."""
        if any(change.table in _CONCERNED for change in committed.changes):
            self._read()

    def missing(self, present: set[str]) -> tuple[list[str], bool]:
        """Return the voting institutions not in `present`, and whether the others can still decide (over 2/3)."""
        voters = self.voters.values()
        away = sorted(one.institution for one in voters if one.institution not in present)
        here = sum(one.weight for one in voters if one.institution in present)
        return away, 3 * here > 2 * sum(one.weight for one in voters)

    def _read(self) -> None:
        found = self._reads.get(Voters, VOTERS_KEY)
        self.voters = {address(bytes.fromhex(one.public)): one for one in found.voters} if found else {}
        links = {}
        for key in Listings(self._reads).public_keys():
            if key.cls is not KeyClass.LINK or key.until is not None:
                continue
            member = self._reads.get(Institution, key.institution)
            if member is not None and member.status == "active":
                links[address(bytes.fromhex(key.public)).hex()] = key.institution
        self.links = links


def weights(voters: Voters | None) -> dict[bytes, int]:
    """Return each voter's weight by public key."""
    return {bytes.fromhex(one.public): one.weight for one in voters.voters} if voters else {}


def changed_weights(before: Voters | None, block: Finalized) -> dict[bytes, int]:
    """Return the weights that a block changes, by public key; 0 for a voter that is removed."""
    new = [change.row.record for change in block.changes if change.table == Voters.TABLE]
    if not new:
        return {}
    last = new[-1]
    assert isinstance(last, Voters)
    old, after = weights(before), weights(last)
    return {key: after.get(key, 0) for key in (*old, *after) if old.get(key, 0) != after.get(key, 0)}
