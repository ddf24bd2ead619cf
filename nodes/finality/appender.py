"""Writes a finalized block and tells the parts of this node that must know, in the same way for every engine."""

from typing import Final

from dengbu.ledger.log.note import NoteVerifier
from dengbu.nodes.execution.application import Application
from dengbu.nodes.finality.finality_waiters import Progress
from dengbu.nodes.finality.quorum import Quorum
from dengbu.nodes.store.block import Finalized, names_of
from dengbu.nodes.store.bundles import Bundles


class Appender:
    """One ledger as an engine appends to it. Only one thread at a time may call `append`; the parts are thread-safe."""

    def __init__(self, application: Application, log_key: NoteVerifier) -> None:
        self.application: Final = application
        self.log_key: Final = log_key
        self.progress: Final = Progress(application.store)
        self.bundles: Final = Bundles(application.store)
        self.quorum: Final = Quorum(application.store, log_key)

    def append(self, finalized: Finalized) -> None:
        """Commit a block; on return it is on the disk, and those waiting for its entries know their indexes.

        Nobody waits for a block without entries, so it wakes nobody.
        """
        self.application.commit(finalized)
        if not finalized.additions:
            return
        self.bundles.append(finalized.base.size, finalized.entries)
        self.quorum.note(finalized)
        self.progress.commit(finalized.head.size, names_of(finalized))
