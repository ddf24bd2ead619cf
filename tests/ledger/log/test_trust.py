"""Policies: what parses, what is refused, and which cosigners are enough."""

import json
from typing import Any

import pytest

from dengbu.ledger.log.checkpoint import cosignature_line, sign_checkpoint
from dengbu.ledger.log.encoding import Malformed
from dengbu.ledger.log.keys import Signer
from dengbu.ledger.log.note import KeyKind, NoteSigner, NoteVerifier, NotTrusted, format_vkey
from dengbu.ledger.log.trust import POLICY_BYTES_MAX, WITNESSES_MAX, Trust, format_policy, parse_policy
from tests.ledger.small_log import COSIGNERS, LOG, NET, POLICY, SmallLog, signer
from tests.vectors_dir import public_vectors

LOG_LINE, *WITNESS_LINES, GROUP_LINE, QUORUM_LINE = POLICY.splitlines()
CHECKPOINT = SmallLog(3).checkpoint()


def note(*cosigners: NoteSigner) -> bytes:
    made = sign_checkpoint(CHECKPOINT, LOG)
    for one in cosigners:
        made += cosignature_line(CHECKPOINT.body(), one, 5)
    return made


def policy(*lines: str) -> Trust:
    return parse_policy("\n".join([LOG_LINE, *WITNESS_LINES, *lines]) + "\n")


def test_a_written_policy_reads_back() -> None:
    trust = parse_policy(POLICY)
    assert format_policy(trust.log, dict(trust.witnesses), 3) == POLICY


def test_comments_blanks_tabs_and_urls_are_allowed() -> None:
    text = POLICY.replace(" ", " \t ").replace(
        LOG_LINE.split()[1], LOG_LINE.split()[1] + " https://log.example/登记"
    )
    text = text.replace("\n", "\n\n# 说明\n")
    assert parse_policy(text) == parse_policy(POLICY)


@pytest.mark.parametrize(
    ("rule", "enough", "short"),
    [
        (("group g any bank-a hz-tax", "quorum g"), (3,), (1,)),
        (("group g all bank-a hz-tax", "quorum g"), (0, 3), (0,)),
        (("group g 2 bank-a hz-tax court-hz", "quorum g"), (0, 1), (2, 3)),
        (("quorum hz-tax",), (3,), (0, 1, 2)),
        (("group a any bank-a hz-tax", "group b all a hz-registry", "quorum b"), (0, 2), (0, 3)),
    ],
)
def test_quorums(rule: tuple[str, ...], enough: tuple[int, ...], short: tuple[int, ...]) -> None:
    trust = policy(*rule)
    verified = trust.check(note(*(COSIGNERS[place] for place in enough)))
    assert [name for name, _ in verified.cosigners] == [COSIGNERS[place].verifier.name for place in enough]
    with pytest.raises(NotTrusted, match="quorum"):
        trust.check(note(*(COSIGNERS[place] for place in short)))


def test_a_quorum_of_none_asks_for_the_log_alone() -> None:
    assert policy("quorum none").check(note()).cosigners == ()


@pytest.mark.parametrize(
    "lines",
    [
        ("quorum nobody",),
        ("group g 5 bank-a hz-tax", "quorum g"),
        ("group g 0 bank-a", "quorum g"),
        ("group g 01 bank-a", "quorum g"),
        ("group g \u0661 bank-a", "quorum g"),
        ("group g +1 bank-a", "quorum g"),
        ("group g any", "quorum g"),
        ("group g any bank-a bank-a", "quorum g"),
        ("group g any g", "quorum g"),
        ("group g any bank-a", "group h any bank-a", "quorum g"),
        ("group bank-a any hz-tax", "quorum bank-a"),
        ("group none any hz-tax", "quorum none"),
        ("quorum none", "quorum none"),
        (LOG_LINE, "quorum none"),
        (LOG_LINE.replace("log", "log2"), "quorum none"),
        ("quorum", "quorum none"),
        ("quorum none none",),
        ("quorum none\x0b",),
        ("quorum none\r",),
        ("# " + "x" * POLICY_BYTES_MAX, "quorum none"),
        (WITNESS_LINES[0].replace("witness bank-a", "witness again"), "quorum none"),
        (
            f"witness log {format_vkey(NoteVerifier(NET, KeyKind.COSIGNATURE, LOG.verifier.public))}",
            "quorum none",
        ),
        (f"witness note {format_vkey(NoteVerifier(NET, KeyKind.NOTE, signer('n').public))}", "quorum none"),
        (f"witness zero {format_vkey(NoteVerifier('zero', KeyKind.COSIGNATURE, bytes(32)))}", "quorum none"),
        (),
    ],
)
def test_faulty_policies_are_refused(lines: tuple[str, ...]) -> None:
    with pytest.raises(Malformed) as refused:
        policy(*lines)
    assert str(refused.value)


def test_a_policy_needs_a_log() -> None:
    with pytest.raises(Malformed, match="one log line"):
        parse_policy("quorum none\n")


def test_the_line_of_a_fault_is_named() -> None:
    with pytest.raises(Malformed) as refused:
        policy("quorum nobody")
    assert refused.value.where == "line 6"


def test_there_is_a_limit_to_witnesses() -> None:
    many = [
        f"witness w{number} "
        + format_vkey(NoteVerifier("w", KeyKind.COSIGNATURE, Signer(bytes([number]) * 32).public))
        for number in range(WITNESSES_MAX - len(WITNESS_LINES) + 1)
    ]
    assert len(policy(*many[:-1], "quorum none").witnesses) == WITNESSES_MAX
    with pytest.raises(Malformed, match="at most"):
        policy(*many, "quorum none")


def test_a_broken_note_is_not_trusted() -> None:
    for raw in (b"", b"\xff\n\n", note()[:-1], note().replace(b"\n3\n", b"\n03\n")):
        with pytest.raises(NotTrusted):
            parse_policy(POLICY).check(raw)


def test_public_policies() -> None:
    found: dict[str, Any] = json.loads(public_vectors("receipt/policy_generated.json").read_text())
    assert len(parse_policy(found["valid"]).witnesses) == 4
    for one in found["invalid"]:
        with pytest.raises(Malformed):
            parse_policy(one["text"])
    assert len(found["invalid"]) == 11
