"""A loopback HTTP server that plays a node by a test's script and keeps the requests it gets."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from dengbu.ledger.log.tiles import bundle, parse_path, tile_nodes
from tests.ledger.small_log import SmallLog


@dataclass(frozen=True)
class Asked:
    """One request as it came."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Reply:
    """One answer; `drop` closes the connection without one."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    drop: bool = False


def says(value: Any, status: int = 200, **headers: str) -> Reply:
    """Return a JSON answer."""
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return Reply(status, json.dumps(value).encode(), {"Content-Type": "application/json", **named})


def problem(status: int, code: str, *, headers: Mapping[str, str] | None = None, **members: Any) -> Reply:
    """Return a problem (RFC 9457) as an answer."""
    body = {"type": f"/problems/{code}", "title": code, "status": status, "code": code, **members}
    return Reply(
        status, json.dumps(body).encode(), {"Content-Type": "application/problem+json", **(headers or {})}
    )


class Scripted:
    """Answers by target without its query: a list is used up one by one, and its last answer stays."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.answers: dict[str, list[Reply]] = {}
        self.otherwise: Callable[[Asked], Reply] = lambda asked: problem(404, "not-found")
        self.url = ""

    def on(self, target: str, *replies: Reply) -> None:
        """Script the answers to "METHOD /path"."""
        self.answers[target] = list(replies)

    def answer(self, asked: Asked) -> Reply:
        """Keep a request; return the next answer to it."""
        self.asked.append(asked)
        replies = self.answers.get(f"{asked.method} {asked.target.partition('?')[0]}")
        if not replies:
            return self.otherwise(asked)
        return replies.pop(0) if len(replies) > 1 else replies[0]

    def show(self, log: SmallLog, tree: SmallLog | None = None) -> None:
        """Serve a log: its checkpoint, receipts and bundles, and the tiles of `tree` (by default its own)."""
        tree = tree or log
        self.on("GET /v1/checkpoint", Reply(body=log.note()))

        def otherwise(asked: Asked) -> Reply:
            path = asked.target.removeprefix("/v1/")
            if path.startswith("receipts/"):
                return Reply(body=log.receipt(int(path.removeprefix("receipts/"))))
            if not path.startswith("tile/"):
                return problem(404, "not-found")
            tile = parse_path(path)
            width = tile.width or 256
            if tile.level is None:
                return Reply(body=bundle(log.leaves[tile.n * 256 : tile.n * 256 + width]))
            return Reply(body=b"".join(tree.read(tile_nodes(tile.level, tile.n, width))))

        self.otherwise = otherwise


@contextmanager
def scripted() -> Iterator[Scripted]:
    """Run a scripted node."""
    script = Scripted()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            self._reply()

        def do_POST(self) -> None:
            self._reply()

        def _reply(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            reply = script.answer(Asked(self.command, self.path, dict(self.headers.items()), body))
            if reply.drop:
                self.close_connection = True
                return
            self.send_response(reply.status)
            for name, value in {**reply.headers, "Content-Length": str(len(reply.body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(reply.body)

        def log_message(self, *_: Any) -> None:
            """Write nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    script.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield script
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
