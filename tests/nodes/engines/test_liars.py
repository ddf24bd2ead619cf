"""A sequencer that lies: each lie is refused, nothing is signed, and the proof is kept."""

import base64
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from dengbu.ledger.log.checkpoint import verify_cosignature
from dengbu.ledger.log.encoding import canonical, parse
from dengbu.ledger.log.envelope import parse_envelope
from dengbu.ledger.log.keys import Signer
from dengbu.ledger.log.note import open_note
from dengbu.ledger.log.tiles import bundle
from dengbu.nodes.finality.witness import Reply, format_request
from tests.nodes.liars import Ledger, Liar, ledger, proof, root
from tests.nodes.network import LOG, Member, cosigner, event, final, signed
from tests.waiting import until

VICTIM = "bank-a"


@pytest.fixture
def truth(tmp_path: Path) -> Iterator[Ledger]:
    with ledger(tmp_path / "truth", 12) as made:
        yield made


@pytest.fixture
def liar(truth: Ledger) -> Iterator[Liar]:
    made = Liar(truth.leaves)
    yield made
    made.progress.close()
    made.listener.stop()
    assert not made.failures.seen, made.failures.seen


@pytest.fixture
def victim(tmp_path: Path, liar: Liar) -> Iterator[Member]:
    made = Member(tmp_path / VICTIM, VICTIM, liar.url)
    yield made
    liar.progress.close()  # this lets go of the victim's long poll
    made.follower.stop()
    made.listener.stop()
    made.application.store.close()
    assert not made.failures.seen, made.failures.seen


def push(victim: Member, leaves: Sequence[bytes], old: int, size: int, tree: Any = None) -> Reply:
    """Push a checkpoint over the first `size` leaves, signed by the log; return the victim's reply."""
    base = list(leaves)[:size]
    return victim.follower.add_checkpoint(
        format_request(old, proof(old, base), signed(size, tree or root(base)))
    )


def evidence(victim: Member) -> list[dict[str, Any]]:
    """Return the contents of the evidence files, oldest first."""
    return [json.loads(path.read_bytes()) for path in sorted((victim.home / "evidence").glob("*.json"))]


def convicted(victim: Member, kind: str, size: int) -> dict[str, Any]:
    """Return the only evidence file, after checking that its checkpoint is provably the log's."""
    (found,) = evidence(victim)
    assert found["kind"] == kind, found
    assert found["checkpoint_size"] == size
    open_note(found["checkpoint"].encode(), [LOG.verifier])
    return found


def honest(victim: Member, truth: Ledger, size: int) -> None:
    """Bring the victim to a size with the true log."""
    last = victim.follower.witness._last_signed.read()
    reply = push(victim, truth.leaves, last.size if last else 0, size)
    assert reply.status == 200, reply
    verify_cosignature(signed(size, root(truth.leaves[:size])) + reply.body, cosigner(VICTIM).verifier)


def halted(victim: Member) -> bool:
    """Return whether the victim follows no more and says that it keeps evidence."""
    trouble = victim.follower.trouble
    return trouble is not None and "evidence" in trouble


def test_the_truth_is_signed(truth: Ledger, liar: Liar, victim: Member) -> None:
    for size in (1, 2, 5, 13):
        honest(victim, truth, size)
    assert victim.application.head.root == root(truth.leaves)
    assert evidence(victim) == []


def test_a_fork_at_the_same_size_is_refused_and_proven(
    tmp_path: Path, truth: Ledger, liar: Liar, victim: Member
) -> None:
    with ledger(tmp_path / "other", 12, start=101) as other:
        honest(victim, truth, 13)
        liar.show(other.leaves)
        reply = push(victim, other.leaves, 13, 13)
        assert reply.status == 422
        found = convicted(victim, "fork", 13)
        assert found["expected"] == {"size": 13, "root": root(truth.leaves).hex()}
        # Two statements of the log about one size: a third party needs nothing else.
        for note in (found["checkpoint"].encode(), base64.b64decode(found["signed_before"])):
            open_note(note, [LOG.verifier])
        assert base64.b64decode(found["signed_before"]) == signed(13, root(truth.leaves))
        assert halted(victim)
        assert push(victim, truth.leaves, 13, 13).status == 503, "the truth, after the proof"


