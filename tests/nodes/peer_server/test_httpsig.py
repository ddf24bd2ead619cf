"""The memory for nonces."""

import threading

import pytest

from dengbu.nodes.peer_server.nonces import Nonces, NoncesFull

NOW = 1_000


def test_a_nonce_counts_once() -> None:
    nonces = Nonces(since=NOW)
    assert nonces.take("key", "nonce", NOW, NOW + 35, NOW)
    assert not nonces.take("key", "nonce", NOW, NOW + 35, NOW + 35)
    assert nonces.take("other key", "nonce", NOW, NOW + 35, NOW)
    assert nonces.take("key", "other nonce", NOW, NOW + 35, NOW)


def test_it_is_forgotten_only_after_its_signature_cannot_count_any_more() -> None:
    nonces = Nonces(since=NOW)
    assert nonces.take("key", "nonce", NOW, NOW + 35, NOW)
    assert nonces.take("key", "nonce", NOW + 36, NOW + 71, NOW + 36)


def test_requests_from_before_the_start_are_not_let_in_again() -> None:
    assert not Nonces(since=NOW).take("key", "nonce", NOW - 1, NOW + 34, NOW)


def test_a_clock_that_is_put_right_after_the_start_keeps_nobody_out() -> None:
    nonces = Nonces(since=NOW + 3_600)
    assert nonces.take("key", "a", NOW + 3_600, NOW + 3_635, NOW + 3_600), (
        "everybody follows the clock as it is"
    )
    assert nonces.take("key", "b", NOW, NOW + 35, NOW)
    assert not nonces.take("key", "b", NOW, NOW + 35, NOW), "once"
    assert not nonces.take("key", "c", NOW - 1, NOW + 34, NOW), "from before"
    assert not nonces.take("key", "a", NOW + 3_600, NOW + 3_635, NOW + 3_600), (
        "what was taken ahead is remembered"
    )


def test_a_full_memory_refuses_rather_than_forgets() -> None:
    nonces = Nonces(since=NOW, limit=2)
    assert nonces.take("key", "a", NOW, NOW + 35, NOW)
    assert nonces.take("key", "b", NOW, NOW + 35, NOW)
    with pytest.raises(NoncesFull):
        nonces.take("key", "c", NOW, NOW + 35, NOW)
    assert not nonces.take("key", "a", NOW, NOW + 35, NOW)
    assert nonces.take("key", "c", NOW + 36, NOW + 71, NOW + 36)


def test_one_key_takes_no_room_from_another() -> None:
    nonces = Nonces(since=NOW, limit=2)
    assert nonces.take("greedy", "a", NOW, NOW + 35, NOW)
    assert nonces.take("greedy", "b", NOW, NOW + 65, NOW)
    with pytest.raises(NoncesFull):
        nonces.take("greedy", "c", NOW, NOW + 35, NOW)
    assert nonces.take("other", "a", NOW, NOW + 35, NOW)
    assert nonces.take("greedy", "c", NOW + 36, NOW + 71, NOW + 36), "one of its own has expired"
    with pytest.raises(NoncesFull):
        nonces.take("greedy", "d", NOW + 36, NOW + 71, NOW + 36)


def test_of_many_threads_with_one_nonce_exactly_one_is_first() -> None:
    nonces, first, start = Nonces(since=NOW), [], threading.Barrier(8)

    def take() -> None:
        start.wait()
        for number in range(200):
            if nonces.take("key", str(number), NOW, NOW + 35, NOW):
                first.append(number)

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(first) == list(range(200))
