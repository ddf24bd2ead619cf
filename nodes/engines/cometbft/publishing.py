"""Makes heads final on the node that holds the log key, while consensus goes on committing blocks."""

import logging
import threading
from collections.abc import Callable, Sequence

from dengbu.ledger.log.checkpoint import Checkpoint
from dengbu.nodes.engines.cometbft.subscriber import halted_by
from dengbu.nodes.finality import evidence
from dengbu.nodes.finality.appender import Appender
from dengbu.nodes.finality.evidence import Evidence
from dengbu.nodes.finality.publisher import Publisher
from dengbu.nodes.finality.witness import Reply

WAIT_S = 0.5

log = logging.getLogger("dengbu.cometbft")


class Publishing:
    """Publishes the newest head whenever it has more entries than are final."""

    def __init__(
        self,
        appender: Appender,
        publisher: Publisher,
        kept: Evidence,
        now_ms: Callable[[], int],
        failed: Callable[[BaseException], None],
    ) -> None:
        self._application = appender.application
        self._progress = appender.progress
        self._quorum = appender.quorum
        self._publisher = publisher
        self._evidence = kept
        self._now_ms = now_ms
        self._failed = failed
        self._thread = threading.Thread(target=self._run, name="publishing")
        found = kept.halting()
        self.halted: str | None = halted_by(str(found)) if found else None

    def start(self) -> None:
        """Start the threads; the first checkpoint covers the head as it stands."""
        self._publisher.start()
        self._thread.start()

    def stop(self) -> None:
        """End and join the threads."""
        self._publisher.stop()
        if self._thread.ident is not None:
            self._thread.join()

    @property
    def away(self) -> Sequence[str]:
        """Witnesses that did not cosign when they were last asked."""
        return self._publisher.away

    @property
    def trouble(self) -> str | None:
        """Why entries do not become final; None if all is well."""
        self._compare()
        return self.halted or self._publisher.trouble or self._publisher.withheld

    def add_checkpoint(self, body: bytes) -> Reply:
        """Refuse: nobody asks the log's own node for a cosignature."""
        return self._publisher.add_checkpoint(body)

    def cosigned(self) -> bytes | None:
        """Return the newest note this node has cosigned since its start."""
        return self._publisher.cosigned()

    def _run(self) -> None:
        try:
            while not self._progress.closed:
                final = self._progress.final[0]
                if self.halted or self._progress.wait_committed(final, WAIT_S) <= final:
                    continue
                if not self._publisher.publish(self._application.head):
                    return
        except BaseException as error:  # noqa: BLE001  (a lost thread would be a silent failure)
            self._failed(error)

    def _compare(self) -> None:
        """Halt if so many witnesses have another root that no quorum is left: then it is this node that differs."""
        found = self._publisher.contradictions
        trust = self._quorum.trust
        if self.halted or len(trust.witnesses) - len(found) >= self._quorum.needed:
            return
        head = self._application.head
        path = self._evidence.keep(
            evidence.DIVERGENCE,
            self._now_ms(),
            {
                "net": self._application.net,
                "checkpoint": Checkpoint(self._application.net, head.size, head.root).body().decode(),
                "contradicted_by": dict(sorted(found.items())),
                "own_size": head.size,
                "own_root": head.root.hex(),
            },
        )
        log.critical("log.contradicted", extra={"kind": evidence.DIVERGENCE, "evidence": str(path)})
        self.halted = halted_by(str(path))
