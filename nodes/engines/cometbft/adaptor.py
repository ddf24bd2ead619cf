"""Translates ABCI 2.0 requests into application calls: check, propose, finalize, commit. It holds no rules and no SQL.

Everything that reaches a later header (app hash, codes, validator updates) depends on committed state and the block
alone. FinalizeBlock only computes and may be repeated; the only transaction is inside Commit, and it stores the block's
height and the log's root. The app hash is the log's root, so empty blocks do not change it.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from dengbu.ledger import __version__
from dengbu.ledger.admission import NotAdmitted
from dengbu.ledger.law.verdict import Code
from dengbu.ledger.law.verdict import name as code_name
from dengbu.ledger.register.members import VOTERS_KEY, Institution, Key, Voters
from dengbu.nodes.engines.cometbft.abci_pb2 import (
    CheckTx,
    CheckTxResult,
    CommitResult,
    Echo,
    Empty,
    FinalizeBlock,
    FinalizeBlockResult,
    InfoResult,
    InitChain,
    InitChainResult,
    Misbehavior,
    OfferResult,
    PrepareProposal,
    PrepareProposalResult,
    ProcessProposal,
    ProcessProposalResult,
    PublicKey,
    QueryResult,
    Request,
    Response,
    Timestamp,
    TxResult,
    ValidatorUpdate,
    VerifyResult,
)
from dengbu.nodes.engines.cometbft.abci_pb2 import Exception as Fault
from dengbu.nodes.engines.cometbft.files import INITIAL_HEIGHT, LATE_S_MAX
from dengbu.nodes.engines.cometbft.members import changed_weights, weights
from dengbu.nodes.execution.application import Application
from dengbu.nodes.finality.engine import BLOCK_EVENTS_MAX
from dengbu.nodes.store.block import Block, Finalized

CODESPACE = "dengbu"
WHO_MAY_SIGN = (Institution.TABLE, Key.TABLE)
IN_THE_LOG = 1  # our own code, not a refusal: the event is already in the log
RECHECK = 1
ACCEPT, REJECT = 1, 2
ABORT = 2
DOUBLE_SIGN = 1
ABSENT = 1
LINK_QUERY = "/p2p/filter/id/"
ADDRESS_QUERY = "/p2p/filter/addr/"
REFUSED = 1
COMMIT = "commit"
GREETING = ("echo", "flush", "info")
EXECUTING = ("prepare_proposal", "process_proposal", "finalize_block", COMMIT)

log = logging.getLogger("dengbu.cometbft")


@dataclass(frozen=True)
class Offence:
    """A double vote that the engine has proven: the voter's CometBFT address and the height of the two votes."""

    address: bytes
    height: int


class Chain(Protocol):
    """The part of the engine that consensus drives."""

    def append(self, finalized: Finalized, offences: Sequence[Offence], absent: Sequence[bytes]) -> None:
        """Commit a block; `absent` holds the addresses of the voters that did not vote for the previous block."""

    def may_link(self, node_id: str) -> bool:
        """Return whether an engine with this node id may connect."""

    @property
    def halted(self) -> str | None:
        """Why this node no longer executes anything; None if all is well."""

    def stopped_before(self, height: int) -> str | None:
        """Return why this version does not execute a block of this height; None if it does."""


class InitialStateDiffers(Exception):
    """CometBFT was set up for another network, or with other voters, than this ledger's genesis names."""


