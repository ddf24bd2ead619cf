"""Carries payload packages to other nodes, in requests signed by this node's key."""

from collections.abc import Iterable, Mapping

from dengbu.ledger.log.keys import Signer
from dengbu.nodes.peer_client.peer_client import Answer, PeerClient, PeerDown
from dengbu.nodes.private.package import PACKAGE_BYTES_MAX
from dengbu.nodes.private.payloads import BATCH_BYTES_MAX, Undelivered

PATH = "/payloads"
JSON = "application/json"
OK, NOT_FOUND = 200, 404


class PeerCarrier:
    """One client for each peer; safe from any thread."""

    def __init__(self, peers: Mapping[str, str], signer: Signer) -> None:
        self._clients = {name: PeerClient(url, signer) for name, url in peers.items()}

    @property
    def institutions(self) -> Iterable[str]:
        """The institutions whose nodes it can reach."""
        return self._clients

    def send_payloads(self, institution: str, body: bytes) -> bytes:
        """Hand a batch to a peer; return its answer. Raises Undelivered."""
        try:
            answer = self._client(institution).post(PATH, body, JSON, limit=BATCH_BYTES_MAX)
        except PeerDown as error:
            raise Undelivered(str(error)) from error
        return _expected(institution, answer)

    def fetch_payload(self, institution: str, commitment: str) -> bytes | None:
        """Ask a peer for one package; return None if it does not give it. Raises Undelivered."""
        try:
            answer = self._client(institution).get(f"{PATH}/{commitment}", limit=PACKAGE_BYTES_MAX)
        except PeerDown as error:
            raise Undelivered(str(error)) from error
        return None if answer.status == NOT_FOUND else _expected(institution, answer)

    def close(self) -> None:
        """Close idle connections."""
        for client in self._clients.values():
            client.close()

    def _client(self, institution: str) -> PeerClient:
        client = self._clients.get(institution)
        if client is None:
            raise Undelivered(f"没有该机构的地址 node.toml has no address of {institution} under [peers]")
        return client


def _expected(institution: str, answer: Answer) -> bytes:
    if answer.status != OK:
        raise Undelivered(f"{institution} answered {answer.status}")
    return answer.body
