"""Events in general: submit a sealed envelope, ask for the outcome of an event, follow the feed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from dengbu.api.client.errors import DengbuError, VerificationError
from dengbu.api.client.models import FeedItem, Outcome, build
from dengbu.api.client.receipt import Receipt
from dengbu.api.client.submission import WAIT_S, WAIT_STEP_S, Submission
from dengbu.api.client.transport import Transport
from dengbu.ledger.log.encoding import Malformed
from dengbu.ledger.log.envelope import parse_envelope


class NotAnEvent(DengbuError, ValueError):
    """Raised if the bytes are not a sealed event; nothing was sent."""


class Events:
    """Events of one node, as `client.events`; call it to follow the feed."""

    def __init__(self, transport: Transport, submission: Submission) -> None:
        self._transport = transport
        self._submission = submission

    def __call__(
        self,
        *,
        after: int = -1,
        type: str | None = None,
        unit: str | None = None,
        case: str | None = None,
        wait: float = WAIT_STEP_S,
        follow: bool = True,
    ) -> Iterator[FeedItem]:
        """Iterate over final entries after an index as they arrive, each once and in order.

        To resume, pass the last index seen as `after`. Without `follow`, it ends at the current end of the log.
        """
        while True:
            query: dict[str, Any] = {"after": after, "type": type, "unit": unit, "case": case}
            query["wait"] = int(wait) if follow else 0
            page = self._transport.get("/v1/events", query, wait_s=wait).json()
            for item in page["items"]:
                yield build(FeedItem, item)
            after = int(page["next_after"])
            if not follow and after + 1 >= int(page["head"]):
                return

    def head(self) -> int:
        """Return the number of final entries as the node claims it; `client.log.checkpoint()` proves it."""
        return int(self._transport.get("/v1/events", {"limit": 1}).json()["head"])

    def submit(self, raw: bytes, *, wait: float = WAIT_S) -> Outcome:
        """Submit any member's sealed envelope; if it is final within `wait` seconds, its receipt is verified."""
        return self.submit_proved(raw, wait=wait)[0]

    def submit_proved(self, raw: bytes, *, wait: float = WAIT_S) -> tuple[Outcome, Receipt | None]:
        """Do as `submit`, and also return the verified receipt (None while pending, or without a policy)."""
        try:
            body = parse_envelope(raw).body
        except Malformed as error:
            raise NotAnEvent(str(error)) from error
        return self._submission.post_raw(raw, actor=body.actor, id=body.id, wait=wait)

    def state(
        self, type: str, data: Mapping[str, Any], *, key: str | None = None, wait: float = WAIT_S
    ) -> tuple[Outcome, Receipt | None]:
        """State an event for which there is no case, such as court.seize or mark.set; the node signs it for its officer.

        Returns its outcome and its verified receipt (None while pending, or without a policy). `kinds` of this package lists
        the types and their members.
        """
        outcome, receipt = self._submission.post(
            "/v1/statements", {"type": type, "data": dict(data)}, key=key, wait=wait, logged=data
        )
        if receipt is not None and (receipt.type, receipt.data.keys()) != (type, data.keys()):
            raise VerificationError(
                "other-event", f"回执是另一事件 the receipt is of another event: {receipt.type}, not {type}"
            )
        return outcome, receipt

    def get(self, actor: str, id: str) -> Outcome:
        """Return the outcome of an event; raise NotFound if this node has never seen it."""
        return self._submission.get(actor, id)
