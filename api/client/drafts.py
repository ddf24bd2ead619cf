"""Joint applications: signed by one institution after the other, then submitted by the one that made the draft."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dengbu.api.client.bundles import arranged
from dengbu.api.client.cases import application
from dengbu.api.client.submission import new_id
from dengbu.api.client.transport import Transport


class Drafts:
    """`client.drafts`: an application goes from institution to institution as the bytes that they sign."""

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
        """An application as `cases.apply` takes it, signed and not submitted. Submit it here, within a day."""
        listed = list(acts) if bundle is None else list(arranged(bundle, acts))
        body = application(district, channel, listed, private, agents, shared)
        return self._transport.post("/v1/drafts", body, key=key or new_id()).body

    def countersign(self, raw: bytes) -> bytes:
        """Another institution's application with this one's signature added: read it first."""
        return self._transport.post("/v1/drafts/countersign", raw).body
