"""Builders for tests of the rules: a founded network in memory, real keys from fixed seeds, real envelopes, one judge."""

import functools
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec

from dengbu.ledger import admission
from dengbu.ledger.catalogue import ACTS
from dengbu.ledger.law.verdict import Code, Reason, name
from dengbu.ledger.log.commitment import commit
from dengbu.ledger.log.envelope import Envelope, parse_envelope, seal
from dengbu.ledger.log.keys import X25519, Signer, key_id
from dengbu.ledger.log.note import KeyKind, NoteVerifier, format_vkey
from dengbu.ledger.register.members import Institution, Policy
from dengbu.ledger.register.record import Record
from dengbu.ledger.register.records import Case, Deal, Right, Unit, encode
from dengbu.ledger.register.register import MemoryRegister
from dengbu.ledger.rules.act import OWNS
from dengbu.ledger.rules.rights import right_id
from dengbu.ledger.rules.rule import Event, LogPosition
from dengbu.ledger.rules.rule_sets import NEWEST, in_force
from dengbu.ledger.tax.tax import owed
from dengbu.ledger.transition import Decision, judge

NET = "test.dengbu.example/world"
START = 1_795_305_600_000  # 2026-11-22 08:00 UTC+8, a Sunday
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
MEMBERS = {"hz-registry": "registry", "hz-tax": "tax", "bank-a": "bank", "bank-b": "bank"}
GOVERNORS = ("hz-registry", "hz-tax", "bank-a")  # a quorum
COURTS = ("court-1", "court-2")
CLASSES = ("governance", "event", "cosign", "node", "envelope")
DISTRICT = "441302"
UNIT = "441302001001GB00001F00010001"
UNIT_2 = "441302001001GB00001F00010002"
PAPER = "(2026)粤1302执保1号"
SEIZED_UNTIL = "2028-11-22"
# What was refused in any world, as the tag of an act or the type of an event, and the code it was refused with;
# tests/ledger/conftest.py names what was never refused.
refused_with: set[tuple[str, Code]] = set()


def seed(institution: str, cls: str) -> bytes:
    """Return the fixed seed of a test key. Never configure such a key in production."""
    return hashlib.sha256(f"TEST {institution} {cls}".encode()).digest()


@functools.cache
def signer(institution: str, cls: str) -> Signer:
    """Return the key made from its fixed seed."""
    return Signer(seed(institution, cls))


def holder(who: str, share: str = "1/1") -> dict[str, str]:
    """Return a holder with a made-up reference."""
    return {"ref": ref(who), "share": share}


def ref(who: str) -> str:
    """A made-up holder reference."""
    return hashlib.sha256(f"holder {who}".encode()).hexdigest()


def public_keys(institution: str, classes: Sequence[str] = CLASSES) -> list[dict[str, str]]:
    """An institution's public keys as a genesis or an admission lists them."""
    return [
        {
            "cls": cls,
            "alg": X25519 if cls == "envelope" else "Ed25519",
            "public": signer(institution, cls).public.hex(),
        }
        for cls in classes
    ]


def member(institution: str, role: str) -> dict[str, Any]:
    """An institution as a genesis lists it."""
    classes = (*CLASSES, "log") if role == "registry" else CLASSES
    return {
        "id": institution,
        "role": role,
        "name_zh": f"{institution} 机构",
        "name_en": f"{institution} institution",
        "keys": public_keys(institution, classes),
    }


def policy(**changed: Any) -> dict[str, Any]:
    """The first policy, with changes."""
    first = Policy(
        version=1,
        governance_quorum=3,
        witness_quorum=3,
        witnesses=tuple(sorted(MEMBERS)),
        districts=(DISTRICT,),
        rule_set=NEWEST.hash,
    )
    found = msgspec.json.decode(encode(msgspec.structs.replace(first, **changed)))
    assert isinstance(found, dict)
    return found


def genesis_data(**changed: Any) -> dict[str, Any]:
    """The data of a genesis of MEMBERS."""
    log = NoteVerifier(NET, KeyKind.NOTE, signer("hz-registry", "log").public)
    return {
        "institutions": [member(institution, role) for institution, role in sorted(MEMBERS.items())],
        "policy": policy(**changed),
        "log": {"vkey": format_vkey(log)},
    }


def voting_genesis_data(**changed: Any) -> dict[str, Any]:
    """Return the same data where every founder also brings a vote key and a link key."""
    data = genesis_data(**changed)
    for one in data["institutions"]:
        one["keys"] += public_keys(one["id"], ("vote", "link"))
    return data


