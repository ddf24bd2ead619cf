"""A world whose events are committed to a real ledger on disk, one event to a block."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dengbu.api.views.concerns import Concerns
from dengbu.api.views.views import Viewer
from dengbu.ledger.log.entry import Entry
from dengbu.ledger.register.members import Institution
from dengbu.ledger.transition import Decision
from dengbu.nodes.store.block import Block
from dengbu.nodes.store.store import Store
from tests.nodes.homes import create
from tests.worlds import GOVERNORS, World, codes, genesis_data, member, signer


class OnDisk(World):
    """A founded network with its ledger in a folder. The caller closes it."""

    def __init__(self, home: Path, members: Mapping[str, str], **policy: Any) -> None:
        super().__init__()
        self.made: dict[str, str] = {}  # ids of what a test has made, by the test's names for them
        self.application = create(home)
        self.register = self.application.register  # type: ignore[assignment]
        data = genesis_data(**policy)
        founders = {one["id"] for one in data["institutions"]}
        data["institutions"] += [member(one, role) for one, role in members.items()]
        data["institutions"].sort(key=lambda one: one["id"])
        data["policy"]["governance_quorum"] = len(data["institutions"]) // 2 + 1
        names = sorted({*founders, *members})
        self.done(
            "hz-registry", "network.genesis", data, signers=[signer(one, "governance") for one in names]
        )
        self.governors = (*GOVERNORS, *(one for one in names if one not in GOVERNORS))

    @property
    def store(self) -> Store:
        """The ledger on disk."""
        return self.application.store

    def do(self, actor: str, type_: str, data: Mapping[str, Any], **more: Any) -> Decision:
        envelope = self.envelope(actor, type_, data, **more)
        decision = self.judge(envelope) if self.index else None
        finalized = self.application.finalize(Block(self.index + 1, self.time, (envelope.raw,)))
        assert not finalized.rejected, finalized.rejected
        self.application.commit(finalized)
        self.index += 1
        self.time += 1000
        made = decision or Decision("recorded")
        self.decisions.append(made)
        return made

    def done(self, actor: str, type_: str, data: Mapping[str, Any], **more: Any) -> Decision:
        """Do what must not be refused; return the decision."""
        made = self.do(actor, type_, data, **more)
        assert made.outcome != "refused", codes(made)
        return made

    def signed(self, by: str, *acts: Mapping[str, Any], also: tuple[str, ...] = ()) -> Decision:
        """Enter a case that others sign together with the applicant; return the decision."""
        signers = [signer(one, "event") for one in (by, *also)]
        number = self.accepted(by, *acts, signers=signers)
        if self.case(number).deal:
            self.clear(number)
        made = self.enter(number)
        assert made.outcome == "entered", codes(made)
        return made

    def last(self) -> Entry:
        """The newest entry."""
        found = self.store.entry(self.index - 1)
        assert found is not None
        return found

    def touched(self, index: int) -> list[str]:
        """Return the units that an entry touches, as stored."""
        rows = self.store.readers.rows("SELECT unit FROM touches WHERE idx = ?", (index,))
        return [row[0] for row in rows]

    def viewer(self, institution: str, concerns: Concerns | None = None) -> Viewer:
        """Return what an institution sees now."""
        role = str(self.one(Institution, institution).role)
        return Viewer(institution, role, self.register, self.time, concerns=concerns or Concerns(self.store))
