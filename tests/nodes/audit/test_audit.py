"""The audit: it executes everything again, and names the first entry and field that are wrong."""

# ruff: noqa: S608  # the tables under attack are named in the SQL

import hashlib
import re
from pathlib import Path

import orjson
import pytest

from dengbu.ledger.log.checkpoint import Checkpoint, cosignature_line, sign_checkpoint
from dengbu.ledger.log.encoding import canonical
from dengbu.ledger.log.keys import Signer
from dengbu.ledger.log.merkle import Frontier, leaf_hash
from dengbu.ledger.log.note import KeyKind, NoteSigner, NoteVerifier
from dengbu.ledger.log.trust import Trust, format_policy, parse_policy
from dengbu.nodes.audit.audit import audit
from dengbu.nodes.audit.startup import check
from dengbu.nodes.store.checkpoint_chain import FIRST, FIRST_SEQ, format_tip, link
from dengbu.nodes.store.reads import Reads, hash_count
from tests.nodes.audit.test_startup import with_operators_hands
from tests.nodes.homes import Scribe, create, full, note, story, tell
from tests.worlds import MEMBERS, NET, UNIT, UNIT_2, genesis_data, signer

VICTIM = 6  # a case.enter, refused because the tax was not cleared


def cosigner(institution: str) -> NoteSigner:
    return NoteSigner(f"{NET}/{institution}", KeyKind.COSIGNATURE, signer(institution, "cosign"))


def trust(needed: int = 3) -> Trust:
    log = NoteVerifier(NET, KeyKind.NOTE, signer("hz-registry", "log").public)
    return parse_policy(format_policy(log, {one: cosigner(one).verifier for one in sorted(MEMBERS)}, needed))


def cosigned(checkpoint: Checkpoint, institutions: tuple[str, ...]) -> bytes:
    made = sign_checkpoint(checkpoint, NoteSigner(NET, KeyKind.NOTE, signer("hz-registry", "log")))
    for institution in institutions:
        made += cosignature_line(checkpoint.body(), cosigner(institution), 1_795_305_600)
    return made


@pytest.fixture
def home(tmp_path: Path) -> Path:
    full(tmp_path / "home")
    return tmp_path / "home"


def test_a_whole_ledger_passes_and_the_report_counts(home: Path) -> None:
    with Reads(home) as reads:
        report = audit(reads)
        root = reads.load_head().root.hex()
    assert report.fault is None
    assert (report.entries, report.blocks, report.checkpoints, report.root) == (
        len(story()),
        len(story()),
        2,
        root,
    )
    assert report.changes > len(story())
    assert report.entries_per_second > 0


def test_an_empty_ledger_passes(tmp_path: Path) -> None:
    with create(tmp_path).store as store:
        report = audit(store)
    assert (report.fault, report.entries) == (None, 0)


def rewrite(home: Path, index: int, leaf: bytes) -> None:
    """Rewrite the whole log from an entry on, so that every hash, chain link and block row fits again."""
    with Reads(home) as reads:
        leaves = reads.leaves(0, reads.size())
    leaves[index] = leaf
    for place in range(index + 1, len(leaves)):
        prev = hashlib.sha256(leaves[place - 1]).hexdigest()
        leaves[place] = re.sub(rb'"prev":"[0-9a-f]{64}"', f'"prev":"{prev}"'.encode(), leaves[place])
    frontier = Frontier()
    statements = [
        f"UPDATE entries SET leaf = X'{leaf.hex()}', outcome = '{orjson.loads(leaf)['decision']['outcome']}' WHERE idx = {at}"
        for at, leaf in enumerate(leaves)
    ]
    for at, one in enumerate(leaves):
        hashes = [value for _, _, value in frontier.append(leaf_hash(one))]
        statements += [
            f"UPDATE hashes SET hash = X'{value.hex()}' WHERE position = {hash_count(at) + place}"
            for place, value in enumerate(hashes)
        ]
        statements.append(f"UPDATE blocks SET root = X'{frontier.root().hex()}' WHERE size = {at + 1}")
    checkpoint = Checkpoint(NET, len(leaves), frontier.root())
    note, chain = cosigned(checkpoint, ("hz-registry",)), FIRST
    for seq, final in enumerate((0, 1), start=FIRST_SEQ):
        chain = link(chain, len(leaves), final, note)
        values = f"note = X'{note.hex()}', chain = X'{chain.hex()}'"
        statements.append(f"UPDATE checkpoints SET {values} WHERE seq = {seq} AND final = {final}")
        statements.append(
            f"UPDATE meta SET value = X'{format_tip(seq, chain).hex()}' WHERE name = 'checkpoints'"
        )
    with_operators_hands(home, *statements)


