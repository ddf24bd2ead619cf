"""A backup made as docs/deploy.md says, under load, restored on a machine that has lost everything but its keys."""

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tests.faults.city_of_hosts import ENGINE, FOUNDERS, NODE, City, needs_hosts, submitted
from tests.scripts.small_town import SmallTown
from tests.waiting import until

pytestmark = needs_hosts
LOST = "bank-b"
DAY = "2026-11-23"


@contextmanager
def load(city: City, small: SmallTown, name: str) -> Iterator[None]:
    """Let another bank file one application after the other in the meantime."""
    body = small.mortgage(small.title())
    stopping = threading.Event()
    wrong: list[BaseException] = []

    def run() -> None:
        number = 0
        try:
            while not stopping.is_set():
                submitted(city, "bank-a", f"{name}-{number}", body)
                number += 1
        except BaseException as error:  # noqa: BLE001  (a thread tells the test)
            wrong.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        thread.join()
    assert not wrong


def grow(city: City, by: int, id: str = "bank-a") -> None:
    """Wait until a member (by default, one of the others) has this many more entries."""
    size = len(city.entries(id))
    until(lambda: len(city.entries(id)) >= size + by, lambda: city.health(id))


def copy_engine(city: City, day: str) -> None:
    """Back up the engine's part; the engine stands still in the meantime."""
    city.hosts[LOST].end(ENGINE)
    city.do("backup-engine", LOST, DAY=day)
    city.begin(LOST, ENGINE)
    until(lambda: city.trouble(LOST) is None, lambda: city.health(LOST))


def lose(city: City) -> None:
    """Lose the machine: its successor has an empty disk and the backups."""
    for unit in (ENGINE, NODE):
        city.hosts[LOST].kill(unit)
    shutil.rmtree(city.home(LOST))
    grow(city, 1)  # the document demands this before a restore


def test_a_restored_machine_catches_up_to_the_same_root(city: City, small: SmallTown) -> None:
    with load(city, small, "while-copied"):
        city.do("backup", LOST, DAY=DAY)
        grow(city, 3)
        copy_engine(city, DAY)
        grow(city, 3)
        lose(city)
    city.do("restore", LOST, DAY=DAY)
    behind = len(city.entries(LOST))
    city.start(LOST)
    until(lambda: city.trouble(LOST) is None, lambda: (city.trouble(LOST), city.said(LOST)))
    assert city.agree() > behind + 6
    assert submitted(city, LOST, "after-restore", small.mortgage(small.title(), LOST)) is None
    until(lambda: (LOST, "after-restore") in city.names("hz-tax"), lambda: city.health(LOST))
    city.agree()
    evidence = [path for id in FOUNDERS for path in (city.home(id) / "evidence").glob("*")]
    assert evidence == [], "nobody saw this machine vote twice"


def test_a_ledger_ahead_of_its_engine_is_named_and_made_anew(city: City, small: SmallTown) -> None:
    day = "2026-11-24"
    backup = city.hosts[LOST].machine / "var/backups/dengbu" / day
    with load(city, small, "wrong-order"):
        (backup / "cometbft").mkdir(parents=True)
        copy_engine(city, day)  # wrong order: the engine first
        grow(city, 8, LOST)  # more than the node was behind by then, and more than one block
        early = backup.rename(backup.with_name("engine"))
        city.do("backup", LOST, DAY=day)
        shutil.copytree(early / "cometbft/data", backup / "cometbft/data")
        lose(city)
    city.do("restore", LOST, DAY=day)
    size = len(city.entries(LOST))
    city.start(LOST)
    log = city.hosts[LOST].machine / f"{ENGINE}.log"
    until(lambda: "is higher than core" in log.read_text(errors="replace"), lambda: city.said(LOST))
    city.hosts[LOST].end(ENGINE)
    city.begin(LOST, ENGINE)  # as the engine's unit would
    until(lambda: "the ledger is newer than its data" in str(city.trouble(LOST)), lambda: city.health(LOST))
    assert len(city.entries(LOST)) == size, "it goes on reading what it has"
    assert submitted(city, LOST, "refused", small.mortgage(small.title(), LOST)) is not None
    city.end(LOST)
    city.do("restore-anew", LOST)
    city.start(LOST)
    until(lambda: city.trouble(LOST) is None, lambda: (city.trouble(LOST), city.said(LOST)))
    city.agree()
