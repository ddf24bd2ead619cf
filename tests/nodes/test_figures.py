"""The figures that a node reads from its parts for whoever is on duty."""

from pathlib import Path

from dengbu.ledger.log.checkpoint import Checkpoint
from dengbu.nodes.figures import cosigned_at, file_bytes
from dengbu.nodes.finality.finality_waiters import Progress
from tests.nodes.audit.test_audit import cosigned
from tests.nodes.homes import create, story, tell
from tests.worlds import NET

AT_S = 1_795_305_600


def test_cosignatures_are_counted_and_dated_and_the_logs_own_signature_is_not() -> None:
    checkpoint = Checkpoint(NET, 5, bytes(32))
    assert cosigned_at(cosigned(checkpoint, ())) == ()
    assert cosigned_at(cosigned(checkpoint, ("bank-a", "hz-tax"))) == (AT_S, AT_S)


def test_a_write_ahead_log_counts_to_its_database(tmp_path: Path) -> None:
    for name, size in {"ledger.db": 10, "ledger.db-wal": 5, "vault.db": 7, "node.toml": 3}.items():
        (tmp_path / name).write_bytes(bytes(size))
    assert file_bytes(tmp_path) == {"ledger.db": 15, "vault.db": 7}


def test_a_node_is_behind_until_it_has_what_it_was_shown(tmp_path: Path) -> None:
    application = create(tmp_path)
    tell(application, story()[:3])
    progress = Progress(application.store)
    assert progress.behind == 0
    for size in (7, 5, 2):
        progress.hear(size)
    assert progress.behind == 4
    progress.commit(6)
    assert progress.behind == 1
    progress.commit(9)
    assert progress.behind == 0
    application.store.close()
