"""Answers other nodes: a small WSGI application for the peer listener.

Open to anybody, because they show no entries and wait for nothing:
GET  /checkpoint[?after=SIZE]                the newest final note; with `after`, 204 if there is no larger one
GET  /<hex SHA-256 of the origin>/checkpoint the newest note this node has cosigned (C2SP tlog-witness)
POST /add-checkpoint                         cosign (C2SP tlog-witness); authentic by the log's signature

Signed by the key of a member's node (RFC 9421), with a limit on each member's requests under way:
GET  /checkpoint?after=SIZE&wait=SECONDS     the same as soon as there is one; 204 when the wait is over
GET  /tile/<L>/<N>[.p/<W>], /tile/entries/<N>[.p/<W>]   tiles and entry bundles (C2SP tlog-tiles)
POST /events, POST /payloads, GET /payloads/<commitment>
"""

import logging
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import parse_qsl

import orjson

from dengbu.ledger.admission import NotAdmitted
from dengbu.ledger.law.verdict import name as code_name
from dengbu.ledger.log.encoding import Malformed
from dengbu.ledger.log.envelope import ENVELOPE_BYTES_MAX, Hex64, fits
from dengbu.ledger.log.tiles import TILE_WIDTH, Tile, parse_path, split_bundle, tile_nodes, tile_width
from dengbu.ledger.register.register import Register
from dengbu.nodes.engines.forwarding import BATCH_EVENTS_MAX
from dengbu.nodes.finality.engine import Ticket, Unavailable
from dengbu.nodes.finality.finality_waiters import Progress
from dengbu.nodes.finality.witness import REQUEST_BYTES_MAX, TEXT, Reply, latest_path
from dengbu.nodes.peer_server.lanes import Lane
from dengbu.nodes.peer_server.senders import RequestRefused, Senders
from dengbu.nodes.store.bundles import Bundles
from dengbu.nodes.store.reads import Reads

PAYLOADS_BYTES_MAX = 2_097_152
EVENTS_BYTES_MAX = BATCH_EVENTS_MAX * (ENVELOPE_BYTES_MAX + 2)  # a bundle puts two bytes before each
PATH_CHARS_MAX = 512
QUERY_FIELDS_MAX = 4
WAIT_S_MAX = 20
GONE = "waitress.client_disconnected"  # in a request's environment: tells whether the connection has ended
SIGNED_PATHS = ("/tile/", "/payloads/")
STATUS = {
    200: "200 OK",
    202: "202 Accepted",
    204: "204 No Content",
    206: "206 Partial Content",
    400: "400 Bad Request",
    401: "401 Unauthorized",
    403: "403 Forbidden",
    404: "404 Not Found",
    405: "405 Method Not Allowed",
    409: "409 Conflict",
    411: "411 Length Required",
    413: "413 Content Too Large",
    416: "416 Range Not Satisfiable",
    422: "422 Unprocessable Content",
    429: "429 Too Many Requests",
    503: "503 Service Unavailable",
}
BINARY, JSON = "application/octet-stream", "application/json"
IMMUTABLE = (("Cache-Control", "private, max-age=31536000, immutable"),)
FRESH = (("Cache-Control", "no-store"),)
_NUMBER = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)
_RANGE = re.compile(r"bytes=(0|[1-9][0-9]{0,18})-", re.ASCII)

log = logging.getLogger("dengbu.peer")
StartResponse = Callable[[str, list[tuple[str, str]]], Any]


class PayloadService(Protocol):
    """Answers peers about private payloads."""

    def receive(self, raw: bytes, sender: str) -> bytes:
        """Take a batch from another institution. Raises `Malformed`."""

    def serve(self, commitment: str, requester: str) -> bytes | None:
        """Return a package for an institution entitled to it; None if there is none for it."""


class PeerService(Protocol):
    """The parts of a node that its peer listener answers from."""

    def add_checkpoint(self, body: bytes) -> Reply:
        """Cosign, or say why not."""

    def cosigned(self) -> bytes | None:
        """Return the newest note this node has cosigned since its start; None if there is none."""

    def submit(self, raw: bytes) -> Ticket:
        """Take an event that another node forwards. Raises `NotAdmitted` or `Unavailable`."""