@dataclass
class World:
    """A register in memory and what happened to it; each event moves its clock on by a second."""

    register: MemoryRegister = field(default_factory=MemoryRegister)
    index: int = 0
    time: int = START
    ids: int = 0
    decisions: list[Decision] = field(default_factory=list)

    def at(self) -> LogPosition:
        """Return the log position of the next event."""
        return LogPosition(self.index, self.index, self.time)

    def envelope(
        self,
        actor: str,
        type_: str,
        data: Mapping[str, Any],
        *,
        signers: Sequence[Signer] | None = None,
        private: Mapping[str, Sequence[str]] | None = None,
        **body: Any,
    ) -> Envelope:
        """Seal an event; `private` maps a part's name to the institutions entitled to it."""
        self.ids += 1
        event_id = body.pop("id", f"event-{self.ids}")
        made: dict[str, Any] = {
            "v": 1,
            "net": NET,
            "type": type_,
            "id": event_id,
            "actor": actor,
            "not_after": self.time + HOUR_MS,
            "data": dict(data),
            **body,
        }
        if private:
            made["private"] = [
                {
                    "name": part,
                    "commitment": commit(NET, actor, event_id, part, bytes(32), {"part": part}),
                    "to": sorted(to),
                }
                for part, to in sorted(private.items())
            ]
        return parse_envelope(seal(made, signers or [signer(actor, "event")]))

    def admit(self, envelope: Envelope) -> Event[Any]:
        """Return the admitted event. Raises NotAdmitted as the ledger does."""
        try:
            return admission.admit(self.register, NET, envelope, self.at())
        except admission.NotAdmitted as refused:
            refused_with.add((envelope.body.type, refused.code))
            raise

    def judge(self, envelope: Envelope) -> Decision:
        """Return the decision on an event at this point, without applying it."""
        decision = judge(self.register, self.admit(envelope), self.at())
        refused_with.update((self._refused(envelope, reason), reason.code) for reason in decision.reasons)
        return decision

    def _refused(self, envelope: Envelope, reason: Reason) -> str:
        """The act that a reason is against, or else the type of the event."""
        place = (reason.at or {}).get("act")
        if place is None:
            return envelope.body.type
        data = envelope.body.data
        acts = data["acts"] if "acts" in data else self.one(Case, data["case"]).acts
        return str(acts[place - 1]["act"])

    def do(self, actor: str, type_: str, data: Mapping[str, Any], **more: Any) -> Decision:
        """Seal, admit, judge and apply an event, and advance the log and the clock."""
        decision = self.judge(self.envelope(actor, type_, data, **more))
        self.register.apply(decision.changes)
        self.index += 1
        self.time += 1000
        self.decisions.append(decision)
        return decision

    # ---- common steps --------------------------------------------------------------------------------------------

    def title(
        self, unit: str = UNIT, mode: str = "single", holders: Sequence[dict[str, str]] | None = None
    ) -> Right:
        """Import a title and return its right."""
        number = f"粤(2020)惠州市不动产权第{1 + len(self.decisions):07}号"
        right = {
            "mode": mode,
            "holders": list(holders or [holder("owner")]),
            "certificate": number,
            "registered_on": "2020-05-06",
        }
        done = self.do(
            "hz-registry",
            "title.import",
            {"unit": unit, "use": "dwelling", "area_cm2": 980_000, "right": right},
        )
        assert done.outcome == "recorded", codes(done)
        return self.one(Right, done.result["rights"][0])

    def apply(self, actor: str, *acts: Mapping[str, Any], **more: Any) -> Decision:
        """Apply for a case."""
        data = {
            "district": more.pop("district", DISTRICT),
            "channel": "counter",
            "acts": [dict(act) for act in acts],
        }
        return self.do(actor, "case.apply", data, **more)

    def accepted(self, actor: str, *acts: Mapping[str, Any], **more: Any) -> str:
        """Apply for a case that must be accepted; return its number."""
        done = self.apply(actor, *acts, **more)
        assert done.outcome == "accepted", codes(done)
        return str(done.result["case"])

    def enter(self, case: str) -> Decision:
        """Have the registry enter a case; the rights that this begins are those that the rows of its acts tell."""
        done = self.do("hz-registry", "case.enter", {"case": case})
        if done.outcome == "entered":
            told = [ACTS[act["act"]].begins(act) for act in self.one(Case, case).acts]
            begun = [
                one.id
                for one in done.changes
                if isinstance(one, Right) and one.kind == OWNS and one.cause == case
            ]
            assert sorted(begun) == sorted(right_id(unit, nth) for each in told for unit, nth in each.items())
        return done

    def entered(self, actor: str, *acts: Mapping[str, Any], **more: Any) -> Decision:
        """Apply and enter; both must succeed."""
        done = self.enter(self.accepted(actor, *acts, **more))
        assert done.outcome == "entered", codes(done)
        return done

    def mortgage(self, bank: str = "bank-a", right: Right | None = None, **changed: Any) -> str:
        """Enter a mortgage and return its id."""
        found = right or self.one(Right, str(self.one(Unit, UNIT).right))
        done = self.entered(bank, mortgage_act(found, bank, **changed))
        return str(done.result["mortgages"][0]["id"])

    def clear(self, case: str) -> None:
        """Assess and clear the tax of a sale by a person."""
        gates = {"deed": "due", "iit": "due", "lvat": "none"}
        assessed = self.do("hz-tax", "tax.assess", {"case": case, "version": 1, "gates": gates})
        assert assessed.outcome == "recorded", codes(assessed)
        found, deal = self.case(case), self.one(Deal, case)
        at = replace(self.at(), rule_set=in_force(self.register).number)
        vouchers = [
            {"tax": tax, "number": f"{tax}-{case}" + (f"-{nth}" if nth else ""), "kind": "payment"}
            for tax, state in gates.items()
            if state == "due"
            for nth in range(owed(found, deal, tax, at))
        ]
        cleared = self.do("hz-tax", "tax.clear", {"case": case, "version": 1, "vouchers": vouchers})
        assert cleared.outcome == "recorded", codes(cleared)

    def court(self, court: str = "court-1") -> None:
        """Admit a court."""
        self.join(court, "court")

    def join(self, institution: str, role: str) -> None:
        """Admit an institution with any role."""
        made = member(institution, role)
        keys = made.pop("keys")
        admitted = self.govern("institution.admit", {"institution": made, "keys": keys})
        assert admitted.outcome == "recorded", codes(admitted)

    def govern(self, type_: str, data: Mapping[str, Any], by: Sequence[str] = GOVERNORS) -> Decision:
        """Submit an event of governance, signed with the governance keys of these institutions; the first sends it."""
        return self.do(by[0], type_, data, signers=[signer(one, "governance") for one in by])

    def one(self, kind: type[Any], key: str) -> Any:
        """Return the record with a key; it must exist."""
        found = self.register.get(kind, key)
        assert found is not None, f"no {kind.__name__} {key}"
        return found

    def change(self, record: Record, **fields: Any) -> None:
        """Put the register into a state that no event of this catalogue produces (a dispute, an old mortgage)."""
        self.register.apply([msgspec.structs.replace(record, **fields)])

    def case(self, number: str) -> Case:
        """Return a case by its number."""
        found = self.one(Case, number)
        assert isinstance(found, Case)
        return found


