"""Founds a network whose founders sit apart: each home stays on its own machine, and files are passed around.

propose   all requests in one body, which nobody has signed yet
sign      each founder in turn checks that its own request is in it, then signs; the last signature makes the genesis
check     judges the whole genesis by the rules that every node will apply
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dengbu.ledger.admission import NotAdmitted, admit
from dengbu.ledger.law.identifiers import HUIZHOU, Places
from dengbu.ledger.law.verdict import name
from dengbu.ledger.law.wording import TEXT
from dengbu.ledger.log.encoding import Malformed, canonical, parse
from dengbu.ledger.log.envelope import ENVELOPE_BYTES_MAX, Body, convert, parse_envelope
from dengbu.ledger.log.keys import key_id
from dengbu.ledger.register.members import Policy
from dengbu.ledger.register.register import MemoryRegister
from dengbu.ledger.rules.rule import LogPosition
from dengbu.ledger.rules.rule_sets import UnknownRuleSet, named
from dengbu.ledger.transition import judge
from dengbu.nodes.founding import genesis
from dengbu.nodes.founding.genesis import EVENT_TYPE, GenesisError, Request, founding_time, policy_text
from dengbu.nodes.home.clock import now_ms
from dengbu.nodes.home.keystore import ED25519, GOVERNANCE, Keystore

SEALED = ["body", "sigs"]  # the members of a proposal that somebody has signed
SIGNED, UNSIGNED = "+", "-"


@dataclass(frozen=True)
class Proposal:
    """A genesis being passed around: its bytes and content, the founders, and the ids of the keys that have signed."""

    raw: bytes
    value: dict[str, Any]
    body: Body
    founders: tuple[Request, ...]
    keys: tuple[str, ...]

    @property
    def missing(self) -> list[str]:
        """The founders who have not signed yet."""
        return [one.id for one in self.founders if _governance(one) not in self.keys]

    @property
    def policy(self) -> str:
        """The text of the policy file that follows from the proposal."""
        return policy_text(self.body.net, self.founders, convert(self.body.data["policy"], Policy))

    def __str__(self) -> str:
        """Return one line for each founder, with the id of its signing key, for people to compare by telephone."""
        return "\n".join(
            f"{UNSIGNED if one.id in self.missing else SIGNED} {one.id} {one.role} {one.name_zh} {one.name_en} "
            f"{_governance(one)}"
            for one in self.founders
        )


def propose(net: str, files: Sequence[Path], places: Places = HUIZHOU) -> bytes:
    """Return the bytes of a proposal of these requests, under the default policy; nothing in it is secret."""
    requests = [genesis.read_request_file(path) for path in files]
    return canonical(genesis.propose(net, requests, genesis.default_policy(requests, places)))


def read(raw: bytes) -> Proposal:
    """Read a proposal, signed by nobody yet, by some or by all. Raises `Malformed` or `GenesisError`."""
    value = parse(raw, limit=ENVELOPE_BYTES_MAX)
    if not isinstance(value, dict):
        raise Malformed("shape", "", "not a JSON object")
    sealed = parse_envelope(raw) if sorted(value) == SEALED else None
    body = sealed.body if sealed else convert(value, Body)
    if body.type != EVENT_TYPE:
        raise GenesisError(f"不是创世事件 this is {body.type}, not {EVENT_TYPE}")
    founders = tuple(convert(one, Request) for one in body.data.get("institutions", []))
    return Proposal(raw, value, body, founders, tuple(one.key for one in sealed.sigs) if sealed else ())


def sign(home: Path, proposal: Proposal, keystore: Keystore) -> Proposal:
    """Add a founder's signature, if the proposal holds the request in its home. Raises `GenesisError`."""
    own = genesis.read_request(home)
    if own not in proposal.founders:
        raise GenesisError(
            f"提案与本机构的申请不符 the proposal does not hold the request of {own.id} as it is in {home}"
        )
    if own.id not in proposal.missing:
        raise GenesisError(
            f"{own.id} 已签署 has signed this; still missing: {', '.join(proposal.missing) or '-'}"
        )
    _compare_rules(proposal)
    if proposal.body.not_after < now_ms():
        raise GenesisError("提案已过期 the time to sign this proposal is over; propose again")
    signed = read(genesis.sign(proposal.raw if proposal.keys else proposal.value, keystore))
    if not signed.missing:
        check(signed)
    return signed


def check(proposal: Proposal) -> None:
    """Raise `GenesisError` unless every founder has signed and the rules accept the genesis."""
    if proposal.missing:
        raise GenesisError(f"尚未签署 not signed yet by: {', '.join(proposal.missing)}")
    envelope = parse_envelope(proposal.raw)
    at = LogPosition(index=0, height=1, time=founding_time(envelope))
    try:
        event = admit(None, proposal.body.net, envelope, at)
    except NotAdmitted as refusal:
        raise GenesisError(f"创世事件无效 the genesis is not valid: {refusal}") from refusal
    reasons = judge(MemoryRegister(), event, at).reasons
    if reasons:
        why = "; ".join(f"{' '.join(TEXT[one.code])} [{name(one.code)}]" for one in reasons)
        raise GenesisError(f"创世事件无效 the genesis is not valid: {why}")


def _compare_rules(proposal: Proposal) -> None:
    """Raise `GenesisError` if the proposal names rules that this software does not have."""
    try:
        named(convert(proposal.body.data.get("policy"), Policy).rule_set)
    except UnknownRuleSet as fault:
        raise GenesisError(str(fault)) from fault


def _governance(request: Request) -> str:
    """Return the id of the key that signs for a founder."""
    return key_id(ED25519, genesis.public_key(request, GOVERNANCE))
