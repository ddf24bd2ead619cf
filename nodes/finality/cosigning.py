"""Collects cosignatures: one thread and one connection for each witness, all working on the same round at once.

Each cosignature says when it was made, so it is also a reading of its witness's clock.
"""

import logging
import threading
from collections.abc import Callable, Mapping

from dengbu.ledger.law.calendar import SECOND_MS
from dengbu.ledger.log.checkpoint import Checkpoint, parse_body, parse_decimal, verify_cosignature
from dengbu.ledger.log.encoding import Malformed
from dengbu.ledger.log.merkle import prove_consistency
from dengbu.ledger.log.note import NoteVerifier, NotTrusted, open_note, parse_lines
from dengbu.ledger.log.trust import Trust
from dengbu.nodes.finality.readings import Readings
from dengbu.nodes.finality.witness import CONTRADICTION, SIZE_TYPE, TEXT, format_request, latest_path
from dengbu.nodes.peer_client.peer_client import Answer, PeerClient, PeerDown
from dengbu.nodes.store.reads import Reads

BACKOFF_FIRST_S = 0.05
BACKOFF_MAX_S = 5.0

log = logging.getLogger("dengbu.cosigning")


class Round:
    """A signed checkpoint on its way to a quorum; `lines` holds its cosignatures so far, by institution."""

    def __init__(self, number: int, checkpoint: Checkpoint, note: bytes, trust: Trust) -> None:
        self.number = number
        self.checkpoint = checkpoint
        self.note = note
        self.trust = trust
        self.lines: dict[str, bytes] = {}
        self._requests: dict[int, bytes] = {}

    def signed_note(self) -> bytes:
        """Return the note with its cosignatures, in the order of their institutions."""
        return self.note + b"".join(self.lines[name] for name in sorted(self.lines))

    def request(self, old: int, reads: Reads) -> bytes:
        """Return the request to a witness that has signed `old` entries, made once: most have signed the same."""
        made = self._requests.get(old)
        if made is None:
            size = self.checkpoint.size
            proof = prove_consistency(old, size, reads) if 0 < old < size else []
            made = self._requests[old] = format_request(old, proof, self.note)
        return made


class NotCosigned(Exception):
    """A witness did not cosign; `str()` says why."""


class SetBack(Exception):
    """A witness holds a larger checkpoint signed by this log's key, so this node's ledger was set back."""