@dataclass(frozen=True)
class ServedLog:
    """The log that peers are served: its network, its ledger and register, its progress and its entry bundles."""

    net: str
    reads: Reads
    register: Register
    progress: Progress
    bundles: Bundles


class PeerApp:
    """The WSGI application. `authority` is this listener's host:port as peers know it; `now_s` is UTC seconds."""

    def __init__(
        self,
        served: ServedLog,
        service: PeerService,
        payloads: PayloadService,
        authority: str,
        now_s: Callable[[], int],
        failed: Callable[[BaseException], None],
    ) -> None:
        self._reads = served.reads
        self._progress = served.progress
        self._bundles = served.bundles
        self._service = service
        self._payloads = payloads
        self._senders = Senders(served.register, authority, now_s)
        self._latest_path = latest_path(served.net)
        self._failed = failed

    def __call__(self, environ: Mapping[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request. A bad request gets a 4xx; a failure of ours ends the process."""
        try:
            reply = self._answer(environ)
        except RequestRefused as no:
            reply = Reply(no.status, f"{no.why}\n".encode())
        except Exception as error:
            log.critical("peer.failed", exc_info=error)
            self._failed(error)
            reply = Reply(503, b"failed\n")
        headers = [("Content-Type", reply.content_type), ("Content-Length", str(len(reply.body)))]
        start_response(STATUS[reply.status], [*headers, *reply.headers])
        return () if environ["REQUEST_METHOD"] == "HEAD" else (reply.body,)

    def _answer(self, environ: Mapping[str, Any]) -> Reply:
        method = environ["REQUEST_METHOD"]
        path, _, query = str(environ.get("REQUEST_URI") or environ["PATH_INFO"]).partition("?")
        if len(path) > PATH_CHARS_MAX:
            raise RequestRefused(404, "no such path")
        # A fragment is never part of a request target (RFC 9112 3.2); the lane was chosen by what precedes it.
        if "#" in path + query:
            raise RequestRefused(400, "a fragment is not sent")
        if path in ("/add-checkpoint", "/events", "/payloads"):
            if method != "POST":
                raise RequestRefused(405, "POST only")
            return self._post(path, query, environ)
        if method not in ("GET", "HEAD"):
            raise RequestRefused(405, "GET only")
        return self._get(path, query, environ)

    def _get(self, path: str, query: str, environ: Mapping[str, Any]) -> Reply:
        if path == "/checkpoint":
            return self._checkpoint(path, query, environ)
        if path == self._latest_path:
            note = self._service.cosigned()
            if note is None:
                raise RequestRefused(404, "nothing cosigned since the start")
            return Reply(200, note, headers=FRESH)
        if not path.startswith(SIGNED_PATHS):
            raise RequestRefused(404, "no such path")
        sender = self._senders.of(path, query, environ, b"")
        with self._senders.place(Lane.READ, sender):
            if path.startswith("/tile/"):
                return self._tile(path, environ.get("HTTP_RANGE", ""))
            return self._payload(path, sender)

    def _payload(self, path: str, sender: str) -> Reply:
        commitment = path.removeprefix("/payloads/")
        raw = self._payloads.serve(commitment, sender) if fits(commitment, Hex64) else None
        if raw is None:
            raise RequestRefused(404, "no such payload for you")
        return Reply(200, raw, JSON, FRESH)

    def _post(self, path: str, query: str, environ: Mapping[str, Any]) -> Reply:
        if path == "/add-checkpoint":
            body = _body(environ, REQUEST_BYTES_MAX)
            with self._senders.place(Lane.COSIGN, self._senders.known(path, query, environ, body)):
                return self._service.add_checkpoint(body)
        body = _body(environ, EVENTS_BYTES_MAX if path == "/events" else PAYLOADS_BYTES_MAX)
        sender = self._senders.of(path, query, environ, body)
        if path == "/events":
            with self._senders.place(Lane.EVENTS, sender):
                return self._events(body)
        try:
            with self._senders.place(Lane.READ, sender):
                return Reply(200, self._payloads.receive(body, sender), JSON)
        except Malformed as fault:
            raise RequestRefused(400, str(fault)) from fault

    def _events(self, body: bytes) -> Reply:
        """Answer each event of a bundle by itself, so that a refused one does not hold up the others."""
        try:
            told = [self._event(raw) for raw in split_bundle(body)]
        except Malformed as fault:
            raise RequestRefused(400, str(fault)) from fault
        return Reply(200, orjson.dumps({"events": told}), JSON)

    def _event(self, raw: bytes) -> dict[str, Any]:
        try:
            ticket = self._service.submit(raw)
        except NotAdmitted as fault:
            return {
                "status": 400,
                "code": int(fault.code),
                "name": code_name(fault.code),
                "detail": fault.detail,
                "where": fault.where,
            }
        except Unavailable as fault:
            return {"status": 503, "reason": fault.reason, "retry_after_s": fault.retry_after_s}
        return {"status": 202, "actor": ticket.actor, "event_id": ticket.event_id, "hash": ticket.hash}

    def _checkpoint(self, path: str, query: str, environ: Mapping[str, Any]) -> Reply:
        try:
            asked = dict(parse_qsl(query, max_num_fields=QUERY_FIELDS_MAX))
        except ValueError as fault:
            raise RequestRefused(400, f"the query may have at most {QUERY_FIELDS_MAX} fields") from fault
        after = _number(asked.get("after", "0"), "after")
        wait_s = min(_number(asked.get("wait", "0"), "wait"), WAIT_S_MAX)
        size, note = self._progress.final
        if wait_s:
            with self._senders.place(Lane.WAIT, self._senders.of(path, query, environ, b"")):
                size, note = self._wait(environ, after, wait_s)
        if self._progress.closed:
            raise RequestRefused(503, "stopping")
        if size > after:
            return Reply(200, note, headers=FRESH)
        if "after" in asked:
            return Reply(204, b"", headers=FRESH)
        raise RequestRefused(404, "no checkpoint yet")

    def _wait(self, environ: Mapping[str, Any], after: int, wait_s: int) -> tuple[int, bytes]:
        """Wait for a newer final checkpoint, but only while the client is still connected."""
        for _ in range(wait_s):
            size, note = self._progress.wait_final(after, 1.0)
            if size > after or self._progress.closed or environ[GONE]():
                break
        return size, note

    def _tile(self, path: str, wanted: str) -> Reply:
        try:
            tile = parse_path(path[1:])
        except Malformed as fault:
            raise RequestRefused(404, str(fault)) from fault
        if tile.level is None:
            return self._entries(tile, wanted)
        width = tile.width or TILE_WIDTH
        if tile_width(self._progress.committed, tile.level, tile.n) < width:
            raise RequestRefused(404, "the log has no such tile yet")
        hashes = self._reads.read(tile_nodes(tile.level, tile.n, width))
        return Reply(200, b"".join(hashes), BINARY, IMMUTABLE)

    def _entries(self, tile: Tile, wanted: str) -> Reply:
        width = tile.width or TILE_WIDTH
        if tile_width(self._progress.committed, 0, tile.n) < width:
            raise RequestRefused(404, "the log has no such bundle yet")
        raw = self._bundles.read(tile.n, width)
        if raw is None:
            raise RequestRefused(404, "the log has no such bundle yet")
        found = _RANGE.fullmatch(wanted)
        if found is None:  # RFC 9110 14.2: an unintelligible range is ignored
            return Reply(200, raw, BINARY, IMMUTABLE)
        start = int(found[1])
        if start >= len(raw):
            return Reply(416, b"", TEXT, (("Content-Range", f"bytes */{len(raw)}"),))
        shown = ("Content-Range", f"bytes {start}-{len(raw) - 1}/{len(raw)}")
        return Reply(206, raw[start:], BINARY, (shown, *IMMUTABLE))


def _body(environ: Mapping[str, Any], limit: int) -> bytes:
    length = environ.get("CONTENT_LENGTH") or ""
    if not _NUMBER.fullmatch(length):
        raise RequestRefused(411, "send Content-Length")
    if int(length) > limit:
        raise RequestRefused(413, f"at most {limit} bytes are taken here")
    body: bytes = environ["wsgi.input"].read(int(length))
    return body


def _number(text: str, where: str) -> int:
    if not _NUMBER.fullmatch(text):
        raise RequestRefused(400, f"{where} must be a plain decimal number")
    return int(text)