def forged(home: Path, *path: str, to: object) -> bytes:
    with Reads(home) as reads:
        leaf = reads.leaf(VICTIM)
    assert leaf is not None
    value = orjson.loads(leaf)
    inner = value
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = to
    return canonical(value)


@pytest.mark.parametrize(
    ("path", "to", "field"),
    [
        (("decision", "reasons"), [{"code": 5001, "law": ["x"], "name": "x"}], "leaf/decision/reasons"),
        (("decision", "register"), "1" * 64, "leaf/decision/register"),
        (("event", "body", "actor"), "hz-tax", "leaf/event"),
        (("event", "body", "data", "case"), "441302-20261122-000001", "leaf/event"),
        (("event", "body", "officer"), "somebody-else", "leaf/event"),
    ],
)
def test_a_log_rewritten_by_its_operator_with_every_hash_fitting_is_found(
    home: Path, path: tuple[str, ...], to: object, field: str
) -> None:
    rewrite(home, VICTIM, forged(home, *path, to=to))
    with Reads(home) as reads:
        if path[-1] != "register":
            check(reads)  # hashes alone reveal nothing
        fault = audit(reads).fault
    assert fault is not None
    assert fault.index == VICTIM
    assert fault.place.startswith(field)
    assert f"entry {VICTIM}" in str(fault)


def test_the_first_of_several_faults_is_named(home: Path) -> None:
    with_operators_hands(
        home,
        "UPDATE entries SET outcome = 'accepted' WHERE idx = 11",
        "UPDATE hashes SET hash = zeroblob(32) WHERE position = 20",
        "UPDATE history SET value = '{}' WHERE seq = (SELECT max(seq) FROM history)",
        "UPDATE entries SET type = 'case.entered' WHERE idx = 4",
        "UPDATE entries SET leaf = x'00' WHERE idx = 5",
    )
    with Reads(home) as reads:
        report = audit(reads)
    assert report.fault is not None
    assert (report.fault.index, report.fault.place) == (4, "entries, column type")
    assert "'case.entered'" in report.fault.problem


@pytest.mark.parametrize(
    ("sql", "place"),
    [
        ("UPDATE register SET value = replace(value, 'hz-tax', 'hz-tac') WHERE key = 'hz-tax'", "register, id"),
        ("UPDATE history SET value = replace(value, 'accepted', 'rejected') WHERE tbl = 'case'", "history, seq"),
        ("UPDATE history SET idx = idx + 1 WHERE tbl = 'counter'", "history, seq"),
        ("UPDATE blocks SET time = time + 1 WHERE seq = 3", "blocks, seq 3, column time"),
        ("UPDATE blocks SET register = zeroblob(32) WHERE seq = 3", "blocks, seq 3, column register"),
        ("UPDATE meta SET value = zeroblob(256) WHERE name = 'digest'", "meta, name digest"),
        ("INSERT INTO meta VALUES ('quiet', CAST('99999 1' AS BLOB))", "meta, name quiet"),
        ("UPDATE touches SET unit = '441302001001GB00009F00010009' WHERE idx = 3", "touches, unit"),
    ],
)  # fmt: skip
def test_a_changed_row_is_named_with_the_entry_that_wrote_it(home: Path, sql: str, place: str) -> None:
    with_operators_hands(home, sql)
    with Reads(home) as reads:
        fault = audit(reads).fault
    assert fault is not None
    assert fault.place.startswith(place)


# ---- checkpoints -----------------------------------------------------------------------------------------------------

ENOUGH = ("bank-a", "hz-registry", "hz-tax")


def with_final(home: Path, institutions: tuple[str, ...], *, log: bool = True) -> None:
    """Make a short ledger with one final checkpoint by these cosigners."""
    application = create(home)
    tell(application, story()[:5])
    head = application.head
    made = cosigned(Checkpoint(NET, head.size, head.root), institutions)
    if not log:
        made = b"\n".join(line for line in made.split(b"\n") if f" {NET} ".encode() not in line)
    application.store.put_checkpoint(head.size, made, final=True)
    application.store.close()


