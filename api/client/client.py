"""The client: one node, one key, one policy."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Any, Self

from dengbu.api.client.cases import Cases
from dengbu.api.client.drafts import Drafts
from dengbu.api.client.errors import Unavailable
from dengbu.api.client.events import Events
from dengbu.api.client.heads import Heads
from dengbu.api.client.log import Log
from dengbu.api.client.models import Health, build
from dengbu.api.client.receipts import Receipts, load_policy
from dengbu.api.client.registerbook import Certificates, Institutions, Mortgages, Seizures, Units
from dengbu.api.client.stats import Stats
from dengbu.api.client.submission import Submission
from dengbu.api.client.tax import Tax
from dengbu.api.client.titles import Titles
from dengbu.api.client.transport import CONNECT_S, READ_S, Transport
from dengbu.ledger.log.keys import Signer
from dengbu.ledger.log.trust import Trust


class Client:
    """A client of one node that does not trust it: every receipt and head is verified under the policy.

    `key` signs requests (see `load_key`). `policy` is the verifier's own copy of policy.txt; without it, reads and
    writes work, but calls that need a receipt or a head raise NoPolicy. `timeouts` are seconds to connect and to read.
    `head_file` keeps the last verified head across runs. Use a client from one thread only.
    """

    def __init__(
        self,
        url: str,
        key: Signer | None = None,
        policy: Trust | str | Path | None = None,
        lang: str = "zh",
        timeouts: tuple[float, float] = (CONNECT_S, READ_S),
        *,
        head_file: str | Path | None = None,
        ca: str | None = None,
    ) -> None:
        self.transport = Transport(url, key, lang=lang, timeouts=timeouts, verify=ca or True)
        self.policy = load_policy(policy)
        self.receipts = Receipts(self.transport, self.policy)
        submission = Submission(self.transport, self.receipts)
        self.cases = Cases(self.transport, submission, self.receipts)
        self.tax = Tax(self.transport, submission)
        self.drafts = Drafts(self.transport)
        self.units = Units(self.transport)
        self.mortgages = Mortgages(self.transport)
        self.seizures = Seizures(self.transport)
        self.certificates = Certificates(self.transport)
        self.institutions = Institutions(self.transport)
        self.titles = Titles(self.transport, submission, self.receipts)
        self.stats = Stats(self.transport)
        self.events = Events(self.transport, submission)
        self.log = Log(self.transport, Heads(self.transport, self.policy, head_file))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self.transport.close()

    def get(self, path: str, **query: Any) -> Any:
        """GET any path, signed, and return the JSON of the answer, for paths without a method of their own."""
        return self.transport.get(path, query).json()

    def health(self) -> Health:
        """Return whether the node is ready, and the value of each check; raise Unreachable if it does not answer."""
        try:
            found = self.transport.get("/readyz", tries=1).json()
        except Unavailable as error:
            found = error.problem  # "not ready" is an answer, too
        return build(Health, found)
