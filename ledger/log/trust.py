"""Trust policies (C2SP tlog-policy): which log key, which cosigners, and how many of them suffice.

log <vkey> [url] | witness <name> <vkey> [url] | group <name> all|any|<k> <member>... | quorum <name>|none
"""

import re
from collections.abc import Mapping, Sequence

import msgspec

from dengbu.ledger.log.checkpoint import Checkpoint, parse_body
from dengbu.ledger.log.encoding import Malformed
from dengbu.ledger.log.keys import check_public
from dengbu.ledger.log.note import KeyKind, NoteVerifier, format_vkey, open_note, parse_vkey
from dengbu.ledger.log.note import NotTrusted as NotTrusted

POLICY_BYTES_MAX = 65_536
WITNESSES_MAX = 64
GROUP = "institutions"
_NONE = "none"
_ALLOWED = re.compile("[\t\n\x20-\x7e\x80-\U0010ffff]*")
_COUNT = re.compile(r"[1-9][0-9]{0,3}", re.ASCII)


class Group(msgspec.Struct, frozen=True):
    """A group, satisfied when at least `needed` of its members are. A member is a witness or another group."""

    needed: int
    members: tuple[str, ...]


class Verified(msgspec.Struct, frozen=True):
    """A checkpoint that satisfies the policy; cosigners are (key name, UTC seconds), in policy order."""

    checkpoint: Checkpoint
    cosigners: tuple[tuple[str, int], ...]


class Trust(msgspec.Struct, frozen=True):
    """A parsed policy. Every witness has its own public key, so each key has one vote."""

    log: NoteVerifier
    witnesses: Mapping[str, NoteVerifier]
    groups: Mapping[str, Group]
    quorum: str

    def check(self, note: bytes) -> Verified:
        """Verify the checkpoint in a note; raise `NotTrusted` unless the log signed it and a quorum cosigned it."""
        try:
            opened = open_note(note, [self.log, *self.witnesses.values()])
            checkpoint = parse_body(opened.text)
        except Malformed as fault:
            raise NotTrusted("malformed-checkpoint", str(fault)) from fault
        if checkpoint.origin != self.log.name:
            raise NotTrusted("other-log", f"this is the log {checkpoint.origin}, not {self.log.name}")
        times = {signed.verifier: signed.time for signed in opened.verified}
        if self.log not in times:
            raise NotTrusted(
                "no-log-signature", f"the log key {self.log.name} has not signed this checkpoint"
            )
        cosigners: list[tuple[str, int]] = []
        present: list[str] = []
        for name, witness in self.witnesses.items():
            time = times.get(witness)
            if time is not None:
                cosigners.append((witness.name, time))
                present.append(name)
        if not self._satisfied(self.quorum, present):
            raise NotTrusted(
                "quorum", f"{len(present)} cosignatures do not satisfy the quorum {self.quorum!r}"
            )
        return Verified(checkpoint, tuple(cosigners))

    def _satisfied(self, name: str, present: Sequence[str]) -> bool:
        group = self.groups.get(name)
        if group is None:
            return name == _NONE or name in present
        return sum(self._satisfied(member, present) for member in group.members) >= group.needed


def format_policy(log: NoteVerifier, witnesses: Mapping[str, NoteVerifier], needed: int) -> str:
    """Return the policy file of a network in which `needed` cosignatures of its institutions suffice."""
    lines = [f"log {format_vkey(log)}"]
    lines += [f"witness {name} {format_vkey(witness)}" for name, witness in witnesses.items()]
    lines += [f"group {GROUP} {needed} {' '.join(witnesses)}", f"quorum {GROUP}"]
    return "\n".join(lines) + "\n"


def parse_policy(text: str) -> Trust:
    """Parse a policy file; raise `Malformed` with the line of the fault.

    A policy has exactly one log line and one quorum line.
    """
    if len(text) > POLICY_BYTES_MAX or not _ALLOWED.fullmatch(text):
        raise Malformed(
            "policy", "", f"a policy is at most {POLICY_BYTES_MAX} characters, and no control characters"
        )
    reading = _Reading()
    for number, line in enumerate(text.split("\n"), start=1):
        words = line.replace("\t", " ").split(" ")
        words = [word for word in words if word]
        if not words or words[0].startswith("#"):
            continue
        try:
            reading.line(words)
        except Malformed as fault:
            raise Malformed(fault.code, f"line {number}", fault.message) from None
    return reading.finish()


class _Reading:
    """The definitions on the lines read so far; a name must be defined before it is used."""

    def __init__(self) -> None:
        self._log: NoteVerifier | None = None
        self._witnesses: dict[str, NoteVerifier] = {}
        self._groups: dict[str, Group] = {}
        self._grouped: list[str] = []
        self._publics: list[bytes] = []
        self._quorum: str | None = None

    def line(self, words: list[str]) -> None:
        match words:
            case ["log", vkey] | ["log", vkey, _]:
                self._one(self._log, "log")
                self._log = self._key(vkey, KeyKind.NOTE)
            case ["witness", name, vkey] | ["witness", name, vkey, _]:
                self._new(name)
                if len(self._witnesses) == WITNESSES_MAX:
                    raise Malformed("policy", "", f"at most {WITNESSES_MAX} witnesses are allowed")
                self._witnesses[name] = self._key(vkey, KeyKind.COSIGNATURE)
            case ["group", name, needed, *members] if members:
                self._new(name)
                self._groups[name] = self._group(needed, members)
            case ["quorum", name]:
                self._one(self._quorum, "quorum")
                if name != _NONE:
                    self._known(name)
                self._quorum = name
            case _:
                raise Malformed("policy", "", "expected log, witness, group or quorum with its words")

    def finish(self) -> Trust:
        if self._log is None or self._quorum is None:
            raise Malformed("policy", "", "a policy has one log line and one quorum line")
        return Trust(self._log, self._witnesses, self._groups, self._quorum)

    def _key(self, vkey: str, kind: KeyKind) -> NoteVerifier:
        verifier = parse_vkey(vkey)
        if verifier.kind is not kind:
            raise Malformed("policy", "", "a log has a key of kind 01, a witness one of kind 04")
        check_public(verifier.public)
        # The signed bytes do not name the cosigner, so one key under two names would have two votes.
        if verifier.public in self._publics:
            raise Malformed("policy", "", "the same public key is on two lines")
        self._publics.append(verifier.public)
        return verifier

    def _group(self, needed: str, members: list[str]) -> Group:
        for member in members:
            self._known(member)
            if member in self._grouped:
                raise Malformed("policy", "", f"{member} is a member twice")
            self._grouped.append(member)
        count = {"all": len(members), "any": 1}.get(needed)
        if count is None:
            if not _COUNT.fullmatch(needed) or int(needed) > len(members):
                raise Malformed("policy", "", f"{needed[:8]!r} is not all, any or 1..{len(members)}")
            count = int(needed)
        return Group(count, tuple(members))

    def _new(self, name: str) -> None:
        if name == _NONE or name in self._witnesses or name in self._groups:
            raise Malformed("policy", "", f"the name {name} is taken")

    def _known(self, name: str) -> None:
        if name not in self._witnesses and name not in self._groups:
            raise Malformed("policy", "", f"{name} is not defined above")

    def _one(self, before: object, what: str) -> None:
        if before is not None:
            raise Malformed("policy", "", f"there is a second {what} line")
