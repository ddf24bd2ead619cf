"""Makes a committed head final on the node that holds the log key: sign, offer to all witnesses, store, announce.

    last-signed file -> sign with the log key -> push to all witnesses at once -> a quorum on this very checkpoint
    -> store it as final

A crash after any step leaves a committed head, with or without a final checkpoint. The next start need not know which:
it publishes the head it finds.
"""

import time
from collections.abc import Mapping, Sequence

from dengbu.ledger.law.calendar import SECOND_MS
from dengbu.ledger.log.checkpoint import Checkpoint, cosignature_line, sign_checkpoint
from dengbu.ledger.log.note import NoteSigner
from dengbu.nodes.finality.appender import Appender
from dengbu.nodes.finality.cosigner import Cosigner
from dengbu.nodes.finality.cosigning import Cosigning, Round
from dengbu.nodes.finality.dating import Dating
from dengbu.nodes.finality.readings import Agreement, Readings
from dengbu.nodes.finality.witness import Refused, Reply
from dengbu.nodes.store.block import Head

QUORUM_WAIT_S_MAX = 5.0  # a round that waits longer counts as trouble
OWN_S = 1.0  # between two attempts to cosign a head that is dated ahead of this node's clock


class Publisher:
    """Publishes the heads of one log.

    The log's key signs whatever this node has committed. The node's own cosignature is subject to `dating`, like any
    witness's.
    """

    def __init__(
        self,
        appender: Appender,
        log_signer: NoteSigner,
        cosigner: Cosigner,
        cosigning: Cosigning,
        dating: Dating,
        readings: Readings,
    ) -> None:
        self._net = appender.application.net
        self._store = appender.application.store
        self._progress = appender.progress
        self._quorum = appender.quorum
        self._log_signer = log_signer
        self._institution = cosigner.institution
        self._cosigner = cosigner.key
        self._last_signed = cosigner.last_signed
        self._dating = dating
        self.readings = readings
        self.agreement = Agreement(readings, appender.quorum, cosigner.institution)
        self._cosigning = cosigning
        self._rounds = 0
        self._waiting_since: float | None = None
        self._latest: bytes | None = None

    def start(self) -> None:
        """Start the threads that ask the witnesses."""
        self._cosigning.start()

    def stop(self) -> None:
        """End and join the threads; a round under way ends without a quorum."""
        self._cosigning.stop()

    @property
    def trouble(self) -> str | None:
        """Why heads do not become final; None if they do."""
        if self._cosigning.set_back:
            return self._cosigning.set_back
        since = self._waiting_since
        if since is None or time.monotonic() - since < QUORUM_WAIT_S_MAX:
            return None
        return f"会签不足 no quorum of cosignatures; missing: {', '.join(self._cosigning.missing())}"

    @property
    def withheld(self) -> str | None:
        """Why this node's own cosignature is missing; None if it is not."""
        return self._dating.trouble

    @property
    def away(self) -> Sequence[str]:
        """Witnesses that did not cosign when they were last asked."""
        return sorted(self._cosigning.refusals)

    @property
    def contradictions(self) -> Mapping[str, str]:
        """Witnesses that have executed the same entries to another root, each with its statement."""
        return dict(self._cosigning.contradictions)

    def add_checkpoint(self, body: bytes) -> Reply:
        """Refuse: this node cosigns its own checkpoints unasked, so nobody asks it for a cosignature."""
        return Reply(404, b"unknown log\n")

    def cosigned(self) -> bytes | None:
        """Return the newest note this node has cosigned since its start."""
        return self._latest

    def publish(self, head: Head) -> bool:
        """Bring a committed head to its quorum, however long it takes; return False if stopped before."""
        if not head.size:
            return True
        self._waiting_since = time.monotonic()
        checkpoint = Checkpoint(self._net, head.size, head.root)
        note = self._sign(checkpoint)
        self._rounds += 1
        round_ = Round(self._rounds, checkpoint, note, self._quorum.trust)
        self._cosign(round_)
        self._cosigning.begin(round_)
        while not self._cosigning.wait(round_, self._quorum.needed, OWN_S):
            if self._cosigning.ended:
                return False
            self._cosign(round_)
        final = round_.signed_note()
        round_.trust.check(final)  # nothing that a client would not accept may be called final
        self._store_final(head.size, final)
        self._waiting_since = None
        self._progress.finish(head.size, final)
        return True

    def _sign(self, checkpoint: Checkpoint) -> bytes:
        """Sign with the log key, after the last-signed file, which refuses a smaller or a different tree."""
        self._last_signed.advance(checkpoint.size, checkpoint.root)
        return sign_checkpoint(checkpoint, self._log_signer)

    def _cosign(self, round_: Round) -> None:
        """Add this node's own cosignature, unless the head is dated ahead of its clock."""
        name, checkpoint = self._institution, round_.checkpoint
        if name not in round_.trust.witnesses or name in round_.lines:
            return
        try:
            self._dating.check(checkpoint, round_.note)
        except Refused:
            return
        second = self.readings.now_ms() // SECOND_MS
        round_.lines[name] = cosignature_line(checkpoint.body(), self._cosigner, second)
        self._latest = round_.signed_note()

    def _store_final(self, size: int, note: bytes) -> None:
        self._store.put_checkpoint(size, note, final=True)
