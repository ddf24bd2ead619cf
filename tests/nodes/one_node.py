"""One node's checks over a vault, a register and a log that the test fills, without a network."""

from pathlib import Path
from typing import Any

from nacl.public import PrivateKey

from dengbu.ledger.cases.judging import typed, units_of
from dengbu.ledger.log.entry import Entry, make_leaf, parse_leaf
from dengbu.ledger.log.envelope import parse_envelope, seal
from dengbu.ledger.log.keys import Signer
from dengbu.ledger.register.record import Holder
from dengbu.ledger.register.records import Case, Deal, Right, Voucher
from dengbu.ledger.register.register import MemoryRegister
from dengbu.nodes.private.checks import Checks
from dengbu.nodes.private.findings import LASTING
from dengbu.nodes.private.holders import holder_ref
from dengbu.nodes.private.package import Keyring, Package, PrivatePart, make_package, private_of
from dengbu.nodes.private.vault import Vault

NET = "huizhou.example/2026"
CASE = "441302-20261122-000001"
UNIT = "441302001001GB00001F00010001"
RIGHT = f"R-{UNIT}-1"
KEY = bytes(range(32))
NAMES = ("bank-a", "hz-registry", "hz-tax")
KEYS = {name: PrivateKey.generate() for name in NAMES}
PUBLICS = {name: bytes(key.public_key) for name, key in KEYS.items()}
SELLER = {"name": "陈文志", "id_type": "1", "id_no": "441302190001010019"}
BUYER = {"name": "李国华", "id_type": "1", "id_no": "44130219050505009x"}
ALL = ("bank-a", "hz-registry", "hz-tax")


def ref(person: dict[str, str], unit: str = UNIT) -> str:
    """Return the reference of a person on a unit."""
    return holder_ref(KEY, unit, person["id_type"], person["id_no"])


TRANSFER = {
    "act": "transfer", "unit": UNIT, "right": RIGHT, "cause": "sale", "seller": "person", "mode": "single",
    "holders": [{"ref": ref(BUYER), "share": "1/1"}], "consent": [ref(SELLER)],
}  # fmt: skip
MORTGAGE = {
    "act": "mortgage.set", "unit": UNIT, "right": RIGHT, "mortgagee": "bank-a", "kind": "ordinary", "no_transfer": False,
    "consent": [ref(SELLER)],
}  # fmt: skip
PARTIES = {"transferors": [SELLER], "transferees": [BUYER]}
CONTRACT = {"price_fen": 120_000_000, "signed_on": "2026-11-20"}


class Town:
    """One node's checks over a vault, a register and a log that the test fills."""

    def __init__(self, home: Path, institution: str, role: str) -> None:
        self.register = MemoryRegister()
        self.vault = Vault(home / "vault.db")
        self.entries: list[Entry] = []
        self.institution = institution
        self.checks = Checks(
            role,
            Keyring(institution, KEYS[institution]),
            self.vault,
            lambda: self.register,
            lambda number: self.entries,
            KEY if role == "registry" else None,
        )
        holder = Holder(ref=ref(SELLER), share="1/1")
        self.register.apply(
            [Right(id=RIGHT, unit=UNIT, kind="ownership", mode="single", holders=(holder,), certificate="c",
                   since=1, time=1, cause="import", status="current")]
        )  # fmt: skip

    def apply(
        self, acts: list[dict[str, Any]], parts: dict[str, PrivatePart], *, keep: bool = True
    ) -> list[Package]:
        """Put an accepted application on the log; with `keep`, its payloads have arrived."""
        units = units_of(self.register, typed(acts))
        self.register.apply(
            [Case(number=CASE, actor="hz-registry", district="441302", channel="counter", acts=tuple(acts),
                  units=units, state="accepted", applied=1, applied_at=1, event="", deal="cause" in acts[0])]
        )  # fmt: skip
        return self.log("case.apply", {"acts": acts}, parts, keep=keep)

    def assessed(self, version: int, gates: dict[str, str], state: str = "CLEARED") -> None:
        """Put the deal into the register; once cleared, it has a payment voucher for each tax that is due."""
        due = [tax for tax, gate in gates.items() if gate == "due" and state == "CLEARED"]
        self.register.apply(
            [Deal(case=CASE, units=(UNIT,), state=state, version=version, binding="0" * 64,
                  required=tuple(gates), gates=gates, cleared={tax: f"V-{tax}" for tax in due})]
        )  # fmt: skip
        self.register.apply([Voucher(f"V-{tax}", tax, "payment", CASE, version, "issued") for tax in due])

    def log(
        self,
        event_type: str,
        data: dict[str, Any],
        parts: dict[str, PrivatePart],
        *,
        keep: bool = True,
        outcome: str = "accepted",
    ) -> list[Package]:
        """Add one entry of the case with its private parts to the log."""
        event_id = f"e-{len(self.entries)}"
        made = [
            make_package(NET, "bank-a", event_id, name, part, PUBLICS) for name, part in sorted(parts.items())
        ]
        body = {"v": 1, "net": NET, "type": event_type, "id": event_id, "actor": "bank-a",
                "not_after": 10**12, "data": data}  # fmt: skip
        if made:
            body["private"] = private_of(made)
        decision: dict[str, Any] = {"outcome": outcome, "register": "0" * 64}
        if outcome == "refused":
            decision["reasons"] = [{"code": 1, "name": "x", "law": []}]
        envelope = parse_envelope(seal(body, [Signer(bytes(32))]))
        self.entries.append(parse_leaf(make_leaf(len(self.entries), 1, 1, "0" * 64, envelope, decision)))
        if keep:
            self.vault.put(made)
        return made

    def found(self, event_type: str, data: dict[str, Any] | None = None, **parts: PrivatePart) -> list[str]:
        """Return the codes of the problems found before this node signs."""
        return [one.code for one in self.checks.before(event_type, data or {"case": CASE}, parts)]

    def left(self) -> list[str]:
        """Return why the desk would leave the case to a person for good, by codes; empty if it would enter it."""
        problems, found = self.checks.for_desk(CASE)
        return [one.code for one in (*problems, *found) if one in found or one.code in LASTING]
