"""A node that kills itself, or the CometBFT beside it, at a named step of CometBFT's requests, as a power cut would.

    python -m tests.faults.dying FILE run --home ...

FILE, once it is there, says "VICTIM KIND MOMENT": "node" or "engine"; a request of ABCI; "before" it is handled, or
"after", with the answer not sent. It happens, once, at the next request of the kind; where events may come with it, at
the next that bears one.
"""

import os
import signal
import sys
from pathlib import Path

import psutil

from dengbu.nodes.engines.cometbft.abci_pb2 import Request, Response
from dengbu.nodes.engines.cometbft.adaptor import Adaptor
from dengbu.scripts.cli import main

WITH_EVENTS = ("prepare_proposal", "process_proposal", "finalize_block")


def engine_beside(home: Path) -> int:
    """Return the process id of the CometBFT that was started with a home."""
    for each in psutil.process_iter(["cmdline"]):
        words = each.info["cmdline"] or [""]
        if words[0].endswith("cometbft") and str(home / "cometbft") in words:
            return int(each.pid)
    raise AssertionError(f"no CometBFT runs with {home}")


def install(armed: Path, home: Path) -> None:
    """Wrap the adaptor's answers so that the armed step kills its victim."""
    answer = Adaptor.answer

    def end(victim: str) -> None:
        os.kill(os.getpid() if victim == "node" else engine_beside(home), signal.SIGKILL)

    def said(adaptor: Adaptor, request: Request) -> tuple[str, str]:
        """Return victim and moment if this request is the armed step, two empty strings if not."""
        if not armed.exists():
            return "", ""
        victim, kind, moment = armed.read_text().split()
        if request.WhichOneof("value") != kind:
            return "", ""
        if kind in WITH_EVENTS and not getattr(request, kind).txs:
            return "", ""
        decided = adaptor._decided
        if kind == "commit" and decided and decided[0].head.size == adaptor._application.head.size:
            return "", ""
        armed.unlink()
        return victim, moment

    def answering(self: Adaptor, request: Request) -> Response:
        victim, moment = said(self, request)
        if moment == "before":
            end(victim)
        response = answer(self, request)
        if moment == "after":
            end(victim)
        return response

    Adaptor.answer = answering  # type: ignore[method-assign]


if __name__ == "__main__":
    file, *rest = sys.argv[1:]
    install(Path(file), Path(rest[rest.index("--home") + 1]))
    main(["node", *rest])