class Adaptor:
    """Answers CometBFT's requests. Requests on one connection arrive in sequence; only consensus touches state."""

    def __init__(self, application: Application, chain: Chain, now_ms: Callable[[], int]) -> None:
        self._application = application
        self._chain = chain
        self._now_ms = now_ms
        self._executed: tuple[Block, Finalized] | None = None
        self._members_changed = True  # by the last block; waiting events then get the full check
        self._left_out_at: int | None = None  # height of a block proposed empty, see _would_be_late
        self.starts_in_vain = 0  # times CometBFT asked for our height and then for nothing else
        self._decided: tuple[Finalized, Sequence[Offence], Sequence[bytes]] | None = None
        self._answers: Mapping[str, Callable[[Request], Response]] = {
            "echo": lambda request: Response(echo=Echo(message=request.echo.message)),
            "flush": lambda _: Response(flush=Empty()),
            "info": lambda _: Response(info=self._info()),
            "query": lambda request: Response(query=self._query(request.query.path)),
            "check_tx": lambda request: Response(check_tx=self._check(request.check_tx)),
            "init_chain": lambda request: Response(init_chain=self._init_chain(request.init_chain)),
            "prepare_proposal": lambda request: Response(
                prepare_proposal=self._prepare(request.prepare_proposal)
            ),
            "process_proposal": lambda request: Response(
                process_proposal=self._process(request.process_proposal)
            ),
            "finalize_block": lambda request: Response(finalize_block=self._finalize(request.finalize_block)),
            "commit": lambda _: Response(commit=self._commit()),
            "list_snapshots": lambda _: Response(list_snapshots=Empty()),
            "offer_snapshot": lambda _: Response(offer_snapshot=OfferResult(result=ABORT)),
            "load_snapshot_chunk": lambda _: Response(load_snapshot_chunk=Empty()),
            "apply_snapshot_chunk": lambda _: Response(apply_snapshot_chunk=OfferResult(result=ABORT)),
            "extend_vote": lambda _: Response(extend_vote=Empty()),
            "verify_vote_extension": lambda _: Response(verify_vote_extension=VerifyResult(status=REJECT)),
        }

    def answer(self, request: Request) -> Response:
        """Answer one request. An exception response ends CometBFT, which is what a halted node wants."""
        kind = request.WhichOneof("value") or ""
        if kind not in self._answers:
            return Response(exception=Fault(error="unknown request"))
        if kind not in GREETING:
            self.starts_in_vain = 0
        refusing = self._refusing(kind, request)
        if refusing:
            return Response(exception=Fault(error=refusing))
        try:
            return self._answers[kind](request)
        except InitialStateDiffers as fault:
            log.critical("cometbft.initial-state", extra={"why": str(fault)})
            return Response(exception=Fault(error=str(fault)))

    def _refusing(self, kind: str, request: Request) -> str | None:
        """Return why this node executes nothing any more, or not this block; None if it does."""
        if kind not in EXECUTING:
            return None
        stopped = self._chain.stopped_before(getattr(request, kind).height) if kind != COMMIT else None
        return self._chain.halted or stopped

    def _info(self) -> InfoResult:
        self.starts_in_vain += 1
        head = self._application.head
        begun = head.height >= INITIAL_HEIGHT
        return InfoResult(
            data=CODESPACE,
            version=__version__,
            last_block_height=head.height if begun else 0,
            last_block_app_hash=head.root if begun else b"",
        )

    def _init_chain(self, asked: InitChain) -> InitChainResult:
        ours = weights(self._voters())
        theirs = {one.pub_key.ed25519: one.power for one in asked.validators}
        if (asked.chain_id, asked.initial_height, theirs) != (self._application.net, INITIAL_HEIGHT, ours):
            raise InitialStateDiffers(
                "CometBFT 的创世文件与账本不符 its genesis.json does not belong to this ledger; write it again: "
                "dengbu node engine --home DIR"
            )
        return InitChainResult(app_hash=self._application.head.root)

    def _query(self, path: str) -> QueryResult:
        if path.startswith(ADDRESS_QUERY):
            return QueryResult()  # the key identifies the peer, not the address
        if path.startswith(LINK_QUERY) and self._chain.may_link(path.removeprefix(LINK_QUERY)):
            return QueryResult()
        return QueryResult(code=REFUSED, log="not a member's link key, or no such query")

    def _check(self, asked: CheckTx) -> CheckTxResult:
        """Tell whether an event may be ordered; CometBFT asks again for every waiting event after each block."""
        again = asked.type == RECHECK and not self._members_changed
        check = self._application.recheck if again else self._application.check
        try:
            index = self._find(check, asked.tx)
        except NotAdmitted as fault:
            return CheckTxResult(code=int(fault.code), log=str(fault), codespace=CODESPACE)
        if index is not None:
            return CheckTxResult(code=IN_THE_LOG, log="in the log already", codespace=CODESPACE)
        return CheckTxResult()

    def _find(self, check: Callable[[bytes, int], tuple[object, int | None]], raw: bytes) -> int | None:
        """Check an event by block time, which decides in the end, and return its index if it is in the log already.

        If the event only ends too far ahead because block time lags, check it by this node's clock.
        """
        try:
            return check(raw, self._application.head.time)[1]
        except NotAdmitted as fault:
            if fault.code is not Code.NOT_AFTER_TOO_FAR:
                raise
        return check(raw, self._now_ms())[1]

    def _prepare(self, asked: PrepareProposal) -> PrepareProposalResult:
        """Propose a block without the events that would not be admitted, and without those beyond the limit."""
        if self._would_be_late(asked.height, _millis(asked.time)):
            return PrepareProposalResult()
        events = tuple(dict.fromkeys(asked.txs))[:BLOCK_EVENTS_MAX]
        finalized = self._execute(asked.height, asked.time, events)
        if finalized.rejected:
            out = {raw for raw, _ in finalized.rejected}
            events = tuple(one for one in events if one not in out)
            block = self._block(asked.height, asked.time, events)
            self._executed = (block, replace(finalized, rejected=()))
        return PrepareProposalResult(txs=events)

    def _would_be_late(self, height: int, time: int) -> bool:
        """Return whether to propose a block without events, because its time lies too far back, as after a halt.

        One height is left without events, and no other until events are ordered or a block is up to date; otherwise, if
        every height took long, nothing would ever be ordered. Only the proposer decides this: a block that others have
        voted for may be proposed again later, and must not be refused for its age then.
        """
        if not self._is_late(time) or self._left_out_at not in (None, height):
            return False
        self._left_out_at = height
        return True

    def _is_late(self, time: int) -> bool:
        return self._now_ms() - time > LATE_S_MAX * 1_000

    def _process(self, asked: ProcessProposal) -> ProcessProposalResult:
        """Accept a block if every event in it would become an entry; reject it otherwise."""
        finalized = self._execute(asked.height, asked.time, tuple(asked.txs))
        for raw, fault in finalized.rejected:
            log.warning(
                "cometbft.proposal-rejected",
                extra={"height": asked.height, "bytes": len(raw), "code": code_name(fault.code)},
            )
        return ProcessProposalResult(status=REJECT if finalized.rejected else ACCEPT)

    def _finalize(self, asked: FinalizeBlock) -> FinalizeBlockResult:
        finalized = self._execute(asked.height, asked.time, tuple(asked.txs))
        offences = tuple(_offence(one) for one in asked.misbehavior if one.type == DOUBLE_SIGN)
        absent = tuple(
            vote.validator.address for vote in asked.decided_last_commit.votes if vote.block_id_flag == ABSENT
        )
        self._decided = (finalized, offences, absent)
        refused = {raw: int(fault.code) for raw, fault in finalized.rejected}
        results = [
            TxResult(code=refused.get(raw, 0), codespace=CODESPACE if raw in refused else "")
            for raw in asked.txs
        ]
        return FinalizeBlockResult(
            tx_results=results, validator_updates=self._updates(finalized), app_hash=finalized.head.root
        )

    def _commit(self) -> CommitResult:
        assert self._decided is not None, "CometBFT commits what it has finalized"
        finalized, offences, absent = self._decided
        self._decided = self._executed = None
        if finalized.additions or not self._is_late(finalized.head.time):
            self._left_out_at = None
        self._chain.append(finalized, offences, absent)
        self._members_changed = any(change.table in WHO_MAY_SIGN for change in finalized.changes)
        return CommitResult()

    def _execute(self, height: int, time: Timestamp, events: tuple[bytes, ...]) -> Finalized:
        """Execute a block on the committed head; asking again for the same block repeats the result, not the work."""
        block = self._block(height, time, events)
        if self._executed is None or self._executed[0] != block:
            self._executed = (block, self._application.finalize(block))
        return self._executed[1]

    def _block(self, height: int, time: Timestamp, events: tuple[bytes, ...]) -> Block:
        """Make a block dated at least 1 ms after the head; consensus promises that, and `max` makes sure of it."""
        return Block(height, max(_millis(time), self._application.head.time + 1), events)

    def _voters(self) -> Voters | None:
        return self._application.register.get(Voters, VOTERS_KEY)

    def _updates(self, finalized: Finalized) -> list[ValidatorUpdate]:
        """Return the changes a block makes to the voters, in the order of their keys; weight 0 removes a voter."""
        changed = changed_weights(self._voters(), finalized)
        return [
            ValidatorUpdate(pub_key=PublicKey(ed25519=key), power=changed[key]) for key in sorted(changed)
        ]


def _millis(time: Timestamp) -> int:
    return time.seconds * 1_000 + time.nanos // 1_000_000


def _offence(one: Misbehavior) -> Offence:
    return Offence(one.validator.address, one.height)
