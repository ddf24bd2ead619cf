"""The cosigner: C2SP tlog-witness `add-checkpoint`, on the condition that every entry was executed first.

    old <size> LF  (<base64 hash> LF){0,63}  LF  <checkpoint note>      ->  200 and the cosignature line

Checks, in this order: form 400, origin 404, log signature 403, old > size 400, old is not the last signed size 409,
empty tree 422, consistency 422. Then the entries are executed, the head is written to the last-signed file, and only
then is the signature made.
"""

import hashlib
import threading
from binascii import b2a_base64
from collections.abc import Callable

import msgspec

from dengbu.ledger.log.checkpoint import Checkpoint, cosignature_line, parse_body, parse_decimal
from dengbu.ledger.log.encoding import Malformed
from dengbu.ledger.log.merkle import EMPTY_ROOT, HASH_BYTES, ProofError, verify_consistency
from dengbu.ledger.log.note import NoteVerifier, NotTrusted, decode_base64, open_note, split_note
from dengbu.nodes.finality.cosigner import Cosigner
from dengbu.nodes.finality.lastsigned import WouldRegress

REQUEST_BYTES_MAX = 16_384
PROOF_LINES_MAX = 63
SIZE_TYPE = "text/x.tlog.size"
TEXT = "text/plain; charset=utf-8"
CONTRADICTION = "contradiction: "  # begins the answer of a witness that has another root at this size


class Reply(msgspec.Struct, frozen=True):
    """An HTTP answer."""

    status: int
    body: bytes
    content_type: str = TEXT
    headers: tuple[tuple[str, str], ...] = ()


class Request(msgspec.Struct, frozen=True):
    """A parsed add-checkpoint request; nothing is verified yet."""

    old: int
    proof: tuple[bytes, ...]
    checkpoint: Checkpoint
    note: bytes


class Refused(Exception):
    """The checkpoint is not signed; `status` and `why` are the answer."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(status, why)
        self.status = status
        self.why = why


class Witness:
    """One log's cosigner.

    `seen` is told of every checkpoint that the log has signed. `execute` ensures that all entries under one are
    executed, or raises `Refused`. `now_s` is UTC seconds.
    """

    def __init__(
        self,
        log: NoteVerifier,
        cosigner: Cosigner,
        now_s: Callable[[], int],
        execute: Callable[[Checkpoint, bytes], None],
        seen: Callable[[Checkpoint, bytes], None],
    ) -> None:
        self._log = log
        self._cosigner = cosigner.key
        self._last_signed = cosigner.last_signed
        self._now_s = now_s
        self._execute = execute
        self._seen = seen
        self._lock = threading.Lock()
        self._latest: bytes | None = None

    @property
    def latest(self) -> bytes | None:
        """The newest note cosigned since the start, with the cosignature; None if there is none."""
        return self._latest

    def add_checkpoint(self, body: bytes) -> Reply:
        """Answer one request. Checking, recording and signing are one step, with no other request in between."""
        try:
            request = parse_request(body)
            # Before the lock, so that strangers' requests neither wait nor make others wait.
            self._check_signed(request)
            with self._lock:
                return self._cosign(request)
        except Malformed as fault:
            return Reply(400, f"{fault}\n".encode())
        except Refused as refusal:
            return Reply(refusal.status, f"{refusal.why}\n".encode())

    def _check_signed(self, request: Request) -> None:
        if request.checkpoint.origin != self._log.name:
            raise Refused(404, "unknown log")
        try:
            open_note(request.note, [self._log])
        except NotTrusted as fault:
            raise Refused(403, f"invalid signature: {fault.message}") from fault

    def _cosign(self, request: Request) -> Reply:
        checkpoint = request.checkpoint
        self._seen(checkpoint, request.note)
        if request.old > checkpoint.size:
            raise Refused(400, "old is larger than the checkpoint")
        last = self._last_signed.read()
        recorded = last.size if last else 0
        if request.old != recorded:
            return Reply(409, b"%d\n" % recorded, SIZE_TYPE)
        if not checkpoint.size and checkpoint.root != EMPTY_ROOT:
            raise Refused(422, "a log without entries has the root SHA-256 of nothing")
        _check_consistency(request, bytes.fromhex(last.root) if last else EMPTY_ROOT)
        self._execute(checkpoint, request.note)
        try:
            self._last_signed.advance(checkpoint.size, checkpoint.root)
        except WouldRegress as fault:
            raise Refused(422, str(fault)) from fault
        line = cosignature_line(checkpoint.body(), self._cosigner, self._now_s())
        self._latest = request.note + line
        return Reply(200, line)


def parse_request(body: bytes) -> Request:
    """Parse an add-checkpoint request. Raises `Malformed`."""
    if len(body) > REQUEST_BYTES_MAX:
        raise Malformed("too-large", "", f"{len(body)} bytes; at most {REQUEST_BYTES_MAX} are allowed")
    head, gap, note = body.partition(b"\n\n")
    try:
        first, *lines = head.decode("ascii").split("\n")
    except UnicodeDecodeError:
        raise Malformed("request", "", "the lines before the checkpoint are not ASCII") from None
    if not gap or not first.startswith("old "):
        raise Malformed("request", "line 1", "expected: old <size>, proof lines, an empty line, a checkpoint")
    if len(lines) > PROOF_LINES_MAX:
        raise Malformed("request", "proof", f"at most {PROOF_LINES_MAX} proof lines are allowed")
    proof = tuple(decode_base64(line, f"proof line {place}") for place, line in enumerate(lines, start=1))
    if any(len(one) != HASH_BYTES for one in proof):
        raise Malformed("request", "proof", f"a hash has {HASH_BYTES} bytes")
    text, _ = split_note(note)
    return Request(parse_decimal(first[4:], "old"), proof, _parse_checkpoint(text), note)


def latest_path(origin: str) -> str:
    """Return the path where a witness shows the newest checkpoint of a log that it has cosigned."""
    return f"/{hashlib.sha256(origin.encode()).hexdigest()}/checkpoint"


def format_request(old: int, proof: list[bytes], note: bytes) -> bytes:
    """Return the bytes of an add-checkpoint request."""
    lines = b"".join(b2a_base64(one) for one in proof)
    return b"old %d\n%s\n%s" % (old, lines, note)


def _parse_checkpoint(text: bytes) -> Checkpoint:
    """Parse the checkpoint of a note. An empty log with a wrong root is well-formed here: the answer to it is 422."""
    origin, _, rest = text.partition(b"\n")
    size, _, root = rest.partition(b"\n")
    if size == b"0":
        one = parse_body(b"%s\n1\n%s" % (origin, root))
        return Checkpoint(one.origin, 0, one.root)
    return parse_body(text)


def _check_consistency(request: Request, recorded_root: bytes) -> None:
    checkpoint = request.checkpoint
    if not request.old:
        if request.proof:
            raise Refused(422, "consistency proof: it must be empty when old is 0")
        return
    try:
        verify_consistency(request.old, checkpoint.size, recorded_root, checkpoint.root, request.proof)
    except ProofError as fault:
        raise Refused(422, f"consistency proof: {fault.message}") from fault
