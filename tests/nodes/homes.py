"""A short history with rows of every kind, and ledgers that hold it."""

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from dengbu.ledger.log.checkpoint import Checkpoint, cosignature_line, sign_checkpoint
from dengbu.ledger.log.envelope import Envelope
from dengbu.ledger.log.note import KeyKind, NoteSigner, split_note
from dengbu.nodes.execution.application import Application
from dengbu.nodes.finality.lastsigned import LastSigned
from dengbu.nodes.finality.quorum import cosigner_name
from dengbu.nodes.store.block import Block, Head
from dengbu.nodes.store.store import Store
from tests.worlds import (
    MEMBERS,
    NET,
    START,
    UNIT,
    UNIT_2,
    World,
    genesis_data,
    mortgage_act,
    ref,
    signer,
    the_right,
    transfer_act,
)

SECOND_MS = 1_000


@dataclass
class Scribe(World):
    """A world that keeps every event it seals."""

    told: list[bytes] = field(default_factory=list)

    def envelope(self, actor: str, type_: str, data: Any, **more: Any) -> Envelope:
        made = super().envelope(actor, type_, data, **more)
        self.told.append(made.raw)
        return made


@cache
def story() -> tuple[bytes, ...]:
    """Return events, one a second from START: titles, mortgages, a taxed sale, a court, refusals, an erasure."""
    world = Scribe()
    founders = [signer(institution, "governance") for institution in sorted(MEMBERS)]
    world.do("hz-registry", "network.genesis", genesis_data(), signers=founders)
    world.title(UNIT)
    world.title(UNIT_2)
    world.mortgage("bank-a", the_right(world, UNIT_2))
    sale = world.accepted(
        "hz-registry",
        transfer_act(the_right(world)),
        private={"contract": ["hz-tax"]},
    )
    world.enter(sale)  # refused: tax is not cleared
    world.clear(sale)
    world.do("hz-registry", "case.review", {"case": sale})
    world.enter(sale)
    again = world.accepted("bank-b", mortgage_act(the_right(world), "bank-b"))
    world.do("bank-b", "case.withdraw", {"case": again})
    world.court()
    world.do("court-1", "court.seize", {"unit": UNIT, "document": "(2026)粤1302执1号", "until": "2027-01-01"})
    world.apply("bank-b", mortgage_act(the_right(world), "bank-b"))  # refused: seized
    assert [decision.outcome for decision in world.decisions].count("refused") == 2
    return tuple(world.told)


@cache
def bundle() -> tuple[bytes, ...]:
    """Return events, one a second from START; the last enters a sale, a new mortgage and the old one's discharge."""
    world = Scribe()
    founders = [signer(institution, "governance") for institution in sorted(MEMBERS)]
    world.do("hz-registry", "network.genesis", genesis_data(), signers=founders)
    right = world.title(UNIT)
    old = world.mortgage("bank-a", right)
    loan = mortgage_act(right, "bank-b", right=f"R-{UNIT}-2", consent=[ref("buyer")])
    acts = (transfer_act(right), loan, {"act": "mortgage.discharge", "mortgage": old})
    signers = [signer(one, "event") for one in ("hz-registry", "bank-a", "bank-b")]
    case = world.accepted("hz-registry", *acts, signers=signers)
    world.clear(case)
    assert world.enter(case).outcome == "entered"
    return tuple(world.told)


def when(index: int) -> int:
    """Return the block time at which the story's event was judged."""
    return START + index * SECOND_MS


def create(home: Path) -> Application:
    """Return an application on a new, empty ledger."""
    return Application(Store.create(home, NET), NET)


def tell(application: Application, events: tuple[bytes, ...]) -> None:
    """Commit events, one to a block, continuing where the log ends."""
    for raw in events:
        size = application.head.size
        finalized = application.finalize(Block(size + 1, when(size), (raw,)))
        assert not finalized.rejected
        application.commit(finalized)


def note(head: Head) -> bytes:
    """Return a checkpoint of a head, signed by the log key."""
    key = signer("hz-registry", "log")
    return sign_checkpoint(Checkpoint(NET, head.size, head.root), NoteSigner(NET, KeyKind.NOTE, key))


def cosigned(head: Head) -> bytes:
    """Return a checkpoint of a head, cosigned by every founder."""
    made = note(head)
    body, _ = split_note(made)
    for institution in sorted(MEMBERS):
        name, key = cosigner_name(NET, institution), signer(institution, "cosign")
        cosigner = NoteSigner(name, KeyKind.COSIGNATURE, key)
        made += cosignature_line(body, cosigner, when(head.size) // SECOND_MS)
    return made


def full(home: Path) -> LastSigned:
    """Fill a home with the story and a final checkpoint, and close it; return its last-signed file."""
    application = create(home)
    tell(application, story())
    head = application.head
    application.store.put_checkpoint(head.size, note(head), final=False)
    application.store.put_checkpoint(head.size, cosigned(head), final=True)
    last_signed = LastSigned(home / "last-signed")
    last_signed.advance(head.size, head.root)
    application.store.close()
    return last_signed
