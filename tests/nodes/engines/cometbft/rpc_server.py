"""The JSON-RPC of a CometBFT that takes, refuses or forgets what a test tells it to: real HTTP on loopback."""

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

LOOPBACK = "127.0.0.1"


class RpcServer:
    """Keeps what it was handed, and answers as set: `complaint` for every event, `links`, `catching_up`."""

    def __init__(self, port: int = 0) -> None:
        self.handed: list[bytes] = []
        self.methods: list[str] = []
        self.dialled: list[list[str]] = []
        self.complaint: dict[str, Any] | None = None
        self.links: list[str] = []
        self.catching_up = False
        self.garbage: bytes | None = None
        self.arrived = threading.Condition()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                answers = [outer.answer(one) for one in asked]
                shown = answers if len(answers) > 1 else answers[0]  # CometBFT does so for a batch of one
                answer = outer.garbage or json.dumps(shown).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer((LOOPBACK, port), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self.address = f"{LOOPBACK}:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def answer(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Return the answer to one call of a batch."""
        found: dict[str, Any] = {"jsonrpc": "2.0", "id": asked["id"]}
        self.methods.append(asked["method"])
        if asked["method"] == "broadcast_tx_async":
            with self.arrived:
                self.handed.append(base64.b64decode(asked["params"]["tx"]))
                self.arrived.notify_all()
            return found | ({"error": self.complaint} if self.complaint else {"result": {"code": 0}})
        if asked["method"] == "dial_peers":
            self.dialled.append(asked["params"]["peers"])
            return found | ({"error": self.complaint} if self.complaint else {"result": {"log": "dialling"}})
        results = {
            "check_tx": {"code": 1},
            "net_info": {"peers": [{"node_info": {"id": one}} for one in self.links]},
            "status": {"sync_info": {"catching_up": self.catching_up, "latest_block_height": "7"}},
        }
        return found | {"result": results[asked["method"]]}

    def wait(self, count: int, timeout_s: float = 10.0) -> list[bytes]:
        """Wait until this many events were handed over; return all of them."""
        with self.arrived:
            assert self.arrived.wait_for(lambda: len(self.handed) >= count, timeout_s), self.handed
            return list(self.handed)

    def stop(self) -> None:
        """Close the port."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@contextmanager
def rpc_server(port: int = 0) -> Iterator[RpcServer]:
    """Run a server for the time of a `with` block."""
    server = RpcServer(port)
    try:
        yield server
    finally:
        server.stop()