def test_a_fork_that_goes_on_is_refused_and_proven(
    tmp_path: Path, truth: Ledger, liar: Liar, victim: Member
) -> None:
    with ledger(tmp_path / "other", 20, start=101) as other:
        honest(victim, truth, 9)
        liar.show(other.leaves)
        assert push(victim, other.leaves, 9, 15).status == 422, "no proof leads from one branch to the other"
        assert evidence(victim) == [], "a wrong proof alone proves nothing about the log"
        liar.publish(15, final(15, root(other.leaves[:15])))
        victim.follower.start()
        until(lambda: halted(victim), "the victim halts")
        (found,) = evidence(victim)
        # The lengths of the other branch's entries decide which check finds it first.
        assert found["kind"] in ("divergence", "forged")
        open_note(found["checkpoint"].encode(), [LOG.verifier])
        assert base64.b64decode(found["signed_before"]) == signed(9, root(truth.leaves[:9]))
        assert victim.application.head.size == 9


def test_a_fork_below_what_was_executed_is_proven_whatever_is_answered(
    tmp_path: Path, truth: Ledger, liar: Liar, victim: Member
) -> None:
    with ledger(tmp_path / "other", 5, start=101) as other:
        honest(victim, truth, 13)
        assert push(victim, other.leaves, 0, 4).status == 422
        assert convicted(victim, "fork", 4)["expected"]["root"] == root(truth.leaves[:4]).hex()


def test_after_a_restart_it_stays_halted(tmp_path: Path, truth: Ledger, liar: Liar) -> None:
    first = Member(tmp_path / VICTIM, VICTIM, liar.url)
    honest(first, truth, 5)
    assert push(first, truth.leaves, 5, 5, tree=bytes(32)).status == 422
    first.stop()
    again = Member(tmp_path / VICTIM, VICTIM, liar.url)
    assert halted(again)
    assert push(again, truth.leaves, 5, 8).status == 503
    assert len(evidence(again)) == 1
    again.stop()


def test_a_rollback_is_refused_and_recorded(truth: Ledger, liar: Liar, victim: Member) -> None:
    liar.publish(12, final(12, root(truth.leaves[:12])))
    victim.follower.start()
    until(lambda: victim.follower.final_size == 12, "the victim follows")

    liar.publish(7, final(7, root(truth.leaves[:7])))
    source = victim.follower._source
    note = source.checkpoint(0)
    source.checkpoint = lambda after: note  # type: ignore[method-assign]  # a peer that ignores what was asked
    until(lambda: evidence(victim), "the rollback is recorded")
    found = convicted(victim, "rollback", 7)
    assert (found["own_size"], victim.follower.final_size) == (12, 12)
    open_note(found["own_final"].encode(), [LOG.verifier])
    assert push(victim, truth.leaves, 0, 7).status == 200, (
        "what was never cosigned may be, it is no other tree"
    )
    assert push(victim, truth.leaves, 7, 5).status == 400


def test_a_smaller_checkpoint_than_signed_is_never_signed(truth: Ledger, liar: Liar, victim: Member) -> None:
    honest(victim, truth, 12)
    reply = push(victim, truth.leaves, 7, 7)
    assert (reply.status, reply.body) == (409, b"12\n")


def test_a_withheld_entry_is_not_signed_for(truth: Ledger, liar: Liar, victim: Member) -> None:
    honest(victim, truth, 5)
    liar.show(truth.leaves[:8], tree=truth.leaves)
    reply = push(victim, truth.leaves, 5, 13)
    assert reply.status == 503
    found = convicted(victim, "withheld", 13)
    assert "tile/entries/000.p/13" in found["why"]
    assert victim.application.head.size == 5
    push(victim, truth.leaves, 5, 13)
    assert len(evidence(victim)) == 1, "the same omission is recorded once"
    liar.show(truth.leaves)
    honest(victim, truth, 13)


def test_a_bundle_that_hides_its_last_entry_is_not_signed_for(
    truth: Ledger, liar: Liar, victim: Member
) -> None:
    honest(victim, truth, 5)
    liar.spoil = lambda raw: bundle(truth.leaves[:12])
    assert push(victim, truth.leaves, 5, 13).status == 503
    assert "expected 8 entries, got 7" in convicted(victim, "withheld", 13)["why"]