def test_a_quorum_of_cosignatures_is_verified(tmp_path: Path) -> None:
    with_final(tmp_path, ENOUGH)
    with Reads(tmp_path) as reads:
        assert audit(reads, trust()).fault is None


@pytest.mark.parametrize(
    ("institutions", "log", "said"),
    [(ENOUGH[:2], True, "quorum"), ((), True, "quorum"), (ENOUGH, False, "no-log-signature")],
)
def test_too_few_cosignatures_or_no_log_signature_are_found(
    tmp_path: Path, institutions: tuple[str, ...], log: bool, said: str
) -> None:
    with_final(tmp_path, institutions, log=log)
    with Reads(tmp_path) as reads:
        check(reads)
        fault = audit(reads, trust()).fault
    assert fault is not None
    assert fault.place == "checkpoints, size 5"
    assert said in fault.problem


def test_a_final_checkpoint_with_another_root_is_found(tmp_path: Path) -> None:
    application = create(tmp_path)
    tell(application, story()[:5])
    made = cosigned(Checkpoint(NET, 5, bytes(32)), ENOUGH)
    application.store.put_checkpoint(5, made, final=True)
    fault = audit(application.store, trust()).fault
    application.store.close()
    assert fault is not None
    assert (fault.index, fault.place) == (4, "checkpoints, size 5")
    assert "another root" in fault.problem


def test_an_unsigned_pending_checkpoint_is_found(tmp_path: Path) -> None:
    application = create(tmp_path)
    tell(application, story()[:5])
    made = note(application.head)
    application.store.put_checkpoint(5, made[:-20] + b"A" * 19 + b"\n", final=False)
    fault = audit(application.store, trust()).fault
    application.store.close()
    assert fault is not None
    assert fault.place == "checkpoints, size 5"


def _rotated(home: Path, cosigners: tuple[NoteSigner, ...]) -> None:
    """A ledger whose third entry rotates the cosigning key of bank-a, with a final checkpoint after a fourth."""
    world, new = Scribe(), Signer(b"\x07" * 32)
    old = signer("bank-a", "cosign")
    founders = [signer(institution, "governance") for institution in sorted(MEMBERS)]
    world.do("hz-registry", "network.genesis", genesis_data(), signers=founders)
    world.title(UNIT)
    offer = {"cls": "cosign", "alg": "Ed25519", "public": new.public.hex()}
    done = world.do("bank-a", "key.rotate", {"old": old.key_id, "key": offer}, signers=[old, new])
    assert done.outcome == "recorded"
    world.title(UNIT_2)
    application = create(home)
    for size, raw in enumerate(world.told, 1):
        tell(application, (raw,))
        head = application.head
        checkpoint = Checkpoint(NET, head.size, head.root)
        made = sign_checkpoint(checkpoint, NoteSigner(NET, KeyKind.NOTE, signer("hz-registry", "log")))
        signing = cosigners if size == len(world.told) else tuple(map(cosigner, ENOUGH))
        for one in signing:
            made += cosignature_line(checkpoint.body(), one, 1_795_305_600)
        if size in (2, len(world.told)):
            application.store.put_checkpoint(head.size, made, final=True)
    application.store.close()


NEW_KEY = NoteSigner(f"{NET}/bank-a", KeyKind.COSIGNATURE, Signer(b"\x07" * 32))
TWO = (cosigner("hz-registry"), cosigner("hz-tax"))


def test_a_checkpoint_is_verified_by_the_keys_of_its_day(tmp_path: Path) -> None:
    _rotated(tmp_path, (*TWO, NEW_KEY))
    with Reads(tmp_path) as reads:
        report = audit(reads, trust())
    assert (report.fault, report.checkpoints) == (None, 2)


def test_a_key_that_has_ended_cosigns_no_more(tmp_path: Path) -> None:
    _rotated(tmp_path, (*TWO, cosigner("bank-a")))
    with Reads(tmp_path) as reads:
        fault = audit(reads, trust()).fault
    assert fault is not None
    assert fault.place == "checkpoints, size 4"
    assert "quorum" in fault.problem
