"""Dials the members whose engine is not connected, however long they have been away.

CometBFT itself retries every few seconds for two minutes, then after pauses that grow to sixteen hours, then never
again (v0.39.4, p2p/switch.go, reconnectToPeer): a network that was cut for an hour would stay cut.
"""

import logging
import time
from collections.abc import Collection, Mapping

from dengbu.nodes.engines.cometbft.rpc import Rpc

REDIAL_S = 10.0

log = logging.getLogger("dengbu.cometbft")


class Redial:
    """The addresses of the members' engines, and when the missing ones may be dialled next."""

    def __init__(self, rpc: Rpc, places: Mapping[str, str]) -> None:
        self._rpc = rpc
        self._places = places  # institution -> HOST:PORT
        self._next = 0.0

    def missing(self, links: Mapping[str, str], present: Collection[str]) -> None:
        """Dial absent members, at most every `REDIAL_S`. links: node id -> institution. Raises `EngineDown`."""
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + REDIAL_S
        wanted = [
            f"{node_id}@{self._places[institution]}"
            for node_id, institution in links.items()
            if institution not in present and institution in self._places
        ]
        complaint = self._rpc.dial(wanted) if wanted else None
        if complaint:
            log.warning("cometbft.not-dialled", extra={"why": complaint})
