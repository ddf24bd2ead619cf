"""Handing an event on to the node that orders, and understanding its answer."""

from collections.abc import Mapping

import orjson

from ledger.admission import NotAdmitted
from ledger.verdict import Code
from nodes.engine import Unavailable
from nodes.peer_client import PeerClient, PeerDown

RETRY_AFTER_S = 1
RETRY_DIGITS_MAX = 4
JSON = "application/json"


def forward(peer: PeerClient, raw: bytes) -> None:
    """Have an event taken for ordering. Raises `NotAdmitted` as the peer did, and `Unavailable`."""
    try:
        answer = peer.post_signed("/events", raw, JSON)
    except PeerDown as fault:
        raise Unavailable(RETRY_AFTER_S, str(fault)) from fault
    if answer.status != 202:
        raise _refusal(answer.status, answer.headers, answer.body)


def _refusal(status: int, headers: Mapping[str, str], body: bytes) -> NotAdmitted | Unavailable:
    try:
        value = orjson.loads(body)
        if status == 400:
            return NotAdmitted(Code(value["code"]), str(value["detail"]), str(value["where"]))
        reason = str(value["reason"])
    except (ValueError, KeyError, TypeError):
        reason = f"the sequencer answered with status {status}"
    after = headers.get("retry-after", "")
    plain = after.isascii() and after.isdigit() and len(after) <= RETRY_DIGITS_MAX
    return Unavailable(int(after) if plain else RETRY_AFTER_S, reason)
