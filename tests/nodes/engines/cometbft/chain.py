"""A ledger whose members vote on the order, and the requests that CometBFT would send to its application."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dengbu.ledger.log.envelope import seal
from dengbu.nodes.engines.cometbft.abci_pb2 import (
    CheckTx,
    Empty,
    FinalizeBlock,
    InitChain,
    PrepareProposal,
    ProcessProposal,
    PublicKey,
    Query,
    Request,
    Response,
    Timestamp,
    ValidatorUpdate,
)
from dengbu.nodes.engines.cometbft.adaptor import Adaptor, Offence
from dengbu.nodes.execution.application import Application
from dengbu.nodes.finality.appender import Appender
from dengbu.nodes.store.block import Block, Finalized
from dengbu.nodes.store.store import Store
from tests.nodes.network import HOUR_MS, LOG, NET, now_ms
from tests.worlds import MEMBERS, START, signer, voting_genesis_data


def voting_genesis() -> bytes:
    """Return the genesis of MEMBERS, each with a vote key and a link key, signed by all."""
    body = {
        "v": 1,
        "net": NET,
        "type": "network.genesis",
        "id": "genesis",
        "actor": "hz-registry",
        "not_after": START + HOUR_MS,
        "data": voting_genesis_data(),
    }
    return seal(body, [signer(member, "governance") for member in MEMBERS])


GENESIS = voting_genesis()


def open_chain(home: Path) -> Application:
    """Open the ledger of a home; found it if it is new."""
    if (home / "ledger.db").exists():
        return Application(Store.open(home), NET)
    application = Application(Store.create(home, NET), NET)
    founded = application.finalize(Block(1, START, (GENESIS,)))
    assert not founded.rejected
    application.commit(founded)
    return application


class Chain:
    """An adaptor over a ledger, driven by the requests of a consensus that this class plays."""

    def __init__(self, home: Path, links: Sequence[str] = ()) -> None:
        self.application = open_chain(home)
        self.appender = Appender(self.application, LOG.verifier)
        self.links = tuple(links)
        self.halted: str | None = None
        self.stop_after: int | None = None
        self.told: list[tuple[Finalized, Sequence[Offence], Sequence[bytes]]] = []
        self.adaptor = Adaptor(self.application, self, now_ms)

    def append(self, finalized: Finalized, offences: Sequence[Offence], absent: Sequence[bytes]) -> None:
        self.appender.append(finalized)
        self.told.append((finalized, offences, absent))

    def may_link(self, node_id: str) -> bool:
        return node_id in self.links

    def stopped_before(self, height: int) -> str | None:
        return "planned stop" if self.stop_after is not None and height > self.stop_after else None

    def close(self) -> None:
        self.application.store.close()

    def ask(self, **request: Any) -> Response:
        """Send one request as it comes over the wire; return the answer."""
        return self.adaptor.answer(Request.FromString(Request(**request).SerializeToString()))

    @property
    def next_height(self) -> int:
        return self.application.head.height + 1

    def init(self, **changed: Any) -> Response:
        voters = [
            ValidatorUpdate(pub_key=PublicKey(ed25519=signer(member, "vote").public), power=10)
            for member in MEMBERS
        ]
        made: dict[str, Any] = {"chain_id": NET, "initial_height": 2, "validators": voters, **changed}
        return self.ask(init_chain=InitChain(**made))

    def check(self, raw: bytes, kind: int = 0) -> Any:
        return self.ask(check_tx=CheckTx(tx=raw, type=kind)).check_tx

    def prepare(self, events: Sequence[bytes], at: int | None = None) -> list[bytes]:
        asked = PrepareProposal(
            txs=events, height=self.next_height, time=moment(at or now_ms()), max_tx_bytes=2**20
        )
        return list(self.ask(prepare_proposal=asked).prepare_proposal.txs)

    def process(self, events: Sequence[bytes], at: int | None = None) -> int:
        asked = ProcessProposal(txs=events, height=self.next_height, time=moment(at or now_ms()))
        return int(self.ask(process_proposal=asked).process_proposal.status)

    def finalize(self, events: Sequence[bytes], at: int | None = None, **more: Any) -> Any:
        asked = FinalizeBlock(txs=events, height=self.next_height, time=moment(at or now_ms()), **more)
        return self.ask(finalize_block=asked).finalize_block

    def commit(self) -> Response:
        return self.ask(commit=Empty())

    def block(self, events: Sequence[bytes], at: int | None = None) -> Any:
        """Finalize and commit."""
        done = self.finalize(events, at)
        self.commit()
        return done

    def query(self, path: str) -> int:
        return int(self.ask(query=Query(path=path)).query.code)


def revocation(institution: str) -> bytes:
    """Return the event by which the members revoke an institution's event key."""
    body = {
        "v": 1,
        "net": NET,
        "type": "key.revoke",
        "id": f"revoke-{institution}",
        "actor": "hz-registry",
        "not_after": now_ms() + HOUR_MS,
        "data": {"key": signer(institution, "event").key_id, "reason": "lost"},
    }
    return seal(body, [signer(one, "governance") for one in ("hz-registry", "hz-tax", "bank-a")])


def moment(ms: int) -> Timestamp:
    """Return a time in milliseconds as CometBFT sends it."""
    return Timestamp(seconds=ms // 1_000, nanos=ms % 1_000 * 1_000_000)
