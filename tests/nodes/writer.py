"""A process that writes a ledger until it is killed: `python -m tests.nodes.writer HOME EVENTS [POINT COUNT]`.

EVENTS is a file of leaves from a leader, base64, one a line. Each committed size is printed, after the commit. With a
point, the process kills itself with SIGKILL at the COUNT-th time it gets there.
"""

import base64
import os
import signal
import sys
from pathlib import Path

from dengbu.nodes.execution.application import Application
from dengbu.nodes.finality.lastsigned import LastSigned
from dengbu.nodes.store.connection import FatalStorage
from dengbu.nodes.store.store import Store

POINTS = (
    "finalized",
    "begun",
    "entries",
    "hashes",
    "register",
    "before-commit",
    "after-commit",
    "signed",
    "acked",
)
_STATEMENTS = {
    "BEGIN IMMEDIATE": "begun",
    "INSERT INTO entries": "entries",
    "INSERT INTO hashes": "hashes",
    "INSERT INTO register": "register",
    "COMMIT": "before-commit",
}


def main(home: Path, told: Path, point: str = "", count: int = 0) -> None:
    """Replay the events that are not in the ledger yet, one to a block."""
    left = count

    def reached(name: str) -> None:
        nonlocal left
        if name == point:
            left -= 1
            if left <= 0:
                os.kill(os.getpid(), signal.SIGKILL)

    def traced(statement: str) -> None:  # called by SQLite as each statement begins
        for opening, name in _STATEMENTS.items():
            if statement.startswith(opening):
                reached(name)

    leaves = [base64.b64decode(line) for line in told.read_text().split()]
    store = Store.open(home)
    store._writer.set_trace_callback(traced)
    application = Application(store, store.net())
    last_signed = LastSigned(home / "last-signed")
    while application.head.size < len(leaves):
        finalized = application.replay(leaves[application.head.size :][:1])
        reached("finalized")
        head = application.commit(finalized)
        reached("after-commit")
        last_signed.advance(head.size, head.root)
        reached("signed")
        sys.stdout.write(f"{head.size}\n")
        sys.stdout.flush()
        reached("acked")


if __name__ == "__main__":
    arguments = sys.argv[1:]
    try:
        main(Path(arguments[0]), Path(arguments[1]), *arguments[2:3], *map(int, arguments[3:4]))
    except FatalStorage as fault:
        sys.stdout.write(f"fatal {fault}\n")
        sys.exit(70)