def world(**changed: Any) -> World:
    """A founded network, with changes of its first policy."""
    if changed:
        return _founded(**changed)
    first = _as_usual()
    made = replace(first, register=MemoryRegister(), decisions=list(first.decisions))
    made.register.apply(first.register.items().values())
    return made


@functools.cache
def _as_usual() -> World:
    """The network that nearly every test starts from, founded once: records do not change, a register takes them over."""
    return _founded()


def _founded(**changed: Any) -> World:
    made = World()
    done = made.do(
        "hz-registry",
        "network.genesis",
        genesis_data(**changed),
        signers=[signer(institution, "governance") for institution in sorted(MEMBERS)],
    )
    assert done.outcome == "recorded", codes(done)
    return made


def the_right(town: World, unit: str = UNIT) -> Right:
    """Return the current right on a unit."""
    found = town.one(Right, str(town.one(Unit, unit).right))
    assert isinstance(found, Right)
    return found


def seize(
    town: World,
    court: str = "court-1",
    unit: str = UNIT,
    *,
    until: str = SEIZED_UNTIL,
    document: str = PAPER,
    **more: str,
) -> Decision:
    """Return the decision on a court's seizure of a unit; admit the court first if it has not joined."""
    if town.register.get(Institution, court) is None:
        town.court(court)
    return town.do(court, "court.seize", {"unit": unit, "document": document, "until": until, **more})


def seized(town: World, *which: str, **more: str) -> str:
    """Seize a unit, which must be recorded, and return the seizure's id."""
    done = seize(town, *which, **more)
    assert done.outcome == "recorded", codes(done)
    return str(done.result["seizure"])


def codes(decision: Decision) -> list[str]:
    """The names of a decision's reasons, in order."""
    return [name(reason.code) for reason in decision.reasons]


def mortgage_act(right: Right, bank: str = "bank-a", /, **changed: Any) -> dict[str, Any]:
    """Return the act mortgage.set with the consent of every holder."""
    return {
        "act": "mortgage.set",
        "unit": right.unit,
        "right": right.id,
        "mortgagee": bank,
        "kind": "ordinary",
        "no_transfer": False,
        "consent": [one.ref for one in right.holders],
        **changed,
    }


def transfer_act(right: Right, to: str = "buyer", /, **changed: Any) -> dict[str, Any]:
    """Return a sale of the whole by all holders to one buyer; a succession also declares the heirs."""
    made = {
        "act": "transfer",
        "unit": right.unit,
        "right": right.id,
        "cause": "sale",
        "seller": "person",
        "mode": "single",
        "holders": [holder(to)],
        "consent": [one.ref for one in right.holders],
        **changed,
    }
    if made["cause"] in ("inheritance", "legacy"):
        made.setdefault("heirs", "notarised")
    return made


__all__ = ["NET", "UNIT", "UNIT_2", "World", "codes", "key_id", "mortgage_act", "transfer_act", "world"]
