"""Forwards events to the ordering node, many in one request, and reads its answers.

Events that arrive while a request is under way wait for the next one, which carries them together: under load a
request costs each event little, and without load an event waits for nothing.
"""

import threading
from collections.abc import Mapping
from typing import Any

import orjson

from dengbu.ledger.admission import NotAdmitted
from dengbu.ledger.law.verdict import Code
from dengbu.ledger.log.tiles import bundle
from dengbu.nodes.finality.engine import Unavailable
from dengbu.nodes.peer_client.peer_client import PeerClient, PeerDown

RETRY_AFTER_S = 1
RETRY_AFTER_S_MAX = 3_600
BATCH_EVENTS_MAX = 32  # at most 1 MiB, since an envelope has at most 32 KiB
ANSWER_BYTES_MAX = 262_144
BINARY = "application/octet-stream"
TAKEN = 202


class _Waiting:
    """One event on its way; `turn` is set when its thread must send, or when it is answered."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.turn = threading.Event()
        self.answered = False
        self.fault: NotAdmitted | Unavailable | None = None


class Forwarder:
    """Forwards events to one peer, for any thread."""

    def __init__(self, peer: PeerClient) -> None:
        self._peer = peer
        self._lock = threading.Lock()
        self._queue: list[_Waiting] = []
        self._sending = False

    def forward(self, raw: bytes) -> None:
        """Have an event taken for ordering. Raises `NotAdmitted` if the peer refuses it, or `Unavailable`."""
        mine = _Waiting(raw)
        with self._lock:
            self._queue.append(mine)
            first, self._sending = not self._sending, True
        if not first:
            mine.turn.wait()  # the sending thread always passes the turn on
        if not mine.answered:
            self._send()
        if mine.fault is not None:
            raise mine.fault

    def _send(self) -> None:
        """Send the oldest waiting events, this thread's among them, and pass the turn on."""
        with self._lock:
            batch, self._queue = self._queue[:BATCH_EVENTS_MAX], self._queue[BATCH_EVENTS_MAX:]
        try:
            self._ask(batch)
        finally:
            with self._lock:
                following = self._queue[0] if self._queue else None
                self._sending = following is not None
            for waiting in batch:
                waiting.answered = True
                waiting.turn.set()
            if following is not None:
                following.turn.set()

    def _ask(self, batch: list[_Waiting]) -> None:
        try:
            body = bundle(waiting.raw for waiting in batch)
            answer = self._peer.post("/events", body, BINARY, limit=ANSWER_BYTES_MAX)
        except PeerDown as fault:
            _all(batch, Unavailable(RETRY_AFTER_S, str(fault)))
            return
        try:
            told = orjson.loads(answer.body)["events"] if answer.status == 200 else None
        except (ValueError, KeyError, TypeError):
            told = None
        if not isinstance(told, list) or len(told) != len(batch):
            _all(
                batch,
                Unavailable(
                    RETRY_AFTER_S, f"排序节点应答有误 the sequencer answered with status {answer.status}"
                ),
            )
            return
        for waiting, one in zip(batch, told, strict=True):
            waiting.fault = _refusal(one)


def _all(batch: list[_Waiting], fault: Unavailable) -> None:
    for waiting in batch:
        waiting.fault = Unavailable(fault.retry_after_s, fault.reason)


def _refusal(told: Mapping[str, Any]) -> NotAdmitted | Unavailable | None:
    """Return the refusal in the answer to one event; None if it was taken."""
    try:
        if told["status"] == TAKEN:
            return None
        if told["status"] == 400:
            return NotAdmitted(Code(told["code"]), str(told["detail"]), str(told["where"]))
        return Unavailable(min(int(told["retry_after_s"]), RETRY_AFTER_S_MAX), str(told["reason"]))
    except (ValueError, KeyError, TypeError):
        return Unavailable(RETRY_AFTER_S, "排序节点应答有误 the sequencer answered outside the agreed form")
