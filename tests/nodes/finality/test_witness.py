"""The cosigner under the public add-checkpoint vectors, and under concurrent requests."""

import base64
import json
import threading
from pathlib import Path
from typing import Any

import pytest

from dengbu.ledger.log.checkpoint import Checkpoint, parse_body, sign_checkpoint, verify_cosignature
from dengbu.ledger.log.keys import Signer
from dengbu.ledger.log.merkle import Frontier, leaf_hash, prove_consistency
from dengbu.ledger.log.note import KeyKind, NoteSigner, parse_vkey, split_note
from dengbu.nodes.finality.cosigner import Cosigner
from dengbu.nodes.finality.lastsigned import LastSigned
from dengbu.nodes.finality.witness import PROOF_LINES_MAX, Reply, Witness, format_request
from tests.nodes.network import LOG, NET, signed
from tests.vectors_dir import public_vectors

COSIGNER = NoteSigner("example.com/witness", KeyKind.COSIGNATURE, Signer(b"cosigner test key, never for use"))
TIME = 1_795_305_600


def plain(home: Path, vkey: Any = None, executed: list[int] | None = None) -> Witness:
    """Return a witness that executes nothing, but notes what it was asked to execute."""
    log = parse_vkey(vkey) if vkey else LOG.verifier
    done = executed if executed is not None else []
    return Witness(
        log,
        Cosigner("bank-a", COSIGNER, LastSigned(home / "last-signed")),
        lambda: TIME,
        lambda checkpoint, note: done.append(checkpoint.size),
        lambda checkpoint, note: None,
    )


@pytest.mark.parametrize("group", ["litewitness", "generated"])
def test_it_answers_as_the_public_vectors_say(group: str, tmp_path: Path) -> None:
    vector = json.loads(public_vectors("witness/add_checkpoint.json").read_text())[group]
    witness = plain(tmp_path, vector["log_vkey"])
    for step in vector["steps"]:
        before = witness._last_signed.read()
        body = step["request_body"].encode()
        reply = witness.add_checkpoint(body)
        assert reply.status in step["expected_status"], (step["why"], reply)
        if reply.status == 200:
            note = body.partition(b"\n\n")[2]
            assert verify_cosignature(split_note(note)[0] + b"\n" + reply.body, COSIGNER.verifier) == TIME
            assert witness._last_signed.read().size == parse_body(split_note(note)[0]).size  # type: ignore[union-attr]
            continue
        assert witness._last_signed.read() == before, step["why"]
        if reply.status == 409:
            assert reply.content_type == "text/x.tlog.size"
            assert reply.body == b"%d\n" % (before.size if before else 0)


class Tree:
    """A tree of numbered leaves."""

    def __init__(self, size: int, text: str = "leaf") -> None:
        self.nodes: dict[tuple[int, int], bytes] = {}
        self.roots = [Frontier().root()]
        frontier = Frontier()
        for number in range(size):
            for level, index, value in frontier.append(leaf_hash(f"{text} {number}".encode())):
                self.nodes[level, index] = value
            self.roots.append(frontier.root())

    def read(self, ids: Any) -> list[bytes]:
        return [self.nodes[one] for one in ids]

    def request(self, old: int, size: int) -> bytes:
        proof = prove_consistency(old, size, self) if 0 < old < size else []
        return format_request(old, proof, signed(size, self.roots[size]))


TREE, OTHER = Tree(40), Tree(40, "another leaf")


def test_it_executes_before_it_signs_and_signs_nothing_that_it_refused(tmp_path: Path) -> None:
    executed: list[int] = []
    witness = plain(tmp_path, executed=executed)
    assert witness.add_checkpoint(TREE.request(0, 5)).status == 200
    assert witness.add_checkpoint(OTHER.request(5, 9)).status == 422
    assert witness.add_checkpoint(TREE.request(4, 9)).status == 409
    assert executed == [5]
    assert witness.latest is not None
    assert parse_body(split_note(witness.latest)[0]) == Checkpoint(NET, 5, TREE.roots[5])


def test_what_it_signed_survives_a_restart(tmp_path: Path) -> None:
    assert plain(tmp_path).add_checkpoint(TREE.request(0, 13)).status == 200
    witness = plain(tmp_path)
    assert witness.add_checkpoint(TREE.request(0, 5)) == Reply(409, b"13\n", "text/x.tlog.size")
    assert witness.add_checkpoint(OTHER.request(13, 13)).status == 422
    assert witness.add_checkpoint(TREE.request(13, 20)).status == 200


