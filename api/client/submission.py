"""Submission: send an event under an id, wait for the quorum, verify the receipt, then return the outcome.

The receipt must be that of the very event sent. This module detects a node that answers with a genuine receipt of
another event.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from dengbu.api.client.errors import (
    NotFound,
    OutcomeUnknown,
    Rejected,
    TurnedAway,
    Unavailable,
    VerificationError,
)
from dengbu.api.client.models import Outcome, build
from dengbu.api.client.receipt import Receipt
from dengbu.api.client.receipts import Receipts
from dengbu.api.client.transport import Transport

WAIT_S = 10.0
WAIT_STEP_S = 20.0  # the longest that one request asks the node to wait
POLL_S = 0.05
KEY_BYTES = 12


def new_id() -> str:
    """Return a fresh idempotency key."""
    return "py-" + secrets.token_hex(KEY_BYTES)


class Submission:
    """Posts events and follows each one to its final, verified entry."""

    def __init__(self, transport: Transport, receipts: Receipts) -> None:
        self._transport = transport
        self._receipts = receipts

    def post(
        self,
        path: str,
        body: Mapping[str, Any],
        *,
        key: str | None,
        wait: float,
        if_match: str | None = None,
        logged: Mapping[str, Any] | None = None,
    ) -> tuple[Outcome, Receipt | None]:
        """POST a body that becomes an event, wait up to `wait` seconds, and return its outcome and verified receipt.

        `logged` is what the log must show of the body, if not its members as they are. The outcome is pending if time ran
        out; the receipt is None then, and for clients without a policy. Raises
        Rejected (with its verified receipt) if the ledger refuses, or TurnedAway if the event can no longer enter the
        log.
        """
        id = key or new_id()
        asked = {name: value for name, value in (logged or body).items() if name != "private"}
        return self._settle(
            lambda: self._transport.post(
                path, body, key=id, wait_s=min(wait, WAIT_STEP_S), if_match=if_match
            ).json(),
            id,
            wait,
            asked,
        )

    def post_raw(self, raw: bytes, *, actor: str, id: str, wait: float) -> tuple[Outcome, Receipt | None]:
        """POST a sealed envelope as `post` does a body; repeating it is safe, since the ledger knows its id."""
        outcome, receipt = self._settle(
            lambda: self._transport.post("/v1/events", raw, key=id, wait_s=min(wait, WAIT_STEP_S)).json(),
            id,
            wait,
            {},
        )
        if receipt is not None and receipt.verified.entry.envelope.raw != raw:
            raise VerificationError(
                "other-event", f"回执不是所提交的事件 the receipt is not of the event sent ({actor}/{id})"
            )
        return outcome, receipt

    def get(self, actor: str, id: str) -> Outcome:
        """Return the outcome of an event; raise NotFound if this node has never seen it."""
        return build(Outcome, self._transport.get(f"/v1/events/{actor}/{id}").json())

    def receipt(self, outcome: Outcome, wait: float = WAIT_S) -> Receipt:
        """Return the verified receipt of an outcome, waiting up to `wait` seconds until it is final.

        Raises OutcomeUnknown if that takes longer, or TurnedAway.
        """
        final = outcome if outcome.final else self._follow(outcome, time.monotonic() + wait)
        _raise_turned_away(final)
        if not final.final or final.index is None:
            raise OutcomeUnknown(f"{outcome.actor}/{outcome.id} 尚未会签完成 is not final yet", outcome.id)
        return self._verified(final, {})

    def _settle(
        self, send: Any, id: str, wait: float, asked: Mapping[str, Any]
    ) -> tuple[Outcome, Receipt | None]:
        deadline = time.monotonic() + wait
        try:
            outcome = build(Outcome, send())
        except Rejected as refusal:
            self._prove(refusal, id, asked)
            raise
        if outcome.id != id:
            raise VerificationError(
                "other-event", f"应答编号不符 asked for {id}, answered about {outcome.id}"
            )
        if wait and not outcome.final:
            said, outcome = outcome.extra, self._follow(outcome, deadline)
            outcome = replace(outcome, extra={**said, **outcome.extra})
        _raise_turned_away(outcome)
        if not outcome.final:
            return outcome, None
        receipt = self._verified(outcome, asked) if self._receipts.can_verify else None
        if outcome.outcome == "refused":
            refused = Rejected(422, _refusal(outcome), {})
            refused.receipt = receipt
            raise refused
        return outcome, receipt

    def _follow(self, outcome: Outcome, deadline: float) -> Outcome:
        """Ask again until the event is final or turned away, or the deadline passes; return the last answer."""
        while not (outcome.final or outcome.turned_away) and (left := deadline - time.monotonic()) > 0:
            time.sleep(min(POLL_S, left))
            try:
                outcome = self.get(outcome.actor, outcome.id)
            except (NotFound, Unavailable):
                continue  # a restarted node may not have caught up yet
        return outcome

    def _verified(self, outcome: Outcome, asked: Mapping[str, Any]) -> Receipt:
        if outcome.index is None:
            raise VerificationError(
                "no-index", "节点称已会签却未给出条目 the node calls it final, but names no entry"
            )
        receipt = self._receipts.get(outcome.index)
        said = (outcome.actor, outcome.id, outcome.outcome)
        proved = (receipt.actor, receipt.id, receipt.outcome)
        if said != proved or dict(outcome.result) != dict(receipt.result):
            raise VerificationError(
                "other-event", f"节点所述与回执不符 the node says {said}, the receipt proves {proved}"
            )
        _check_data(receipt, asked)
        return receipt

    def _prove(self, refusal: Rejected, id: str, asked: Mapping[str, Any]) -> None:
        """Verify a refusal by its entry, since a refusal is on the log like any other decision."""
        if refusal.index is None or not self._receipts.can_verify:
            return
        receipt = self._receipts.get(refusal.index)
        said = [_reason(reason) for reason in refusal.reasons]
        if (
            receipt.outcome != "refused"
            or receipt.id != id
            or [_reason(reason) for reason in receipt.reasons] != said
        ):
            raise VerificationError(
                "other-event", f"第 {refusal.index} 条不是此项拒绝 entry {refusal.index} is not this refusal"
            )
        _check_data(receipt, asked)
        refusal.receipt = receipt


def _check_data(receipt: Receipt, asked: Mapping[str, Any]) -> None:
    """Raise VerificationError unless the data on the log are those that were sent."""
    for name, value in asked.items():
        if name in receipt.data and not covers(value, receipt.data[name]):
            raise VerificationError(
                "other-data", f"账本所记与所提交不符 {name} on the log is not what was sent"
            )


def _raise_turned_away(outcome: Outcome) -> None:
    if outcome.turned_away:
        said = {
            "code": outcome.code,
            "title": f"{outcome.title_zh} {outcome.title_en}",
            "detail": outcome.detail,
            "action": "未入账，请以新编号重新签署并提交 there is no entry: sign and submit it again under another id",
        }
        raise TurnedAway(400, said, {})


def _refusal(outcome: Outcome) -> dict[str, Any]:
    return {
        "code": "refused",
        "title": "账本不予办理 the ledger refused",
        "reasons": list(outcome.reasons),
        "index": outcome.index,
    }


def _reason(reason: Mapping[str, Any]) -> tuple[Any, Any]:
    """Return what a reason says: its code, and where in the event it applies."""
    return reason.get("code"), reason.get("at")


def covers(sent: Any, logged: Any) -> bool:
    """Return whether `logged` holds all of `sent`; the log may leave out members that are empty or false."""
    if sent == logged:
        return True
    if isinstance(sent, Mapping) and isinstance(logged, Mapping):
        return all(
            covers(value, logged[name]) if name in logged else not value for name, value in sent.items()
        )
    if isinstance(sent, list | tuple) and isinstance(logged, list | tuple):
        return len(sent) == len(logged) and all(map(covers, sent, logged))
    return False
