"""CometBFT's JSON-RPC on loopback: hands events over and asks for its state."""

import base64
import itertools
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import orjson
import urllib3

CONNECT_S = 1.0
READ_S = 10.0
CONNECTIONS = 4
BATCH_BYTES_MAX = 500_000  # of events; base64 adds a third, and the server takes 1,000,000
BATCH_EVENTS_MAX = 128
ANSWER_BYTES_MAX = 4 * 2**20
T = TypeVar("T")
IN_CACHE = "tx already exists in cache"


class EngineDown(Exception):
    """CometBFT did not answer. What it did with the request is unknown; asking again does no harm."""


class Rpc:
    """One CometBFT's RPC, for any thread."""

    def __init__(self, address: str) -> None:
        self._url = f"http://{address}/"
        self._pool = urllib3.PoolManager(maxsize=CONNECTIONS, retries=False)
        self._numbers = itertools.count(1)

    def hand_over(self, events: Sequence[bytes]) -> list[str | None]:
        """Give events to CometBFT's mempool; return for each None, or why it was not taken. Raises `EngineDown`.

        An event that is already there counts as taken: it is on its way, or was committed.
        """
        calls = [("broadcast_tx_async", {"tx": base64.b64encode(one).decode()}) for one in events]
        # CometBFT holds requests to its application back for up to 20 ms, to send them together. A request that needs
        # an answer at once makes it send them all now (abci/client/socket_client.go).
        answers = self._calls([*calls, ("check_tx", {"tx": ""})])
        return [_complaint(answer) for answer in answers[: len(calls)]]

    def catching_up(self) -> bool:
        """Return whether CometBFT is still fetching blocks that the others have decided. Raises `EngineDown`."""
        return self._ask("status", lambda found: bool(found["sync_info"]["catching_up"]))

    def links(self) -> set[str]:
        """Return the node ids of the peers that CometBFT is connected with. Raises `EngineDown`."""
        return self._ask("net_info", lambda found: {str(one["node_info"]["id"]) for one in found["peers"]})

    def dial(self, peers: Sequence[str]) -> str | None:
        """Have CometBFT dial peers, NODE_ID@HOST:PORT, now; return None, or why it will not. Raises `EngineDown`.

        Use `links` to see whether they answered.
        """
        return _complaint(self._calls([("dial_peers", {"peers": list(peers)})])[0])

    def close(self) -> None:
        """Close idle connections."""
        self._pool.clear()

    def _ask(self, method: str, read: Callable[[Any], T]) -> T:
        answer = self._calls([(method, {})])[0]
        try:
            return read(answer["result"])
        except (KeyError, TypeError):
            raise EngineDown(f"{method}: {answer.get('error')}") from None

    def _calls(self, calls: Sequence[tuple[str, dict[str, Any]]]) -> list[dict[str, Any]]:
        """Send a batch of calls; return the answers in the order of the calls."""
        numbered = [
            {"jsonrpc": "2.0", "id": next(self._numbers), "method": method, "params": parameters}
            for method, parameters in calls
        ]
        try:
            response = self._pool.request(
                "POST",
                self._url,
                body=orjson.dumps(numbered),
                headers={"Content-Type": "application/json"},
                timeout=urllib3.Timeout(connect=CONNECT_S, read=READ_S),
                redirect=False,
                preload_content=False,
            )
            raw = response.read(ANSWER_BYTES_MAX + 1)
            if len(raw) > ANSWER_BYTES_MAX:
                response.close()
                raise EngineDown(f"its answer has more than {ANSWER_BYTES_MAX} bytes")
            response.release_conn()
            found = orjson.loads(raw)
        except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            raise EngineDown(type(error).__name__) from error
        try:
            answers = {one["id"]: one for one in (found if isinstance(found, list) else [found])}
            return [answers[one["id"]] for one in numbered]
        except (KeyError, TypeError):
            raise EngineDown(f"status {response.status}: {raw[:200]!r}") from None


def _complaint(answer: dict[str, Any]) -> str | None:
    error = answer.get("error")
    if not error:
        return None
    why = f"{error.get('message', '')} {error.get('data', '')}".strip()
    return None if IN_CACHE in why else why