class Cosigning:
    """The current round and the witnesses working on it. A late witness goes on with the newest round."""

    def __init__(
        self,
        reads: Reads,
        witnesses: Mapping[str, PeerClient],
        log_key: NoteVerifier,
        readings: Readings,
        failed: Callable[[BaseException], None],
    ) -> None:
        self._reads = reads
        self._log_key = log_key
        self._readings = readings
        self._failed = failed
        self._changed = threading.Condition()
        self._round: Round | None = None
        self._stopped = False
        self.refusals: dict[str, str] = {}  # institution -> why it did not cosign last time
        self.contradictions: dict[str, str] = {}  # institution -> its claim of another root at this size
        self.set_back: str | None = None
        self._threads = [
            threading.Thread(target=self._serve, args=(name, peer), name=f"cosign-{name}")
            for name, peer in witnesses.items()
        ]

    def start(self) -> None:
        """Start the threads."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End and join the threads."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        for thread in self._threads:
            if thread.ident is not None:
                thread.join()

    @property
    def ended(self) -> bool:
        """Whether no more cosignatures will come: stopped, or set back."""
        return self._stopped or self.set_back is not None

    def begin(self, round_: Round) -> None:
        """Offer a round to all witnesses."""
        with self._changed:
            self._round = round_
            self._changed.notify_all()

    def wait(self, round_: Round, needed: int, timeout_s: float) -> bool:
        """Wait until `needed` witnesses have cosigned, at most `timeout_s` seconds; return whether they have."""
        with self._changed:
            self._changed.wait_for(lambda: self.ended or len(round_.lines) >= needed, timeout_s)
            return len(round_.lines) >= needed and not self._stopped

    def missing(self) -> list[str]:
        """Return the witnesses that have not cosigned the current round, each with its last refusal."""
        round_ = self._round
        if round_ is None:
            return []
        names = [name for name in sorted(round_.trust.witnesses) if name not in round_.lines]
        return [f"{name} ({self.refusals[name]})" if name in self.refusals else name for name in names]

    def _serve(self, name: str, peer: PeerClient) -> None:
        done, size, pause = -1, 0, BACKOFF_FIRST_S
        try:
            while True:
                round_ = self._next(done)
                if round_ is None:
                    return
                try:
                    line = self._ask(round_, name, peer, size)
                except (PeerDown, NotCosigned, Malformed, NotTrusted) as fault:
                    self._refused(name, str(fault))
                    self._pause(pause)
                    pause = min(2 * pause, BACKOFF_MAX_S)
                except SetBack as fault:
                    self._halt(str(fault))
                    return
                else:
                    done, size, pause = round_.number, round_.checkpoint.size, BACKOFF_FIRST_S
                    self._add(round_, name, line)
        except BaseException as error:  # noqa: BLE001  (a lost thread would be a silent failure)
            self._failed(error)
        finally:
            peer.close()

    def _next(self, done: int) -> Round | None:
        with self._changed:
            self._changed.wait_for(lambda: self._stopped or (self._round and self._round.number > done))
            return None if self._stopped else self._round

    def _pause(self, seconds: float) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._stopped, seconds)

    def _add(self, round_: Round, name: str, line: bytes) -> None:
        with self._changed:
            self.refusals.pop(name, None)
            self.contradictions.pop(name, None)
            round_.lines[name] = line
            self._changed.notify_all()

    def _refused(self, name: str, why: str) -> None:
        if self.refusals.get(name) != why:
            log.warning("witness.refused", extra={"witness": name, "why": why})
        self.refusals[name] = why

    def _halt(self, why: str) -> None:
        log.critical("ledger.set-back", extra={"why": why})
        with self._changed:
            self.set_back = why
            self._changed.notify_all()

    def _ask(self, round_: Round, name: str, peer: PeerClient, old: int) -> bytes:
        """Return a witness's verified line. The size it has recorded can differ from `old` once, after a restart."""
        verifier = round_.trust.witnesses.get(name)
        if verifier is None:
            raise NotCosigned("not a witness in the policy")
        asked = self._readings.steady_ms()
        answer = self._post(round_, peer, min(old, round_.checkpoint.size))
        if answer.status == 409 and answer.headers.get("content-type") == SIZE_TYPE:
            recorded = parse_decimal(answer.body.decode("ascii", "replace").removesuffix("\n"), "409 answer")
            if recorded > round_.checkpoint.size:
                self._check_set_back(name, peer, round_.checkpoint)
            asked = self._readings.steady_ms()
            answer = self._post(round_, peer, recorded)
        if answer.status == 422 and answer.body.startswith(CONTRADICTION.encode()):
            self.contradictions[name] = answer.body.decode(errors="replace").strip()
        if answer.status != 200:
            raise NotCosigned(f"{answer.status} {answer.body.decode(errors='replace').strip()[:300]}")
        second = verify_cosignature(round_.checkpoint.body() + b"\n" + answer.body, verifier)
        self._readings.heard(name, second * SECOND_MS, SECOND_MS, asked, self._readings.steady_ms())
        lines = [
            line.encode()
            for line in parse_lines(answer.body)
            if (line.name, line.key_id) == (verifier.name, verifier.key_id)
        ]
        return lines[0]  # any other lines in the answer are ignored

    def _post(self, round_: Round, peer: PeerClient, old: int) -> Answer:
        return peer.post("/add-checkpoint", round_.request(old, self._reads), TEXT)

    def _check_set_back(self, name: str, peer: PeerClient, ours: Checkpoint) -> None:
        """Ask a witness that claims a larger size to show a note signed by the log's key.

        Raises `SetBack` if it does, else `NotCosigned`.
        """
        for path in (latest_path(ours.origin), "/checkpoint"):
            answer = peer.get(path)
            if answer.status != 200:
                continue
            shown = parse_body(open_note(answer.body, [self._log_key]).text)
            if shown.origin == ours.origin and shown.size > ours.size:
                raise SetBack(
                    f"{name} 持有更新的检查点 shows {shown.size} entries signed by this log's key, this node has "
                    f"{ours.size}: the ledger was set back; fetch the missing entries from {name}"
                )
        raise NotCosigned("claims to have cosigned more entries than there are, without proof")
