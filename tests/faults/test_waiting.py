"""Clients that wait at a node's API hold up nobody who only reads."""

import threading
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest

from dengbu.api.client import DengbuError
from tests.pausing import pause, resume
from tests.scripts.small_town import SmallTown, small_town

WRITERS = 80  # more than a node has threads for
READING_S, READ_S_MAX = 5.0, 3.0
WAIT_S, ASK_S = 20.0, 40.0
BANK, AWAY = "bank-a", ("hz-tax", "bank-b")
TITLES = 12


@pytest.fixture
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallTown]:
    made = small_town(tmp_path_factory.mktemp("waiting"), titles=TITLES)
    with made.net:
        yield made


def test_readers_go_on_while_all_writers_wait_for_their_entries_to_be_final(town: SmallTown) -> None:
    """Two of four nodes are held, so that nothing becomes final."""
    body = town.mortgage(town.title())

    def write(number: int) -> None:
        with town.net.client(BANK, timeouts=(ASK_S, ASK_S)) as client, suppress(DengbuError):
            client.cases.apply(key=f"waiting-{number}", wait=WAIT_S, **body)

    writers = [threading.Thread(target=write, args=(number,)) for number in range(WRITERS)]
    took = []
    for id in AWAY:
        pause(town.net, id)
    try:
        for writer in writers:
            writer.start()
        began = time.monotonic()
        with town.net.client(BANK, timeouts=(ASK_S, ASK_S)) as client:
            while time.monotonic() - began < READING_S:
                asked = time.monotonic()
                client.log.checkpoint()
                took.append(time.monotonic() - asked)
        assert all(writer.is_alive() for writer in writers), "all were waiting"
    finally:
        for id in AWAY:
            resume(town.net, id)
        for writer in writers:
            writer.join()
    assert max(took) < READ_S_MAX
