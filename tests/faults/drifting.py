"""A build that is not deterministic: a number from Python's seeded hash enters the decision on each application.

python -m tests.faults.drifting run --home ...
"""

import dataclasses
import sys

from dengbu.ledger.register.register import Register
from dengbu.ledger.rules.rule import Event, LogPosition
from dengbu.ledger.transition import Decision, judge
from dengbu.nodes.execution import execution
from dengbu.scripts.cli import main


def drifting(register: Register, event: Event, at: LogPosition) -> Decision:
    """Return the decision with a drifting number added, as a set's order, a clock or a float could bring in."""
    decision = judge(register, event, at)
    if event.envelope.body.type != "case.apply":
        return decision
    return dataclasses.replace(decision, result={**decision.result, "drift": hash("登簿") % 1_000_003})


if __name__ == "__main__":
    execution.judge = drifting  # type: ignore[attr-defined]
    main(["node", *sys.argv[1:]])