def test_an_extra_entry_is_not_signed_for(truth: Ledger, liar: Liar, victim: Member) -> None:
    honest(victim, truth, 5)
    liar.spoil = lambda raw: bundle(truth.leaves[:11])
    assert push(victim, truth.leaves, 5, 10).status == 422
    convicted(victim, "forged", 10)


def edit(leaf: bytes, change: Callable[[dict[str, Any]], None]) -> bytes:
    """Return a leaf with a change, in canonical form again."""
    value: Any = parse(leaf, limit=65_535, depth=40)
    change(value)
    return canonical(value)


def lie(truth: Ledger, liar: Liar, victim: Member, leaves: Sequence[bytes]) -> dict[str, Any]:
    """Show and sign these leaves instead of the truth after entry 4; return the evidence."""
    honest(victim, truth, 5)
    liar.show(leaves)
    reply = push(victim, leaves, 5, len(leaves))
    assert reply.status == 422, reply
    assert victim.application.head.size == 5
    assert victim.follower.witness._last_signed.read().size == 5  # type: ignore[union-attr]
    assert halted(victim)
    (found,) = evidence(victim)
    open_note(found["checkpoint"].encode(), [LOG.verifier])
    return found


LIES: dict[str, tuple[Callable[[dict[str, Any]], None], str]] = {
    "outcome": (lambda leaf: leaf["decision"].update(outcome="accepted"), "/decision/"),
    "no reasons": (
        lambda leaf: (leaf["decision"].pop("reasons", None), leaf["decision"].update(outcome="recorded")),  # type: ignore[arg-type,return-value]
        "/decision/",
    ),
    "register": (lambda leaf: leaf["decision"].update(register="0" * 64), "/decision/register"),
    "an added result": (
        lambda leaf: leaf["decision"].update(result={"rights": ["R-x-1"]}),
        "/decision/result",
    ),
    "prev": (lambda leaf: leaf.update(prev="1" * 64), "/prev"),
    "index": (lambda leaf: leaf.update(index=leaf["index"] + 1), "/index"),
    "time back": (lambda leaf: leaf.update(time=1), "/height"),
    "height back": (lambda leaf: leaf.update(height=1), "/height"),
    "event data": (lambda leaf: leaf["event"]["body"]["data"].update(area_cm2=1), "/event"),
    "actor": (lambda leaf: leaf["event"]["body"].update(actor="bank-b"), "/event"),
    "no signature": (lambda leaf: leaf["event"].update(sigs=[]), "/event"),
    "version": (lambda leaf: leaf.update(v=2), "/v"),
}


@pytest.mark.parametrize(("change", "field"), LIES.values(), ids=LIES)
def test_a_forged_entry_is_refused_naming_its_field(
    change: Callable[[dict[str, Any]], None], field: str, truth: Ledger, liar: Liar, victim: Member
) -> None:
    leaves = [*truth.leaves[:7], edit(truth.leaves[7], change), *truth.leaves[8:]]
    found = lie(truth, liar, victim, leaves)
    assert found["kind"] == "divergence"
    assert found["index"] == 7
    assert found["field"].startswith(field), found["field"]


def test_an_event_nobody_signed_is_refused(truth: Ledger, liar: Liar, victim: Member) -> None:
    forged = event("forged", key=Signer(bytes(32)))
    leaf = edit(truth.leaves[7], lambda leaf: leaf.update(event=parse(forged, limit=32_768)))
    found = lie(truth, liar, victim, [*truth.leaves[:7], leaf])
    assert (found["kind"], found["index"], found["field"]) == ("divergence", 7, "/event")


def test_an_event_that_is_in_the_log_already_is_refused(truth: Ledger, liar: Liar, victim: Member) -> None:
    twice = parse(parse_envelope(event(3)).raw, limit=32_768)
    leaf = edit(truth.leaves[7], lambda leaf: leaf.update(event=twice))
    found = lie(truth, liar, victim, [*truth.leaves[:7], leaf])
    assert found["kind"] == "divergence"
    assert found["field"] == "/event/body/id"


def test_entries_in_another_order_are_refused(truth: Ledger, liar: Liar, victim: Member) -> None:
    leaves = [*truth.leaves[:7], truth.leaves[8], truth.leaves[7], *truth.leaves[9:]]
    found = lie(truth, liar, victim, leaves)
    assert (found["kind"], found["index"]) == ("divergence", 7)


