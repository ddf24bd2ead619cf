"""A short history of a register for the golden vectors: envelopes in, decisions, changed rows and register digest out."""

from typing import Any

from dengbu.ledger.log.digest import RegisterDigest
from dengbu.ledger.register.records import Right, Unit, encode
from dengbu.ledger.register.register import Register
from dengbu.ledger.transition import Decision
from tests.worlds import (
    MEMBERS,
    UNIT,
    UNIT_2,
    World,
    genesis_data,
    member,
    mortgage_act,
    public_keys,
    signer,
    transfer_act,
)

COURT = "court-1"
GATES = {"deed": "due", "iit": "due", "lvat": "none"}


class Recorder(World):
    """A world that records, for each event, what a second implementation must arrive at."""

    def __init__(self) -> None:
        super().__init__()
        self.steps: list[dict[str, Any]] = []
        self.digest = RegisterDigest()

    def do(self, actor: str, type_: str, data: Any, **more: Any) -> Decision:
        """Judge and apply an event, and record it."""
        envelope, at = self.envelope(actor, type_, data, **more), self.at()
        decision = self.judge(envelope)
        rows = [self._replace(self.register, record) for record in decision.changes]
        self.register.apply(decision.changes)
        self.steps.append(
            {
                "height": at.height,
                "time": at.time,
                "envelope": envelope.raw.decode(),
                "decision": decision.as_json(self.digest.hex()),
                "rows": rows,
            }
        )
        self.index += 1
        self.time += 1000
        self.decisions.append(decision)
        return decision

    def _replace(self, register: Register, record: Any) -> dict[str, str]:
        before = register.get(type(record), record.key)
        raw = encode(record)
        old = encode(before) if before is not None else None
        self.digest = self.digest.replace(record.TABLE, record.key, old, raw)
        return {"table": record.TABLE, "key": record.key, "row": raw.decode()}


def tell() -> list[dict[str, Any]]:
    """Tell a history: genesis, two titles, a mortgage, a sale before and after its tax, a seizure and a refused sale."""
    made = Recorder()
    founders = [signer(institution, "governance") for institution in sorted(MEMBERS)]
    first = genesis_data(rule_set="")  # the first rule set: what is recorded here never changes
    made.do("hz-registry", "network.genesis", first, signers=founders)
    made.title()
    made.title(UNIT_2)
    made.entered("bank-a", mortgage_act(_right(made, UNIT)), private={"terms": ["bank-a", "hz-registry"]})
    case = made.accepted(
        "hz-registry", transfer_act(_right(made, UNIT)), private={"contract": ["hz-registry", "hz-tax"]}
    )
    made.enter(case)  # refused: not assessed, not paid
    made.do("hz-tax", "tax.assess", {"case": case, "version": 1, "gates": GATES})
    vouchers = [{"tax": tax, "number": f"V-{tax}", "kind": "payment"} for tax in ("deed", "iit")]
    made.do("hz-tax", "tax.clear", {"case": case, "version": 1, "vouchers": vouchers})
    made.enter(case)
    institution = {name: value for name, value in member(COURT, "court").items() if name != "keys"}
    admission = {"institution": institution, "keys": public_keys(COURT)}
    made.do("hz-registry", "institution.admit", admission, signers=founders)
    made.do(COURT, "court.seize", {"unit": UNIT_2, "document": "(2026)粤1302执1号", "until": "2028-06-30"})
    made.apply("hz-registry", transfer_act(_right(made, UNIT_2)))  # refused: seized
    return made.steps


def _right(made: World, unit: str) -> Right:
    found = made.one(Right, made.one(Unit, unit).right)
    assert isinstance(found, Right)
    return found