def test_it_remembers_before_the_signature_exists(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    witness = plain(tmp_path)

    class PowerCutError(Exception):
        pass

    def cut(*_: object) -> int:
        raise PowerCutError

    witness._now_s = cut  # asked for between writing the file and signing
    with pytest.raises(PowerCutError):
        witness.add_checkpoint(TREE.request(0, 8))
    assert plain(tmp_path).add_checkpoint(OTHER.request(0, 7)).body == b"8\n"


def test_of_concurrent_requests_it_never_signs_a_smaller_or_another_tree(tmp_path: Path) -> None:
    witness, answers, lock = plain(tmp_path), [], threading.Lock()
    start = threading.Barrier(8)

    def push(tree: Tree, offset: int) -> None:
        start.wait()
        for turn in range(30):
            last = witness._last_signed.read()
            old = last.size if last else 0
            size = min(40, old + 1 + (turn + offset) % 3)
            reply = witness.add_checkpoint(tree.request(old, size))
            with lock:
                answers.append((size, tree, reply.status))

    threads = [threading.Thread(target=push, args=(TREE if n % 2 else OTHER, n)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    signed_trees = {id(tree) for size, tree, status in answers if status == 200}
    assert len(signed_trees) == 1, "both branches were signed"
    assert {status for _, _, status in answers} <= {200, 409, 422}
    last = witness._last_signed.read()
    assert last is not None
    assert last.size == max(size for size, _, status in answers if status == 200)


def test_a_smaller_one_that_overtakes_is_refused(tmp_path: Path) -> None:
    """The sender checked both N and N+K against the same state; only one of them can be signed."""
    for first, second in ((8, 13), (13, 8)):
        home = tmp_path / f"{first}"
        home.mkdir()
        witness = plain(home)
        assert witness.add_checkpoint(TREE.request(0, 5)).status == 200
        assert witness.add_checkpoint(TREE.request(5, first)).status == 200
        assert witness.add_checkpoint(TREE.request(5, second)).status == 409


LINE = base64.b64encode(bytes(32)) + b"\n"
NOTE = signed(5, TREE.roots[5])
GARBAGE = {
    "nothing": b"",
    "no old": b"new 0\n\n" + NOTE,
    "no empty line": b"old 0\n" + NOTE.replace(b"\n\n", b"\n"),
    "old in other digits": "old ٠\n\n".encode() + NOTE,
    "old with a sign": b"old +0\n\n" + NOTE,
    "old with zeros": b"old 00\n\n" + NOTE,
    "old too large": b"old 9223372036854775808\n\n" + NOTE,
    "short hash": b"old 3\n" + base64.b64encode(bytes(31)) + b"\n\n" + NOTE,
    "no hash": b"old 3\n\n\n" + NOTE,
    "hash not canonical": b"old 3\n" + LINE.replace(b"A=", b"B=") + b"\n" + NOTE,
    "too many hashes": b"old 3\n" + (PROOF_LINES_MAX + 1) * LINE + b"\n" + NOTE,
    "carriage returns": b"old 0\r\n\r\n" + NOTE,
    "an extension line": b"old 0\n\n" + NOTE.replace(b"\n\n", b"\nextension\n\n"),
    "a huge size": b"old 0\n\n" + NOTE.replace(b"\n5\n", b"\n" + b"9" * 30 + b"\n"),
    "no signature": b"old 0\n\n" + NOTE.split(b"\n\n")[0] + b"\n\n",
    "a megabyte": b"old 0\n\n" + NOTE + bytes(2**20),
    "only bytes": bytes(range(256)),
}


@pytest.mark.parametrize("body", GARBAGE.values(), ids=GARBAGE)
def test_garbage_is_400_and_changes_nothing(body: bytes, tmp_path: Path) -> None:
    witness = plain(tmp_path)
    assert witness.add_checkpoint(body).status == 400
    assert witness._last_signed.read() is None


def test_flipping_any_byte_of_a_request_never_gets_it_signed(tmp_path: Path) -> None:
    witness = plain(tmp_path)
    assert witness.add_checkpoint(TREE.request(0, 5)).status == 200
    request = TREE.request(5, 8)
    for place in range(len(request)):
        flipped = bytearray(request)
        flipped[place] ^= 1
        reply = witness.add_checkpoint(bytes(flipped))
        assert reply.status in (400, 403, 404, 409, 422), (place, reply)
    assert witness.add_checkpoint(request).status == 200


def test_what_the_log_did_not_sign_waits_for_nobody(tmp_path: Path) -> None:
    """While a checkpoint's entries are executed, a stranger's checkpoint is refused at once and holds no thread."""
    begun, go_on = threading.Event(), threading.Event()

    def execute(checkpoint: Checkpoint, note: bytes) -> None:
        begun.set()
        assert go_on.wait(20)

    witness = Witness(
        LOG.verifier,
        Cosigner("bank-a", COSIGNER, LastSigned(tmp_path / "last-signed")),
        lambda: TIME,
        execute,
        lambda *_: None,
    )
    answers: list[int] = []
    busy = threading.Thread(target=lambda: answers.append(witness.add_checkpoint(TREE.request(0, 5)).status))
    busy.start()
    assert begun.wait(20)
    nobody = NoteSigner(NET, KeyKind.NOTE, Signer(bytes(32)))
    forged = format_request(0, [], sign_checkpoint(Checkpoint(NET, 5, TREE.roots[5]), nobody))
    asking = threading.Thread(target=lambda: answers.append(witness.add_checkpoint(forged).status))
    asking.start()
    asking.join(20)
    assert answers == [403]
    go_on.set()
    busy.join(20)
    assert answers == [403, 200]
