"""Joint applications: one institution drafts and signs, others countersign, and the first one submits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dengbu.api.client.cases import application, listed
from dengbu.api.client.submission import new_id
from dengbu.api.client.transport import Transport


class Drafts:
    """Joint applications, as `client.drafts`; they go from institution to institution as the bytes that are signed."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def make(
        self,
        *,
        district: str,
        channel: str,
        acts: Sequence[Mapping[str, Any]],
        shared: Sequence[str] = (),
        private: Mapping[str, Mapping[str, Any]] | None = None,
        agents: Sequence[Mapping[str, Any]] = (),
        bundle: str | None = None,
        key: str | None = None,
    ) -> bytes:
        """Return an application with the arguments of `cases.apply`, signed but not submitted.

        It must be submitted through this node, within a day.
        """
        body = application(district, channel, listed(acts, bundle), private, agents, shared)
        return self._transport.post("/v1/drafts", body, key=key or new_id()).body

    def countersign(self, raw: bytes) -> bytes:
        """Return another institution's application with this one's signature added; read it before you sign."""
        return self._transport.post("/v1/drafts/countersign", raw).body