def test_a_root_that_these_entries_do_not_have_is_refused(truth: Ledger, liar: Liar, victim: Member) -> None:
    honest(victim, truth, 8)
    wrong = [*truth.leaves[:12], b"another leaf"]
    assert push(victim, wrong, 8, 13).status == 422
    found = convicted(victim, "forged", 13)
    assert root(truth.leaves).hex() in found["why"]
    assert root(wrong).hex() in found["why"]
    assert victim.application.head.size == 8, "not even committed"


def test_any_flipped_byte_of_a_bundle_is_refused(tmp_path: Path, truth: Ledger, liar: Liar) -> None:
    raw = bundle(truth.leaves[:13])
    skip = len(bundle(truth.leaves[:12]))
    for number, place in enumerate(range(skip, len(raw), 37)):
        victim = Member(tmp_path / f"victim-{number}", VICTIM, liar.url)
        try:
            liar.spoil = lambda clean: clean
            honest(victim, truth, 12)
            liar.spoil = (
                lambda clean, place=place: (  # type: ignore[misc]
                    clean[:place] + bytes([clean[place] ^ 1]) + clean[place + 1 :]
                )
            )
            assert push(victim, truth.leaves, 12, 13).status in (422, 503), place
            assert victim.application.head.size == 12
            assert evidence(victim)[0]["kind"] in ("divergence", "forged", "withheld")
        finally:
            victim.stop()


def test_a_forged_tile_is_refused_while_catching_up(
    truth: Ledger, liar: Liar, victim: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dengbu.nodes.engines.follower.BATCH_ENTRIES_MAX", 4)
    liar.log.tile = lambda value: bytes([value[0] ^ 1]) + value[1:]
    liar.publish(13, final(13, root(truth.leaves)))
    victim.follower.start()
    until(lambda: halted(victim), "the victim halts")
    assert (
        "consistency" in convicted(victim, "forged", 13)["why"]
        or "root" in convicted(victim, "forged", 13)["why"]
    )
    assert victim.application.head.size == 1


def test_a_false_history_is_not_committed_though_it_executes(
    tmp_path: Path, truth: Ledger, liar: Liar, victim: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The entries are consistent with each other, but they are not those under the cosigned checkpoint."""
    monkeypatch.setattr("dengbu.nodes.engines.follower.BATCH_ENTRIES_MAX", 4)
    with ledger(tmp_path / "other", 12, start=101) as other:
        liar.show(other.leaves, tree=truth.leaves)
        liar.publish(13, final(13, root(truth.leaves)))
        victim.follower.start()
        until(lambda: halted(victim), "the victim halts")
        convicted(victim, "forged", 13)
        assert victim.application.head.size == 1


NOT_FINAL: dict[str, Callable[[int, bytes], bytes]] = {
    "too few cosignatures": lambda size, tree: final(size, tree, ("bank-a", "hz-tax")),
    "one cosignature three times": lambda size, tree: (
        final(size, tree, ("bank-a",))
        + 2 * final(size, tree, ("bank-a",)).split(b"\n\n")[1].split(b"\n", 1)[1]
    ),
    "no log signature": lambda size, tree: final(size, tree).replace(
        signed(size, tree).split(b"\n\n")[1], b""
    ),
    "cosignatures on another tree": lambda size, tree: (
        signed(size, tree) + final(size, bytes(32)).split(b"\n\n")[1].split(b"\n", 1)[1]
    ),
    "another log": lambda size, tree: final(size, tree).replace(
        b"test.dengbu.example", b"best.dengbu.example"
    ),
    "garbage": lambda size, tree: b"\x00\xff garbage",
    "nothing": lambda size, tree: b"",
}


@pytest.mark.parametrize("make", NOT_FINAL.values(), ids=NOT_FINAL)
def test_what_no_quorum_cosigned_is_not_final(
    make: Callable[[int, bytes], bytes], truth: Ledger, liar: Liar, victim: Member
) -> None:
    note = make(13, root(truth.leaves))
    liar.publish(13, note)
    victim.follower.start()
    until(lambda: victim.follower.trouble, "the victim says what is wrong")
    assert victim.follower.final_size == 0
    assert victim.application.store.last_checkpoint() is None
    liar.publish(13, final(13, root(truth.leaves)))
    until(lambda: victim.follower.final_size == 13, "the truth is followed again")
    assert evidence(victim) == []
