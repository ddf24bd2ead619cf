"""Lanes: which lane a request belongs to, and how many places one member has there."""

import threading

import pytest

from dengbu.nodes.peer_server.lanes import Crowded, Lane, Shares, lane_of


@pytest.mark.parametrize(
    ("path", "query", "lane"),
    [
        ("/add-checkpoint", "", Lane.COSIGN),
        ("/events", "", Lane.EVENTS),
        ("/checkpoint", "", Lane.READ),
        ("/checkpoint", "after=7&wait=2", Lane.WAIT),
        ("/checkpoint", "after=7&w%61it=2", Lane.WAIT),
        ("/tile/entries/000", "wait=2", Lane.READ),
        ("/events/", "", Lane.READ),
        ("/", "", Lane.READ),
    ],
)
def test_the_path_says_in_which_lane_a_request_is(path: str, query: str, lane: Lane) -> None:
    assert lane_of(path, query) is lane


def test_one_member_cannot_take_all_of_a_lane() -> None:
    assert all(lane.share < lane.threads for lane in Lane)


def test_a_share_is_a_members_own_in_each_lane() -> None:
    shares = Shares()
    with shares.place(Lane.EVENTS, "bank-a"), shares.place(Lane.EVENTS, "bank-a"):
        with pytest.raises(Crowded), shares.place(Lane.EVENTS, "bank-a"):
            pytest.fail("there was no place")
        with shares.place(Lane.EVENTS, "bank-b"), shares.place(Lane.COSIGN, "bank-a"):
            pass
        with shares.place(Lane.COSIGN, None), pytest.raises(Crowded), shares.place(Lane.COSIGN, None):
            pytest.fail("strangers are one together")
    with shares.place(Lane.EVENTS, "bank-a"):
        pass


def test_a_place_comes_back_after_an_error() -> None:
    shares = Shares()
    for _ in range(3):
        with pytest.raises(ZeroDivisionError), shares.place(Lane.COSIGN, "bank-a"):
            _ = 1 // 0


def test_of_many_threads_as_many_get_a_place_as_there_are() -> None:
    shares, start, go_on = Shares(), threading.Barrier(20), threading.Event()
    told: list[bool] = []

    def ask() -> None:
        start.wait()
        try:
            with shares.place(Lane.WAIT, "bank-a"):
                told.append(True)
                go_on.wait(20)
        except Crowded:
            told.append(False)
            if told.count(False) == 20 - Lane.WAIT.share:
                go_on.set()

    threads = [threading.Thread(target=ask) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert told.count(True) == Lane.WAIT.share
