"""The outbox with real files, real threads and a real SIGKILL."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from dengbu.nodes.engines.cometbft import outbox as outboxes
from dengbu.nodes.engines.cometbft.outbox import FILE, Conflict, Full, Outbox
from dengbu.nodes.store.connection import FatalStorage

NAME, OTHER = ("bank-a", "1"), ("bank-a", "2")
ROOT = Path(__file__).resolve().parents[4]


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    made = Outbox(tmp_path)
    yield made
    made.close()


def reopened(home: Path) -> dict[tuple[str, str], bytes]:
    """Return what another process would find."""
    again = Outbox(home)
    found = dict(again.waiting())
    again.close()
    return found


def test_what_is_put_is_there_after_a_restart_in_its_order(tmp_path: Path, outbox: Outbox) -> None:
    assert outbox.put(OTHER, b"two")
    assert outbox.put(NAME, b"one")
    assert list(reopened(tmp_path).items()) == [(OTHER, b"two"), (NAME, b"one")]


def test_the_same_bytes_again_are_no_second_event(outbox: Outbox) -> None:
    assert outbox.put(NAME, b"one")
    assert not outbox.put(NAME, b"one")
    assert len(outbox) == 1


def test_other_bytes_under_the_same_name_are_a_conflict(tmp_path: Path, outbox: Outbox) -> None:
    outbox.put(NAME, b"one")
    with pytest.raises(Conflict):
        outbox.put(NAME, b"two")
    assert reopened(tmp_path) == {NAME: b"one"}


def test_a_name_is_free_again_when_its_event_is_removed(tmp_path: Path, outbox: Outbox) -> None:
    outbox.put(NAME, b"one")
    outbox.remove([NAME, ("nobody", "0")])
    assert outbox.put(NAME, b"two")
    assert reopened(tmp_path) == {NAME: b"two"}


def test_removals_are_written_with_the_next_event_or_at_the_end(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path)
    outbox.put(NAME, b"one")
    outbox.remove([NAME])
    assert reopened(tmp_path) == {NAME: b"one"}, "what is in the log is found there: no write of its own"
    outbox.put(OTHER, b"two")
    assert reopened(tmp_path) == {OTHER: b"two"}
    outbox.remove([OTHER])
    outbox.close()
    assert reopened(tmp_path) == {}


def test_it_has_a_limit_and_says_so(outbox: Outbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outboxes, "EVENTS_MAX", 2)
    outbox.put(NAME, b"one")
    outbox.put(OTHER, b"two")
    with pytest.raises(Full):
        outbox.put(("bank-a", "3"), b"three")
    outbox.remove([NAME])
    assert outbox.put(("bank-a", "3"), b"three")


def test_many_threads_share_few_transactions_and_lose_nothing(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path)
    names = [(f"bank-{thread}", str(number)) for thread in range(16) for number in range(20)]
    written: list[int] = []
    store = outbox._store
    outbox._store = lambda batch: (written.append(len(batch.added)), store(batch))[1]  # type: ignore[method-assign]
    begin = threading.Barrier(16)

    def work(thread: int) -> None:
        begin.wait()
        for name in names[thread * 20 : thread * 20 + 20]:
            outbox.put(name, name[1].encode())

    threads = [threading.Thread(target=work, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    outbox.close()
    assert sorted(reopened(tmp_path)) == sorted(names)
    assert sum(written) == len(names)
    assert len([count for count in written if count]) < len(names)


def test_what_put_has_returned_for_survives_a_kill(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from dengbu.nodes.engines.cometbft.outbox import Outbox\n"
        "outbox = Outbox(Path(sys.argv[1]))\n"
        "for number in range(10**6):\n"
        "    outbox.put(('bank-a', str(number)), b'x' * 500); print(number, flush=True)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    last = -1
    for line in process.stdout:
        last = int(line)
        if last == 60:
            os.kill(process.pid, signal.SIGKILL)
            break
    last = max([last, *(int(line) for line in process.stdout if line.endswith("\n"))])
    process.wait()
    process.stdout.close()
    found = reopened(tmp_path)
    assert last >= 60
    assert {("bank-a", str(number)) for number in range(last + 1)} <= set(found)


def test_a_storage_that_fails_ends_everything(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path)
    outbox._writer.execute("DROP TABLE events")
    with pytest.raises(FatalStorage):
        outbox.put(NAME, b"one")
    with pytest.raises(FatalStorage):
        outbox.put(NAME, b"one")
    outbox._writer.close()


def test_the_file_is_this_users_alone(tmp_path: Path, outbox: Outbox) -> None:
    assert (tmp_path / FILE).stat().st_mode & 0o077 == 0
